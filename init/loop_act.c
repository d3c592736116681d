/*
 * loop_act.c - what the core wants done: tasks started, ended and told, and what it says.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/logger.h"
#include "init/loop_part.h"
#include "init/procs.h"
#include "init/report.h"
#include "init/say.h"
#include "init/spawn.h"
#include "init/sys.h"
#include "probes/probe.h"

static void start_failed(struct task task, int err, const char *doing)
{
	bool pod = task.role == ROLE_PREPARE;
	/* A probe that comes just behind the end of its container finds nobody there. */
	bool late = task.role < ROLE_MAIN && err == ESRCH;

	say(late ? LEVEL_DEBUG : LEVEL_ERROR, "Failed", "%s=%s task=%s message=\"%s: %s\"",
	    pod ? "pod" : "container", pod ? sh.spec->name : sh.spec->ctr[task.ctr].name,
	    role_names[task.role], doing, strerror(err));
	/* What podinit lacks is no sign of ill health of the container. */
	loop_post_over(task, task.role < ROLE_MAIN ? OVER_NO_VERDICT : OVER_NEVER_BEGAN, 125);
}

void loop_remove_job(struct job *j)
{
	loop_drop(&j->pidfd);
	loop_drop(&j->errfd);
	loop_drop(&j->group.watch);
	jobs_remove(&sh.jobs, j);
}

/* Without a cgroup each look may watch another process. */
bool loop_job_empty(struct job *j)
{
	if (j->group.dir < 0)
		loop_drop(&j->group.watch);
	return group_empty(&j->group);
}

static int watch_job(struct job *j, const struct spawned *s)
{
	j->pid = j->group.session = s->pid;
	j->pidfd = s->pidfd;
	j->errfd = s->errfd;
	loop_watch(j->pidfd, EPOLLIN, READY_JOB, loop_index(j));
	loop_watch(j->errfd, EPOLLIN, READY_ERRFD, loop_index(j));
	return 0;
}

/* The main process of the container a probe or hook is for. */
static int main_of(struct task task)
{
	const struct job *j = jobs_of_task(
		&sh.jobs, (struct task){task.ctr, ROLE_MAIN, loop_state()->ctr[task.ctr].gen});

	return j ? j->pidfd : -1;
}

/* The file at terminationMessagePath, as podinit sees it.  False: the container has none. */
static bool message_path(char path[STAGE_PATH_MAX], unsigned ctr)
{
	const struct ctr_spec *cs = &sh.spec->ctr[ctr];

	if (!stage_is_open() || !(cs->rootfs || cs->message_path_given))
		return false;
	stage_message(sh.spec, ctr, path);
	return true;
}

