/*
 * keeper.h - podinit's two helper processes, which PID 1 keeps alive: the logger, which reads what
 * containers print, and the prober, which reads what they answer.
 *
 * Both are forks without privileges.  PID 1 holds both ends of every output pipe, so a logger that
 * dies loses only what it had already read; open questions of a prober that dies end without a
 * verdict.  A pod that needs neither starts neither.
 *
 * A helper is started again at once, but not more than once a second.
 */
#ifndef PODINIT_INIT_KEEPER_H
#define PODINIT_INIT_KEEPER_H

#include <sys/types.h>

#include "config/spec.h"

enum keeper_kind { KEEPER_LOGGER, KEEPER_PROBER, KEEPERS };

struct keeper {
	bool wanted;
	pid_t pid; /* 0: it does not run */
	int pidfd, sock;
	nsec again; /* not to be started before */
};

struct output {
	int read[2], write[2]; /* standard output, standard error */
};

struct keepers {
	struct keeper v[KEEPERS];
	const struct pod_spec *spec;
	struct output *output; /* of each container; NULL without a logger */
};

/* A pod needs this one. */
bool keeper_wanted(const struct pod_spec *spec, enum keeper_kind kind);

/* Boot: decides what is needed and makes the pipes, starting nothing.  0, or errno. */
int keepers_open(struct keepers *k, const struct pod_spec *spec);

/* Starts one.  False: it could not be, and .again says when to try next. */
bool keeper_start(struct keepers *k, enum keeper_kind kind, nsec now);

/* A container's instance is over: an unfinished last line of it is to be ended, and if the file
   asks for its last words, the logger will send them.  False: it does not hear. */
bool keepers_flush(struct keepers *k, unsigned ctr);

/* The end of the pod: the prober is told to end, and the logger to write what is left; waits for
   the logger until `patience` has passed without its ending. */
void keepers_close(struct keepers *k, nsec patience);

#endif
