#include "init/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/halt.h"
#include "init/jobs.h"
#include "init/keeper.h"
#include "init/left.h"
#include "init/logger.h"
#include "init/procs.h"
#include "init/report.h"
#include "init/say.h"
#include "init/spawn.h"
#include "init/stage.h"
#include "init/sys.h"
#include "probes/probe.h"

/* What of one kind is taken in a turn, so that no flood of it holds up the rest. */
enum { READY_MAX = 64, REAP_MAX = 256, SIGNALS_MAX = 16, VERDICTS_MAX = 64 };

/* How long the logger may take for what is left when the pod has ended.  It gives up by itself on
   an output that takes nothing for a second; this is for one that is only slow. */
#define LOGGER_PATIENCE (10 * NSEC_PER_SEC)

/* How long it may take for the last termination message. */
enum { TAIL_PATIENCE_MS = 2000 };

/* What is left of a pod that has ended, and that no group could hold, has this long to stop. */
#define STRAYS_GRACE (2 * NSEC_PER_SEC)

/* A process in the kernel's hands may never die.  Once the grace is over the end waits this long.
 */
#define GIVE_UP (12 * NSEC_PER_SEC)

enum ready_kind {
	READY_SIGNAL,
	READY_TIMER,
	READY_JOB,
	READY_ERRFD,
	READY_GROUP,
	READY_KEEPER,
	READY_DEADLINE,
	READY_VERDICT,
	READY_TAIL,
};

/*
 * The events of a turn, in order.  A step can answer with as many events as it has actions (each
 * start may fail at once), and nothing new is taken in before the queue is empty.
 */
struct queue {
	struct event v[ACTIONS_MAX];
	unsigned head, n;
};

static struct {
	struct loop_config cfg;
	const struct pod_spec *spec;
	/* The core steps on a copy, which then becomes the state: at every instruction one slot is
	   whole. */
	struct pod *slot[2];
	unsigned live;
	struct actions actions;
	struct queue queue;
	struct jobs jobs;
	struct keepers keepers;
	struct plan *plan; /* of each container, ROLES of them */
	int epoll, signals, timer, null;
	int deadline; /* activeDeadlineSeconds; -1: the pod has none */
	nsec now, armed;
	bool more;          /* there may be more to take in: do not sleep */
	bool orphans;       /* SIGCHLD came: someone ended */
	unsigned tails;     /* the logger owes so many */
	bool said[CTR_MAX]; /* the container wrote its termination message itself */
	bool end;
	char detail[STAGE_WHY_MAX]; /* for the report of the event at hand */
} sh;

static struct pod *state(void)
{
	return sh.slot[sh.live];
}

static void post(const struct event *e)
{
	struct queue *q = &sh.queue;

	if (q->n < ACTIONS_MAX)
		q->v[(q->head + q->n++) % ACTIONS_MAX] = *e;
}

static void post_over(struct task task, enum over_how how, int code)
{
	post(&(struct event){.kind = EV_OVER, .task = task, .how = how, .code = code});
}

static void watch(int fd, uint32_t events, enum ready_kind kind, unsigned index)
{
	struct epoll_event e = {.events = events, .data.u64 = (uint64_t)kind << 32 | index};

	epoll_ctl(sh.epoll, EPOLL_CTL_ADD, fd, &e);
}

/*
 * Closing alone would not do: a child that was forked and has not executed yet holds a copy, and
 * the registration lives as long as any copy, out of our reach.
 */
