/*
 * run.h - the call `run`: where podinit finds itself, what it boots there, and how that ends.
 */
#ifndef PODINIT_INIT_RUN_H
#define PODINIT_INIT_RUN_H

#include <signal.h>
#include <stdbool.h>

#include "config/spec.h"
#include "init/say.h"

enum habitat {
	HABITAT_MACHINE,   /* PID 1 of the initial PID namespace */
	HABITAT_CONTAINER, /* PID 1 of any other */
	HABITAT_PROCESS    /* not PID 1 */
};

struct run_options {
	char **argv; /* all of podinit's arguments */
	enum level level;
	bool level_given;
	nsec grace;       /* --grace; -1: not given */
	bool group;       /* -g */
	bool lenient;     /* --lenient */
	const char *file; /* POD.INI; NULL: none given */
	char **command;   /* what follows "--"; NULL: none */
	sigset_t mask;    /* the signal mask podinit was started with */
	nsec began;       /* when */
};

/* The statuses that mean the same everywhere. */
enum { STATUS_USAGE = 2, STATUS_FAILED = 125 };

enum habitat habitat_of(void);

/* Runs the pod or the command; returns the status to end with. */
int run_call(const struct run_options *options, enum habitat habitat);

/* Boots the machine, runs its pod and ends the machine. */
_Noreturn void run_machine(void);

/* The call `check`: prints what is wrong with a pod file, or with `plan` how it would be started.
 */
int check_call(const char *file, bool plan);

/* The pod file to use where none is given. */
const char *default_file(void);

#endif
