/*
 * The logger with real pipes: each test forks one, holds the writing ends as PID 1 does, and reads
 * what comes out.  "It takes nothing for a second" is the only time in it; tests wait for what
 * follows from it, not for the time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init/logger.h"

/* One of the containers is to have its last words told. */
enum { PATIENCE_MS = 20000, CTRS = 4, TAILED = 3 };

static const char *const names[CTRS] = {"web", "db", "a-long-name", "x"};

/* ---- The logger, and PID 1's ends ---- */

static struct {
	pid_t pid;
	int control;
	int in[CTRS][2]; /* the writing ends */
	int out, err;    /* the reading ends of what it writes */
} lg;

/* PID 1 forks its helpers with signals blocked; what must not kill the logger may come. */
static void be_logger(int (*pipes)[2][2], bool prefix, int control, int out, int err)
{
	struct logger_source src[2 * CTRS];
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigfillset(&all);
	sigdelset(&all, SIGPIPE);
	sigdelset(&all, SIGXFSZ);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	for (unsigned i = 0; i < CTRS; i++)
		for (unsigned s = 0; s < 2; s++) {
			close(pipes[i][s][1]);
			src[2 * i + s] = (struct logger_source){pipes[i][s][0], (uint8_t)(s + 1),
								names[i], i == TAILED};
		}
	logger_run(src, 2 * CTRS, control, prefix, out, err);
	_exit(0);
}

/* `out` and `err` stay open here, too: closed by the caller. */
static void start_logger(bool prefix, int out, int err)
{
	int pipes[CTRS][2][2], socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	for (unsigned i = 0; i < CTRS; i++)
		for (unsigned s = 0; s < 2; s++) {
			assert_int_equal(pipe2(pipes[i][s], O_CLOEXEC), 0);
			fcntl(pipes[i][s][0], F_SETFL, O_NONBLOCK);
			lg.in[i][s] = pipes[i][s][1];
		}
	lg.pid = fork();
	assert_true(lg.pid >= 0);
	if (lg.pid == 0) {
		close(socks[0]);
		if (lg.out >= 0)
			close(lg.out);
		if (lg.err >= 0)
			close(lg.err);
		be_logger(pipes, prefix, socks[1], out, err);
	}
	close(socks[1]);
	lg.control = socks[0];
	for (unsigned i = 0; i < CTRS; i++)
		for (unsigned s = 0; s < 2; s++)
			close(pipes[i][s][0]);
}

/* The usual one: standard output and error are pipes that we read. */
static void start_with_pipes(bool prefix)
{
	int out[2], err[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	lg.out = out[0];
	lg.err = err[0];
	start_logger(prefix, out[1], err[1]);
	close(out[1]);
	close(err[1]);
}

static void start_with(bool prefix, int out, int err)
{
	lg.out = lg.err = -1;
	start_logger(prefix, out, err);
}

/* The end as PID 1 makes it: it closes the control socket and still holds the pipes. */
static void end_logger(void)
{
	int status;

	close(lg.control);
	assert_int_equal(waitpid(lg.pid, &status, 0), lg.pid);
	assert_int_equal(status, 0);
	for (unsigned i = 0; i < CTRS; i++)
		for (unsigned s = 0; s < 2; s++)
			if (lg.in[i][s] >= 0)
				close(lg.in[i][s]);
	if (lg.out >= 0)
		close(lg.out);
	if (lg.err >= 0)
		close(lg.err);
}

static void print_bytes(unsigned i, unsigned s, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = write(lg.in[i][s], bytes, n);

		assert_true(put > 0);
		bytes += put;
		n -= (size_t)put;
	}
}

static void print(unsigned i, unsigned s, const char *text)
{
	print_bytes(i, s, text, strlen(text));
}

static void tell_ended(unsigned i)
{
	uint16_t message = (uint16_t)i;

	assert_int_equal(send(lg.control, &message, sizeof message, MSG_NOSIGNAL), sizeof message);
}

static size_t read_some(int fd, char *buf, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("nothing came");
	n = read(fd, buf, size);
	return n > 0 ? (size_t)n : 0;
}

static void expect_bytes(int fd, const char *expected, size_t n)
{
	char *buf = malloc(n + 1);
	size_t have = 0, got = 1;

	while (have < n && got > 0) {
		got = read_some(fd, buf + have, n - have);
		have += got;
	}
	buf[have] = '\0';
	if (have != n || memcmp(buf, expected, n) != 0)
		fail_msg("expected %zu bytes: %.200s\ngot %zu: %.200s", n, expected, have, buf);
	free(buf);
}

