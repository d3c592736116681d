/*
 * The prober against real sockets: each test forks a prober, plays PID 1 on one end of its socket,
 * and lets forked children serve.  Nothing here measures time; what must not happen is looked for
 * after something else that comes later has happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/http.h"
#include "probes/probe.h"

/* Long enough to be wrong only on a machine that is dead; a passing test never waits for it. */
enum { PATIENCE_MS = 20000 };

static struct ctr_spec ctr[CTR_MAX];
static struct pod_spec spec = {.name = "test", .ctr = ctr, .n = CTR_MAX};

/* ---- PID 1's end ---- */

struct child {
	pid_t pid;
	int sock;
};

static struct child start_prober(void)
{
	struct child c;
	int socks[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, socks), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(socks[0]);
		prober_run(&spec, socks[1]);
		_exit(0);
	}
	close(socks[1]);
	c.sock = socks[0];
	return c;
}

/* The prober returns when its peer is gone, whatever is open. */
static void stop_prober(struct child *c)
{
	int status;

	close(c->sock);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_int_equal(status, 0);
}

static void tell(const struct child *c, int kind, unsigned i, unsigned probe, uint32_t generation)
{
	struct probe_ask a = {(uint8_t)kind, (uint8_t)probe, (uint8_t)i, 0, generation};
	struct pollfd p = {.fd = c->sock, .events = POLLOUT};

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(send(c->sock, &a, sizeof a, MSG_NOSIGNAL), sizeof a);
}

static struct probe_verdict hear(const struct child *c)
{
	struct pollfd p = {.fd = c->sock, .events = POLLIN};
	struct probe_verdict v;

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(recv(c->sock, &v, sizeof v, 0), sizeof v);
	assert_non_null(memchr(v.message, '\0', sizeof v.message));
	assert_true(v.verdict <= VERDICT_ERROR);
	return v;
}

static void expect_silence(const struct child *c)
{
	struct probe_verdict v;

	assert_int_equal(recv(c->sock, &v, sizeof v, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static void set_probe(unsigned i, unsigned probe, enum handler_kind handler, uint16_t port)
{
	struct handler h = {.kind = handler,
			    .hook = probe >= PROBES,
			    .host = "127.0.0.1",
			    .port = port,
			    .path = "/",
			    .service = ""};

	if (probe < PROBES)
		ctr[i].probe[probe] = (struct probe_spec){.handler = h};
	else
		ctr[i].hook[probe - PROBES] = (struct hook_spec){.handler = h};
}

/* ---- What it costs ---- */

static long cpu_ticks(pid_t pid)
{
	char path[64], buf[1024];
	long user, kernel;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_int_equal(sscanf(strrchr(buf, ')') + 1,
				" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
				&kernel),
			 2);
	return user + kernel;
}

static unsigned open_files(pid_t pid)
{
	unsigned n = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void expect_sleep(pid_t pid)
{
	long before;

	poll(NULL, 0, 200);
	before = cpu_ticks(pid);
	poll(NULL, 0, 300);
	assert_true(cpu_ticks(pid) - before <= sysconf(_SC_CLK_TCK) / 10);
}

/* ---- Servers ---- */

typedef void serve_fn(int conn, const char *request);

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t n = sizeof a;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	return ntohs(a.sin_port);
}

static int listen_somewhere(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 1024), 0);
	*port = port_of(fd);
	return fd;
}

/* A port that nobody listens on, and that nobody else gets while `fd` is open. */
static int closed_port(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	*port = port_of(fd);
	return fd;
}

static void serve(int fd, serve_fn *fn)
{
	char request[4096];

	for (;;) {
		int conn = accept(fd, NULL, NULL);
		size_t n = 0;
		ssize_t got;

		while (n < sizeof request - 1 &&
		       (got = read(conn, request + n, sizeof request - 1 - n)) > 0) {
			n += (size_t)got;
			request[n] = '\0';
			if (strstr(request, "\r\n\r\n"))
				break;
		}
		fn(conn, request);
		close(conn);
	}
}

static pid_t start_server(uint16_t *port, serve_fn *fn)
{
	int fd = listen_somewhere(port);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		serve(fd, fn);
	}
	close(fd);
	return pid;
}

