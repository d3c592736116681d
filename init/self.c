#include "init/self.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* A memory file that may be executed, whatever the machine's default is. */
static int memory(void)
{
	int fd = memfd_create("podinit", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	/* Before Linux 6.3 there is no such flag, and no need for it. */
	return fd < 0 && errno == EINVAL ? memfd_create("podinit", MFD_CLOEXEC | MFD_ALLOW_SEALING)
					 : fd;
}

static int execute_copy(int own, char *const argv[])
{
	int copy = memory(), err;
	struct stat st;
	off_t at = 0;

	if (copy < 0)
		return errno;
	errno = EIO;
	if (fstat(own, &st) == 0) {
		while (at < st.st_size && sendfile(copy, own, &at, (size_t)(st.st_size - at)) > 0)
			;
		if (at == st.st_size && fchmod(copy, 0500) == 0 &&
		    fcntl(copy, F_ADD_SEALS, SEALS) == 0)
			fexecve(copy, argv, environ);
	}
	err = errno;
	close(copy);
	return err;
}

int self_seal(char *const argv[])
{
	int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), seals, err;

	if (own < 0)
		return errno;
	seals = fcntl(own, F_GET_SEALS);
	if (seals >= 0 && seals & F_SEAL_WRITE) {
		/* The kernel has named us after a descriptor. */
		prctl(PR_SET_NAME, "podinit");
		err = fchmod(own, 0) < 0 ? errno : 0;
	} else {
		err = execute_copy(own, argv);
	}
	close(own);
	return err;
}
