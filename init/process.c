#include "init/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/left.h"
#include "init/sys.h"

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS)

/*
 * A /proc of the new PID namespace, seen by nobody else.  In a chroot "/" is no mount point, whose
 * propagation could be changed; there it is enough that the mount below the new one is private.
 */
static int set_up(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	    (errno != EINVAL || mount(NULL, "/proc", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return errno;
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return errno;
	/* ^C reaches the outer process alone, which passes it in: once. */
	setsid();
	return 0;
}

/*
 * The inner process.  SIGKILL comes when the outer one dies, but not if it died before the prctl():
 * so the inner one tells how the set-up went and waits for an answer, which a dead parent cannot
 * give.
 */
static bool inner(int sock)
{
	int err, go = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = set_up();
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

enum process_side process_enter(int *status, int *err)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	int socks[2], pidfd = -1, go = 0;
	pid_t pid;

	sigaction(SIGCHLD, &dfl, NULL);
	*err = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		*err = errno;
	} else if ((pid = sys_fork(NAMESPACES, -1, &pidfd)) == 0) {
		close(socks[0]);
		if (!inner(socks[1]))
			_exit(0);
		return PROCESS_INNER;
	} else {
		*err = pid < 0 ? errno : 0;
		close(socks[1]);
		if (pid > 0) {
			if (read(socks[0], err, sizeof *err) != sizeof *err)
				*err = ECHILD;
			if (write(socks[0], &go, sizeof go) < 0)
				*err = *err ? *err : EPIPE;
			close(pidfd);
		}
		close(socks[0]);
		if (pid > 0 && *err == 0) {
			*status = outer(pid);
			return PROCESS_OUTER;
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return PROCESS_ALONE;
}
