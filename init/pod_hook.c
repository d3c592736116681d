/*
 * pod_hook.c - the core's hooks: postStart beside a container that runs, preStop before it is told
 * to stop.  A hook that sleeps is no task: it is a time.
 */
#include "init/pod_step.h"

static const struct hook_spec *spec_of(const struct step *s, unsigned i, enum hook_kind k)
{
	return &s->spec->ctr[i].hook[k];
}

static struct action *act_on(struct step *s, enum action_kind kind, unsigned i, enum hook_kind k)
{
	struct action *a = pod_act(s, kind, i);

	a->task.role = (uint8_t)(ROLE_POST_START + k);
	a->task.gen = s->pod->ctr[i].hook[k].gen;
	return a;
}

void pod_hook_begin(struct step *s, unsigned i, enum hook_kind k)
{
	struct hook_state *h = &s->pod->ctr[i].hook[k];
	const struct hook_spec *hs = spec_of(s, i, k);

	if (hs->handler.kind == HANDLER_NONE)
		return;
	h->gen++;
	h->running = 1;
	h->limit = later(s->now, hs->timeout);
	if (hs->handler.kind == HANDLER_SLEEP)
		h->limit = min_time(h->limit, later(s->now, hs->handler.sleep));
	else
		act_on(s, ACT_START, i, k);
}

static void fail(struct step *s, unsigned i, enum hook_kind k, bool late)
{
	struct action *a = act_on(s, ACT_REPORT, i, k);

	a->reason = k == HOOK_POST_START ? REASON_FAILED_POST_START : REASON_FAILED_PRE_STOP;
	a->code = late;
	if (k == HOOK_POST_START)
		pod_stop_ctr(s, i, CAUSE_POST_START);
}

void pod_hook_over(struct step *s, unsigned i, enum hook_kind k, bool well)
{
	s->pod->ctr[i].hook[k].running = 0;
	if (!well)
		fail(s, i, k, false);
}

void pod_hook_cancel(struct step *s, unsigned i, enum hook_kind k)
{
	struct hook_state *h = &s->pod->ctr[i].hook[k];

	if (h->running && spec_of(s, i, k)->handler.kind != HANDLER_SLEEP)
		act_on(s, ACT_CANCEL, i, k);
	h->running = 0;
}

/* A sleep that ends in time has done what it should; every other hook that is still there at its
   limit, or at the end of the grace, has not. */
bool pod_advance_hook(struct step *s, unsigned i, enum hook_kind k)
{
	struct ctr *c = &s->pod->ctr[i];
	const struct hook_spec *hs = spec_of(s, i, k);
	bool sleeps = hs->handler.kind == HANDLER_SLEEP;
	bool grace_over = k == HOOK_PRE_STOP && s->now >= c->due;

	if (!c->hook[k].running || (s->now < c->hook[k].limit && !grace_over))
		return false;
	pod_hook_cancel(s, i, k);
	if (!sleeps || (hs->handler.sleep > hs->timeout && !grace_over))
		fail(s, i, k, true);
	return true;
}
