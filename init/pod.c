/*
 * pod.c - the life of the pod: absorb one event, then settle until nothing moves.
 *
 * absorb_*() take in one fact and what it means for that one container.  settle() then lets every
 * container take the steps that are due, in fixed order.  The rules that join containers are few
 * predicates: lets_next_start(), all_mains_done(), and its_turn() of pod_stop.c.
 */
#include "init/pod_step.h"

#include <string.h>

/* What a container that ended unasked gives the processes it left behind. */
#define LINGER_GRACE (2 * NSEC_PER_SEC)

/* The status of a pod that was active for longer than activeDeadlineSeconds. */
enum { DEADLINE_CODE = 124 };

struct action *pod_act(struct step *s, enum action_kind kind, unsigned i)
{
	/* Beyond the end there is one more, which nobody reads. */
	struct action *a = &s->out->v[s->out->n];

	if (s->out->n < ACTIONS_MAX)
		s->out->n++;
	memset(a, 0, sizeof *a);
	a->kind = kind;
	a->task.role = ROLE_MAIN;
	if (i < s->pod->n) {
		a->task.ctr = (uint8_t)i;
		a->task.gen = s->pod->ctr[i].gen;
	}
	return a;
}

struct action *pod_report(struct step *s, enum reason reason, unsigned i)
{
	struct action *a = pod_act(s, ACT_REPORT, i);

	a->reason = reason;
	return a;
}

static struct action *report_pod(struct step *s, enum reason reason)
{
	return pod_report(s, reason, s->pod->n);
}

bool pod_set_flag(struct flag *flag, bool on, nsec now)
{
	if (flag->on == on)
		return false;
	flag->on = on;
	flag->since = now;
	return true;
}

/* ---- Order ---- */

/* Container `i` has done all that its successor in the file waits for. */
static bool lets_next_start(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	const struct ctr *c = &pod->ctr[i];

	if (c->again || c->hook[HOOK_POST_START].running)
		return false;
	switch (spec->ctr[i].kind) {
	/* One that failed for good has ended the pod. */
	case CTR_INIT: return c->state == CTR_DONE;
	case CTR_SIDECAR: return c->state == CTR_RUNNING && c->started;
	/* A main container waits for nothing but that the one before it was executed, or could
	   not be: so they start in the order of the file. */
	default: return c->gen > 0 && c->state != CTR_STARTING;
	}
}

static bool all_mains_done(const struct pod *pod, const struct pod_spec *spec)
{
	for (unsigned i = 0; i < pod->n; i++)
		if (spec->ctr[i].kind == CTR_MAIN && pod->ctr[i].state != CTR_DONE)
			return false;
	return true;
}

/* ---- Events ---- */

static void start(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	c->state = CTR_STARTING;
	c->live = c->populated = true;
	c->begun = c->started = c->ready = c->signalled = c->again = false;
	c->cause = CAUSE_NONE;
	c->gen++;
	for (unsigned k = 0; k < PROBES; k++) {
		uint32_t gen = c->probe[k].gen;

		/* Streaks belong to an instance. */
		memset(&c->probe[k], 0, sizeof c->probe[k]);
		c->probe[k].gen = gen;
	}
	pod_act(s, ACT_START, i);
}

static void absorb_started(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	if (!c->live || c->begun)
		return;
	c->begun = true;
	c->began = s->now;
	pod_report(s, REASON_STARTED, i)->count = restarts(c);
	if (c->state != CTR_STARTING)
		return;
	c->state = CTR_RUNNING;
	pod_probes_begin(s, i);
	pod_hook_begin(s, i, HOOK_POST_START);
}

static enum reason reason_of_end(const struct event *e)
{
	static const enum reason reasons[] = {[OVER_EXITED] = REASON_COMPLETED,
					      [OVER_SIGNALLED] = REASON_ERROR,
					      [OVER_NEVER_BEGAN] = REASON_START_ERROR,
					      [OVER_NO_VERDICT] = REASON_ERROR};

	if (e->oom && e->how != OVER_NEVER_BEGAN)
		return REASON_OOM_KILLED;
	return e->how == OVER_EXITED && e->code != 0 ? REASON_ERROR : reasons[e->how];
}

