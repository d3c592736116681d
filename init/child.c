#include "init/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/exec.h"
#include "init/identity.h"
#include "init/inroot.h"
#include "init/root.h"
#include "init/seccomp.h"
#include "init/sys.h"

extern char **environ;

struct walk {
	const struct plan *plan;
	const struct wires *wires;
	pid_t parent;
	struct root root;
	struct identity id;
	bool piped; /* its output goes to the logger */
	int errfd;
};

static int put_fd(int fd, int at)
{
	/* dup2() of a descriptor onto itself would leave it close-on-exec. */
	if (fd == at)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, at);
}

/* What podinit's caller ignored before exec, and podinit with it. */
static uint64_t ignored;

/* podinit runs in a container of another podinit. */
static bool marked;

void child_open(void)
{
	marked = env_get(environ, "PODINIT_CONTAINER") != NULL;
	ignored = sys_ignored_signals();
}

static int unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The last step but one.  podinit's own dispositions are all default but those its caller ignored
 * before exec, which a container does not inherit.  The mask comes last: from then on a signal sent
 * to a child that has not executed yet acts as on any program that does not catch it.
 */
static int reset_signals(void)
{
	for (int signo = 1; ignored && signo <= 64; signo++)
		if (ignored & sys_signal_bit(signo))
			sys_default_signal(signo);
	return unblock_signals();
}

static int tie_to_parent(const struct walk *w)
{
	pid_t parent;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	/* podinit may have died before it was asked for.  From inside a PID namespace of its own
	   nobody can tell. */
	parent = getppid();
	if (parent != w->parent && parent != 0)
		_exit(125);
	return 0;
}

/* The null device of the container, if it has one: a descriptor of podinit's would let it change
   the mode of podinit's. */
static int connect_input(const struct walk *w, const struct step_data *s)
{
	int fd = -1;

	if (s->text)
		fd = open(s->text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		return put_fd(fd, STDIN_FILENO);
	return put_fd(s->own ? STDIN_FILENO : w->wires->in, STDIN_FILENO);
}

static int take_terminal(const struct step_data *s)
{
	if (!s->own)
		return ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	return setpgid(0, 0) < 0 ? -1 : tcsetpgrp(STDIN_FILENO, getpid());
}

/* As runtimes do it: a directory that is missing is made.  One that lies outside of the root, by
   way of a descriptor that was left open, has no path. */
static int enter_directory(const struct step_data *s)
{
	char here[PATH_MAX];

	if (chdir(s->text) < 0) {
		int root, dir;

		if (!s->own || errno != ENOENT)
			return -1;
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		dir = root < 0 ? -1 : inroot_dir(root, s->text);
		if (dir < 0 || fchdir(dir) < 0)
			return -1;
	}
	/* Of the kernel: the library's does not tell such a one from one that was removed. */
	if (syscall(SYS_getcwd, here, sizeof here) < 0)
		return -1;
	if (here[0] != '/') {
		errno = EXDEV;
		return -1;
	}
	return 0;
}

static int limit(const struct rlimit_spec *l, bool raise)
{
	struct sys_rlimit r = {l->soft, l->hard}, own;

	if (raise && sys_rlimit(l->resource, NULL, &own) == 0) {
		r.hard = own.hard > r.hard ? own.hard : r.hard;
		r.soft = r.hard;
	}
	return sys_rlimit(l->resource, &r, NULL);
}

/* As the runtimes do, so that a program that opens /dev/stdout anew, as nobody, finds it its own.
 */
static void give_streams(uid_t user, gid_t group)
{
	struct stat st;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    (st.st_uid != user || st.st_gid != group) && fchown(fd, user, group) < 0)
			continue;
}

/*
 * The process goes on with all capabilities there and none elsewhere.  The mounts and the cgroups
 * it sees are copies from here on, which are that user namespace's to change, but for what mounts
 * hide or forbid.  Its output is given away before: later it would be a stranger's.
 */
static int enter_users(const struct walk *w, const struct step_data *s)
{
	if (w->piped)
		give_streams((uid_t)s->flags, (gid_t)s->flags);
	return setns(w->wires->users, CLONE_NEWUSER) < 0 ? -1
							 : unshare(CLONE_NEWNS | CLONE_NEWCGROUP);
}

static int become(struct walk *w)
{
	const struct plan *plan = w->plan;

	if (identity_find(&w->id, plan->security, plan->own_user) < 0)
		return -1;
	if (plan->home)
		memcpy(plan->home + sizeof "HOME=" - 1, w->id.home, strlen(w->id.home) + 1);
	if (w->piped)
		give_streams(w->id.user, w->id.group);
	return identity_take(&w->id);
}

static int drop_for_good(const struct step_data *s)
{
	/* Who may not lower the set has nothing that it could give. */
	return identity_bound(s->flags) < 0 && !s->own ? -1 : 0;
}

