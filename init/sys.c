#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

nsec sys_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

pid_t sys_fork(uint64_t flags, int cgroup, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)cgroup;
	}
	pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid < 0 && (errno == ENOSYS || errno == EPERM) && cgroup < 0)
		pid = syscall(SYS_clone, (unsigned long)args.flags | SIGCHLD, NULL, pidfd, NULL,
			      0UL);
	return (pid_t)pid;
}

void sys_block_signals(bool faults, sigset_t *old)
{
	static const int synchronous[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
					  SIGABRT, SIGTRAP, SIGSYS};
	uint64_t mask = ~UINT64_C(0);

	for (unsigned i = 0; !faults && i < sizeof synchronous / sizeof *synchronous; i++)
		mask &= ~sys_signal_bit(synchronous[i]);
	if (old)
		sigemptyset(old);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, old, sizeof mask);
}

/* The kernel's own: no larger on any machine, and the handler comes first. */
struct kernel_action {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

uint64_t sys_ignored_signals(void)
{
	uint64_t ignored = 0;

	for (int signo = 1; signo <= 64; signo++) {
		struct kernel_action a = {0};

		if (syscall(SYS_rt_sigaction, signo, NULL, &a, sizeof a.mask) == 0 &&
		    a.handler == (uintptr_t)SIG_IGN)
			ignored |= sys_signal_bit(signo);
	}
	return ignored;
}

void sys_default_signal(int signo)
{
	struct kernel_action a = {.handler = (uintptr_t)SIG_DFL};

	syscall(SYS_rt_sigaction, signo, &a, NULL, sizeof a.mask);
}

int sys_signalfd(uint64_t set)
{
	return (int)syscall(SYS_signalfd4, -1, &set, sizeof set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int sys_wait_signal(siginfo_t *si, nsec limit)
{
	uint64_t mask = ~UINT64_C(0);
	struct {
		long sec, nsec; /* what this system call takes, whatever the libc's time_t */
	} t = {(long)(limit / NSEC_PER_SEC), (long)(limit % NSEC_PER_SEC)};

	return (int)syscall(SYS_rt_sigtimedwait, &mask, si, limit == NSEC_NEVER ? NULL : &t,
			    sizeof mask);
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pidfd_kill(int pidfd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

void sys_cloexec_from(int first)
{
	/* Linux 5.11; before that each descriptor by itself, as far as a soft limit of a thousand
	   goes. */
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = first; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

ssize_t sys_read_file(int dir, const char *path, char *buf, size_t size)
{
	/* Whoever holds a lease on it, or the other end, does not make us wait. */
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t n = 0;
	ssize_t got = 0;

	if (fd < 0)
		return -1;
	while (n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	close(fd);
	return got < 0 ? -1 : (ssize_t)n;
}

int sys_write_file(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t put;
	int err;

	if (fd < 0)
		return -1;
	put = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return put < 0 ? -1 : 0;
}

int sys_rlimit(int resource, const struct sys_rlimit *set, struct sys_rlimit *get)
{
	return (int)syscall(SYS_prlimit64, 0, resource, set, get);
}

int sys_done(int result, int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return result;
}

int sys_socketpair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
}
