/*
 * pod.c - the life of the pod: absorb one event, then settle until nothing moves.
 *
 * absorb_*() take in one fact and what it means for that one container.  settle() then lets every
 * container take the steps that are due, in fixed order.  The rules that join containers are few
 * predicates: its_turn(), its_turn_to_stop(), all_mains_done().
 */
#include "init/pod_step.h"

#include <signal.h>
#include <string.h>

/* Kubernetes never leaves less between the stop signal and SIGKILL, whatever the grace. */
#define MIN_GRACE (2 * NSEC_PER_SEC)

/* What a container that ended unasked gives the processes it left behind. */
#define LINGER_GRACE (2 * NSEC_PER_SEC)

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

/* ---- Order ---- */

/* Container `i` has done all that its successor in the file waits for. */
static bool lets_next_start(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	const struct ctr *c = &pod->ctr[i];

	switch (spec->ctr[i].kind) {
	case CTR_INIT: return c->state == CTR_DONE && !c->failed;
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

/* Main containers and running init containers stop at once; a sidecar when every main container
   and every later sidecar is gone.  Nobody waits longer than the grace. */
static bool its_turn_to_stop(const struct step *s, unsigned i)
{
	if (s->spec->ctr[i].kind != CTR_SIDECAR || s->now >= s->pod->kill_at)
		return true;
	for (unsigned j = 0; j < s->pod->n; j++) {
		enum ctr_kind kind = s->spec->ctr[j].kind;

		if ((kind == CTR_MAIN || (kind == CTR_SIDECAR && j > i)) && alive(&s->pod->ctr[j]))
			return false;
	}
	return true;
}

/* ---- The ends of things ---- */

static void remember_failure(struct pod *pod, int code)
{
	if (pod->code < 0)
		pod->code = code;
}

/* The end of the pod never lengthens what a container has left, it only shortens it. */
static void shorten(struct step *s, nsec deadline)
{
	struct pod *pod = s->pod;

	pod->kill_at = pod->ending ? min_time(pod->kill_at, deadline) : deadline;
	pod->ending = true;
	for (unsigned i = 0; i < pod->n; i++) {
		struct ctr *c = &pod->ctr[i];
		nsec due = pod->forced ? s->now : max_time(pod->kill_at, later(s->now, MIN_GRACE));

		if (c->state == CTR_STOPPING || c->state == CTR_LINGERING)
			c->due = min_time(c->due, due);
	}
}

/* From here on nothing starts, and everything is stopped in order. */
static void begin_end(struct step *s)
{
	if (!s->pod->ending)
		shorten(s, later(s->now, s->spec->grace));
}

/* An init or essential container ended for good, and with it the pod. */
static void decide(struct step *s, int code)
{
	if (!s->pod->ending) {
		s->pod->code = code;
		s->pod->decided = true;
	}
	begin_end(s);
}

/*
 * Asked to stop, a container did well if it ended by itself with 0 or by the signal it was sent.
 * One in back-off counts by its last code: that was no answer to the stop.
 */
static bool stopped_well(const struct ctr *c)
{
	if (c->gen == 0 || (c->how == OVER_EXITED && c->code == 0))
		return true;
	return c->how == OVER_SIGNALLED && c->code == 128 + SIGTERM && c->signalled && !c->waited;
}

static void done(struct step *s, unsigned i, bool failed)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];

	c->state = CTR_DONE;
	c->failed = failed;
	if (cs->kind == CTR_MAIN) {
		if (s->pod->asked ? !stopped_well(c) : failed)
			remember_failure(s->pod, c->code ? c->code : 1);
		if (cs->essential)
			decide(s, c->code == 0 && failed ? 1 : c->code);
	} else if (failed && i >= s->pod->next) {
		/* Those behind it can never start. */
		decide(s, c->code ? c->code : 1);
	}
}

enum fate { FATE_RESTART, FATE_SUCCESS, FATE_FAILURE };

/* What becomes of a container whose instance is gone. */
static enum fate fate_of(const struct step *s, unsigned i)
{
	const struct ctr *c = &s->pod->ctr[i];
	const struct ctr_spec *cs = &s->spec->ctr[i];
	bool well = c->how == OVER_EXITED && c->code == 0;
	enum fate ended = well ? FATE_SUCCESS : FATE_FAILURE;

