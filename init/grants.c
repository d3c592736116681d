#include "init/grants.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/caps.h"
#include "init/identity.h"
#include "init/inroot.h"
#include "init/sys.h"

/* ---- What may be done ---- */

struct report {
	int err; /* no namespaces, or no mounts */
	bool pids, nodes, sysfs, mqueue, tty_group, cgroup2;
};

static bool try_mount(const char *type, const char *data)
{
	return mount(type, "/proc", type, MS_NOSUID | MS_NOEXEC, data) == 0;
}

static bool try_node(void)
{
	int fd;

	if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) < 0)
		return false;
	/* A device controller may let nodes be made, and not be opened. */
	fd = open("null", O_RDWR | O_CLOEXEC);
	close(fd);
	return fd >= 0;
}

/* All that a container's child will do, on a /proc that nobody else sees. */
static int try_all(struct report *r)
{
	int tree;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno;
	r->pids = try_mount("proc", NULL);
	r->sysfs = try_mount("sysfs", NULL);
	r->mqueue = try_mount("mqueue", NULL);
	r->cgroup2 = try_mount("cgroup2", NULL);
	r->tty_group = try_mount("devpts", "newinstance,gid=5");
	if (!try_mount("tmpfs", "mode=755") || chdir("/proc") < 0)
		return errno;
	r->nodes = try_node();
	tree = inroot_tree(AT_FDCWD, "/proc");
	if (tree < 0 || inroot_set(tree, MOUNT_ATTR_RDONLY, MS_PRIVATE, true) < 0)
		return errno;
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return 0;
	return errno == EPERM && mount(".", "/", NULL, MS_MOVE, NULL) == 0 ? 0 : errno;
}

static int probe(struct report *r)
{
	int fds[2], pidfd = -1;
	pid_t pid;

	*r = (struct report){.err = EIO};
	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno;
	pid = sys_fork(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP, -1, &pidfd);
	if (pid == 0) {
		r->err = try_all(r);
		_exit(write(fds[1], r, sizeof *r) < 0);
	}
	if (pid < 0)
		r->err = errno;
	close(fds[1]);
	if (pid > 0) {
		if (read(fds[0], r, sizeof *r) != sizeof *r)
			r->err = EIO;
		waitpid(pid, NULL, 0);
		close(pidfd);
	}
	close(fds[0]);
	return r->err;
}

int grants_find(struct plan_grants *g)
{
	struct report r;
	struct statfs fs;
	struct stat up, shm;
	int err = probe(&r);

	memset(g, 0, sizeof *g);
	g->mounts = err == 0;
	g->pids = g->mounts && r.pids;
	g->nodes = r.nodes;
	g->sysfs = r.sysfs;
	g->mqueue = r.mqueue;
	g->tty_group = r.tty_group;
	g->cgroup2 =
		r.cgroup2 && statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	g->caps = identity_own_caps();
	g->queues = access("/dev/mqueue", F_OK) == 0;
	g->shm = stat("/dev/shm", &shm) == 0 && stat("/dev", &up) == 0 && shm.st_dev != up.st_dev;
	return err;
}

/* ---- What is asked for ---- */

struct asking {
	const struct pod_spec *spec;
	const struct plan_grants *g;
	int err;
	void (*tell)(const struct lack *lack, void *arg);
	void *arg;
	unsigned n;
};

static void lack(struct asking *a, const struct ctr_spec *c, const char *key, const char *why)
{
	struct lack l = {.ctr = c, .key = key};

	snprintf(l.why, sizeof l.why, "%s", why);
	a->tell(&l, a->arg);
	a->n++;
}

static void lack_mounts(struct asking *a, const struct ctr_spec *c, const char *key)
{
	char why[256];

	if (a->err == ENOSYS)
		snprintf(why, sizeof why, "it takes Linux 5.12 or later");
	else if (a->err == EINVAL)
		snprintf(why, sizeof why,
			 "it takes a root that is a mount point, and podinit stands in a chroot: "
			 "start it with unshare or a container engine instead");
	else
		snprintf(why, sizeof why,
			 "it takes namespaces and mounts, which need CAP_SYS_ADMIN (%s): run "
			 "podinit as root, or its container with --privileged",
			 strerror(a->err));
	lack(a, c, key, why);
}

static bool has(const struct asking *a, unsigned cap)
{
	return a->g->caps >> cap & 1;
}