static void expect(int fd, const char *expected)
{
	expect_bytes(fd, expected, strlen(expected));
}

static void expect_nothing(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 0), 0);
}

/* All there is until the other end is closed. */
static size_t read_all(int fd, char *buf, size_t size)
{
	size_t n = 0, got;

	while (n < size && (got = read_some(fd, buf + n, size - n)) > 0)
		n += got;
	return n;
}

/* All up to and including the line that has `text` in it. */
static size_t read_until(int fd, const char *text, char *buf, size_t size)
{
	size_t n = 0;

	while (!memmem(buf, n, text, strlen(text)) || buf[n - 1] != '\n') {
		size_t got = read_some(fd, buf + n, size - n);

		if (got == 0)
			fail_msg("it ended, or there was too much, and no \"%s\"", text);
		n += got;
	}
	return n;
}

/* ---- Lines ---- */

static void lines_get_prefixes(void **state)
{
	(void)state;
	start_with_pipes(true);
	print(0, 0, "one\ntwo\n");
	expect(lg.out, "web | one\nweb | two\n");
	print(1, 1, "oh\n");
	expect(lg.err, "db | oh\n");
	print(2, 0, "\n\n");
	expect(lg.out, "a-long-name | \na-long-name | \n");
	print(0, 1, "three\n");
	expect(lg.err, "web | three\n");
	expect_nothing(lg.out);
	end_logger();
}

static void raw_lines_get_none(void **state)
{
	(void)state;
	start_with_pipes(false);
	print(0, 0, "one\ntwo\nth");
	expect(lg.out, "one\ntwo\n");
	print(1, 0, "other\n");
	expect(lg.out, "other\n");
	print(0, 0, "ree\n");
	expect(lg.out, "three\n");
	print(3, 1, "e\n");
	expect(lg.err, "e\n");
	end_logger();
}

static void bytes_pass_as_they_are(void **state)
{
	static const char in[] = "a\r\n\0b\x1b[2J\xff\r\r\n";
	static const char out[] = "web | a\r\nweb | \0b\x1b[2J\xff\r\r\n";

	(void)state;
	start_with_pipes(true);
	print_bytes(0, 0, in, sizeof in - 1);
	expect_bytes(lg.out, out, sizeof out - 1);
	end_logger();
}

static void a_line_is_whole_or_not_there(void **state)
{
	(void)state;
	start_with_pipes(true);
	print(0, 0, "half");
	print(1, 0, "whole\n");
	expect(lg.out, "db | whole\n");
	expect_nothing(lg.out);
	print(0, 0, " and half\n");
	expect(lg.out, "web | half and half\n");
	end_logger();
}

static void the_end_of_an_instance_ends_its_line(void **state)
{
	(void)state;
	start_with_pipes(true);
	print(0, 0, "complete\nunfinished");
	print(0, 1, "error");
	print(1, 0, "other");
	tell_ended(0);
	expect(lg.out, "web | complete\nweb | unfinished\n");
	expect(lg.err, "web | error\n");
	print(0, 0, "next\n");
	expect(lg.out, "web | next\n");
	/* an end with nothing unfinished says nothing; the other one's line was not touched */
	tell_ended(0);
	tell_ended(2);
	tell_ended(60000);
	print(1, 0, " one\n");
	expect(lg.out, "db | other one\n");
	end_logger();
}

/* The logger may have read the beginning long before the end comes. */
static void an_end_finds_what_was_read_before(void **state)
{
	(void)state;
	start_with_pipes(true);
	print(0, 0, "seen");
	print(1, 0, "x\n");
	expect(lg.out, "db | x\n"); /* so it has had its turn */
	tell_ended(0);
	expect(lg.out, "web | seen\n");
	end_logger();
}

/* The next tail, as text; "": none is there within a second. */
static const char *next_tail(void)
{
	static char text[LOGGER_TAIL_MAX + 1];
	struct logger_tail tail;
	struct pollfd p = {.fd = lg.control, .events = POLLIN};
	ssize_t n = poll(&p, 1, PATIENCE_MS) == 1 ? recv(lg.control, &tail, sizeof tail, 0) : -1;

	assert_true(n >= (ssize_t)offsetof(struct logger_tail, text));
	assert_int_equal(tail.ctr, TAILED);
	assert_int_equal(tail.len, (size_t)n - offsetof(struct logger_tail, text));
	memcpy(text, tail.text, tail.len);
	text[tail.len] = '\0';
	return text;
}

