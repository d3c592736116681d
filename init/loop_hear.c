/*
 * loop_hear.c - what PID 1 is told: signals, and what the prober and the logger say.
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/logger.h"
#include "init/loop_part.h"
#include "init/procs.h"
#include "init/report.h"
#include "init/say.h"
#include "init/sys.h"
#include "probes/probe.h"

enum { SIGNALS_MAX = 16 };

/* ---- Signals ---- */

static void ask_stop(bool force, enum end_how end)
{
	nsec grace = sh.cfg.grace >= 0 ? sh.cfg.grace : sh.spec->grace;

	loop_post(&(struct event){
		.kind = EV_STOP, .deadline = sh.now + grace, .force = force, .end = end});
}

/* To the main process of each container that has a handler for it. */
static void pass_on(int signo)
{
	for (unsigned i = 0; i < sh.jobs.high; i++) {
		const struct job *j = &sh.jobs.v[i];

		if (j->used && j->pidfd >= 0 && j->task.role == ROLE_MAIN &&
		    sh.spec->ctr[j->task.ctr].kind == CTR_MAIN && proc_catches(j->pidfd, signo))
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

void loop_signals_ready(void)
{
	struct signalfd_siginfo si[SIGNALS_MAX];
	ssize_t n = read(sh.signals, si, sizeof si);

	for (ssize_t i = 0; i < n / (ssize_t)sizeof *si; i++)
		take_signal(&si[i]);
	loop_drain();
}

/* ---- The prober ---- */

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
	loop_post(&e);
	loop_drain();
}

void loop_verdicts_ready(void)
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

/* ---- The logger ---- */

/* The end of what a container printed that ended badly: its termination message. */
void loop_tails_ready(void)
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
		    loop_state()->ctr[tail.ctr].last.code == 0)
			continue;
		if (len == sizeof tail.text)
			len--;
		tail.text[len] = '\0';
		report_message(sh.spec, tail.ctr, tail.text);
	}
	sh.more = true;
}

/* ---- The helpers themselves ---- */

static void keeper_ended(enum keeper_kind kind)
{
	struct keeper *k = &sh.keepers.v[kind];

	say(LEVEL_WARNING, "HelperDied", "helper=%s message=\"it will be started again\"",
	    kind == KEEPER_LOGGER ? "logger" : "prober");
	loop_drop(&k->pidfd);
	loop_drop(&k->sock);
	k->pid = 0;
	if (kind != KEEPER_PROBER) {
		sh.tails = 0;
		return;
	}
	/* Its open questions are the probes and hooks that run without a process of their own. */
	for (unsigned i = 0; i < sh.spec->n; i++)
		for (unsigned r = 0; r < ROLE_MAIN; r++) {
			struct task task = {(uint8_t)i, (uint8_t)r,
					    pod_running(loop_state(), i, r)};

			if (task.gen == 0 || !loop_asks_prober(task))
				continue;
			snprintf(sh.detail, sizeof sh.detail, "the prober ended");
			loop_post_over(task, OVER_NO_VERDICT, 0);
			loop_drain();
		}
}

bool loop_keeper_pid(pid_t pid)
{
	for (unsigned i = 0; i < KEEPERS; i++)
		if (sh.keepers.v[i].pid == pid) {
			keeper_ended((enum keeper_kind)i);
			return true;
		}
	return false;
}

void loop_run_keepers(void)
{
	for (unsigned i = 0; i < KEEPERS; i++) {
		struct keeper *k = &sh.keepers.v[i];

		if (!k->wanted || k->pid || sh.now < k->again ||
		    !keeper_start(&sh.keepers, (enum keeper_kind)i, sh.now))
			continue;
		loop_watch(k->pidfd, EPOLLIN, READY_KEEPER, i);
		loop_watch(k->sock, EPOLLIN, i == KEEPER_PROBER ? READY_VERDICT : READY_TAIL, i);
	}
}

void loop_keeper_ready(enum keeper_kind kind)
{
	struct keeper *k = &sh.keepers.v[kind];

	if (k->pid && waitpid(k->pid, NULL, WNOHANG) == k->pid)
		keeper_ended(kind);
}
