/*
 * oracle.c - what must be true of the world, said without looking into the core.
 *
 * It sees what the core is told and what the core asks for, and keeps its own account of each
 * container: whether it lives, since when, what its probes have said, when it may start again. From
 * that it knows what must have happened by now (oracle_settled), what may not happen
 * (oracle_action), and when the core has to be called next.
 */
#include <stdio.h>
#include <string.h>

#include "init/pod_status.h"
#include "tests/sim/sim.h"

struct probe_seen {
	bool runs;
	nsec since, next;
	uint32_t gen, good, bad;
};

struct hook_seen {
	bool runs, ran;
	nsec limit;
	uint32_t gen;
};

struct seen {
	uint32_t gen;
	bool starting;  /* START was asked for, and nothing has come of it */
	bool live;      /* its main process, as far as the core was told */
	bool populated; /* something of it */
	bool begun, started, ready;
	bool stopping, signalled, killed;
	bool ran_when_stopped;
	bool wants_stop; /* something happened that must stop it */
	bool lingers;    /* its main process is over, something else is not */
	bool timed_out, by_probe, by_restart;
	bool done, failed, waited;
	bool again; /* not started since everything was */
	nsec began, ended, grace_end, own_grace;
	nsec start_at; /* not before; NSEC_NEVER: never again */
	nsec delay;
	int code;
	int shown, before; /* what users are told of the last instance, and of the one before */
	enum over_how how;
	bool oom;  /* it lost a process to the lack of memory */
	bool well; /* it ended as it should */
	struct probe_seen probe[PROBES];
	struct hook_seen hook[HOOKS];
};

static struct {
	struct seen c[SIM_CTRS];
	unsigned next; /* the containers before it have let their successor start */
	bool asked, forced, deadlined, decided, ending, restarting, ended;
	bool initialized;
	nsec kill_at;
	int code;
	struct {
		bool ready; /* the volumes are, or there are none */
		nsec ready_at;
		bool runs;
		bool late; /* the last failure was that time was up */
		nsec since, next;
		uint32_t gen, failures, told;
	} prepare;
} w;

static const struct ctr_spec *spec_of(unsigned i)
{
	return &sim_spec.ctr[i];
}

static nsec sooner(nsec a, nsec b)
{
	return a < b ? a : b;
}

static nsec latest(nsec a, nsec b)
{
	return a > b ? a : b;
}

static bool has(const struct handler *h)
{
	return h->kind != HANDLER_NONE;
}

static bool occupied(const struct seen *c)
{
	return c->live || c->populated;
}

/* ---- Rules of the pod ---- */

static bool passed(unsigned i)
{
	const struct seen *c = &w.c[i];

	if (c->hook[HOOK_POST_START].runs || c->again || c->gen == 0)
		return false;
	/* It has yet to begin. */
	if (has(&spec_of(i)->hook[HOOK_POST_START].handler) && c->begun && c->live &&
	    !c->stopping && !c->hook[HOOK_POST_START].ran)
		return false;
	switch (spec_of(i)->kind) {
	case CTR_INIT: return c->done && !c->failed;
	case CTR_SIDECAR:
		return c->live && c->begun && c->started && !c->stopping && !c->wants_stop;
	default: return !c->starting || c->stopping;
	}
}

static bool mains_done(void)
{
	for (unsigned i = 0; i < sim_spec.n; i++)
		if (spec_of(i)->kind == CTR_MAIN && !w.c[i].done)
			return false;
	return true;
}

static bool turn_to_stop(unsigned i)
{
	if (!w.ending || spec_of(i)->kind != CTR_SIDECAR)
		return true;
	for (unsigned j = 0; j < sim_spec.n; j++)
		if (occupied(&w.c[j]) &&
		    (spec_of(j)->kind == CTR_MAIN || (spec_of(j)->kind == CTR_SIDECAR && j > i)))
			return false;
	return true;
}

static void end_pod(nsec kill_at)
{
	w.kill_at = w.ending ? sooner(w.kill_at, kill_at) : kill_at;
	w.ending = true;
	w.restarting = false;
	for (unsigned i = 0; i < sim_spec.n; i++) {
		struct seen *c = &w.c[i];
		nsec least = c->signalled || c->lingers ? sim_now + 2 * S : sim_now;

		if (c->stopping || c->lingers)
			c->grace_end = sooner(c->grace_end, latest(w.kill_at, least));
	}
}