static void absorb_over(struct step *s, unsigned i, const struct event *e)
{
	struct ctr *c = &s->pod->ctr[i];

	if (!c->live)
		return;
	c->live = c->started = false;
	if (e->how == OVER_NEVER_BEGAN)
		c->populated = false;
	c->older = c->last;
	c->last = (struct record){.began = c->begun ? c->began : 0,
				  .ended = s->now,
				  .code = e->code,
				  .how = (uint8_t)e->how,
				  .cause = c->cause,
				  .oom = e->oom};
	pod_report(s, reason_of_end(e), i)->code = e->code;
	pod_set_ready(s, i, false);
	pod_cancel_inactive(s, i);
	pod_hook_cancel(s, i, HOOK_POST_START);
	pod_hook_cancel(s, i, HOOK_PRE_STOP);
	if (!c->populated) {
		pod_bury(s, i);
		return;
	}
	if (c->state == CTR_KILLING)
		return;
	/* What it left behind is told to stop too, and gets what is left of the grace. */
	if (c->state != CTR_STOPPING)
		c->due = later(s->now, LINGER_GRACE);
	else if (!c->signalled)
		c->due = max_time(c->due, later(s->now, MIN_GRACE));
	c->state = CTR_LINGERING;
	pod_act(s, ACT_SIGNAL_ALL, i)->signal = s->spec->ctr[i].stop_signal;
}

static void absorb_empty(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	if (!c->populated)
		return;
	c->populated = false;
	if (!c->live)
		pod_bury(s, i);
}

static void absorb_stop(struct step *s, const struct event *e)
{
	struct pod *pod = s->pod;
	nsec deadline = e->force ? s->now : e->deadline;

	if (!pod->ending)
		report_pod(s, REASON_STOPPING)->until = deadline;
	pod->asked = pod->asked || !pod->decided;
	pod->forced = pod->forced || e->force;
	pod->end = (uint8_t)e->end;
	pod_shorten(s, deadline);
}

static void absorb_deadline(struct step *s)
{
	struct pod *pod = s->pod;

	/* A pod that ends already does so in its own way. */
	if (pod->ending)
		return;
	pod->deadlined = pod->decided = true;
	pod->code = DEADLINE_CODE;
	pod_begin_end(s);
	report_pod(s, REASON_DEADLINE_EXCEEDED)->until = pod->kill_at;
}

/* A probe or a hook is over. */
static void absorb_handler(struct step *s, const struct event *e)
{
	unsigned i = e->task.ctr;
	enum role role = e->task.role;
	uint32_t running = pod_running(s->pod, i, role);
	bool well = e->kind == EV_VERDICT
			    ? e->result == RESULT_SUCCESS || e->result == RESULT_WARNING
			    : e->how == OVER_EXITED && e->code == 0;

	if (!running || e->task.gen != running || (e->kind != EV_VERDICT && e->kind != EV_OVER))
		s->pod->stale++;
	else if (role >= ROLE_POST_START)
		pod_hook_over(s, i, (enum hook_kind)(role - ROLE_POST_START), well);
	else if (e->kind == EV_VERDICT)
		pod_absorb_result(s, i, (enum probe_kind)role, e->result);
	else if (e->how == OVER_NO_VERDICT)
		pod_absorb_lost(s, i, (enum probe_kind)role);
	else
		pod_absorb_result(s, i, (enum probe_kind)role,
				  well ? RESULT_SUCCESS : RESULT_FAILURE);
}

static void absorb_task(struct step *s, const struct event *e)
{
	unsigned i = e->task.ctr;
	enum role role = e->task.role;
	struct ctr *c;

	if (role == ROLE_PREPARE) {
		pod_absorb_prepare(s, e);
		return;
	}
	if (i >= s->pod->n || role >= ROLES) {
		s->pod->stale++;
		return;
	}
	c = &s->pod->ctr[i];
	if (role != ROLE_MAIN) {
		absorb_handler(s, e);
		return;
	}
	if (e->task.gen != c->gen || c->gen == 0 || (!c->live && !c->populated)) {
		s->pod->stale++;
		return;
	}
	if (e->kind == EV_STARTED)
		absorb_started(s, i);
	else if (e->kind == EV_OVER)
		absorb_over(s, i, e);
	else if (e->kind == EV_EMPTY)
		absorb_empty(s, i);
}

/* ---- Settling ---- */

/* Its first start, and each after it, if it is time; or, when the pod ends, never again. */
static bool advance_waiting(struct step *s, unsigned i)
{
	struct pod *pod = s->pod;
	struct ctr *c = &pod->ctr[i];

	if (pod->ending) {
		/* One in back-off counts by its last code. */
		bool fresh = c->gen == 0 || (c->again && c->due <= s->now);

		c->waited = true;
		pod_done(s, i, !fresh && !pod_went_well(c, &s->spec->ctr[i]));
		return true;
	}
	if (!pod->prepared.on || pod->restarting || i > pod->next || s->now < c->due)
		return false;
	start(s, i);
	return true;
}