static void the_last_words_of_an_instance_are_told(void **state)
{
	char line[64];
	const char *tail;

	(void)state;
	/* Proves: K8s 6.7.3 */
	start_with_pipes(true);
	print(TAILED, 0, "one\n");
	print(TAILED, 1, "unfinished");
	print(0, 0, "of another\n");
	tell_ended(TAILED);
	tail = next_tail();
	assert_non_null(strstr(tail, "one\n"));
	assert_non_null(strstr(tail, "unfinished"));
	assert_null(strstr(tail, "another"));
	/* Another instance has its own: eighty lines of it. */
	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof line, "line %d\n", i);
		print(TAILED, 0, line);
	}
	tell_ended(TAILED);
	tail = next_tail();
	assert_true(strncmp(tail, "line 120\n", 9) == 0);
	assert_string_equal(tail + strlen(tail) - 9, "line 199\n");
	/* And 2048 bytes. */
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof line, "%060d\n", i);
		print(TAILED, 0, line);
	}
	tell_ended(TAILED);
	tail = next_tail();
	assert_true(strlen(tail) <= LOGGER_TAIL_MAX && strlen(tail) > LOGGER_TAIL_MAX - 61);
	tell_ended(TAILED);
	assert_string_equal(next_tail(), "");
	end_logger();
}

static void the_end_of_all_writes_what_is_left(void **state)
{
	(void)state;
	start_with_pipes(true);
	kill(lg.pid, SIGSTOP); /* so that it finds everything at once */
	print(0, 0, "last\nwords");
	print(3, 1, "without end");
	close(lg.control);
	kill(lg.pid, SIGCONT);
	expect(lg.out, "web | last\nweb | words\n");
	expect(lg.err, "x | without end\n");
	lg.control = dup(STDERR_FILENO);
	end_logger();
}

static void long_lines_come_in_pieces(void **state)
{
	enum { N = LOGGER_LINE_MAX };
	static char line[3 * N + 10], expected[4 * N];
	size_t n = 0;

	(void)state;
	memset(line, 'y', sizeof line);
	start_with_pipes(true);
	/* one byte more than a piece */
	print_bytes(0, 0, line, N + 1);
	print(0, 0, "\n");
	n = (size_t)sprintf(expected, "web | %.*s\nweb | y\n", N, line);
	expect_bytes(lg.out, expected, n);
	/* exactly a piece, and exactly two: no empty line behind them */
	print_bytes(0, 0, line, N);
	print(0, 0, "\n\nz\n");
	n = (size_t)sprintf(expected, "web | %.*s\nweb | \nweb | z\n", N, line);
	expect_bytes(lg.out, expected, n);
	print_bytes(0, 0, line, 2 * N);
	print(0, 0, "\nz\n");
	n = (size_t)sprintf(expected, "web | %.*s\nweb | %.*s\nweb | z\n", N, line, N, line);
	expect_bytes(lg.out, expected, n);
	/* a line without an end, longer than a piece, does not hold up others */
	print_bytes(0, 0, line, N + 5);
	print(1, 0, "me\n");
	n = (size_t)sprintf(expected, "web | %.*s\ndb | me\n", N, line);
	expect_bytes(lg.out, expected, n);
	/* and the end of the instance ends it: with a piece, or without any byte left */
	tell_ended(0);
	expect(lg.out, "web | yyyyy\n");
	print_bytes(0, 0, line, N);
	print(1, 0, "told");
	tell_ended(0);
	n = (size_t)sprintf(expected, "web | %.*s\n", N, line);
	expect_bytes(lg.out, expected, n);
	tell_ended(1);
	expect(lg.out, "db | told\n");
	print(0, 0, "\nnext\n");
	expect(lg.out, "web | \nweb | next\n");
	end_logger();
}

/* ---- Many writers ---- */

static size_t length_of(unsigned writer, unsigned k)
{
	unsigned h = (writer * 7919 + k * 104729) % 1000;

	return h < 900 ? h % 150 : h < 990 ? h * 5 : 5000 + h * 10;
}

