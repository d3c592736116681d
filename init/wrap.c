#include "init/wrap.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/exec.h"
#include "init/left.h"
#include "init/say.h"
#include "init/sys.h"

extern char **environ;

struct command {
	const struct wrap *w;
	pid_t pid;
	int status; /* -1: it runs */
	int tty;    /* a descriptor of the controlling terminal; -1: there is none */
};

static int status_of(const siginfo_t *si)
{
	return si->si_code == CLD_EXITED ? si->si_status : 128 + si->si_status;
}

static int controlling_tty(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (tcgetpgrp(fd) >= 0)
			return fd;
	return -1;
}

static bool in_foreground(const struct command *c)
{
	return c->tty >= 0 && tcgetpgrp(c->tty) == getpgrp();
}

/* The foreground is podinit's to pass on only while podinit itself stands in it. */
static void give_terminal(const struct command *c)
{
	if (in_foreground(c))
		tcsetpgrp(c->tty, c->pid);
}

/* The command is gone; what comes after podinit in the same script reads the terminal again. */
static void take_terminal_back(const struct command *c)
{
	if (c->tty >= 0 && tcgetpgrp(c->tty) == c->pid)
		tcsetpgrp(c->tty, getpgrp());
}

/*
 * vfork(): the parent sleeps until the command is executed, and shares its memory with the child,
 * so that the child's errno comes back as a plain variable and no page is copied.  The child makes
 * system calls only.  Every signal is blocked in both, and podinit has no handlers, so nothing can
 * run in the child that would disturb the parent's memory.
 */
static int launch(struct command *c, const struct sigaction *chld)
{
	const char *path = env_get(environ, "PATH");
	bool foreground = in_foreground(c);
	volatile int failure = 0;
	pid_t pid = vfork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		setpgid(0, 0);
		if (foreground)
			tcsetpgrp(c->tty, getpid());
		sigaction(SIGCHLD, chld, NULL);
		sigprocmask(SIG_SETMASK, c->w->mask, NULL);
		failure = exec_along(c->w->argv, environ, path ? path : DEFAULT_PATH);
		_exit(127);
	}
	c->pid = pid;
	return failure;
}

/*
 * ^Z stops the command's process group, not podinit, and the shell waits for podinit: so podinit
 * stops too, by the same signal, and when the shell continues it, it gives the terminal back to the
 * command.  PID 1 cannot stop, and has no shell to return to.
 */
static void stop_with_command(const struct command *c, int signo)
{
	sigset_t one;

	if (getpid() == 1)
		return;
	sigemptyset(&one);
	sigaddset(&one, signo);
	kill(getpid(), signo);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
	give_terminal(c);
	kill(-c->pid, SIGCONT);
}

/* Takes in every child that changed.  False: there are no children any more. */
static bool reap(void *arg)
{
	struct command *c = arg;

	for (;;) {
		siginfo_t si = {0};

		if (waitid(P_ALL, 0, &si, WEXITED | WSTOPPED | WNOHANG) < 0)
			return errno != ECHILD;
		if (si.si_pid == 0)
			return true;
		if (si.si_pid != c->pid)
			continue;
		if (si.si_code == CLD_STOPPED)
			stop_with_command(c, si.si_status);
		else
			c->status = status_of(&si);
	}
}

static bool is_synchronous(int signo)
{
	return signo == SIGTTIN || signo == SIGTTOU;
}

static void pass_on(const struct command *c, const siginfo_t *si)
{
	/* A read or write of podinit's own in the background is no message to the command. */
	if (is_synchronous(si->si_signo) && si->si_code == SI_KERNEL)
		return;
	if (si->si_signo == SIGCONT)
		give_terminal(c);
	kill(c->w->group ? -c->pid : c->pid, si->si_signo);
}

int wrap_run(const struct wrap *w)
{
	struct command c = {.w = w, .status = -1, .tty = controlling_tty()};
	struct sigaction dfl = {.sa_handler = SIG_DFL}, chld;
	bool children = true;
	int err;

	/* A fault of podinit's own ends it even so; one that is sent is the command's. */
	sys_block_signals(true, NULL);
	/* Inherited as ignored, SIGCHLD would make the kernel reap in our place. */
	sigaction(SIGCHLD, &dfl, &chld);
	if (getpid() != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	err = launch(&c, &chld);
	if (err) {
		if (c.pid)
			waitpid(c.pid, NULL, 0);
		take_terminal_back(&c);
		say(LEVEL_ERROR, "StartError", "message=\"%s: %s\"", w->argv[0],
		    c.pid ? exec_reason(err, w->argv[0]) : strerror(err));
		return c.pid ? exec_status(err) : 125;
	}
	while (c.status < 0) {
		siginfo_t si;

		if (left_wait(NSEC_NEVER, &si) != SIGCHLD)
			pass_on(&c, &si);
		else
			children = reap(&c);
	}
	take_terminal_back(&c);
	if (children)
		left_stop(w->grace, reap, &c);
	return c.status;
}
