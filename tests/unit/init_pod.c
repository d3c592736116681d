/* The core, where stories would be long: stale events, bounds, bytes, and many short random lives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "init/pod_status.h"

static struct pod_spec spec;
static struct problems problems;
static struct actions actions;

static struct pod *make(const char *text)
{
	struct pod *pod;

	spec_free(&spec);
	problems_free(&problems);
	assert_int_equal(spec_parse(&spec, "/x/pod.ini", text, strlen(text), &problems), 0);
	pod = calloc(1, pod_size(spec.n));
	assert_non_null(pod);
	pod_init(pod, &spec);
	return pod;
}

static void step(struct pod *pod, nsec now, struct event e)
{
	pod_step(pod, &spec, now, &e, &actions);
	assert_null(pod_check(pod, &spec));
}

#define STEP(pod, now, ...) step(pod, now, (struct event){__VA_ARGS__})

static const struct action *found(enum action_kind kind)
{
	for (unsigned i = 0; i < actions.n; i++)
		if (actions.v[i].kind == kind)
			return &actions.v[i];
	return NULL;
}

static void test_stale_events_are_counted_and_never_obeyed(void **state)
{
	struct pod *pod = make("[container a]\ncommand = x\nreadinessProbe.exec.command = x\n");
	struct task first = {0, ROLE_MAIN, 1}, second = {0, ROLE_MAIN, 2};
	struct task probe = {0, ROLE_READINESS, 1}, nobody = {77, ROLE_MAIN, 1};

	(void)state;
	STEP(pod, 0, .kind = EV_TIME);
	STEP(pod, 1, .kind = EV_STARTED, .task = first);
	STEP(pod, 2, .kind = EV_OVER, .task = first, .how = OVER_NEVER_BEGAN, .code = 127);
	assert_int_equal(pod->ctr[0].gen, 2);
	STEP(pod, 3, .kind = EV_STARTED, .task = first);
	STEP(pod, 4, .kind = EV_OVER, .task = first, .how = OVER_EXITED);
	STEP(pod, 5, .kind = EV_EMPTY, .task = first);
	STEP(pod, 6, .kind = EV_VERDICT, .task = probe, .result = RESULT_SUCCESS);
	STEP(pod, 7, .kind = EV_OVER, .task = nobody, .how = OVER_EXITED);
	STEP(pod, 7, .kind = EV_OVER, .task = {0, ROLES, 1}, .how = OVER_EXITED);
	assert_int_equal(pod->stale, 6);
	assert_int_equal(pod->ctr[0].state, CTR_STARTING);
	assert_int_equal(actions.n, 0);
	STEP(pod, 8, .kind = EV_STARTED, .task = second);
	assert_int_equal(pod->ctr[0].state, CTR_RUNNING);
	assert_false(pod->ctr[0].ready);
	free(pod);
}

static void test_the_state_of_sixteen_containers_is_below_8_kib(void **state)
{
	(void)state;
	assert_true(pod_size(16) < 8192);
}

/* 128 containers that all start, answer, fail and stop in the same instants. */
static void test_one_step_never_needs_more_actions_than_there_is_room_for(void **state)
{
	char text[CTR_MAX * 256];
	size_t n = 0;
	unsigned most = 0;
	struct pod *pod;

	(void)state;
	for (int i = 0; i < CTR_MAX; i++)
		n += (size_t)snprintf(
			text + n, sizeof text - n,
			"[container c%d]\ncommand = x\nlivenessProbe.exec.command = x\n"
			"livenessProbe.failureThreshold = 1\n"
			"readinessProbe.exec.command = x\n",
			i);
	pod = make(text);
	STEP(pod, 0, .kind = EV_TIME);
	for (uint8_t i = 0; i < CTR_MAX; i++)
		STEP(pod, 0, .kind = EV_STARTED, .task = {i, ROLE_MAIN, 1});
	/* At ten seconds both probes of all are due; at eleven all have timed out. */
	for (nsec t = 10; t <= 45; t++) {
		STEP(pod, t * NSEC_PER_SEC, .kind = EV_TIME);
		most = actions.n > most ? actions.n : most;
	}
	assert_true(most >= CTR_MAX * 3);
	assert_true(most < ACTIONS_MAX);
	STEP(pod, 50 * NSEC_PER_SEC, .kind = EV_STOP, .force = true);
	assert_true(actions.n < ACTIONS_MAX);
	free(pod);
}

