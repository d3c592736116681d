/*
 * pod_probe.c - the core's probes: when each runs, what its results add up to.
 *
 * A probe's ticks are anchored to the start of its container's instance, and so are its streaks.
 */
#include "init/pod_step.h"

/* The first tick.  A container that has no startup probe is given one period before the first
   liveness probe. */
static nsec base_of(const struct ctr *c, const struct ctr_spec *cs, enum probe_kind k)
{
	const struct probe_spec *p = &cs->probe[k];
	bool wait = k == PROBE_LIVENESS && cs->probe[PROBE_STARTUP].handler.kind == HANDLER_NONE;

	return later(c->began, wait ? max_time(p->initial_delay, p->period) : p->initial_delay);
}

/* The first tick after `now`: anchored to the start; ticks that were missed are gone. */
static nsec next_tick(const struct ctr *c, const struct ctr_spec *cs, enum probe_kind k, nsec now)
{
	const struct probe_spec *p = &cs->probe[k];
	nsec base = base_of(c, cs, k);

	if (now < base)
		return base;
	return later(now, p->period - (now - base) % p->period);
}

bool pod_probe_active(const struct ctr *c, const struct ctr_spec *cs, enum probe_kind k)
{
	if (cs->probe[k].handler.kind == HANDLER_NONE || !c->live || !c->begun)
		return false;
	switch (k) {
	case PROBE_STARTUP: return c->state == CTR_RUNNING && !c->started;
	case PROBE_LIVENESS: return c->state == CTR_RUNNING && c->started;
	/* Readiness goes on through a graceful stop: traffic still comes until it ends. */
	default: return c->started && (c->state == CTR_RUNNING || c->state == CTR_STOPPING);
	}
}

static void cancel_probe(struct step *s, unsigned i, enum probe_kind k)
{
	struct probe_state *ps = &s->pod->ctr[i].probe[k];

	if (ps->running) {
		struct action *a = pod_act(s, ACT_CANCEL, i);

		a->task.role = (uint8_t)k;
		a->task.gen = ps->gen;
	}
	ps->running = 0;
}

void pod_cancel_inactive(struct step *s, unsigned i)
{
	for (unsigned k = 0; k < PROBES; k++)
		if (!pod_probe_active(&s->pod->ctr[i], &s->spec->ctr[i], k))
			cancel_probe(s, i, k);
}

void pod_set_ready(struct step *s, unsigned i, bool ready)
{
	struct ctr *c = &s->pod->ctr[i];

	if (c->ready == ready)
		return;
	c->ready = ready;
	if (s->spec->ctr[i].kind != CTR_INIT && (ready || c->live))
		pod_report(s, ready ? REASON_READY : REASON_NOT_READY, i);
}

/* The container counts as started: its startup probe said so, or it has none. */
static void set_started(struct step *s, unsigned i, bool had_startup_probe)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];
	const struct probe_spec *live = &cs->probe[PROBE_LIVENESS];
	const struct probe_spec *ready = &cs->probe[PROBE_READINESS];

	c->started = true;
	if (live->handler.kind != HANDLER_NONE)
		c->probe[PROBE_LIVENESS].due = had_startup_probe
						       ? next_tick(c, cs, PROBE_LIVENESS, s->now)
						       : base_of(c, cs, PROBE_LIVENESS);
	if (ready->handler.kind != HANDLER_NONE)
		c->probe[PROBE_READINESS].due = max_time(s->now, base_of(c, cs, PROBE_READINESS));
	else
		pod_set_ready(s, i, true);
}

static void probe_failed(struct step *s, unsigned i, enum probe_kind k)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct probe_spec *p = &s->spec->ctr[i].probe[k];
	struct probe_state *ps = &c->probe[k];
	struct action *a;

	ps->good = 0;
	ps->bad += ps->bad < p->failure_threshold;
	a = pod_report(s, REASON_UNHEALTHY, i);
	a->task.role = (uint8_t)k;
	a->task.gen = ps->gen;
	a->count = ps->bad;
	a->limit = p->failure_threshold;
	if (ps->bad < p->failure_threshold)
		return;
	if (k == PROBE_READINESS) {
		pod_set_ready(s, i, false);
		return;
	}
	pod_stop_ctr(s, i, k == PROBE_STARTUP ? CAUSE_STARTUP : CAUSE_LIVENESS);
}

static void probe_succeeded(struct step *s, unsigned i, enum probe_kind k)
{
	struct ctr *c = &s->pod->ctr[i];
	struct probe_state *ps = &c->probe[k];

	ps->bad = 0;
	ps->good++;
	if (ps->good < s->spec->ctr[i].probe[k].success_threshold)
		return;
	if (k == PROBE_STARTUP)
		set_started(s, i, true);
	else if (k == PROBE_READINESS)
		pod_set_ready(s, i, true);
}

void pod_absorb_result(struct step *s, unsigned i, enum probe_kind k, enum probe_result result)
{
	struct ctr *c = &s->pod->ctr[i];
	struct probe_state *ps = &c->probe[k];

	ps->running = 0;
	ps->due = next_tick(c, &s->spec->ctr[i], k, s->now);
	if (result == RESULT_WARNING || result == RESULT_ERROR) {
		struct action *a = pod_report(
			s, result == RESULT_WARNING ? REASON_PROBE_WARNING : REASON_PROBE_ERROR, i);

		a->task.role = (uint8_t)k;
		a->task.gen = ps->gen;
	}
	if (result == RESULT_FAILURE)
		probe_failed(s, i, k);
	else if (result != RESULT_ERROR)
		probe_succeeded(s, i, k);
}

bool pod_advance_probe(struct step *s, unsigned i, enum probe_kind k)
{
	struct probe_state *ps = &s->pod->ctr[i].probe[k];
	const struct probe_spec *p = &s->spec->ctr[i].probe[k];

	if (!pod_probe_active(&s->pod->ctr[i], &s->spec->ctr[i], k))
		return false;
	if (ps->running) {
		if (s->now < ps->limit)
			return false;
		/* The run is given up, and its end, whenever that comes, is stale. */
		cancel_probe(s, i, k);
		pod_absorb_result(s, i, k, RESULT_FAILURE);
		return true;
	}
	if (s->now < ps->due)
		return false;
	ps->gen++;
	ps->running = 1;
	ps->limit = later(s->now, p->timeout);
	struct action *a = pod_act(s, ACT_START, i);
	a->task.role = (uint8_t)k;
	a->task.gen = ps->gen;
	return true;
}

void pod_absorb_lost(struct step *s, unsigned i, enum probe_kind k)
{
	struct ctr *c = &s->pod->ctr[i];

	c->probe[k].running = 0;
	c->probe[k].due = next_tick(c, &s->spec->ctr[i], k, s->now);
}

void pod_probes_begin(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];

	if (cs->probe[PROBE_STARTUP].handler.kind == HANDLER_NONE)
		set_started(s, i, false);
	else
		c->probe[PROBE_STARTUP].due = base_of(c, cs, PROBE_STARTUP);
}