static void finish(unsigned i, bool failed)
{
	struct seen *c = &w.c[i];
	const struct ctr_spec *cs = spec_of(i);
	int code = c->code ? c->code : 1;
	bool well = c->how == OVER_EXITED && c->code == 0;
	bool by_signal =
		c->how == OVER_SIGNALLED && c->code == 128 + cs->stop_signal && c->signalled;
	bool bad = w.asked && !c->waited ? !well && !by_signal : failed;

	c->done = true;
	c->failed = failed;
	c->start_at = NSEC_NEVER;
	if (cs->kind == CTR_MAIN && bad && w.code < 0)
		w.code = code;
	if ((cs->kind == CTR_MAIN && cs->essential) ||
	    (cs->kind != CTR_MAIN && failed && i >= w.next)) {
		if (!w.ending) {
			w.decided = true;
			w.code = failed ? code : c->code;
			end_pod(sim_now + sim_spec.grace);
		}
	}
}

static const struct rule *rule_for(const struct rules *rules, int code)
{
	for (unsigned r = 0; r < rules->n; r++) {
		bool in = false;

		for (unsigned k = 0; k < rules->v[r].n; k++)
			in = in || rules->v[r].codes[k] == code;
		if (in != rules->v[r].not_in)
			return &rules->v[r];
	}
	return NULL;
}

static void back_off(unsigned i)
{
	struct seen *c = &w.c[i];
	const struct backoff_spec *b = &spec_of(i)->backoff;

	if (c->begun && c->ended - c->began > b->reset)
		c->delay = 0;
	c->start_at = c->ended + c->delay;
	c->delay = c->delay == 0 ? sooner(b->initial, b->max) : sooner(2 * c->delay, b->max);
}

static void restart_pod(unsigned cause)
{
	w.restarting = true;
	for (unsigned i = 0; i < sim_spec.n; i++) {
		struct seen *c = &w.c[i];

		if (i != cause && !occupied(c))
			c->start_at = c->done ? c->start_at : 0;
		if (!occupied(c))
			continue;
		if (c->live && !c->stopping) {
			c->wants_stop = c->by_restart = true;
			c->own_grace = 0;
		} else if (c->stopping && !c->signalled && !c->lingers) {
			c->grace_end = sim_now;
		} else if (c->stopping || c->lingers) {
			c->grace_end = sooner(c->grace_end, sim_now + 2 * S);
		}
	}
}

/* Nothing of the instance is left: what must become of the container? */
static void gone(unsigned i)
{
	struct seen *c = &w.c[i];
	const struct ctr_spec *cs = spec_of(i);
	bool well = c->how == OVER_EXITED && c->code == 0 && !c->timed_out &&
		    !(c->oom && cs->kind == CTR_INIT);
	const struct rule *rule = rule_for(&cs->rules, c->code);
	bool again, all = false;

	c->stopping = c->lingers = false;
	c->well = well;
	if (w.ending) {
		finish(i, !well);
		return;
	}
	if (w.restarting) {
		c->start_at = 0;
		return;
	}
	if (c->by_probe) {
		again = cs->policy != POLICY_NEVER;
	} else if (rule && rule->action == RULE_RESTART_ALL) {
		again = all = true;
	} else if (cs->kind == CTR_INIT && well) {
		again = false;
	} else if (rule) {
		again = true;
	} else {
		again = cs->policy == POLICY_ALWAYS || (cs->policy == POLICY_ON_FAILURE && !well);
	}
	if (again && cs->max_restarts >= 0 && c->gen - 1 >= cs->max_restarts) {
		finish(i, true);
		return;
	}
	if (!again) {
		finish(i, !well);
		return;
	}
	back_off(i);
	if (all)
		restart_pod(i);
}

/* Everything that had to be stopped to be started anew is gone. */
static void begin_anew(void)
{
	w.restarting = false;
	w.next = 0;
	w.code = -1;
	for (unsigned i = 0; i < sim_spec.n; i++) {
		struct seen *c = &w.c[i];

		if (c->done)
			c->start_at = 0;
		c->done = c->failed = false;
		c->again = c->gen > 0;
	}
}

/* What follows from the facts, until nothing more does. */
static void conclude(void)
{
	bool busy = false;

	for (unsigned i = 0; i < sim_spec.n; i++)
		busy = busy || occupied(&w.c[i]);
	if (w.restarting && !busy)
		begin_anew();
	while (!w.ending && !w.restarting && w.next < sim_spec.n && passed(w.next))
		w.next++;
	if (!w.ending && !w.restarting && mains_done())
		end_pod(sim_now + sim_spec.grace);
	if (!w.ending)
		return;
	for (unsigned i = 0; i < sim_spec.n; i++) {
		struct seen *c = &w.c[i];

		if (!occupied(c) && !c->done) {
			bool fresh = c->gen == 0 || (c->again && c->start_at <= sim_now);

			c->waited = true;
			finish(i, !fresh && !c->well);
		}
	}
}

/* ---- Probes ---- */

static nsec base_of(unsigned i, unsigned k)
{
	const struct probe_spec *p = &spec_of(i)->probe[k];
	nsec delay = p->initial_delay;

	if (k == PROBE_LIVENESS && !has(&spec_of(i)->probe[PROBE_STARTUP].handler))
		delay = latest(delay, p->period);
	return w.c[i].began + delay;
}

