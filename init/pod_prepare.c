/*
 * pod_prepare.c - what has to be ready before the first container starts: devices, volumes, roots.
 *
 * One attempt after the other until one goes well; it is never given up, for a device may come
 * late, but the pod may end meanwhile.  Limits and back-off are those of the kubelet's volume
 * manager. Starting all containers anew does not prepare again: volumes live as long as the pod.
 */
#include "init/pod_step.h"

#define ATTEMPT_MAX (123 * NSEC_PER_SEC)
#define FIRST_DELAY (500 * NSEC_PER_MS)
#define DELAY_MAX   (122 * NSEC_PER_SEC)

static struct action *act_on(struct step *s, enum action_kind kind)
{
	struct action *a = pod_act(s, kind, s->pod->n);

	a->task.role = ROLE_PREPARE;
	a->task.gen = s->pod->prepare.gen;
	return a;
}

static void fail(struct step *s, bool late)
{
	struct prepare_state *p = &s->pod->prepare;
	struct action *a = act_on(s, ACT_REPORT);

	p->running = 0;
	p->delay = p->delay > 0 ? min_time(2 * p->delay, DELAY_MAX) : FIRST_DELAY;
	p->due = later(s->now, p->delay);
	a->reason = REASON_FAILED_MOUNT;
	a->code = late;
	a->count = p->gen;
	a->until = p->due;
}

void pod_absorb_prepare(struct step *s, const struct event *e)
{
	struct prepare_state *p = &s->pod->prepare;

	if (e->kind != EV_OVER || !p->running || e->task.gen != p->gen) {
		s->pod->stale++;
		return;
	}
	if (e->how != OVER_EXITED || e->code != 0) {
		fail(s, false);
		return;
	}
	p->running = 0;
	pod_set_flag(&s->pod->prepared, true, s->now);
}

bool pod_advance_prepare(struct step *s)
{
	struct prepare_state *p = &s->pod->prepare;

	if (s->pod->prepared.on || (!p->running && s->pod->ending))
		return false;
	if (p->running) {
		if (!s->pod->ending && s->now < p->limit)
			return false;
		/* Its end, whenever that comes, is stale. */
		act_on(s, ACT_CANCEL);
		if (s->pod->ending)
			p->running = 0;
		else
			fail(s, true);
		return true;
	}
	if (s->now < p->due)
		return false;
	p->gen++;
	p->running = 1;
	p->limit = later(s->now, ATTEMPT_MAX);
	act_on(s, ACT_START);
	return true;
}

nsec pod_prepare_deadline(const struct pod *pod)
{
	if (pod->prepared.on || pod->ending)
		return NSEC_NEVER;
	return pod->prepare.running ? pod->prepare.limit : pod->prepare.due;
}
