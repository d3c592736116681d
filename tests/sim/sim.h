/*
 * sim.h - the simulator: random pods live in a random world, and an oracle watches.
 *
 *     pods.c    draws a pod, and writes it down as a pod.ini
 *     world.c   what processes, probes and hooks do: they crash, hang, ignore signals, leave
 *               daemons behind, answer late or twice
 *     oracle.c  says, in terms of that world, what must have happened and what must not
 *     sim.c     lives life after life
 *
 * A life is a function of its seed alone: the same with every compiler, since no two numbers are
 * drawn in one expression, whose order C leaves open.
 */
#ifndef PODINIT_TESTS_SIM_H
#define PODINIT_TESTS_SIM_H

#include "config/spec.h"
#include "init/pod.h"

enum { SIM_CTRS = 7 };

#define MS NSEC_PER_MS
#define S  NSEC_PER_SEC

/* ---- sim.c ---- */

/* A number below n. */
unsigned draw(unsigned n);

/* One time in n. */
bool once_in(unsigned n);

/* A line of the story, told when a life is lived again because something was wrong with it. */
void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern bool telling;

extern nsec sim_now;
extern struct pod_spec sim_spec;

/* ---- pods.c ---- */

void pods_draw(void);
void pods_print(void);

/* ---- world.c ---- */

void world_begin(void);

/* What the core asked for begins to happen. */
void world_act(const struct action *a);

/* When the next event happens; NSEC_NEVER: nothing happens any more. */
nsec world_next(void);

/* That event. */
void world_take(struct event *out);

/* ---- oracle.c ---- */

void oracle_begin(void);

/* Each of these returns NULL, or what is wrong. */

/* Before the core is told. */
const char *oracle_event(const struct event *e);

/* The core answered with this. */
const char *oracle_action(const struct action *a);

/* All its answers to an event, about container `at_hand`, are known, and when it wants to be called
   again.  `acted`: there were some. */
const char *oracle_settled(const struct pod *pod, unsigned at_hand, nsec deadline, bool acted);

bool oracle_ended(void);

#endif