static void drop(int *fd)
{
	if (*fd < 0)
		return;
	epoll_ctl(sh.epoll, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

static unsigned index_of(const struct job *j)
{
	return (unsigned)(j - sh.jobs.v);
}

/* ---- Actions ---- */

static void start_failed(struct task task, int err, const char *doing)
{
	bool pod = task.role == ROLE_PREPARE;

	say(LEVEL_ERROR, "Failed", "%s=%s task=%s message=\"%s: %s\"", pod ? "pod" : "container",
	    pod ? sh.spec->name : sh.spec->ctr[task.ctr].name, role_names[task.role], doing,
	    strerror(err));
	/* What podinit lacks is no sign of ill health of the container. */
	post_over(task, task.role < ROLE_MAIN ? OVER_NO_VERDICT : OVER_NEVER_BEGAN, 125);
}

static void remove_job(struct job *j)
{
	drop(&j->pidfd);
	drop(&j->errfd);
	drop(&j->group.watch);
	jobs_remove(&sh.jobs, j);
}

/* Without a cgroup each look may watch another process. */
static bool job_empty(struct job *j)
{
	if (j->group.dir < 0)
		drop(&j->group.watch);
	return group_empty(&j->group);
}

static int watch_job(struct job *j, const struct spawned *s)
{
	j->pid = j->group.session = s->pid;
	j->pidfd = s->pidfd;
	j->errfd = s->errfd;
	watch(j->pidfd, EPOLLIN, READY_JOB, index_of(j));
	watch(j->errfd, EPOLLIN, READY_ERRFD, index_of(j));
	return 0;
}

/* The main process of the container a probe or hook is for. */
static int main_of(struct task task)
{
	const struct job *j = jobs_of_task(
		&sh.jobs, (struct task){task.ctr, ROLE_MAIN, state()->ctr[task.ctr].gen});

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

	sh.said[ctr] = false;
	if (message_path(path, ctr) && truncate(path, 0) < 0)
		say(LEVEL_DEBUG, "Failed", "message=\"emptying %s: %s\"", path, strerror(errno));
}

/* The file is on a tmpfs of podinit's own: reading a little of it does not block. */
static void take_message(unsigned ctr)
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
	struct wires wires = {sh.null, STDOUT_FILENO, STDERR_FILENO, -1, -1};
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
	if (err && j->group.dir >= 0 && !groups_controllers()) {
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

static bool asks_prober(struct task task)
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
	if (!asks_prober(a->task))
		start_job(a->task);
	else if (!tell_prober(PROBE_ASK, a->task))
		post_over(a->task, OVER_NO_VERDICT, 0);
}

static void kill_job(struct job *j)
{
	j->killed = true;
	group_kill(&j->group);
	if (j->pidfd >= 0)
		sys_pidfd_kill(j->pidfd, SIGKILL);
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

	if (first && j->task.role == ROLE_MAIN && (j->errfd >= 0 || proc_is_deaf(j->pid, signo))) {
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

	/* The one failure nobody had a word for: the core itself gave the probe up. */
	if (a->reason == REASON_UNHEALTHY && !*detail)
		detail = "no answer within timeoutSeconds";
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
		if (asks_prober(a->task) && !tell_prober(PROBE_CANCEL, a->task) &&
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

	memcpy(next, state(), pod_size(sh.spec->n));
	pod_step(next, sh.spec, sh.now, e, &sh.actions);
	sh.live = !sh.live;
	for (unsigned i = 0; i < sh.actions.n; i++)
		perform(&sh.actions.v[i]);
	broken = pod_check(state(), sh.spec);
	if (broken)
		say(LEVEL_ERROR, "Bug", "message=\"%s\"", broken);
}

static void drain(void)
{
	while (sh.queue.n > 0) {
		struct event e = sh.queue.v[sh.queue.head];

		sh.queue.head = (sh.queue.head + 1) % ACTIONS_MAX;
		sh.queue.n--;
		step(&e);
		sh.detail[0] = '\0';
	}
}

/* ---- What is ready: processes ---- */

/* What could not be made ready, in words. */
static void prepare_said(struct job *j)
{
	ssize_t n = j->errfd < 0 ? 0 : read(j->errfd, sh.detail, sizeof sh.detail - 1);

	sh.detail[n > 0 ? n : 0] = '\0';
	drop(&j->errfd);
}

static void job_began(struct job *j)
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
	drop(&j->errfd);
	if (outcome == 0) {
		if (j->task.role == ROLE_MAIN)
			post(&(struct event){.kind = EV_STARTED, .task = j->task});
	} else {
		int status = spawn_status(plan, &f);

		spawn_message(sh.detail, sizeof sh.detail, plan, &f);
		post_over(j->task,
			  j->task.role == ROLE_MAIN || status != 125 ? OVER_NEVER_BEGAN
								     : OVER_NO_VERDICT,
			  status);
		j->over = true;
	}
	drain();
}

/* The process is over: all that is left to know is whether it was the last of its group. */
static void job_settle(struct job *j)
{
	int watched = j->group.watch;

	if (job_empty(j)) {
		if (j->task.role == ROLE_MAIN)
			post(&(struct event){.kind = EV_EMPTY, .task = j->task});
		drain();
		if (j->pidfd < 0)
			remove_job(j);
		return;
	}
	/* What a probe leaves behind has no business, whether it ended or was cancelled. */
	if (j->killed || j->task.role != ROLE_MAIN)
		group_kill(&j->group);
	if (j->group.dir < 0)
		watch(j->group.watch, EPOLLIN, READY_GROUP, index_of(j));
	else if (watched >= 0 && j->pidfd < 0)
		watch(j->group.watch, EPOLLPRI, READY_GROUP, index_of(j));
}

static void post_exit(struct job *j, const siginfo_t *si)
{
	bool empty = job_empty(j);

	int status = si->si_status;

	if (j->over)
		return;
	j->over = true;
	if (j->task.role == ROLE_PREPARE)
		prepare_said(j);
	/* Told first, so that the core does not signal what is not there. */
	if (empty && j->task.role == ROLE_MAIN)
		post(&(struct event){.kind = EV_EMPTY, .task = j->task});
	if (j->task.role != ROLE_MAIN && !sh.detail[0])
		snprintf(sh.detail, sizeof sh.detail,
			 si->si_code == CLD_EXITED ? "exit status %d" : "ended by signal %d",
			 si->si_status);
	if (si->si_code != CLD_EXITED && status == SIGKILL && j->told)
		status = j->told;
	post(&(struct event){
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

	job_began(j);
	if (j->task.role == ROLE_MAIN)
		take_message(j->task.ctr);
	post_exit(j, si);
	if (j->task.role == ROLE_MAIN && keepers_flush(&sh.keepers, j->task.ctr))
		sh.tails += sh.spec->ctr[j->task.ctr].message_policy == MESSAGE_FALLBACK_TO_LOGS;
	drain();
	if (!reaped)
		waitid(P_PID, (id_t)j->pid, &ignored, WEXITED | WNOHANG);
	drop(&j->pidfd);
	drop(&j->errfd);
	job_settle(j);
}

static void job_ready(struct job *j)
{
	siginfo_t si = {0};

	if (j->pidfd >= 0 && waitid(P_PID, (id_t)j->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    si.si_pid)
		job_ended(j, &si, false);
}

static void keeper_ended(enum keeper_kind kind)
{
	struct keeper *k = &sh.keepers.v[kind];

	say(LEVEL_WARNING, "HelperDied", "helper=%s message=\"it will be started again\"",
	    kind == KEEPER_LOGGER ? "logger" : "prober");
	drop(&k->pidfd);
	drop(&k->sock);
	k->pid = 0;
	if (kind != KEEPER_PROBER) {
		sh.tails = 0;
		return;
	}
	/* Its open questions are the probes and hooks that run without a process of their own. */
	for (unsigned i = 0; i < sh.spec->n; i++)
		for (unsigned r = 0; r < ROLE_MAIN; r++) {
			struct task task = {(uint8_t)i, (uint8_t)r, pod_running(state(), i, r)};

			if (task.gen == 0 || !asks_prober(task))
				continue;
			snprintf(sh.detail, sizeof sh.detail, "the prober ended");
			post_over(task, OVER_NO_VERDICT, 0);
			drain();
		}
}

static bool keeper_pid(pid_t pid)
{
	for (unsigned i = 0; i < KEEPERS; i++)
		if (sh.keepers.v[i].pid == pid) {
			keeper_ended((enum keeper_kind)i);
			return true;
		}
	return false;
}

/*
 * Orphans are reaped in bulk, without a look.  One of ours that ends just now may be among them:
 * then its status is taken from here.  Its pidfd then has nothing to tell any more.
 */
static void reap_orphans(void)
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
			keeper_pid(si.si_pid);
	}
	sh.more = sh.orphans = true;
}

/* ---- What is ready: signals ---- */

static void ask_stop(bool force, enum end_how end)
{
	nsec grace = sh.cfg.grace >= 0 ? sh.cfg.grace : sh.spec->grace;

	post(&(struct event){
		.kind = EV_STOP, .deadline = sh.now + grace, .force = force, .end = end});
}

/* To the main process of each container that has a handler for it. */
static void pass_on(int signo)
{
	for (unsigned i = 0; i < sh.jobs.high; i++) {
		const struct job *j = &sh.jobs.v[i];

		if (j->used && j->pidfd >= 0 && j->task.role == ROLE_MAIN &&
		    sh.spec->ctr[j->task.ctr].kind == CTR_MAIN && proc_catches(j->pid, signo))
			sys_pidfd_kill(j->pidfd, signo);
	}
}

static void take_signal(const struct signalfd_siginfo *si)
{
	static unsigned interrupts;
	int signo = (int)si->ssi_signo;
	bool from_kernel = si->ssi_code == SI_KERNEL;

	switch (signo) {
	case SIGCHLD: sh.orphans = true; break;
	case SIGTERM: ask_stop(false, HOW_COMPLETION); break;
	case SIGPWR: ask_stop(false, HOW_POWEROFF); break;
	case SIGINT:
		/* On a machine the kernel's own SIGINT is ctrl-alt-del. */
		ask_stop(interrupts++ > 0,
			 sh.cfg.machine && from_kernel ? HOW_REBOOT : HOW_COMPLETION);
		break;
	case SIGHUP:
		/* The kernel's own is a terminal that closes; a process' is a message. */
		if (from_kernel)
			ask_stop(false, HOW_COMPLETION);
		else
			pass_on(signo);
		break;
	default: pass_on(signo); break;
	}
}

static void signals_ready(void)
{
	struct signalfd_siginfo si[SIGNALS_MAX];
	ssize_t n = read(sh.signals, si, sizeof si);

	for (ssize_t i = 0; i < n / (ssize_t)sizeof *si; i++)
		take_signal(&si[i]);
	drain();
}

/* ---- What is ready: the prober ---- */

static void take_verdict(const struct probe_verdict *v)
{
	static const enum probe_result results[] = {
		[VERDICT_SUCCESS] = RESULT_SUCCESS,
		[VERDICT_FAILURE] = RESULT_FAILURE,
		[VERDICT_WARNING] = RESULT_WARNING,
		[VERDICT_ERROR] = RESULT_ERROR,
	};
	struct event e = {.kind = EV_VERDICT, .task = {v->ctr, v->probe, v->generation}};

	/* What the prober says has been near foreign bytes. */
	if (v->verdict > VERDICT_ERROR || v->ctr >= sh.spec->n || v->probe >= HANDLERS)
		return;
	e.result = results[v->verdict];
	snprintf(sh.detail, sizeof sh.detail, "%.*s", PROBE_MESSAGE_MAX - 1, v->message);
	post(&e);
	drain();
}

static void verdicts_ready(void)
{
	struct probe_verdict v;

	for (unsigned i = 0; i < VERDICTS_MAX && sh.keepers.v[KEEPER_PROBER].sock >= 0; i++) {
		if (recv(sh.keepers.v[KEEPER_PROBER].sock, &v, sizeof v, MSG_DONTWAIT) !=
		    (ssize_t)sizeof v)
			return;
		take_verdict(&v);
	}
	sh.more = true;
}

/* ---- What is ready: the logger ---- */

/* The end of what a container printed that ended badly: its termination message. */
static void tails_ready(void)
{
	struct logger_tail tail;

	for (unsigned i = 0; i < VERDICTS_MAX && sh.keepers.v[KEEPER_LOGGER].sock >= 0; i++) {
		ssize_t n =
			recv(sh.keepers.v[KEEPER_LOGGER].sock, &tail, sizeof tail, MSG_DONTWAIT);
		size_t len = n > (ssize_t)offsetof(struct logger_tail, text)
				     ? (size_t)n - offsetof(struct logger_tail, text)
				     : 0;

		if (n <= 0)
			return;
		sh.tails -= sh.tails > 0;
		if (len == 0 || tail.ctr >= sh.spec->n || sh.said[tail.ctr] ||
		    state()->ctr[tail.ctr].last.code == 0)
			continue;
		if (len == sizeof tail.text)
			len--;
		tail.text[len] = '\0';
		report_message(sh.spec, tail.ctr, tail.text);
	}
	sh.more = true;
}

static void run_keepers(void)
{
	for (unsigned i = 0; i < KEEPERS; i++) {
		struct keeper *k = &sh.keepers.v[i];

		if (!k->wanted || k->pid || sh.now < k->again ||
		    !keeper_start(&sh.keepers, (enum keeper_kind)i, sh.now))
			continue;
		watch(k->pidfd, EPOLLIN, READY_KEEPER, i);
		watch(k->sock, EPOLLIN, i == KEEPER_PROBER ? READY_VERDICT : READY_TAIL, i);
	}
}

static void keeper_ready(enum keeper_kind kind)
{
	struct keeper *k = &sh.keepers.v[kind];

	if (k->pid && waitpid(k->pid, NULL, WNOHANG) == k->pid)
		keeper_ended(kind);
}

/* ---- The loop ---- */

static void take(const struct epoll_event *e)
{
	unsigned index = (unsigned)e->data.u64;
	struct job *j = index < sh.jobs.n ? &sh.jobs.v[index] : NULL;
	uint64_t expired;

	switch ((enum ready_kind)(e->data.u64 >> 32)) {
	case READY_SIGNAL: signals_ready(); break;
	case READY_TIMER:
		if (read(sh.timer, &expired, sizeof expired) < 0)
			expired = 0;
		sh.armed = NSEC_NEVER;
		break;
	/* A place in the table may have a new tenant within a turn: each of these asks again. */
	case READY_JOB:
		if (j && j->used)
			job_ready(j);
		break;
	case READY_ERRFD:
		if (j && j->used)
			job_began(j);
		break;
	case READY_GROUP:
		if (j && j->used && j->pidfd < 0)
			job_settle(j);
		break;
	case READY_DEADLINE:
		drop(&sh.deadline);
		post(&(struct event){.kind = EV_DEADLINE});
		drain();
		break;
	case READY_KEEPER: keeper_ready((enum keeper_kind)index); break;
	case READY_VERDICT: verdicts_ready(); break;
	case READY_TAIL: tails_ready(); break;
	}
}

static nsec later_than_grace(void)
{
	return state()->kill_at > NSEC_NEVER - GIVE_UP ? NSEC_NEVER : state()->kill_at + GIVE_UP;
}

/* Sets the one timer to what is due next, if that has changed. */
static void arm(void)
{
	nsec due = pod_deadline(state(), sh.spec);
	struct itimerspec t = {0};

	for (unsigned i = 0; i < KEEPERS; i++)
		if (sh.keepers.v[i].wanted && !sh.keepers.v[i].pid && sh.keepers.v[i].again < due)
			due = sh.keepers.v[i].again;
	if (state()->ending && later_than_grace() < due)
		due = later_than_grace();
	if (due == sh.armed)
		return;
	sh.armed = due;
	if (due != NSEC_NEVER) {
		/* Zero would disarm it. */
		due = due > 0 ? due : 1;
		t.it_value.tv_sec = due / NSEC_PER_SEC;
		t.it_value.tv_nsec = due % NSEC_PER_SEC;
	}
	timerfd_settime(sh.timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void turn(void)
{
	struct epoll_event ready[READY_MAX];
	int n = epoll_wait(sh.epoll, ready, READY_MAX, sh.more ? 0 : -1);

	sh.now = sys_now();
	sh.more = false;
	for (int i = 0; i < n; i++)
		take(&ready[i]);
	/* SIGCHLD is a hint: whose end it tells is seen here, after the pidfds had their say. */
	if (sh.orphans) {
		sh.orphans = false;
		reap_orphans();
	}
	post(&(struct event){.kind = EV_TIME});
	drain();
	run_keepers();
	if (state()->ending && !sh.end && sh.now >= later_than_grace()) {
		say(LEVEL_ERROR, "Failed",
		    "message=\"a process does not die of SIGKILL: ending without it\"");
		sh.end = true;
	}
	arm();
}

static int open_signals(void)
{
	static const int others[] = {SIGCHLD, SIGTERM, SIGINT,  SIGHUP,
				     SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
	struct sigaction hup;
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		sigaddset(&set, others[i]);
	/* nohup: who was told to survive the hang-up does. */
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN && !sh.cfg.machine)
		sigdelset(&set, SIGHUP);
	for (int signo = SIGRTMIN; signo <= SIGRTMAX; signo++)
		sigaddset(&set, signo);
	if (sh.cfg.machine)
		sigaddset(&set, SIGPWR);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool make_plans(void)
{
	sh.plan = calloc((size_t)sh.spec->n * ROLES, sizeof *sh.plan);
	if (!sh.plan)
		return false;
	for (unsigned i = 0; i < sh.spec->n; i++)
		for (unsigned r = 0; r < ROLES; r++)
			if (plan_exists(sh.spec, i, (enum role)r) &&
			    !plan_make(&sh.plan[i * ROLES + r], sh.spec, i, (enum role)r,
				       &sh.cfg.where))
				return false;
	return true;
}

/* An image may lack /dev/null; a pipe that nobody writes to reads the same. */
static int open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NOCTTY), fds[2];

	if (fd >= 0 || pipe2(fds, O_CLOEXEC) < 0)
		return fd;
	close(fds[1]);
	return fds[0];
}

/* The one time that goes on while the machine sleeps. */
static bool open_deadline(void)
{
	nsec t = sh.spec->active_deadline;
	struct itimerspec at = {.it_value = {t / NSEC_PER_SEC, t % NSEC_PER_SEC}};

	sh.deadline = -1;
	if (t == NSEC_NEVER)
		return true;
	sh.deadline = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (sh.deadline < 0 || timerfd_settime(sh.deadline, 0, &at, NULL) < 0)
		return false;
	watch(sh.deadline, EPOLLIN, READY_DEADLINE, 0);
	return true;
}

int loop_open(const struct loop_config *config, const char **what)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	int err;

	sh.cfg = *config;
	sh.spec = config->spec;
	sh.armed = NSEC_NEVER;
	sh.slot[0] = malloc(pod_size(sh.spec->n));
	sh.slot[1] = malloc(pod_size(sh.spec->n));
	/* Inherited as ignored, SIGCHLD would make the kernel reap in our place. */
	sigaction(SIGCHLD, &dfl, NULL);
	spawn_open();
	/* What other processes of the same user may do to it, they may not. */
	prctl(PR_SET_DUMPABLE, 0);
	*what = "making the pipes of the logger (ulimit -n is the limit)";
	err = keepers_open(&sh.keepers, sh.spec);
	if (err)
		return err;
	sh.cfg.where.logger = sh.keepers.output != NULL;
	*what = "memory";
	if (!sh.slot[0] || !sh.slot[1] || !jobs_open(&sh.jobs, sh.spec->n) || !make_plans())
		return ENOMEM;
	pod_init(state(), sh.spec);
	*what = "making an empty standard input";
	sh.null = open_null();
	if (sh.null < 0)
		return errno;
	*what = "making the loop";
	sh.epoll = epoll_create1(EPOLL_CLOEXEC);
	sh.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	sh.signals = open_signals();
	if (sh.epoll < 0 || sh.timer < 0 || sh.signals < 0 || !open_deadline())
		return errno;
	watch(sh.signals, EPOLLIN, READY_SIGNAL, 0);
	watch(sh.timer, EPOLLIN, READY_TIMER, 0);
	return 0;
}

/* The last containers' messages come after the pod has ended; a logger that is held up by its
   reader does not hold up the end for long. */
static void await_tails(void)
{
	struct pollfd p = {.fd = sh.keepers.v[KEEPER_LOGGER].sock, .events = POLLIN};

	while (sh.tails > 0 && poll(&p, 1, TAIL_PATIENCE_MS) == 1 && !(p.revents & POLLHUP))
		tails_ready();
}

static bool reap_strays(void *arg)
{
	(void)arg;
	for (;;) {
		siginfo_t si = {0};

		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG) < 0)
			return errno != ECHILD;
		if (si.si_pid == 0)
			return true;
	}
}

static void close_stage(void)
{
	char why[STAGE_WHY_MAX], quoted[SAY_MAX];

	if (stage_close(why, sizeof why))
		say(LEVEL_WARNING, "Failed", "message=%s", say_quote(quoted, sizeof quoted, why));
}

struct loop_result loop_run(void)
{
	sh.more = true;
	while (!sh.end)
		turn();
	await_tails();
	keepers_close(&sh.keepers, LOGGER_PATIENCE);
	left_stop(STRAYS_GRACE, reap_strays, NULL);
	/* Probes that ran to the end: their cgroups stand in the way of the pod's. */
	for (unsigned i = 0; i < sh.jobs.high; i++)
		if (sh.jobs.v[i].used)
			remove_job(&sh.jobs.v[i]);
	if (stage_is_open())
		halt_limited("unmounting the volumes", close_stage);
	return (struct loop_result){
		.code = state()->ended || state()->code > 0 ? pod_exit_code(state())
							    : 128 + SIGKILL,
		.asked = state()->asked,
		.end = (enum end_how)state()->end,
	};
}
