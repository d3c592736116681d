/*
 * world.c - a world of processes that behave as badly as real ones.
 */
#include <signal.h>
#include <string.h>

#include "tests/sim/sim.h"

enum { EVENTS_MAX = 256 };

/* What an instance of a container will do. */
struct life {
	bool up;           /* its main process lives, or its start is under way */
	bool daemons;      /* it has left something behind */
	bool emptied;      /* that nothing is left was told, or is about to be */
	bool deaf;         /* to the stop signal */
	bool leaves;       /* daemons, when it ends */
	bool daemons_deaf; /* they are deaf */
	nsec obeys;        /* so long after the signal; 0: it dies of it */
	int obeys_with;
	uint32_t gen;
};

static struct life life[SIM_CTRS];
static struct pending {
	nsec at;
	struct event event;
} queue[EVENTS_MAX]; /* by .at, the latest first */
static unsigned n_queue;
static nsec stop_at;
static unsigned stops;

static void schedule(nsec at, const struct event *e)
{
	unsigned i = n_queue;

	if (n_queue == EVENTS_MAX)
		return;
	/* What comes later in the same moment was scheduled later. */
	for (; i > 0 && queue[i - 1].at <= at; i--)
		queue[i] = queue[i - 1];
	queue[i] = (struct pending){at, *e};
	n_queue++;
}

/* Of an event that may be told a second time, out of season. */
static void schedule_maybe_twice(nsec at, const struct event *e)
{
	schedule(at, e);
	if (once_in(64))
		schedule(at + (nsec)(1 + draw(5000)) * MS, e);
}

static nsec some_time(nsec most)
{
	unsigned kind = draw(4);
	nsec t = 0;

	if (kind == 1)
		t = (nsec)draw(1000) * MS;
	else if (kind > 1)
		t = (nsec)draw((unsigned)(most / MS)) * MS;
	return t;
}

static void schedule_stop(nsec at)
{
	struct event e = {.kind = EV_STOP};
	unsigned grace = draw(4);

	e.deadline = at + (nsec)(grace == 0 ? 0 : draw(40)) * S;
	e.force = once_in(stops > 0 ? 2 : 10);
	e.end = (enum end_how)draw(3);
	stops++;
	schedule(at, &e);
}

void world_begin(void)
{
	memset(life, 0, sizeof life);
	n_queue = 0;
	stops = 0;
	stop_at = NSEC_NEVER;
	if (sim_spec.active_deadline != NSEC_NEVER)
		schedule(sim_spec.active_deadline, &(struct event){.kind = EV_DEADLINE});
	if (once_in(2)) {
		nsec at = some_time(200 * S);

		schedule_stop(at);
		while (once_in(3)) {
			at += some_time(20 * S);
			schedule_stop(at);
		}
	}
}

/* The main process of the instance ends at `at`, if it did not before. */
static void end_main(unsigned i, nsec at, enum over_how how, int code)
{
	struct event e = {.kind = EV_OVER, .how = how, .code = code};

	e.oom = once_in(8);
	e.task = (struct task){(uint8_t)i, ROLE_MAIN, life[i].gen};
	schedule_maybe_twice(at, &e);
}

static void start_main(unsigned i, uint32_t gen)
{
	struct life *l = &life[i];
	struct task task = {(uint8_t)i, ROLE_MAIN, gen};
	nsec starts = sim_now;
	unsigned code = draw(6);
	static const int codes[] = {0, 0, 1, 2, 42, 255};

	memset(l, 0, sizeof *l);
	l->up = true;
	l->gen = gen;
	if (once_in(4))
		starts += some_time(2 * S);
	if (once_in(12)) {
		end_main(i, starts, OVER_NEVER_BEGAN, once_in(2) ? 127 : 126);
		return;
	}
	l->deaf = once_in(6);
	l->leaves = once_in(5);
	l->daemons_deaf = once_in(2);
	if (once_in(2)) {
		l->obeys = 1 + some_time(8 * S);
		l->obeys_with = codes[draw(6)];
	}
	schedule_maybe_twice(starts, &(struct event){.kind = EV_STARTED, .task = task});
	/* Half of all run until they are told to stop; an init container that did would be dull. */
	if (sim_spec.ctr[i].kind == CTR_INIT || once_in(2)) {
		nsec runs = some_time(once_in(4) ? 900 * S : 15 * S);

		if (once_in(8))
			end_main(i, starts + runs, OVER_SIGNALLED, once_in(2) ? 139 : 143);
		else
			end_main(i, starts + runs, OVER_EXITED, codes[code]);
	}
}

