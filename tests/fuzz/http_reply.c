/*
 * Whatever a container answers: no step too far, one outcome however it is cut, and what is made of
 * it stays within its bounds.  The first byte says how to cut it and whether the end comes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/http.h"

static void demand(int yes)
{
	if (!yes)
		abort();
}

static void feed_in_pieces(struct http_reply *r, const char *bytes, size_t n, size_t piece,
			   unsigned end)
{
	http_reply_init(r);
	for (size_t i = 0; i < n; i += piece)
		http_reply_feed(r, bytes + i, piece < n - i ? piece : n - i);
	if (end & 1)
		http_reply_end(r, (end & 2) != 0);
}

static void compare(const struct http_reply *a, const struct http_reply *b)
{
	demand(a->outcome == b->outcome);
	demand(a->status == b->status);
	demand(a->problem == b->problem);
	demand(strcmp(a->location, b->location) == 0);
}

static void judge(const struct http_reply *r, struct handler *probe)
{
	static char request[HTTP_REQUEST_MAX];
	char text[PROBE_MESSAGE_MAX];
	struct http_target t;
	enum verdict verdict = VERDICT_ERROR;

	http_target_init(&t, probe);
	if (!http_judge(r, probe, &t, &verdict, text)) {
		demand(verdict <= VERDICT_ERROR);
		demand(memchr(text, '\0', sizeof text) != NULL);
		return;
	}
	demand(t.redirects == 1 && t.port > 0 && t.path[0] == '/');
	size_t n = http_request(request, sizeof request, probe, &t);
	const char *first = memchr(request, '\r', n);

	/* A Location cannot say more than a path. */
	demand(n > 0 && first && memcmp(first - 9, " HTTP/1.1", 9) == 0);
	demand((const char *)memchr(request + 4, ' ', n - 4) == first - 9);
	/* Resolved again, seen from where it led: the second step of a chain. */
	http_judge(r, probe, &t, &verdict, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"/", "/a/b?c", "a/../b"};
	struct handler probe = {.kind = HANDLER_HTTP, .host = "127.0.0.1", .port = 8080};
	struct http_reply whole, parts;
	const char *bytes = (const char *)data + 1;
	unsigned how;

	if (size == 0)
		return 0;
	how = data[0];
	probe.path = paths[how / 4 % 3];
	feed_in_pieces(&whole, bytes, size - 1, size, how);
	feed_in_pieces(&parts, bytes, size - 1, 1, how);
	compare(&whole, &parts);
	feed_in_pieces(&parts, bytes, size - 1, 2 + how / 16, how);
	compare(&whole, &parts);
	if (whole.outcome != HTTP_OPEN)
		judge(&whole, &probe);
	return 0;
}
