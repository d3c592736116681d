/*
 * pod_step.h - what the files of the core share while one event is absorbed.  Nobody else sees it.
 *
 *     pod.c         absorbs the event, then lets every container move until none does
 *     pod_prepare.c what has to be ready before the first container starts
 *     pod_probe.c   when a probe runs, and what its results add up to
 *     pod_hook.c    the same for a hook
 *     pod_stop.c    how a container stops, and in which order they do
 *     pod_fate.c    what becomes of a container whose instance is gone
 *     pod_view.c    the state, looked at: deadline, soundness, exit code
 *     pod_status.c  the state, as Kubernetes would tell it
 */
#ifndef PODINIT_INIT_POD_STEP_H
#define PODINIT_INIT_POD_STEP_H

#include "init/pod.h"

/* Kubernetes never leaves less between the stop signal and SIGKILL, whatever the grace. */
#define MIN_GRACE (2 * NSEC_PER_SEC)

struct step {
	struct pod *pod;
	const struct pod_spec *spec;
	nsec now;
	struct actions *out;
};

static inline nsec min_time(nsec a, nsec b)
{
	return a < b ? a : b;
}

static inline nsec max_time(nsec a, nsec b)
{
	return a > b ? a : b;
}

/* Times are sums of what a file says: they must not wrap. */
static inline nsec later(nsec t, nsec d)
{
	return t > NSEC_NEVER - d ? NSEC_NEVER : t + d;
}

static inline uint32_t restarts(const struct ctr *c)
{
	return c->gen > 0 ? c->gen - 1 : 0;
}

/* Something of the container may still live. */
static inline bool alive(const struct ctr *c)
{
	return c->state != CTR_WAITING && c->state != CTR_DONE;
}

static inline bool ended_well(const struct record *r)
{
	return r->how == OVER_EXITED && r->code == 0;
}

/* pod.c: adds an action about container i (pod.n: about the pod). */
struct action *pod_act(struct step *s, enum action_kind kind, unsigned i);
struct action *pod_report(struct step *s, enum reason reason, unsigned i);

/* pod.c: sets a flag of the pod. */
bool pod_set_flag(struct flag *flag, bool on, nsec now);

/* ---- Stopping ---- */

/* Begins to stop a container that runs, or is about to: first its preStop hook. */
void pod_stop_ctr(struct step *s, unsigned i, enum cause cause);

/* The next thing of a container that stops or lingers, if it is due.  True: something moved. */
bool pod_advance_stop(struct step *s, unsigned i);

/* The pod ends by `deadline` at the latest: what has more left than that has less now. */
void pod_shorten(struct step *s, nsec deadline);

/* The pod ends of itself, with all of its grace. */
void pod_begin_end(struct step *s);

/* ---- Fate ---- */

/* Nothing of the instance is left. */
void pod_bury(struct step *s, unsigned i);

/* The container has ended for good. */
void pod_done(struct step *s, unsigned i, bool failed);

/* Its last instance ended as one should that ends for good. */
bool pod_went_well(const struct ctr *c, const struct ctr_spec *cs);

/* Everything that was stopped to be started anew is gone: it starts. */
void pod_begin_anew(struct step *s);

/* ---- Preparing ---- */

/* Something is over that may be the attempt at hand. */
void pod_absorb_prepare(struct step *s, const struct event *e);

/* Begins an attempt or gives one up, if that is due.  True: something moved. */
bool pod_advance_prepare(struct step *s);

/* When pod_advance_prepare() has something to do. */
nsec pod_prepare_deadline(const struct pod *pod);

/* ---- Probes ---- */

/* The probe has a reason to run against the container as it is. */
bool pod_probe_active(const struct ctr *c, const struct ctr_spec *cs, enum probe_kind k);

/* Ends the runs of every probe that has no business any more. */
void pod_cancel_inactive(struct step *s, unsigned i);

/* The container runs; so do its probes from now on. */
void pod_probes_begin(struct step *s, unsigned i);

/* A run of the probe is over. */
void pod_absorb_result(struct step *s, unsigned i, enum probe_kind k, enum probe_result result);

/* A run was lost: it counts neither way, and the next comes with the next tick. */
void pod_absorb_lost(struct step *s, unsigned i, enum probe_kind k);

/* Begins or gives up a run, if that is due.  True: something moved. */
bool pod_advance_probe(struct step *s, unsigned i, enum probe_kind k);

void pod_set_ready(struct step *s, unsigned i, bool ready);

/* ---- Hooks ---- */

/* Begins the hook, if the container has one. */
void pod_hook_begin(struct step *s, unsigned i, enum hook_kind k);

/* A run of the hook is over. */
void pod_hook_over(struct step *s, unsigned i, enum hook_kind k, bool well);

/* Nobody waits for it any more. */
void pod_hook_cancel(struct step *s, unsigned i, enum hook_kind k);

/* Gives up a run whose time is up.  True: something moved. */
bool pod_advance_hook(struct step *s, unsigned i, enum hook_kind k);

#endif
