/* The words of an HTTP probe: requests as bytes, replies in pieces, redirects, verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/http.h"
#include "probes/redirect.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct handler spec_of(const char *host, uint16_t port, const char *path)
{
	return (struct handler){.kind = HANDLER_HTTP, .host = host, .port = port, .path = path};
}

/* ---- Requests ---- */

static void expect_request(const struct handler *probe, const struct http_target *t,
			   const char *expected)
{
	char buf[HTTP_REQUEST_MAX];
	size_t n = http_request(buf, sizeof buf, probe, t);

	assert_true(n > 0 && n < sizeof buf);
	buf[n] = '\0';
	assert_string_equal(buf, expected);
}

static void request_has_the_kubelets_headers(void **state)
{
	struct handler probe = spec_of("127.0.0.1", 8080, "/ready?full=1");
	struct http_target t;

	(void)state;
	http_target_init(&t, &probe);
	expect_request(&probe, &t,
		       "GET /ready?full=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
		       "User-Agent: kube-probe/1.36 (podinit)\r\nAccept: */*\r\n"
		       "Connection: close\r\n\r\n");
}

static void ipv6_host_stands_in_brackets(void **state)
{
	struct handler probe = spec_of("fd00::7", 80, "/");
	struct http_target t;

	(void)state;
	http_target_init(&t, &probe);
	expect_request(&probe, &t,
		       "GET / HTTP/1.1\r\nHost: [fd00::7]:80\r\n"
		       "User-Agent: kube-probe/1.36 (podinit)\r\nAccept: */*\r\n"
		       "Connection: close\r\n\r\n");
}

static void headers_of_the_file_win(void **state)
{
	struct handler probe = spec_of("127.0.0.1", 80, "/");
	struct pair v[] = {
		{"user-agent", "mine"},       {"Accept", ""}, {"X-One", "1"}, {"host", "shop.test"},
		{"Connection", "keep-alive"}, {"x-one", "2"}};
	struct http_target t;

	(void)state;
	probe.headers = (struct pairs){v, COUNT(v)};
	http_target_init(&t, &probe);
	expect_request(&probe, &t,
		       "GET / HTTP/1.1\r\nHost: shop.test\r\nuser-agent: mine\r\nX-One: 1\r\n"
		       "Connection: keep-alive\r\nx-one: 2\r\n\r\n");
}

static void an_empty_host_of_the_file_is_none(void **state)
{
	struct handler probe = spec_of("127.0.0.1", 81, "/");
	struct pair v[] = {{"Host", ""}, {"User-Agent", ""}, {"Accept", "text/plain"}};
	struct http_target t;

	(void)state;
	probe.headers = (struct pairs){v, COUNT(v)};
	http_target_init(&t, &probe);
	expect_request(&probe, &t,
		       "GET / HTTP/1.1\r\nHost: 127.0.0.1:81\r\nConnection: close\r\n"
		       "Accept: text/plain\r\n\r\n");
}

static void paths_are_made_fit_for_a_request_line(void **state)
{
	static const char *const cases[][2] = {
		{"healthz", "GET /healthz HTTP/1.1\r\n"},
		{"?a=b", "GET /?a=b HTTP/1.1\r\n"},
		{"/a b", "GET /a%20b HTTP/1.1\r\n"},
		{"/a\tb\x7f", "GET /a%09b%7F HTTP/1.1\r\n"},
		{"/\xc3\xa4", "GET /%C3%A4 HTTP/1.1\r\n"},
		{"/a#b", "GET /a HTTP/1.1\r\n"},
		{"/a%20b", "GET /a%20b HTTP/1.1\r\n"},
		{"", "GET / HTTP/1.1\r\n"},
	};
	char buf[HTTP_REQUEST_MAX];
	struct http_target t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct handler probe = spec_of("127.0.0.1", 80, cases[i][0]);

		http_target_init(&t, &probe);
		assert_true(http_request(buf, sizeof buf, &probe, &t) > 0);
		assert_memory_equal(buf, cases[i][1], strlen(cases[i][1]));
	}
}

