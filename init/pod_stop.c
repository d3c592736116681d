/*
 * pod_stop.c - how a container stops, and in which order the containers of a pod do.
 *
 * Every container that is to stop begins at once, with its preStop hook.  When that is over, and
 * its turn has come, it gets the stop signal; and so it does when its grace is over, whatever it
 * waits for.  What still lives at the end of the grace, but never less than two seconds after the
 * signal, is killed.
 */
#include "init/pod_step.h"

/* Main containers and running init containers are told at once; a sidecar when every main container
   and every later sidecar is gone. */
static bool its_turn(const struct step *s, unsigned i)
{
	if (!s->pod->ending || s->spec->ctr[i].kind != CTR_SIDECAR)
		return true;
	for (unsigned j = 0; j < s->pod->n; j++) {
		enum ctr_kind kind = s->spec->ctr[j].kind;

		if ((kind == CTR_MAIN || (kind == CTR_SIDECAR && j > i)) && alive(&s->pod->ctr[j]))
			return false;
	}
	return true;
}

/* A probe may have a grace of its own, which the end of the pod can only shorten. */
static nsec grace_of(const struct step *s, unsigned i, enum cause cause)
{
	const struct ctr_spec *cs = &s->spec->ctr[i];
	nsec own = -1;

	switch (cause) {
	case CAUSE_STARTUP: own = cs->probe[PROBE_STARTUP].grace; break;
	case CAUSE_LIVENESS: own = cs->probe[PROBE_LIVENESS].grace; break;
	case CAUSE_RESTART_ALL: own = 0; break;
	case CAUSE_NONE:
	case CAUSE_POST_START:
	case CAUSE_TIMEOUT:
	case CAUSE_END: break;
	}
	return own >= 0 ? own : s->spec->grace;
}

void pod_stop_ctr(struct step *s, unsigned i, enum cause cause)
{
	struct ctr *c = &s->pod->ctr[i];
	struct action *a;

	c->state = CTR_STOPPING;
	c->cause = (uint8_t)cause;
	c->due = s->pod->ending ? s->pod->kill_at : later(s->now, grace_of(s, i, cause));
	a = pod_report(s, REASON_KILLING, i);
	a->code = (int)cause;
	a->until = s->pod->forced ? s->now : max_time(c->due, later(s->now, MIN_GRACE));
	pod_hook_cancel(s, i, HOOK_POST_START);
	pod_cancel_inactive(s, i);
	if (c->begun && c->due > s->now)
		pod_hook_begin(s, i, HOOK_PRE_STOP);
}

static void signal_ctr(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	c->signalled = true;
	c->due = max_time(c->due, later(s->now, MIN_GRACE));
	pod_act(s, ACT_SIGNAL, i)->signal = s->spec->ctr[i].stop_signal;
}

static void kill_ctr(struct step *s, unsigned i)
{
	s->pod->ctr[i].state = CTR_KILLING;
	pod_act(s, ACT_KILL, i);
	pod_hook_cancel(s, i, HOOK_PRE_STOP);
	pod_cancel_inactive(s, i);
}

bool pod_advance_stop(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];
	bool told = c->signalled || c->state == CTR_LINGERING;

	if (s->pod->forced || (told && s->now >= c->due)) {
		kill_ctr(s, i);
		return true;
	}
	if (told)
		return false;
	if (pod_advance_hook(s, i, HOOK_PRE_STOP))
		return true;
	if (s->now < c->due && (c->hook[HOOK_PRE_STOP].running || !its_turn(s, i)))
		return false;
	signal_ctr(s, i);
	return true;
}

void pod_shorten(struct step *s, nsec deadline)
{
	struct pod *pod = s->pod;

	pod->kill_at = pod->ending ? min_time(pod->kill_at, deadline) : deadline;
	pod->ending = true;
	pod->restarting = false;
	for (unsigned i = 0; i < pod->n; i++) {
		struct ctr *c = &pod->ctr[i];
		bool told = c->signalled || c->state == CTR_LINGERING;
		nsec least = told ? later(s->now, MIN_GRACE) : s->now;

		if (c->state == CTR_STOPPING || c->state == CTR_LINGERING)
			c->due = min_time(c->due, max_time(pod->kill_at, least));
	}
}

void pod_begin_end(struct step *s)
{
	if (!s->pod->ending)
		pod_shorten(s, later(s->now, s->spec->grace));
}
