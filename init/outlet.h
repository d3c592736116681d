/*
 * outlet.h - one of the two places the logger writes to: podinit's standard output or error.
 *
 * Lines go in whole and come out whole.  They are collected, and written when there are many or
 * when the logger has nothing else to do.  A write ends with the end of a line, and no other line
 * of ours ever comes between the parts of one that is too long for one write.  Up to PIPE_BUF
 * bytes (2048 on a terminal) go in one write, so shorter lines do not mix with those of others who
 * share the descriptor either.
 *
 * Nobody can hold an outlet for ever.  While a reader is slow the outlet is waiting, takes nothing,
 * and the applications wait with it: nothing is lost.  If nothing at all was taken for
 * OUTLET_PATIENCE it is stuck: lines are dropped and counted from then on.  So they are if writing
 * fails (a full disk, a hung-up terminal).  As soon as it works again, first the line that was
 * broken off is ended, if there is one, and a line of podinit's tells how many were dropped.
 */
#ifndef PODINIT_INIT_OUTLET_H
#define PODINIT_INIT_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/spec.h"

#define OUTLET_PATIENCE NSEC_PER_SEC

enum { OUTLET_ROOM = 32 << 10 };

enum outlet_state {
	OUTLET_OPEN,
	OUTLET_WAITING, /* for the reader; takes no lines */
	OUTLET_STUCK,   /* nothing was taken for too long: drops, until the descriptor is ready */
	OUTLET_BROKEN,  /* .error: drops, and tries again when there is more to write */
};

/* How to write without being held up.  See outlet.c. */
enum outlet_kind { OUTLET_FILE, OUTLET_PIPE, OUTLET_SOCKET, OUTLET_OTHER };

struct outlet {
	int fd; /* not ours: its flags are shared with others and stay as they are */
	const char *title;
	enum outlet_state state;
	enum outlet_kind kind;
	int error;
	size_t most;            /* bytes of one write */
	nsec since;             /* nothing was taken: WAITING and STUCK */
	uint64_t dropped, told; /* lines not written; of these, known when it was last tried */
	bool half;              /* the last byte written was not the end of a line */
	size_t begin, end;      /* what is in buf and not yet written: whole lines but for .half */
	char buf[OUTLET_ROOM];
};

/*
 * Signals: SIGALRM must not be blocked, SIGPIPE and SIGXFSZ must be ignored; outlets_prepare() does
 * that for the process.
 */
void outlets_prepare(void);

/* `title` as in "standard output"; it is kept, not copied. */
void outlet_init(struct outlet *o, int fd, const char *title);

/*
 * Takes the line of a prefix and n bytes, and ends it if it does not end with a newline; all of it
 * must be less than OUTLET_ROOM.  False: it is waiting; try again when it is not.
 */
bool outlet_add(struct outlet *o, const char *prefix, size_t prefix_len, const char *line,
		size_t n);

/* Writes what was taken, as far as the reader lets it. */
void outlet_flush(struct outlet *o);

/* The descriptor is to be watched for writing, and ready when it was. */
bool outlet_watches(const struct outlet *o);
void outlet_ready(struct outlet *o);

/* A waiting outlet is stuck from its deadline on; NSEC_NEVER: it does not wait. */
nsec outlet_deadline(const struct outlet *o);
void outlet_expire(struct outlet *o, nsec now);

/* The end: one more try, and what is still not told of dropped lines is told on the other one. */
void outlet_close(struct outlet *o, struct outlet *other);

/* Gives up what was taken because of errno `err`. */
void outlet_fail(struct outlet *o, int err);

#endif