static void test_the_end_is_said_once(void **state)
{
	struct pod *pod = make("[pod]\nrestartPolicy = Never\n[container a]\ncommand = x\n");
	struct task task = {0, ROLE_MAIN, 1};

	(void)state;
	STEP(pod, 0, .kind = EV_TIME);
	STEP(pod, 1, .kind = EV_STARTED, .task = task);
	STEP(pod, 2, .kind = EV_OVER, .task = task, .how = OVER_EXITED, .code = 7);
	assert_null(found(ACT_END));
	STEP(pod, 3, .kind = EV_EMPTY, .task = task);
	assert_non_null(found(ACT_END));
	assert_int_equal(found(ACT_END)->code, 7);
	assert_int_equal(pod_phase(pod, &spec), PHASE_FAILED);
	assert_true(pod_deadline(pod, &spec) == NSEC_NEVER);
	STEP(pod, 4, .kind = EV_STOP);
	assert_int_equal(actions.n, 0);
	free(pod);
}

/* ---- What is told ---- */

static struct condition_status condition(const struct pod *pod, enum condition which)
{
	struct condition_status st;

	pod_condition(&st, pod, &spec, which);
	return st;
}

/* Proves: K8s 2.1.4, 7.2.1 */
static void test_only_the_attempt_at_hand_prepares(void **state)
{
	struct pod *pod = make("[container a]\ncommand = x\n");
	struct task first = {0, ROLE_PREPARE, 1}, second = {0, ROLE_PREPARE, 2};

	(void)state;
	spec.prepare = true;
	pod_init(pod, &spec);
	STEP(pod, 0, .kind = EV_OVER, .task = {0, ROLE_PREPARE, 0}, .how = OVER_EXITED);
	assert_int_equal(pod->stale, 1);
	assert_int_equal(actions.n, 1);
	assert_int_equal(found(ACT_START)->task.role, ROLE_PREPARE);
	assert_int_equal(found(ACT_START)->task.gen, 1);
	assert_int_equal(pod_running(pod, 0, ROLE_PREPARE), 1);
	STEP(pod, 1, .kind = EV_VERDICT, .task = first, .result = RESULT_SUCCESS);
	STEP(pod, 1, .kind = EV_STARTED, .task = first);
	STEP(pod, 1, .kind = EV_OVER, .task = {0, ROLE_PREPARE + 1, 1}, .how = OVER_EXITED);
	assert_int_equal(pod->stale, 4);
	STEP(pod, 2, .kind = EV_OVER, .task = first, .how = OVER_NEVER_BEGAN, .code = 0);
	assert_int_equal(found(ACT_REPORT)->reason, REASON_FAILED_MOUNT);
	assert_int_equal(found(ACT_REPORT)->task.role, ROLE_PREPARE);
	assert_true(pod_deadline(pod, &spec) == 2 + 500 * NSEC_PER_MS);
	STEP(pod, pod_deadline(pod, &spec), .kind = EV_TIME);
	STEP(pod, NSEC_PER_SEC, .kind = EV_OVER, .task = first, .how = OVER_EXITED);
	assert_int_equal(pod->stale, 5);
	assert_false(condition(pod, COND_READY_TO_START).on);
	STEP(pod, NSEC_PER_SEC, .kind = EV_OVER, .task = second, .how = OVER_EXITED);
	assert_int_equal(found(ACT_START)->task.role, ROLE_MAIN);
	assert_int_equal(pod_running(pod, 0, ROLE_PREPARE), 0);
	assert_true(condition(pod, COND_READY_TO_START).since == NSEC_PER_SEC);
	STEP(pod, NSEC_PER_SEC, .kind = EV_OVER, .task = second, .how = OVER_EXITED, .code = 1);
	assert_int_equal(pod->stale, 6);
	free(pod);
}

