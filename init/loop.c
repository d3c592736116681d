#include "init/loop_part.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/value.h"
#include "init/halt.h"
#include "init/left.h"
#include "init/say.h"
#include "init/spawn.h"
#include "init/sys.h"

enum { READY_MAX = 64 };

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

struct loop sh;

void loop_post(const struct event *e)
{
	struct queue *q = &sh.queue;

	if (q->n < ACTIONS_MAX)
		q->v[(q->head + q->n++) % ACTIONS_MAX] = *e;
}

void loop_post_over(struct task task, enum over_how how, int code)
{
	loop_post(&(struct event){.kind = EV_OVER, .task = task, .how = how, .code = code});
}

void loop_watch(int fd, uint32_t events, enum ready_kind kind, unsigned index)
{
	struct epoll_event e = {.events = events, .data.u64 = (uint64_t)kind << 32 | index};

	epoll_ctl(sh.epoll, EPOLL_CTL_ADD, fd, &e);
}

/*
 * Closing alone would not do: a child that was forked and has not executed yet holds a copy, and
 * the registration lives as long as any copy, out of our reach.
 */
void loop_drop(int *fd)
{
	if (*fd < 0)
		return;
	epoll_ctl(sh.epoll, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

unsigned loop_index(const struct job *j)
{
	return (unsigned)(j - sh.jobs.v);
}

static void take(const struct epoll_event *e)
{
	unsigned index = (unsigned)e->data.u64;
	struct job *j = index < sh.jobs.n ? &sh.jobs.v[index] : NULL;
	uint64_t expired;

	switch ((enum ready_kind)(e->data.u64 >> 32)) {
	case READY_SIGNAL: loop_signals_ready(); break;
	case READY_TIMER:
		if (read(sh.timer, &expired, sizeof expired) < 0)
			expired = 0;
		sh.armed = NSEC_NEVER;
		break;
	/* A place in the table may have a new tenant within a turn: each of these asks again. */
	case READY_JOB:
		if (j && j->used)
			loop_job_ready(j);
		break;
	case READY_ERRFD:
		if (j && j->used)
			loop_job_began(j);
		break;
	case READY_GROUP:
		if (j && j->used && j->pidfd < 0)
			loop_job_settle(j);
		break;
	case READY_DEADLINE:
		loop_drop(&sh.deadline);
		loop_post(&(struct event){.kind = EV_DEADLINE});
		loop_drain();
		break;
	case READY_KEEPER: loop_keeper_ready((enum keeper_kind)index); break;
	case READY_VERDICT: loop_verdicts_ready(); break;
	case READY_TAIL: loop_tails_ready(); break;
	case READY_LOG: say_flush(); break;
	}
}

static nsec later_than_grace(void)
{
	return loop_state()->kill_at > NSEC_NEVER - GIVE_UP ? NSEC_NEVER
							    : loop_state()->kill_at + GIVE_UP;
}

/* Sets the one timer to what is due next, if that has changed. */
static void arm(void)
{
	nsec due = pod_deadline(loop_state(), sh.spec);
	struct itimerspec t = {0};

	for (unsigned i = 0; i < KEEPERS; i++)
		if (sh.keepers.v[i].wanted && !sh.keepers.v[i].pid && sh.keepers.v[i].again < due)
			due = sh.keepers.v[i].again;
	if (loop_state()->ending && later_than_grace() < due)
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

/* Once, and anew each turn that something waits: a line that is said may have opened another
   console in the place of one that hung up, and the kernel tells the two apart where a number does
   not. */
static void watch_log(void)
{
	struct epoll_event e = {.events = EPOLLOUT | EPOLLONESHOT,
				.data.u64 = (uint64_t)READY_LOG << 32};
	int fd = say_waiting();

	if (fd >= 0 && epoll_ctl(sh.epoll, EPOLL_CTL_ADD, fd, &e) < 0 && errno == EEXIST)
		epoll_ctl(sh.epoll, EPOLL_CTL_MOD, fd, &e);
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
		loop_reap();
	}
	loop_post(&(struct event){.kind = EV_TIME});
	loop_drain();
	loop_run_keepers();
	if (loop_state()->ending && !sh.end && sh.now >= later_than_grace()) {
		say(LEVEL_ERROR, "Failed",
		    "message=\"a process does not die of SIGKILL: ending without it\"");
		sh.end = true;
	}
	arm();
	watch_log();
}

static int open_signals(void)
{
	static const int others[] = {SIGCHLD, SIGTERM, SIGINT,  SIGHUP,
				     SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
	uint64_t set = sys_signal_bit(SIGPWR) * sh.cfg.machine;
	struct sigaction hup;

	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		set |= sys_signal_bit(others[i]);
	/* nohup: who was told to survive the hang-up does. */
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN && !sh.cfg.machine)
		set &= ~sys_signal_bit(SIGHUP);
	for (int signo = RT_MIN; signo <= RT_MAX; signo++)
		set |= sys_signal_bit(signo);
	return sys_signalfd(set);
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
	loop_watch(sh.deadline, EPOLLIN, READY_DEADLINE, 0);
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
	pod_init(loop_state(), sh.spec);
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
	loop_watch(sh.signals, EPOLLIN, READY_SIGNAL, 0);
	loop_watch(sh.timer, EPOLLIN, READY_TIMER, 0);
	return 0;
}

/* The last containers' messages come after the pod has ended; a logger that is held up by its
   reader does not hold up the end for long. */
static void await_tails(void)
{
	struct pollfd p = {.fd = sh.keepers.v[KEEPER_LOGGER].sock, .events = POLLIN};

	while (sh.tails > 0 && poll(&p, 1, TAIL_PATIENCE_MS) == 1 && !(p.revents & POLLHUP))
		loop_tails_ready();
	/* It may have said its last and ended. */
	loop_tails_ready();
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
			loop_remove_job(&sh.jobs.v[i]);
	if (stage_is_open())
		halt_limited("unmounting the volumes", close_stage);
	return (struct loop_result){
		.code = loop_state()->ended || loop_state()->code > 0 ? pod_exit_code(loop_state())
								      : 128 + SIGKILL,
		.asked = loop_state()->asked,
		.end = (enum end_how)loop_state()->end,
	};
}
