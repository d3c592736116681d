#include "probes/grpc.h"

#include <stdio.h>
#include <string.h>

/* ---- HTTP/2 (RFC 9113) ---- */

enum {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_PRIORITY,
	FRAME_RST_STREAM,
	FRAME_SETTINGS,
	FRAME_PUSH_PROMISE,
	FRAME_PING,
	FRAME_GOAWAY,
	FRAME_WINDOW_UPDATE,
	FRAME_CONTINUATION,
};

enum {
	FLAG_ACK = 0x1,
	FLAG_END_STREAM = 0x1,
	FLAG_END_HEADERS = 0x4,
	FLAG_PADDED = 0x8,
	FLAG_PRIORITY = 0x20,
};

enum { HEADER_TABLE_SIZE = 1, ENABLE_PUSH = 2, MAX_HEADER_LIST_SIZE = 6 }; /* settings */

enum { FRAME_HEAD = 9, STREAM = 1, PREFIX = 5 }; /* PREFIX: before a message of gRPC */

/* ---- The request ---- */

struct bytes {
	uint8_t *buf;
	size_t size, n;
	bool full;
};

static void add(struct bytes *b, const void *bytes, size_t n)
{
	if (n > b->size - b->n) {
		b->full = true;
		return;
	}
	memcpy(b->buf + b->n, bytes, n);
	b->n += n;
}

static void add_byte(struct bytes *b, unsigned byte)
{
	add(b, &(uint8_t){(uint8_t)byte}, 1);
}

static void add_32(struct bytes *b, uint32_t n)
{
	for (unsigned shift = 32; shift > 0; shift -= 8)
		add_byte(b, n >> (shift - 8) & 0xff);
}

static void add_frame(struct bytes *b, size_t length, unsigned type, unsigned flags,
		      uint32_t stream)
{
	add_32(b, (uint32_t)length << 8 | type);
	add_byte(b, flags);
	add_32(b, stream);
}

static void add_setting(struct bytes *b, unsigned id, uint32_t value)
{
	add_byte(b, 0);
	add_byte(b, id);
	add_32(b, value);
}

/* A string of a header: of more than fits in its first byte none is needed here. */
static void add_string(struct bytes *b, const char *s)
{
	size_t n = strlen(s);

	if (n >= 0x7f)
		b->full = true;
	add_byte(b, n & 0x7f);
	add(b, s, n);
}

/* A name of the static table that does not go into the table anew. */
static void add_indexed_name(struct bytes *b, unsigned index, const char *value)
{
	if (index < 0x0f) {
		add_byte(b, index);
	} else {
		add_byte(b, 0x0f);
		add_byte(b, index - 0x0f);
	}
	add_string(b, value);
}

static void add_headers(struct bytes *b, const struct handler *handler)
{
	bool bracket = strchr(handler->host, ':') != NULL;
	char authority[128];
	int n = snprintf(authority, sizeof authority, "%s%s%s:%u", bracket ? "[" : "",
			 handler->host, bracket ? "]" : "", handler->port);

	if (n < 0 || (size_t)n >= sizeof authority)
		b->full = true;
	add_byte(b, 0x80 | 3); /* :method POST */
	add_byte(b, 0x80 | 6); /* :scheme http */
	add_indexed_name(b, 4, "/grpc.health.v1.Health/Check");
	add_indexed_name(b, 1, authority);
	add_indexed_name(b, 31, "application/grpc"); /* content-type */
	add_byte(b, 0);
	add_string(b, "te");
	add_string(b, "trailers");
	add_indexed_name(b, 58, PROBE_AGENT); /* user-agent */
}

/* HealthCheckRequest {string service = 1;}, where an empty string is no field. */
static void add_message(struct bytes *b, const char *service)
{
	size_t n = strlen(service), prefix = n > 0x7f ? 3 : 2, length = n > 0 ? prefix + n : 0;

	if (n > SERVICE_MAX)
		b->full = true;
	add_frame(b, PREFIX + length, FRAME_DATA, FLAG_END_STREAM, STREAM);
	add_byte(b, 0); /* not compressed */
	add_32(b, (uint32_t)length);
	if (n == 0)
		return;
	add_byte(b, 1 << 3 | 2);
	if (n > 0x7f) {
		add_byte(b, 0x80 | (n & 0x7f));
		n >>= 7;
	}
	add_byte(b, n & 0xff);
	add(b, service, strlen(service));
}