static void stop_server(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void say(int conn, const char *text)
{
	size_t n = strlen(text), done = 0;
	ssize_t put;

	while (done < n && (put = write(conn, text + done, n - done)) > 0)
		done += (size_t)put;
}

/* One question to one server. */
static struct probe_verdict ask_server(serve_fn *fn, const char *path)
{
	struct child c;
	struct probe_verdict v;
	uint16_t port;
	pid_t server = start_server(&port, fn);

	set_probe(7, PROBE_READINESS, HANDLER_HTTP, port);
	ctr[7].probe[PROBE_READINESS].handler.path = path;
	c = start_prober();
	tell(&c, PROBE_ASK, 7, PROBE_READINESS, 4000000000U);
	v = hear(&c);
	assert_int_equal(v.ctr, 7);
	assert_int_equal(v.probe, PROBE_READINESS);
	assert_true(v.generation == 4000000000U);
	expect_silence(&c);
	stop_prober(&c);
	stop_server(server);
	return v;
}

static void expect_answer(serve_fn *fn, enum verdict verdict, const char *text)
{
	struct probe_verdict v = ask_server(fn, "/");

	assert_string_equal(v.message, text);
	assert_int_equal(v.verdict, verdict);
}

/* ---- Replies ---- */

static void serve_200(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void serve_404(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void serve_500_until_closed(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.0 500 Oh\r\n\r\nno");
}

static void status_decides(void **state)
{
	(void)state;
	expect_answer(serve_200, VERDICT_SUCCESS, "");
	expect_answer(serve_404, VERDICT_FAILURE, "HTTP probe failed with statuscode: 404");
	expect_answer(serve_500_until_closed, VERDICT_FAILURE,
		      "HTTP probe failed with statuscode: 500");
}

static void serve_echo(int conn, const char *request)
{
	static const char start[] = "GET /ready?x=1 HTTP/1.1\r\nHost: 127.0.0.1:";
	bool good = strncmp(request, start, sizeof start - 1) == 0 &&
		    strstr(request, "\r\nUser-Agent: kube-probe/");

	say(conn, good ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 400 Bad\r\n\r\n");
}

static void the_request_arrives(void **state)
{
	(void)state;
	assert_int_equal(ask_server(serve_echo, "/ready?x=1").verdict, VERDICT_SUCCESS);
	assert_int_equal(ask_server(serve_echo, "/other").verdict, VERDICT_FAILURE);
}

/* Every byte a packet of its own, whatever the two kernels' ends make of it. */
static void serve_bytewise(int conn, const char *request)
{
	static const char reply[] =
		"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";

	(void)request;
	for (const char *p = reply; *p; p++) {
		if (write(conn, p, 1) != 1)
			return;
		poll(NULL, 0, 1);
	}
	/* The end of the chunks is the end: the prober does not wait for the connection's. */
	while (read(conn, (char[16]){0}, 16) > 0)
		;
}

static void a_slow_reply_is_a_reply(void **state)
{
	(void)state;
	expect_answer(serve_bytewise, VERDICT_FAILURE, "HTTP probe failed with statuscode: 503");
}

static void serve_garbage(int conn, const char *request)
{
	(void)request;
	say(conn, "\x4a\x01\x02 8.0.36 \xff\xfe");
	/* Like a database: it greets, and waits. */
	while (read(conn, (char[16]){0}, 16) > 0)
		;
}

static void serve_status_garbage(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/x.y zero\r\n\r\n");
}

static void serve_nothing(int conn, const char *request)
{
	(void)conn;
	(void)request;
}

static void serve_half_headers(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\nContent-");
}

static void serve_half_body(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

static void serve_reset(int conn, const char *request)
{
	static const struct linger now = {1, 0};

	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\n");
	setsockopt(conn, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void broken_replies(void **state)
{
	(void)state;
	expect_answer(serve_garbage, VERDICT_FAILURE,
		      "malformed HTTP reply: it does not begin with HTTP/");
	expect_answer(serve_status_garbage, VERDICT_FAILURE,
		      "malformed HTTP reply: the status line is not one");
	expect_answer(serve_nothing, VERDICT_FAILURE, "the connection ended without a reply");
	expect_answer(serve_half_headers, VERDICT_FAILURE,
		      "the connection ended amid the headers of the reply");
	expect_answer(serve_half_body, VERDICT_ERROR,
		      "the connection ended amid the body of the reply");
	assert_int_equal(ask_server(serve_reset, "/").verdict, VERDICT_FAILURE);
}

/* Headers and bodies without an end: the prober hangs up, and the server sees it. */
static void serve_endless_headers(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\n");
	while (write(conn, "X-Header: value\r\n", 17) == 17)
		;
}

static void serve_endless_body(int conn, const char *request)
{
	static const char block[4096];

	(void)request;
	say(conn, "HTTP/1.1 200 OK\r\n\r\n");
	while (write(conn, block, sizeof block) == sizeof block)
		;
}

static void replies_without_an_end(void **state)
{
	(void)state;
	expect_answer(serve_endless_headers, VERDICT_FAILURE,
		      "HTTP reply with more than 16 KiB of headers");
	expect_answer(serve_endless_body, VERDICT_SUCCESS, "");
}

/* ---- Redirects ---- */

/* /N leads to /N-1, and /0 is there.  / is the pages' root: /hop/N, relative and absolute. */
static void serve_hops(int conn, const char *request)
{
	char reply[200];
	int n = atoi(request + strlen("GET /"));

	if (n == 0)
		snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	else
		snprintf(reply, sizeof reply, "HTTP/1.1 302 Found\r\nLocation: %s%d\r\n\r\n",
			 n % 2 ? "/" : "./", n - 1);
	say(conn, reply);
}

static void redirects_are_followed_ten_times(void **state)
{
	struct probe_verdict v;

	(void)state;
	assert_int_equal(ask_server(serve_hops, "/1").verdict, VERDICT_SUCCESS);
	assert_int_equal(ask_server(serve_hops, "/10").verdict, VERDICT_SUCCESS);
	v = ask_server(serve_hops, "/11");
	assert_int_equal(v.verdict, VERDICT_FAILURE);
	assert_string_equal(v.message, "stopped after 10 redirects");
}

/* Neither descriptors nor anything of the last question. */
static void a_question_leaves_nothing_behind(void **state)
{
	uint16_t port;
	pid_t server = start_server(&port, serve_hops);
	struct child c;
	unsigned files = 0;

	(void)state;
	set_probe(0, PROBE_LIVENESS, HANDLER_HTTP, port);
	ctr[0].probe[PROBE_LIVENESS].handler.path = "/10";
	set_probe(0, PROBE_READINESS, HANDLER_HTTP, port);
	ctr[0].probe[PROBE_READINESS].handler.path = "/11";
	c = start_prober();
	for (uint32_t i = 0; i < 5; i++) {
		tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, i);
		assert_int_equal(hear(&c).verdict, VERDICT_SUCCESS);
		if (i == 0)
			files = open_files(c.pid);
		assert_int_equal(open_files(c.pid), files);
		tell(&c, PROBE_ASK, 0, PROBE_READINESS, i);
		assert_string_equal(hear(&c).message, "stopped after 10 redirects");
	}
	stop_prober(&c);
	stop_server(server);
}

static uint16_t other_port;

static void serve_to_other_port(int conn, const char *request)
{
	char reply[200];

	(void)request;
	snprintf(reply, sizeof reply,
		 "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:%u/there\r\n\r\n", other_port);
	say(conn, reply);
}

static void serve_there(int conn, const char *request)
{
	say(conn, strncmp(request, "GET /there ", 11) == 0 ? "HTTP/1.1 418 Teapot\r\n\r\n"
							   : "HTTP/1.1 200 OK\r\n\r\n");
}

static void redirects_may_lead_to_another_port(void **state)
{
	pid_t there = start_server(&other_port, serve_there);

	(void)state;
	expect_answer(serve_to_other_port, VERDICT_FAILURE,
		      "HTTP probe failed with statuscode: 418");
	stop_server(there);
	/* and there nobody may be at home */
	assert_int_equal(ask_server(serve_to_other_port, "/").verdict, VERDICT_FAILURE);
}

static void serve_elsewhere(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 302 Found\r\nLocation: http://example.org/\x1b[2J\r\n\r\n");
}

static void serve_other_host(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 302 Found\r\nLocation: http://example.org/\xc3\xa4\r\n\r\n");
}

static void serve_https(int conn, const char *request)
{
	(void)request;
	say(conn, "HTTP/1.1 308 Moved\r\nLocation: https://127.0.0.1/\r\n\r\n");
}

static void redirects_away_are_warnings(void **state)
{
	(void)state;
	expect_answer(serve_other_host, VERDICT_WARNING,
		      "redirect to another host, not followed: http://example.org/??");
	expect_answer(serve_https, VERDICT_WARNING,
		      "redirect to https, not followed: https://127.0.0.1/");
	/* what a terminal would obey is a malformed Location, and is not shown as it is */
	expect_answer(serve_elsewhere, VERDICT_FAILURE,
		      "redirect to a malformed Location: http://example.org/?[2J");
}

/* ---- gRPC ---- */

#define SETTINGS     "\0\0\0\4\0\0\0\0\0"
#define SETTINGS_ACK "\0\0\0\4\1\0\0\0\0"
#define PING_ACK     "\0\0\10\6\1\0\0\0\0probing?"

/* Until that many bytes are read whose last are `end`; the request's rest may come before. */
static bool hears(int conn, const char *end, size_t n)
{
	char heard[4096];
	size_t have = 0;
	ssize_t got;

	while ((got = read(conn, heard + have, sizeof heard - have)) > 0) {
		have += (size_t)got;
		if (have >= n && memcmp(heard + have - n, end, n) == 0)
			return true;
	}
	return false;
}

/* Every word of the connection is answered before the call is. */
static void serve_grpc(int conn, const char *request)
{
	static const char ping[] = "\0\0\10\6\0\0\0\0\0probing?";
	static const char reply[] = "\0\0\1\1\4\0\0\0\1\x88"
				    "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1"
				    "\0\0\17\1\5\0\0\0\1\0\13grpc-status\0010";

	if (strncmp(request, "PRI * HTTP/2.0", 14) != 0 ||
	    write(conn, SETTINGS, sizeof SETTINGS - 1) < 0 ||
	    !hears(conn, SETTINGS_ACK, sizeof SETTINGS_ACK - 1) ||
	    write(conn, ping, sizeof ping - 1) < 0 || !hears(conn, PING_ACK, sizeof PING_ACK - 1) ||
	    write(conn, reply, sizeof reply - 1) < 0)
		return;
	while (read(conn, (char[16]){0}, 16) > 0)
		;
}

static void grpc_is_spoken(void **state)
{
	static const struct {
		serve_fn *serve;
		enum verdict verdict;
		const char *text;
	} cases[] = {
		{serve_grpc, VERDICT_SUCCESS, ""},
		{serve_404, VERDICT_FAILURE, "malformed gRPC reply: it is not HTTP/2"},
		{serve_nothing, VERDICT_FAILURE, NULL}, /* closed, or reset: as it happens */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint16_t port;
		pid_t server = start_server(&port, cases[i].serve);
		struct probe_verdict v;
		struct child c;

		set_probe(0, PROBE_LIVENESS, HANDLER_GRPC, port);
		c = start_prober();
		tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1);
		v = hear(&c);
		assert_int_equal(v.verdict, cases[i].verdict);
		if (cases[i].text)
			assert_string_equal(v.message, cases[i].text);
		expect_silence(&c);
		stop_prober(&c);
		stop_server(server);
	}
}

/* ---- Connections ---- */

static void nobody_listens(void **state)
{
	static const enum handler_kind handlers[] = {HANDLER_TCP, HANDLER_HTTP, HANDLER_GRPC};
	struct probe_verdict v;
	char expected[100];
	uint16_t port;
	int fd = closed_port(&port);

	(void)state;
	snprintf(expected, sizeof expected, "dial tcp 127.0.0.1:%u: connection refused", port);
	for (size_t i = 0; i < 3; i++) {
		struct child c;

		set_probe(0, PROBE_LIVENESS, handlers[i], port);
		c = start_prober();
		tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1);
		v = hear(&c);
		assert_int_equal(v.verdict, VERDICT_FAILURE);
		assert_string_equal(v.message, expected);
		stop_prober(&c);
	}
	close(fd);
}

/* Success, and the server finds a connection that ends without a byte and without a reset. */
static void tcp_connects_and_says_nothing(void **state)
{
	struct child c;
	uint16_t port;
	int fd = listen_somewhere(&port), conn;
	char byte;

	(void)state;
	set_probe(0, PROBE_STARTUP, HANDLER_TCP, port);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_STARTUP, 1);
	assert_int_equal(hear(&c).verdict, VERDICT_SUCCESS);
	conn = accept(fd, NULL, NULL);
	assert_int_equal(read(conn, &byte, 1), 0);
	close(conn);
	close(fd);
	stop_prober(&c);
}

static void ipv6_is_spoken(void **state)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char expected[100];
	struct probe_verdict v;
	struct child c;

	(void)state;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		print_message("no IPv6 here\n");
		skip();
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	set_probe(0, PROBE_STARTUP, HANDLER_TCP, ntohs(a.sin6_port));
	ctr[0].probe[PROBE_STARTUP].handler.host = "::1";
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_STARTUP, 1);
	v = hear(&c);
	snprintf(expected, sizeof expected, "dial tcp [::1]:%u: connection refused",
		 ntohs(a.sin6_port));
	assert_string_equal(v.message, expected);
	assert_int_equal(listen(fd, 1), 0);
	tell(&c, PROBE_ASK, 0, PROBE_STARTUP, 2);
	v = hear(&c);
	assert_int_equal(v.verdict, VERDICT_SUCCESS);
	stop_prober(&c);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(77);
	close(fd);
}

/* In a network of its own whose only local port is the one that is asked for. */
static void meet_itself(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;
	struct child c;
	struct probe_verdict v;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		_exit(77);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		_exit(77);
	write_file("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000");
	set_probe(0, PROBE_LIVENESS, HANDLER_TCP, 40000);
	c = start_prober();
	/* Twice: the first must not leave the port taken. */
	for (uint32_t i = 0; i < 2; i++) {
		tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, i);
		v = hear(&c);
		if (v.verdict != VERDICT_FAILURE ||
		    strcmp(v.message, "dial tcp 127.0.0.1:40000: connection refused") != 0) {
			fprintf(stderr, "verdict %d: %s\n", v.verdict, v.message);
			_exit(1);
		}
	}
	stop_prober(&c);
	_exit(0);
}

