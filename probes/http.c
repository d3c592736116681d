#include "probes/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "probes/redirect.h"

/* ---- The request ---- */

struct text {
	char *buf;
	size_t size, n;
	bool full;
};

static void add_bytes(struct text *t, const char *s, size_t n)
{
	if (n > t->size - t->n) {
		t->full = true;
		return;
	}
	memcpy(t->buf + t->n, s, n);
	t->n += n;
}

static void add(struct text *t, const char *s)
{
	add_bytes(t, s, strlen(s));
}

/* A path as a request may have it: from the root, without fragment, blanks and the like escaped. */
static void add_path(struct text *t, const char *path)
{
	static const char hex[] = "0123456789ABCDEF";

	if (*path != '/')
		add(t, "/");
	for (; *path && *path != '#'; path++) {
		unsigned char c = (unsigned char)*path;
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (c <= ' ' || c >= 0x7f)
			add_bytes(t, escaped, 3);
		else
			add_bytes(t, path, 1);
	}
}

static void add_header(struct text *t, const char *name, const char *value)
{
	add(t, name);
	add(t, ": ");
	add(t, value);
	add(t, "\r\n");
}

static const char *given(const struct handler *handler, const char *name)
{
	for (size_t i = 0; i < handler->headers.n; i++)
		if (strcasecmp(handler->headers.v[i].name, name) == 0)
			return handler->headers.v[i].value;
	return NULL;
}

static void add_host(struct text *t, const struct handler *handler, const struct http_target *to)
{
	const char *host = given(handler, "Host");
	bool bracket = strchr(handler->host, ':') != NULL;
	char port[8];

	if (host && *host && !to->moved) {
		add_header(t, "Host", host);
		return;
	}
	add(t, bracket ? "Host: [" : "Host: ");
	add(t, handler->host);
	snprintf(port, sizeof port, "%u", to->port);
	add(t, bracket ? "]:" : ":");
	add(t, port);
	add(t, "\r\n");
}

/* What podinit says unless the file says otherwise.  An empty value of the file removes it. */
static const struct pair defaults[] = {
	{"User-Agent", PROBE_AGENT},
	{"Accept", "*/*"},
	{"Connection", "close"},
};

static bool removes_default(const struct pair *header)
{
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (strcasecmp(header->name, defaults[i].name) == 0)
			return *header->value == '\0';
	return false;
}

size_t http_request(char *buf, size_t size, const struct handler *handler,
		    const struct http_target *to)
{
	struct text t = {buf, size, 0, false};

	add(&t, "GET ");
	add_path(&t, *to->path ? to->path : handler->path);
	add(&t, " HTTP/1.1\r\n");
	add_host(&t, handler, to);
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (!given(handler, defaults[i].name))
			add_header(&t, defaults[i].name,
				   i == 0 && handler->hook ? HOOK_AGENT : defaults[i].value);
	for (size_t i = 0; i < handler->headers.n; i++) {
		const struct pair *h = &handler->headers.v[i];

		if (strcasecmp(h->name, "Host") != 0 && !removes_default(h))
			add_header(&t, h->name, h->value);
	}
	add(&t, "\r\n");
	return t.full ? 0 : t.n;
}

void http_target_init(struct http_target *t, const struct handler *handler)
{
	memset(t, 0, sizeof *t);
	t->port = handler->port;
}

/* ---- The reply ---- */

enum { STATUS, HEADERS, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS };

#define UNTIL_CLOSED UINT64_MAX

static void over(struct http_reply *r, enum http_outcome outcome, const char *problem)
{
	r->outcome = outcome;
	r->problem = problem;
}

void http_reply_init(struct http_reply *r)
{
	memset(r, 0, sizeof *r);
	r->left = UNTIL_CLOSED;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands in r->line is a whole line without its end, cut at HTTP_LINE_MAX - 1. */

static void read_status(struct http_reply *r)
{
	const char *l = r->line;

	/* "HTTP/1.1 200 OK"; the reason may be missing, and the blank before it. */
	if (strncmp(l, "HTTP/", 5) != 0 || !is_digit(l[5]) || l[6] != '.' || !is_digit(l[7]) ||
	    l[8] != ' ' || !is_digit(l[9]) || !is_digit(l[10]) || !is_digit(l[11]) ||
	    (l[12] != ' ' && l[12] != '\0') || l[9] == '0') {
		over(r, HTTP_MALFORMED, "malformed HTTP reply: the status line is not one");
		return;
	}
	r->status = (l[9] - '0') * 100 + (l[10] - '0') * 10 + (l[11] - '0');
	r->old = l[5] == '0' || (l[5] == '1' && l[7] == '0');
	r->state = HEADERS;
	r->head_begun = false;
}

static void header_length(struct http_reply *r, const char *value)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < 18 && is_digit(value[i]); i++)
		n = n * 10 + (uint64_t)(value[i] - '0');
	if (i == 0 || value[i] != '\0' || (r->has_length && n != r->left)) {
		over(r, HTTP_MALFORMED, "malformed HTTP reply: bad Content-Length");
		return;
	}
	r->has_length = true;
	r->left = n;
}