size_t grpc_request(uint8_t *buf, size_t size, const struct handler *handler)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	uint8_t block[512];
	struct bytes b = {buf, size, 0, false}, headers = {block, sizeof block, 0, false};

	add(&b, preface, sizeof preface - 1);
	add_frame(&b, (size_t)3 * 6, FRAME_SETTINGS, 0, 0);
	add_setting(&b, HEADER_TABLE_SIZE, 0);
	add_setting(&b, ENABLE_PUSH, 0);
	add_setting(&b, MAX_HEADER_LIST_SIZE, GRPC_HEADERS_MAX);
	add_headers(&headers, handler);
	add_frame(&b, headers.n, FRAME_HEADERS, FLAG_END_HEADERS, STREAM);
	add(&b, block, headers.n);
	add_message(&b, handler->service);
	return b.full || headers.full ? 0 : b.n;
}

/* ---- Huffman codes (RFC 7541, appendix B) ---- */

/*
 * The code is canonical: codes of one length are consecutive numbers, in the order of what they
 * stand for, and the lengths follow each other.  So this is the whole table.
 */
enum { CODE_BITS_MAX = 30, SYMBOLS = 256 };

static const uint8_t code_counts[CODE_BITS_MAX + 1] = {
	[5] = 10,  [6] = 26,  [7] = 32, [8] = 6,   [10] = 5,  [11] = 3,  [12] = 2,
	[13] = 6,  [14] = 2,  [15] = 3, [19] = 3,  [20] = 8,  [21] = 13, [22] = 26,
	[23] = 29, [24] = 12, [25] = 4, [26] = 15, [27] = 19, [28] = 29, [30] = 4,
};

static const char symbols[] = /* and, as the last code of all, the end of the string */
	"012aceiost"
	" %-./3456789=A_bdfghlmnpru"
	":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"
	"&*,;XZ"
	"!\"()?"
	"'+|"
	"#>"
	"\000$@[]~"
	"^}"
	"<`{"
	"\\\303\320"
	"\200\202\203\242\270\302\340\342"
	"\231\241\247\254\260\261\263\321\330\331\343\345\346"
	"\201\204\205\206\210\222\232\234\240\243\244\251\252\255\262\265\271\272\273\275\276\304"
	"\306\344\350\351"
	"\001\207\211\212\213\214\215\217\223\225\226\227\230\233\235\236\245\246\250\256\257\264"
	"\266\267\274\277\305\347\357"
	"\011\216\220\221\224\237\253\316\327\341\354\355"
	"\307\317\352\353"
	"\300\301\310\311\312\315\322\325\332\333\356\360\362\363\377"
	"\313\314\323\324\326\335\336\337\361\364\365\366\367\370\372\373\374\375\376"
	"\002\003\004\005\006\007\010\013\014\016\017\020\021\022\023\024\025\027\030\031\032\033"
	"\034\035\036\037\177\334\371"
	"\012\015\026";

_Static_assert(sizeof symbols == SYMBOLS + 1, "one symbol for each byte there is");

static void begin_code(struct grpc_headers *h)
{
	h->bits = 0;
	h->index = 0;
	h->code = h->first = 0;
}

/* One bit more.  The number of a symbol, SYMBOLS for the end of the string, or -1: not yet. */
static int code_bit(struct grpc_headers *h, unsigned bit)
{
	unsigned count;
	int found;

	h->code = h->code << 1 | bit;
	h->first <<= 1;
	count = code_counts[++h->bits]; /* every code ends at CODE_BITS_MAX: the code is complete */
	if (h->code - h->first >= count) {
		h->index = (uint16_t)(h->index + count);
		h->first += count;
		return -1;
	}
	found = (int)(h->index + (h->code - h->first));
	begin_code(h);
	return found;
}

