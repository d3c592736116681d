#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "init/exec.h"
#include "init/sys.h"

extern char **environ;

/* The limit podinit was started with, if it has raised its own. */
static struct rlimit given_files;

void spawn_raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur == r.rlim_max)
		return;
	given_files = r;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

static int put_fd(int fd, int at)
{
	/* dup2() of a descriptor onto itself would leave it close-on-exec. */
	if (fd == at)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, at);
}

/*
 * The last step but one.  podinit's own dispositions are all default but those its caller ignored
 * before exec, which a container does not inherit.  The mask comes last: from then on a signal sent
 * to a child that has not executed yet acts as on any program that does not catch it.
 */
static int reset_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		sigaction(signo, &dfl, NULL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int walk_step(const struct plan *plan, const struct step_data *s, const struct wires *w)
{
	switch (s->kind) {
	case STEP_SESSION: return setsid() < 0 ? -1 : 0;
	case STEP_DEATHSIG:
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			return -1;
		/* podinit may have died before it was asked for. */
		if (getppid() != w->parent)
			_exit(125);
		return 0;
	case STEP_INPUT: return put_fd(s->own ? STDIN_FILENO : w->in, STDIN_FILENO);
	case STEP_OUTPUT:
		if (s->own)
			return 0;
		return put_fd(w->out, STDOUT_FILENO) < 0 ? -1 : put_fd(w->err, STDERR_FILENO);
	case STEP_WORKDIR: return chdir(s->text);
	case STEP_SIGNALS: return reset_signals();
	case STEP_EXEC: errno = exec_along(plan->argv, plan->envp, s->text); return -1;
	case STEP_KINDS: break;
	}
	errno = EINVAL;
	return -1;
}

/* `cgroup` >= 0 is to be entered first, so that nothing of it happens outside. */
static void walk(const struct plan *plan, const struct wires *wires, int errfd, int cgroup)
{
	struct spawn_failure f = {0};

	plan_unmark(environ);
	if (given_files.rlim_max > 0)
		setrlimit(RLIMIT_NOFILE, &given_files);
	/* The pipe must not stand where a standard descriptor will be put. */
	if (errfd <= STDERR_FILENO)
		errfd = fcntl(errfd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (cgroup >= 0 && sys_write_file(cgroup, "cgroup.procs", "0") < 0)
		f.step = plan->n;
	while (f.step < plan->n && walk_step(plan, &plan->v[f.step], wires) >= 0)
		f.step++;
	f.err = errno;
	/* Below PIPE_BUF and into an empty pipe: whole, or there is no reader any more. */
	if (write(errfd, &f, sizeof f) < 0)
		_exit(125);
	_exit(126);
}

int spawn(struct spawned *out, const struct plan *plan, const struct pod_spec *spec,
	  struct task task, const struct wires *wires, int cgroup)
{
	int fds[2], err, enter = -1;
	struct wires w = *wires;
	pid_t pid;

	w.parent = getpid();
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	pid = sys_fork(0, cgroup, &out->pidfd);
	/* A filter may hide the call that lets a child be born in a cgroup; Docker's does. */
	if (pid < 0 && cgroup >= 0 && (errno == ENOSYS || errno == EPERM)) {
		enter = cgroup;
		pid = sys_fork(0, -1, &out->pidfd);
	}
	if (pid == 0) {
		plan_mark(plan->mark, spec, task);
		walk(plan, &w, fds[1], enter);
	}
	err = errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return err;
	}
	out->pid = pid;
	out->errfd = fds[0];
	return 0;
}

int spawn_outcome(int errfd, struct spawn_failure *failure)
{
	ssize_t n = read(errfd, failure, sizeof *failure);

	if (n == 0)
		return 0;
	return n == (ssize_t)sizeof *failure ? 1 : -1;
}

int spawn_status(const struct plan *plan, const struct spawn_failure *f)
{
	if (f->step >= plan->n || plan->v[f->step].kind != STEP_EXEC)
		return 125;
	return exec_status(f->err, plan->argv[0]);
}

const char *spawn_message(char *buf, size_t size, const struct plan *plan,
			  const struct spawn_failure *f)
{
	static const char *const doing[STEP_KINDS] = {
		[STEP_SESSION] = "making a session",
		[STEP_DEATHSIG] = "tying it to podinit",
		[STEP_INPUT] = "connecting standard input",
		[STEP_OUTPUT] = "connecting standard output",
		[STEP_WORKDIR] = "entering workingDir",
		[STEP_SIGNALS] = "resetting signals",
		[STEP_EXEC] = "executing",
	};
	const struct step_data *s;

	if (f->step >= plan->n) {
		snprintf(buf, size, "entering its cgroup: %s", strerror(f->err));
		return buf;
	}
	s = &plan->v[f->step];
	if (s->kind == STEP_EXEC)
		snprintf(buf, size, "executing %s: %s", plan->argv[0],
			 exec_reason(f->err, plan->argv[0]));
	else
		snprintf(buf, size, "%s%s%s: %s", doing[s->kind], s->text ? " " : "",
			 s->text ? s->text : "", strerror(f->err));
	return buf;
}