static nsec tick_after(unsigned i, unsigned k, nsec t)
{
	nsec base = base_of(i, k), period = spec_of(i)->probe[k].period;

	return t < base ? base : base + ((t - base) / period + 1) * period;
}

static bool probes_now(unsigned i, unsigned k)
{
	const struct seen *c = &w.c[i];

	if (!c->live || !c->begun || c->killed || !has(&spec_of(i)->probe[k].handler))
		return false;
	if (k == PROBE_STARTUP)
		return !c->started && !c->stopping;
	if (k == PROBE_LIVENESS)
		return c->started && !c->stopping;
	return c->started;
}

static void now_started(unsigned i)
{
	struct seen *c = &w.c[i];
	bool had_startup = has(&spec_of(i)->probe[PROBE_STARTUP].handler);

	c->started = true;
	if (has(&spec_of(i)->probe[PROBE_LIVENESS].handler))
		c->probe[PROBE_LIVENESS].next = had_startup ? tick_after(i, PROBE_LIVENESS, sim_now)
							    : base_of(i, PROBE_LIVENESS);
	c->probe[PROBE_READINESS].next = latest(sim_now, base_of(i, PROBE_READINESS));
	if (!has(&spec_of(i)->probe[PROBE_READINESS].handler))
		c->ready = true;
}

static void want_stop(unsigned i, nsec own_grace)
{
	/* The first reason decides. */
	if (w.c[i].wants_stop)
		return;
	w.c[i].wants_stop = true;
	w.c[i].own_grace = own_grace;
}

static void probe_said(unsigned i, unsigned k, bool good)
{
	struct seen *c = &w.c[i];
	struct probe_seen *p = &c->probe[k];
	const struct probe_spec *ps = &spec_of(i)->probe[k];

	p->good = good ? p->good + 1 : 0;
	p->bad = good ? 0 : p->bad + 1;
	if (k == PROBE_READINESS) {
		if (p->good >= ps->success_threshold)
			c->ready = true;
		if (p->bad >= ps->failure_threshold)
			c->ready = false;
	} else if (good && k == PROBE_STARTUP) {
		now_started(i);
	} else if (p->bad >= ps->failure_threshold) {
		c->by_probe = true;
		want_stop(i, ps->grace >= 0 ? ps->grace : sim_spec.grace);
	}
}

/* ---- Hooks ---- */

static void begin_hook(unsigned i, unsigned k)
{
	struct hook_seen *h = &w.c[i].hook[k];
	const struct hook_spec *hs = &spec_of(i)->hook[k];

	h->ran = h->runs = true;
	h->limit = hs->timeout == NSEC_NEVER ? NSEC_NEVER : sim_now + hs->timeout;
	if (hs->handler.kind == HANDLER_SLEEP)
		h->limit = sooner(h->limit, sim_now + hs->handler.sleep);
}

/* A sleep that is over is so without a word. */
static void end_sleep(unsigned i)
{
	struct seen *c = &w.c[i];

	for (unsigned k = 0; k < HOOKS; k++) {
		const struct hook_spec *hs = &spec_of(i)->hook[k];

		if (!c->hook[k].runs || hs->handler.kind != HANDLER_SLEEP ||
		    sim_now < c->hook[k].limit)
			continue;
		c->hook[k].runs = false;
		if (k == HOOK_POST_START && hs->handler.sleep > hs->timeout && c->live &&
		    !c->stopping)
			want_stop(i, sim_spec.grace);
	}
}

static void end_sleeps(void)
{
	for (unsigned i = 0; i < sim_spec.n; i++)
		if (w.c[i].hook[HOOK_POST_START].runs || w.c[i].hook[HOOK_PRE_STOP].runs)
			end_sleep(i);
	conclude();
}

/* ---- Preparing ---- */

/* Half a second after the first failure, then twice that, ..., at most 122 s. */
static void prepare_failed(bool late)
{
	uint32_t n = w.prepare.failures++;

	w.prepare.late = late;
	w.prepare.next = sim_now + (n < 8 ? (500 * MS) << n : 122 * S);
}

static void told_prepare(const struct event *e)
{
	if (e->kind != EV_OVER || !w.prepare.runs || e->task.gen != w.prepare.gen)
		return;
	w.prepare.runs = false;
	if (e->how != OVER_EXITED || e->code != 0) {
		prepare_failed(false);
		return;
	}
	w.prepare.ready = true;
	w.prepare.ready_at = sim_now;
}

static const char *start_prepare(uint32_t gen)
{
	if (w.prepare.ready || w.ending)
		return "the volumes are made ready without a reason";
	if (w.prepare.runs)
		return "the volumes are made ready twice at once";
	if (sim_now < w.prepare.next)
		return "the volumes are made ready too early";
	if (gen != w.prepare.gen + 1)
		return "the generation of a preparation is no successor";
	w.prepare.runs = true;
	w.prepare.since = sim_now;
	w.prepare.gen = gen;
	return NULL;
}