static void a_socket_connected_to_itself_is_no_server(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		meet_itself();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("no network of its own to be had here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* ---- Several questions ---- */

/* Accepts by the kernel alone: nothing is ever said. */
static void a_cancelled_question_has_no_answer(void **state)
{
	uint16_t silent, answering;
	int fd = listen_somewhere(&silent), conn;
	pid_t server = start_server(&answering, serve_200);
	char buf[1024];
	struct probe_verdict v;
	struct child c;

	(void)state;
	set_probe(0, PROBE_LIVENESS, HANDLER_HTTP, silent);
	set_probe(1, PROBE_LIVENESS, HANDLER_HTTP, answering);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 5);
	conn = accept(fd, NULL, NULL);
	assert_true(read(conn, buf, sizeof buf) > 0);
	expect_sleep(c.pid);
	/* nobody's: another generation, role, container, message */
	tell(&c, PROBE_CANCEL, 0, PROBE_LIVENESS, 4);
	tell(&c, PROBE_CANCEL, 0, PROBE_READINESS, 5);
	tell(&c, PROBE_CANCEL, 3, PROBE_LIVENESS, 5);
	tell(&c, 9, 0, PROBE_LIVENESS, 5);
	assert_int_equal(send(c.sock, "x", 1, 0), 1);
	/* another question lives its own life meanwhile */
	tell(&c, PROBE_ASK, 1, PROBE_LIVENESS, 1);
	v = hear(&c);
	assert_int_equal(v.ctr, 1);
	assert_int_equal(v.verdict, VERDICT_SUCCESS);
	assert_int_equal(recv(conn, buf, sizeof buf, MSG_DONTWAIT), -1); /* it is still open */
	tell(&c, PROBE_CANCEL, 0, PROBE_LIVENESS, 5);
	assert_int_equal(read(conn, buf, sizeof buf), 0); /* now it is not */
	say(conn, "HTTP/1.1 200 OK\r\n\r\n");
	close(conn);
	tell(&c, PROBE_ASK, 1, PROBE_LIVENESS, 2);
	v = hear(&c);
	assert_int_equal(v.ctr, 1);
	assert_int_equal(v.generation, 2);
	expect_silence(&c);
	stop_prober(&c);
	close(fd);
	stop_server(server);
}

/* A port that nobody refuses, and where nobody answers either: the queue behind it is full. */
static int full_port(uint16_t *port, int *waiting, unsigned n)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = closed_port(port);

	assert_int_equal(listen(fd, 0), 0);
	a.sin_port = htons(*port);
	for (unsigned i = 0; i < n; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&a, sizeof a);
	}
	return fd;
}

