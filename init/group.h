/*
 * group.h - all processes of one task: the main process of a container and what it started, or an
 * exec probe or hook and what it started; and the limits of them.
 *
 * Where podinit may make cgroups (cgroup v2, also beside v1) a group is a cgroup of its own, and
 * "everything left in the container" is exact.  Elsewhere, as in an ordinary unprivileged
 * container, a process belongs to a group by its session, or by PODINIT_CONTAINER in the
 * environment it was executed with.  What escapes both is stopped at the end of the pod.
 *
 * The tree, below the cgroup podinit was started in:
 *
 *     init/                     podinit itself and its helpers; only where there are limits
 *     pod/                      the limits of the pod ("podinit.PID" where podinit is not PID 1)
 *         web.3/                a container: its third run.  Its limits
 *             readiness.7/      a probe or hook of it, under the same limits
 *
 * None of it is given to anybody else: the owner is podinit's user, and others may only read.
 *
 * Nothing allocates.  A group is plain data and owns its descriptors until group_close().
 */
#ifndef PODINIT_INIT_GROUP_H
#define PODINIT_INIT_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/limits.h"
#include "init/plan.h"

struct group {
	char mark[MARK_MAX]; /* "PODINIT_CONTAINER=NAME.GENERATION" */
	char path[MARK_MAX]; /* of its cgroup, below the pod's */
	pid_t session;
	int dir;   /* its cgroup; -1: it has none */
	int watch; /* with a cgroup: cgroup.events.  Else a pidfd of one process of it, or -1 */
};

struct groups_config {
	const struct pod_spec *spec;
	const char *name; /* of the pod's cgroup: "pod", or one that is unique where other podinits
			     may stand beside it */
	bool guest;       /* podinit is not PID 1: processes beside it are none of its business */
};

/* The controllers that limits of the file need and that cannot be had, and for each of them why,
   and what would help: words for a user, to stand behind the key that asks for it. */
struct groups_lack {
	unsigned controllers; /* bits 1 << CONTROL_... */
	char why[CONTROLLERS][384];
};

/*
 * At boot: makes the cgroup of the pod, with its limits, if that can be had.
 *
 * With no limits in the file, that there are no cgroups is no error, and podinit stays in its own.
 * With limits, podinit (as PID 1 with all that is in its cgroup) leaves for a cgroup `init`, since
 * a cgroup that passes controllers on may hold no process; exactly the controllers needed are
 * enabled.  *lack says which cannot be had; the pod may go on without, and is held together as far
 * as it can be, or groups_close() makes everything as it was.
 *
 * In process mode this is to be called before the fork into namespaces, whose children cannot see
 * the outer process to move it.
 */
void groups_open(const struct groups_config *config, struct groups_lack *lack);

/*
 * At the end: removes all of it, and podinit is where it was, as are the controllers.  Only in the
 * process that called groups_open(); in a fork of it nothing happens.
 */
void groups_close(void);

/* True if groups are cgroups here. */
bool groups_exact(void);

/* The controllers whose limits hold: bits 1 << CONTROL_... */
unsigned groups_controllers(void);

/*
 * Makes a group, without any process yet.  Its limits hold before the first is born into it.
 * 0, or the errno of a limit that could not be set, with *what the file; then there is no cgroup,
 * and the task should not start.  Where no limits are to be kept it always succeeds: at worst
 * without a cgroup.
 */
int group_open(struct group *g, const struct pod_spec *spec, struct task task, const char **what);

/*
 * True if no process of the group lives; zombies do not.  If one does, g->watch becomes readable
 * (EPOLLPRI with a cgroup, EPOLLIN without) when it is time to ask again; without a cgroup it may
 * be another descriptor after each call.
 * A container is not empty before its probes and hooks are.
 */
bool group_empty(struct group *g);

/* To the processes of the group, not to those of probes and hooks. */
void group_signal(const struct group *g, int signo);

/* SIGKILL to all, probes and hooks of it too.  Without a cgroup a process that forks at that moment
   may be missed: so as long as the group is not empty it is to be called again. */
void group_kill(const struct group *g);

/*
 * The kernel has killed some process of the group, or of its probes and hooks, for want of memory:
 * of its own limit, of the pod's, or of the machine.  The kernel counts before it kills: who asks
 * when the main process is over is told in time.  False where no memory controller is on.
 */
bool group_oom(const struct group *g);

/* Its cgroup goes too, with all that is below it. */
void group_close(struct group *g);

#endif
