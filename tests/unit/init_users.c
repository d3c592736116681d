/* User namespaces that cannot be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/sys.h"
#include "init/users.h"

static unsigned descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* In a namespace that has its root and nobody else there is no range to give away. */
static int without_a_range(void)
{
	unsigned uid = geteuid(), gid = getegid();
	struct users users = {0};
	char uids[32], gids[32];
	unsigned before = descriptors();

	snprintf(uids, sizeof uids, "0 %u 1", uid);
	snprintf(gids, sizeof gids, "0 %u 1", gid);
	if (unshare(CLONE_NEWUSER) < 0 ||
	    sys_write_file(AT_FDCWD, "/proc/self/uid_map", uids) < 0 ||
	    sys_write_file(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    sys_write_file(AT_FDCWD, "/proc/self/gid_map", gids) < 0)
		return 77;
	if (users_make(&users) != EPERM || users.first)
		return 1;
	return descriptors() == before ? 0 : 2;
}

static void test_one_that_cannot_be_mapped_is_not_kept(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(without_a_range());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_that_cannot_be_mapped_is_not_kept),
	};

	return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