/* The longest a pod file can ask for fits; what does not fit is said to. */
static void requests_have_a_bound(void **state)
{
	static char path[PROBE_TEXT_MAX];
	static struct pair v[PROBE_TEXT_MAX];
	struct handler probe = spec_of("127.0.0.1", 65535, path);
	char buf[HTTP_REQUEST_MAX];
	struct http_target t;
	size_t n;

	(void)state;
	memset(path, ' ', sizeof path - 1);
	http_target_init(&t, &probe);
	n = http_request(buf, sizeof buf, &probe, &t);
	assert_true(n > 3 * (sizeof path - 1));
	assert_int_equal(http_request(buf, n, &probe, &t), n);
	assert_int_equal(http_request(buf, n - 1, &probe, &t), 0);
	probe.path = "/";
	for (size_t i = 0; i < COUNT(v); i++)
		v[i] = (struct pair){"x", ""};
	probe.headers = (struct pairs){v, COUNT(v)};
	assert_true(http_request(buf, sizeof buf, &probe, &t) > 0);
}

/* ---- Replies ---- */

static void feed_in_pieces(struct http_reply *r, const char *bytes, size_t n, size_t piece)
{
	for (size_t i = 0; i < n; i += piece) {
		size_t part = piece < n - i ? piece : n - i;
		/* On its own in memory, so that a sanitizer sees a step too far. */
		char *copy = malloc(part);

		assert_non_null(copy);
		memcpy(copy, bytes + i, part);
		http_reply_feed(r, copy, part);
		free(copy);
	}
}

static void expect_reply(const char *bytes, size_t n, bool end, enum http_outcome outcome,
			 int status, const char *location)
{
	static const size_t pieces[] = {1, 2, 3, 7, 100, 1 << 20};

	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct http_reply r;

		http_reply_init(&r);
		feed_in_pieces(&r, bytes, n, pieces[i]);
		if (end)
			http_reply_end(&r, false);
		if (r.outcome != outcome || (status && r.status != status) ||
		    (location && strcmp(r.location, location) != 0))
			fail_msg("in pieces of %zu: outcome %d (%s), status %d, location \"%s\" "
				 "of: %.200s",
				 pieces[i], r.outcome, r.problem ? r.problem : "", r.status,
				 r.location, bytes);
		assert_int_equal(!r.problem, outcome == HTTP_OPEN || outcome == HTTP_COMPLETE);
	}
}

static const struct {
	const char *bytes;
	enum http_outcome outcome, at_end; /* before and after the connection is closed */
	int status;
} replies[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\nContent-Length: 0\n\n", HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 \r\ncontent-LENGTH:\t0 \t\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.0 404 Not Found\r\n\r\nsorry", HTTP_OPEN, HTTP_COMPLETE, 404},
	{"HTTP/1.1 204 No Content\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE, 204},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE,
	 304},
	{"HTTP/1.1 101 Switching Protocols\r\n\r\n", HTTP_COMPLETE, HTTP_COMPLETE, 101},
	/* interim replies come first */
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: "
	 "7\r\n\r\n"
	 "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
	 HTTP_COMPLETE, HTTP_COMPLETE, 503},
	{"HTTP/1.1 100 Continue\r\n\r\n", HTTP_OPEN, HTTP_MALFORMED, 0},
	/* chunks */
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=y\r\n0123456789"
	 "\r\n0\r\nTrailer: t\r\n\r\n",
	 HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
	 HTTP_COMPLETE, HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc", HTTP_OPEN, HTTP_CUT, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nabc", HTTP_CUT, HTTP_CUT, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", HTTP_CUT, HTTP_CUT, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", HTTP_CUT, HTTP_CUT,
	 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", HTTP_CUT,
	 HTTP_CUT, 200},
	/* HTTP/1.0 knows no chunks */
	{"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz", HTTP_OPEN, HTTP_COMPLETE, 200},
	/* the connection is closed too early */
	{"", HTTP_OPEN, HTTP_MALFORMED, 0},
	{"HTTP/1.1 20", HTTP_OPEN, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nServer: x", HTTP_OPEN, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", HTTP_OPEN, HTTP_CUT, 200},
	/* not HTTP */
	{"S", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"SSH-2.0-OpenSSH_9.2\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTQ", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 2x0 OK\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 2000 OK\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 020 OK\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1200 OK\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\n: x\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n", HTTP_COMPLETE,
	 HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", HTTP_MALFORMED,
	 HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", HTTP_MALFORMED,
	 HTTP_MALFORMED, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", HTTP_COMPLETE,
	 HTTP_COMPLETE, 200},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", HTTP_MALFORMED, HTTP_MALFORMED, 0},
};

static void replies_mean_the_same_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(replies); i++) {
		size_t n = strlen(replies[i].bytes);

		expect_reply(replies[i].bytes, n, false, replies[i].outcome, replies[i].status,
			     NULL);
		expect_reply(replies[i].bytes, n, true, replies[i].at_end, replies[i].status, NULL);
	}
}

