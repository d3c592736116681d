#include "init/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/inroot.h"
#include "init/left.h"
#include "init/sys.h"
#include "init/users.h"

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS)

/*
 * A /proc of the new PID namespace, seen by nobody else.  What is mounted outside later still
 * arrives, for volumes that ask for it; nothing travels out.  In a chroot "/" is no mount point,
 * whose propagation could be changed; there it is enough that the mount below the new one is
 * private.
 */
static int set_up(bool terminal)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 &&
	    (errno != EINVAL || mount(NULL, "/proc", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return errno;
	inroot_make_leavable();
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return errno;
	/* The pod has a shared memory of its own, of Kubernetes' size.  An image without the
	   directory has none. */
	if (mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=1777,size=65536k") < 0 &&
	    errno != ENOENT)
		return errno;
	/* ^C reaches the outer process alone, which passes it in: once.  A container that is to
	   have the terminal takes it from there, so it has to stay in its session. */
	if (terminal)
		setpgid(0, 0);
	else
		setsid();
	return 0;
}

/*
 * The inner process.  SIGKILL comes when the outer one dies, but not if it died before the prctl():
 * so the inner one tells how the set-up went and waits for an answer, which a dead parent cannot
 * give.
 */
static bool inner(int sock, bool terminal)
{
	int err, go = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Until its users are mapped it is nobody. */
	if (read(sock, &err, sizeof err) != sizeof err)
		_exit(125);
	if (err == 0)
		err = set_up(terminal);
	if (write(sock, &err, sizeof err) < 0 || read(sock, &go, sizeof go) != sizeof go)
		_exit(125);
	close(sock);
	return err == 0;
}

static void pass_in(pid_t pid, int signo, const siginfo_t *si)
{
	struct sigaction sa;

	switch (signo) {
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGCONT: return;
	/* In the namespace it would look like a message from outside; it is a terminal that
	   closes. */
	case SIGHUP:
		/* Under nohup it is to be survived. */
		if (sigaction(signo, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			return;
		kill(pid, si->si_code == SI_KERNEL ? SIGTERM : SIGHUP);
		return;
	default: kill(pid, signo); return;
	}
}

static int outer(pid_t pid)
{
	siginfo_t si;

	for (;;) {
		int signo = left_wait(NSEC_NEVER, &si), status;

		if (signo != SIGCHLD)
			pass_in(pid, signo, &si);
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/* PID 1 of the new namespaces returns 0 in it; else the pid of that process, or -1 and *err. */
static pid_t begin(uint64_t namespaces, bool terminal, int *err)
{
	int socks[2], pidfd = -1, go = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		*err = errno;
		return -1;
	}
	pid = sys_fork(namespaces, -1, &pidfd);
	if (pid == 0) {
		close(socks[0]);
		if (!inner(socks[1], terminal))
			_exit(0);
		return 0;
	}
	*err = pid < 0 ? errno : 0;
	close(socks[1]);
	if (pid > 0) {
		int mapped = namespaces & CLONE_NEWUSER ? users_map(pid) : 0;

		if (write(socks[0], &mapped, sizeof mapped) < 0 ||
		    read(socks[0], err, sizeof *err) != sizeof *err)
			*err = ECHILD;
		if (*err == 0 && write(socks[0], &go, sizeof go) < 0)
			*err = EPIPE;
		close(pidfd);
	}
	close(socks[0]);
	if (pid > 0 && *err) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	return pid;
}

enum process_side process_enter(bool users, bool terminal, int *status, int *err)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	pid_t pid;
	enum process_side side = PROCESS_INNER;

	sigaction(SIGCHLD, &dfl, NULL);
	pid = begin(NAMESPACES, terminal, err);
	if (pid < 0 && users) {
		side = PROCESS_GUEST;
		pid = begin(NAMESPACES | CLONE_NEWUSER, terminal, err);
	}
	if (pid == 0)
		return side;
	if (pid > 0) {
		*status = outer(pid);
		return PROCESS_OUTER;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return PROCESS_ALONE;
}
