/*
 * plan_steps.c - which steps a process of the pod takes before it executes its program.
 */
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "config/caps.h"
#include "init/exec.h"
#include "init/inroot.h"
#include "init/plan.h"
#include "init/stage.h"

#define NOSUID_NODEV_NOEXEC (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What of the machine no container is to see, or to change: Kubernetes' lists, and what the engines
   mask beside them.  What is not there is passed over. */
static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/selinux",
};

static const char *const unwritable[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* One thing that is bound into the container. */
struct bound {
	const char *from, *sub_path, *at;
	uint64_t attr, propagation;
	bool wish; /* not asked for: it may be left out where it has no place */
	bool kept; /* podinit's own: no mount point is made in it */
};

struct build {
	struct plan *plan;
	const struct pod_spec *spec;
	unsigned ctr;
	const struct ctr_spec *cs;
	const struct plan_where *where;
	enum role role;
	bool failed; /* no memory */
	struct bound bound[PLAN_TREES_MAX];
	unsigned n_bound;
};

static struct step_data *add(struct build *b, enum step_kind kind, const char *text)
{
	static struct step_data nowhere;
	struct plan *p = b->plan;

	if (p->n == p->room) {
		unsigned room = p->room * 2 + 16;
		struct step_data *v = realloc(p->v, room * sizeof *v);

		if (!v) {
			b->failed = true;
			return &nowhere;
		}
		p->v = v;
		p->room = room;
	}
	p->v[p->n] = (struct step_data){.kind = kind, .text = text};
	return &p->v[p->n++];
}

static const char *format(struct build *b, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	b->failed = b->failed || n < 0;
	return n < 0 ? "" : text;
}

/* ---- What is bound into it ---- */

static bool mounts_on(const struct ctr_spec *cs, const char *at)
{
	for (unsigned i = 0; i < cs->n_mounts; i++)
		if (strcmp(cs->mount[i].path, at) == 0)
			return true;
	return false;
}

/* podinit's own things stand back where the file mounts something. */
static struct bound *bind_own(struct build *b, const char *from, const char *at)
{
	static struct bound nowhere;

	if (mounts_on(b->cs, at))
		return &nowhere;
	b->bound[b->n_bound] = (struct bound){
		.from = from, .at = at, .attr = MOUNT_ATTR_NODEV, .propagation = MS_PRIVATE};
	return &b->bound[b->n_bound++];
}

static const char *copy(struct build *b, const char *text)
{
	return format(b, "%s", text);
}

static struct bound *bind_etc(struct build *b, const char *what, const char *at, bool asked)
{
	char path[STAGE_PATH_MAX];
	struct bound *bound = bind_own(b, copy(b, stage_etc(b->spec, b->ctr, what, path)), at);

	/* The stage has them on a private mount without devices. */
	bound->attr = bound->propagation = 0;
	bound->wish = !asked;
	return bound;
}

/* Whoever may make nodes could make the one of a disk in a volume.  A device that the file itself
   names is meant. */
static bool holds_devices(const struct ctr_spec *cs, const struct volume_spec *v)
{
	return !cs->rootfs || cs->security.privileged ||
	       (v->kind == VOLUME_HOST_PATH &&
		(v->type == HOST_PATH_CHAR_DEVICE || v->type == HOST_PATH_BLOCK_DEVICE));
}

static void bind_volumes(struct build *b)
{
	static const uint64_t propagation[] = {
		[PROPAGATION_NONE] = MS_PRIVATE,
		[PROPAGATION_HOST_TO_CONTAINER] = MS_SLAVE,
		[PROPAGATION_BIDIRECTIONAL] = MS_SHARED,
	};

	for (unsigned i = 0; i < b->cs->n_mounts; i++) {
		const struct mount_spec *m = &b->cs->mount[i];
		char path[STAGE_PATH_MAX];
		const struct volume_spec *v = &b->spec->volume[m->volume];
		bool ro = m->read_only || v->kind == VOLUME_FILES ||
			  (v->kind == VOLUME_DEVICE && v->read_only);

		b->bound[b->n_bound++] = (struct bound){
			.from = copy(b, stage_volume(b->spec, m->volume, path)),
			.sub_path = m->sub_path,
			.at = m->path,
			.attr = (ro ? MOUNT_ATTR_RDONLY : 0U) |
				(holds_devices(b->cs, v) ? 0U : MOUNT_ATTR_NODEV),
			.propagation = propagation[m->propagation],
		};
	}
}

/* A PID namespace of its own. */
static bool own_pids(const struct build *b)
{
	return b->where->grants.pids && b->spec->share_pid != CHOICE_YES;
}

static void bind_devices(struct build *b)
{
	static const char *const devices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
					      "/dev/random", "/dev/urandom", "/dev/tty"};

	if (b->cs->security.privileged) {
		struct bound *dev = bind_own(b, "/dev", "/dev");

		dev->attr = 0;
		dev->kept = true;
		return;
	}
	/* A volume on /dev need not have a place for any of them. */
	for (unsigned i = 0; !b->where->grants.nodes && i < sizeof devices / sizeof *devices; i++) {
		struct bound *node = bind_own(b, devices[i], devices[i]);

		node->attr = 0;
		node->wish = true;
	}
	if (!b->where->grants.mqueue && b->where->grants.queues)
		bind_own(b, "/dev/mqueue", "/dev/mqueue")->wish = true;
}

