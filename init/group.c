#include "init/group.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/cgroup.h"
#include "init/procs.h"
#include "init/sys.h"

/* PID 1's own cgroup. */
#define LEAF "init"

/* How often a cgroup is emptied that fills behind our back: `docker exec` puts there what it
 * starts. */
enum { EVACUATIONS = 100 };

static struct {
	char base_path[1536];  /* of the cgroup podinit was started in, for messages */
	char name[64];         /* of the pod's cgroup, below it */
	int base, pod;         /* the directories of both; -1: there are no cgroups */
	pid_t owner;           /* who has opened them, and alone may close them */
	bool guest;            /* as in groups_config */
	bool left;             /* podinit stands in LEAF */
	unsigned enabled;      /* controllers that were not on in `base` before */
	unsigned controllers;  /* whose limits hold */
	uint32_t gen[CTR_MAX]; /* the last run of each container: its probes belong there */
} here = {.base = -1, .pod = -1};

/* ---- Why limits cannot be had ---- */

/* The same for every controller of `which`. */
__attribute__((format(printf, 3, 4))) static void lacks(struct groups_lack *lack, unsigned which,
							const char *format, ...)
{
	for (unsigned c = 0; c < CONTROLLERS; c++) {
		va_list args;

		if (!(which & 1U << c))
			continue;
		va_start(args, format);
		vsnprintf(lack->why[c], sizeof lack->why[c], format, args);
		va_end(args);
	}
	lack->controllers |= which;
}

#define HELP_PROCESS                                                                               \
	"start it in one of its own: systemd-run --scope -p Delegate=yes podinit ... (--user "     \
	"too where it is not root)"

static void lacks_errno(struct groups_lack *lack, unsigned which, bool guest, const char *doing,
			int err)
{
	switch (err) {
	case EROFS:
		lacks(lack, which,
		      "the cgroups of this container are read-only: docker run --security-opt "
		      "writable-cgroups=true (Docker 28) or --privileged, podman run "
		      "--security-opt unmask=/sys/fs/cgroup");
		break;
	case EACCES:
	case EPERM:
		lacks(lack, which, "podinit's user may not change the cgroup %s: %s",
		      here.base_path,
		      guest ? HELP_PROCESS
			    : "run podinit as root, in a cgroup namespace of its own");
		break;
	default: lacks(lack, which, "%s %s: %s", doing, here.base_path, strerror(err)); break;
	}
}

static void lacks_room(struct groups_lack *lack, unsigned which)
{
	lacks(lack, which,
	      "other processes than podinit are in the cgroup %s, and one with "
	      "processes can pass no limits on: " HELP_PROCESS,
	      here.base_path);
}

/*
 * /proc/cgroups has a line "NAME HIERARCHY CGROUPS ENABLED" for each controller; a hierarchy other
 * than 0 is one of cgroup v1.  The newest kernels leave out there what v1 does not know.
 */
static void lacks_controller(struct groups_lack *lack, enum controller c, bool guest)
{
	const char *name = controller_names[c], *line;
	char buf[4096], key[16];
	int hierarchy = 0, enabled = 1;

	snprintf(key, sizeof key, "\n%s\t", name);
	if (sys_read_file(AT_FDCWD, "/proc/cgroups", buf, sizeof buf) > 0 &&
	    (line = strstr(buf, key)))
		sscanf(line + strlen(key), "%d %*d %d", &hierarchy, &enabled);
	if (!enabled)
		lacks(lack, 1U << c,
		      "the kernel has no %s controller: it was booted with cgroup_disable=%s", name,
		      name);
	else if (hierarchy)
		lacks(lack, 1U << c,
		      "the %s controller is taken by cgroup v1 here: boot the host with "
		      "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all",
		      name);
	else
		lacks(lack, 1U << c,
		      "the kernel has no %s controller, or it is not passed on to the cgroup "
		      "%s%s%s",
		      name, here.base_path, guest ? ": " : "", guest ? HELP_PROCESS : "");
}

/* ---- podinit's own place ---- */

