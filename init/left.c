#include "init/left.h"

#include <errno.h>
#include <unistd.h>

#include "init/procs.h"
#include "init/say.h"
#include "init/sys.h"

/* Between two looks for what is to be killed; doubled up to a second, for a process that the kernel
   does not let die. */
#define KILL_AGAIN (10 * NSEC_PER_MS)

/* A process in the kernel's hands may never die: what SIGKILL has not ended by then is left. */
#define KILL_PATIENCE (10 * NSEC_PER_SEC)

int left_wait(nsec deadline, siginfo_t *si)
{
	for (;;) {
		nsec left = deadline == NSEC_NEVER ? NSEC_NEVER : deadline - sys_now();
		int signo;

		if (left <= 0)
			return 0;
		signo = sys_wait_signal(si, left);
		if (signo > 0)
			return signo;
	}
}

static void tell(int signo)
{
	if (getpid() != 1) {
		procs_signal_descendants(signo);
		return;
	}
	kill(-1, signo);
	if (signo != SIGKILL)
		kill(-1, SIGCONT);
}

void left_stop(nsec grace, bool (*reap)(void *arg), void *arg)
{
	nsec deadline = sys_now() + grace, give_up = NSEC_NEVER, again = KILL_AGAIN;
	siginfo_t si;

	if (!reap(arg))
		return;
	say(LEVEL_INFO, "Killing", "message=\"stopping the processes that were left behind\"");
	tell(SIGTERM);
	while (reap(arg) && sys_now() < give_up) {
		int signo = left_wait(deadline, &si);

		if (signo != 0 && signo != SIGINT)
			continue;
		/* A process may fork while we look for it: so again, until none is left. */
		tell(SIGKILL);
		if (give_up == NSEC_NEVER)
			give_up = sys_now() + KILL_PATIENCE;
		deadline = sys_now() + again;
		again = again < NSEC_PER_SEC ? again * 2 : again;
	}
}
