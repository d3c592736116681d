/*
 * setup.h - between the pod file and the loop: what the file asks for is had, or nothing starts.
 *
 * For boot: it allocates, and says what is missing.
 */
#ifndef PODINIT_INIT_SETUP_H
#define PODINIT_INIT_SETUP_H

#include "init/loop.h"
#include "init/run.h"

/* A pod file asks for what can be had in a user namespace of podinit's own, and not without. */
bool setup_wants_users(const struct pod_spec *spec);

/* Makes the cgroups of the pod.  In process mode this comes before the fork into namespaces. */
bool setup_groups(const struct pod_spec *spec, enum habitat habitat, bool lenient);

/* Fills where->oom_score, by the memory of this machine. */
void setup_scores(const struct pod_spec *spec, struct plan_where *where);

/*
 * Finds out what podinit may do here and fills config->where.  What the file asks for and cannot be
 * had is an error for each key, and false; or, if `lenient`, a warning for each, and the pod goes
 * without: then `spec` is changed accordingly.
 */
bool setup_pod(struct loop_config *config, struct pod_spec *spec, enum habitat habitat,
	       bool lenient);

#endif
