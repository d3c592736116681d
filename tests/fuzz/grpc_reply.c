/*
 * Whatever a server of gRPC answers: no step too far, one outcome however it is cut, and what is
 * said back and made of it stays within its bounds.  The first byte says how to cut it, whether the
 * end comes, and how much of a good reply comes before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/grpc.h"

static const uint8_t begun[] = {
	0, 0, 0, 4, 0, 0, 0, 0, 0,                            /* SETTINGS */
	0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88,                      /* HEADERS: :status 200 */
	0, 0, 7, 0, 0, 0, 0, 0, 1, 0,    0, 0, 0, 2, 0x08, 1, /* DATA: SERVING */
};

static const size_t starts[] = {0, 9, 19, sizeof begun};

static void demand(int yes)
{
	if (!yes)
		abort();
}

static void feed_in_pieces(struct grpc_reply *r, const uint8_t *bytes, size_t n, size_t piece,
			   unsigned how)
{
	grpc_reply_init(r);
	grpc_reply_feed(r, begun, starts[how >> 1 & 3]);
	for (size_t i = 0; i < n; i += piece)
		grpc_reply_feed(r, bytes + i, piece < n - i ? piece : n - i);
	if (how & 1)
		grpc_reply_end(r);
}

static void compare(const struct grpc_reply *a, const struct grpc_reply *b)
{
	demand(a->outcome == b->outcome);
	demand(a->status == b->status);
	demand(a->http_status == b->http_status);
	demand(a->error == b->error);
	demand(a->problem == b->problem);
	demand(strcmp(a->text, b->text) == 0);
	demand(a->back_n == b->back_n && a->back_n <= sizeof a->back);
	demand(memcmp(a->back, b->back, a->back_n) == 0);
}

static void judge(const struct grpc_reply *r)
{
	char text[PROBE_MESSAGE_MAX];
	enum verdict verdict = grpc_judge(r, text);

	demand(memchr(text, '\0', sizeof text) != NULL);
	demand(verdict == VERDICT_SUCCESS || verdict == VERDICT_FAILURE);
	demand((verdict == VERDICT_SUCCESS) == (*text == '\0'));
	demand(verdict == VERDICT_FAILURE || (r->http_status == 200 && r->status == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grpc_reply whole, parts;
	unsigned how;

	if (size == 0)
		return 0;
	how = data[0];
	feed_in_pieces(&whole, data + 1, size - 1, size, how);
	feed_in_pieces(&parts, data + 1, size - 1, 1, how);
	compare(&whole, &parts);
	feed_in_pieces(&parts, data + 1, size - 1, 2 + how / 16, how);
	compare(&whole, &parts);
	if (whole.outcome != GRPC_OPEN)
		judge(&whole);
	return 0;
}
