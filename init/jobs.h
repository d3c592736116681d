/*
 * jobs.h - the table of processes that PID 1 started for the pod: which task is which pid.
 *
 * The only place where a task meets a pid.  A job is in the table until its process is reaped and
 * its group is empty and gone.  The table is sized at boot; a full one is an error of the start
 * that wanted a place, not of PID 1.
 */
#ifndef PODINIT_INIT_JOBS_H
#define PODINIT_INIT_JOBS_H

#include "init/group.h"

struct job {
	bool used;
	struct task task;
	pid_t pid;
	int pidfd;   /* -1: reaped */
	int errfd;   /* -1: it is known whether the program runs */
	bool over;   /* the core was told how it ended */
	bool killed; /* all of its group is to die: again, until it is empty */
	int told;    /* the signal that it could not notice, in whose place it was killed; or 0 */
	struct group group;
};

/* Places beyond one for each main process and probe: for probes that the kernel does not let die,
   while their successors already run. */
enum { JOBS_SPARE = 64 };

struct jobs {
	struct job *v;
	unsigned n;    /* places */
	unsigned high; /* no place at or above is used */
};

/* Boot: false without memory. */
bool jobs_open(struct jobs *jobs, unsigned containers);

/* A free place, or NULL. */
struct job *jobs_add(struct jobs *jobs);

/* Gives the place back and closes what the job still holds. */
void jobs_remove(struct jobs *jobs, struct job *job);

struct job *jobs_of_task(struct jobs *jobs, struct task task);
struct job *jobs_of_pid(struct jobs *jobs, pid_t pid);

#endif
