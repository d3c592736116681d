/* podinit's own log, where standard error takes less than is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/say.h"
#include "init/sys.h"

enum { PIPE = 8192 };

static int out = -1; /* what is read from standard error */
static char text[1 << 20];

/* In a child cmocka's assertions would go on with the next test. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                     \
			fflush(stdout);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* Standard error is a pipe that holds little. */
static void in_child(void (*test)(void))
{
	int fds[2], status;
	pid_t pid = fork();

	if (pid == 0) {
		must(pipe(fds) == 0 && fcntl(fds[1], F_SETPIPE_SZ, PIPE) == PIPE);
		must(dup2(fds[1], STDERR_FILENO) == STDERR_FILENO && close(fds[1]) == 0);
		out = fds[0];
		say_open(LEVEL_INFO, sys_now());
		test();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* What is in the pipe: behind what was read before. */
static void take(void)
{
	struct pollfd p = {.fd = out, .events = POLLIN};
	size_t n = strlen(text);
	ssize_t got;

	while (poll(&p, 1, 0) == 1 && (got = read(out, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
}

static void say_lines(int from, int to)
{
	for (int i = from; i < to; i++)
		say(LEVEL_INFO, "Line", "n=%d %s", i,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

/* The lines are those from `from` to `to`, in order; *at moves behind them. */
static void read_lines(const char **at, int from, int to)
{
	for (int i = from; i < to; i++) {
		const char *word = strstr(*at, " info Line n=");
		int n = -1;

		must(word && sscanf(word, " info Line n=%d", &n) == 1);
		must(n == i);
		must(strncmp(*at, "podinit[", 8) == 0 && strchr(*at, '\n') > word);
		*at = strchr(*at, '\n') + 1;
	}
}

/* All that waits is written and read. */
static void drain(void)
{
	for (int turns = 0; say_waiting() >= 0; turns++) {
		must(turns < 1000);
		take();
		say_flush();
	}
	take();
}

static void slow(void)
{
	const char *at = text;

	for (int i = 0; i < 1000; i += 100) {
		say_lines(i, i + 100);
		must(say_waiting() >= 0);
		/* Somewhat slower than it is said. */
		for (int turns = 0; turns < 2; turns++) {
			take();
			say_flush();
		}
	}
	drain();
	read_lines(&at, 0, 1000);
	must(*at == '\0');
}

static void test_lines_wait_for_a_slow_reader(void **state)
{
	(void)state;
	in_child(slow);
}

static void overflowing(void)
{
	const char *at = text;
	unsigned lost;
	int kept = 0;

	say_lines(0, 2000);
	/* Some room is not enough: what comes after a gap comes after it is told. */
	take();
	say_flush();
	say_lines(2000, 2010);
	drain();
	say_lines(2010, 2011);
	drain();
	while (kept < 2000 && strstr(at, " info Line ") < strstr(at, " LogDropped ")) {
		read_lines(&at, kept, kept + 1);
		kept++;
	}
	must(at - text > SAY_BACKLOG && at - text < SAY_BACKLOG + 2 * PIPE);
	must(sscanf(strstr(at, " warning LogDropped"), " warning LogDropped lines=%u", &lost) == 1);
	must(kept + (int)lost == 2010);
	at = strchr(at, '\n') + 1;
	read_lines(&at, 2010, 2011);
	must(*at == '\0');
}

static void test_what_is_too_much_is_counted(void **state)
{
	(void)state;
	in_child(overflowing);
}

static void forked(void)
{
	const char *at = text;
	int status, first = 0;
	pid_t pid;

	say_lines(0, 100);
	pid = fork();
	if (pid == 0) {
		take();
		say_lines(500, 501);
		say_close();
		take();
		/* What waits is not the child's to write. */
		must(strstr(text, "n=500") && !strstr(text, "n=99 "));
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0);
	drain();
	/* The child has read what was written before. */
	must(sscanf(strstr(text, " n="), " n=%d", &first) == 1 && first > 0);
	read_lines(&at, first, 100);
}

static void test_a_child_leaves_alone_what_waits(void **state)
{
	(void)state;
	in_child(forked);
}

static void closing(void)
{
	pid_t pid;
	int status;

	say_lines(0, 200);
	pid = fork();
	if (pid == 0) {
		const char *at = text;

		for (int waits = 0; !strstr(text, "n=199 "); waits++) {
			must(waits < 5000);
			take();
			poll(NULL, 0, 1);
		}
		read_lines(&at, 0, 200);
		_exit(0);
	}
	say_close();
	must(say_waiting() < 0);
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_the_end_waits_for_a_reader(void **state)
{
	(void)state;
	in_child(closing);
}

static void refusing(void)
{
	int full = open("/dev/full", O_WRONLY);

	must(dup2(full, STDERR_FILENO) == STDERR_FILENO);
	say_lines(0, 1000);
	must(say_waiting() < 0);
}

static void test_who_takes_nothing_ever_keeps_nothing_waiting(void **state)
{
	(void)state;
	in_child(refusing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_wait_for_a_slow_reader),
		cmocka_unit_test(test_what_is_too_much_is_counted),
		cmocka_unit_test(test_a_child_leaves_alone_what_waits),
		cmocka_unit_test(test_the_end_waits_for_a_reader),
		cmocka_unit_test(test_who_takes_nothing_ever_keeps_nothing_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