/*
 * The prober finds at once: a cancel and a new question, which gets the slot and the descriptor of
 * the cancelled one, and an answer to that.  Taken for news of the new connection it would be a
 * success.
 */
static void news_of_the_last_connection_are_not_of_the_next(void **state)
{
	uint16_t silent, full;
	int fd = listen_somewhere(&silent), waiting[4], other = full_port(&full, waiting, 4), conn;
	char buf[1024];
	struct child c;
	int status;

	(void)state;
	set_probe(0, PROBE_LIVENESS, HANDLER_HTTP, silent);
	set_probe(1, PROBE_LIVENESS, HANDLER_TCP, full);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1);
	conn = accept(fd, NULL, NULL);
	assert_true(read(conn, buf, sizeof buf) > 0);
	expect_sleep(c.pid);
	kill(c.pid, SIGSTOP);
	assert_int_equal(waitpid(c.pid, &status, WUNTRACED), c.pid);
	tell(&c, PROBE_CANCEL, 0, PROBE_LIVENESS, 1);
	tell(&c, PROBE_ASK, 1, PROBE_LIVENESS, 2);
	say(conn, "HTTP/1.1 200 OK\r\n\r\n");
	kill(c.pid, SIGCONT);
	expect_sleep(c.pid);
	expect_silence(&c);
	for (unsigned i = 0; i < 4; i++)
		close(waiting[i]);
	close(conn);
	close(fd);
	close(other);
	stop_prober(&c);
}