static void test_conditions(void **state)
{
	struct pod *pod = make("[init i]\ncommand = x\n[sidecar s]\ncommand = x\n"
			       "startupProbe.exec.command = x\n[container a]\ncommand = x\n");
	struct task i = {0, ROLE_MAIN, 1}, s = {1, ROLE_MAIN, 1}, a = {2, ROLE_MAIN, 1};

	(void)state;
	/* Proves: K8s 7.2.1, 7.2.2, 7.2.3, 7.2.4, 7.2.5, 7.2.7, 7.2.8 */
	STEP(pod, 1, .kind = EV_TIME);
	assert_true(condition(pod, COND_POD_SCHEDULED).on);
	assert_true(condition(pod, COND_READY_TO_START).on);
	assert_false(condition(pod, COND_INITIALIZED).on);
	assert_string_equal(condition(pod, COND_INITIALIZED).reason, "ContainersNotInitialized");
	assert_string_equal(condition(pod, COND_READY).reason, "ContainersNotReady");
	assert_false(condition(pod, COND_RESTARTING).on);
	assert_true(pod_is_incomplete(pod, &spec, 0) && pod_is_incomplete(pod, &spec, 1));
	assert_false(pod_is_incomplete(pod, &spec, 2));
	assert_false(pod_is_unready(pod, &spec, 0));
	assert_true(pod_is_unready(pod, &spec, 1) && pod_is_unready(pod, &spec, 2));
	STEP(pod, 2, .kind = EV_STARTED, .task = i);
	STEP(pod, 3, .kind = EV_OVER, .task = i, .how = OVER_EXITED);
	STEP(pod, 3, .kind = EV_EMPTY, .task = i);
	assert_false(pod_is_incomplete(pod, &spec, 0));
	STEP(pod, 4, .kind = EV_STARTED, .task = s);
	assert_int_equal(pod_running(pod, 1, ROLE_STARTUP), 1);
	assert_int_equal(pod_running(pod, 1, ROLE_READINESS), 0);
	assert_int_equal(pod_running(pod, 1, ROLE_PRE_STOP), 0);
	STEP(pod, 5, .kind = EV_VERDICT, .task = {1, ROLE_STARTUP, 1});
	assert_true(condition(pod, COND_INITIALIZED).on);
	assert_true(condition(pod, COND_INITIALIZED).since == 5);
	assert_null(condition(pod, COND_INITIALIZED).reason);
	STEP(pod, 6, .kind = EV_STARTED, .task = a);
	assert_true(condition(pod, COND_READY).on && condition(pod, COND_CONTAINERS_READY).on);
	assert_true(condition(pod, COND_READY).since == 6);
	assert_null(condition(pod, COND_READY).reason);
	assert_false(pod_is_unready(pod, &spec, 1));
	/* After initialisation a sidecar that crashes changes nothing of it. */
	STEP(pod, 7, .kind = EV_OVER, .task = s, .how = OVER_SIGNALLED, .code = 139);
	assert_true(condition(pod, COND_INITIALIZED).on);
	assert_false(condition(pod, COND_READY).on);
	assert_null(pod_phase_reason(pod));
	STEP(pod, 8, .kind = EV_DEADLINE);
	assert_string_equal(pod_phase_reason(pod), "DeadlineExceeded");
	assert_string_equal(condition(pod, COND_READY).reason, "PodFailed");
	free(pod);
	pod = make("[pod]\nrestartPolicy = Never\n[init i]\ncommand = x\n[container a]\n"
		   "command = x\n");
	STEP(pod, 1, .kind = EV_TIME);
	STEP(pod, 2, .kind = EV_OVER, .task = i, .how = OVER_NEVER_BEGAN, .code = 127);
	assert_true(pod->ended && pod_is_incomplete(pod, &spec, 0));
	free(pod);
	pod = make("[container a]\ncommand = x\nlifecycle.postStart.exec.command = x\n");
	STEP(pod, 1, .kind = EV_TIME);
	STEP(pod, 2, .kind = EV_STARTED, .task = {0, ROLE_MAIN, 1});
	assert_int_equal(pod_running(pod, 0, ROLE_POST_START), 1);
	/* A hook does not start: what says so is about something else. */
	STEP(pod, 2, .kind = EV_STARTED, .task = {0, ROLE_POST_START, 1});
	assert_int_equal(pod->stale, 1);
	assert_int_equal(pod_running(pod, 0, ROLE_POST_START), 1);
	free(pod);
	pod = make("[pod]\nrestartPolicy = Never\n[container a]\ncommand = x\n");
	a = (struct task){0, ROLE_MAIN, 1};
	STEP(pod, 1, .kind = EV_TIME);
	STEP(pod, 2, .kind = EV_STARTED, .task = a);
	STEP(pod, 3, .kind = EV_EMPTY, .task = a);
	STEP(pod, 3, .kind = EV_OVER, .task = a, .how = OVER_EXITED);
	assert_string_equal(condition(pod, COND_READY).reason, "PodCompleted");
	assert_string_equal(condition(pod, COND_INITIALIZED).reason, "PodCompleted");
	assert_false(condition(pod, COND_READY).on);
	free(pod);
}