/* Line k of a writer: "k:" and so many letters of its own. */
static size_t make_line(char *buf, unsigned writer, unsigned k)
{
	size_t n = (size_t)sprintf(buf, "%u:", k);
	size_t len = length_of(writer, k);

	memset(buf + n, 'A' + (int)writer, len);
	buf[n + len] = '\n';
	return n + len + 1;
}

static pid_t start_writer(unsigned i, unsigned s, unsigned lines)
{
	pid_t pid = fork();
	char buf[20000];

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(lg.control);
	for (unsigned k = 0; k < lines; k++)
		print_bytes(i, s, buf, make_line(buf, i, k));
	_exit(0);
}

static void check_lines(const char *text, size_t n, unsigned lines)
{
	unsigned next[CTRS] = {0};
	const char *end = text + n;
	char expected[20000];

	for (const char *p = text; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		unsigned i = 0;
		size_t prefix, len;

		assert_non_null(nl);
		while (i < CTRS && (strncmp(p, names[i], strlen(names[i])) != 0 ||
				    strncmp(p + strlen(names[i]), " | ", 3) != 0))
			i++;
		if (i == CTRS)
			fail_msg("not a line: %.100s", p);
		prefix = strlen(names[i]) + 3;
		len = make_line(expected, i, next[i]++);
		if ((size_t)(nl + 1 - p) != prefix + len || memcmp(p + prefix, expected, len) != 0)
			fail_msg("line %u of %s is wrong: %.100s", next[i] - 1, names[i], p);
		p = nl + 1;
	}
	for (unsigned i = 0; i < CTRS; i++)
		assert_int_equal(next[i], lines);
}

static void write_much(unsigned s, unsigned lines)
{
	pid_t writers[CTRS];

	for (unsigned i = 0; i < CTRS; i++)
		writers[i] = start_writer(i, s, lines);
	for (unsigned i = 0; i < CTRS; i++)
		assert_int_equal(waitpid(writers[i], NULL, 0), writers[i]);
}

