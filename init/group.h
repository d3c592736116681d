/*
 * group.h - all processes of one task: the main process of a container and what it started, or an
 * exec probe and what it started.
 *
 * Where podinit may make cgroups (cgroup v2, also beside v1) a group is a cgroup of its own, and
 * "everything left in the container" is exact.  Elsewhere, as in an ordinary unprivileged
 * container, a process belongs to a group by its session, or by PODINIT_CONTAINER in the
 * environment it was executed with.  What escapes both is stopped at the end of the pod.
 *
 * Nothing allocates.  A group is plain data and owns its descriptors until group_close().
 */
#ifndef PODINIT_INIT_GROUP_H
#define PODINIT_INIT_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/plan.h"

struct group {
	char mark[MARK_MAX]; /* "PODINIT_CONTAINER=NAME.GENERATION" */
	pid_t session;
	int dir;   /* its cgroup; -1: it has none */
	int watch; /* with a cgroup: cgroup.events.  Else a pidfd of one process of it, or -1 */
};

/*
 * At boot: makes the cgroup below which the groups will be, if that can be had.  `name` is its
 * name: "pod", or one that is unique where other podinits may stand beside it.  Says nothing: that
 * there are no cgroups is no error.
 */
void groups_open(const char *name);

/* At the end: removes it. */
void groups_close(void);

/* True if groups are cgroups here. */
bool groups_exact(void);

/* Makes a group, without any process yet.  It always succeeds: at worst without a cgroup. */
void group_open(struct group *g, const struct pod_spec *spec, struct task task);

/*
 * True if no process of the group lives; zombies do not.  If one does, g->watch becomes readable
 * (EPOLLPRI with a cgroup, EPOLLIN without) when it is time to ask again; without a cgroup it may
 * be another descriptor after each call.
 */
bool group_empty(struct group *g);

void group_signal(const struct group *g, int signo);

/* SIGKILL to all.  Without a cgroup a process that forks at that moment may be missed: so as long
   as the group is not empty it is to be called again. */
void group_kill(const struct group *g);

void group_close(struct group *g);

#endif
