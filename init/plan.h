/*
 * plan.h - how a process of the pod is started, as data: decided before the fork, executed after.
 *
 * A plan is a list of steps.  It is made at boot, so that nothing is computed or allocated when a
 * container starts; the child of spawn() walks it.  Making one is a pure function of the pod file
 * and of the environment podinit was started with; `podinit check --plan` prints them.
 */
#ifndef PODINIT_INIT_PLAN_H
#define PODINIT_INIT_PLAN_H

#include <stdio.h>

#include "config/spec.h"
#include "init/pod.h"

enum step_kind {
	STEP_SESSION,  /* a session of its own */
	STEP_DEATHSIG, /* SIGKILL when podinit dies: where no PID namespace sees to it */
	STEP_INPUT,    /* standard input: /dev/null, or podinit's own */
	STEP_OUTPUT,   /* standard output and error: to the logger, or podinit's own */
	STEP_WORKDIR,  /* .text: the directory */
	STEP_SIGNALS,  /* every disposition default, nothing blocked */
	STEP_EXEC,     /* argv, looked for along .text */
	STEP_KINDS
};

struct step_data {
	enum step_kind kind;
	const char *text;
	bool own; /* STEP_INPUT, STEP_OUTPUT: podinit's own */
};

enum { PLAN_STEPS_MAX = STEP_KINDS, MARK_MAX = 128 };

struct plan {
	struct step_data v[PLAN_STEPS_MAX];
	unsigned n;
	char **argv;
	char **envp; /* ends with the slot `mark` and NULL */
	char *mark;  /* MARK_MAX bytes for "PODINIT_CONTAINER=...": the child fills it in */
};

/* What of the surroundings a plan depends on. */
struct plan_where {
	char *const *environ; /* podinit's own environment */
	bool machine;         /* then none of it but PATH, HOME and TERM is handed on */
	bool deathsig;        /* podinit is no PID 1 */
	bool logger;          /* output goes through the logger */
};

/* The role of the container is a process: its main one, or a probe or hook that executes one. */
bool plan_exists(const struct pod_spec *spec, unsigned ctr, enum role role);

/*
 * The plan of such a role.  Allocates, and aborts the boot by
 * returning false when there is no memory.  What it allocates is never freed.
 */
bool plan_make(struct plan *plan, const struct pod_spec *spec, unsigned ctr, enum role role,
	       const struct plan_where *where);

/* Prints it, a step a line. */
void plan_print(FILE *out, const struct plan *plan);

/*
 * Kubernetes' $(VAR) in `text`: $(NAME) becomes lookup(NAME), or stays when that is NULL; $$
 * becomes $, so $$(NAME) becomes the text $(NAME); what was put in is not looked at again.
 * Allocated; NULL: no memory.
 */
char *plan_expand(const char *text, const char *(*lookup)(const char *name, size_t len, void *arg),
		  void *arg);

/* "PODINIT_CONTAINER=NAME.GENERATION", or "...=NAME.ROLE.GENERATION" for another; the name of a
   cgroup is the part behind the "=". */
void plan_mark(char mark[MARK_MAX], const struct pod_spec *spec, struct task task);

/*
 * In a child of podinit: makes unreadable the mark that podinit itself was started with, if it runs
 * inside a container of another podinit.  /proc shows this memory, and the child would be taken for
 * a process of a container of that name.
 */
void plan_unmark(char *const environ_[]);

extern const char *const role_names[ROLES];

#endif