static void start_prepare(struct task task)
{
	static const enum over_how hows[] = {OVER_EXITED, OVER_EXITED, OVER_SIGNALLED,
					     OVER_NEVER_BEGAN, OVER_NO_VERDICT};
	struct event e = {.kind = EV_OVER, .task = task};
	unsigned how = draw(10);
	nsec takes = some_time(once_in(4) ? 200 * S : 5 * S);

	if (how == 0)
		return; /* it hangs */
	e.how = how < 5 ? hows[how] : OVER_EXITED;
	e.code = how == 1 ? 1 : 0;
	schedule_maybe_twice(sim_now + takes, &e);
}

static void start_handler(struct task task)
{
	bool hook = task.role >= ROLE_POST_START;
	struct event e = {.kind = EV_VERDICT, .task = task};
	unsigned how = draw(16);
	nsec takes = some_time(4 * S);

	if (how == 0)
		return; /* it hangs */
	e.result = how < (hook ? 3 : 6) ? RESULT_FAILURE
		   : how == 6           ? RESULT_WARNING
		   : how == 7 && !hook  ? RESULT_ERROR
					: RESULT_SUCCESS;
	if (sim_spec.ctr[task.ctr].hook[0].handler.kind == HANDLER_EXEC && how > 7) {
		e.kind = EV_OVER;
		e.how = how == 8 && !hook ? OVER_NO_VERDICT
			: how == 9        ? OVER_SIGNALLED
					  : OVER_EXITED;
		e.code = how == 9 ? 137 : 0;
	}
	schedule_maybe_twice(sim_now + takes, &e);
}

/* Something of instance `gen` ends; what it leaves is told to. */
static void empty(unsigned i, nsec at)
{
	struct task task = {(uint8_t)i, ROLE_MAIN, life[i].gen};

	schedule_maybe_twice(at, &(struct event){.kind = EV_EMPTY, .task = task});
}

static void signal_main(unsigned i, int signo)
{
	struct life *l = &life[i];

	if (!l->up || l->deaf)
		return;
	if (l->obeys)
		end_main(i, sim_now + l->obeys, OVER_EXITED, l->obeys_with);
	else
		end_main(i, sim_now, OVER_SIGNALLED, 128 + signo);
}

static void kill_all(unsigned i)
{
	struct life *l = &life[i];
	nsec at = sim_now;

	/* What hangs in the kernel dies late. */
	if (once_in(30))
		at += some_time(30 * S);
	if (l->up)
		end_main(i, at, OVER_SIGNALLED, 137);
	l->leaves = false;
	if (!l->up)
		empty(i, at);
}

void world_act(const struct action *a)
{
	unsigned i = a->task.ctr;

	switch (a->kind) {
	case ACT_START:
		if (a->task.role == ROLE_MAIN)
			start_main(i, a->task.gen);
		else if (a->task.role == ROLE_PREPARE)
			start_prepare(a->task);
		else
			start_handler(a->task);
		break;
	case ACT_SIGNAL: signal_main(i, a->signal); break;
	case ACT_SIGNAL_ALL:
		if (!life[i].daemons_deaf)
			empty(i, sim_now + some_time(3 * S));
		break;
	case ACT_KILL: kill_all(i); break;
	case ACT_CANCEL: /* a late answer may come all the same */
	case ACT_REPORT:
	case ACT_END: break;
	}
}

nsec world_next(void)
{
	return n_queue ? queue[n_queue - 1].at : NSEC_NEVER;
}

/* A main process ends but once: what was going to happen to it later does not. */
static bool happens(const struct event *e)
{
	struct life *l = &life[e->task.ctr];

	if (e->kind != EV_OVER || e->task.role != ROLE_MAIN || e->task.gen != l->gen)
		return true;
	if (!l->up)
		return once_in(16); /* told a second time */
	l->up = false;
	l->daemons = l->leaves && e->how != OVER_NEVER_BEGAN;
	return true;
}

/* The end of a main process that leaves nothing behind comes with another event, which says so;
   before it, as the shell tells it when it can, or after it. */
static void tell_emptiness(struct event *over)
{
	struct life *l = &life[over->task.ctr];
	struct event last = {.kind = EV_EMPTY, .task = over->task};

	if (over->kind != EV_OVER || over->task.role != ROLE_MAIN || over->task.gen != l->gen ||
	    l->daemons || l->emptied || over->how == OVER_NEVER_BEGAN)
		return;
	l->emptied = true;
	if (once_in(2)) {
		schedule(sim_now, over);
		l->up = true;
		*over = last;
	} else {
		schedule(sim_now, &last);
	}
}

void world_take(struct event *out)
{
	*out = (struct event){.kind = EV_TIME};
	if (n_queue == 0)
		return;
	if (!happens(&queue[n_queue - 1].event)) {
		n_queue--;
		return;
	}
	*out = queue[--n_queue].event;
	tell_emptiness(out);
}