static const char *cancel_prepare(uint32_t gen)
{
	if (!w.prepare.runs || gen != w.prepare.gen)
		return "a preparation is given up that does not run";
	if (!w.ending && sim_now < w.prepare.since + 123 * S)
		return "a preparation is given up before its time";
	w.prepare.runs = false;
	if (!w.ending)
		prepare_failed(true);
	return NULL;
}

static const char *told_failed_mount(const struct action *a)
{
	w.prepare.told++;
	if (w.prepare.told != w.prepare.failures || a->count != w.prepare.failures)
		return "a failed preparation is told a wrong number of times";
	if (a->task.role != ROLE_PREPARE || a->task.gen != w.prepare.gen)
		return "a failed preparation is told of another task";
	if (a->code != w.prepare.late)
		return "whether a preparation's time was up is told wrongly";
	return a->until != w.prepare.next ? "the next preparation is told wrongly" : NULL;
}

/* When something must happen to it next. */
static nsec prepare_time(void)
{
	if (w.prepare.ready || w.ending)
		return NSEC_NEVER;
	return w.prepare.runs ? w.prepare.since + 123 * S : w.prepare.next;
}

static const char *overdue_prepare(const struct pod *pod)
{
	struct condition_status st;

	if (w.prepare.runs && w.ending)
		return "the volumes are made ready for a pod that ends";
	if (sim_now >= prepare_time())
		return w.prepare.runs ? "a preparation should have been given up"
				      : "the volumes should be made ready";
	if (w.prepare.told != w.prepare.failures)
		return "a failed preparation is not told";
	if (pod_running(pod, 0, ROLE_PREPARE) != (w.prepare.runs ? w.prepare.gen : 0))
		return "the shell is told of a preparation that there is not";
	pod_condition(&st, pod, &sim_spec, COND_READY_TO_START);
	if (st.on != w.prepare.ready || st.since != w.prepare.ready_at)
		return "PodReadyToStartContainers is wrong";
	return NULL;
}

/* ---- What the core is told ---- */

static void told_started(unsigned i)
{
	struct seen *c = &w.c[i];

	if (!c->live || c->begun)
		return;
	c->begun = true;
	c->began = sim_now;
	if (c->stopping || c->killed)
		return;
	c->starting = false;
	c->probe[PROBE_STARTUP].next = base_of(i, PROBE_STARTUP);
	if (!has(&spec_of(i)->probe[PROBE_STARTUP].handler))
		now_started(i);
	if (spec_of(i)->hook[HOOK_POST_START].handler.kind == HANDLER_SLEEP)
		begin_hook(i, HOOK_POST_START);
}

static void told_over(unsigned i, const struct event *e)
{
	struct seen *c = &w.c[i];

	if (!c->live)
		return;
	c->live = c->starting = c->started = c->ready = false;
	for (unsigned k = 0; k < HOOKS; k++)
		if (spec_of(i)->hook[k].handler.kind == HANDLER_SLEEP)
			c->hook[k].runs = false;
	c->how = e->how;
	c->code = e->code;
	c->oom = e->oom;
	c->before = c->shown;
	c->shown = c->by_restart ? 137 : c->code;
	c->ended = sim_now;
	if (e->how == OVER_NEVER_BEGAN)
		c->populated = false;
	if (c->populated && !c->killed) {
		if (!c->stopping)
			c->grace_end = sim_now + 2 * S;
		else if (!c->signalled)
			c->grace_end = latest(c->grace_end, sim_now + 2 * S);
		c->lingers = true;
	}
	if (!c->populated)
		gone(i);
}

static void told_handler(unsigned i, const struct event *e)
{
	unsigned role = e->task.role;
	bool good = e->kind == EV_VERDICT
			    ? e->result == RESULT_SUCCESS || e->result == RESULT_WARNING
			    : e->how == OVER_EXITED && e->code == 0;
	bool lost = e->kind == EV_VERDICT ? e->result == RESULT_ERROR : e->how == OVER_NO_VERDICT;
	struct seen *c = &w.c[i];

	if (role >= ROLE_POST_START) {
		struct hook_seen *h = &c->hook[role - ROLE_POST_START];

		if (!h->runs || h->gen != e->task.gen)
			return;
		h->runs = false;
		if (!good && role == ROLE_POST_START)
			want_stop(i, sim_spec.grace);
		return;
	}
	if (!c->probe[role].runs || c->probe[role].gen != e->task.gen)
		return;
	c->probe[role].runs = false;
	c->probe[role].next = tick_after(i, role, sim_now);
	if (!lost)
		probe_said(i, role, good);
}

