/* The words of a gRPC probe: the call, replies in pieces, what they mean, what is no reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/grpc.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION };
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4, PADDED = 8, HAS_PRIORITY = 0x20 };

/* ---- Replies ---- */

struct reply {
	uint8_t bytes[GRPC_REPLY_MAX + 4096];
	size_t n;
};

static struct reply *reply(void)
{
	static struct reply r;

	r.n = 0;
	return &r;
}

static void raw(struct reply *r, const void *bytes, size_t n)
{
	assert_true(r->n + n <= sizeof r->bytes);
	memcpy(r->bytes + r->n, bytes, n);
	r->n += n;
}

/* The frame's length need not be that of what follows. */
static void frame_head(struct reply *r, size_t n, unsigned type, unsigned flags, uint8_t stream)
{
	uint8_t head[] = {(uint8_t)(n >> 16),
			  (uint8_t)(n >> 8),
			  (uint8_t)n,
			  (uint8_t)type,
			  (uint8_t)flags,
			  0,
			  0,
			  0,
			  stream};

	raw(r, head, sizeof head);
}

static void frame(struct reply *r, unsigned type, unsigned flags, uint8_t stream,
		  const void *payload, size_t n)
{
	frame_head(r, n, type, flags, stream);
	raw(r, payload, n);
}

#define FRAME(r, type, flags, stream, text) frame(r, type, flags, stream, "" text, sizeof(text) - 1)

/* Pieces of header blocks: literals that are not Huffman-coded. */
#define STATUS_200 "\x88"
#define CONTENT_TYPE                                                                               \
	"\x0f\x10\x10"                                                                             \
	"application/grpc"
#define GRPC_STATUS                                                                                \
	"\x00\x0b"                                                                                 \
	"grpc-status"
#define GRPC_MESSAGE                                                                               \
	"\x00\x0c"                                                                                 \
	"grpc-message"
#define OK                                                                                         \
	GRPC_STATUS "\x01"                                                                         \
		    "0"

/* Messages with their prefix. */
#define SERVING "\0\0\0\0\2\x08\x01"

/* What comes before the part that a test is about. */
static struct reply *begun(void)
{
	struct reply *r = reply();

	FRAME(r, SETTINGS, 0, 0, "\0\3\0\0\0\x64");
	FRAME(r, SETTINGS, ACK, 0, "");
	return r;
}

static struct reply *headed(void)
{
	struct reply *r = begun();

	FRAME(r, HEADERS, END_HEADERS, 1, "\x20" STATUS_200 CONTENT_TYPE);
	return r;
}

static struct reply *answered(void)
{
	struct reply *r = headed();

	FRAME(r, DATA, 0, 1, SERVING);
	return r;
}

static void feed(struct grpc_reply *g, const struct reply *r, size_t piece)
{
	grpc_reply_init(g);
	for (size_t i = 0; i < r->n; i += piece)
		grpc_reply_feed(g, r->bytes + i, r->n - i < piece ? r->n - i : piece);
}

static void expect_same(const struct grpc_reply *a, const struct grpc_reply *b)
{
	assert_int_equal(a->outcome, b->outcome);
	assert_ptr_equal(a->problem, b->problem);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->http_status, b->http_status);
	assert_string_equal(a->text, b->text);
	assert_int_equal(a->back_n, b->back_n);
	assert_memory_equal(a->back, b->back, a->back_n);
}

/* Whole, byte by byte, and cut in two everywhere. */
static struct grpc_reply read_reply(const struct reply *r)
{
	struct grpc_reply g, cut;

	feed(&g, r, r->n + 1);
	feed(&cut, r, 1);
	expect_same(&g, &cut);
	for (size_t i = 0; i<r->n; i += r->n> 4096 ? 997 : 1) {
		grpc_reply_init(&cut);
		grpc_reply_feed(&cut, r->bytes, i);
		grpc_reply_feed(&cut, r->bytes + i, r->n - i);
		expect_same(&g, &cut);
	}
	return g;
}

static void expect(const struct reply *r, enum verdict verdict, const char *text)
{
	char message[PROBE_MESSAGE_MAX];
	struct grpc_reply g = read_reply(r);

	assert_int_not_equal(g.outcome, GRPC_OPEN);
	assert_int_equal(grpc_judge(&g, message), verdict);
	assert_string_equal(message, text);
}

static void expect_malformed(const struct reply *r, const char *text)
{
	char message[PROBE_MESSAGE_MAX];

	snprintf(message, sizeof message, "malformed gRPC reply: %s", text);
	expect(r, VERDICT_FAILURE, message);
}

/* It is not known yet what it will be. */
static void expect_open(const struct reply *r)
{
	assert_int_equal(read_reply(r).outcome, GRPC_OPEN);
}

/* The rest of a reply that says SERVING is well. */
static void expect_good_end(struct reply *r)
{
	expect_open(r);
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, OK);
	expect(r, VERDICT_SUCCESS, "");
}

/* ---- The call ---- */

static struct handler spec_of(const char *host, uint16_t port, const char *service)
{
	return (struct handler){
		.kind = HANDLER_GRPC, .host = host, .port = port, .service = service};
}

#define PREFACE                                                                                    \
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"                                                         \
	"\0\0\x12\x04\0\0\0\0\0"                                                                   \
	"\0\1\0\0\0\0\0\2\0\0\0\0\0\6\0\0\x80\0"

