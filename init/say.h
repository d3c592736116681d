/*
 * say.h - podinit's own log: a line an event, logfmt, on standard error.
 *
 *     podinit[1] 0.012345 info Started container=web pid=12 restartCount=0
 *
 * The time is seconds since boot on a machine, since the start of podinit elsewhere.  A line is one
 * write of at most SAY_MAX bytes, so lines of several writers do not mix.
 *
 * say() never blocks and never fails.  Where standard error takes nothing (a full pipe, a slow
 * console, a stopped terminal), lines wait, in order; PID 1's loop writes them when there is room.
 * When SAY_BACKLOG bytes wait, new lines are dropped until all of them are written; then it is told
 * how many.
 *
 * A child of podinit has a copy of what waits, and leaves it alone: what it says itself is written
 * at once or dropped.
 */
#ifndef PODINIT_INIT_SAY_H
#define PODINIT_INIT_SAY_H

#include <stdbool.h>

#include "config/spec.h"

enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

enum {
	SAY_MAX = 1024, /* bytes of a line; below PIPE_BUF, so that a line is never split */
	SAY_BACKLOG = 32 << 10,
};

/* The level named `name`, or -1. */
int level_of(const char *name);

/*
 * Lines above `level` are not said.  `zero`: the CLOCK_MONOTONIC time that counts as 0.  To be
 * called at boot, once standard error is what it will be; until then nothing is said.
 */
void say_open(enum level level, nsec zero);

/* For machines: lines go to the console, which is opened anew when it has hung up. */
void say_to_console(void);

/* The descriptor that has to take more before the lines that wait can be written; -1: none wait. */
int say_waiting(void);

/* Writes of these lines what there is room for. */
void say_flush(void);

/* At the end: waits for room, for as long as there is more of it within a second. */
void say_close(void);

/* `reason` is a Kubernetes event reason or a word like it; `fmt` makes the rest, "key=value ...".
 */
void say(enum level level, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes `text` as a logfmt value, in quotes and escaped, into buf.  Returns buf. */
const char *say_quote(char *buf, size_t size, const char *text);

#endif