static void generations_live_side_by_side(void **state)
{
	uint16_t port;
	int fd = listen_somewhere(&port), first, second;
	struct probe_verdict v;
	struct child c;

	(void)state;
	set_probe(0, PROBE_LIVENESS, HANDLER_HTTP, port);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1);
	first = accept(fd, NULL, NULL);
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 2);
	second = accept(fd, NULL, NULL);
	say(second, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
	v = hear(&c);
	assert_int_equal(v.generation, 2);
	assert_int_equal(v.verdict, VERDICT_FAILURE);
	say(first, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	v = hear(&c);
	assert_int_equal(v.generation, 1);
	assert_int_equal(v.verdict, VERDICT_SUCCESS);
	stop_prober(&c);
	close(first);
	close(second);
	close(fd);
}

static void what_cannot_be_asked_is_an_error(void **state)
{
	struct child c;
	struct probe_verdict v;

	(void)state;
	ctr[2].probe[PROBE_STARTUP] = (struct probe_spec){.handler.kind = HANDLER_EXEC};
	set_probe(2, PROBE_LIVENESS, HANDLER_TCP, 1);
	ctr[2].probe[PROBE_LIVENESS].handler.host = "not-an-address";
	spec.n = 3;
	c = start_prober();
	tell(&c, PROBE_ASK, 3, PROBE_STARTUP, 1); /* there is no such container */
	tell(&c, PROBE_ASK, 2, HANDLERS, 1);      /* nor role */
	tell(&c, PROBE_ASK, 2, PROBE_STARTUP, 2);
	v = hear(&c);
	assert_int_equal(v.generation, 2);
	assert_int_equal(v.verdict, VERDICT_ERROR);
	assert_true(*v.message != '\0');
	tell(&c, PROBE_ASK, 2, PROBE_LIVENESS, 3);
	v = hear(&c);
	assert_int_equal(v.verdict, VERDICT_ERROR);
	assert_string_equal(v.message, "dial tcp not-an-address:1: invalid argument");
	expect_silence(&c);
	stop_prober(&c);
	spec.n = CTR_MAX;
}

/* Without a descriptor to spare nothing is learnt about the container. */
static void no_descriptor_is_our_own_fault(void **state)
{
	struct rlimit old, few;
	struct probe_verdict v;
	uint16_t port;
	int fd = listen_somewhere(&port);
	struct child c;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	set_probe(0, PROBE_LIVENESS, HANDLER_TCP, port);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1);
	assert_int_equal(hear(&c).verdict, VERDICT_SUCCESS);
	few = (struct rlimit){0, old.rlim_max};
	assert_int_equal(prlimit(c.pid, RLIMIT_NOFILE, &few, NULL), 0);
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 2);
	v = hear(&c);
	assert_int_equal(v.verdict, VERDICT_ERROR);
	stop_prober(&c);
	close(fd);
}

