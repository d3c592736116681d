#include "init/grants.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
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
#include "init/users.h"

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

/* A network that belongs to an outer user namespace takes no orders from this one. */
static bool owns_network(void)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), owner;

	if (net < 0)
		return true;
	owner = ioctl(net, NS_GET_USERNS);
	close(net);
	if (owner < 0)
		return errno != EPERM;
	close(owner);
	return true;
}

static bool is_root_masked(void)
{
	unsigned long outside;

	return users_outside(0, &outside) && outside != 0;
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
	g->disks = g->mounts && users_first();
	g->whole = owns_network();
	g->masked_root = is_root_masked();
	g->queues = access("/dev/mqueue", F_OK) == 0;
	g->shm = stat("/dev/shm", &shm) == 0 && stat("/dev", &up) == 0 && shm.st_dev != up.st_dev;
	return err;
}

void grants_make_users(struct plan_grants *g)
{
	if (g->masked_root || !g->disks)
		return;
	g->no_users = users_make(&g->users);
	if (g->no_users == 0)
		g->whole = false;
}

void grants_in_users(struct plan_grants *g)
{
	*g = (struct plan_grants){
		.mounts = true,
		.pids = true,
		.masked_root = is_root_masked() || geteuid() != 0,
		.caps = ~UINT64_C(0),
	};
}

/* ---- What is asked for ---- */

struct asking {
	const struct pod_spec *spec;
	const struct plan_grants *g;
	int err;
	void (*tell)(const struct lack *lack, void *arg);
	void *arg;
	unsigned n;
	int told; /* demands of the pod that are */
};

static void tell(struct asking *a, const struct lack *l)
{
	a->n++;
	if (a->tell)
		a->tell(l, a->arg);
}

static void lack(struct asking *a, const struct ctr_spec *c, const char *key, const char *why)
{
	struct lack l = {.ctr = c, .key = key};

	snprintf(l.why, sizeof l.why, "%s", why);
	tell(a, &l);
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

/* ---- Users and groups ---- */

/* Demands of who a container is to be; a set of them has these bits. */
enum { DEMAND_USER = 1, DEMAND_GROUP = 2, DEMAND_GROUPS = 4, DEMAND_FS_GROUP = 8 };

/* fsGroup is the last of the groups. */
static bool has_fs_group(const struct pod_spec *spec, const struct security_spec *s)
{
	return spec->fs_group_given && s->n_groups && s->groups[s->n_groups - 1] == spec->fs_group;
}

/* User and group of a container, as far as they can be told before it has its root. */
static bool find_identity(struct identity *id, const struct security_spec *s, bool rootfs,
			  bool own_users)
{
	if (!rootfs)
		return identity_find(id, s, !own_users) == 0;
	id->user = s->user;
	id->group = s->group_given ? s->group : 0;
	return !s->user_name;
}

/* Each is tried alone, so that none is blamed for another; the user last, who takes the privileges
   along.  A group that nobody named comes with the user. */
static int try_demands(const struct asking *a, const struct security_spec *s, bool rootfs)
{
	static struct identity id;
	const struct users *users = &a->g->users;
	unsigned fs = has_fs_group(a->spec, s), n = s->n_groups - fs;
	int failed = 0;

	if (users->first && setns(users->ns, CLONE_NEWUSER) < 0)
		return 0;
	if (n && identity_groups(s->groups, n, n) < 0)
		failed |= DEMAND_GROUPS;
	if (fs && identity_groups(s->groups + n, 1, 1) < 0)
		failed |= DEMAND_FS_GROUP;
	if (!find_identity(&id, s, rootfs, users->first))
		return failed;
	if (identity_groups(&id.group, 1, 1) < 0 || setresgid(id.group, id.group, id.group) < 0)
		failed |= s->group_given ? DEMAND_GROUP : DEMAND_USER;
	if (setresuid(id.user, id.user, id.user) < 0)
		failed |= DEMAND_USER;
	return failed;
}

/* The demands that a child of podinit cannot meet.  A user namespace knows few users, and a
   capability does not tell which. */
static int failing_demands(const struct asking *a, const struct security_spec *s, bool rootfs)
{
	int pidfd, status = 0;
	pid_t pid = sys_fork(0, -1, &pidfd);

	if (pid == 0)
		_exit(try_demands(a, s, rootfs));
	if (pid < 0)
		return 0;
	waitpid(pid, &status, 0);
	close(pidfd);
	return WEXITSTATUS(status);
}

static void lack_identity(struct asking *a, const struct ctr_spec *c, const char *key)
{
	lack(a, c, key,
	     a->g->users.first
		     ? "with hostUsers = false the pod has the users and groups 0 to 65535"
	     : has(a, CAP_SETUID) && has(a, CAP_SETGID)
		     ? "podinit's user namespace does not have it (/proc/self/uid_map and gid_map "
		       "list what it has): run podinit as root"
		     : "it takes CAP_SETUID and CAP_SETGID: run podinit as root");
}

/* Takes what fails out of a copy, until the rest can be met: without its runAsUser a container is
   somebody else, who may be out of reach too. */
static void ask_identity(struct asking *a, const struct ctr_spec *c)
{
	struct security_spec s = c->security;
	bool rootfs = c->rootfs && a->g->mounts;
	int failed;

	while (a->tell && (failed = failing_demands(a, &s, rootfs) & ~a->told) != 0) {
		/* The groups are the same for all containers. */
		a->told |= failed & (DEMAND_GROUPS | DEMAND_FS_GROUP);
		if (failed & DEMAND_FS_GROUP) {
			lack_identity(a, NULL, "securityContext.fsGroup");
			s.n_groups--;
		}
		if (failed & DEMAND_GROUPS)
			lack_identity(a, NULL, "securityContext.supplementalGroups");
		if (failed & DEMAND_GROUP) {
			lack_identity(a, c, "securityContext.runAsGroup");
			s.group_given = false;
		}
		if (!(failed & DEMAND_USER))
			continue;
		if (!s.user_given) {
			if (rootfs)
				lack(a, c, "rootfs",
				     "its user is 0, unless securityContext.runAsUser says "
				     "otherwise, "
				     "which takes CAP_SETUID and CAP_SETGID: run podinit as root");
			return;
		}
		lack_identity(a, c, "securityContext.runAsUser");
		s.user_given = false;
		s.user_name = NULL;
		s.user = 0;
	}
}

/* ---- Privileges ---- */

/* What root of a user namespace may do to what is its own there.  The other capabilities are over
   the network and the machine, which stay those of outside. */
#define CAP(name) (UINT64_C(1) << CAP_##name)
#define USERS_CAPS                                                                                 \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | CAP(FSETID) |       \
	 CAP(KILL) | CAP(SETGID) | CAP(SETUID) | CAP(SETPCAP) | CAP(SYS_CHROOT) |                  \
	 CAP(SYS_PTRACE) | CAP(SYS_ADMIN) | CAP(SETFCAP))