/* As the child of it ended, so does this process. */
static _Noreturn void end_as(int status)
{
	if (WIFSIGNALED(status)) {
		sys_default_signal(WTERMSIG(status));
		unblock_signals();
		kill(getpid(), WTERMSIG(status));
		_exit(128 + WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/*
 * Nobody changes the PID namespace that it is in: a child of the process is born there, and goes on
 * with the walk.  That is the last thing that needs it.  From its first instruction those who are
 * there already can see the child, and who has CAP_SYS_PTRACE among them can take it over: so it
 * begins as what it is to be, in the container's root, as its user and with its capabilities, and
 * without any descriptor of podinit's.  The process itself stays out of their sight, and waits.
 *
 * The container may end at that moment: then the kernel admits nobody to the namespace any more and
 * says ENOMEM, as if there were no memory for a pid.  Of that it never runs out before all else has
 * failed.
 */
static int fork_inside(struct walk *w)
{
	int pidfd, status;
	pid_t pid;

	if (dup3(w->errfd, STDERR_FILENO + 1, O_CLOEXEC) < 0 && errno != EINVAL)
		return -1;
	w->errfd = STDERR_FILENO + 1;
	if (syscall(SYS_close_range, w->errfd + 1, ~0U, 0) < 0)
		return -1;
	pid = sys_fork(0, -1, &pidfd);
	if (pid < 0) {
		errno = errno == ENOMEM ? ESRCH : errno;
		return -1;
	}
	if (pid == 0)
		return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0 ? -1 : 0;
	syscall(SYS_close_range, 0, ~0U, 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(125);
	end_as(status);
}

static int walk_step(struct walk *w, const struct step_data *s)
{
	const struct plan *plan = w->plan;

	switch (s->kind) {
	case STEP_SESSION: return setsid() < 0 ? -1 : 0;
	case STEP_KEYRING:
		/* Who possesses a key needs no permission.  Kernels and filters may know of none.
		 */
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
		return 0;
	case STEP_OOM_SCORE:
		/* A wish: to lower it takes a privilege that most do not have. */
		sys_write_file(AT_FDCWD, "/proc/self/oom_score_adj", s->text);
		return 0;
	case STEP_RLIMIT: return limit(s->limit, s->own);
	case STEP_JOIN: return setns(w->wires->join, (int)plan->join);
	case STEP_OWNER: return identity_own_files((uint32_t)s->flags);
	case STEP_USERS: return enter_users(w, s);
	case STEP_INPUT: return connect_input(w, s);
	case STEP_OUTPUT:
		if (s->own)
			return 0;
		w->piped = true;
		return put_fd(w->wires->out, STDOUT_FILENO) < 0
			       ? -1
			       : put_fd(w->wires->err, STDERR_FILENO);
	case STEP_TERMINAL: return take_terminal(s);
	case STEP_WORKDIR: return enter_directory(s);
	case STEP_FILTER: return seccomp_set(plan->filter.v, plan->filter.n);
	case STEP_BOUND: return drop_for_good(s);
	case STEP_USER: return become(w);
	case STEP_CAPS:
		/* A program with capabilities of its own would keep of them what is permitted here,
		   no new privileges or not; of the others, a user's lose it all the same. */
		return identity_caps(w->id.user ? s->ambient : s->flags, s->ambient);
	case STEP_NO_NEW_PRIVS: return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	case STEP_FORK: return fork_inside(w);
	case STEP_DEATHSIG: return tie_to_parent(w);
	case STEP_SIGNALS: return reset_signals();
	case STEP_FILES: spawn_return_files(); return 0;
	case STEP_EXEC: errno = exec_along(plan->argv, plan->envp, s->text); return -1;
	default: return root_step(&w->root, s);
	}
}

static int enter_cgroup(const struct plan *plan, int cgroup)
{
	if (sys_write_file(cgroup, "cgroup.procs", "0") < 0)
		return -1;
	return plan->clone & CLONE_NEWCGROUP ? unshare(CLONE_NEWCGROUP) : 0;
}

void child_walk(const struct plan *plan, const struct wires *wires, bool late, pid_t parent,
		int errfd)
{
	struct spawn_failure f = {0};
	struct walk w = {.plan = plan,
			 .wires = wires,
			 .parent = parent,
			 .errfd = errfd,
			 .root = {.fd = -1, .cwd = -1, .null = -1, .empty = -1}};

	if (marked)
		plan_unmark(environ);
	/* Until it has executed, it holds descriptors of podinit's that nobody else is to reach. */
	prctl(PR_SET_DUMPABLE, 0);
	/* The pipe must not stand where a standard descriptor will be put. */
	if (errfd <= STDERR_FILENO)
		w.errfd = fcntl(errfd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (late && enter_cgroup(plan, wires->cgroup) < 0)
		f.step = plan->n;
	while (f.step < plan->n && walk_step(&w, &plan->v[f.step]) >= 0)
		f.step++;
	f.err = errno;
	/* Below PIPE_BUF and into an empty pipe: whole, or there is no reader any more. */
	if (write(w.errfd, &f, sizeof f) < 0)
		seccomp_exit(125);
	seccomp_exit(126);
}