/* A string ends within the code of its end, which is all ones, if it does not end with a code. */
static bool code_padded(const struct grpc_headers *h)
{
	return h->bits < 8 && h->code == (1U << h->bits) - 1;
}

/* ---- Headers (HPACK, RFC 7541) ---- */

enum { FIELD, INDEXED, TABLE_SIZE, NAME_INDEX, NAME_LENGTH, NAME, VALUE_LENGTH, VALUE };
enum { MORE = 8 }; /* added to the states that read an integer: beyond its first byte */

enum { STATIC_ENTRIES = 61, STATUS_FIRST = 8, STATUS_LAST = 14 };

static void over(struct grpc_reply *r, enum grpc_outcome outcome, const char *problem)
{
	r->outcome = outcome;
	r->problem = problem;
}

static void malformed(struct grpc_reply *r, const char *problem)
{
	over(r, GRPC_MALFORMED, problem);
}

static void bad_headers(struct grpc_reply *r)
{
	malformed(r, "malformed gRPC reply: headers that cannot be decoded");
}

/* Of digits only, `min` to `max` of them; else -1. */
static int32_t number(const struct grpc_headers *h, unsigned min, unsigned max)
{
	int32_t n = 0;

	if (h->text_n < min || h->text_n > max)
		return -1;
	for (uint32_t i = 0; i < h->text_n; i++) {
		if (h->text[i] < '0' || h->text[i] > '9')
			return -1;
		n = n * 10 + (h->text[i] - '0');
	}
	return n;
}

static bool is_named(const struct grpc_headers *h, const char *name)
{
	return h->name_n == strlen(name) && memcmp(h->name, name, h->name_n) == 0;
}

static void field_read(struct grpc_reply *r)
{
	struct grpc_headers *h = &r->headers;

	h->state = FIELD;
	if (is_named(h, ":status") && !r->headed) {
		r->http_status = number(h, 3, 3);
		if (r->http_status < 100)
			malformed(r, "malformed gRPC reply: the HTTP status is not one");
	} else if (is_named(h, "grpc-status")) {
		r->status = number(h, 1, 9);
		if (r->status < 0)
			malformed(r, "malformed gRPC reply: grpc-status is not a number");
	} else if (is_named(h, "grpc-message")) {
		memcpy(r->text, h->text, h->text_n);
		r->text[h->text_n] = '\0';
	}
}

static void static_status(struct grpc_reply *r, uint32_t index)
{
	static const int statuses[] = {200, 204, 206, 304, 400, 404, 500};

	if (index >= STATUS_FIRST && index <= STATUS_LAST && !r->headed)
		r->http_status = statuses[index - STATUS_FIRST];
}

static void keep(struct grpc_headers *h, char c)
{
	if (h->state == NAME && h->name_n < sizeof h->name)
		h->name[h->name_n++] = c;
	else if (h->state == VALUE && h->text_n < sizeof h->text - 1)
		h->text[h->text_n++] = c;
}

static void string_read(struct grpc_reply *r)
{
	struct grpc_headers *h = &r->headers;

	if (h->huffman && !code_padded(h))
		bad_headers(r);
	else if (h->state == NAME)
		h->state = VALUE_LENGTH;
	else
		field_read(r);
}

static void string_byte(struct grpc_reply *r, uint8_t byte)
{
	struct grpc_headers *h = &r->headers;

	h->n--;
	if (!h->huffman)
		keep(h, (char)byte);
	for (unsigned bit = 8; h->huffman && bit-- > 0;) {
		int found = code_bit(h, byte >> bit & 1);

		if (found == SYMBOLS) {
			bad_headers(r);
			return;
		}
		if (found >= 0)
			keep(h, symbols[found]);
	}
	if (h->n == 0)
		string_read(r);
}