static void ask_all(const struct child *c, uint32_t generation)
{
	for (unsigned i = 0; i < CTR_MAX; i++)
		for (unsigned p = 0; p < HANDLERS; p++)
			tell(c, PROBE_ASK, i, p, generation);
}

/* Each question of `generation` gets one verdict; true if they all are `verdict`. */
static bool hear_all(const struct child *c, uint32_t generation, enum verdict verdict)
{
	bool seen[CTR_MAX][HANDLERS] = {{false}}, all = true;

	for (unsigned k = 0; k < PROBE_ASKS_MAX; k++) {
		struct probe_verdict v = hear(c);

		assert_true(v.ctr < CTR_MAX && v.probe < HANDLERS);
		assert_int_equal(v.generation, generation);
		assert_false(seen[v.ctr][v.probe]);
		seen[v.ctr][v.probe] = true;
		all = all && v.verdict == verdict;
	}
	expect_silence(c);
	return all;
}

/* As many as there can be, all open at once; one more is refused, and then all are answered. */
static void as_many_as_there_can_be(void **state)
{
	uint16_t port;
	int fd = listen_somewhere(&port);
	static int conn[PROBE_ASKS_MAX];
	char request[1024];
	struct rlimit files;
	struct probe_verdict v;
	struct child c;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	if (files.rlim_cur < 1024) {
		files.rlim_cur = files.rlim_max < 1024 ? files.rlim_max : 1024;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	}
	for (unsigned i = 0; i < CTR_MAX; i++)
		for (unsigned p = 0; p < HANDLERS; p++)
			set_probe(i, p, HANDLER_HTTP, port);
	c = start_prober();
	for (unsigned i = 0; i < CTR_MAX; i++)
		for (unsigned p = 0; p < HANDLERS; p++) {
			tell(&c, PROBE_ASK, i, p, 9);
			conn[i * HANDLERS + p] = accept(fd, NULL, NULL);
			assert_true(conn[i * HANDLERS + p] >= 0);
		}
	tell(&c, PROBE_ASK, 5, 1, 10);
	v = hear(&c);
	assert_int_equal(v.verdict, VERDICT_ERROR);
	assert_int_equal(v.generation, 10);
	for (unsigned k = 0; k < PROBE_ASKS_MAX; k++) {
		assert_true(read(conn[k], request, sizeof request) > 0);
		say(conn[k], "HTTP/1.1 200 OK\r\n\r\n");
		close(conn[k]);
	}
	assert_true(hear_all(&c, 9, VERDICT_SUCCESS));
	/* and there is room again */
	tell(&c, PROBE_ASK, 5, 1, 11);
	conn[0] = accept(fd, NULL, NULL);
	close(conn[0]);
	assert_int_equal(hear(&c).verdict, VERDICT_FAILURE);
	stop_prober(&c);
	close(fd);
}