/* Proves: K8s 4.6.1 */
static void the_call_is_check_of_the_health_service(void **state)
{
	struct handler probe = spec_of("127.0.0.1", 8080, "");
	static const char expected[] = PREFACE "\0\0\x6c\x01\x04\0\0\0\1"
					       "\x83\x86"
					       "\x04\x1c/grpc.health.v1.Health/Check"
					       "\x01\x0e"
					       "127.0.0.1:8080"
					       "\x0f\x10\x10"
					       "application/grpc"
					       "\x00\x02te\x08trailers"
					       "\x0f\x2b\x19kube-probe/1.36 (podinit)"
					       "\0\0\x05\0\x01\0\0\0\1"
					       "\0\0\0\0\0";
	uint8_t buf[GRPC_REQUEST_MAX];
	size_t n = grpc_request(buf, sizeof buf, &probe);

	(void)state;
	assert_int_equal(n, sizeof expected - 1);
	assert_memory_equal(buf, expected, n);
}

static const uint8_t *end_of(const uint8_t *buf, size_t n, size_t last)
{
	assert_true(n > last);
	return buf + n - last;
}

/* Proves: K8s 4.6.1 */
static void the_service_goes_with_the_call(void **state)
{
	struct handler probe = spec_of("fd00::7", 80, "db");
	uint8_t buf[GRPC_REQUEST_MAX];
	size_t n = grpc_request(buf, sizeof buf, &probe);
	char service[SERVICE_MAX + 2];

	(void)state;
	assert_memory_equal(end_of(buf, n, 18),
			    "\0\0\x09\0\x01\0\0\0\1\0\0\0\0\4\x0a\x02"
			    "db",
			    18);
	assert_non_null(memmem(buf, n, "\x01\x0c[fd00::7]:80", 14));
	/* One whose length takes two bytes, and the longest. */
	memset(service, 's', sizeof service);
	service[128] = '\0';
	probe.service = service;
	n = grpc_request(buf, sizeof buf, &probe);
	assert_memory_equal(end_of(buf, n, 17 + 128),
			    "\0\0\x88\0\x01\0\0\0\1\0\0\0\0\x83\x0a\x80\x01"
			    "sss",
			    20);
	service[128] = 's';
	service[SERVICE_MAX] = '\0';
	n = grpc_request(buf, sizeof buf, &probe);
	assert_memory_equal(end_of(buf, n, 17 + 255),
			    "\0\1\x07\0\x01\0\0\0\1\0\0\0\1\x02\x0a\xff\x01"
			    "sss",
			    20);
}

static void the_call_has_a_bound(void **state)
{
	char service[SERVICE_MAX + 2], host[200];
	struct handler probe = spec_of("127.0.0.1", 80, "db");
	uint8_t buf[GRPC_REQUEST_MAX];
	size_t n = grpc_request(buf, sizeof buf, &probe);

	(void)state;
	for (size_t size = 0; size < n; size++)
		assert_int_equal(grpc_request(buf, size, &probe), 0);
	assert_int_equal(grpc_request(buf, n, &probe), n);
	memset(service, 's', sizeof service);
	service[SERVICE_MAX + 1] = '\0';
	probe.service = service;
	assert_int_equal(grpc_request(buf, sizeof buf, &probe), 0);
	memset(host, '1', sizeof host);
	host[sizeof host - 1] = '\0';
	probe = spec_of(host, 80, "");
	assert_int_equal(grpc_request(buf, sizeof buf, &probe), 0);
	host[124] = '\0'; /* too long for a length of one byte, but not for the buffer */
	assert_int_equal(grpc_request(buf, sizeof buf, &probe), 0);
}

/* ---- Answers ---- */

/* Proves: K8s 4.6.1 */
static void serving_is_success(void **state)
{
	(void)state;
	expect_good_end(answered());
}

static void expect_answer(const void *message, size_t n, const char *text)
{
	struct reply *r = headed();

	frame(r, DATA, 0, 1, message, n);
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, OK);
	expect(r, *text ? VERDICT_FAILURE : VERDICT_SUCCESS, text);
}

