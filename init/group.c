#include "init/group.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/procs.h"
#include "init/sys.h"

/* The cgroup of the pod: a directory, and its place for the removal at the end. */
static int pod_dir = -1;
static char pod_path[512];

/* ---- Finding our place in the cgroup2 tree ---- */

/* Where the cgroup2 tree is mounted, and which of its directories stands there. */
static bool find_mount(char *at, char *root, size_t size)
{
	static char line[4096];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof line, f)) {
		char r[512], m[512];

		if (strstr(line, " - cgroup2 ") &&
		    sscanf(line, "%*s %*s %*s %511s %511s", r, m) == 2) {
			snprintf(root, size, "%s", r);
			snprintf(at, size, "%s", m);
			found = true;
		}
	}
	fclose(f);
	return found;
}

static bool find_self(char *path, size_t size)
{
	char buf[4096];
	const char *line;

	if (sys_read_file(AT_FDCWD, "/proc/self/cgroup", buf, sizeof buf) <= 0)
		return false;
	line = strncmp(buf, "0::", 3) == 0 ? buf : strstr(buf, "\n0::");
	if (!line)
		return false;
	line = strchr(line, '/');
	if (!line)
		return false;
	snprintf(path, size, "%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

void groups_open(const char *name)
{
	char at[512], root[512], self[512], path[1600];
	const char *below = self;

	if (!find_mount(at, root, sizeof at) || !find_self(self, sizeof self))
		return;
	/* The mount may show a part of the tree only. */
	if (strcmp(root, "/") != 0 && strncmp(self, root, strlen(root)) == 0)
		below = self + strlen(root);
	if (strcmp(below, "/") == 0)
		below = "";
	snprintf(path, sizeof path, "%s%s/%s", at, below, name);
	if (strlen(path) >= sizeof pod_path || (mkdir(path, 0755) < 0 && errno != EEXIST))
		return;
	memcpy(pod_path, path, strlen(path) + 1);
	pod_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* cgroup.kill came with Linux 5.14.  Without it a group would not be exact. */
	if (pod_dir >= 0 && faccessat(pod_dir, "cgroup.kill", W_OK, 0) < 0) {
		close(pod_dir);
		pod_dir = -1;
		rmdir(pod_path);
	}
}

void groups_close(void)
{
	if (pod_dir < 0)
		return;
	close(pod_dir);
	pod_dir = -1;
	rmdir(pod_path);
}

bool groups_exact(void)
{
	return pod_dir >= 0;
}

/* ---- One group ---- */

static const char *name_of(const struct group *g)
{
	return strchr(g->mark, '=') + 1;
}

void group_open(struct group *g, const struct pod_spec *spec, struct task task)
{
	memset(g, 0, sizeof *g);
	g->dir = g->watch = -1;
	plan_mark(g->mark, spec, task);
	if (pod_dir < 0 || (mkdirat(pod_dir, name_of(g), 0755) < 0 && errno != EEXIST))
		return;
	g->dir = openat(pod_dir, name_of(g), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dir >= 0)
		g->watch = openat(g->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (g->watch < 0 && g->dir >= 0) {
		close(g->dir);
		g->dir = -1;
		unlinkat(pod_dir, name_of(g), AT_REMOVEDIR);
	}
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

void group_close(struct group *g)
{
	if (g->watch >= 0)
		close(g->watch);
	if (g->dir >= 0) {
		close(g->dir);
		unlinkat(pod_dir, name_of(g), AT_REMOVEDIR);
	}
	g->dir = g->watch = -1;
}
