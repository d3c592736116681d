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
	int32_t err;   /* errno; of STEP_EXEC what exec_along() says of it */
	uint32_t step; /* index into plan.v */
};

/* What a process is given beside its plan. */
struct wires {
	int in, out, err; /* for STEP_INPUT and STEP_OUTPUT */
	int cgroup;       /* the directory of the cgroup it is born in; -1: podinit's own */
	int join;         /* a pidfd of its container's main process, if the plan joins it */
	int users;        /* the user namespace of the pod, if the plan enters it */
};

/* At boot.  podinit's own soft limit of descriptors becomes the hard one; what it starts gets the
   limit that podinit was given. */
void spawn_open(void);

/* In a child that has opened all it needs: its limit is the one podinit was given. */
void spawn_return_files(void);

struct spawned {
	pid_t pid;
	int pidfd;
	int errfd; /* does not block */
};

/*
 * Starts a process by `plan`, marked as `task`'s.  0, or the errno of what PID 1 itself could not
 * do; then there is nothing to clean up.
 */
int spawn(struct spawned *out, const struct plan *plan, const struct pod_spec *spec,
	  struct task task, const struct wires *wires);

/*
 * Starts the child that makes volumes and roots ready.  What it could not do is on errfd in words,
 * and its exit status is then not 0.
 */
int spawn_preparing(struct spawned *out, const struct pod_spec *spec);

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
