#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "init/child.h"
#include "init/exec.h"
#include "init/stage.h"
#include "init/sys.h"

/* The limit podinit was started with, if it has raised its own. */
static struct rlimit given_files;

void spawn_return_files(void)
{
	if (given_files.rlim_max > 0)
		setrlimit(RLIMIT_NOFILE, &given_files);
}

void spawn_open(void)
{
	struct rlimit r;

	child_open();
	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur == r.rlim_max)
		return;
	given_files = r;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* The end of a fork in PID 1: what came of it, or why it did not. */
static int forked(struct spawned *out, pid_t pid, const int fds[2])
{
	int err = errno;

	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return err;
	}
	out->pid = pid;
	out->errfd = fds[0];
	return 0;
}

static pid_t fork_by(const struct plan *plan, const struct wires *wires, int cgroup, int *pidfd)
{
	uint64_t clone = plan->clone;

	/* A cgroup namespace begins at the cgroup its first process is in: there it has to be. */
	if (cgroup < 0 && wires->cgroup >= 0)
		clone &= ~(uint64_t)CLONE_NEWCGROUP;
	return sys_fork(clone, cgroup, pidfd);
}

int spawn(struct spawned *out, const struct plan *plan, const struct pod_spec *spec,
	  struct task task, const struct wires *wires)
{
	pid_t pid, parent = getpid();
	bool late = false;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	plan_mark(plan->mark, spec, task);
	pid = fork_by(plan, wires, wires->cgroup, &out->pidfd);
	/* A filter may hide the call that lets a child be born in a cgroup; Docker's does. */
	if (pid < 0 && wires->cgroup >= 0 && (errno == ENOSYS || errno == EPERM)) {
		late = true;
		pid = fork_by(plan, wires, -1, &out->pidfd);
	}
	if (pid == 0) {
		child_walk(plan, wires, late, parent, fds[1]);
	}
	return forked(out, pid, fds);
}

int spawn_preparing(struct spawned *out, const struct pod_spec *spec)
{
	pid_t pid, parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	pid = sys_fork(0, -1, &out->pidfd);
	if (pid == 0) {
		char why[STAGE_WHY_MAX];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		if (getppid() != parent || stage_prepare(spec, why, sizeof why) == 0)
			_exit(0);
		_exit(write(fds[1], why, strlen(why)) < 0 ? 2 : 1);
	}
	return forked(out, pid, fds);
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
	return exec_status(f->err);
}

/* Why a step failed, where errno alone would say too little. */
static const char *reason(const struct plan *plan, const struct step_data *s, int err)
{
	switch (s->kind) {
	case STEP_EXEC: return exec_reason(err, plan->argv[0]);
	case STEP_PROC:
	case STEP_SYS:
		if (err == ELOOP || err == ENOTDIR)
			return "it is not a real directory in the image";
		break;
	case STEP_TREE:
		if (err == EXDEV || err == ELOOP)
			return "subPath leads out of the volume";
		break;
	case STEP_BIND:
		if (err == ELOOP)
			return s->own    ? "it is not a real directory in the image"
			       : s->data ? "a symbolic link is on the way, and below another mount "
					   "of the container none is followed"
					 : "its symbolic links go round, or into another mount of "
					   "the container, where none is followed";
		if (err == ENOENT && s->kept)
			return "there is no such mount point, and in podinit's own /dev none is "
			       "made";
		/* fall through */
	case STEP_MOUNT:
		if (err == EROFS)
			return "there is no such mount point, and what would hold it is read-only";
		if (err == EXDEV)
			return "a link of the image leads from there to its root";
		break;
	case STEP_USER:
		if (err == ENOENT)
			return "no such user in the container's /etc/passwd";
		if (err == EPERM && plan->security->non_root)
			return "runAsNonRoot is set and the user is root (or podinit may not "
			       "change its user)";
		if (err == EFBIG || err == ENXIO)
			return "the container's /etc/passwd is not a plain file of at most 1 MiB";
		if (err == EINVAL)
			return "its user namespace has no such user, or not its group (with "
			       "hostUsers = false there are 0 to 65535)";
		break;
	case STEP_TERMINAL:
		if (err == ENOTTY)
			return "podinit's standard input is none: start it in one, or its "
			       "container with -it";
		break;
	case STEP_WORKDIR:
		if (err == EXDEV)
			return "it lies outside of the container's root";
		break;
	case STEP_OVERLAY:
		if (err == ENODEV)
			return "the kernel has no overlay file system: load the module overlay, or "
			       "set securityContext.readOnlyRootFilesystem = true";
		break;
	default: break;
	}
	return strerror(err);
}

const char *spawn_message(char *buf, size_t size, const struct plan *plan,
			  const struct spawn_failure *f)
{
	static const char *const doing[STEP_KINDS] = {
		[STEP_SESSION] = "making a session",
		[STEP_RLIMIT] = "setting securityContext.rlimits",
		[STEP_JOIN] = "entering the container's namespaces",
		[STEP_TREE] = "opening",
		[STEP_PRIVATE] = "making its mounts private",
		[STEP_OWNER] = "making files for its users",
		[STEP_OWN_ROOT] = "opening the root",
		[STEP_DIR_ROOT] = "entering rootfs",
		[STEP_OVERLAY] = "mounting an overlay on rootfs",
		[STEP_PROC] = "mounting proc on",
		[STEP_SYS] = "mounting sysfs on",
		[STEP_MOUNT] = "mounting",
		[STEP_NODES] = "making devices in",
		[STEP_BIND] = "mounting",
		[STEP_MASK] = "masking",
		[STEP_READONLY] = "making read-only",
		[STEP_PIVOT] = "changing the root",
		[STEP_RETURN] = "returning to the working directory",
		[STEP_USERS] = "entering the pod's user namespace",
		[STEP_INPUT] = "connecting standard input",
		[STEP_OUTPUT] = "connecting standard output",
		[STEP_TERMINAL] = "taking the terminal",
		[STEP_WORKDIR] = "entering workingDir",
		[STEP_FILTER] = "setting seccompProfile",
		[STEP_BOUND] = "dropping capabilities",
		[STEP_USER] = "becoming its user",
		[STEP_CAPS] = "setting capabilities",
		[STEP_NO_NEW_PRIVS] = "forbidding new privileges",
		[STEP_FORK] = "entering the container's PID namespace",
		[STEP_DEATHSIG] = "tying it to podinit",
		[STEP_SIGNALS] = "resetting signals",
		[STEP_EXEC] = "executing",
	};
	const struct step_data *s;
	const char *what, *more = NULL;

	if (f->step >= plan->n) {
		snprintf(buf, size, "entering its cgroup: %s", strerror(f->err));
		return buf;
	}
	s = &plan->v[f->step];
	what = s->kind == STEP_EXEC                                        ? plan->argv[0]
	       : s->kind == STEP_BIND || s->kind == STEP_MOUNT || !s->from ? s->text
									   : s->from;
	if (s->kind == STEP_USER)
		what = plan->security->user_name;
	if (s->kind == STEP_BIND)
		more = s->from;
	if (s->kind == STEP_TREE)
		more = s->data;
	snprintf(buf, size, "%s%s%s%s%s: %s", doing[s->kind], what ? " " : "", what ? what : "",
		 !more                  ? ""
		 : s->kind == STEP_BIND ? " from "
					: ", subPath ",
		 more ? more : "", reason(plan, s, f->err));
	return buf;
}