/* What cannot be had anew. */
static void bind_system(struct build *b)
{
	if (!own_pids(b))
		bind_own(b, "/proc", "/proc");
	if (!b->where->grants.sysfs)
		bind_own(b, "/sys", "/sys")->attr |=
			b->cs->security.privileged ? 0 : MOUNT_ATTR_RDONLY;
	bind_devices(b);
}

static unsigned depth(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* By depth, so that what lies in another comes after it, else as they stand. */
static void sort_bound(struct build *b)
{
	for (unsigned i = 1; i < b->n_bound; i++) {
		struct bound one = b->bound[i];
		unsigned k = i;

		for (; k > 0 && depth(b->bound[k - 1].at) > depth(one.at); k--)
			b->bound[k] = b->bound[k - 1];
		b->bound[k] = one;
	}
}

static void collect_bound(struct build *b)
{
	const struct pod_spec *spec = b->spec;
	bool root = b->cs->rootfs != NULL;
	/* As in Kubernetes, where the kubelet's hosts stays writable. */
	uint64_t ro = b->cs->security.read_only_root ? MOUNT_ATTR_RDONLY : 0;
	bool aliases = spec->host_aliases.n > 0, dns = pod_sets_dns(spec);
	char path[STAGE_PATH_MAX];

	if (root)
		bind_system(b);
	if (root || aliases)
		bind_etc(b, "hosts", "/etc/hosts", aliases);
	if (root)
		bind_etc(b, "hostname", "/etc/hostname", false)->attr |= ro;
	if (root || dns)
		bind_etc(b, "resolv.conf", "/etc/resolv.conf", dns)->attr |= ro;
	if (root && !b->cs->security.privileged)
		bind_own(b, b->where->grants.shm ? "/dev/shm" : copy(b, stage_shm(path)),
			 "/dev/shm")
			->wish = true;
	if (root || b->cs->message_path_given)
		bind_etc(b, "message", b->cs->message_path, b->cs->message_path_given);
	bind_volumes(b);
	sort_bound(b);
}

/* The last one before number `i` that it lies in; NULL: none. */
static const struct bound *lies_in(const struct build *b, unsigned i)
{
	for (unsigned k = i; k-- > 0;)
		if (inroot_rest(b->bound[i].at, b->bound[k].at))
			return &b->bound[k];
	return NULL;
}

static void add_bind(struct build *b, unsigned i)
{
	const struct bound *bound = &b->bound[i], *in = lies_in(b, i);
	struct step_data *s = add(b, STEP_BIND, bound->at);

	s->tree = i;
	s->from = bound->from;
	s->flags = bound->attr;
	s->propagation = bound->propagation;
	s->wish = bound->wish;
	s->own = strcmp(s->text, "/proc") == 0 || strcmp(s->text, "/sys") == 0;
	if (s->own)
		s->data = s->text + 1;
	if (in) {
		s->in = (unsigned)(in - b->bound);
		s->data = inroot_rest(bound->at, in->at);
		s->kept = in->kept;
	}
}

/* ---- What it sees ---- */

static struct step_data *add_mount(struct build *b, const char *at, const char *type,
				   uint64_t flags, const char *data)
{
	struct step_data *s = add(b, STEP_MOUNT, at);

	s->from = type;
	s->flags = flags;
	s->data = data;
	return s;
}

static void add_root(struct build *b)
{
	char path[STAGE_PATH_MAX];
	struct step_data *s;

	if (b->cs->security.read_only_root) {
		add(b, STEP_DIR_ROOT, copy(b, stage_view(b->spec, b->ctr, path)));
		return;
	}
	s = add(b, STEP_OVERLAY, format(b, "%s/ctr", stage_dir()));
	s->from = copy(b, stage_root(b->spec, b->ctr, path));
	s->data = inroot_overlay_options(s->from, !b->where->grants.disks);
	b->failed = b->failed || !s->data;
}

static void add_dev(struct build *b)
{
	const char *message = b->cs->message_path;
	struct step_data *s;

	add_mount(b, "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	s = add(b, STEP_NODES, "/dev");
	s->own = b->where->grants.nodes;
	/* Elsewhere a file to mount on is looked for before it is made. */
	if (!b->cs->message_path_given && !mounts_on(b->cs, message))
		s->data = message + sizeof "/dev/" - 1;
	add_mount(b, "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		  b->where->grants.tty_group
			  ? format(b, "newinstance,ptmxmode=0666,mode=0620,gid=%u",
				   b->where->grants.users.first + 5)
			  : "newinstance,ptmxmode=0666,mode=0620");
	if (b->where->grants.mqueue)
		add_mount(b, "/dev/mqueue", "mqueue", NOSUID_NODEV_NOEXEC, NULL);
}

static void add_system(struct build *b)
{
	uint64_t ro = b->cs->security.privileged ? 0 : MS_RDONLY;

	if (own_pids(b))
		add(b, STEP_PROC, "/proc")->flags = NOSUID_NODEV_NOEXEC;
	if (b->where->grants.sysfs)
		add(b, STEP_SYS, "/sys")->flags = NOSUID_NODEV_NOEXEC | ro;
	if (b->where->grants.cgroup2 && b->where->grants.sysfs)
		add_mount(b, "/sys/fs/cgroup", "cgroup2", NOSUID_NODEV_NOEXEC | ro, NULL);
	if (!b->cs->security.privileged)
		add_dev(b);
}

static void add_masks(struct build *b)
{
	for (unsigned i = 0; i < sizeof masked / sizeof *masked; i++)
		add(b, STEP_MASK, masked[i]);
	for (char *const *m = b->where->masked; m && *m; m++)
		add(b, STEP_MASK, *m);
	for (unsigned i = 0; i < sizeof unwritable / sizeof *unwritable; i++)
		add(b, STEP_READONLY, unwritable[i]);
}

static bool is_masked(const struct ctr_spec *cs)
{
	if (cs->security.privileged)
		return false;
	return cs->rootfs ? cs->security.proc_mount != PROC_UNMASKED
			  : cs->security.proc_mount == PROC_DEFAULT;
}

static void add_view(struct build *b)
{
	bool root = b->cs->rootfs != NULL;

	b->plan->clone = CLONE_NEWNS | CLONE_NEWCGROUP | (own_pids(b) ? CLONE_NEWPID : 0);
	if (b->where->grants.users.first)
		add(b, STEP_OWNER, NULL)->flags = b->where->grants.users.first;
	collect_bound(b);
	for (unsigned i = 0; i < b->n_bound; i++) {
		struct step_data *s = add(b, STEP_TREE, NULL);

		s->from = b->bound[i].from;
		s->data = b->bound[i].sub_path;
	}
	add(b, STEP_PRIVATE, NULL);
	if (root) {
		add_root(b);
		add_system(b);
	} else {
		/* What is mounted on, if it has to be made, stays there. */
		if (b->where->grants.users.first)
			add(b, STEP_OWNER, NULL);
		add(b, STEP_OWN_ROOT, NULL);
		if (own_pids(b))
			add(b, STEP_PROC, "/proc")->flags = NOSUID_NODEV_NOEXEC;
		if (b->where->grants.cgroup2)
			add_mount(b, "/sys/fs/cgroup", "cgroup2", NOSUID_NODEV_NOEXEC, NULL)->own =
				true;
	}
	for (unsigned i = 0; i < b->n_bound; i++)
		add_bind(b, i);
	/* The stage is the whole pod's: a container sees of it what it was given. */
	if (!root && b->spec->prepare)
		add(b, STEP_MASK, stage_dir());
	if (is_masked(b->cs))
		add_masks(b);
	if (b->cs->security.read_only_root)
		add(b, STEP_READONLY, "/")->own = true;
	add(b, root ? STEP_PIVOT : STEP_RETURN, NULL);
}

/* ---- Who it is ---- */

/* The kernel's numbers, as far as podinit has them itself. */
static uint64_t caps_of(const struct ctr_spec *cs, uint64_t own)
{
	if (cs->security.privileged)
		return own;
	return caps_apply(&cs->security.caps, cs->rootfs ? CAPS_DEFAULT : own) & own;
}

/* A child of a large pod holds more descriptors of podinit's than its container may have, and opens
   some until it knows who it is: up to then that limit is only raised, which takes a privilege. */
static void add_limits(struct build *b, bool last)
{
	const struct security_spec *s = &b->cs->security;
	bool own_files = last;

	for (unsigned i = 0; i < s->n_rlimits; i++) {
		bool files = s->rlimits[i].resource == RLIMIT_NOFILE;
		struct step_data *d;

		if (last && !files)
			continue;
		d = add(b, STEP_RLIMIT, NULL);
		d->limit = &s->rlimits[i];
		d->own = files && !last;
		own_files = own_files && !files;
	}
	/* With podinit's own hard limit, what was raised could not be had again. */
	if (own_files)
		add(b, STEP_FILES, NULL);
}

static void add_identity(struct build *b)
{
	const struct security_spec *s = &b->cs->security;
	uint64_t own = b->where->grants.caps, caps = caps_of(b->cs, own);
	/* As whom podinit goes there nobody knows it in another user namespace. */
	bool anew = b->cs->rootfs || b->where->grants.users.first, set_caps = anew || s->caps.given;

	if (s->seccomp != SECCOMP_UNCONFINED && !s->no_new_privs)
		add(b, STEP_FILTER, NULL);
	if (set_caps) {
		struct step_data *d = add(b, STEP_BOUND, NULL);

		d->flags = caps;
		d->own = !(own >> CAP_SETPCAP & 1);
	}
	if (anew || s->user_given || s->group_given || s->n_groups || s->non_root)
		add(b, STEP_USER, NULL);
	add_limits(b, true);
	if (set_caps) {
		struct step_data *d = add(b, STEP_CAPS, NULL);

		d->flags = caps;
		d->ambient = !s->ambient ? 0 : s->caps.all ? caps : s->caps.add & caps;
	}
	if (s->no_new_privs)
		add(b, STEP_NO_NEW_PRIVS, NULL);
}

/* ---- The whole ---- */

static void add_streams(struct build *b)
{
	const struct ctr_spec *cs = b->cs;
	bool main = b->role == ROLE_MAIN, tty = main && cs->tty;
	struct step_data *s;

	s = add(b, STEP_INPUT, cs->rootfs && b->where->grants.mounts ? "/dev/null" : NULL);
	s->own = main && (cs->stdin_open || tty);
	if (s->own)
		s->text = NULL;
	add(b, STEP_OUTPUT, NULL)->own = !b->where->logger || tty;
	if (tty)
		add(b, STEP_TERMINAL, NULL)->own = !b->where->machine;
}

bool plan_add_steps(struct plan *plan, const struct pod_spec *spec, unsigned ctr, enum role role,
		    const struct plan_where *where)
{
	struct build b = {.plan = plan,
			  .spec = spec,
			  .ctr = ctr,
			  .cs = &spec->ctr[ctr],
			  .where = where,
			  .role = role};
	const struct security_spec *security = &b.cs->security;
	const char *path = env_get(plan->envp, "PATH");
	bool mounts = where->grants.mounts, root = b.cs->rootfs && mounts;

	plan->security = security;
	plan->own_user = !root && !where->grants.users.first;
	if (where->filters)
		plan->filter = where->filters[ctr];
	/* A terminal that is not ours to give away is shared: its session stays what it is. */
	if (!(role == ROLE_MAIN && b.cs->tty && !where->machine))
		add(&b, STEP_SESSION, NULL);
	if (root || where->grants.users.first)
		add(&b, STEP_KEYRING, NULL);
	if (where->oom_score)
		add(&b, STEP_OOM_SCORE, where->oom_score[ctr]);
	add_limits(&b, false);
	if (mounts && role == ROLE_MAIN)
		add_view(&b);
	if (mounts && role != ROLE_MAIN) {
		plan->join = CLONE_NEWNS | CLONE_NEWCGROUP | (own_pids(&b) ? CLONE_NEWPID : 0) |
			     (where->grants.users.first ? CLONE_NEWUSER : 0);
		add(&b, STEP_JOIN, NULL);
	}
	add_streams(&b);
	if (where->grants.users.first && role == ROLE_MAIN)
		add(&b, STEP_USERS, NULL)->flags = where->grants.users.first;
	/* In a root of its own it is in "/" already. */
	if (b.cs->working_dir)
		add(&b, STEP_WORKDIR, b.cs->working_dir)->own = root && role == ROLE_MAIN;
	else if (plan->join && !root && where->cwd)
		add(&b, STEP_WORKDIR, where->cwd);
	add_identity(&b);
	if (plan->join & CLONE_NEWPID)
		add(&b, STEP_FORK, NULL);
	if (where->deathsig)
		add(&b, STEP_DEATHSIG, NULL);
	add(&b, STEP_SIGNALS, NULL);
	if (security->seccomp != SECCOMP_UNCONFINED && security->no_new_privs)
		add(&b, STEP_FILTER, NULL);
	add(&b, STEP_EXEC, path ? path : DEFAULT_PATH);
	return !b.failed;
}