static bool advance_running(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	if (s->pod->ending) {
		pod_stop_ctr(s, i, CAUSE_END);
		return true;
	}
	if (c->state == CTR_RUNNING && s->now >= later(c->began, s->spec->ctr[i].timeout)) {
		pod_stop_ctr(s, i, CAUSE_TIMEOUT);
		return true;
	}
	return pod_advance_hook(s, i, HOOK_POST_START);
}

static bool advance(struct step *s, unsigned i)
{
	bool moved = false;

	switch ((enum ctr_state)s->pod->ctr[i].state) {
	case CTR_WAITING: return advance_waiting(s, i);
	case CTR_STARTING:
	case CTR_RUNNING: moved = advance_running(s, i); break;
	case CTR_STOPPING:
	case CTR_LINGERING: moved = pod_advance_stop(s, i); break;
	case CTR_KILLING:
	case CTR_DONE: return false;
	}
	for (unsigned k = 0; k < PROBES && !moved; k++)
		moved = pod_advance_probe(s, i, k);
	return moved;
}

static bool any_alive(const struct pod *pod)
{
	for (unsigned i = 0; i < pod->n; i++)
		if (alive(&pod->ctr[i]))
			return true;
	return false;
}

static bool advance_pod(struct step *s)
{
	struct pod *pod = s->pod;
	bool moved = false;

	if (pod->restarting && !any_alive(pod)) {
		pod_begin_anew(s);
		return true;
	}
	if (pod->ending || pod->restarting)
		return false;
	while (pod->next < pod->n && lets_next_start(pod, s->spec, pod->next)) {
		pod->next++;
		moved = true;
	}
	if (pod->next < pod->n && s->spec->ctr[pod->next].kind == CTR_MAIN &&
	    pod_set_flag(&pod->initialized, true, s->now)) {
		moved = true;
		if (s->spec->ctr[0].kind != CTR_MAIN)
			report_pod(s, REASON_INITIALIZED);
	}
	if (pod->next == pod->n)
		pod_set_flag(&pod->restarting_all, false, s->now);
	if (all_mains_done(pod, s->spec)) {
		pod_begin_end(s);
		moved = true;
	}
	return moved;
}

static void settle_ready(struct step *s)
{
	bool ready = !s->pod->deadlined;

	for (unsigned i = 0; i < s->pod->n; i++)
		ready = ready && (s->spec->ctr[i].kind == CTR_INIT || s->pod->ctr[i].ready);
	if (!pod_set_flag(&s->pod->ready, ready, s->now))
		return;
	if (ready || !s->pod->ending)
		report_pod(s, ready ? REASON_POD_READY : REASON_POD_NOT_READY);
}

static void settle_end(struct step *s)
{
	struct pod *pod = s->pod;

	if (!pod->ending)
		return;
	for (unsigned i = 0; i < pod->n; i++)
		if (pod->ctr[i].state != CTR_DONE)
			return;
	pod->ended = true;
	report_pod(s, pod_exit_code(pod) == 0 ? REASON_SUCCEEDED : REASON_FAILED)->code =
		pod_exit_code(pod);
	pod_act(s, ACT_END, pod->n)->code = pod_exit_code(pod);
}

/* A container moves through at most its seven states and three probes at one moment; the bound is
   far above that, and only there so that no mistake can hold the loop. */
static void settle(struct step *s)
{
	unsigned bound = 32 * (s->pod->n + 1);
	bool moved;

	do {
		/* The pod first: when it ends, nothing is started that was due at that moment. */
		moved = advance_pod(s);
		moved = pod_advance_prepare(s) || moved;
		for (unsigned i = 0; i < s->pod->n; i++)
			moved = advance(s, i) || moved;
	} while (moved && bound-- > 0);
	settle_ready(s);
	settle_end(s);
}

size_t pod_size(unsigned n)
{
	return sizeof(struct pod) + n * sizeof(struct ctr);
}

void pod_init(struct pod *pod, const struct pod_spec *spec)
{
	memset(pod, 0, pod_size(spec->n));
	pod->n = spec->n;
	pod->code = -1;
	pod->prepared.on = !spec->prepare;
}

void pod_step(struct pod *pod, const struct pod_spec *spec, nsec now, const struct event *event,
	      struct actions *out)
{
	struct step s = {pod, spec, now, out};

	out->n = 0;
	if (pod->ended) {
		pod->stale++;
		return;
	}
	switch (event->kind) {
	case EV_TIME: break;
	case EV_STOP: absorb_stop(&s, event); break;
	case EV_DEADLINE: absorb_deadline(&s); break;
	default: absorb_task(&s, event); break;
	}
	settle(&s);
}