static void told_stop(const struct event *e)
{
	w.asked = w.asked || !w.decided;
	w.forced = w.forced || e->force;
	end_pod(e->force ? sim_now : e->deadline);
}

const char *oracle_event(const struct event *e)
{
	unsigned i = e->task.ctr;
	struct seen *c = &w.c[i];

	if (w.ended)
		return "the pod has ended, and life goes on";
	switch (e->kind) {
	case EV_TIME: break;
	case EV_STOP: told_stop(e); break;
	case EV_DEADLINE:
		if (!w.ending) {
			w.deadlined = w.decided = true;
			w.code = 124;
			end_pod(sim_now + sim_spec.grace);
		}
		break;
	default:
		if (e->task.role == ROLE_PREPARE) {
			told_prepare(e);
			break;
		}
		if (e->task.role != ROLE_MAIN) {
			told_handler(i, e);
			break;
		}
		if (e->task.gen != c->gen)
			break;
		if (e->kind == EV_STARTED)
			told_started(i);
		else if (e->kind == EV_OVER)
			told_over(i, e);
		else if (c->populated) {
			c->populated = false;
			if (!c->live)
				gone(i);
		}
	}
	end_sleeps();
	return NULL;
}

/* ---- What the core asks for ---- */

static const char *start_main(unsigned i, uint32_t gen)
{
	struct seen *c = &w.c[i];

	end_sleeps();
	if (!w.prepare.ready)
		return "a container is started before the volumes are ready";
	for (unsigned j = 0; j < i; j++)
		if (spec_of(j)->kind == CTR_INIT && w.c[j].oom)
			return "an init container that was killed for memory lets the next one "
			       "start";
	if (occupied(c))
		return "a container is started while something of it lives";
	if (w.ending || w.restarting)
		return "a container is started while the pod ends or restarts";
	if (i > w.next)
		return "a container is started before its turn";
	if (sim_now < c->start_at)
		return c->start_at == NSEC_NEVER ? "a container is started that has ended for good"
						 : "a container is started before its back-off is "
						   "over";
	if (gen != c->gen + 1)
		return "a generation is no successor";
	for (unsigned k = 0; k < PROBES; k++)
		if (c->probe[k].runs)
			return "a container is started while a probe of the old one runs";
	for (unsigned k = 0; k < HOOKS; k++)
		if (c->hook[k].runs)
			return "a container is started while a hook of the old one runs";
	c->gen = gen;
	c->starting = c->live = c->populated = true;
	c->begun = c->started = c->ready = c->stopping = c->signalled = c->killed = false;
	c->wants_stop = c->lingers = c->timed_out = c->by_probe = c->by_restart = c->again = false;
	for (unsigned k = 0; k < PROBES; k++)
		c->probe[k].good = c->probe[k].bad = 0;
	for (unsigned k = 0; k < HOOKS; k++)
		c->hook[k].ran = false;
	conclude();
	return NULL;
}

static const char *start_probe(unsigned i, unsigned k, uint32_t gen)
{
	struct probe_seen *p = &w.c[i].probe[k];

	if (p->runs)
		return "a probe runs twice at once";
	if (!probes_now(i, k))
		return "a probe runs without a reason";
	if (sim_now < p->next)
		return "a probe runs too early";
	if (gen <= p->gen)
		return "two runs of a probe have the same name";
	p->runs = true;
	p->since = sim_now;
	p->gen = gen;
	return NULL;
}

static const char *start_hook(unsigned i, unsigned k, uint32_t gen)
{
	struct seen *c = &w.c[i];

	if (!has(&spec_of(i)->hook[k].handler) || spec_of(i)->hook[k].handler.kind == HANDLER_SLEEP)
		return "a hook runs that there is not";
	if (c->hook[k].ran)
		return "a hook runs twice for one instance";
	if (!c->live || !c->begun)
		return "a hook runs beside nothing";
	if (gen <= c->hook[k].gen)
		return "two runs of a hook have the same name";
	if (k == HOOK_PRE_STOP && c->grace_end <= sim_now)
		return "preStop begins when there is no grace";
	if (k == HOOK_POST_START && c->stopping)
		return "postStart begins while the container stops";
	if (k == HOOK_PRE_STOP && (!c->stopping || c->signalled))
		return "preStop begins at the wrong time";
	begin_hook(i, k);
	c->hook[k].gen = gen;
	return NULL;
}