/* Proves: K8s 4.6.1 */
static void every_other_answer_is_failure(void **state)
{
	static const struct {
		const char *message;
		size_t n;
		const char *text;
	} cases[] = {
		{"\0\0\0\0\2\x08\x02", 7, "service unhealthy (responded with \"NOT_SERVING\")"},
		{"\0\0\0\0\2\x08\x00", 7, "service unhealthy (responded with \"UNKNOWN\")"},
		{"\0\0\0\0\0", 5, "service unhealthy (responded with \"UNKNOWN\")"},
		{"\0\0\0\0\2\x08\x03", 7, "service unhealthy (responded with \"SERVICE_UNKNOWN\")"},
		{"\0\0\0\0\2\x08\x04", 7, "service unhealthy (responded with \"4\")"},
		{"\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 16,
		 "service unhealthy (responded with \"-1\")"},
		/* the last one counts, and fields of later versions do not */
		{"\0\0\0\0\4\x08\x01\x08\x02", 9,
		 "service unhealthy (responded with \"NOT_SERVING\")"},
		{"\0\0\0\0\x1b\x10\x05\x08\x02\x08\x01\x1a\x02hi\x21"
		 "12345678\x2d"
		 "1234\xf8\x01\x02",
		 32, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_answer(cases[i].message, cases[i].n, cases[i].text);
}

static void messages_that_are_none(void **state)
{
	static const char wrong[] = "malformed gRPC reply: the message is not one of protobuf";
	static const struct {
		const char *message;
		size_t n;
		const char *text;
	} cases[] = {
		{"\0\0\0\0\1\x08", 6, wrong},
		{"\0\0\0\0\2\x08\x81", 7, wrong},
		{"\0\0\0\0\2\x00\x01", 7, wrong}, /* field 0 */
		{"\0\0\0\0\1\x12", 6, wrong},
		{"\0\0\0\0\1\x0b", 6, wrong},      /* a group */
		{"\0\0\0\0\3\x12\x02x", 8, wrong}, /* cut short */
		{"\0\0\0\0\x0b\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 16,
		 wrong}, /* 2^64 - 1 */
		{"\0\0\0\0\x0c\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\1", 17,
		 wrong}, /* 11 bytes */
		{"\0\0\0\0\x03\x2d\x01\x02", 8, wrong},
		{"", 0, "malformed gRPC reply: it holds no whole message"},
		{"\0\0\0\0", 4, "malformed gRPC reply: it holds no whole message"},
		{"\0\0\0\0\3\x08\x01", 7, "malformed gRPC reply: it holds no whole message"},
		{"\0\0\0\0\2\x08\x01\0", 8, "malformed gRPC reply: more than one message"},
		{"\1\0\0\0\2\x08\x01", 7, "malformed gRPC reply: a compressed message"},
		{"<html>", 6, "malformed gRPC reply: what it holds is no message"},
		{"\0\0\0\1\1", 5, "malformed gRPC reply: a message of more than 256 bytes"},
		{"\0\xff\xff\xff\xff", 5, "malformed gRPC reply: a message of more than 256 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_answer(cases[i].message, cases[i].n, cases[i].text);
}

static void the_longest_message_is_read(void **state)
{
	char message[5 + GRPC_MESSAGE_MAX] = "\0\0\0\1\0\x08\x01\x12\xfb\x01"; /* 251 bytes */

	(void)state;
	expect_answer(message, sizeof message, "");
}

/* A message may come in as many frames as there are bytes, and some frames be empty. */
static void a_message_in_many_frames(void **state)
{
	struct reply *r = headed();

	(void)state;
	for (size_t i = 0; i < sizeof SERVING - 1; i++) {
		frame(r, DATA, 0, 1, &SERVING[i], 1);
		FRAME(r, DATA, 0, 1, "");
	}
	expect_good_end(r);
}

/* Proves: K8s 4.6.1 */
static void a_status_of_grpc_is_failure(void **state)
{
	static const struct {
		const char *status, *text;
	} cases[] = {
		{"5", "rpc error: code = NotFound desc = unknown service"},
		{"2", "rpc error: code = Unknown desc = unknown service"},
		{"14", "rpc error: code = Unavailable desc = unknown service"},
		{"16", "rpc error: code = Unauthenticated desc = unknown service"},
		{"17", "rpc error: code = Code(17) desc = unknown service"},
		{"999999999", "rpc error: code = Code(999999999) desc = unknown service"},
		{"12", "error: this server does not implement the grpc health protocol "
		       "(grpc.health.v1.Health): unknown service"},
		{"x", "malformed gRPC reply: grpc-status is not a number"},
		{"", "malformed gRPC reply: grpc-status is not a number"},
		{"-1", "malformed gRPC reply: grpc-status is not a number"},
		{"4294967296", "malformed gRPC reply: grpc-status is not a number"},
	};
	char block[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int n = snprintf(block, sizeof block,
				 "\x88%c\x0bgrpc-status%c%s%c\x0cgrpc-message\x0funknown service",
				 0, (int)strlen(cases[i].status), cases[i].status, 0);
		struct reply *r = begun();

		/* all at once */
		frame(r, HEADERS, END_HEADERS | END_STREAM, 1, block, (size_t)n);
		expect(r, VERDICT_FAILURE, cases[i].text);
		/* and after an answer, which then does not count */
		r = answered();
		frame(r, HEADERS, END_HEADERS | END_STREAM, 1, block + 1, (size_t)n - 1);
		expect(r, VERDICT_FAILURE, cases[i].text);
	}
}

/* What a server says fills the message and no more. */
static void a_long_message_is_cut(void **state)
{
	struct reply *r = begun();
	char message[PROBE_MESSAGE_MAX], text[1000];
	struct grpc_reply g;

	(void)state;
	memset(text, 'x', sizeof text);
	frame_head(r, 1 + 15 + 14 + 3 + sizeof text, HEADERS, END_HEADERS | END_STREAM, 1);
	raw(r,
	    STATUS_200 GRPC_STATUS "\x01"
				   "9" GRPC_MESSAGE "\x7f\xe9\x06",
	    1 + 15 + 14 + 3);
	raw(r, text, sizeof text);
	g = read_reply(r);
	assert_int_equal(g.outcome, GRPC_COMPLETE);
	assert_int_equal(grpc_judge(&g, message), VERDICT_FAILURE);
	assert_non_null(strstr(message, "code = FailedPrecondition desc = xxx"));
	assert_int_equal(strspn(strrchr(message, ' ') + 1, "x"), 80);
}

/* Proves: K8s 4.6.1 */
static void a_status_of_http_is_failure(void **state)
{
	struct reply *r = begun();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS, 1, "\x8d"); /* from the static table */
	expect(r, VERDICT_FAILURE, "unexpected HTTP status code received from server: 404");
	r = begun();
	FRAME(r, HEADERS, END_HEADERS, 1,
	      "\x08\x03"
	      "503"); /* the name alone is */
	expect(r, VERDICT_FAILURE, "unexpected HTTP status code received from server: 503");
	r = begun();
	FRAME(r, HEADERS, END_HEADERS, 1,
	      "\x40\x07:status\x03"
	      "415");
	expect(r, VERDICT_FAILURE, "unexpected HTTP status code received from server: 415");
	r = begun();
	FRAME(r, HEADERS, END_HEADERS, 1,
	      "\x08\x02"
	      "20");
	expect_malformed(r, "the HTTP status is not one");
	r = begun();
	FRAME(r, HEADERS, END_HEADERS, 1,
	      "\x08\x03"
	      "099");
	expect_malformed(r, "the HTTP status is not one");
	r = begun();
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, OK);
	expect_malformed(r, "headers without a status");
}

static void an_interim_status_is_passed_over(void **state)
{
	struct reply *r = begun();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS, 1,
	      "\x08\x03"
	      "103");
	FRAME(r, HEADERS, END_HEADERS, 1,
	      STATUS_200 GRPC_STATUS "\x01"
				     "5");
	FRAME(r, DATA, 0, 1, SERVING);
	expect_good_end(r); /* a status of gRPC before the end does not count */
	r = begun();
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1,
	      "\x08\x03"
	      "103");
	expect(r, VERDICT_FAILURE, "unexpected HTTP status code received from server: 103");
}

