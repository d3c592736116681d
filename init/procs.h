/*
 * procs.h - the processes of the machine as /proc lists them, for where no cgroup tells whose they
 * are.
 *
 * A look at /proc is no snapshot: a process that forks behind the reader's back is missed.  Whoever
 * wants all of them looks again until a look finds nothing.  Zombies do not count.  Without a /proc
 * there are no processes.  Nothing allocates.
 */
#ifndef PODINIT_INIT_PROCS_H
#define PODINIT_INIT_PROCS_H

#include <stdbool.h>
#include <sys/types.h>

struct proc {
	pid_t pid, parent, session;
};

/* Calls `visit` for every process but the caller's own, until it returns false. */
void procs_each(bool (*visit)(const struct proc *p, void *arg), void *arg);

/* Sends `signo`, followed by SIGCONT if it is not SIGKILL, to all that descends from the caller.
   Returns how many. */
unsigned procs_signal_descendants(int signo);

/* `pid` has the caller among its ancestors. */
bool proc_is_ours(pid_t pid);

/* The process has the word `word` ("NAME=value") in its environment, as it was executed with. */
bool proc_has_env(pid_t pid, const char *word);

/* The main thread of the process has a handler for `signo`. */
bool proc_catches(int pidfd, int signo);

/* It neither catches, ignores nor blocks it: the first process of a PID namespace would not even
   notice. */
bool proc_is_deaf(int pidfd, int signo);

#endif