/* What the instance before wrote is not to be taken for the next one's. */
static void clear_message(unsigned ctr)
{
	char path[STAGE_PATH_MAX];
	int fd;

	sh.said[ctr] = false;
	if (!message_path(path, ctr))
		return;
	fd = open(path, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	else
		say(LEVEL_DEBUG, "Failed", "message=\"emptying %s: %s\"", path, strerror(errno));
}

/* The file is on a tmpfs of podinit's own, and is opened without waiting: a container may hold a
   lease on it. */
void loop_take_message(unsigned ctr)
{
	char path[STAGE_PATH_MAX], text[LOGGER_TAIL_MAX];

	if (!message_path(path, ctr) || sys_read_file(AT_FDCWD, path, text, sizeof text) <= 0)
		return;
	sh.said[ctr] = true;
	report_message(sh.spec, ctr, text);
}

static int start_process(struct job *j, struct task task, const char **what)
{
	struct plan *plan = &sh.plan[task.ctr * ROLES + task.role];
	struct wires wires = {.in = sh.null,
			      .out = STDOUT_FILENO,
			      .err = STDERR_FILENO,
			      .users = sh.cfg.where.grants.users.ns};
	struct spawned s;
	int err = group_open(&j->group, sh.spec, task, what);

	if (err)
		return err;
	wires.cgroup = j->group.dir;
	if (sh.keepers.output) {
		wires.out = sh.keepers.output[task.ctr].write[0];
		wires.err = sh.keepers.output[task.ctr].write[1];
	}
	if (plan->join && (wires.join = main_of(task)) < 0)
		return ESRCH;
	if (task.role == ROLE_MAIN)
		clear_message(task.ctr);
	err = spawn(&s, plan, sh.spec, task, &wires);
	if (j->group.dir >= 0 && !groups_controllers() &&
	    (err == ENOSYS || err == EPERM || err == EACCES || err == EBUSY || err == EOPNOTSUPP)) {
		/* Born into a cgroup is what a filter or an odd hierarchy may forbid; then this
		   group is held together as where there are no cgroups. */
		group_close(&j->group);
		wires.cgroup = -1;
		err = spawn(&s, plan, sh.spec, task, &wires);
	}
	return err ? err : watch_job(j, &s);
}

static int start_preparing(struct job *j)
{
	struct spawned s;
	int err = spawn_preparing(&s, sh.spec);

	/* Its group is its session; no process has such a mark. */
	memcpy(j->group.mark, "-", sizeof "-");
	return err ? err : watch_job(j, &s);
}

static void start_job(struct task task)
{
	struct job *j = jobs_add(&sh.jobs);
	const char *what = "starting a process";
	int err;

	if (!j) {
		start_failed(task, EAGAIN, "no place for another process");
		return;
	}
	j->task = task;
	err = task.role == ROLE_PREPARE ? start_preparing(j) : start_process(j, task, &what);
	if (err) {
		jobs_remove(&sh.jobs, j);
		start_failed(task, err, what);
	}
}

bool loop_asks_prober(struct task task)
{
	return task.role < ROLE_MAIN &&
	       handler_asks(ctr_handler(&sh.spec->ctr[task.ctr], task.role));
}

static bool tell_prober(enum probe_ask_kind kind, struct task task)
{
	struct probe_ask ask = {(uint8_t)kind, task.role, task.ctr, 0, task.gen};
	int sock = sh.keepers.v[KEEPER_PROBER].sock;

	return sock >= 0 &&
	       send(sock, &ask, sizeof ask, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof ask;
}

static void act_start(const struct action *a)
{
	if (!loop_asks_prober(a->task))
		start_job(a->task);
	else if (!tell_prober(PROBE_ASK, a->task))
		loop_post_over(a->task, OVER_NO_VERDICT, 0);
}

static void kill_job(struct job *j)
{
	j->killed = true;
	group_kill(&j->group);
	if (j->pidfd >= 0)
		sys_pidfd_kill(j->pidfd, SIGKILL);
}

static bool has_executed(const struct job *j)
{
	struct pollfd p = {.fd = j->errfd, .events = POLLIN};

	/* The end of the pipe, with nothing in it, is an execve(). */
	return j->errfd < 0 || (poll(&p, 1, 0) == 1 && p.revents == POLLHUP);
}

/*
 * The kernel keeps from the first process of a PID namespace every signal it has no handler for; it
 * would not even notice, and take all of its grace.  It is killed in place of what the signal would
 * have done elsewhere.  One that has not executed its program yet would lose the signal the same
 * way: it stays blocked until the last step, which throws it away.  A program that installs its
 * handler between the look and the kill is one that the signal would have ended a moment before.
 */
static void tell_stop(struct job *j, int signo)
{
	bool first = sh.plan[j->task.ctr * ROLES + ROLE_MAIN].clone & CLONE_NEWPID;

	if (first && j->task.role == ROLE_MAIN &&
	    (!has_executed(j) || proc_is_deaf(j->pidfd, signo))) {
		j->told = signo;
		sys_pidfd_kill(j->pidfd, SIGKILL);
		return;
	}
	sys_pidfd_kill(j->pidfd, signo);
}

static void act_report(const struct action *a)
{
	struct job *j = jobs_of_task(&sh.jobs, a->task);
	const char *detail = sh.detail;
	char late[STAGE_WHY_MAX];

	/* The one failure nobody had a word for: the core itself gave the probe up. */
	if (a->reason == REASON_UNHEALTHY && !*detail)
		detail = "no answer within timeoutSeconds";
	/* Nor has a child that hangs. */
	if (a->reason == REASON_FAILED_MOUNT && a->code) {
		snprintf(late, sizeof late, "%s: it did not end in time", stage_busy_with());
		detail = late;
	}
	report_say(sh.spec, a, sh.now, j ? j->pid : 0, detail);
}

static void perform(const struct action *a)
{
	struct job *j = jobs_of_task(&sh.jobs, a->task);

	switch (a->kind) {
	case ACT_START: act_start(a); break;
	case ACT_REPORT: act_report(a); break;
	case ACT_END: sh.end = true; break;
	case ACT_CANCEL:
		/* A prober that takes no message would keep the question open for ever: another
		   one begins without it. */
		if (loop_asks_prober(a->task) && !tell_prober(PROBE_CANCEL, a->task) &&
		    sh.keepers.v[KEEPER_PROBER].pid)
			sys_pidfd_kill(sh.keepers.v[KEEPER_PROBER].pidfd, SIGKILL);
		else if (j)
			kill_job(j);
		break;
	case ACT_SIGNAL:
		if (j && j->pidfd >= 0)
			tell_stop(j, a->signal);
		break;
	case ACT_SIGNAL_ALL:
		if (j)
			group_signal(&j->group, a->signal);
		break;
	case ACT_KILL:
		if (j)
			kill_job(j);
		break;
	}
}

/* A report of the core tells of the event that caused it: only then its detail belongs to it. */
static void step(const struct event *e)
{
	struct pod *next = sh.slot[!sh.live];
	const char *broken;

	memcpy(next, loop_state(), pod_size(sh.spec->n));
	pod_step(next, sh.spec, sh.now, e, &sh.actions);
	sh.live = !sh.live;
	for (unsigned i = 0; i < sh.actions.n; i++)
		perform(&sh.actions.v[i]);
	broken = pod_check(loop_state(), sh.spec);
	if (broken)
		say(LEVEL_ERROR, "Bug", "message=\"%s\"", broken);
}

void loop_drain(void)
{
	while (sh.queue.n > 0) {
		struct event e = sh.queue.v[sh.queue.head];

		sh.queue.head = (sh.queue.head + 1) % ACTIONS_MAX;
		sh.queue.n--;
		step(&e);
		sh.detail[0] = '\0';
	}
}