	if (s->pod->ending)
		return ended;
	/* A killed container restarts whatever its exit code, unless its policy is Never: the
	   decision was made before there was a code. */
	if (c->doomed ? cs->policy == POLICY_NEVER
		      : cs->policy == POLICY_NEVER || (cs->policy == POLICY_ON_FAILURE && well))
		return ended;
	if (cs->max_restarts >= 0 && restarts(c) >= cs->max_restarts)
		return FATE_FAILURE;
	return FATE_RESTART;
}

/* Nothing of the instance is left. */
static void bury(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct backoff_spec *b = &s->spec->ctr[i].backoff;
	enum fate fate = fate_of(s, i);

	if (fate != FATE_RESTART) {
		done(s, i, fate == FATE_FAILURE);
		return;
	}
	/* The first restart is at once, the next one after .initial, then twice that, ...; all
	   counted from the end of the instance.  One that ran long enough begins anew. */
	if (c->begun && c->ended - c->began > b->reset)
		c->delay = 0;
	c->due = later(c->ended, c->delay);
	if (c->delay > 0 && c->due > s->now) {
		struct action *a = pod_report(s, REASON_BACKOFF, i);

		a->count = restarts(c);
		a->until = c->due;
	}
	c->delay = c->delay > 0 ? min_time(later(c->delay, c->delay), b->max)
				: min_time(b->initial, b->max);
	c->state = CTR_WAITING;
}

static void kill_all(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	c->state = CTR_KILLING;
	c->killed = true;
	pod_act(s, ACT_KILL, i);
	pod_cancel_inactive(s, i);
}

void pod_stop_ctr(struct step *s, unsigned i, int culprit)
{
	struct ctr *c = &s->pod->ctr[i];
	nsec grace = culprit >= 0 && s->spec->ctr[i].probe[culprit].grace >= 0
			     ? s->spec->ctr[i].probe[culprit].grace
			     : s->spec->grace;
	nsec end = s->pod->ending ? s->pod->kill_at : later(s->now, grace);
	struct action *a;

	c->state = CTR_STOPPING;
	c->due = s->pod->forced ? s->now : max_time(end, later(s->now, MIN_GRACE));
	a = pod_report(s, REASON_KILLING, i);
	a->until = c->due;
	if (culprit >= 0) {
		a->task.role = (uint8_t)culprit;
		a->task.gen = c->probe[culprit].gen;
	}
	if (!s->pod->forced) {
		pod_act(s, ACT_SIGNAL, i)->signal = SIGTERM;
		c->signalled = true;
	}
	pod_cancel_inactive(s, i);
}

/* ---- Events ---- */

static void start(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	c->state = CTR_STARTING;
	c->live = c->populated = true;
	c->begun = c->started = c->ready = false;
	c->signalled = c->killed = c->doomed = false;
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
}

static void absorb_over(struct step *s, unsigned i, enum over_how how, int code)
{
	static const enum reason reasons[] = {[OVER_EXITED] = REASON_COMPLETED,
					      [OVER_SIGNALLED] = REASON_ERROR,
					      [OVER_NEVER_BEGAN] = REASON_START_ERROR,
					      [OVER_NO_VERDICT] = REASON_ERROR};
	struct ctr *c = &s->pod->ctr[i];
	enum reason reason = how == OVER_EXITED && code != 0 ? REASON_ERROR : reasons[how];

	if (!c->live)
		return;
	c->live = false;
	if (how == OVER_NEVER_BEGAN)
		c->populated = false;
	c->how = (uint8_t)how;
	c->code = code;
	c->ended = s->now;
	c->started = false;
	pod_report(s, reason, i)->code = code;
	pod_set_ready(s, i, false);
	pod_cancel_inactive(s, i);
	if (!c->populated) {
		bury(s, i);
		return;
	}
	if (c->state == CTR_KILLING)
		return;
	/* What it left behind is told to stop too, and gets what is left of the grace. */
	if (c->state != CTR_STOPPING)
		c->due = later(s->now, LINGER_GRACE);
	c->state = CTR_LINGERING;
	pod_act(s, ACT_SIGNAL_ALL, i)->signal = SIGTERM;
}

