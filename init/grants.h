/*
 * grants.h - what podinit may do where it runs, against what the pod file asks for.
 *
 * Privileges are found out by doing, in a child, before anything of the pod is started: a user id,
 * a capability or the name of an engine would only be a guess.
 */
#ifndef PODINIT_INIT_GRANTS_H
#define PODINIT_INIT_GRANTS_H

#include "init/plan.h"

/* At boot: fills *g.  0, or the errno that tells why there are no namespaces and mounts. */
int grants_find(struct plan_grants *g);

/* Something a pod file asks for by name that cannot be had here. */
struct lack {
	const struct ctr_spec *ctr; /* NULL: it is asked for in [pod] */
	const char *key;
	char why[256]; /* what is missing, and what would grant it */
};

/* Calls `tell` for every lack; returns how many there are. */
unsigned grants_lacking(const struct pod_spec *spec, const struct plan_grants *g, int why_no_mounts,
			void (*tell)(const struct lack *lack, void *arg), void *arg);

#endif