/* A child that reads what comes out, sleeping before each read, into a file. */
static pid_t start_reader(int from, int to, size_t each, int sleep_ms)
{
	static char buf[1 << 16];
	pid_t pid = fork();
	ssize_t n;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(lg.control);
	while (poll(NULL, 0, sleep_ms), (n = read(from, buf, each)) > 0)
		if (write(to, buf, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

static char *text_of(int fd, size_t *n)
{
	struct stat st;
	char *text;

	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	text = malloc(*n + 1);
	assert_int_equal(pread(fd, text, *n, 0), *n);
	text[*n] = '\0';
	return text;
}

static int temp_file(void)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	return fileno(f);
}

/* Whatever the speed of the reader: all there, each line whole, each writer's in order. */
static void nothing_is_lost_or_mixed(void **state)
{
	static const struct {
		unsigned lines;
		size_t each;
		int sleep_ms;
	} cases[] = {{3000, 1 << 16, 0}, {300, 5000, 1}, {100, 100, 0}};

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		int file = temp_file();
		pid_t reader;
		char *text;
		size_t n;

		start_with_pipes(true);
		reader = start_reader(lg.out, file, cases[k].each, cases[k].sleep_ms);
		write_much(0, cases[k].lines);
		end_logger();
		assert_int_equal(waitpid(reader, NULL, 0), reader);
		text = text_of(file, &n);
		check_lines(text, n, cases[k].lines);
		free(text);
		close(file);
	}
}

/* `>log 2>&1`: standard output and error are one; a line that takes several writes stays whole. */
static void two_streams_to_one_place(void **state)
{
	int file = temp_file(), out[2];
	pid_t reader, writers[CTRS];
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	lg.out = out[0];
	lg.err = -1;
	start_logger(true, out[1], out[1]);
	close(out[1]);
	reader = start_reader(lg.out, file, 5000, 0);
	for (unsigned i = 0; i < CTRS; i++)
		writers[i] = start_writer(i, i % 2, 1000);
	for (unsigned i = 0; i < CTRS; i++)
		assert_int_equal(waitpid(writers[i], NULL, 0), writers[i]);
	end_logger();
	assert_int_equal(waitpid(reader, NULL, 0), reader);
	text = text_of(file, &n);
	check_lines(text, n, 1000);
	free(text);
	close(file);
}

/* Numbered lines of one container. */
static void print_numbers(unsigned i, unsigned s, unsigned from, unsigned to)
{
	char line[128];

	for (unsigned k = from; k < to; k++) {
		sprintf(line, "%08u %090d\n", k, 0);
		print(i, s, line);
	}
}

/*
 * In what came out: lines in order, of which some may be missing where a note says how many.
 * Returns the number of notes.
 */
static unsigned check_numbers(const char *text, size_t n, const char *prefix, const char *why,
			      unsigned total)
{
	const char *end = text + n;
	unsigned next = 0, notes = 0, missing = 0;

	for (const char *p = text; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		unsigned k, more;
		char word[16];

		assert_non_null(nl);
		if (sscanf(p, "podinit | %u %15s dropped: ", &more, word) == 2) {
			assert_non_null(memmem(p, (size_t)(nl - p), why, strlen(why)));
			assert_string_equal(word, more == 1 ? "line" : "lines");
			missing += more;
			notes++;
		} else {
			assert_memory_equal(p, prefix, strlen(prefix));
			k = (unsigned)strtoul(p + strlen(prefix), NULL, 10);
			assert_int_equal((size_t)(nl - p), strlen(prefix) + 99);
			assert_int_equal(k, next + missing);
			next += missing;
			missing = 0;
			next++;
		}
		p = nl + 1;
	}
	assert_int_equal(next + missing, total);
	return notes;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Of those who share the pipe, podinit's own log for one: short lines stay whole between them. */
static void others_write_there_as_well(void **state)
{
	int file = temp_file(), out[2];
	pid_t reader, other;
	char *text;
	size_t n, kept = 0;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	lg.out = out[0];
	lg.err = -1;
	start_logger(true, out[1], out[1]);
	other = fork();
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(lg.control);
		while (write(out[1], "podinit[1] says something\n", 26) == 26)
			;
		_exit(0);
	}
	close(out[1]);
	/* It has begun. */
	assert_int_equal(poll(&(struct pollfd){.fd = lg.out, .events = POLLIN}, 1, 10000), 1);
	reader = start_reader(lg.out, file, 3000, 0);
	print_numbers(0, 0, 0, 5000);
	stop(other);
	end_logger();
	assert_int_equal(waitpid(reader, NULL, 0), reader);
	text = text_of(file, &n);
	for (char *p = text, *end = text + n; p < end;) {
		char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)(nl + 1 - p);

		if (len != 26 || memcmp(p, "podinit[1] says something\n", 26) != 0) {
			memmove(text + kept, p, len);
			kept += len;
		}
		p = nl + 1;
	}
	assert_true(kept < n);
	assert_int_equal(check_numbers(text, kept, "web | ", "", 5000), 0);
	free(text);
	close(file);
}

static pid_t start_flood(unsigned i)
{
	static const char block[] = "flood flood flood flood flood flood flood flood flood flood\n";
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(lg.control);
	while (write(lg.in[i][0], block, sizeof block - 1) > 0)
		;
	_exit(0);
}

static bool file_has(int fd, const char *text)
{
	size_t n;
	char *all = text_of(fd, &n);
	bool found = memmem(all, n, text, strlen(text)) != NULL;

	free(all);
	return found;
}

/* The loudest gets no more than twice the room of the least loud, once all are at it. */
static void expect_equal_shares(int fd, unsigned n)
{
	unsigned most = 0, least = UINT_MAX;
	size_t size;
	char *all;

	do
		poll(NULL, 0, 10);
	while (lseek(fd, 0, SEEK_END) < 3 << 20);
	all = text_of(fd, &size);
	for (unsigned i = 0; i < n; i++) {
		unsigned lines = 0;

		for (char *p = all;
		     (p = memmem(p, (size_t)(all + size - p), names[i], strlen(names[i]))); p++)
			lines++;
		most = lines > most ? lines : most;
		least = lines < least ? lines : least;
	}
	free(all);
	assert_true(most <= 2 * least);
}

