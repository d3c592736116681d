/*
 * pod_view.c - the core, looked at: when it wants to be called, what it ended with, and whether its
 * state is sound.
 */
#include "init/pod_step.h"

const char *const role_names[ROLES + 1] = {
	[ROLE_STARTUP] = "startup",     [ROLE_LIVENESS] = "liveness",
	[ROLE_READINESS] = "readiness", [ROLE_POST_START] = "postStart",
	[ROLE_PRE_STOP] = "preStop",    [ROLE_MAIN] = "main",
	[ROLE_PREPARE] = "prepare",
};

static nsec ctr_deadline(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	const struct ctr *c = &pod->ctr[i];
	nsec t = NSEC_NEVER;

	switch ((enum ctr_state)c->state) {
	case CTR_WAITING:
		return i <= pod->next && pod->prepared.on && !pod->restarting ? c->due : NSEC_NEVER;
	case CTR_STARTING: return NSEC_NEVER;
	case CTR_RUNNING: t = later(c->began, spec->ctr[i].timeout); break;
	case CTR_STOPPING:
	case CTR_LINGERING: t = c->due; break;
	case CTR_KILLING:
	case CTR_DONE: return NSEC_NEVER;
	}
	for (unsigned k = 0; k < PROBES; k++)
		if (pod_probe_active(c, &spec->ctr[i], k))
			t = min_time(t, c->probe[k].running ? c->probe[k].limit : c->probe[k].due);
	for (unsigned k = 0; k < HOOKS; k++)
		if (c->hook[k].running)
			t = min_time(t, c->hook[k].limit);
	return t;
}

nsec pod_deadline(const struct pod *pod, const struct pod_spec *spec)
{
	nsec t = pod_prepare_deadline(pod);

	for (unsigned i = 0; i < pod->n; i++)
		t = min_time(t, ctr_deadline(pod, spec, i));
	return t;
}

uint32_t pod_running(const struct pod *pod, unsigned ctr, enum role role)
{
	const struct ctr *c = &pod->ctr[ctr];

	if (role == ROLE_PREPARE)
		return pod->prepare.running ? pod->prepare.gen : 0;
	if (role < ROLE_POST_START)
		return c->probe[role].running ? c->probe[role].gen : 0;
	return c->hook[role - ROLE_POST_START].running ? c->hook[role - ROLE_POST_START].gen : 0;
}

int pod_exit_code(const struct pod *pod)
{
	return pod->code > 0 ? pod->code : 0;
}

const char *pod_check(const struct pod *pod, const struct pod_spec *spec)
{
	if (pod->n != spec->n || pod->next > pod->n)
		return "the state belongs to another pod";
	if (pod->ended && !pod->ending)
		return "the pod ended without ending";
	if (!spec->prepare && (pod->prepare.gen > 0 || !pod->prepared.on))
		return "the pod prepares, and has nothing to prepare";
	if (pod->prepare.running && (pod->prepared.on || pod->ending))
		return "the pod prepares, and nobody wants it";
	for (unsigned i = 0; i < pod->n; i++) {
		const struct ctr *c = &pod->ctr[i];

		if (c->state > CTR_DONE)
			return "a container is in no known state";
		if (!alive(c) && (c->live || c->populated))
			return "a container at rest has a process";
		if (alive(c) && !c->live && !c->populated)
			return "a container with no process is not at rest";
		if (c->state == CTR_LINGERING && c->live)
			return "a container lingers while its main process lives";
		if (c->ready && !(c->started && c->live))
			return "a container is ready and not started";
		if (c->gen > 0 && !c->again && i > pod->next)
			return "a container began before its turn";
		if (c->gen > 0 && !pod->prepared.on)
			return "a container began before all was prepared";
		if (pod->ended && c->state != CTR_DONE)
			return "the pod ended before a container did";
		for (unsigned k = 0; k < PROBES; k++)
			if (c->probe[k].running && !pod_probe_active(c, &spec->ctr[i], k))
				return "a probe runs that nobody wants";
		if (c->hook[HOOK_POST_START].running && c->state != CTR_RUNNING)
			return "a postStart hook runs beside nothing";
		if (c->hook[HOOK_PRE_STOP].running && (c->state != CTR_STOPPING || c->signalled))
			return "a preStop hook runs at the wrong time";
	}
	return NULL;
}