/* The event that users see when a container begins to stop. */
static const char *killing(unsigned i)
{
	struct seen *c = &w.c[i];
	bool late = c->begun && spec_of(i)->timeout != NSEC_NEVER &&
		    sim_now >= c->began + spec_of(i)->timeout;

	if (c->stopping || !c->live)
		return "a container is stopped that is stopped already";
	if (!w.ending && !c->wants_stop && late) {
		c->timed_out = true;
		c->own_grace = sim_spec.grace;
	} else if (!w.ending && !c->wants_stop) {
		return "a container is stopped without a reason";
	}
	/* A stop of the pod in the same moment comes first. */
	if (w.ending)
		c->by_probe = false;
	c->stopping = true;
	c->ran_when_stopped = c->begun;
	c->starting = false;
	c->hook[HOOK_POST_START].runs =
		c->hook[HOOK_POST_START].runs && spec_of(i)->hook[0].handler.kind != HANDLER_SLEEP;
	c->grace_end = w.ending ? w.kill_at : sim_now + c->own_grace;
	if (has(&spec_of(i)->hook[HOOK_PRE_STOP].handler) && c->begun && c->grace_end > sim_now &&
	    spec_of(i)->hook[HOOK_PRE_STOP].handler.kind == HANDLER_SLEEP)
		begin_hook(i, HOOK_PRE_STOP);
	return NULL;
}

static bool hook_holds(unsigned i)
{
	const struct seen *c = &w.c[i];
	const struct hook_seen *h = &c->hook[HOOK_PRE_STOP];
	bool sleeps = spec_of(i)->hook[HOOK_PRE_STOP].handler.kind == HANDLER_SLEEP;

	return h->runs && !(sleeps && sim_now >= sooner(h->limit, c->grace_end));
}

static const char *signalled(unsigned i, int signo)
{
	struct seen *c = &w.c[i];

	if (!c->stopping || c->signalled)
		return "a container is signalled that does not stop, or twice";
	if (signo != spec_of(i)->stop_signal)
		return "a container gets another signal than its stop signal";
	if (hook_holds(i))
		return "a container is signalled while its preStop runs";
	if (has(&spec_of(i)->hook[HOOK_PRE_STOP].handler) && !c->hook[HOOK_PRE_STOP].ran &&
	    c->ran_when_stopped && c->grace_end > sim_now)
		return "a container is signalled without its preStop";
	if (sim_now < c->grace_end && !turn_to_stop(i))
		return "a sidecar is signalled before its turn";
	c->signalled = true;
	c->hook[HOOK_PRE_STOP].runs = false;
	c->grace_end = latest(c->grace_end, sim_now + 2 * S);
	return NULL;
}

static const char *killed(unsigned i)
{
	struct seen *c = &w.c[i];

	if (!occupied(c) || c->killed)
		return "something is killed that is not there, or twice";
	if (!w.forced && !c->signalled && !c->lingers)
		return "a container is killed that was never told to stop";
	if (!w.forced && sim_now < c->grace_end)
		return "a container is killed before its grace is over";
	c->killed = true;
	if (spec_of(i)->hook[HOOK_PRE_STOP].handler.kind == HANDLER_SLEEP)
		c->hook[HOOK_PRE_STOP].runs = false;
	return NULL;
}

static const char *cancelled(unsigned i, unsigned role, uint32_t gen)
{
	struct seen *c = &w.c[i];

	if (role < PROBES) {
		struct probe_seen *p = &c->probe[role];
		bool late = p->runs && sim_now >= p->since + spec_of(i)->probe[role].timeout;

		if (!p->runs || p->gen != gen)
			return "a probe is given up that does not run";
		if (probes_now(i, role) && !late)
			return "a probe is given up before its time";
		p->runs = false;
		if (probes_now(i, role)) {
			p->next = tick_after(i, role, sim_now);
			probe_said(i, role, false);
			conclude();
		}
		return NULL;
	}
	if (role == ROLE_PREPARE)
		return cancel_prepare(gen);
	if (role >= ROLE_MAIN)
		return "what is cancelled is no probe and no hook";
	struct hook_seen *h = &c->hook[role - ROLE_POST_START];
	bool late = sim_now >= h->limit;

	if (!h->runs || h->gen != gen)
		return "a hook is given up that does not run";
	if (role == ROLE_POST_START && c->live && !c->stopping && !late)
		return "postStart is given up before its time";
	if (role == ROLE_PRE_STOP && c->live && !c->killed && !late && sim_now < c->grace_end)
		return "preStop is given up before its time";
	h->runs = false;
	if (role == ROLE_POST_START && c->live && !c->stopping)
		want_stop(i, sim_spec.grace);
	return NULL;
}

static const char *ended(int code)
{
	int expected = w.code > 0 ? w.code : 0;

	for (unsigned i = 0; i < sim_spec.n; i++)
		if (occupied(&w.c[i]))
			return "the pod ends while something of it lives";
	if (!w.ending)
		return "the pod ends while it should run";
	if (code != expected)
		return "the pod ends with the wrong code";
	w.ended = true;
	return NULL;
}