static void a_flood_does_not_drown_others(void **state)
{
	int file = temp_file();
	pid_t floods[3], reader;
	unsigned waited = 0;

	(void)state;
	start_with_pipes(true);
	reader = start_reader(lg.out, file, 4096, 1);
	close(lg.out);
	lg.out = -1;
	for (unsigned i = 0; i < 3; i++)
		floods[i] = start_flood(i);
	/* Not on another outlet, while its own is full; */
	for (unsigned k = 0; k < 100; k++) {
		print(3, 1, "help\n");
		expect(lg.err, "x | help\n");
	}
	/* nor on the same, whatever its number. */
	print(3, 0, "and me\n");
	while (!file_has(file, "\nx | and me\n") && waited++ < 500)
		poll(NULL, 0, 10);
	assert_true(waited < 500);
	expect_equal_shares(file, 3);
	/* Nor does it keep the logger from ending. */
	end_logger();
	for (unsigned i = 0; i < 3; i++)
		stop(floods[i]);
	stop(reader);
	close(file);
}

/* ---- Nobody takes it ---- */

static void a_stuck_reader_holds_nobody(void **state)
{
	char byte;

	(void)state;
	start_with_pipes(true);
	/* Far more than the pipes hold: this would wait for ever for the reader. */
	print_numbers(0, 0, 0, 20000);
	/* The other outlet was never stuck. */
	print(1, 1, "fine\n");
	expect(lg.err, "db | fine\n");
	assert_int_equal(read_some(lg.out, &byte, 1), 1);
	end_logger();
}

/* It takes a little every now and then, and never all that is there: that is slow, not stuck. */
static void a_slow_reader_loses_nothing(void **state)
{
	int file = temp_file(), out[2];
	pid_t reader;
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_true(fcntl(out[1], F_SETPIPE_SZ, 4096) > 0);
	lg.out = out[0];
	lg.err = -1;
	start_logger(true, out[1], out[1]);
	close(out[1]);
	reader = start_reader(lg.out, file, 4096, 300);
	print_numbers(0, 0, 0, 300);
	end_logger();
	assert_int_equal(waitpid(reader, NULL, 0), reader);
	text = text_of(file, &n);
	assert_int_equal(check_numbers(text, n, "web | ", "", 300), 0);
	free(text);
	close(file);
}

/* After the note lines pass as before, and the next note starts to count anew. */
static void a_stuck_reader_comes_back(void **state)
{
	static char buf[1 << 20];
	size_t n;

	(void)state;
	start_with_pipes(true);
	print_numbers(0, 1, 0, 20000);
	n = read_until(lg.err, " dropped: ", buf, sizeof buf);
	print_numbers(0, 1, 20000, 20010);
	n += read_until(lg.err, "| 00020009", buf + n, sizeof buf - n);
	print_numbers(0, 1, 20010, 40000);
	n += read_until(lg.err, " dropped: ", buf + n, sizeof buf - n);
	print_numbers(0, 1, 40000, 40001);
	n += read_until(lg.err, "| 00040000", buf + n, sizeof buf - n);
	assert_int_equal(check_numbers(buf, n, "web | ", "standard error took nothing for ", 40001),
			 2);
	end_logger();
}

/* The beginning of a long line is out when the reader stops: its rest comes before the note. */
static void a_line_that_was_begun_is_ended(void **state)
{
	static char line[10001], buf[2 << 20];
	unsigned lines = 0, dropped = 0;
	size_t n;

	(void)state;
	memset(line, 'L', 10000);
	line[10000] = '\n';
	start_with_pipes(true);
	assert_true(fcntl(lg.out, F_SETPIPE_SZ, 4096) > 0);
	for (unsigned k = 0; k < 100; k++)
		print_bytes(0, 0, line, sizeof line);
	n = read_until(lg.out, " dropped: ", buf, sizeof buf);
	print(0, 0, "end\n");
	n += read_until(lg.out, "| end", buf + n, sizeof buf - n);
	for (const char *p = buf; p < buf + n - 10;) {
		if (strncmp(p, "podinit | ", 10) == 0) {
			dropped = (unsigned)strtoul(p + 10, NULL, 10);
			p = (const char *)rawmemchr(p, '\n') + 1;
			continue;
		}
		assert_memory_equal(p, "web | ", 6);
		assert_memory_equal(p + 6, line, sizeof line);
		p += 6 + sizeof line;
		lines++;
	}
	assert_true(dropped > 0);
	assert_int_equal(lines + dropped, 100);
	end_logger();
}

static void a_stuck_reader_does_not_hold_the_end(void **state)
{
	(void)state;
	start_with_pipes(true);
	kill(lg.pid, SIGSTOP);
	for (unsigned i = 0; i < CTRS; i++)
		for (unsigned s = 0; s < 2; s++)
			print_numbers(i, s, 0, 600);
	kill(lg.pid, SIGCONT);
	end_logger(); /* it returns, that is all */
}

