#include "init/privs.h"

#include <grp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534

void privs_drop(void)
{
	cap_t none;

	/* In a user namespace there may be no such user: then it stays who it is, without a
	   capability. */
	if (geteuid() == 0) {
		setgroups(0, NULL);
		if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
			prctl(PR_SET_DUMPABLE, 0);
	}
	/* A change of user clears the death signal. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	none = cap_init();
	if (none) {
		cap_set_proc(none);
		cap_free(none);
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
