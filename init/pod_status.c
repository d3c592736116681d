#include "init/pod_status.h"

#include <string.h>

#include "init/pod_step.h"

/* A container that is killed with the rest of the pod, for all of it to start anew, counts as one
   that got SIGKILL, whatever it made of the stop signal. */
enum { RESTART_ALL_CODE = 137 };

const char *const phase_names[] = {"Pending", "Running", "Succeeded", "Failed"};

const char *const condition_names[CONDITIONS] = {
	"PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady",
	"Ready",        "AllContainersRestarting",
};

/* ---- Containers ---- */

/* Of this life of the pod: what ran before all was started anew does not count. */
static bool ever_ran(const struct ctr *c)
{
	return c->gen > 0 && !c->again;
}

static struct terminated told(const struct record *r)
{
	struct terminated t = {.is = true, .code = r->code, .began = r->began, .ended = r->ended};

	if (r->cause == CAUSE_RESTART_ALL) {
		t.reason = "RestartingAllContainers";
		t.code = RESTART_ALL_CODE;
	} else if (r->how == OVER_NEVER_BEGAN) {
		t.reason = "StartError";
	} else if (r->oom) {
		t.reason = "OOMKilled";
	} else {
		t.reason = ended_well(r) ? "Completed" : "Error";
	}
	return t;
}

static const char *waiting_reason(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	const struct ctr *c = &pod->ctr[i];

	if (pod->restarting || c->again)
		return "RestartingAllContainers";
	if (restarts(c) == 0)
		return spec->ctr[0].kind != CTR_MAIN ? "PodInitializing" : "ContainerCreating";
	if (alive(c))
		return "ContainerCreating";
	if (c->last.cause == CAUSE_POST_START)
		return "PostStartHookError";
	return c->last.how == OVER_NEVER_BEGAN ? "RunContainerError" : "CrashLoopBackOff";
}

void pod_ctr_status(struct ctr_status *out, const struct pod *pod, const struct pod_spec *spec,
		    unsigned i)
{
	const struct ctr *c = &pod->ctr[i];
	bool running = alive(c) && c->begun;
	/* The newest record is that of the instance at hand once that has ended. */
	bool over = c->gen > 0 && !c->live;
	unsigned ended = over ? c->gen : restarts(c);

	memset(out, 0, sizeof *out);
	out->restarts = restarts(c);
	out->started = c->started;
	out->ready = spec->ctr[i].kind == CTR_INIT
			     ? c->state == CTR_DONE && !c->failed && c->gen > 0
			     : c->ready;
	if (running) {
		out->state = STATE_RUNNING;
		out->began = c->began;
		/* Its main process may be over while others of it still are not. */
		if (restarts(c) > 0)
			out->last = told(over ? &c->older : &c->last);
		return;
	}
	out->state = c->state == CTR_DONE && ever_ran(c) ? STATE_TERMINATED : STATE_WAITING;
	if (out->state == STATE_TERMINATED) {
		out->at = told(&c->last);
		if (restarts(c) > 0)
			out->last = told(&c->older);
		return;
	}
	out->reason = waiting_reason(pod, spec, i);
	if (ended > 0)
		out->last = told(&c->last);
}

/* ---- Phase ---- */

struct count {
	unsigned pending_init, pending_sidecar, waiting;
};

/* One container, as the rules of the phase see it. */
static void count_ctr(struct count *n, const struct pod *pod, const struct pod_spec *spec,
		      unsigned i)
{
	const struct ctr *c = &pod->ctr[i];
	bool runs = alive(c) && c->begun,
	     first = !ever_ran(c) || (alive(c) && !c->begun && restarts(c) == 0);
	bool waits = !runs && (c->state != CTR_DONE || first);

	switch (spec->ctr[i].kind) {
	case CTR_INIT: n->pending_init += runs || (waits && first); break;
	case CTR_SIDECAR:
		n->pending_sidecar += runs ? !c->started : waits && first;
		n->waiting += waits && first;
		break;
	case CTR_MAIN: n->waiting += waits && first; break;
	}
}

enum phase pod_phase(const struct pod *pod, const struct pod_spec *spec)
{
	struct count n = {0};
	bool main_runs = false;

	if (pod->deadlined)
		return PHASE_FAILED;
	if (pod->ended)
		return pod_exit_code(pod) == 0 ? PHASE_SUCCEEDED : PHASE_FAILED;
	/* An init container failed for good. */
	if (pod->decided && pod->next < pod->n && spec->ctr[pod->next].kind != CTR_MAIN)
		return PHASE_FAILED;
	for (unsigned i = 0; i < pod->n; i++) {
		count_ctr(&n, pod, spec, i);
		main_runs = main_runs || (spec->ctr[i].kind == CTR_MAIN && alive(&pod->ctr[i]) &&
					  pod->ctr[i].begun);
	}
	if (n.pending_init > 0 || (n.pending_sidecar > 0 && !main_runs) || n.waiting > 0)
		return PHASE_PENDING;
	return PHASE_RUNNING;
}

const char *pod_phase_reason(const struct pod *pod)
{
	return pod->deadlined ? "DeadlineExceeded" : NULL;
}

/* ---- Conditions ---- */

bool pod_is_incomplete(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	const struct ctr *c = &pod->ctr[i];

	switch (spec->ctr[i].kind) {
	case CTR_INIT: return c->state != CTR_DONE || c->failed;
	case CTR_SIDECAR: return !c->started;
	default: return false;
	}
}

bool pod_is_unready(const struct pod *pod, const struct pod_spec *spec, unsigned i)
{
	return spec->ctr[i].kind != CTR_INIT && !pod->ctr[i].ready;
}

void pod_condition(struct condition_status *out, const struct pod *pod, const struct pod_spec *spec,
		   enum condition which)
{
	enum phase phase = pod_phase(pod, spec);

	memset(out, 0, sizeof *out);
	switch (which) {
	/* There is no scheduler. */
	case COND_POD_SCHEDULED: out->on = true; break;
	/* podinit itself is what holds the namespaces; Kubernetes makes them after the volumes. */
	case COND_READY_TO_START:
		out->on = pod->prepared.on;
		out->since = pod->prepared.since;
		break;
	case COND_INITIALIZED:
		out->on = pod->initialized.on;
		out->since = pod->initialized.since;
		out->reason = phase == PHASE_SUCCEEDED ? "PodCompleted"
			      : out->on                ? NULL
						       : "ContainersNotInitialized";
		break;
	case COND_CONTAINERS_READY:
	case COND_READY:
		out->on = pod->ready.on;
		out->since = pod->ready.since;
		out->reason = phase == PHASE_SUCCEEDED ? "PodCompleted"
			      : phase == PHASE_FAILED  ? "PodFailed"
			      : out->on                ? NULL
						       : "ContainersNotReady";
		break;
	case COND_RESTARTING:
		out->on = pod->restarting_all.on;
		out->since = pod->restarting_all.since;
		break;
	case CONDITIONS: break;
	}
}
