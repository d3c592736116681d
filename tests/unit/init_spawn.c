/* Processes that are started where their container is about to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/spawn.h"
#include "init/sys.h"

static void test_a_container_that_ends_under_a_probe_is_gone(void **state)
{
	static char mark[MARK_MAX];
	struct plan plan = {.join = CLONE_NEWPID, .mark = mark};
	struct ctr_spec ctr = {.name = mark};
	struct pod_spec spec = {.ctr = &ctr, .n = 1};
	struct wires wires = {.cgroup = -1};
	struct spawned s;
	int pidfd;
	char path[64];
	pid_t pid = sys_fork(CLONE_NEWPID, -1, &pidfd);

	(void)state;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		skip();
	/* A namespace can be entered whose processes have all died; a process cannot. */
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	wires.join = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(wires.join >= 0);
	assert_return_code(kill(pid, SIGKILL), errno);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	spawn_open();
	assert_int_equal(spawn(&s, &plan, &spec, (struct task){0, ROLE_READINESS, 1}, &wires),
			 ESRCH);
	/* And it is back where it was. */
	pid = sys_fork(0, -1, &pidfd);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(wires.join);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_container_that_ends_under_a_probe_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