static int open_leaf(void)
{
	return openat(here.base, LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* podinit returns from LEAF, as PID 1 with what went there with it. */
static void go_back(bool guest)
{
	int leaf = open_leaf();

	if (leaf >= 0) {
		sys_write_file(here.base, "cgroup.procs", "0");
		if (!guest && !cgroup_is_root(here.base))
			cgroup_move_all(leaf, here.base, false);
		close(leaf);
	}
	unlinkat(here.base, LEAF, AT_REMOVEDIR);
	here.left = false;
}

/*
 * Turns `set` on for what is below the cgroup podinit is in, and below the pod's.  What comes in
 * between the move and the write (a `docker exec`) makes the kernel refuse: then again.
 */
static int enable(unsigned set, bool guest)
{
	bool root = cgroup_is_root(here.base);
	unsigned fresh = set & ~cgroup_listed(here.base, "cgroup.subtree_control");
	int leaf, err = 0;

	if (mkdirat(here.base, LEAF, 0755) < 0 && errno != EEXIST)
		return errno;
	here.left = true;
	leaf = open_leaf();
	if (leaf < 0)
		return errno;
	for (int i = 0; i < EVACUATIONS; i++) {
		/* Whoever else is in the real root is in nobody's way. */
		if (root)
			err = sys_write_file(leaf, "cgroup.procs", "0") < 0 ? errno : 0;
		else
			err = cgroup_move_all(here.base, leaf, guest);
		if (err)
			break;
		err = cgroup_turn_on(here.base, fresh);
		if (err != EBUSY)
			break;
	}
	if (!err) {
		here.enabled = fresh;
		err = cgroup_turn_on(here.pod, set);
	}
	/* However busy the pod is, podinit gets its turn. */
	if (!err && set & 1U << CONTROL_CPU)
		sys_write_file(leaf, "cpu.weight", "1000");
	close(leaf);
	return err;
}

static void disable(void)
{
	cgroup_turn(here.base, '-', here.enabled);
	here.enabled = here.controllers = 0;
	if (here.left)
		go_back(here.guest);
}

/* Limits for the pod, as far as they can be had. */
static void limit_pod(const struct groups_config *config, unsigned need, struct groups_lack *lack)
{
	unsigned set = need & cgroup_listed(here.base, "cgroup.controllers");
	struct limits limits;
	const char *what;
	int err;

	for (unsigned c = 0; c < CONTROLLERS; c++)
		if (need & ~set & 1U << c)
			lacks_controller(lack, (enum controller)c, config->guest);
	if (set == 0)
		return;
	err = enable(set, config->guest);
	if (err == EBUSY)
		lacks_room(lack, set);
	else if (err)
		lacks_errno(lack, set, config->guest, "enabling controllers in", err);
	if (err) {
		disable();
		return;
	}
	here.controllers = set;
	limits_of_pod(&limits, config->spec, set);
	err = cgroup_limit(here.pod, &limits, &what);
	if (err)
		lacks(lack, set, "writing %s of the pod: %s", what, strerror(err));
}

/* ---- The cgroup of the pod ---- */

/* cgroup.kill came with Linux 5.14.  Without it a group would not be exact. */
static bool open_pod(const struct groups_config *config, unsigned need, struct groups_lack *lack)
{
	if (!cgroup_find(here.base_path, sizeof here.base_path)) {
		lacks(lack, need,
		      "no cgroup v2 is mounted here: boot the host with "
		      "systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 none "
		      "/sys/fs/cgroup");
		return false;
	}
	snprintf(here.name, sizeof here.name, "%s", config->name);
	here.base = open(here.base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (here.base < 0 || (mkdirat(here.base, here.name, 0755) < 0 && errno != EEXIST)) {
		lacks_errno(lack, need, config->guest, "making a cgroup in", errno);
		return false;
	}
	here.pod = openat(here.base, here.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (here.pod < 0 || faccessat(here.pod, "cgroup.kill", W_OK, 0) < 0) {
		lacks(lack, need, "cgroups take Linux 5.14 or newer, for cgroup.kill");
		return false;
	}
	return true;
}

void groups_open(const struct groups_config *config, struct groups_lack *lack)
{
	unsigned need = limits_need(config->spec);

	memset(lack, 0, sizeof *lack);
	memset(&here, 0, sizeof here);
	here.base = here.pod = -1;
	here.owner = getpid();
	here.guest = config->guest;
	if (!open_pod(config, need, lack))
		groups_close();
	else if (need)
		limit_pod(config, need, lack);
}

void groups_close(void)
{
	if (here.owner != getpid())
		return;
	if (here.pod >= 0) {
		close(here.pod);
		cgroup_remove(here.base, here.name);
	}
	if (here.base >= 0) {
		disable();
		close(here.base);
	}
	here.base = here.pod = -1;
}

bool groups_exact(void)
{
	return here.pod >= 0;
}

unsigned groups_controllers(void)
{
	return here.controllers;
}

/* ---- One group ---- */

static const char *name_of(const struct group *g)
{
	return strchr(g->mark, '=') + 1;
}

/*
 * A probe or hook belongs into the cgroup of its container.  Where that one has none, or is gone
 * (the probe is then about to be cancelled), it gets one beside it.
 */
static int make_cgroup(struct group *g, const struct pod_spec *spec, struct task task)
{
	if (task.role == ROLE_MAIN) {
		here.gen[task.ctr] = task.gen;
	} else if (task.role < ROLES && here.gen[task.ctr] > 0) {
		snprintf(g->path, sizeof g->path, "%s.%u/%s.%u", spec->ctr[task.ctr].name,
			 here.gen[task.ctr], role_names[task.role], task.gen);
		if (mkdirat(here.pod, g->path, 0755) == 0 || errno == EEXIST)
			return 0;
	}
	snprintf(g->path, sizeof g->path, "%s", name_of(g));
	return mkdirat(here.pod, g->path, 0755) == 0 || errno == EEXIST ? 0 : errno;
}

static int open_cgroup(struct group *g, const struct pod_spec *spec, struct task task,
		       const char **what)
{
	struct limits limits;
	int err = make_cgroup(g, spec, task);

	if (err)
		return err;
	g->dir = openat(here.pod, g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dir < 0)
		return errno;
	g->watch = openat(g->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (g->watch < 0)
		return errno;
	/* A probe or hook is under the limits of its container. */
	if (task.role != ROLE_MAIN)
		return 0;
	limits_of_ctr(&limits, spec, task.ctr, here.controllers);
	return cgroup_limit(g->dir, &limits, what);
}

int group_open(struct group *g, const struct pod_spec *spec, struct task task, const char **what)
{
	const char *file = "a cgroup";
	int err;

	memset(g, 0, sizeof *g);
	g->dir = g->watch = -1;
	plan_mark(g->mark, spec, task);
	if (here.pod < 0)
		return 0;
	err = open_cgroup(g, spec, task, &file);
	if (!err)
		return 0;
	*what = file;
	group_close(g);
	return here.controllers ? err : 0;
}

struct members {
	const struct group *g;
	bool (*visit)(const struct proc *p, void *arg);
	void *arg;
};

static bool visit_member(const struct proc *p, void *arg)
{
	const struct members *m = arg;

	/* A mark alone proves nothing: another podinit may run a container of the same name. */
	if (p->session != m->g->session &&
	    !(proc_is_ours(p->pid) && proc_has_env(p->pid, m->g->mark)))
		return true;
	return m->visit(p, m->arg);
}

static void each_member(const struct group *g, bool (*visit)(const struct proc *p, void *arg),
			void *arg)
{
	struct members m = {g, visit, arg};

	procs_each(visit_member, &m);
}

static bool watch_member(const struct proc *p, void *arg)
{
	struct group *g = arg;

	g->watch = sys_pidfd_open(p->pid);
	return g->watch < 0;
}

bool group_empty(struct group *g)
{
	char buf[256];
	ssize_t n;

	if (g->dir >= 0) {
		n = pread(g->watch, buf, sizeof buf - 1, 0);
		if (n < 0)
			return true;
		buf[n] = '\0';
		return strstr(buf, "populated 1") == NULL;
	}
	if (g->watch >= 0)
		close(g->watch);
	g->watch = -1;
	/* Twice: the first look may have missed what was forked behind its back. */
	for (int look = 0; look < 2 && g->watch < 0; look++)
		each_member(g, watch_member, g);
	return g->watch < 0;
}

static bool signal_member(const struct proc *p, void *arg)
{
	kill(p->pid, *(const int *)arg);
	return true;
}

static void signal_cgroup(const struct group *g, int signo)
{
	char buf[4096], *at, *end;
	int fd = openat(g->dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, buf + have, sizeof buf - 1 - have)) > 0) {
		have += (size_t)n;
		buf[have] = '\0';
		for (at = buf; (end = strchr(at, '\n')); at = end + 1) {
			pid_t pid = atoi(at);

			if (pid > 0)
				kill(pid, signo);
		}
		have -= (size_t)(at - buf);
		memmove(buf, at, have);
	}
	close(fd);
}

void group_signal(const struct group *g, int signo)
{
	if (g->dir >= 0)
		signal_cgroup(g, signo);
	else
		each_member(g, signal_member, &signo);
}

void group_kill(const struct group *g)
{
	int signo = SIGKILL;

	if (g->dir >= 0)
		sys_write_file(g->dir, "cgroup.kill", "1");
	else
		each_member(g, signal_member, &signo);
}

bool group_oom(const struct group *g)
{
	static const char key[] = "\noom_kill ";
	char buf[512];
	const char *line;

	if (g->dir < 0 || sys_read_file(g->dir, "memory.events", buf, sizeof buf) < 0)
		return false;
	line = strstr(buf, key);
	return line && strtoul(line + strlen(key), NULL, 10) > 0;
}

void group_close(struct group *g)
{
	if (g->watch >= 0)
		close(g->watch);
	if (g->dir >= 0)
		close(g->dir);
	if (here.pod >= 0 && *g->path)
		cgroup_remove(here.pod, g->path);
	g->dir = g->watch = -1;
	g->path[0] = '\0';
}