static void a_nul_is_a_byte_like_any_other(void **state)
{
	static const char head[] = "HTTP/1.1 200 O\0K\r\nX: a\0b\r\nContent-Length: 1\r\n\r\n\0";
	static const char name[] = "HTTP/1.1 200 OK\r\nX\0: a\r\n\r\n";

	(void)state;
	expect_reply(head, sizeof head - 1, false, HTTP_COMPLETE, 200, NULL);
	expect_reply(name, sizeof name - 1, false, HTTP_MALFORMED, 0, NULL);
}

static void what_comes_after_the_end_is_ignored(void **state)
{
	static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 x";

	(void)state;
	expect_reply(bytes, sizeof bytes - 1, true, HTTP_COMPLETE, 200, NULL);
}

/* A lost connection ends a body that only its end would have ended. */
static void a_broken_connection_is_no_end(void **state)
{
	static const char bytes[] = "HTTP/1.1 200 OK\r\n\r\nsome";
	struct http_reply r;

	(void)state;
	http_reply_init(&r);
	http_reply_feed(&r, bytes, sizeof bytes - 1);
	assert_int_equal(r.outcome, HTTP_OPEN);
	http_reply_end(&r, true);
	assert_int_equal(r.outcome, HTTP_CUT);
	http_reply_init(&r);
	http_reply_feed(&r, bytes, 12);
	http_reply_end(&r, true);
	assert_int_equal(r.outcome, HTTP_MALFORMED);
}

/* "HTTP/1.1 200 OK\r\n", then header bytes up to n in all, the end of the headers included. */
static char *head_of(size_t n, const char *last)
{
	char *s = malloc(n + 1);
	size_t at = (size_t)sprintf(s, "HTTP/1.1 200 OK\r\n");
	size_t tail = strlen(last) + 2;

	while (at < n - tail) {
		size_t line = n - tail - at < 100 ? n - tail - at : 50;

		memset(s + at, 'h', line);
		s[at + 1] = ':';
		s[at + line - 1] = '\n';
		at += line;
	}
	sprintf(s + at, "%s\r\n", last);
	assert_int_equal(strlen(s), n);
	return s;
}

static void headers_have_a_limit(void **state)
{
	char *most = head_of(HTTP_HEAD_MAX, "Content-Length: 0\r\n");
	char *more = head_of(HTTP_HEAD_MAX + 1, "Content-Length: 0\r\n");

	(void)state;
	expect_reply(most, HTTP_HEAD_MAX, false, HTTP_COMPLETE, 200, NULL);
	expect_reply(more, HTTP_HEAD_MAX + 1, false, HTTP_MALFORMED, 0, NULL);
	/* and so has one line without an end */
	memset(more + 20, 'x', HTTP_HEAD_MAX - 20);
	expect_reply(more, HTTP_HEAD_MAX - 1, false, HTTP_OPEN, 200, NULL);
	expect_reply(more, HTTP_HEAD_MAX, false, HTTP_MALFORMED, 0, NULL);
	free(most);
	free(more);
}