static void a_reply_needs_its_end(void **state)
{
	struct reply *r = headed();
	struct grpc_reply g;

	(void)state;
	FRAME(r, DATA, END_STREAM, 1, SERVING);
	expect_malformed(r, "it ends without a grpc-status");
	r = answered();
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, "");
	expect_malformed(r, "it ends without a grpc-status");
	r = answered();
	FRAME(r, HEADERS, END_HEADERS, 1, OK);
	expect_malformed(r, "headers amid the reply");
	g = read_reply(answered());
	grpc_reply_end(&g);
	assert_string_equal(g.problem, "the connection ended amid the reply");
	grpc_reply_init(&g);
	grpc_reply_end(&g);
	assert_string_equal(g.problem, "the connection ended without a reply");
	assert_int_equal(g.outcome, GRPC_MALFORMED);
}

/* What comes after the end changes nothing. */
static void the_end_is_the_end(void **state)
{
	struct reply *r = answered();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, OK);
	FRAME(r, RST, 0, 1, "\0\0\0\0");
	raw(r, "garbage", 7);
	expect(r, VERDICT_SUCCESS, "");
}

/* ---- Headers ---- */

/* RFC 7541, C.4.1 and appendix B. */
static void huffman_codes_are_read(void **state)
{
	struct reply *r = begun();
	struct grpc_reply g;

	(void)state;
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1,
	      "\x48\x82\x10\x01"                                   /* :status: 200 */
	      "\x40\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f\x81\x6f"   /* grpc-status: 5 */
	      "\x00\x89\x9a\xca\xc8\xb5\x25\x42\x07\x31\x7f\x8c"   /* grpc-message: */
	      "\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"); /* www.example.com */
	g = read_reply(r);
	assert_string_equal(g.text, "www.example.com");
	expect(r, VERDICT_FAILURE, "rpc error: code = NotFound desc = www.example.com");
}

/* Every byte there is, of codes of five bits and of thirty: three strings of bytes in order. */
static const struct {
	unsigned first, n;
	const char *coded;
	size_t size;
} all_bytes[] = {
	{0, 86,
	 "\xff\xc7\xff\xfd\x8f\xff\xff\xe2\xff\xff\xfe\x3f\xff\xff\xe4\xff\xff\xfe\x5f\xff"
	 "\xff\xe6\xff\xff\xfe\x7f\xff\xff\xe8\xff\xff\xea\xff\xff\xff\xf3\xff\xff\xfa\x7f"
	 "\xff\xff\xab\xff\xff\xff\xdf\xff\xff\xeb\xff\xff\xfe\xcf\xff\xff\xed\xff\xff\xfe"
	 "\xef\xff\xff\xef\xff\xff\xff\x0f\xff\xff\xf1\xff\xff\xff\x2f\xff\xff\xff\xbf\xff"
	 "\xff\xcf\xff\xff\xfd\x3f\xff\xff\xd7\xff\xff\xfd\xbf\xff\xff\xdf\xff\xff\xfe\x3f"
	 "\xff\xff\xe7\xff\xff\xfe\xbf\xff\xff\xed\x4f\xe3\xf9\xff\xaf\xfc\xab\xf1\xfe\xbf"
	 "\xaf\xef\xe7\xfd\xfd\x2c\xbb\x00\x08\x99\x69\xb7\x1d\x79\xfb\x9f\x7f\xff\x20\xff"
	 "\xbf\xf3\xff\x50\xdd\xbd\x7f\x06\x1c\x58\xf2\x65\xcd\x9f\x46\x9d\x5a\xf6\x6d\xdd"
	 "\xbf\x87",
	 162},
	{86, 86,
	 "\xe3\xcb\xf3\x9f\xef\xfe\xff\xff\x87\xff\x3f\xfc\x8b\xff\xe8\xe3\x24\x85\x96\x69"
	 "\xcd\xd3\xad\x14\xd4\x7a\xfb\x58\x84\xdb\xdf\xc7\x9f\x5e\xff\xff\x7f\xcf\xff\x7f"
	 "\xfb\xff\xff\xff\x9f\xff\xcd\xff\xfe\x97\xff\xf3\xff\xff\x47\xff\xfa\x7f\xff\xea"
	 "\x7f\xff\xab\xff\xff\x67\xff\xfd\x6f\xff\xfb\x5f\xff\xf6\xff\xff\xee\x7f\xff\xdd"
	 "\xff\xff\xbd\xff\xff\xd7\xff\xff\x7f\xff\xff\xb3\xff\xff\xb7\xff\xfd\x7f\xff\xfc"
	 "\x1f\xff\xfd\xdf\xff\xf8\x7f\xff\xf1\x7f\xff\xe3\xff\xff\xc9\xff\xfd\xcf\xff\xf6"
	 "\x3f\xff\xf2\xff\xff\xb3\xff\xff\x9b\xff\xff\x3f\xff\xff\x7f\xff\xfb\x5f\xff\xdd"
	 "\xff\xfe\x9f\xff\xf6\xff\xff\xdc\xff\xff\xd1\xff\xff\xa7\xff\xfb\xdf\xff\xfa\xbf"
	 "\xff\xdd\xff\xff\x7b\xff\xff\xc3",
	 168},
	{172, 84,
	 "\xff\xfe\xff\xff\xfb\xff\xff\xfa\xff\xff\xf6\x7f\xff\x83\xff\xfc\x3f\xff\xf0\x7f"
	 "\xff\x8b\xff\xff\x6f\xff\xfc\x3f\xff\xfb\xbf\xff\xf7\xff\xff\x57\xff\xfc\x5f\xff"
	 "\xf1\xff\xff\xc9\xff\xff\xc3\xff\xfe\x5f\xff\xf9\xbf\xff\xf8\xff\xff\xfc\x1f\xff"
	 "\xff\x0f\xff\xf5\xff\xff\x1f\xff\xf9\xff\xff\xf9\x7f\xff\xd1\xff\xff\xec\xff\xff"
	 "\xf8\xbf\xff\xfe\x3f\xff\xff\x93\xff\xff\xef\x7f\xff\xfd\xff\xff\xff\x97\xff\xff"
	 "\xc7\xff\xff\xdb\xff\xfc\xbf\xff\xc7\xff\xff\xf3\x7f\xff\xfe\x0f\xff\xff\xc3\xff"
	 "\xff\xf3\xff\xff\xfe\x2f\xff\xff\x2f\xff\xf2\x7f\xff\x97\xff\xff\xe8\xff\xff\xfa"
	 "\x7f\xff\xff\xf7\xff\xff\xf1\xff\xff\xfe\x4f\xff\xff\xcb\xff\xfd\x9f\xff\xfe\x7f"
	 "\xff\xdb\xff\xfe\x6f\xff\xfa\x7f\xff\xcf\xff\xfe\x8f\xff\xfe\x7f\xff\xf5\x7f\xff"
	 "\xd7\xff\xff\xee\xff\xff\xf7\xff\xff\xfa\x7f\xff\xfa\xff\xff\xfd\x5f\xff\xfd\x3f"
	 "\xff\xfe\xbf\xff\xff\xcd\xff\xff\xf6\x7f\xff\xfd\xbf\xff\xff\x9f\xff\xff\xf4\x7f"
	 "\xff\xfe\x9f\xff\xff\xd5\xff\xff\xfa\xff\xff\xff\xfb\xff\xff\xf6\x7f\xff\xfe\xdf"
	 "\xff\xff\xdd\xff\xff\xfb\xff\xff\xff\x87\xff\xff\xdd",
	 253},
};