static void header_encoding(struct http_reply *r, const char *value)
{
	if (r->old)
		return; /* HTTP/1.0 has none */
	if (r->chunked || strcasecmp(value, "chunked") != 0) {
		over(r, HTTP_MALFORMED, "malformed HTTP reply: unsupported Transfer-Encoding");
		return;
	}
	r->chunked = true;
}

static void header_location(struct http_reply *r, const char *value)
{
	if (r->line_len >= sizeof r->line)
		over(r, HTTP_MALFORMED, "redirect to a Location of more than 1000 bytes");
	else if (*r->location == '\0')
		memcpy(r->location, value, strlen(value) + 1);
}

static const struct {
	const char *name;
	void (*read)(struct http_reply *r, const char *value);
} headers[] = {
	{"Location", header_location},
	{"Content-Length", header_length},
	{"Transfer-Encoding", header_encoding},
};

static void read_header(struct http_reply *r)
{
	char *value = strchr(r->line, ':');
	char *end;

	if (r->head_begun && (*r->line == ' ' || *r->line == '\t'))
		return; /* goes on with a header of the line before, none that matters here */
	r->head_begun = true;
	if (!value || value == r->line || *r->line == ' ' || *r->line == '\t') {
		over(r, HTTP_MALFORMED, "malformed HTTP reply: a header line without a name");
		return;
	}
	*value++ = '\0';
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		if (strcasecmp(r->line, headers[i].name) == 0)
			headers[i].read(r, value);
}

static bool redirects(const struct http_reply *r)
{
	switch (r->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308: return *r->location != '\0';
	default: return false;
	}
}

/* There is no body, or none that anyone wants. */
static bool no_body(const struct http_reply *r)
{
	return redirects(r) || r->status == 101 || r->status == 204 || r->status == 304 ||
	       (!r->chunked && r->left == 0);
}