/* Who stops the pod learns that lines are missing, if only on the other outlet. */
static void what_was_dropped_is_told_at_the_end(void **state)
{
	static const char line[] = "0123456789abcde\n"; /* fills pages to the last byte */
	static const char note[] = " dropped: standard output took nothing for ";
	static char buf[1 << 20];
	size_t n;

	(void)state;
	start_with_pipes(false);
	for (unsigned i = 0; i < 20000; i++)
		print(0, 0, line);
	close(lg.control);
	lg.control = dup(STDERR_FILENO);
	/* On the other stream; but the page that was begun last may have had room for it, which
	   depends on how the lines came in. */
	n = read_all(lg.err, buf, sizeof buf);
	if (n > 0)
		assert_memory_equal(buf, "podinit | ", 10);
	else
		n = read_all(lg.out, buf, sizeof buf);
	assert_non_null(memmem(buf, n, note, strlen(note)));
	end_logger();
}

static void nobody_is_there_any_more(void **state)
{
	(void)state;
	start_with_pipes(true);
	print(0, 0, "x\n");
	expect(lg.out, "web | x\n");
	close(lg.out);
	lg.out = -1;
	print_numbers(0, 0, 0, 20000);
	print(0, 1, "here\n");
	expect(lg.err, "web | here\n");
	end_logger();
}

static void a_full_disk_gets_room_again(void **state)
{
	struct rlimit small = {50000, RLIM_INFINITY}, large = {RLIM_INFINITY, RLIM_INFINITY};
	int file = temp_file(), err[2];
	char *text;
	size_t n;

	(void)state;
	fcntl(file, F_SETFL, O_APPEND);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	lg.out = -1;
	lg.err = err[0];
	start_logger(true, file, err[1]);
	close(err[1]);
	assert_int_equal(prlimit(lg.pid, RLIMIT_FSIZE, &small, NULL), 0);
	print_numbers(0, 0, 0, 5000);
	tell_ended(0);
	print(0, 1, "now\n");
	expect(lg.err, "web | now\n");
	do
		poll(NULL, 0, 1);
	while (lseek(file, 0, SEEK_END) < 50000);
	assert_int_equal(prlimit(lg.pid, RLIMIT_FSIZE, &large, NULL), 0);
	print_numbers(0, 0, 5000, 10000);
	end_logger();
	text = text_of(file, &n);
	assert_true(check_numbers(text, n, "web | ", "standard output: File too large", 10000) >=
		    1);
	free(text);
	close(file);
}