/* An integer, which `state` said the meaning of, is in h->n. */
static void integer_read(struct grpc_reply *r, unsigned state)
{
	struct grpc_headers *h = &r->headers;
	bool known = h->n >= STATUS_FIRST && h->n <= STATUS_LAST;

	switch (state) {
	case INDEXED:
		h->state = FIELD;
		if (h->n == 0 || h->n > STATIC_ENTRIES)
			bad_headers(r);
		static_status(r, h->n);
		break;
	case TABLE_SIZE:
		h->state = FIELD;
		if (h->n != 0)
			bad_headers(r); /* more than the request allows */
		break;
	case NAME_INDEX:
		h->text_n = 0;
		h->name_n = known ? sizeof ":status" - 1 : 0;
		memcpy(h->name, ":status", h->name_n);
		h->state = h->n == 0 ? NAME_LENGTH : VALUE_LENGTH;
		if (h->n > STATIC_ENTRIES)
			bad_headers(r);
		break;
	default: /* a length */
		begin_code(h);
		h->state = state == NAME_LENGTH ? NAME : VALUE;
		if (h->n == 0)
			string_read(r);
	}
}

/* The first byte of an integer, of which `bits` are its own. */
static void begin_integer(struct grpc_reply *r, unsigned state, uint8_t byte, unsigned bits)
{
	struct grpc_headers *h = &r->headers;
	unsigned mask = (1U << bits) - 1;

	h->n = byte & mask;
	h->shift = 0;
	if (h->n < mask)
		integer_read(r, state);
	else
		h->state = (uint8_t)(state + MORE);
}

static void more_integer(struct grpc_reply *r, uint8_t byte)
{
	struct grpc_headers *h = &r->headers;

	h->n += (byte & 0x7fU) << h->shift;
	h->shift += 7;
	if (!(byte & 0x80))
		integer_read(r, h->state - MORE);
	else if (h->shift > 14)
		bad_headers(r); /* it is or will be more than a whole reply may have */
}

static void header_byte(struct grpc_reply *r, uint8_t byte)
{
	struct grpc_headers *h = &r->headers;

	switch (h->state) {
	case FIELD:
		if (byte & 0x80)
			begin_integer(r, INDEXED, byte, 7);
		else if (byte & 0x40)
			begin_integer(r, NAME_INDEX, byte, 6);
		else if (byte & 0x20)
			begin_integer(r, TABLE_SIZE, byte, 5);
		else
			begin_integer(r, NAME_INDEX, byte, 4);
		break;
	case NAME_LENGTH:
	case VALUE_LENGTH:
		h->huffman = (byte & 0x80) != 0;
		begin_integer(r, h->state, byte, 7);
		break;
	case NAME:
	case VALUE: string_byte(r, byte); break;
	default: more_integer(r, byte);
	}
}

/* ---- Frames of the call ---- */

static void begin_headers(struct grpc_reply *r)
{
	r->block = true;
	r->last = (r->flags & FLAG_END_STREAM) != 0;
	r->headers.state = FIELD;
	/* What counts is said by the last headers. */
	r->status = -1;
	r->text[0] = '\0';
}

static void headers_read(struct grpc_reply *r)
{
	r->block = false;
	if (r->headers.state != FIELD)
		bad_headers(r);
	else if (r->http_status == 0)
		malformed(r, "malformed gRPC reply: headers without a status");
	else if (!r->headed && r->http_status < 200 && !r->last)
		r->http_status = 0; /* an interim reply: the real one follows */
	else if (r->last || r->http_status != 200)
		over(r, GRPC_COMPLETE, NULL);
	else if (r->headed)
		malformed(r, "malformed gRPC reply: headers amid the reply");
	else
		r->headed = true;
}

static uint32_t read_32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void message_byte(struct grpc_reply *r, uint8_t byte)
{
	if (r->message_n >= PREFIX && r->message_n - PREFIX >= read_32(r->message + 1)) {
		malformed(r, "malformed gRPC reply: more than one message");
		return;
	}
	r->message[r->message_n++] = byte;
	if (r->message[0] > 1)
		malformed(r, "malformed gRPC reply: what it holds is no message");
	else if (r->message[0] == 1)
		malformed(r, "malformed gRPC reply: a compressed message");
	else if (r->message_n == PREFIX && read_32(r->message + 1) > GRPC_MESSAGE_MAX)
		malformed(r, "malformed gRPC reply: a message of more than 256 bytes");
}

