/*
 * pod_step.h - what the files of the core share while one event is absorbed.  Nobody else sees it.
 */
#ifndef PODINIT_INIT_POD_STEP_H
#define PODINIT_INIT_POD_STEP_H

#include "init/pod.h"

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

/* pod.c: adds an action about container i (pod.n: about the pod). */
struct action *pod_act(struct step *s, enum action_kind kind, unsigned i);
struct action *pod_report(struct step *s, enum reason reason, unsigned i);

/*
 * pod.c: sends the stop signal and sets the time of the kill.  `culprit`: the probe that wants it,
 * -1 for the end of the pod.  A grace of a probe is its own, but the end of the pod can only
 * shorten it.
 */
void pod_stop_ctr(struct step *s, unsigned i, int culprit);

/* pod_probe.c: the probe has a reason to run against the container as it is. */
bool pod_probe_active(const struct ctr *c, const struct ctr_spec *cs, enum probe_kind k);

/* pod_probe.c: ends the runs of every probe that has no business any more. */
void pod_cancel_inactive(struct step *s, unsigned i);

/* pod_probe.c: the container runs; so do its probes from now on. */
void pod_probes_begin(struct step *s, unsigned i);

/* pod_probe.c: a run of the probe is over. */
void pod_absorb_result(struct step *s, unsigned i, enum probe_kind k, enum probe_result result);

/* pod_probe.c: a run was lost: it counts neither way, and the next comes with the next tick. */
void pod_absorb_lost(struct step *s, unsigned i, enum probe_kind k);

/* pod_probe.c: begins or gives up a run, if that is due.  True: something moved. */
bool pod_advance_probe(struct step *s, unsigned i, enum probe_kind k);

/* pod_probe.c */
void pod_set_ready(struct step *s, unsigned i, bool ready);

#endif