static void ask_caps(struct asking *a, const struct ctr_spec *c)
{
	const struct security_spec *s = &c->security;
	uint64_t wanted = s->caps.add & ~s->caps.drop,
		 real = a->g->caps & (a->g->whole ? ~UINT64_C(0) : USERS_CAPS);
	char why[256];

	for (unsigned i = 0; i < CAPS; i++)
		if (wanted & ~real & UINT64_C(1) << i) {
			snprintf(
				why, sizeof why,
				a->g->users.first && has(a, i)
					? "with hostUsers = false CAP_%s has no effect, over the "
					  "network as little as over the machine: leave out one of "
					  "the two"
				: has(a, i) ? "in podinit's user namespace CAP_%s has no effect: "
					      "run podinit as root, or its container with "
					      "--privileged"
					    : "podinit itself does not have CAP_%s: run podinit as "
					      "root, or its container with --cap-add",
				caps_names[i]);
			lack(a, c, "securityContext.capabilities.add", why);
		}
	/* What stays in the bounding set comes back with the next program of uid 0. */
	if (s->caps.given && !s->no_new_privs && !has(a, CAP_SETPCAP) &&
	    a->g->caps & ~caps_apply(&s->caps, a->g->caps))
		lack(a, c, "securityContext.capabilities.drop",
		     "it takes CAP_SETPCAP to drop them for good, or "
		     "securityContext.allowPrivilegeEscalation = false");
	if (s->privileged && !(has(a, CAP_SYS_ADMIN) && a->g->whole))
		lack(a, c, "securityContext.privileged",
		     a->g->users.first
			     ? "with hostUsers = false nobody in the pod has privileges over the "
			       "machine: leave out one of the two"
			     : "podinit itself has no privileges to give: run it as root, or its "
			       "container "
			       "with --privileged");
	if (s->seccomp != SECCOMP_UNCONFINED && !s->privileged && !s->no_new_privs &&
	    !has(a, CAP_SYS_ADMIN))
		lack(a, c, "securityContext.seccompProfile.type",
		     "it takes CAP_SYS_ADMIN, or securityContext.allowPrivilegeEscalation = false");
}