static void every_huffman_code_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_bytes); i++) {
		struct reply *r = begun();
		struct grpc_reply g;
		uint8_t length[] = {0xff, (uint8_t)(all_bytes[i].size - 127)};

		frame_head(r, 1 + 15 + 14 + 2 + all_bytes[i].size, HEADERS,
			   END_HEADERS | END_STREAM, 1);
		raw(r,
		    STATUS_200 GRPC_STATUS "\x01"
					   "2" GRPC_MESSAGE,
		    1 + 15 + 14);
		raw(r, length, 2);
		raw(r, all_bytes[i].coded, all_bytes[i].size);
		g = read_reply(r);
		assert_int_equal(g.outcome, GRPC_COMPLETE);
		for (unsigned k = 0; k < all_bytes[i].n; k++)
			assert_int_equal((uint8_t)g.text[k], all_bytes[i].first + k);
	}
}

static void expect_bad_headers(const void *block, size_t n)
{
	struct reply *r = begun();

	frame(r, HEADERS, END_HEADERS | END_STREAM, 1, block, n);
	expect_malformed(r, "headers that cannot be decoded");
}

#define BAD_HEADERS(text) expect_bad_headers("" text, sizeof(text) - 1)

static void huffman_codes_end_as_they_must(void **state)
{
	(void)state;
	BAD_HEADERS("\x88\x00\x81\x06\x00");                 /* '0' and 110: not all ones */
	BAD_HEADERS("\x88\x00\x82\x07\xff\x00");             /* a byte of padding */
	BAD_HEADERS("\x88\x00\x84\xff\xff\xff\xff\x00");     /* the end of the string in it */
	BAD_HEADERS("\x88\x00\x85\x07\xff\xff\xff\xff\x00"); /* and after a byte */
	BAD_HEADERS("\x88\x00\x83\xff\xff\xff\x00");         /* amid a code */
}

/* Names are told apart by all of their bytes, Huffman-coded or not; empty strings are strings. */
static void other_headers_are_passed_over(void **state)
{
	static const char *const names[] = {"grpc-statusx",
					    "grpc-statu",
					    "g",
					    "Grpc-Status",
					    "grpc-status-of-something-else",
					    "grpc-message-bin"};
	static const uint8_t kinds[] = {0x00, 0x10, 0x40}; /* as it is, always so, to be indexed */
	struct reply *r = begun();
	char block[200];

	(void)state;
	FRAME(r, HEADERS, 0, 1, "\x20\x20" STATUS_200);
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			int n = snprintf(block, sizeof block, "%c%c%s%cx", kinds[k],
					 (int)strlen(names[i]), names[i], 1);

			frame(r, CONTINUATION, 0, 1, block, (size_t)n);
		}
	FRAME(r, CONTINUATION, 0, 1, "\x00\x80\x80\x00\x00\x00");       /* empty strings */
	FRAME(r, CONTINUATION, 0, 1, "\x7d\x01x\xbd\x90\x0f\x2e\x01x"); /* entries 61, 16 */
	FRAME(r, CONTINUATION, END_HEADERS, 1, "");
	FRAME(r, DATA, 0, 1, SERVING);
	expect_good_end(r);
}