static void end_headers(struct http_reply *r)
{
	if (r->status < 200 && r->status != 101) {
		/* An interim reply: the real one follows.  All of them share HTTP_HEAD_MAX. */
		size_t head = r->head;

		http_reply_init(r);
		r->head = head;
	} else if (no_body(r)) {
		over(r, HTTP_COMPLETE, NULL);
	} else {
		r->state = r->chunked ? CHUNK_SIZE : BODY;
	}
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_chunk_size(struct http_reply *r)
{
	const char *l = r->line;

	r->left = 0;
	for (; hex_value(*l) >= 0 && l < r->line + 15; l++)
		r->left = r->left * 16 + (uint64_t)hex_value(*l);
	l += strspn(l, " \t");
	if (hex_value(*r->line) < 0 || (*l != '\0' && *l != ';')) {
		over(r, HTTP_CUT, "malformed chunk in the body of the HTTP reply");
		return;
	}
	r->state = r->left ? CHUNK_DATA : TRAILERS;
}

static void read_line(struct http_reply *r)
{
	size_t n = r->line_len < sizeof r->line ? r->line_len : sizeof r->line - 1;

	/* A CR is part of the line's end; of a line that was cut, the end is not here. */
	if (n > 0 && n == r->line_len && r->line[n - 1] == '\r')
		n--;
	r->line[n] = '\0';
	switch (r->state) {
	case STATUS: read_status(r); break;
	case HEADERS:
		if (n == 0)
			end_headers(r);
		else
			read_header(r);
		break;
	case CHUNK_SIZE: read_chunk_size(r); break;
	case CHUNK_END:
		r->state = CHUNK_SIZE;
		if (n > 0)
			over(r, HTTP_CUT, "malformed chunk in the body of the HTTP reply");
		break;
	default: /* TRAILERS */
		if (n == 0)
			over(r, HTTP_COMPLETE, NULL);
	}
	r->line_len = 0;
}

/*
 * Takes bytes up to a line's end.  What cannot become a status line any more is told from its first
 * wrong byte on: a server of another protocol may say a word and then wait for ours for ever.
 */
static size_t feed_line(struct http_reply *r, const char *bytes, size_t n)
{
	const char *nl = memchr(bytes, '\n', n);
	size_t take = nl ? (size_t)(nl - bytes) : n;
	size_t kept = r->line_len < sizeof r->line ? r->line_len : sizeof r->line;
	size_t room = sizeof r->line - kept;

	memcpy(r->line + kept, bytes, take < room ? take : room);
	r->line_len += take;
	if (r->state == STATUS && r->line_len > 0 &&
	    strncmp(r->line, "HTTP/", r->line_len < 5 ? r->line_len : 5) != 0)
		over(r, HTTP_MALFORMED, "malformed HTTP reply: it does not begin with HTTP/");
	else if (nl)
		read_line(r);
	return nl ? take + 1 : take;
}

static size_t feed_data(struct http_reply *r, size_t n)
{
	size_t take = n < r->left ? n : (size_t)r->left;

	if (r->left != UNTIL_CLOSED)
		r->left -= take;
	if (r->left == 0 && r->state == BODY)
		over(r, HTTP_COMPLETE, NULL);
	else if (r->left == 0)
		r->state = CHUNK_END;
	return take;
}

static bool in_head(const struct http_reply *r)
{
	return r->state == STATUS || r->state == HEADERS;
}

/*
 * Each turn takes what belongs together, at most up to a limit, so that a limit is met at the same
 * byte however the reply is cut into pieces.
 */
void http_reply_feed(struct http_reply *r, const char *bytes, size_t n)
{
	while (n > 0 && r->outcome == HTTP_OPEN) {
		bool head = in_head(r);
		size_t room = head ? HTTP_HEAD_MAX - r->head : HTTP_BODY_MAX - r->body;
		size_t most = n < room ? n : room;
		size_t taken;

		taken = r->state == BODY || r->state == CHUNK_DATA ? feed_data(r, most)
								   : feed_line(r, bytes, most);
		bytes += taken;
		n -= taken;
		if (head)
			r->head += taken;
		else
			r->body += taken;
		if (r->outcome != HTTP_OPEN)
			return;
		if (in_head(r) && r->head >= HTTP_HEAD_MAX)
			over(r, HTTP_MALFORMED, "HTTP reply with more than 16 KiB of headers");
		else if (!in_head(r) && r->body >= HTTP_BODY_MAX)
			over(r, HTTP_COMPLETE, NULL);
	}
}

void http_reply_end(struct http_reply *r, bool broken)
{
	if (r->outcome != HTTP_OPEN)
		return;
	if (r->state == STATUS && r->head == 0)
		over(r, HTTP_MALFORMED, "the connection ended without a reply");
	else if (in_head(r))
		over(r, HTTP_MALFORMED, "the connection ended amid the headers of the reply");
	else if (r->state == BODY && r->left == UNTIL_CLOSED && !broken)
		over(r, HTTP_COMPLETE, NULL);
	else
		over(r, HTTP_CUT, "the connection ended amid the body of the reply");
}

/* ---- The verdict ---- */

static enum verdict say_status(const struct http_reply *r, char *message)
{
	if (r->status >= 200 && r->status < 400)
		return VERDICT_SUCCESS;
	snprintf(message, PROBE_MESSAGE_MAX, "HTTP probe failed with statuscode: %d", r->status);
	return VERDICT_FAILURE;
}

bool http_judge(const struct http_reply *r, const struct handler *handler, struct http_target *t,
		enum verdict *verdict, char *message)
{
	static const struct {
		enum verdict verdict;
		const char *text;
	} unfollowed[] = {
		[REDIRECT_ELSEWHERE] = {VERDICT_WARNING, "redirect to another host, not followed"},
		[REDIRECT_TLS] = {VERDICT_WARNING, "redirect to https, not followed"},
		[REDIRECT_MALFORMED] = {VERDICT_FAILURE, "redirect to a malformed Location"},
	};
	enum redirect kind;

	*message = '\0';
	/* A hook only tells: whatever the answer, it was heard. */
	if (handler->hook && r->outcome != HTTP_MALFORMED) {
		*verdict = VERDICT_SUCCESS;
		return false;
	}
	if (r->outcome != HTTP_COMPLETE) {
		*verdict = r->outcome == HTTP_CUT ? VERDICT_ERROR : VERDICT_FAILURE;
		snprintf(message, PROBE_MESSAGE_MAX, "%s", r->problem);
		return false;
	}
	if (!redirects(r)) {
		*verdict = say_status(r, message);
		return false;
	}
	kind = redirect_resolve(t, handler, r->location);
	if (kind == REDIRECT_FOLLOW && t->redirects < HTTP_REDIRECTS_MAX) {
		t->redirects++;
		return true;
	}
	if (kind == REDIRECT_FOLLOW) {
		*verdict = VERDICT_FAILURE;
		snprintf(message, PROBE_MESSAGE_MAX, "stopped after %d redirects",
			 HTTP_REDIRECTS_MAX);
		return false;
	}
	*verdict = unfollowed[kind].verdict;
	snprintf(message, PROBE_MESSAGE_MAX, "%s: %.100s", unfollowed[kind].text, r->location);
	return false;
}
