/*
 * loop.h - PID 1's loop: what becomes ready is turned into events, the core is stepped, and its
 * actions are carried out.
 *
 * One thread, one epoll.  Each turn reads the clock once, takes in a bounded amount of what is
 * ready, and arms one timer for the core's next deadline; an idle pod does not wake.  Everything is
 * allocated by loop_open(); loop_run() allocates nothing, cannot fail, and returns when the pod
 * has ended.
 */
#ifndef PODINIT_INIT_LOOP_H
#define PODINIT_INIT_LOOP_H

#include "config/spec.h"
#include "init/plan.h"
#include "init/pod.h"

struct loop_config {
	const struct pod_spec *spec;
	nsec grace; /* --grace for a stop that is asked for; -1: the pod's */
	bool machine;
	struct plan_where where;
};

struct loop_result {
	int code;
	bool asked;       /* the pod was asked to stop */
	enum end_how end; /* as the last request wants it */
};

/* Makes everything ready and starts nothing.  0, or an errno, with *what telling what failed. */
int loop_open(const struct loop_config *config, const char **what);

struct loop_result loop_run(void);

#endif