static void entries_of_the_header_table_are_refused(void **state)
{
	(void)state;
	BAD_HEADERS("\x80");          /* entry 0 */
	BAD_HEADERS("\x88\xbe");      /* the first that a server might have added */
	BAD_HEADERS("\x88\xff\x00");  /* 127 */
	BAD_HEADERS("\x88\x7e\x01x"); /* as a name */
	BAD_HEADERS("\x88\x0f\x2f\x01x");
	BAD_HEADERS("\x21\x88"); /* a table of one byte, of 4096 */
	BAD_HEADERS("\x3f\xe1\x1f\x88");
}

static void integers_do_not_overflow(void **state)
{
	(void)state;
	BAD_HEADERS("\xff\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
	BAD_HEADERS("\xff\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"); /* 2^64 and 1 */
	BAD_HEADERS("\xff\xff\xff\xff\x0f");
	BAD_HEADERS("\x3f\xe1\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	BAD_HEADERS("\x88\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	BAD_HEADERS("\x88\x00\x7f\xff\xff\xff\xff\x7f");
}

static void headers_end_where_a_field_does(void **state)
{
	(void)state;
	BAD_HEADERS("\x88\x00");
	BAD_HEADERS("\x88\xff");
	BAD_HEADERS("\x88\x00\x0bgrpc-stat");
	BAD_HEADERS("\x88\x00\x0bgrpc-status");
	BAD_HEADERS("\x88\x00\x0bgrpc-status\x02"
		    "0");
	BAD_HEADERS("\x88\x00\x0bgrpc-status\x7f\xff\xff\x7f"); /* more than a reply may have */
}

/* A status beyond the first headers is nothing to us. */
static void trailers_have_no_status_of_http(void **state)
{
	struct reply *r = answered();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1,
	      "\x8d\x08\x03"
	      "500" OK);
	expect(r, VERDICT_SUCCESS, "");
}

/* ---- Frames ---- */

static void padding_and_priority_are_no_content(void **state)
{
	struct reply *r = begun();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS | PADDED | HAS_PRIORITY, 1,
	      "\x03\0\0\0\0\x10" STATUS_200 "\xff\xff\xff");
	FRAME(r, DATA, PADDED, 1, "\x02\0\0\0\0\xff\xff");
	FRAME(r, DATA, PADDED, 1, "\0");
	FRAME(r, DATA, PADDED, 1, "\x01\xff");
	FRAME(r, DATA, PADDED, 1, "\0\2\x08\x01");
	expect_open(r);
	FRAME(r, HEADERS, END_HEADERS | END_STREAM | HAS_PRIORITY, 1, "\x80\0\0\0\0" OK);
	expect(r, VERDICT_SUCCESS, "");
}

static void padding_stays_within_its_frame(void **state)
{
	struct reply *r = headed();

	(void)state;
	FRAME(r, DATA, PADDED, 1, "\x03\0\0");
	expect_malformed(r, "more padding than there is frame");
	r = headed();
	FRAME(r, DATA, PADDED, 1, "");
	expect_malformed(r, "an HTTP/2 frame of a wrong length");
	r = begun();
	FRAME(r, HEADERS, PADDED | HAS_PRIORITY | END_HEADERS, 1,
	      "\x02\0\0\0\0\x10"
	      "x");
	expect_malformed(r, "more padding than there is frame");
	r = begun();
	FRAME(r, HEADERS, HAS_PRIORITY | END_HEADERS, 1, "\0\0\0\0");
	expect_malformed(r, "an HTTP/2 frame of a wrong length");
}

/* Headers cut anywhere go on in the next frame, which may be empty. */
static void headers_go_on_in_continuation(void **state)
{
	static const char block[] = STATUS_200 CONTENT_TYPE GRPC_STATUS "\x01"
									"0";

	(void)state;
	for (size_t cut = 0; cut < sizeof block; cut++) {
		struct reply *r = answered();

		frame(r, HEADERS, END_STREAM, 1, block, cut);
		FRAME(r, CONTINUATION, 0, 1, "");
		expect_open(r);
		frame(r, CONTINUATION, END_HEADERS, 1, block + cut, sizeof block - 1 - cut);
		expect(r, VERDICT_SUCCESS, "");
	}
}

static void nothing_comes_between_headers_and_continuation(void **state)
{
	static const uint8_t types[] = {DATA, HEADERS, SETTINGS, PING, WINDOW, 77};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct reply *r = answered();

		FRAME(r, HEADERS, END_STREAM, 1, OK);
		frame(r, types[i], 0, 1, "\0\0\0\0", 4);
		expect_malformed(r, "an HTTP/2 frame out of place");
	}
	struct reply *r = headed();

	FRAME(r, CONTINUATION, END_HEADERS, 1, OK);
	expect_malformed(r, "an HTTP/2 frame out of place");
}

/* Proves: K8s 4.6.1 */
static void a_server_may_reset_the_call(void **state)
{
	struct reply *r = begun();

	(void)state;
	FRAME(r, RST, 0, 1, "\0\0\0\x07");
	expect(r, VERDICT_FAILURE, "the server reset the call: HTTP/2 error 7");
	r = answered();
	FRAME(r, RST, 0, 1, "\xff\xff\xff\xff");
	expect(r, VERDICT_FAILURE, "the server reset the call: HTTP/2 error 4294967295");
}

