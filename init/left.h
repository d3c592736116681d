/*
 * left.h - the processes that are left when what podinit ran has ended.
 *
 * tini, dumb-init and catatonit exit at that moment, and what is left dies by SIGKILL without ever
 * having been told.  Here it gets SIGTERM and its time first.
 */
#ifndef PODINIT_INIT_LEFT_H
#define PODINIT_INIT_LEFT_H

#include <signal.h>
#include <stdbool.h>

#include "config/spec.h"

/*
 * Stops all that is left and returns when no child is: SIGTERM, up to `grace`, then SIGKILL, and
 * ten seconds more for what the kernel does not let die.
 * A SIGINT ends the grace.  As PID 1 that is everything else in the PID namespace; elsewhere what
 * descends from podinit, which has to be a subreaper.  `reap` takes in all children that ended and
 * is false when there are none any more; every signal is to be blocked.
 */
void left_stop(nsec grace, bool (*reap)(void *arg), void *arg);

/*
 * Waits for any signal until the CLOCK_MONOTONIC time `deadline`; NSEC_NEVER waits for ever.
 * Returns its number and fills *si, or 0 when the time has come.
 */
int left_wait(nsec deadline, siginfo_t *si);

#endif