static void data_read(struct grpc_reply *r)
{
	if (r->flags & FLAG_END_STREAM)
		malformed(r, "malformed gRPC reply: it ends without a grpc-status");
}

/* ---- Frames of the connection ---- */

static void answer(struct grpc_reply *r, unsigned type, const uint8_t *payload, size_t n)
{
	struct bytes b = {r->back, sizeof r->back, r->back_n, false};

	add_frame(&b, n, type, FLAG_ACK, 0);
	add(&b, payload, n);
	if (b.full)
		malformed(r, "malformed gRPC reply: too many SETTINGS and PING");
	else
		r->back_n = b.n;
}

static void goaway_read(struct grpc_reply *r)
{
	uint32_t last = read_32(r->body) & INT32_MAX;

	r->error = read_32(r->body + 4);
	/* A server that only takes no more calls still answers those it has. */
	if (last < STREAM || r->error != 0)
		over(r, GRPC_REFUSED, "the server closes the connection");
}

static void frame_read(struct grpc_reply *r)
{
	switch (r->type) {
	case FRAME_DATA: data_read(r); break;
	case FRAME_HEADERS:
	case FRAME_CONTINUATION:
		if (r->flags & FLAG_END_HEADERS)
			headers_read(r);
		break;
	case FRAME_RST_STREAM:
		r->error = read_32(r->body);
		over(r, GRPC_REFUSED, "the server reset the call");
		break;
	case FRAME_SETTINGS:
		if (!(r->flags & FLAG_ACK))
			answer(r, FRAME_SETTINGS, r->body, 0);
		break;
	case FRAME_PING:
		if (!(r->flags & FLAG_ACK))
			answer(r, FRAME_PING, r->body, sizeof r->body);
		break;
	case FRAME_GOAWAY: goaway_read(r); break;
	default: break; /* nothing to us */
	}
}

/* ---- Frames ---- */

/* NULL: it may stand where it stands, and has a length that it may have. */
static const char *frame_problem(const struct grpc_reply *r, uint32_t stream)
{
	static const char place[] = "malformed gRPC reply: an HTTP/2 frame out of place";
	static const char size[] = "malformed gRPC reply: an HTTP/2 frame of a wrong length";

	if (!r->begun && (r->type != FRAME_SETTINGS || r->flags & FLAG_ACK))
		return "malformed gRPC reply: it is not HTTP/2";
	if (r->block != (r->type == FRAME_CONTINUATION))
		return place;
	switch (r->type) {
	case FRAME_DATA: return stream != STREAM || !r->headed ? place : NULL;
	case FRAME_HEADERS:
	case FRAME_CONTINUATION: return stream != STREAM ? place : NULL;
	case FRAME_RST_STREAM: return stream != STREAM ? place : r->left != 4 ? size : NULL;
	case FRAME_SETTINGS:
		if (stream != 0)
			return place;
		return r->left % 6 != 0 || (r->flags & FLAG_ACK && r->left > 0) ? size : NULL;
	case FRAME_PUSH_PROMISE: return place;
	case FRAME_PING: return stream != 0 ? place : r->left != 8 ? size : NULL;
	case FRAME_GOAWAY: return stream != 0 ? place : r->left < 8 ? size : NULL;
	case FRAME_PRIORITY: return stream == 0 ? place : r->left != 5 ? size : NULL;
	case FRAME_WINDOW_UPDATE: return r->left != 4 ? size : NULL;
	default: return NULL;
	}
}

/* How many bytes stand before the content: the length of the padding, a priority. */
static uint32_t lead_of(const struct grpc_reply *r)
{
	bool headers = r->type == FRAME_HEADERS, data = r->type == FRAME_DATA;
	uint32_t lead = 0;

	if ((headers || data) && r->flags & FLAG_PADDED)
		lead += 1;
	if (headers && r->flags & FLAG_PRIORITY)
		lead += 5;
	return lead;
}