/* Proves: K8s 4.6.1 */
static void a_server_may_go_away(void **state)
{
	struct reply *r = begun();

	(void)state;
	/* No more calls, but it does not mean ours. */
	FRAME(r, GOAWAY, 0, 0,
	      "\x7f\xff\xff\xff\0\0\0\0"
	      "and a word on why");
	FRAME(r, GOAWAY, 0, 0, "\x80\0\0\x01\0\0\0\0");
	FRAME(r, HEADERS, END_HEADERS, 1, STATUS_200);
	FRAME(r, DATA, 0, 1, SERVING);
	expect_good_end(r);
	r = begun();
	FRAME(r, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0");
	expect(r, VERDICT_FAILURE, "the server closes the connection: HTTP/2 error 0");
	r = answered();
	FRAME(r, GOAWAY, 0, 0,
	      "\0\0\0\x01\0\0\0\x0b"
	      "too_many_pings");
	expect(r, VERDICT_FAILURE, "the server closes the connection: HTTP/2 error 11");
}

static void frames_that_matter_to_others_are_passed_over(void **state)
{
	struct reply *r = answered();

	(void)state;
	FRAME(r, WINDOW, 0, 0, "\0\0\x10\0");
	FRAME(r, WINDOW, 0, 1, "\0\0\x10\0");
	FRAME(r, PRIORITY, 0, 1, "\0\0\0\0\x10");
	FRAME(r, PING, ACK, 0, "12345678");
	FRAME(r, 77, 0xff, 9, "an extension");
	FRAME(r, 78, 0xff, 0, "");
	expect_good_end(r);
}

static void settings_and_pings_are_answered(void **state)
{
	static const char expected[] = "\0\0\0\4\1\0\0\0\0"
				       "\0\0\x08\6\1\0\0\0\0"
				       "87654321"
				       "\0\0\0\4\1\0\0\0\0";
	struct reply *r = begun();
	struct grpc_reply g;

	(void)state;
	FRAME(r, PING, 0, 0, "87654321");
	FRAME(r, SETTINGS, 0, 0, "\0\4\0\1\0\0\0\5\0\1\0\0");
	g = read_reply(r);
	assert_int_equal(g.back_n, sizeof expected - 1);
	assert_memory_equal(g.back, expected, g.back_n);
	FRAME(r, HEADERS, END_HEADERS, 1, STATUS_200);
	FRAME(r, DATA, 0, 1, SERVING);
	expect_good_end(r);
}

static void answers_to_pings_have_a_bound(void **state)
{
	struct reply *r = reply();

	(void)state;
	FRAME(r, SETTINGS, 0, 0, "");
	for (size_t i = 1; i < GRPC_BACK_FRAMES; i++)
		FRAME(r, PING, 0, 0, "12345678");
	expect_open(r);
	FRAME(r, PING, 0, 0, "12345678");
	FRAME(r, PING, 0, 0, "12345678");
	expect_malformed(r, "too many SETTINGS and PING");
}

static void frames_have_their_places_and_lengths(void **state)
{
	static const char place[] = "an HTTP/2 frame out of place";
	static const char size[] = "an HTTP/2 frame of a wrong length";
	static const struct {
		uint8_t type, flags, stream, n;
		const char *text;
	} cases[] = {
		{DATA, 0, 0, 1, place},      {DATA, 0, 3, 1, place},
		{HEADERS, 4, 3, 1, place},   {HEADERS, 4, 0, 1, place},
		{PUSH, 4, 1, 8, place},      {RST, 0, 0, 4, place},
		{RST, 0, 1, 5, size},        {RST, 0, 1, 3, size},
		{SETTINGS, 0, 1, 6, place},  {SETTINGS, 0, 0, 5, size},
		{SETTINGS, ACK, 0, 6, size}, {PING, 0, 1, 8, place},
		{PING, 0, 0, 7, size},       {PING, ACK, 0, 9, size},
		{GOAWAY, 0, 1, 8, place},    {GOAWAY, 0, 0, 7, size},
		{WINDOW, 0, 0, 3, size},     {PRIORITY, 0, 0, 5, place},
		{PRIORITY, 0, 1, 4, size},   {CONTINUATION, 4, 1, 1, place},
	};
	struct reply *r = begun();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		r = headed();
		frame(r, cases[i].type, cases[i].flags, cases[i].stream, "123456789", cases[i].n);
		expect_malformed(r, cases[i].text);
	}
	r = begun();
	FRAME(r, DATA, 0, 1, SERVING); /* before headers */
	expect_malformed(r, place);
}

/* ---- Limits ---- */

static void frames_have_a_limit(void **state)
{
	static const char zeros[GRPC_FRAME_MAX];
	struct reply *r = answered();

	(void)state;
	frame(r, 77, 0, 0, zeros, GRPC_FRAME_MAX);
	expect_good_end(r);
	r = answered();
	frame_head(r, GRPC_FRAME_MAX + 1, 77, 0, 0);
	expect_malformed(r, "an HTTP/2 frame of more than 16 KiB");
	r = answered();
	frame_head(r, 0xffffff, DATA, 0, 1);
	expect_malformed(r, "an HTTP/2 frame of more than 16 KiB");
}