static void absorb_empty(struct step *s, unsigned i)
{
	struct ctr *c = &s->pod->ctr[i];

	if (!c->populated)
		return;
	c->populated = false;
	if (!c->live)
		bury(s, i);
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
	shorten(s, deadline);
}

static void absorb_task(struct step *s, const struct event *e)
{
	unsigned i = e->task.ctr;
	enum role role = e->task.role;
	struct ctr *c;

	if (i >= s->pod->n || role >= ROLES) {
		s->pod->stale++;
		return;
	}
	c = &s->pod->ctr[i];
	if (role != ROLE_MAIN) {
		if (!c->probe[role].running || e->task.gen != c->probe[role].gen)
			s->pod->stale++;
		else if (e->kind == EV_VERDICT)
			pod_absorb_result(s, i, (enum probe_kind)role, e->result);
		else if (e->kind == EV_OVER && e->how == OVER_NO_VERDICT)
			pod_absorb_lost(s, i, (enum probe_kind)role);
		else if (e->kind == EV_OVER)
			pod_absorb_result(s, i, (enum probe_kind)role,
					  e->how == OVER_EXITED && e->code == 0 ? RESULT_SUCCESS
										: RESULT_FAILURE);
		return;
	}
	if (e->task.gen != c->gen || c->gen == 0 || (!c->live && !c->populated)) {
		s->pod->stale++;
		return;
	}
	if (e->kind == EV_STARTED)
		absorb_started(s, i);
	else if (e->kind == EV_OVER)
		absorb_over(s, i, e->how, e->code);
	else if (e->kind == EV_EMPTY)
		absorb_empty(s, i);
}

/* ---- Settling ---- */

static bool advance(struct step *s, unsigned i)
{
	struct pod *pod = s->pod;
	struct ctr *c = &pod->ctr[i];
	bool moved = false;

	switch ((enum ctr_state)c->state) {
	case CTR_WAITING:
		if (pod->ending) {
			c->waited = true;
			done(s, i, c->gen > 0 && !(c->how == OVER_EXITED && c->code == 0));
			return true;
		}
		if (i > pod->next || s->now < c->due)
			return false;
		start(s, i);
		return true;
	case CTR_STARTING:
	case CTR_RUNNING:
		if (pod->ending && its_turn_to_stop(s, i)) {
			pod_stop_ctr(s, i, -1);
			return true;
		}
		break;
	case CTR_STOPPING:
	case CTR_LINGERING:
		if (s->now >= c->due) {
			kill_all(s, i);
			return true;
		}
		break;
	case CTR_KILLING:
	case CTR_DONE: return false;
	}
	for (unsigned k = 0; k < PROBES && !moved; k++)
		moved = pod_advance_probe(s, i, k);
	return moved;
}

static bool advance_pod(struct step *s)
{
	struct pod *pod = s->pod;
	bool moved = false;

	while (!pod->ending && pod->next < pod->n && lets_next_start(pod, s->spec, pod->next)) {
		pod->next++;
		moved = true;
	}
	if (!pod->initialized && !pod->ending && pod->next < pod->n &&
	    s->spec->ctr[pod->next].kind == CTR_MAIN) {
		pod->initialized = moved = true;
		if (s->spec->ctr[0].kind != CTR_MAIN)
			report_pod(s, REASON_INITIALIZED);
	}
	if (!pod->ending && all_mains_done(pod, s->spec)) {
		begin_end(s);
		moved = true;
	}
	return moved;
}

static void settle_ready(struct step *s)
{
	bool ready = true;

	for (unsigned i = 0; i < s->pod->n; i++)
		ready = ready && (s->spec->ctr[i].kind == CTR_INIT || s->pod->ctr[i].ready);
	if (ready == s->pod->ready)
		return;
	s->pod->ready = ready;
	if (ready || !s->pod->ending)
		report_pod(s, ready ? REASON_POD_READY : REASON_POD_NOT_READY);
}

static void settle_end(struct step *s)
{
	struct pod *pod = s->pod;

	if (!pod->ending || pod->ended)
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
		moved = false;
		for (unsigned i = 0; i < s->pod->n; i++)
			moved = advance(s, i) || moved;
		moved = advance_pod(s) || moved;
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
	default: absorb_task(&s, event); break;
	}
	settle(&s);
}
