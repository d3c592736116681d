/*
 * loop_part.h - what the files of the loop share.  Nobody else sees it.
 *
 *     loop.c          the turns: what is ready, and when to wake
 *     loop_act.c      what the core wants done
 *     loop_process.c  processes that began, ended, or left something behind
 *     loop_hear.c     signals, and what the prober and the logger say
 */
#ifndef PODINIT_INIT_LOOP_PART_H
#define PODINIT_INIT_LOOP_PART_H

#include "init/jobs.h"
#include "init/keeper.h"
#include "init/loop.h"
#include "init/stage.h"

/* Messages of a helper that are taken in a turn, so that no flood of them holds up the rest. */
enum { VERDICTS_MAX = 64 };

enum ready_kind {
	READY_SIGNAL,
	READY_TIMER,
	READY_JOB,
	READY_ERRFD,
	READY_GROUP,
	READY_KEEPER,
	READY_DEADLINE,
	READY_VERDICT,
	READY_TAIL,
	READY_LOG,
};

/*
 * The events of a turn, in order.  A step can answer with as many events as it has actions (each
 * start may fail at once), and nothing new is taken in before the queue is empty.
 */
struct queue {
	struct event v[ACTIONS_MAX];
	unsigned head, n;
};

struct loop {
	struct loop_config cfg;
	const struct pod_spec *spec;
	/* The core steps on a copy, which then becomes the state: at every instruction one slot is
	   whole. */
	struct pod *slot[2];
	unsigned live;
	struct actions actions;
	struct queue queue;
	struct jobs jobs;
	struct keepers keepers;
	struct plan *plan; /* of each container, ROLES of them */
	int epoll, signals, timer, null;
	int deadline; /* activeDeadlineSeconds; -1: the pod has none */
	nsec now, armed;
	bool more;          /* there may be more to take in: do not sleep */
	bool orphans;       /* SIGCHLD came: someone ended */
	unsigned tails;     /* the logger owes so many */
	bool said[CTR_MAX]; /* the container wrote its termination message itself */
	bool end;
	char detail[STAGE_WHY_MAX]; /* for the report of the event at hand */
};

extern struct loop sh;

/* The state of the core. */
static inline struct pod *loop_state(void)
{
	return sh.slot[sh.live];
}

/* ---- loop.c ---- */

/* Hands an event to the core, when loop_drain() comes to it. */
void loop_post(const struct event *e);
void loop_post_over(struct task task, enum over_how how, int code);

void loop_watch(int fd, uint32_t events, enum ready_kind kind, unsigned index);

/* Closes a descriptor that may be watched, and sets it to -1. */
void loop_drop(int *fd);

unsigned loop_index(const struct job *j);

/* ---- loop_act.c ---- */

/* The core takes in all events that were posted, and what it wants is done. */
void loop_drain(void);

/* The task is a question to the prober. */
bool loop_asks_prober(struct task task);

/* The group of the job is empty; if not, its watch tells when to ask again. */
bool loop_job_empty(struct job *j);

void loop_remove_job(struct job *j);

/* What the container has written to its terminationMessagePath is said. */
void loop_take_message(unsigned ctr);

/* ---- loop_process.c ---- */

/* The pipe of a child that is to execute has something to say. */
void loop_job_began(struct job *j);

/* The process of the job may have ended. */
void loop_job_ready(struct job *j);

/* Its process is over: was it the last of its group? */
void loop_job_settle(struct job *j);

/* Everybody who ended, and had nobody else to see to it. */
void loop_reap(void);

/* ---- loop_hear.c ---- */

void loop_signals_ready(void);
void loop_verdicts_ready(void);
void loop_tails_ready(void);

/* Starts the helpers that are wanted and do not run. */
void loop_run_keepers(void);

/* A helper may have ended. */
void loop_keeper_ready(enum keeper_kind kind);

/* True: `pid` was a helper's, and is over. */
bool loop_keeper_pid(pid_t pid);

#endif