static void a_closed_descriptor_is_no_harm(void **state)
{
	int out[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int gone = 700;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	lg.out = out[0];
	lg.err = -1;
	start_logger(true, out[1], gone);
	close(out[1]);
	print_numbers(0, 1, 0, 5000);
	print(0, 0, "alive\n");
	expect(lg.out, "web | alive\n");
	close(null);
	end_logger();
}

/* ---- Other kinds of output ---- */

/* Fills what has no reader, waits until the logger drops, then reads all of it. */
static void fill_and_empty(int reader)
{
	static char buf[8 << 20];
	size_t n;

	print_numbers(0, 0, 0, 20000);
	n = read_until(reader, " dropped: ", buf, sizeof buf);
	print_numbers(0, 0, 20000, 20010);
	n += read_until(reader, "| 00020009", buf + n, sizeof buf - n);
	assert_true(check_numbers(buf, n, "web | ", "standard output took nothing for ", 20010) >=
		    1);
}

static void a_socket_will_do(void **state)
{
	int socks[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	start_with(true, socks[0], socks[0]);
	fill_and_empty(socks[1]);
	end_logger();
	assert_int_equal(fcntl(socks[0], F_GETFL) & O_NONBLOCK, 0);
	close(socks[0]);
	close(socks[1]);
}

/* A pipe with a name has no write that does not wait. */
static void a_named_pipe_will_do(void **state)
{
	char path[] = "/tmp/logger-test-XXXXXX";
	int rd, wr;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	rd = open("fifo", O_RDWR | O_CLOEXEC);
	wr = open("fifo", O_WRONLY | O_CLOEXEC);
	unlink("fifo");
	assert_int_equal(chdir("/"), 0);
	rmdir(path);
	start_with(true, wr, wr);
	fill_and_empty(rd);
	end_logger();
	assert_int_equal(fcntl(wr, F_GETFL) & O_NONBLOCK, 0);
	close(rd);
	close(wr);
}

/* Nobody reads the terminal, which says that it is writable as long as a byte fits. */
static void a_terminal_will_do(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), tty;
	struct termios t;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	tty = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(tty >= 0);
	assert_int_equal(tcgetattr(tty, &t), 0);
	cfmakeraw(&t);
	assert_int_equal(tcsetattr(tty, TCSANOW, &t), 0);
	start_with(true, tty, tty);
	fill_and_empty(master);
	/* ^S and ^Q */
	assert_int_equal(tcflow(tty, TCOOFF), 0);
	print(0, 0, "paused\n");
	expect_nothing(master);
	assert_int_equal(tcflow(tty, TCOON), 0);
	expect(master, "web | paused\n");
	/* hung up */
	close(master);
	print_numbers(0, 0, 0, 20000);
	end_logger();
	close(tty);
}

/* ---- Rest ---- */

/* Every time it went to sleep, and hundredths of seconds it was busy. */
static long activity(void)
{
	char path[64], line[1024];
	long n = -1, user, kernel;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)lg.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		sscanf(line, "voluntary_ctxt_switches: %ld", &n);
	fclose(f);
	assert_true(n >= 0);
	snprintf(path, sizeof path, "/proc/%d/stat", (int)lg.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	fclose(f);
	assert_int_equal(sscanf(strrchr(line, ')') + 1,
				" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
				&kernel),
			 2);
	return n + user + kernel;
}

static void expect_sleep(void)
{
	long before;

	poll(NULL, 0, 100);
	before = activity();
	poll(NULL, 0, 300);
	assert_int_equal(activity(), before);
}

static void it_sleeps_when_there_is_nothing(void **state)
{
	(void)state;
	start_with_pipes(true);
	expect_sleep();
	print(0, 0, "half");
	expect_sleep();
	/* Pipes that have hung up say nothing more. */
	close(lg.in[0][0]);
	lg.in[0][0] = -1;
	expect(lg.out, "web | half\n");
	expect_sleep();
	/* A reader that has gone is not asked again and again. */
	close(lg.out);
	lg.out = -1;
	print(1, 0, "x\n");
	expect_sleep();
	end_logger();
}

static void it_sleeps_when_it_is_stuck(void **state)
{
	(void)state;
	start_with_pipes(true);
	print_numbers(0, 0, 0, 20000);
	close(lg.in[1][0]); /* parked or not, what hangs up meanwhile must not wake it for ever */
	lg.in[1][0] = -1;
	expect_sleep();
	end_logger();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_get_prefixes),
		cmocka_unit_test(raw_lines_get_none),
		cmocka_unit_test(bytes_pass_as_they_are),
		cmocka_unit_test(a_line_is_whole_or_not_there),
		cmocka_unit_test(the_end_of_an_instance_ends_its_line),
		cmocka_unit_test(an_end_finds_what_was_read_before),
		cmocka_unit_test(the_last_words_of_an_instance_are_told),
		cmocka_unit_test(the_end_of_all_writes_what_is_left),
		cmocka_unit_test(long_lines_come_in_pieces),
		cmocka_unit_test(nothing_is_lost_or_mixed),
		cmocka_unit_test(two_streams_to_one_place),
		cmocka_unit_test(others_write_there_as_well),
		cmocka_unit_test(a_flood_does_not_drown_others),
		cmocka_unit_test(a_stuck_reader_holds_nobody),
		cmocka_unit_test(a_slow_reader_loses_nothing),
		cmocka_unit_test(a_stuck_reader_comes_back),
		cmocka_unit_test(a_line_that_was_begun_is_ended),
		cmocka_unit_test(a_stuck_reader_does_not_hold_the_end),
		cmocka_unit_test(what_was_dropped_is_told_at_the_end),
		cmocka_unit_test(nobody_is_there_any_more),
		cmocka_unit_test(a_full_disk_gets_room_again),
		cmocka_unit_test(a_closed_descriptor_is_no_harm),
		cmocka_unit_test(a_socket_will_do),
		cmocka_unit_test(a_named_pipe_will_do),
		cmocka_unit_test(a_terminal_will_do),
		cmocka_unit_test(it_sleeps_when_there_is_nothing),
		cmocka_unit_test(it_sleeps_when_it_is_stuck),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