static void begin_frame(struct grpc_reply *r)
{
	const char *problem;

	r->left = read_32(r->head) >> 8;
	r->type = r->head[3];
	r->flags = r->head[4];
	r->at = 0;
	r->pad = 0;
	r->lead = lead_of(r);
	problem = frame_problem(r, read_32(r->head + 5) & INT32_MAX);
	if (problem)
		malformed(r, problem);
	else if (r->left > GRPC_FRAME_MAX)
		malformed(r, "malformed gRPC reply: an HTTP/2 frame of more than 16 KiB");
	else if (r->left < r->lead)
		malformed(r, "malformed gRPC reply: an HTTP/2 frame of a wrong length");
	else if (r->type == FRAME_HEADERS)
		begin_headers(r);
	r->begun = true;
}

static void head_byte(struct grpc_reply *r, uint8_t byte)
{
	r->head[r->head_n++] = byte;
	/* Another protocol is told from its first wrong byte on: its server may say a word, and
	   then wait for ours for ever. */
	if (!r->begun &&
	    ((r->head_n == 1 && byte != 0) || (r->head_n == 4 && byte != FRAME_SETTINGS)))
		malformed(r, "malformed gRPC reply: it is not HTTP/2");
	else if (r->head_n == FRAME_HEAD)
		begin_frame(r);
}

static void content_byte(struct grpc_reply *r, uint8_t byte)
{
	switch (r->type) {
	case FRAME_DATA: message_byte(r, byte); break;
	case FRAME_HEADERS:
	case FRAME_CONTINUATION: header_byte(r, byte); break;
	default:
		if (r->at < sizeof r->body)
			r->body[r->at] = byte;
	}
}

static void payload_byte(struct grpc_reply *r, uint8_t byte)
{
	if (r->at == 0 && r->lead % 5 == 1) { /* 1 or 1 + 5: there is padding */
		r->pad = byte;
		if (byte > r->left - r->lead)
			malformed(r, "malformed gRPC reply: more padding than there is frame");
	} else if (r->at >= r->lead && r->left > r->pad) {
		content_byte(r, byte);
	}
	r->at++;
	r->left--;
}

/* ---- The reply ---- */

void grpc_reply_init(struct grpc_reply *r)
{
	memset(r, 0, sizeof *r);
	r->status = -1;
}

static void feed_byte(struct grpc_reply *r, uint8_t byte)
{
	if (++r->total > GRPC_REPLY_MAX) {
		malformed(r, "gRPC reply of more than 64 KiB");
		return;
	}
	if (r->head_n < FRAME_HEAD)
		head_byte(r, byte);
	else
		payload_byte(r, byte);
	if (r->head_n < FRAME_HEAD || r->left > 0 || r->outcome != GRPC_OPEN)
		return;
	r->head_n = 0;
	frame_read(r);
}

void grpc_reply_feed(struct grpc_reply *r, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && r->outcome == GRPC_OPEN; i++)
		feed_byte(r, bytes[i]);
}

void grpc_reply_end(struct grpc_reply *r)
{
	if (r->outcome == GRPC_OPEN)
		malformed(r, r->total == 0 ? "the connection ended without a reply"
					   : "the connection ended amid the reply");
}

/* ---- The answer: HealthCheckResponse {enum status = 1;} (protobuf) ---- */