static bool may_limit(const struct rlimit_spec *l)
{
	struct sys_rlimit r = {l->soft, l->hard};
	int pidfd, status = 0;
	pid_t pid = sys_fork(0, -1, &pidfd);

	if (pid == 0)
		_exit(sys_rlimit(l->resource, &r, NULL) < 0);
	if (pid < 0)
		return true;
	waitpid(pid, &status, 0);
	close(pidfd);
	return status == 0;
}

static void ask_rlimits(struct asking *a, const struct ctr_spec *c)
{
	const struct security_spec *s = &c->security;

	for (unsigned i = 0; a->tell && i < s->n_rlimits; i++)
		if (!may_limit(&s->rlimits[i])) {
			char key[64];

			snprintf(key, sizeof key, "securityContext.rlimits.%s", s->rlimits[i].name);
			lack(a, c, key,
			     "it is above podinit's own hard limit, which takes "
			     "CAP_SYS_RESOURCE: run its container with --cap-add SYS_RESOURCE, or "
			     "with --ulimit");
		}
}

/* ---- Mounts ---- */

/* What is not there yet may become anything: then its mount will tell. */
static bool is_disk(const char *source)
{
	struct stat st;

	return source[0] != '/' || (stat(source, &st) == 0 && !S_ISDIR(st.st_mode));
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
	if (a->g->mounts && !a->g->disks && c->rootfs && is_disk(c->rootfs))
		lack(a, c, "rootfs",
		     "only root of the machine may mount an image or a device: unpack it into a "
		     "directory, or run podinit as root, or its container with --privileged");
}

static void ask_volumes(struct asking *a)
{
	static const char *const keys[] = {[VOLUME_DEVICE] = "device.source",
					   [VOLUME_VIRTIOFS] = "virtiofs.tag",
					   [VOLUME_9P] = "9p.tag"};

	for (unsigned i = 0; i < a->spec->n_volumes; i++) {
		struct lack l = {.volume = &a->spec->volume[i],
				 .why = "only root of the machine may mount it: run podinit as "
					"root, or its container with --privileged"};

		if (l.volume->kind < VOLUME_DEVICE)
			continue;
		l.key = keys[l.volume->kind];
		tell(a, &l);
	}
}

static void lack_users(struct asking *a)
{
	int err = a->g->no_users;
	char why[256];

	if (err == 0 || err == EPERM)
		snprintf(why, sizeof why,
			 "root of the pod would be root of the machine, and podinit may not map "
			 "users: run it as root or as an ordinary user, or its container with "
			 "--privileged or in a user namespace (podman run --userns=auto)");
	else
		snprintf(why, sizeof why, "making a user namespace: %s%s", strerror(err),
			 err == ENOSPC ? " (the sysctl user.max_user_namespaces allows no more)"
				       : "");
	lack(a, NULL, "hostUsers", why);
}

static void ask_pod(struct asking *a)
{
	const struct pod_spec *spec = a->spec;
	const struct plan_grants *g = a->g;

	if (!g->mounts && spec->share_pid == CHOICE_NO)
		lack_mounts(a, NULL, "shareProcessNamespace");
	else if (!g->pids && spec->share_pid == CHOICE_NO)
		lack(a, NULL, "shareProcessNamespace",
		     "it takes a PID namespace with a /proc of its own, which parts of podinit's "
		     "own "
		     "/proc being masked forbids: run its container with --security-opt "
		     "unmask=ALL");
	if (spec->host_users == CHOICE_NO && !g->masked_root && !g->users.first)
		lack_users(a);
	if (!g->mounts && spec->host_aliases.n)
		lack_mounts(a, NULL, "hostAliases");
	if (!g->mounts && pod_sets_dns(spec))
		lack_mounts(a, NULL, "dnsConfig");
	if (g->mounts && !g->disks)
		ask_volumes(a);
}

unsigned grants_lacking(const struct pod_spec *spec, const struct plan_grants *g, int why_no_mounts,
			void (*teller)(const struct lack *lack, void *arg), void *arg)
{
	struct asking a = {.spec = spec, .g = g, .err = why_no_mounts, .tell = teller, .arg = arg};

	ask_pod(&a);
	for (unsigned i = 0; i < spec->n; i++) {
		ask_mounts(&a, &spec->ctr[i]);
		ask_identity(&a, &spec->ctr[i]);
		ask_caps(&a, &spec->ctr[i]);
		ask_rlimits(&a, &spec->ctr[i]);
	}
	return a.n;
}
