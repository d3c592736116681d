/*
 * wrap.h - `podinit -- COMMAND`: one command, run as if it had been executed directly.
 *
 * What tini, dumb-init, catatonit and docker-init do, and one thing more: what the command leaves
 * behind is told to stop and given its time, before podinit ends.
 */
#ifndef PODINIT_INIT_WRAP_H
#define PODINIT_INIT_WRAP_H

#include <signal.h>
#include <stdbool.h>

#include "config/spec.h"

struct wrap {
	char **argv;
	bool group;           /* signals go to the command's whole process group */
	nsec grace;           /* what it leaves behind has from SIGTERM to SIGKILL */
	const sigset_t *mask; /* the signal mask podinit was started with: the command's */
};

/* Runs it to its end and returns the status to end with.  Every signal is to be blocked. */
int wrap_run(const struct wrap *w);

#endif