const char *oracle_action(const struct action *a)
{
	unsigned i = a->task.ctr;
	struct seen *c = &w.c[i];

	if (a->kind != ACT_END && a->kind != ACT_REPORT && a->kind != ACT_START &&
	    a->task.role == ROLE_MAIN && a->task.gen != c->gen)
		return "an action is about another instance";
	switch (a->kind) {
	case ACT_START:
		if (a->task.role == ROLE_MAIN)
			return start_main(i, a->task.gen);
		if (a->task.role == ROLE_PREPARE)
			return start_prepare(a->task.gen);
		return a->task.role < PROBES ? start_probe(i, a->task.role, a->task.gen)
					     : start_hook(i, a->task.role - PROBES, a->task.gen);
	case ACT_CANCEL: return cancelled(i, a->task.role, a->task.gen);
	case ACT_SIGNAL: return signalled(i, a->signal);
	case ACT_SIGNAL_ALL:
		return !c->lingers ? "what is left behind is signalled, and nothing is" : NULL;
	case ACT_KILL: return killed(i);
	case ACT_REPORT:
		if (a->reason == REASON_KILLING)
			return killing(i);
		if (a->reason == REASON_FAILED_MOUNT)
			return told_failed_mount(a);
		if (a->reason == REASON_OOM_KILLED ? !c->oom || c->how == OVER_NEVER_BEGAN
						   : a->reason == REASON_COMPLETED && c->oom)
			return "what is told of an end is wrong about memory";
		return a->reason == REASON_BACKOFF && a->until != c->start_at
			       ? "the back-off that is told is not the one there is"
			       : NULL;
	case ACT_END: return ended(a->code);
	}
	return NULL;
}

/* ---- What must have happened ---- */

static const char *overdue(unsigned i)
{
	const struct seen *c = &w.c[i];
	const struct ctr_spec *cs = spec_of(i);

	if (!occupied(c)) {
		if (w.prepare.ready && !w.ending && !w.restarting && i <= w.next &&
		    sim_now >= c->start_at)
			return "a container should have been started";
		return NULL;
	}
	if (c->killed)
		return NULL;
	if (w.forced)
		return "a container should have been killed at once";
	if (c->live && !c->stopping &&
	    (w.ending || c->wants_stop ||
	     (c->begun && cs->timeout != NSEC_NEVER && sim_now >= c->began + cs->timeout)))
		return "a container should be stopping";
	if (c->live && c->stopping && !c->signalled &&
	    (sim_now >= c->grace_end || (!hook_holds(i) && turn_to_stop(i))))
		return "a container should have got its stop signal";
	if ((c->signalled || c->lingers) && sim_now >= c->grace_end)
		return "a container should have been killed";
	return NULL;
}

static const char *overdue_handlers(unsigned i)
{
	const struct seen *c = &w.c[i];

	if (!occupied(c))
		return NULL; /* start_main() sees what is left of it */
	for (unsigned k = 0; k < PROBES; k++) {
		const struct probe_seen *p = &c->probe[k];

		if (p->runs && !probes_now(i, k))
			return "a probe runs on though nobody wants it";
		if (p->runs && sim_now >= p->since + spec_of(i)->probe[k].timeout)
			return "a probe should have been given up";
		if (!p->runs && probes_now(i, k) && sim_now >= p->next)
			return "a probe should run";
	}
	for (unsigned k = 0; k < HOOKS; k++) {
		bool wanted = k == HOOK_POST_START ? c->live && !c->stopping
						   : c->live && c->stopping && !c->signalled;

		if (c->hook[k].runs && (!wanted || c->killed))
			return "a hook runs on though nobody wants it";
		if (c->hook[k].runs && sim_now >= c->hook[k].limit)
			return "a hook should have been given up";
		if (k == HOOK_POST_START && has(&spec_of(i)->hook[k].handler) && c->begun &&
		    c->live && !c->stopping && !c->hook[k].ran)
			return "postStart should have begun";
	}
	return NULL;
}

/* When something must happen next, if nobody tells the core anything before. */
static nsec next_time(void)
{
	nsec t = prepare_time();

	for (unsigned i = 0; i < sim_spec.n; i++) {
		const struct seen *c = &w.c[i];

		if (w.prepare.ready && !occupied(c) && !w.ending && !w.restarting && i <= w.next)
			t = sooner(t, c->start_at);
		if (!occupied(c) || c->killed)
			continue;
		if (c->stopping || c->lingers)
			t = sooner(t, c->grace_end);
		else if (c->begun && spec_of(i)->timeout != NSEC_NEVER)
			t = sooner(t, c->began + spec_of(i)->timeout);
		for (unsigned k = 0; k < PROBES; k++)
			if (probes_now(i, k))
				t = sooner(t, c->probe[k].runs
						      ? c->probe[k].since +
								spec_of(i)->probe[k].timeout
						      : c->probe[k].next);
		for (unsigned k = 0; k < HOOKS; k++)
			if (c->hook[k].runs)
				t = sooner(t, c->hook[k].limit);
	}
	return t;
}