/* Proves: K8s 4.6.1 */
static void a_reply_has_a_limit(void **state)
{
	static const char zeros[GRPC_FRAME_MAX];
	struct reply *r = answered();

	(void)state;
	while (r->n + 9 < GRPC_REPLY_MAX) {
		size_t left = GRPC_REPLY_MAX - 9 - r->n;

		frame(r, 77, 0, 0, zeros, left < GRPC_FRAME_MAX ? left : GRPC_FRAME_MAX - 9);
	}
	assert_int_equal(r->n, GRPC_REPLY_MAX);
	expect_open(r);
	raw(r, "", 1);
	expect(r, VERDICT_FAILURE, "gRPC reply of more than 64 KiB");
	/* headers without an end, too */
	r = begun();
	FRAME(r, HEADERS, 0, 1, STATUS_200);
	while (r->n <= GRPC_REPLY_MAX)
		FRAME(r, CONTINUATION, 0, 1, CONTENT_TYPE CONTENT_TYPE);
	expect(r, VERDICT_FAILURE, "gRPC reply of more than 64 KiB");
}

/* ---- What is no reply ---- */

/* Proves: K8s 4.6.1 */
static void other_protocols_are_told_at_once(void **state)
{
	static const struct {
		const char *text;
		size_t n, decides;
	} cases[] = {
		{"HTTP/1.1 400 Bad Request\r\n\r\n", 28, 1},
		{"\x4a\0\0\0\x0a"
		 "8.0.36",
		 11, 1},
		{"SSH-2.0-OpenSSH_9.2\r\n", 21, 1},
		{"\x15\x03\x01\0\x02\x02\x16", 7, 1},
		{"\0\0\x08\x06\0\0\0\0\0"
		 "12345678",
		 17, 4},                          /* HTTP/2, but no SETTINGS */
		{"\0\0\0\x04\x01\0\0\0\0", 9, 9}, /* SETTINGS that answer none */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reply *r = reply();

		raw(r, cases[i].text, cases[i].decides - 1);
		expect_open(r);
		raw(r, cases[i].text + cases[i].decides - 1, cases[i].n - cases[i].decides + 1);
		expect_malformed(r, "it is not HTTP/2");
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Whatever comes, there is one outcome however it is cut, and never a success. */
static void garbage_is_never_a_success(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct reply *r = round % 3 == 0 ? reply() : round % 3 == 1 ? begun() : headed();
		char message[PROBE_MESSAGE_MAX];
		struct grpc_reply g;

		for (unsigned n = 1 + next_random(&seed) % 8; n-- > 0;) {
			uint8_t bytes[64];

			for (size_t i = 0; i < sizeof bytes; i++)
				bytes[i] = (uint8_t)next_random(&seed);
			frame(r, next_random(&seed) % 11, bytes[0] & 0x2c, bytes[1] & 1, bytes,
			      bytes[2] % sizeof bytes);
		}
		g = read_reply(r);
		grpc_reply_end(&g);
		assert_int_equal(grpc_judge(&g, message), VERDICT_FAILURE);
		assert_true(strlen(message) > 0 && strlen(message) < PROBE_MESSAGE_MAX);
	}
}

/* A good reply with one byte changed is read to some outcome, or waits for more. */
static void one_wrong_byte(void **state)
{
	struct reply *r = answered();

	(void)state;
	FRAME(r, HEADERS, END_HEADERS | END_STREAM, 1, OK);
	for (size_t i = 0; i < r->n; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			char message[PROBE_MESSAGE_MAX];
			struct grpc_reply g;

			r->bytes[i] ^= (uint8_t)bit;
			g = read_reply(r);
			grpc_reply_end(&g);
			assert_true(grpc_judge(&g, message) <= VERDICT_FAILURE);
			r->bytes[i] ^= (uint8_t)bit;
		}
	expect(r, VERDICT_SUCCESS, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_call_is_check_of_the_health_service),
		cmocka_unit_test(the_service_goes_with_the_call),
		cmocka_unit_test(the_call_has_a_bound),
		cmocka_unit_test(serving_is_success),
		cmocka_unit_test(every_other_answer_is_failure),
		cmocka_unit_test(messages_that_are_none),
		cmocka_unit_test(the_longest_message_is_read),
		cmocka_unit_test(a_message_in_many_frames),
		cmocka_unit_test(a_status_of_grpc_is_failure),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(a_status_of_http_is_failure),
		cmocka_unit_test(an_interim_status_is_passed_over),
		cmocka_unit_test(a_reply_needs_its_end),
		cmocka_unit_test(the_end_is_the_end),
		cmocka_unit_test(huffman_codes_are_read),
		cmocka_unit_test(every_huffman_code_is_read),
		cmocka_unit_test(huffman_codes_end_as_they_must),
		cmocka_unit_test(other_headers_are_passed_over),
		cmocka_unit_test(entries_of_the_header_table_are_refused),
		cmocka_unit_test(integers_do_not_overflow),
		cmocka_unit_test(headers_end_where_a_field_does),
		cmocka_unit_test(trailers_have_no_status_of_http),
		cmocka_unit_test(padding_and_priority_are_no_content),
		cmocka_unit_test(padding_stays_within_its_frame),
		cmocka_unit_test(headers_go_on_in_continuation),
		cmocka_unit_test(nothing_comes_between_headers_and_continuation),
		cmocka_unit_test(a_server_may_reset_the_call),
		cmocka_unit_test(a_server_may_go_away),
		cmocka_unit_test(frames_that_matter_to_others_are_passed_over),
		cmocka_unit_test(settings_and_pings_are_answered),
		cmocka_unit_test(answers_to_pings_have_a_bound),
		cmocka_unit_test(frames_have_their_places_and_lengths),
		cmocka_unit_test(frames_have_a_limit),
		cmocka_unit_test(a_reply_has_a_limit),
		cmocka_unit_test(other_protocols_are_told_at_once),
		cmocka_unit_test(garbage_is_never_a_success),
		cmocka_unit_test(one_wrong_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
