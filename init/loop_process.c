/*
 * loop_process.c - processes that began, ended, or left something behind.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/loop_part.h"
#include "init/spawn.h"
#include "init/sys.h"

/* Orphans that are reaped in a turn. */
enum { REAP_MAX = 256 };

/* What could not be made ready, in words. */
static void prepare_said(struct job *j)
{
	ssize_t n = j->errfd < 0 ? 0 : read(j->errfd, sh.detail, sizeof sh.detail - 1);

	sh.detail[n > 0 ? n : 0] = '\0';
	loop_drop(&j->errfd);
}

void loop_job_began(struct job *j)
{
	struct spawn_failure f;
	const struct plan *plan;
	int outcome;

	/* Its end is all that matters. */
	if (j->task.role == ROLE_PREPARE)
		return;
	plan = &sh.plan[j->task.ctr * ROLES + j->task.role];
	outcome = j->errfd >= 0 ? spawn_outcome(j->errfd, &f) : -1;
	if (outcome < 0)
		return;
	loop_drop(&j->errfd);
	if (outcome == 0) {
		if (j->task.role == ROLE_MAIN)
			loop_post(&(struct event){.kind = EV_STARTED, .task = j->task});
	} else {
		int status = spawn_status(plan, &f);

		spawn_message(sh.detail, sizeof sh.detail, plan, &f);
		loop_post_over(j->task,
			       j->task.role == ROLE_MAIN || status != 125 ? OVER_NEVER_BEGAN
									  : OVER_NO_VERDICT,
			       status);
		j->over = true;
	}
	loop_drain();
}

/* The process is over: all that is left to know is whether it was the last of its group. */
void loop_job_settle(struct job *j)
{
	int watched = j->group.watch;

	if (loop_job_empty(j)) {
		if (j->task.role == ROLE_MAIN)
			loop_post(&(struct event){.kind = EV_EMPTY, .task = j->task});
		loop_drain();
		if (j->pidfd < 0)
			loop_remove_job(j);
		return;
	}
	/* What a probe leaves behind has no business, whether it ended or was cancelled. */
	if (j->killed || j->task.role != ROLE_MAIN)
		group_kill(&j->group);
	if (j->group.dir < 0)
		loop_watch(j->group.watch, EPOLLIN, READY_GROUP, loop_index(j));
	else if (watched >= 0 && j->pidfd < 0)
		loop_watch(j->group.watch, EPOLLPRI, READY_GROUP, loop_index(j));
}

static void post_exit(struct job *j, const siginfo_t *si)
{
	bool empty = loop_job_empty(j);

	int status = si->si_status;

	if (j->over)
		return;
	j->over = true;
	if (j->task.role == ROLE_PREPARE)
		prepare_said(j);
	/* Told first, so that the core does not signal what is not there. */
	if (empty && j->task.role == ROLE_MAIN)
		loop_post(&(struct event){.kind = EV_EMPTY, .task = j->task});
	if (j->task.role != ROLE_MAIN && !sh.detail[0])
		snprintf(sh.detail, sizeof sh.detail,
			 si->si_code == CLD_EXITED ? "exit status %d" : "ended by signal %d",
			 si->si_status);
	if (si->si_code != CLD_EXITED && status == SIGKILL && j->told)
		status = j->told;
	loop_post(&(struct event){
		.kind = EV_OVER,
		.task = j->task,
		.how = si->si_code == CLD_EXITED ? OVER_EXITED : OVER_SIGNALLED,
		.code = si->si_code == CLD_EXITED ? status : 128 + status,
		.oom = j->task.role == ROLE_MAIN && group_oom(&j->group),
	});
}

/*
 * A process of ours has ended.  The order is: look at it without reaping, let the core take it in,
 * and reap then.  Until it is reaped its pid cannot be given to another process.
 */
static void job_ended(struct job *j, const siginfo_t *si, bool reaped)
{
	siginfo_t ignored;

	loop_job_began(j);
	if (j->task.role == ROLE_MAIN)
		loop_take_message(j->task.ctr);
	post_exit(j, si);
	if (j->task.role == ROLE_MAIN && keepers_flush(&sh.keepers, j->task.ctr))
		sh.tails += sh.spec->ctr[j->task.ctr].message_policy == MESSAGE_FALLBACK_TO_LOGS;
	loop_drain();
	if (!reaped)
		waitid(P_PID, (id_t)j->pid, &ignored, WEXITED | WNOHANG);
	loop_drop(&j->pidfd);
	loop_drop(&j->errfd);
	loop_job_settle(j);
}

void loop_job_ready(struct job *j)
{
	siginfo_t si = {0};

	if (j->pidfd >= 0 && waitid(P_PID, (id_t)j->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    si.si_pid)
		job_ended(j, &si, false);
}

/*
 * Orphans are reaped in bulk, without a look.  One of ours that ends just now may be among them:
 * then its status is taken from here.  Its pidfd then has nothing to tell any more.
 */
void loop_reap(void)
{
	unsigned n;

	for (n = 0; n < REAP_MAX; n++) {
		siginfo_t si = {0};
		struct job *j;

		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
			return;
		j = jobs_of_pid(&sh.jobs, si.si_pid);
		if (j)
			job_ended(j, &si, true);
		else
			loop_keeper_pid(si.si_pid);
	}
	sh.more = sh.orphans = true;
}