/* What users are told. */
static const char *misreported(const struct pod *pod, unsigned i)
{
	const struct seen *c = &w.c[i];
	struct ctr_status st;

	pod_ctr_status(&st, pod, &sim_spec, i);
	if (st.restarts != (c->gen ? c->gen - 1 : 0))
		return "the status tells a wrong number of restarts";
	if (st.started != c->started)
		return "the status is wrong about started";
	if (spec_of(i)->kind != CTR_INIT && st.ready != c->ready)
		return "the status is wrong about ready";
	if (spec_of(i)->kind == CTR_INIT && st.ready != (c->done && !c->failed && c->gen > 0))
		return "the status is wrong about an init container's ready";
	if ((st.state == STATE_RUNNING) != (occupied(c) && c->begun))
		return "the status is wrong about running";
	if ((st.state == STATE_TERMINATED) != (c->done && c->gen > 0 && !c->again))
		return "the status is wrong about terminated";
	if (st.state == STATE_TERMINATED && st.at.code != c->shown)
		return "the status tells a wrong exit code";
	if (st.state == STATE_TERMINATED && !c->by_restart &&
	    (strcmp(st.at.reason, "OOMKilled") == 0) != (c->oom && c->how != OVER_NEVER_BEGAN))
		return "the status is wrong about a kill for memory";
	if (!w.prepare.ready && st.state == STATE_WAITING &&
	    strcmp(st.reason,
		   spec_of(0)->kind == CTR_MAIN ? "ContainerCreating" : "PodInitializing") != 0)
		return "the status is wrong about what waits for the volumes";
	if (st.last.is !=
	    (st.restarts > 0 || (st.state == STATE_WAITING && c->gen > 0 && !c->live)))
		return "the status is wrong about the last state";
	if (st.last.is && st.last.code != (st.state == STATE_TERMINATED            ? c->before
					   : st.state == STATE_RUNNING && !c->live ? c->before
										   : c->shown))
		return "the status tells a wrong last exit code";
	return NULL;
}

static const char *wrong_phase(const struct pod *pod)
{
	enum phase phase = pod_phase(pod, &sim_spec);
	bool every_main_ran = true;

	for (unsigned i = 0; i < sim_spec.n; i++) {
		const struct seen *c = &w.c[i];

		if (spec_of(i)->kind == CTR_MAIN &&
		    (c->gen == 0 || c->again || (c->gen == 1 && c->live && !c->begun)))
			every_main_ran = false;
	}
	if (w.ended || w.deadlined)
		return phase == (w.code > 0 ? PHASE_FAILED : PHASE_SUCCEEDED)
			       ? NULL
			       : "the phase of the end is wrong";
	if (phase == PHASE_SUCCEEDED)
		return "the pod has succeeded and goes on";
	if (phase == PHASE_FAILED)
		return w.decided ? NULL : "the pod has failed and goes on";
	if (phase == PHASE_RUNNING && !w.prepare.ready)
		return "the pod is Running before its volumes are ready";
	if (phase == PHASE_RUNNING && !every_main_ran)
		return "the pod is Running before all main containers were";
	return NULL;
}

const char *oracle_settled(const struct pod *pod, unsigned at_hand, nsec deadline, bool acted)
{
	unsigned turn = (unsigned)(sim_now / MS) % sim_spec.n;
	const char *wrong;

	end_sleeps();
	wrong = overdue_prepare(pod);
	for (unsigned i = 0; i < sim_spec.n && !wrong; i++) {
		wrong = overdue(i);
		if (!wrong)
			wrong = overdue_handlers(i);
	}
	/* The container at hand, and the others by turns. */
	if (!wrong)
		wrong = misreported(pod, at_hand);
	if (!wrong && acted)
		wrong = misreported(pod, turn);
	if (!wrong && acted)
		wrong = wrong_phase(pod);
	if (!wrong && (pod->asked != w.asked || (w.ending && pod->kill_at != w.kill_at)))
		wrong = "what the shell is told of the end is wrong";
	if (!wrong && w.ended && deadline != NSEC_NEVER)
		wrong = "the core wants to be called when all is over";
	if (!wrong && !w.ended) {
		if (deadline <= sim_now)
			wrong = "the core wants to be called at once, and had its turn";
		else if (deadline != next_time())
			wrong = "the core wants to be called at another time than is due";
		bool all_gone = w.ending;

		for (unsigned i = 0; i < sim_spec.n; i++)
			all_gone = all_gone && !occupied(&w.c[i]);
		if (all_gone && !wrong)
			wrong = "the pod should have ended";
	}
	return wrong;
}

bool oracle_ended(void)
{
	return w.ended;
}

void oracle_begin(void)
{
	memset(&w, 0, sizeof w);
	w.code = -1;
	w.prepare.ready = !sim_spec.prepare;
}
