/*
 * logger.h - the logger: one child process that carries what containers print to podinit's own
 * standard output and error, in whole lines.
 *
 * PID 1 holds both ends of every pipe all the time.  A logger that dies is replaced by another, and
 * only what the dead one had already read is lost; and no pipe ever ends before PID 1 ends.
 *
 * A line comes out as it came in, byte by byte, behind "NAME | " if prefixes are wanted.  Lines of
 * one container's stream keep their order.  A line of more than LOGGER_LINE_MAX bytes comes out in
 * pieces of that length, each of them a line with its prefix: the other containers do not wait for
 * an end that may never come.  A stream that floods is read no more than LOGGER_LINE_MAX bytes at a
 * time while others have something to say.
 *
 * What happens when nobody takes the output: outlet.h.
 */
#ifndef PODINIT_INIT_LOGGER_H
#define PODINIT_INIT_LOGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/spec.h"

enum {
	LOGGER_SOURCES_MAX = 2 * CTR_MAX,
	LOGGER_LINE_MAX = 16 << 10,
	LOGGER_TAIL_MAX = 2048,     /* bytes of a tail, and */
	LOGGER_TAIL_LINES_MAX = 80, /* lines, as the kubelet's */
};

/* The last of what an instance printed, on both streams. */
struct logger_tail {
	uint16_t ctr, len;
	char text[LOGGER_TAIL_MAX];
};

/* Container i of the pod has the sources 2i, its standard output, and 2i + 1, its error. */
struct logger_source {
	int fd;     /* the reading end of a pipe, with O_NONBLOCK */
	uint8_t to; /* 1: standard output, 2: standard error */
	const char *name;
	bool tail; /* the last of it is to be told at the end of an instance */
};

/*
 * The logger's life.  `control` is one end of a SOCK_SEQPACKET pair:
 *
 * - A message of two bytes, a uint16_t i: an instance of container i has ended.  What its pipes
 * hold is written, and then a last line without an end is ended, so that the next instance begins
 * on a line of its own.  (What the next instance has already written by then counts as its
 *   predecessor's: an unfinished line may meet a first one if the logger was busy.)  If its sources
 *   say so, a struct logger_tail comes back, cut behind .len.
 * - The other end is closed: what the pipes hold at that moment is written, and logger_run()
 *   returns.  If an outlet takes nothing, that is OUTLET_PATIENCE later.
 *
 * Returns at once if it cannot get memory or an epoll descriptor.  Changes signal dispositions of
 * the process (outlet.h); SIGTTOU should be blocked or ignored, so that a terminal's owner may be
 * another.  Allocates when it begins, and no more.
 */
void logger_run(const struct logger_source *src, unsigned n, int control, bool prefix, int out,
		int err);

#endif
