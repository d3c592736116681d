/*
 * What cannot be brought about from outside: between the outlet's poll() and its write() somebody
 * else fills the pipe that both share.  Here poll() and setitimer() are ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/outlet.h"

static bool poll_lies;
static unsigned polls, alarms;

int poll(struct pollfd *p, nfds_t n, int timeout)
{
	struct timespec t = {timeout / 1000, timeout % 1000 * 1000000L};

	polls++;
	if (poll_lies) {
		p->revents = POLLOUT;
		return 1;
	}
	return ppoll(p, n, timeout < 0 ? NULL : &t, NULL);
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict new,
	      struct itimerval *restrict old)
{
	alarms += new->it_value.tv_sec > 0;
	return (int)syscall(SYS_setitimer, which, new, old);
}

static struct outlet outlet;

/* A named pipe, which has no write that does not wait; as full as it can be. */
static int full_pipe(void)
{
	char path[] = "/tmp/outlet-test-XXXXXX";
	int fd;

	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	assert_true(fd >= 0);
	unlink("fifo");
	assert_int_equal(chdir("/"), 0);
	rmdir(path);
	while (write(fd, (char[4096]){0}, 4096) > 0)
		;
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	return fd;
}

static void write_a_line(int fd)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	outlets_prepare();
	outlet_init(&outlet, fd, "standard output");
	if (!outlet_add(&outlet, "web | ", 6, "x", 1))
		_exit(1);
	outlet_flush(&outlet);
	if (outlet.state != OUTLET_WAITING || !outlet_watches(&outlet))
		_exit(2);
	if (outlet_add(&outlet, "web | ", 6, "y", 1))
		_exit(3);
}

static int end_of(pid_t pid)
{
	int status = -1;

	/* The guard's second, and far more. */
	for (int i = 0; i < 2000 && waitpid(pid, &status, WNOHANG) == 0; i++)
		ppoll(NULL, 0, &(struct timespec){0, 10000000}, NULL);
	if (status == -1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return status;
}

static void a_write_that_waits_is_ended(void **state)
{
	int fd = full_pipe();
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		poll_lies = true;
		write_a_line(fd);
		_exit(alarms > 0 ? 0 : 4);
	}
	assert_int_equal(end_of(pid), 0);
	close(fd);
}

static void what_is_not_writable_is_not_tried(void **state)
{
	int fd = full_pipe();
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		write_a_line(fd);
		_exit(polls > 0 && alarms == 0 ? 0 : 4);
	}
	assert_int_equal(end_of(pid), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_that_waits_is_ended),
		cmocka_unit_test(what_is_not_writable_is_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
