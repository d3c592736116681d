/*
 * sim.c - lives random lives and stops at the first that goes wrong.
 *
 *     sim [-s SEED] [-n LIVES] [-v]       -v: tell the story of each
 *
 * Prints how many lives and steps it lived, how fast, and a hash of all that happened, which is the
 * same for every compiler.  A life that goes wrong is lived again and told: seed, pod file, story.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEPS_MAX = 300, MOST_STEPS = 20000 };

bool telling;
nsec sim_now;
struct pod_spec sim_spec;

static uint64_t state, hash;
static unsigned long steps, snapshots;
static unsigned most_actions;

unsigned draw(unsigned n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

bool once_in(unsigned n)
{
	return draw(n) == 0;
}

void tell(const char *fmt, ...)
{
	va_list ap;

	if (!telling)
		return;
	va_start(ap, fmt);
	printf("%12.3f  ", (double)sim_now / 1e9);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

/* ---- The story ---- */

static void tell_event(const struct event *e)
{
	static const char *const kinds[] = {"time",    "started", "over",    "empty",
					    "verdict", "stop",    "deadline"};
	static const char *const hows[] = {"exited", "signalled", "never began", "no verdict"};
	static const char *const results[] = {"success", "failure", "warning", "error"};

	if (!telling)
		return;
	if (e->kind == EV_TIME || e->kind == EV_DEADLINE)
		tell("%s", kinds[e->kind]);
	else if (e->kind == EV_STOP)
		tell("stop, until %.3f%s", (double)e->deadline / 1e9, e->force ? ", now" : "");
	else
		tell("%s %s.%u %s %s %d%s", sim_spec.ctr[e->task.ctr].name,
		     role_names[e->task.role], e->task.gen, kinds[e->kind],
		     e->kind == EV_OVER      ? hows[e->how]
		     : e->kind == EV_VERDICT ? results[e->result]
					     : "",
		     e->code, e->oom ? ", out of memory" : "");
}

static void tell_action(const struct action *a)
{
	static const char *const kinds[] = {"start", "cancel", "signal", "signal all",
					    "kill",  "report", "end"};

	if (telling)
		tell("    -> %s %s.%u %s %d %d", sim_spec.ctr[a->task.ctr].name,
		     role_names[a->task.role], a->task.gen, kinds[a->kind], (int)a->reason,
		     a->code);
}

/* ---- A life ---- */

static struct pod *pod, *copy;
static struct actions actions, copied;
static nsec deadline; /* when the core wants to be called */

static void mix(uint64_t v)
{
	hash = (hash ^ v) * UINT64_C(1099511628211);
}

/* The state is copied through bytes and both live on: they must agree. */
static const char *step(const struct event *e)
{
	bool twice = once_in(20);

	if (twice) {
		memcpy(copy, pod, pod_size(sim_spec.n));
		pod_step(copy, &sim_spec, sim_now, e, &copied);
		snapshots++;
	}
	pod_step(pod, &sim_spec, sim_now, e, &actions);
	if (!twice)
		return NULL;
	if (memcmp(copy, pod, pod_size(sim_spec.n)) != 0 || copied.n != actions.n ||
	    memcmp(copied.v, actions.v, actions.n * sizeof *actions.v) != 0)
		return "a copy of the state lives another life";
	return NULL;
}

static const char *one_event(const struct event *e)
{
	const char *wrong = oracle_event(e);

	steps++;
	tell_event(e);
	if (!wrong)
		wrong = step(e);
	if (actions.n > most_actions)
		most_actions = actions.n;
	mix((uint64_t)sim_now ^ (uint64_t)e->kind << 60);
	for (unsigned i = 0; i < actions.n && !wrong; i++) {
		const struct action *a = &actions.v[i];

		tell_action(a);
		mix((uint64_t)a->kind << 40 ^ (uint64_t)a->task.role << 32 ^ a->task.gen);
		wrong = oracle_action(a);
		world_act(a);
	}
	if (!wrong && actions.n > 0)
		wrong = pod_check(pod, &sim_spec);
	deadline = pod_deadline(pod, &sim_spec);
	if (!wrong)
		wrong = oracle_settled(pod, e->task.ctr, deadline, actions.n > 0);
	return wrong;
}

/* The core is called when it is due, or, in some lives, later: the machine was busy, or asleep. */
static nsec call_time(bool late)
{
	nsec t = deadline;

	if (late && t != NSEC_NEVER && once_in(3))
		t += (nsec)draw(3000) * MS;
	return t;
}

static const char *live(void)
{
	const char *wrong;
	bool late = once_in(4), stopped = false;
	struct event e = {.kind = EV_TIME};

	pods_draw();
	sim_now = 0;
	pod_init(pod, &sim_spec);
	oracle_begin();
	world_begin();
	wrong = one_event(&e);
	for (unsigned n = 0; !wrong && !oracle_ended(); n++) {
		nsec call = call_time(late), next = world_next();

		if (n > STEPS_MAX && !stopped) {
			e = (struct event){.kind = EV_STOP, .deadline = sim_now + 30 * S};
			stopped = true;
		} else if (n > MOST_STEPS) {
			return "the pod was asked to stop and does not end";
		} else if (next == NSEC_NEVER && call == NSEC_NEVER) {
			/* Nothing happens any more: a pod that runs well.  Then it is stopped. */
			if (stopped)
				return "nothing is due, nothing happens, and the pod has not ended";
			sim_now += 5 * S;
			e = (struct event){.kind = EV_STOP, .deadline = sim_now + 30 * S};
			stopped = true;
		} else if (next <= call) {
			sim_now = next > sim_now ? next : sim_now;
			world_take(&e);
		} else {
			sim_now = call > sim_now ? call : sim_now;
			e = (struct event){.kind = EV_TIME};
		}
		wrong = one_event(&e);
	}
	return wrong;
}

static const char *live_seed(uint64_t seed)
{
	/* splitmix64: neighbouring seeds have nothing in common. */
	state = seed + UINT64_C(0x9E3779B97F4A7C15);
	state = (state ^ (state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	state = (state ^ (state >> 27)) * UINT64_C(0x94D049BB133111EB);
	state = (state ^ (state >> 31)) | 1;
	return live();
}

static void show(uint64_t seed, const char *wrong)
{
	printf("not ok simulation: %s\n# seed %" PRIu64 ", its pod:\n", wrong, seed);
	telling = true;
	live_seed(seed);
	printf("%s\n# the pod of seed %" PRIu64 ":\n", wrong, seed);
	pods_print();
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, lives = 10000;
	struct timespec a, b;
	double s;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-s") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
			lives = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-v") == 0)
			telling = true;
		else
			return 2;
	}
	pod = calloc(1, pod_size(SIM_CTRS));
	copy = calloc(1, pod_size(SIM_CTRS));
	if (!pod || !copy)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (uint64_t n = 0; n < lives; n++) {
		const char *wrong = live_seed(seed + n);

		if (wrong) {
			show(seed + n, wrong);
			return 1;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("# %" PRIu64
	       " lives, %lu steps, %lu of them twice from a copy, %.1f s: %.2f million "
	       "steps a second; at most %u actions a step; hash %016" PRIx64 "\n",
	       lives, steps, snapshots, s, (double)steps / s / 1e6, most_actions, hash);
	return 0;
}
