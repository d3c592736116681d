/*
 * spawn.h - carries a plan out: forks, walks the steps in the child, executes.
 *
 * What fails in the child comes back on a close-on-exec pipe as one struct spawn_failure; the end
 * of the file without one means that the program runs.
 */
#ifndef PODINIT_INIT_SPAWN_H
#define PODINIT_INIT_SPAWN_H

#include <sys/types.h>

#include "init/plan.h"

struct spawn_failure {
	int32_t err;   /* errno */
	uint32_t step; /* index into plan.v */
};

/* The descriptors STEP_INPUT and STEP_OUTPUT put in place. */
struct wires {
	int in, out, err;
	pid_t parent; /* spawn()'s own */
};

/* At boot: raises podinit's own soft limit of descriptors to the hard one.  What it starts gets the
   limit that podinit was given. */
void spawn_raise_files(void);

struct spawned {
	pid_t pid;
	int pidfd;
	int errfd; /* does not block */
};

/*
 * Starts a process by `plan`, marked as `task`'s, born in `cgroup` if that is >= 0.  0, or the
 * errno of what PID 1 itself could not do; then there is nothing to clean up.
 */
int spawn(struct spawned *out, const struct plan *plan, const struct pod_spec *spec,
	  struct task task, const struct wires *wires, int cgroup);

/*
 * Looks at errfd.  0: the program runs.  1: it does not, and *failure says why.  -1: not known yet.
 */
int spawn_outcome(int errfd, struct spawn_failure *failure);

/* The exit status that stands for such a failure: 125, 126 or 127. */
int spawn_status(const struct plan *plan, const struct spawn_failure *failure);

/* Writes what failed, in words, into buf; returns it. */
const char *spawn_message(char *buf, size_t size, const struct plan *plan,
			  const struct spawn_failure *failure);

#endif
