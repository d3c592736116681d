/*
 * root.h - makes what a container sees: its root, what is mounted in it, its devices.
 *
 * For the child that is to become the container, in a mount namespace of its own: it takes the
 * steps STEP_TREE to STEP_RETURN of its plan, in order, and nothing it does is seen by anybody
 * else.
 */
#ifndef PODINIT_INIT_ROOT_H
#define PODINIT_INIT_ROOT_H

#include <sys/types.h>

#include "init/plan.h"

/* Descriptors are -1 until they are open. */
struct root {
	int fd;    /* its "/" */
	int cwd;   /* STEP_OWN_ROOT: where we were */
	int null;  /* its /dev/null, once something was masked */
	int empty; /* a mount with nothing in it, likewise */
	int tree[PLAN_TREES_MAX];
	unsigned n; /* trees held */
	mode_t mask;
};

/* 0, or -1 and errno. */
int root_step(struct root *r, const struct step_data *s);

#endif
