#include "init/privs.h"

#include <grp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Not 65534, whom containers like to be: where PIDs are shared, they could end what is theirs.  It
   is the user of Kubernetes' pause. */
#define HELPER 65535

void privs_drop(void)
{
	cap_t none;

	/* In a user namespace there may be no such user: then it stays who it is, without a
	   capability. */
	if (geteuid() == 0) {
		setgroups(0, NULL);
		if (setresgid(HELPER, HELPER, HELPER) < 0 || setresuid(HELPER, HELPER, HELPER) < 0)
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