static bool wants_ids(const struct security_spec *s, bool rootfs)
{
	if (s->user_given && (s->user_name || s->user != geteuid()))
		return true;
	if (s->group_given && s->group != getegid())
		return true;
	for (unsigned i = 0; i < s->n_groups; i++)
		if (s->groups[i] != getegid())
			return true;
	return rootfs && geteuid() != 0 && !s->user_given;
}

static void ask_security(struct asking *a, const struct ctr_spec *c)
{
	const struct security_spec *s = &c->security;
	uint64_t wanted = caps_apply(&s->caps, c->rootfs ? CAPS_DEFAULT & a->g->caps : a->g->caps);
	char why[256];

	if (wants_ids(s, c->rootfs) && !(has(a, CAP_SETUID) && has(a, CAP_SETGID)))
		lack(a, c,
		     s->user_given ? "securityContext.runAsUser" : "securityContext.runAsGroup",
		     "it takes CAP_SETUID and CAP_SETGID: run podinit as root");
	for (unsigned i = 0; i < CAPS; i++)
		if (!s->caps.all && wanted >> i & 1 && !has(a, i)) {
			snprintf(why, sizeof why,
				 "podinit itself does not have CAP_%s: run its container with "
				 "--cap-add %s",
				 caps_names[i], caps_names[i]);
			lack(a, c, "securityContext.capabilities.add", why);
		}
	if (s->privileged && !has(a, CAP_SYS_ADMIN))
		lack(a, c, "securityContext.privileged",
		     "podinit itself has no privileges to give: run its container with "
		     "--privileged");
	if (s->seccomp != SECCOMP_UNCONFINED && !s->no_new_privs && !has(a, CAP_SYS_ADMIN))
		lack(a, c, "securityContext.seccompProfile.type",
		     "it takes CAP_SYS_ADMIN, or securityContext.allowPrivilegeEscalation = false");
	for (unsigned i = 0; i < s->n_rlimits; i++) {
		struct sys_rlimit own;

		if (sys_rlimit(s->rlimits[i].resource, NULL, &own) == 0 &&
		    s->rlimits[i].hard > own.hard && !has(a, CAP_SYS_RESOURCE))
			lack(a, c, "securityContext.rlimits",
			     "the hard limit is above podinit's own, which takes CAP_SYS_RESOURCE: "
			     "run its container with --cap-add SYS_RESOURCE, or with --ulimit");
	}
}

static void ask_mounts(struct asking *a, const struct ctr_spec *c)
{
	const struct {
		bool wanted;
		const char *key;
	} keys[] = {
		{c->rootfs != NULL, "rootfs"},
		{c->n_mounts > 0, "volumeMounts"},
		{c->message_path_given, "terminationMessagePath"},
		{c->security.read_only_root, "securityContext.readOnlyRootFilesystem"},
		{c->security.proc_mount == PROC_DEFAULT, "securityContext.procMount"},
	};

	for (unsigned i = 0; !a->g->mounts && i < sizeof keys / sizeof *keys; i++)
		if (keys[i].wanted)
			lack_mounts(a, c, keys[i].key);
}

unsigned grants_lacking(const struct pod_spec *spec, const struct plan_grants *g, int why_no_mounts,
			void (*tell)(const struct lack *lack, void *arg), void *arg)
{
	struct asking a = {spec, g, why_no_mounts, tell, arg, 0};

	if (!g->mounts && spec->share_pid == CHOICE_NO)
		lack_mounts(&a, NULL, "shareProcessNamespace");
	else if (!g->pids && spec->share_pid == CHOICE_NO)
		lack(&a, NULL, "shareProcessNamespace",
		     "it takes a PID namespace with a /proc of its own, which parts of podinit's "
		     "own "
		     "/proc being masked forbids: run its container with --security-opt "
		     "unmask=ALL");
	if (!g->mounts && spec->host_aliases.n)
		lack_mounts(&a, NULL, "hostAliases");
	if (!g->mounts &&
	    (spec->dns_none || spec->nameservers.n || spec->searches.n || spec->dns_options.n))
		lack_mounts(&a, NULL, "dnsConfig");
	for (unsigned i = 0; i < spec->n; i++) {
		ask_mounts(&a, &spec->ctr[i]);
		ask_security(&a, &spec->ctr[i]);
	}
	return a.n;
}