/* The bytes that are left, from `p` on; false: there is no whole varint. */
static bool read_varint(const uint8_t **p, const uint8_t *end, uint64_t *n)
{
	*n = 0;
	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t byte = *(*p)++;

		*n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* What a field holds, by the low bits of its tag: `n` is the number it begins with, if it does. */
static bool skip_field(const uint8_t **p, const uint8_t *end, unsigned type, uint64_t *n)
{
	uint64_t length;

	switch (type) {
	case 0: return read_varint(p, end, n);
	case 1: length = 8; break;
	case 2:
		if (!read_varint(p, end, &length))
			return false;
		break;
	case 5: length = 4; break;
	default: return false; /* groups, which nobody has used for long */
	}
	if (length > (uint64_t)(end - *p))
		return false;
	*p += length;
	return true;
}

/* False: it is no message. */
static bool read_answer(const struct grpc_reply *r, int32_t *serving)
{
	const uint8_t *p = r->message + PREFIX, *end = r->message + r->message_n;
	uint64_t tag, n = 0;

	*serving = 0;
	while (p < end) {
		if (!read_varint(&p, end, &tag) || tag >> 3 == 0 ||
		    !skip_field(&p, end, tag & 7, &n))
			return false;
		if (tag == 1 << 3)
			*serving = (int32_t)(uint32_t)n;
	}
	return true;
}

/* ---- The verdict ---- */

static enum verdict say(char *message, const char *text)
{
	snprintf(message, PROBE_MESSAGE_MAX, "%s", text);
	return VERDICT_FAILURE;
}

static enum verdict say_status(const struct grpc_reply *r, char *message)
{
	static const char *const names[] = {
		"OK",
		"Canceled",
		"Unknown",
		"InvalidArgument",
		"DeadlineExceeded",
		"NotFound",
		"AlreadyExists",
		"PermissionDenied",
		"ResourceExhausted",
		"FailedPrecondition",
		"Aborted",
		"OutOfRange",
		"Unimplemented",
		"Internal",
		"Unavailable",
		"DataLoss",
		"Unauthenticated",
	};
	enum { UNIMPLEMENTED = 12, NAMES = sizeof names / sizeof *names };

	if (r->status == UNIMPLEMENTED)
		snprintf(message, PROBE_MESSAGE_MAX,
			 "error: this server does not implement the grpc health protocol "
			 "(grpc.health.v1.Health): %.38s",
			 r->text);
	else if (r->status < NAMES)
		snprintf(message, PROBE_MESSAGE_MAX, "rpc error: code = %s desc = %.80s",
			 names[r->status], r->text);
	else
		snprintf(message, PROBE_MESSAGE_MAX, "rpc error: code = Code(%d) desc = %.80s",
			 r->status, r->text);
	return VERDICT_FAILURE;
}

static enum verdict say_answer(const struct grpc_reply *r, char *message)
{
	static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
	enum { SERVING = 1, NAMES = sizeof names / sizeof *names };
	int32_t serving;

	if (r->message_n < PREFIX || r->message_n - PREFIX < read_32(r->message + 1))
		return say(message, "malformed gRPC reply: it holds no whole message");
	if (!read_answer(r, &serving))
		return say(message, "malformed gRPC reply: the message is not one of protobuf");
	if (serving == SERVING)
		return VERDICT_SUCCESS;
	if (serving >= 0 && serving < NAMES)
		snprintf(message, PROBE_MESSAGE_MAX, "service unhealthy (responded with \"%s\")",
			 names[serving]);
	else
		snprintf(message, PROBE_MESSAGE_MAX, "service unhealthy (responded with \"%d\")",
			 serving);
	return VERDICT_FAILURE;
}

enum verdict grpc_judge(const struct grpc_reply *r, char *message)
{
	*message = '\0';
	if (r->outcome == GRPC_REFUSED) {
		snprintf(message, PROBE_MESSAGE_MAX, "%s: HTTP/2 error %u", r->problem, r->error);
		return VERDICT_FAILURE;
	}
	if (r->outcome != GRPC_COMPLETE)
		return say(message, r->problem ? r->problem : "");
	if (r->http_status != 200) {
		snprintf(message, PROBE_MESSAGE_MAX,
			 "unexpected HTTP status code received from server: %d", r->http_status);
		return VERDICT_FAILURE;
	}
	if (r->status < 0)
		return say(message, "malformed gRPC reply: it ends without a grpc-status");
	return r->status > 0 ? say_status(r, message) : say_answer(r, message);
}
