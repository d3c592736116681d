/*
 * pod_fate.c - what becomes of a container whose instance is gone: it is started again, now or
 * after its back-off, it has ended for good, or all of the pod is started anew.
 */
#include "init/pod_step.h"

/* ---- The end for good ---- */

/* An init or essential container ended for good, and with it the pod. */
static void decide(struct step *s, int code)
{
	if (!s->pod->ending) {
		s->pod->code = code;
		s->pod->decided = true;
	}
	pod_begin_end(s);
}

/* Asked to stop, a container did well if it ended by itself with 0 or by the signal it was sent. */
static bool stopped_well(const struct ctr *c, const struct ctr_spec *cs)
{
	if (ended_well(&c->last))
		return true;
	return c->last.how == OVER_SIGNALLED && c->last.code == 128 + cs->stop_signal &&
	       c->signalled;
}

void pod_done(struct step *s, unsigned i, bool failed)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];
	int code = c->last.code ? c->last.code : 1;

	c->state = CTR_DONE;
	c->failed = failed;
	if (cs->kind == CTR_MAIN) {
		bool bad = s->pod->asked && !c->waited ? !stopped_well(c, cs) : failed;

		if (bad && s->pod->code < 0)
			s->pod->code = code;
		if (cs->essential)
			decide(s, failed ? code : c->last.code);
	} else if (failed && i >= s->pod->next) {
		/* Those behind it can never start. */
		decide(s, code);
	}
}

/* ---- Restarts ---- */

enum fate { FATE_SUCCESS, FATE_FAILURE, FATE_RESTART, FATE_RESTART_ALL };

/* Whether the first rule that matches the exit code says `action`; -1: none matches. */
static int rule_of(const struct rules *rules, int code)
{
	for (unsigned r = 0; r < rules->n; r++) {
		bool listed = false;

		for (unsigned k = 0; k < rules->v[r].n && !listed; k++)
			listed = rules->v[r].codes[k] == code;
		if (listed != rules->v[r].not_in)
			return (int)rules->v[r].action;
	}
	return -1;
}

/* Its exit code says so, but for an init container that ran too long or had too little memory: that
   has failed, whatever it made of it. */
bool pod_went_well(const struct ctr *c, const struct ctr_spec *cs)
{
	return ended_well(&c->last) && c->cause != CAUSE_TIMEOUT &&
	       !(cs->kind == CTR_INIT && c->last.oom);
}

/* What its end is if it is for good. */
static enum fate end_of(const struct ctr *c, const struct ctr_spec *cs)
{
	return pod_went_well(c, cs) ? FATE_SUCCESS : FATE_FAILURE;
}

/* What the policies say, before maxRestarts. */
static enum fate wanted(const struct ctr *c, const struct ctr_spec *cs)
{
	enum fate ended = end_of(c, cs);
	bool well = ended == FATE_SUCCESS;
	int rule = rule_of(&cs->rules, c->last.code);

	/* A container killed by a probe restarts whatever its exit code, unless its policy is
	   Never: the decision was made before there was a code. */
	if (c->cause == CAUSE_STARTUP || c->cause == CAUSE_LIVENESS)
		return cs->policy == POLICY_NEVER ? ended : FATE_RESTART;
	if (rule == RULE_RESTART_ALL)
		return FATE_RESTART_ALL;
	if (cs->kind == CTR_INIT && well)
		return FATE_SUCCESS;
	if (rule == RULE_RESTART || cs->policy == POLICY_ALWAYS)
		return FATE_RESTART;
	return cs->policy == POLICY_NEVER || well ? ended : FATE_RESTART;
}

static enum fate fate_of(const struct step *s, unsigned i)
{
	const struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];
	enum fate fate = s->pod->ending ? end_of(c, cs) : wanted(c, cs);

	if (fate >= FATE_RESTART && cs->max_restarts >= 0 && restarts(c) >= cs->max_restarts)
		return FATE_FAILURE;
	return fate;
}

/* The first restart is at once, the next one after .initial, then twice that, ...; all counted from
   the end of the instance.  One that ran long enough begins anew. */
static void back_off(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct backoff_spec *b = &s->spec->ctr[i].backoff;

	if (c->begun && c->last.ended - c->last.began > b->reset)
		c->delay = 0;
	c->due = later(c->last.ended, c->delay);
	if (c->due > s->now) {
		struct action *a = pod_report(s, REASON_BACKOFF, i);

		a->count = restarts(c);
		a->until = c->due;
	}
	c->delay = c->delay > 0 ? min_time(later(c->delay, c->delay), b->max)
				: min_time(b->initial, b->max);
	c->state = CTR_WAITING;
}

/* Every other container gets the stop signal and two seconds; no hook is run. */
static void restart_all(struct step *s, unsigned i)
{
	s->pod->restarting = true;
	pod_set_flag(&s->pod->restarting_all, true, s->now);
	pod_report(s, REASON_RESTARTING_ALL, i);
	for (unsigned j = 0; j < s->pod->n; j++) {
		struct ctr *c = &s->pod->ctr[j];

		if (c->state == CTR_STARTING || c->state == CTR_RUNNING)
			pod_stop_ctr(s, j, CAUSE_RESTART_ALL);
		else if (c->state == CTR_WAITING && j != i)
			c->due = 0;
		else if (c->state == CTR_STOPPING && !c->signalled)
			c->due = s->now;
		else if (c->state == CTR_STOPPING || c->state == CTR_LINGERING)
			c->due = min_time(c->due, later(s->now, MIN_GRACE));
	}
}

void pod_bury(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];
	enum fate fate;

	/* Stopped to be started anew: how it ended does not matter. */
	if (s->pod->restarting) {
		c->state = CTR_WAITING;
		c->due = 0;
		return;
	}
	fate = fate_of(s, i);
	if (fate < FATE_RESTART) {
		pod_done(s, i, fate == FATE_FAILURE);
		return;
	}
	back_off(s, i);
	if (fate == FATE_RESTART_ALL)
		restart_all(s, i);
}

/* What had ended for good begins anew too.  Only the container whose exit caused it may still have
   a back-off to wait for: that is what holds back a pod that can never run. */
void pod_begin_anew(struct step *s)
{
	s->pod->restarting = false;
	s->pod->next = 0;
	s->pod->code = -1;
	for (unsigned i = 0; i < s->pod->n; i++) {
		struct ctr *c = &s->pod->ctr[i];

		if (c->state == CTR_DONE)
			c->due = 0;
		c->state = CTR_WAITING;
		c->failed = false;
		c->again = c->gen > 0;
	}
}