/* Each invariant is seen to be broken. */
static void test_a_broken_state_is_noticed(void **state)
{
	struct pod *pod = make("[container a]\ncommand = x\nreadinessProbe.exec.command = x\n"
			       "[container b]\ncommand = x\n");
	struct pod *good = malloc(pod_size(2));
	struct ctr *c = &pod->ctr[0];

	(void)state;
	STEP(pod, 0, .kind = EV_TIME);
	STEP(pod, 1, .kind = EV_STARTED, .task = {0, ROLE_MAIN, 1});
	memcpy(good, pod, pod_size(2));
#define BREAK(change)                                                                              \
	do {                                                                                       \
		change;                                                                            \
		assert_non_null(pod_check(pod, &spec));                                            \
		memcpy(pod, good, pod_size(2));                                                    \
		assert_null(pod_check(pod, &spec));                                                \
	} while (0)
	BREAK(pod->n = 3);
	BREAK(pod->next = 3);
	BREAK(pod->ended = 1);
	BREAK(c->state = CTR_DONE + 1);
	BREAK(c->state = CTR_WAITING);
	BREAK((c->state = CTR_WAITING, c->live = 0));
	BREAK((c->live = c->populated = 0));
	BREAK(c->state = CTR_LINGERING);
	BREAK((c->ready = 1, c->started = 0));
	BREAK((c->ready = 1, c->live = 0, c->probe[2].running = 0));
	BREAK(pod->next = 0);
	BREAK((pod->ended = pod->ending = 1));
	BREAK(c->started = 0);
	BREAK((c->hook[HOOK_POST_START].running = 1, c->state = CTR_STOPPING));
	BREAK(c->hook[HOOK_PRE_STOP].running = 1);
	BREAK((c->hook[HOOK_PRE_STOP].running = 1, c->state = CTR_STOPPING, c->signalled = 1));
	BREAK(pod->prepare.gen = 1);
	BREAK(pod->prepared.on = 0);
	spec.prepare = true;
	BREAK(pod->prepared.on = 0);
	BREAK(pod->prepare.running = 1);
	BREAK((pod->prepared.on = 0, pod->prepare.running = 1, pod->ending = 1));
#undef BREAK
	free(good);
	free(pod);
}

/* ---- Random lives ---- */

static uint64_t seed;