static void interim_replies_share_the_limit(void **state)
{
	static const char one[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http_reply r;
	size_t n;

	(void)state;
	http_reply_init(&r);
	for (n = 0; r.outcome == HTTP_OPEN && n < 2 * HTTP_HEAD_MAX; n += sizeof one - 1)
		http_reply_feed(&r, one, sizeof one - 1);
	assert_int_equal(r.outcome, HTTP_MALFORMED);
	assert_true(n >= HTTP_HEAD_MAX && n < HTTP_HEAD_MAX + sizeof one);
}

static void of_a_body_no_more_than_a_part_is_read(void **state)
{
	static char bytes[64 << 10];
	size_t head = (size_t)sprintf(bytes, "HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n");

	(void)state;
	memset(bytes + head, 'x', sizeof bytes - head);
	expect_reply(bytes, head + HTTP_BODY_MAX - 1, false, HTTP_OPEN, 500, NULL);
	expect_reply(bytes, head + HTTP_BODY_MAX - 1, true, HTTP_CUT, 500, NULL);
	expect_reply(bytes, head + HTTP_BODY_MAX, false, HTTP_COMPLETE, 500, NULL);
	expect_reply(bytes, sizeof bytes, true, HTTP_COMPLETE, 500, NULL);
}

static void tiny_chunks_end_as_well(void **state)
{
	static char bytes[32 << 10];
	size_t n = (size_t)sprintf(bytes, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

	(void)state;
	while (n + 7 < sizeof bytes)
		n += (size_t)sprintf(bytes + n, "1\r\nx\r\n");
	expect_reply(bytes, n, false, HTTP_COMPLETE, 200, NULL);
}

static void location_is_kept_up_to_a_limit(void **state)
{
	static const char plain[] = "HTTP/1.1 302 Found\r\nlocation:  /login?x \r\nContent-Length: "
				    "1000\r\n\r\n";
	static const char two[] =
		"HTTP/1.1 302 Found\r\nLocation: /first\r\nLocation: /other\r\n\r\n";
	char line[HTTP_LINE_MAX + 100];
	size_t n = (size_t)sprintf(line, "HTTP/1.1 302 Found\r\nLocation: /");

	(void)state;
	expect_reply(plain, sizeof plain - 1, false, HTTP_COMPLETE, 302, "/login?x");
	expect_reply(two, sizeof two - 1, false, HTTP_COMPLETE, 302, "/first");
	memset(line + n, 'x', HTTP_LINE_MAX);
	strcpy(line + n + HTTP_LINE_MAX - 20, "\r\n\r\n");
	expect_reply(line, strlen(line), false, HTTP_COMPLETE, 302, NULL);
	memset(line + n, 'x', HTTP_LINE_MAX);
	strcpy(line + n + HTTP_LINE_MAX, "\r\n\r\n");
	expect_reply(line, strlen(line), false, HTTP_MALFORMED, 0, NULL);
}

/* ---- Redirects ---- */

static const struct {
	const char *at, *location;
	enum redirect kind;
	const char *path; /* when followed */
	uint16_t port;
	bool moved;
} redirects[] = {
	{"/a/b", "/c", REDIRECT_FOLLOW, "/c", 8080, false},
	{"/a/b", "c", REDIRECT_FOLLOW, "/a/c", 8080, false},
	{"/a/b?q", "c?r", REDIRECT_FOLLOW, "/a/c?r", 8080, false},
	{"/a/b?q", "?r", REDIRECT_FOLLOW, "/a/b?r", 8080, false},
	{"/a/b?q", "#f", REDIRECT_FOLLOW, "/a/b?q", 8080, false},
	{"/a/b?q=/x/", "c", REDIRECT_FOLLOW, "/a/c", 8080, false},
	{"/a/b", "../c", REDIRECT_FOLLOW, "/c", 8080, false},
	{"/a/b", "../../../c", REDIRECT_FOLLOW, "/c", 8080, false},
	{"/a/b/", "./c/./d/..", REDIRECT_FOLLOW, "/a/b/c/", 8080, false},
	{"/a/b", "..", REDIRECT_FOLLOW, "/", 8080, false},
	{"/a/b", ".", REDIRECT_FOLLOW, "/a/", 8080, false},
	{"/a/b", "/x/../y?z=/../w#v", REDIRECT_FOLLOW, "/y?z=/../w", 8080, false},
	{"/a", "/x/..a/...", REDIRECT_FOLLOW, "/x/..a/...", 8080, false},
	{"health", "b", REDIRECT_FOLLOW, "/b", 8080, false},
	{"", "b", REDIRECT_FOLLOW, "/b", 8080, false},
	{"/a", "b:c", REDIRECT_ELSEWHERE, NULL, 0, false}, /* "b" is a scheme there */
	{"/a", "./b:c", REDIRECT_FOLLOW, "/b:c", 8080, false},
	{"/a", "//127.0.0.1/b", REDIRECT_FOLLOW, "/b", 80, true},
	{"/a", "//127.0.0.1:9/b", REDIRECT_FOLLOW, "/b", 9, true},
	{"/a", "http://127.0.0.1:8081/b", REDIRECT_FOLLOW, "/b", 8081, true},
	{"/a", "HTTP://127.0.0.1:8081", REDIRECT_FOLLOW, "/", 8081, true},
	{"/a", "http://127.0.0.1?x", REDIRECT_FOLLOW, "/?x", 80, true},
	{"/a", "http://127.0.0.1:/b", REDIRECT_FOLLOW, "/b", 80, true},
	{"/a", "http://me:you@127.0.0.1:7/b", REDIRECT_FOLLOW, "/b", 7, true},
	{"/a", "http://127.0.0.1@evil/b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http://127.0.0.11/b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http://127.0.0./b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http://example.org/", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "https://example.org/", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "https://127.0.0.1/", REDIRECT_TLS, NULL, 0, false},
	{"/a", "https://127.0.0.1:8443/b", REDIRECT_TLS, NULL, 0, false},
	{"/a", "ftp://127.0.0.1/b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "mailto:me", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http:b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http:///b", REDIRECT_ELSEWHERE, NULL, 0, false},
	{"/a", "http://127.0.0.1:99999/", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "http://127.0.0.1:0/", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "http://127.0.0.1:8a/", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "http://[127.0.0.1/", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "http://[127.0.0.1]x/", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "/b\rX: y", REDIRECT_MALFORMED, NULL, 0, false},
	{"/a", "/b\x7f", REDIRECT_MALFORMED, NULL, 0, false},
};

static void locations_are_resolved(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(redirects); i++) {
		struct handler probe = spec_of("127.0.0.1", 8080, redirects[i].at);
		struct http_target t, before;
		enum redirect kind;

		http_target_init(&t, &probe);
		before = t;
		kind = redirect_resolve(&t, &probe, redirects[i].location);
		if (kind != redirects[i].kind)
			fail_msg("%s: kind %d", redirects[i].location, kind);
		if (kind != REDIRECT_FOLLOW) {
			assert_memory_equal(&t, &before, sizeof t);
			continue;
		}
		assert_string_equal(t.path, redirects[i].path);
		assert_int_equal(t.port, redirects[i].port);
		assert_int_equal(t.moved, redirects[i].moved);
	}
}

static void ipv6_hosts_compare_without_brackets(void **state)
{
	struct handler probe = spec_of("::1", 80, "/");
	struct http_target t;

	(void)state;
	http_target_init(&t, &probe);
	assert_int_equal(redirect_resolve(&t, &probe, "http://[::1]:81/x"), REDIRECT_FOLLOW);
	assert_int_equal(t.port, 81);
	assert_int_equal(redirect_resolve(&t, &probe, "http://[::2]/x"), REDIRECT_ELSEWHERE);
}

static void a_path_that_grows_has_a_limit(void **state)
{
	static char longest[PROBE_TEXT_MAX];
	struct handler probe = spec_of("127.0.0.1", 80, longest);
	struct http_target t;

	(void)state;
	memset(longest, 'x', sizeof longest - 1);
	longest[0] = longest[1000] = '/';
	http_target_init(&t, &probe);
	assert_int_equal(redirect_resolve(&t, &probe, "12345678901234567890"), REDIRECT_FOLLOW);
	assert_int_equal(strlen(t.path), 1021);
	assert_int_equal(redirect_resolve(&t, &probe, "123456789012345678901234"),
			 REDIRECT_MALFORMED);
	assert_int_equal(strlen(t.path), 1021);
}

/* A Host of the pod file goes along with a relative redirect, and not with one to a named host. */
static void host_header_after_a_redirect(void **state)
{
	struct handler probe = spec_of("127.0.0.1", 80, "/");
	struct pair v[] = {{"Host", "shop.test"}, {"User-Agent", ""}, {"Accept", ""}};
	struct http_target t;

	(void)state;
	probe.headers = (struct pairs){v, COUNT(v)};
	http_target_init(&t, &probe);
	assert_int_equal(redirect_resolve(&t, &probe, "/b"), REDIRECT_FOLLOW);
	expect_request(&probe, &t,
		       "GET /b HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
	assert_int_equal(redirect_resolve(&t, &probe, "http://127.0.0.1:81/c"), REDIRECT_FOLLOW);
	expect_request(&probe, &t,
		       "GET /c HTTP/1.1\r\nHost: 127.0.0.1:81\r\nConnection: close\r\n\r\n");
	assert_int_equal(redirect_resolve(&t, &probe, "d"), REDIRECT_FOLLOW);
	expect_request(&probe, &t,
		       "GET /d HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
}

/* ---- Verdicts ---- */

static bool judge(const char *bytes, bool end, struct http_target *t, enum verdict *v, char *text)
{
	struct handler probe = spec_of("127.0.0.1", 8080, "/");
	struct http_reply r;

	http_reply_init(&r);
	http_reply_feed(&r, bytes, strlen(bytes));
	if (end)
		http_reply_end(&r, false);
	assert_int_not_equal(r.outcome, HTTP_OPEN);
	return http_judge(&r, &probe, t, v, text);
}

static void verdicts_follow_the_status(void **state)
{
	static const struct {
		int status;
		enum verdict verdict;
	} cases[] = {
		{101, VERDICT_FAILURE}, {200, VERDICT_SUCCESS}, {204, VERDICT_SUCCESS},
		{301, VERDICT_SUCCESS}, {304, VERDICT_SUCCESS}, {399, VERDICT_SUCCESS},
		{400, VERDICT_FAILURE}, {404, VERDICT_FAILURE}, {503, VERDICT_FAILURE},
		{999, VERDICT_FAILURE},
	};
	char text[PROBE_MESSAGE_MAX], bytes[100], expected[100];
	struct http_target t = {0};
	enum verdict v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sprintf(bytes, "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", cases[i].status);
		assert_false(judge(bytes, false, &t, &v, text));
		assert_int_equal(v, cases[i].verdict);
		sprintf(expected, "HTTP probe failed with statuscode: %d", cases[i].status);
		assert_string_equal(text, v == VERDICT_FAILURE ? expected : "");
	}
}

static void verdicts_of_redirects(void **state)
{
	struct http_target t = {.port = 8080};
	char text[PROBE_MESSAGE_MAX];
	enum verdict v;

	(void)state;
	for (int i = 1; i <= HTTP_REDIRECTS_MAX; i++) {
		assert_true(judge("HTTP/1.1 307 x\r\nLocation: /x\r\n\r\n", false, &t, &v, text));
		assert_int_equal(t.redirects, i);
	}
	assert_false(judge("HTTP/1.1 301 x\r\nLocation: /x\r\n\r\n", false, &t, &v, text));
	assert_int_equal(v, VERDICT_FAILURE);
	assert_string_equal(text, "stopped after 10 redirects");
	t.redirects = 0;
	assert_false(judge("HTTP/1.1 302 x\r\nLocation: //b/\r\n\r\n", false, &t, &v, text));
	assert_int_equal(v, VERDICT_WARNING);
	assert_string_equal(text, "redirect to another host, not followed: //b/");
	assert_false(judge("HTTP/1.1 303 x\r\nLocation: https://127.0.0.1/\r\n\r\n", false, &t, &v,
			   text));
	assert_int_equal(v, VERDICT_WARNING);
	assert_string_equal(text, "redirect to https, not followed: https://127.0.0.1/");
	assert_false(judge("HTTP/1.1 308 x\r\nLocation: http://[\r\n\r\n", false, &t, &v, text));
	assert_int_equal(v, VERDICT_FAILURE);
}

static void verdicts_of_what_is_no_reply(void **state)
{
	char text[PROBE_MESSAGE_MAX];
	struct http_target t = {0};
	enum verdict v;

	(void)state;
	assert_false(judge("hello\n", false, &t, &v, text));
	assert_int_equal(v, VERDICT_FAILURE);
	assert_string_equal(text, "malformed HTTP reply: it does not begin with HTTP/");
	assert_false(judge("", true, &t, &v, text));
	assert_int_equal(v, VERDICT_FAILURE);
	assert_string_equal(text, "the connection ended without a reply");
	assert_false(judge("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, &t, &v, text));
	assert_int_equal(v, VERDICT_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_has_the_kubelets_headers),
		cmocka_unit_test(ipv6_host_stands_in_brackets),
		cmocka_unit_test(headers_of_the_file_win),
		cmocka_unit_test(an_empty_host_of_the_file_is_none),
		cmocka_unit_test(paths_are_made_fit_for_a_request_line),
		cmocka_unit_test(requests_have_a_bound),
		cmocka_unit_test(replies_mean_the_same_in_pieces_of_any_size),
		cmocka_unit_test(a_nul_is_a_byte_like_any_other),
		cmocka_unit_test(what_comes_after_the_end_is_ignored),
		cmocka_unit_test(a_broken_connection_is_no_end),
		cmocka_unit_test(headers_have_a_limit),
		cmocka_unit_test(interim_replies_share_the_limit),
		cmocka_unit_test(of_a_body_no_more_than_a_part_is_read),
		cmocka_unit_test(tiny_chunks_end_as_well),
		cmocka_unit_test(location_is_kept_up_to_a_limit),
		cmocka_unit_test(locations_are_resolved),
		cmocka_unit_test(ipv6_hosts_compare_without_brackets),
		cmocka_unit_test(a_path_that_grows_has_a_limit),
		cmocka_unit_test(host_header_after_a_redirect),
		cmocka_unit_test(verdicts_follow_the_status),
		cmocka_unit_test(verdicts_of_redirects),
		cmocka_unit_test(verdicts_of_what_is_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