/*
 * PID 1 asks and asks and does not listen.  The small buffer is full after a few verdicts; none is
 * lost, and the prober sleeps meanwhile.
 */
static void no_verdict_is_lost_when_nobody_listens(void **state)
{
	uint16_t port;
	int fd = closed_port(&port), small = 1;
	struct child c;
	int socks[2];

	(void)state;
	for (unsigned i = 0; i < CTR_MAX; i++)
		for (unsigned p = 0; p < HANDLERS; p++)
			set_probe(i, p, HANDLER_TCP, port);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, socks), 0);
	assert_int_equal(setsockopt(socks[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	c.pid = fork();
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(socks[0]);
		prober_run(&spec, socks[1]);
		_exit(0);
	}
	close(socks[1]);
	c.sock = socks[0];
	ask_all(&c, 3);
	expect_sleep(c.pid);
	assert_true(hear_all(&c, 3, VERDICT_FAILURE));
	stop_prober(&c);
	close(fd);
}

/* Beyond all slots refusals wait one by one, and questions behind them in the socket. */
static void no_refusal_is_lost_either(void **state)
{
	uint16_t port;
	int fd = closed_port(&port), small = 1, refused = 0;
	struct child c;
	int socks[2];

	(void)state;
	for (unsigned i = 0; i < CTR_MAX; i++)
		for (unsigned p = 0; p < HANDLERS; p++)
			set_probe(i, p, HANDLER_TCP, port);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	assert_int_equal(setsockopt(socks[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	c.pid = fork();
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(socks[0]);
		prober_run(&spec, socks[1]);
		_exit(0);
	}
	close(socks[1]);
	c.sock = socks[0];
	ask_all(&c, 1);
	for (unsigned k = 0; k < 50; k++)
		tell(&c, PROBE_ASK, 0, 0, 2);
	expect_sleep(c.pid);
	for (unsigned k = 0; k < PROBE_ASKS_MAX + 50; k++)
		refused += hear(&c).verdict == VERDICT_ERROR;
	assert_true(refused <= 50);
	fcntl(c.sock, F_SETFL, O_NONBLOCK);
	expect_silence(&c);
	stop_prober(&c);
	close(fd);
}

static void the_end_of_the_peer_is_the_end(void **state)
{
	uint16_t port;
	int fd = listen_somewhere(&port);
	struct child c;

	(void)state;
	set_probe(0, PROBE_LIVENESS, HANDLER_HTTP, port);
	c = start_prober();
	stop_prober(&c);
	c = start_prober();
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 1); /* open for ever */
	close(accept(fd, NULL, NULL));
	tell(&c, PROBE_ASK, 0, PROBE_LIVENESS, 2);
	stop_prober(&c); /* with a verdict unread */
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_decides),
		cmocka_unit_test(the_request_arrives),
		cmocka_unit_test(a_slow_reply_is_a_reply),
		cmocka_unit_test(broken_replies),
		cmocka_unit_test(replies_without_an_end),
		cmocka_unit_test(redirects_are_followed_ten_times),
		cmocka_unit_test(a_question_leaves_nothing_behind),
		cmocka_unit_test(redirects_may_lead_to_another_port),
		cmocka_unit_test(redirects_away_are_warnings),
		cmocka_unit_test(grpc_is_spoken),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(tcp_connects_and_says_nothing),
		cmocka_unit_test(ipv6_is_spoken),
		cmocka_unit_test(a_socket_connected_to_itself_is_no_server),
		cmocka_unit_test(a_cancelled_question_has_no_answer),
		cmocka_unit_test(news_of_the_last_connection_are_not_of_the_next),
		cmocka_unit_test(generations_live_side_by_side),
		cmocka_unit_test(what_cannot_be_asked_is_an_error),
		cmocka_unit_test(no_descriptor_is_our_own_fault),
		cmocka_unit_test(as_many_as_there_can_be),
		cmocka_unit_test(no_verdict_is_lost_when_nobody_listens),
		cmocka_unit_test(no_refusal_is_lost_either),
		cmocka_unit_test(the_end_of_the_peer_is_the_end),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
