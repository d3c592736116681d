#include "init/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/sys.h"

/* How deep below a cgroup podinit clears up what a privileged container made there. */
enum { DEPTH_MAX = 8 };

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

bool cgroup_find(char *path, size_t size)
{
	char at[512], root[512], self[512];
	const char *below = self;

	if (!find_mount(at, root, sizeof at) || !find_self(self, sizeof self))
		return false;
	/* The mount may show a part of the tree only. */
	if (strcmp(root, "/") != 0 && strncmp(self, root, strlen(root)) == 0)
		below = self + strlen(root);
	snprintf(path, size, "%s%s", at, strcmp(below, "/") == 0 ? "" : below);
	return true;
}

/* ---- Controllers ---- */

unsigned cgroup_listed(int dir, const char *file)
{
	char buf[512];
	unsigned set = 0;

	if (sys_read_file(dir, file, buf, sizeof buf) < 0)
		return 0;
	for (char *word = strtok(buf, " \n"); word; word = strtok(NULL, " \n"))
		for (unsigned c = 0; c < CONTROLLERS; c++)
			if (strcmp(word, controller_names[c]) == 0)
				set |= 1U << c;
	return set;
}

bool cgroup_is_root(int dir)
{
	return faccessat(dir, "cgroup.type", F_OK, 0) < 0;
}

/* In one write: all or none. */
int cgroup_turn(int dir, char sign, unsigned set)
{
	char buf[64] = "";

	for (unsigned c = 0; c < CONTROLLERS; c++)
		if (set & 1U << c)
			snprintf(buf + strlen(buf), sizeof buf - strlen(buf), "%s%c%s",
				 *buf ? " " : "", sign, controller_names[c]);
	return *buf && sys_write_file(dir, "cgroup.subtree_control", buf) < 0 ? errno : 0;
}

/*
 * cpu and pids alone could be enabled in a cgroup that holds processes: the kernel then makes it a
 * "domain threaded" one without a word, whose children can take no process.  podinit has left it
 * before; this is for what came in behind its back.
 */
int cgroup_turn_on(int dir, unsigned set)
{
	char type[64];
	int err = cgroup_turn(dir, '+', set);

	if (err || cgroup_is_root(dir))
		return err;
	if (sys_read_file(dir, "cgroup.type", type, sizeof type) < 0)
		return errno;
	if (strcmp(type, "domain\n") == 0)
		return 0;
	cgroup_turn(dir, '-', set);
	return EBUSY;
}

/* ---- Processes ---- */

int cgroup_move_all(int from, int to, bool only_self)
{
	char buf[4096], *at, *end;
	int fd = openat(from, "cgroup.procs", O_RDONLY | O_CLOEXEC), err = 0;
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	while (!err && (n = read(fd, buf + have, sizeof buf - 1 - have)) > 0) {
		have += (size_t)n;
		buf[have] = '\0';
		for (at = buf; !err && (end = strchr(at, '\n')); at = end + 1) {
			*end = '\0';
			if (strcmp(at, "0") == 0 || (only_self && atoi(at) != getpid()))
				err = EBUSY;
			/* It may have ended in the meantime. */
			else if (sys_write_file(to, "cgroup.procs", at) < 0 && errno != ESRCH)
				err = errno;
		}
		have -= (size_t)(at - buf);
		memmove(buf, at, have);
	}
	close(fd);
	return err;
}

/* ---- Files and removal ---- */

int cgroup_limit(int dir, const struct limits *limits, const char **what)
{
	for (unsigned i = 0; i < limits->n; i++) {
		const struct limit *l = &limits->v[i];

		if (sys_write_file(dir, l->file, l->text) == 0 || (l->optional && errno == ENOENT))
			continue;
		*what = l->file;
		return errno;
	}
	return 0;
}

/*
 * rmdir() of a cgroup fails while it has children.  What is below a container's are its probes',
 * and what a privileged container made.
 */
static void remove_tree(int parent, const char *name, int depth)
{
	char buf[1024] __attribute__((aligned(8)));
	int dir;
	long n;

	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno != EBUSY || depth == 0)
		return;
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return;
	while ((n = syscall(SYS_getdents64, dir, buf, sizeof buf)) > 0)
		for (long at = 0; at < n;) {
			const struct sys_dirent *d = (const void *)(buf + at);

			at += d->reclen;
			if (d->type == DT_DIR && d->name[0] != '.')
				remove_tree(dir, d->name, depth - 1);
		}
	close(dir);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void cgroup_remove(int parent, const char *name)
{
	remove_tree(parent, name, DEPTH_MAX);
}
