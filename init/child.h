/*
 * child.h - the life of a child of podinit until it has executed its program: it walks its plan.
 */
#ifndef PODINIT_INIT_CHILD_H
#define PODINIT_INIT_CHILD_H

#include "init/spawn.h"

/* At boot: finds out which signals are ignored, before anything else is. */
void child_open(void);

/* Walks `plan` and executes; what fails is written to `errfd` as one struct spawn_failure.  `late`:
   the cgroup of `wires` is still to be entered, so that nothing of it happens outside. */
_Noreturn void child_walk(const struct plan *plan, const struct wires *wires, bool late,
			  pid_t parent, int errfd);

#endif
