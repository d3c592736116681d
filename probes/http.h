/*
 * http.h - the words of an HTTP probe: the request as bytes, and what the bytes of a reply mean.
 *
 * Pure: no descriptor, no clock, no allocation.  The prober (prober.c) sends and receives.
 *
 * The request is a GET of HTTP/1.1 with `Connection: close`.  A reply is fed in pieces of any size
 * as it arrives; how it is cut makes no difference to the outcome, and nothing is read beyond the
 * piece that is given.  Every limit is named here.
 */
#ifndef PODINIT_PROBES_HTTP_H
#define PODINIT_PROBES_HTTP_H

#include "probes/probe.h"

enum {
	HTTP_REQUEST_MAX = 24 << 10, /* more than any probe of a pod file needs: see PROBE_TEXT_MAX;
					a byte of the path may take three, a header four more */
	HTTP_HEAD_MAX = 16 << 10, /* bytes of status line and headers, interim replies included */
	HTTP_LINE_MAX = 1 << 10,  /* of one header line as much as this is kept */
	HTTP_BODY_MAX = 10240,    /* bytes after the headers that are looked at, as the kubelet's */
	HTTP_REDIRECTS_MAX = 10,
};

/* Where a request goes.  The host is always that of the probe. */
struct http_target {
	uint16_t port;
	uint8_t redirects; /* followed so far */
	bool moved; /* by a redirect that named a host: a Host of the pod file is not for it */
	char path[HTTP_LINE_MAX]; /* "": that of the probe */
};

enum http_outcome {
	HTTP_OPEN,      /* more bytes are needed */
	HTTP_COMPLETE,  /* .status and .location are what was said */
	HTTP_MALFORMED, /* not an HTTP reply: .problem; the probe has failed */
	HTTP_CUT,       /* the body broke off: .problem; the question got no answer */
};

struct http_reply {
	enum http_outcome outcome;
	int status;                   /* 0 until known */
	const char *problem;          /* a constant */
	char location[HTTP_LINE_MAX]; /* "": none */

	/* How far the reader is: nobody else's business. */
	uint8_t state;
	bool old, chunked, has_length, head_begun;
	size_t head, body; /* bytes of each so far */
	uint64_t left;     /* of the body, or of the chunk */
	size_t line_len;   /* of the line as it is, which may be more than is kept */
	char line[HTTP_LINE_MAX];
};

/* The first target of a probe. */
void http_target_init(struct http_target *t, const struct handler *handler);

/* Writes the request into buf.  Its length, or 0 if it does not fit. */
size_t http_request(char *buf, size_t size, const struct handler *handler,
		    const struct http_target *t);

/* A new reply; then feed it until the outcome is not HTTP_OPEN.  What comes later is ignored. */
void http_reply_init(struct http_reply *r);
void http_reply_feed(struct http_reply *r, const char *bytes, size_t n);

/* Nothing more will come: the server has closed the connection, or, `broken`, it was lost. */
void http_reply_end(struct http_reply *r, bool broken);

/*
 * What to make of a reply that is not open any more.  True: it is a redirect to be followed, and
 * *t is where to.  False: *verdict is the answer and `message`, of PROBE_MESSAGE_MAX bytes, the
 * reason; it may hold bytes that are not printable.
 */
bool http_judge(const struct http_reply *r, const struct handler *handler, struct http_target *t,
		enum verdict *verdict, char *message);

#endif
