/*
 * process.h - podinit as an ordinary process: in namespaces of its own where it may.
 *
 * Where it is allowed to, podinit runs the pod in a child that is PID 1 of a PID namespace, with a
 * private mount and a private UTS namespace; the outer process passes signals in and the status
 * out.  Elsewhere it runs the pod itself, as a child subreaper.  Nothing of the caller's is changed
 * either way.  The pod dies with the outer process; without a PID namespace that is exact only for
 * the main processes of its containers: what those have started survives a SIGKILL to podinit.
 */
#ifndef PODINIT_INIT_PROCESS_H
#define PODINIT_INIT_PROCESS_H

#include <stdbool.h>

enum process_side {
	PROCESS_INNER, /* PID 1 of the pod's own namespaces: run the pod */
	PROCESS_GUEST, /* the same in a user namespace */
	PROCESS_ALONE, /* no namespaces, a subreaper: run the pod */
	PROCESS_OUTER  /* the pod has run and ended: *status */
};

/*
 * Returns in the process that is to run the pod, and at the end of the pod in the outer one.  Every
 * signal is to be blocked.  `users`: the pod needs namespaces, so a user namespace will do where
 * they cannot be had without.  `terminal`: a container is to have the terminal of the caller. *err:
 * why there are no namespaces, for PROCESS_ALONE.
 */
enum process_side process_enter(bool users, bool terminal, int *status, int *err);

#endif
