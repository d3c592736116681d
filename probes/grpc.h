/*
 * grpc.h - the words of a gRPC probe: one call of grpc.health.v1.Health/Check as bytes, and what
 * the bytes of a reply mean.
 *
 * Pure: no descriptor, no clock, no allocation.  The prober (prober.c) sends and receives.
 *
 * The call is unary, over HTTP/2 in plain text with prior knowledge, and is rendered whole: nothing
 * a server may say first would change it.  A reply is fed in pieces of any size as it arrives; how
 * it is cut makes no difference to the outcome.  While it arrives, HTTP/2 wants some words back,
 * which the reader keeps in `back` for whoever has the connection to send.
 *
 * Of HTTP/2 the reader knows what a server can send to one call: frames other than those of the
 * connection and of stream 1 are not for us.  The request says that the header table has no room,
 * so a reply that refers to its entries is malformed.  Every limit is named here.
 */
#ifndef PODINIT_PROBES_GRPC_H
#define PODINIT_PROBES_GRPC_H

#include "probes/probe.h"

enum {
	GRPC_REQUEST_MAX = 1 << 10,  /* more than any probe of a pod file needs: see SERVICE_MAX */
	GRPC_FRAME_MAX = 16 << 10,   /* bytes of a frame's payload: what HTTP/2 begins with */
	GRPC_HEADERS_MAX = 32 << 10, /* of headers, as the request tells the server */
	GRPC_REPLY_MAX = 64 << 10,   /* bytes of the whole reply; less than the server may send
					before it needs leave to go on, so leave is never given */
	GRPC_MESSAGE_MAX = 256,      /* of the answer; a health answer has two */
	GRPC_TEXT_MAX = 112,         /* of a header's value as much as this is kept, with a NUL */
	GRPC_NAME_MAX = 16,          /* and of its name, without */
	GRPC_BACK_FRAMES = 16,       /* SETTINGS and PING that are answered */
	GRPC_BACK_MAX = GRPC_BACK_FRAMES * 17,
};

enum grpc_outcome {
	GRPC_OPEN,      /* more bytes are needed */
	GRPC_COMPLETE,  /* .http_status, .status, .text and .message are what was said */
	GRPC_REFUSED,   /* the server gave the call up: .problem, .error */
	GRPC_MALFORMED, /* no reply of gRPC, or none that is whole: .problem */
};

/* How far the reader is within a header block (HPACK, RFC 7541): nobody else's business. */
struct grpc_headers {
	uint8_t state, shift;
	bool huffman;
	uint8_t bits;            /* of a Huffman code so far */
	uint16_t index;          /* codes that are shorter */
	uint32_t code, first;    /* the code so far; the first one of its length */
	uint32_t n;              /* an integer so far; bytes of the string that are missing */
	uint32_t name_n, text_n; /* bytes of each so far: no more than are kept */
	char name[GRPC_NAME_MAX];
	char text[GRPC_TEXT_MAX];
};

struct grpc_reply {
	enum grpc_outcome outcome;
	const char *problem;      /* a constant */
	uint32_t error;           /* of HTTP/2, for GRPC_REFUSED */
	int http_status;          /* 0 until known */
	int32_t status;           /* of gRPC; -1 until known */
	char text[GRPC_TEXT_MAX]; /* grpc-message as it came, perhaps cut; "": none */

	/* What is to be sent to the server, besides the request: it only grows. */
	size_t back_n;
	uint8_t back[GRPC_BACK_MAX];

	/* How far the reader is: nobody else's business. */
	size_t total; /* bytes so far */
	uint8_t head[9], head_n;
	uint8_t type, flags, pad;
	uint8_t body[8];    /* the first bytes of a payload */
	uint32_t at, left;  /* bytes of the payload behind, and to come */
	uint32_t lead;      /* of the payload: what stands before the content */
	bool begun;         /* the server's first frame was read */
	bool block;         /* amid a header block: CONTINUATION must follow */
	bool last;          /* the header block ends the stream */
	bool headed;        /* the first headers are over, those to come are the last */
	uint32_t message_n; /* bytes of the message with its prefix so far */
	uint8_t message[5 + GRPC_MESSAGE_MAX];
	struct grpc_headers headers;
};

/* Writes all that is to be said to ask into buf.  Its length, or 0 if it does not fit. */
size_t grpc_request(uint8_t *buf, size_t size, const struct handler *handler);

/* A new reply; then feed it until the outcome is not GRPC_OPEN.  What comes later is ignored. */
void grpc_reply_init(struct grpc_reply *r);
void grpc_reply_feed(struct grpc_reply *r, const uint8_t *bytes, size_t n);

/* Nothing more will come: the server has closed the connection, or it was lost. */
void grpc_reply_end(struct grpc_reply *r);

/*
 * What to make of a reply that is not open any more: SUCCESS if the server says it is SERVING, else
 * FAILURE.  `message`, of PROBE_MESSAGE_MAX bytes, is the reason; it may hold bytes that are not
 * printable.
 */
enum verdict grpc_judge(const struct grpc_reply *r, char *message);

#endif
