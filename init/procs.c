#include "init/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/sys.h"

static bool read_stat(int proc, const char *pid, struct proc *p)
{
	char path[64], buf[512], state;
	const char *rest;
	int parent, session;

	snprintf(path, sizeof path, "%.20s/stat", pid);
	if (sys_read_file(proc, path, buf, sizeof buf) <= 0)
		return false;
	/* The name in parentheses may hold anything, parentheses too. */
	rest = strrchr(buf, ')');
	if (!rest || sscanf(rest + 1, " %c %d %*d %d", &state, &parent, &session) != 3)
		return false;
	p->pid = atoi(pid);
	p->parent = parent;
	p->session = session;
	return state != 'Z' && state != 'X';
}

void procs_each(bool (*visit)(const struct proc *p, void *arg), void *arg)
{
	char buf[4096] __attribute__((aligned(8)));
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t self = getpid();
	long n;

	if (fd < 0)
		return;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0) {
		for (long at = 0; at < n;) {
			const struct sys_dirent *d = (const void *)(buf + at);
			struct proc p;

			at += d->reclen;
			if (d->name[0] < '1' || d->name[0] > '9' || !read_stat(fd, d->name, &p))
				continue;
			if (p.pid != self && !visit(&p, arg)) {
				close(fd);
				return;
			}
		}
	}
	close(fd);
}

/* Walks up from `pid` to see whether it ends at `root`.  A chain that changes underneath is cut. */
static bool descends(pid_t pid, pid_t root)
{
	for (int depth = 0; depth < 256 && pid > 1; depth++) {
		char path[32], buf[512];
		const char *rest;
		int parent;

		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		if (sys_read_file(AT_FDCWD, path, buf, sizeof buf) <= 0)
			return false;
		rest = strrchr(buf, ')');
		if (!rest || sscanf(rest + 1, " %*c %d", &parent) != 1)
			return false;
		if (parent == root)
			return true;
		pid = parent;
	}
	return false;
}

bool proc_is_ours(pid_t pid)
{
	return getpid() == 1 || descends(pid, getpid());
}

struct descendants {
	pid_t root;
	int signo;
	unsigned n;
};

static bool signal_descendant(const struct proc *p, void *arg)
{
	struct descendants *d = arg;

	if (p->parent != d->root && !descends(p->pid, d->root))
		return true;
	kill(p->pid, d->signo);
	if (d->signo != SIGKILL)
		kill(p->pid, SIGCONT);
	d->n++;
	return true;
}

unsigned procs_signal_descendants(int signo)
{
	struct descendants d = {.root = getpid(), .signo = signo};

	procs_each(signal_descendant, &d);
	return d.n;
}

bool proc_has_env(pid_t pid, const char *word)
{
	size_t len = strlen(word) + 1, keep;
	char path[32], buf[4096];
	size_t have = 0;
	bool at_start = true;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((got = read(fd, buf + have, sizeof buf - have)) > 0) {
		have += (size_t)got;
		for (char *at = buf; (size_t)(buf + have - at) >= len;) {
			char *end;

			if (at_start && memcmp(at, word, len) == 0) {
				close(fd);
				return true;
			}
			end = memchr(at, '\0', (size_t)(buf + have - at));
			at_start = end != NULL;
			if (!end || (size_t)(buf + have - (end + 1)) < len) {
				/* Keep what may be the beginning of the word. */
				at = end ? end + 1 : buf + have;
				keep = (size_t)(buf + have - at);
				memmove(buf, at, keep);
				have = keep;
				break;
			}
			at = end + 1;
		}
	}
	close(fd);
	return false;
}

/* The mask of signals in a line of /proc/PID/status. */
static uint64_t mask_of(const char *status, const char *line)
{
	const char *at = strstr(status, line);
	unsigned long long mask = 0;

	return at && sscanf(at + strlen(line), " %llx", &mask) == 1 ? mask : 0;
}

/* The /proc we see may be that of another PID namespace than ours, and count otherwise: what it
   calls a process is what it says of a descriptor of it. */
static bool read_proc(int pidfd, const char *file, char *buf, size_t size)
{
	char path[48];
	const char *line;
	int pid;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	if (sys_read_file(AT_FDCWD, path, buf, size) <= 0)
		return false;
	line = strstr(buf, "\nPid:");
	if (!line || sscanf(line, "\nPid: %d", &pid) != 1 || pid <= 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	return sys_read_file(AT_FDCWD, path, buf, size) > 0;
}

bool proc_catches(int pidfd, int signo)
{
	char buf[4096];

	return read_proc(pidfd, "status", buf, sizeof buf) &&
	       mask_of(buf, "\nSigCgt:") >> (signo - 1) & 1;
}

/* Of sigwait(3) and its like.  What they wait for is blocked, and not shown as such while they do.
 */
static bool waits_for_signals(int pidfd)
{
	char buf[256];
	int call;

	return read_proc(pidfd, "syscall", buf, sizeof buf) && sscanf(buf, "%d", &call) == 1 &&
	       call == SYS_rt_sigtimedwait;
}

bool proc_is_deaf(int pidfd, int signo)
{
	char buf[4096];

	return read_proc(pidfd, "status", buf, sizeof buf) && !waits_for_signals(pidfd) &&
	       !((mask_of(buf, "\nSigCgt:") | mask_of(buf, "\nSigIgn:") |
		  mask_of(buf, "\nSigBlk:")) >>
			 (signo - 1) &
		 1);
}