/* One draw a statement: the order of two in an expression is the compiler's. */
static unsigned draw(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static const char *const pods[] = {
	"[init i]\ncommand = x\n[sidecar s]\ncommand = x\nstartupProbe.exec.command = x\n"
	"startupProbe.periodSeconds = 1\nlivenessProbe.exec.command = x\n[init j]\ncommand = x\n"
	"[sidecar t]\ncommand = x\nreadinessProbe.exec.command = x\n[container a]\ncommand = x\n"
	"livenessProbe.exec.command = x\nlivenessProbe.periodSeconds = 2\n"
	"readinessProbe.exec.command = x\n[container b]\ncommand = x\nmaxRestarts = 2\n"
	"startupProbe.exec.command = x\nstartupProbe.failureThreshold = 2\n",
	"[pod]\nrestartPolicy = Never\n[sidecar s]\ncommand = x\n[init i]\ncommand = x\n"
	"[container a]\ncommand = x\nessential = true\n[container b]\ncommand = x\n",
	"[pod]\nrestartPolicy = OnFailure\nterminationGracePeriodSeconds = 3\n[sidecar s]\ncommand "
	"= x\n"
	"[sidecar t]\ncommand = x\n[container a]\ncommand = x\nreadinessProbe.exec.command = x\n",
	"[init i]\ncommand = x\ntimeoutSeconds = 5\n[sidecar s]\ncommand = x\n"
	"lifecycle.postStart.exec.command = x\nlifecycle.preStop.sleep.seconds = 4\n"
	"[container a]\ncommand = x\nrestartPolicy = Never\nlifecycle.preStop.exec.command = x\n"
	"restartPolicyRules = RestartAllContainers In 1\nrestartPolicyRules = Restart In 2\n"
	"lifecycle.postStart.httpGet.port = 1\nlifecycle.postStart.timeoutSeconds = 3\n"
	"[container b]\ncommand = x\nlivenessProbe.exec.command = x\n",
};

static struct event random_event(const struct pod *pod, nsec now)
{
	struct event e = {.kind = EV_TIME};
	unsigned i = draw(pod->n);
	unsigned what = draw(8);
	unsigned role = draw(ROLES);
	unsigned old = draw(8);
	unsigned code = draw(3);

	e.task.ctr = (uint8_t)i;
	e.task.role = (uint8_t)(what < 5 ? ROLE_MAIN : role);
	e.task.gen = e.task.role == ROLE_MAIN ? pod->ctr[i].gen
		     : role < ROLE_POST_START ? pod->ctr[i].probe[role].gen
					      : pod->ctr[i].hook[role - ROLE_POST_START].gen;
	e.task.gen -= old == 0 && e.task.gen > 0;
	e.how = (enum over_how)draw(4);
	e.code = e.how == OVER_SIGNALLED ? 143 : (int)code;
	e.result = (enum probe_result)draw(4);
	e.deadline = now + draw(40) * NSEC_PER_SEC;
	e.force = old == 1;
	switch (what) {
	case 0:
	case 1: e.kind = EV_STARTED; break;
	case 2: e.kind = EV_OVER; break;
	case 3:
	case 4: e.kind = EV_EMPTY; break;
	case 5:
	case 6: e.kind = EV_VERDICT; break;
	default: e.kind = EV_OVER; break;
	}
	return e;
}

static uint64_t hash(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(1099511628211);
	return h;
}

/* The world keeps no secrets at the end: what was killed dies. */
static void bury_all(struct pod *pod, nsec *now)
{
	for (int round = 0; round < 20 && !pod->ended; round++) {
		*now += 10 * NSEC_PER_SEC;
		STEP(pod, *now, .kind = EV_TIME);
		for (unsigned i = 0; i < pod->n; i++) {
			struct task task = {(uint8_t)i, ROLE_MAIN, pod->ctr[i].gen};

			if (pod->ctr[i].state != CTR_KILLING)
				continue;
			STEP(pod, *now, .kind = EV_OVER, .task = task, .how = OVER_SIGNALLED,
			     .code = 137);
			STEP(pod, *now, .kind = EV_EMPTY, .task = task);
		}
	}
	assert_true(pod->ended);
}

static void test_random_lives_stay_sound_and_end(void **state)
{
	static struct actions again;
	uint64_t h = 0;

	(void)state;
	for (unsigned life = 0; life < 20000; life++) {
		struct pod *pod = make(pods[life % 4]), *copy = malloc(pod_size(spec.n));
		unsigned events = 0;
		nsec now = 0;

		seed = life * UINT64_C(0x9E3779B97F4A7C15) + 1;
		events = 5 + draw(60);
		STEP(pod, now, .kind = EV_TIME);
		for (unsigned n = 0; n < events; n++) {
			struct event e = random_event(pod, now);

			/* A copy through bytes lives the same life. */
			memcpy(copy, pod, pod_size(spec.n));
			pod_step(copy, &spec, now, &e, &again);
			step(pod, now, e);
			assert_memory_equal(copy, pod, pod_size(spec.n));
			assert_int_equal(again.n, actions.n);
			assert_memory_equal(again.v, actions.v, actions.n * sizeof *actions.v);
			h = hash(h, pod, pod_size(spec.n));
			now += (nsec)draw(3000) * NSEC_PER_MS;
		}
		STEP(pod, now, .kind = EV_STOP, .deadline = now + 30 * NSEC_PER_SEC);
		bury_all(pod, &now);
		free(copy);
		free(pod);
	}
	print_message("# hash of all states: %016llx\n", (unsigned long long)h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_events_are_counted_and_never_obeyed),
		cmocka_unit_test(test_the_state_of_sixteen_containers_is_below_8_kib),
		cmocka_unit_test(test_one_step_never_needs_more_actions_than_there_is_room_for),
		cmocka_unit_test(test_the_end_is_said_once),
		cmocka_unit_test(test_only_the_attempt_at_hand_prepares),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_a_broken_state_is_noticed),
		cmocka_unit_test(test_random_lives_stay_sound_and_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
