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

/* For hostUsers = false: makes the user namespace of the pod, if root of the pod would be root of
   the machine otherwise and podinit may; g->no_users is the errno if it could not. */
void grants_make_users(struct plan_grants *g);

/* What it could do in a user namespace of its own, if it may have one. */
void grants_in_users(struct plan_grants *g);

/* Something a pod file asks for by name that cannot be had here: in [pod], or where one of these
   says. */
struct lack {
	const struct ctr_spec *ctr;
	const struct volume_spec *volume;
	const char *key;
	char why[256]; /* what is missing, and what would grant it */
};

/* Calls `tell`, which may take the demand out of the spec, for every lack; returns how many there
   are.  Without `tell` users, groups and rlimits, which have to be tried, are not counted. */
unsigned grants_lacking(const struct pod_spec *spec, const struct plan_grants *g, int why_no_mounts,
			void (*tell)(const struct lack *lack, void *arg), void *arg);

#endif
