/*
 * sys.h - the system calls that no libc has, and the few idioms of calls that everybody needs.
 *
 * All descriptors made here are close-on-exec.  Nothing allocates, nothing prints; -1 and errno
 * mean what they mean in the system.
 */
#ifndef PODINIT_INIT_SYS_H
#define PODINIT_INIT_SYS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/spec.h"

/* CLOCK_MONOTONIC: what every deadline counts in. */
nsec sys_now(void);

/*
 * Forks.  0 in the child; in the parent the pid, with *pidfd open on it.  `flags` are CLONE_NEW...
 * `cgroup` >= 0 is a directory of the cgroup2 tree the child is born in.  Falls back to clone(2)
 * where a filter hides clone3(2); a cgroup cannot be had there: ENOSYS.
 * The child has its own memory, and is a fork in every respect but that atfork handlers, of which
 * we have none, do not run.
 */
pid_t sys_fork(uint64_t flags, int cgroup, int *pidfd);

int sys_pidfd_open(pid_t pid);
int sys_pidfd_kill(int pidfd, int signo);

/*
 * Signals as the kernel counts them, 1 to 64: a libc keeps a few of them (32 to 34) to itself, and
 * leaves them out of what its sigfillset() fills.
 *
 * sys_block_signals() blocks them all, but the synchronous ones (a fault must end a process, or
 * reach a handler) unless `faults`; *old, if not NULL, becomes the mask as it was.
 * sys_ignored_signals() are those that would be ignored, a bit each from signal 1 on;
 * sys_default_signal() gives one its default again.
 * sys_signalfd() opens a descriptor, close-on-exec, that does not block, for a set of them.
 * sys_wait_signal() waits for any blocked one, at most `limit` ns (NSEC_NEVER: for ever): its
 * number, or -1 and errno.
 */
void sys_block_signals(bool faults, sigset_t *old);
uint64_t sys_ignored_signals(void);
void sys_default_signal(int signo);
static inline uint64_t sys_signal_bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}
int sys_signalfd(uint64_t set);
int sys_wait_signal(siginfo_t *si, nsec limit);

/* Every descriptor from `first` on becomes close-on-exec. */
void sys_cloexec_from(int first);

/* An entry of a directory as SYS_getdents64 gives it: it needs no allocation, opendir() does. */
struct sys_dirent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* Opens `path` under `dir` (or AT_FDCWD), reads at most size - 1 bytes and ends them with a NUL.
   The length, or -1. */
ssize_t sys_read_file(int dir, const char *path, char *buf, size_t size);

/* Writes `text` to a file that is there, in one write.  0 or -1. */
int sys_write_file(int dir, const char *path, const char *text);

/*
 * A limit of this process, by number: libcs differ in what type that has.  In the kernel's own
 * terms, where UINT64_MAX is no limit.  Either may be NULL.
 */
struct sys_rlimit {
	uint64_t soft, hard;
};
int sys_rlimit(int resource, const struct sys_rlimit *set, struct sys_rlimit *get);

/* Closes `fd`, if it is one, and returns `result`; errno stays what it was. */
int sys_done(int result, int fd);

/* Makes a listening pair whose ends do not block. */
int sys_socketpair(int fds[2]);

#endif
