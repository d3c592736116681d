#include "probes/probe.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/dial.h"
#include "probes/grpc.h"
#include "probes/http.h"

enum {
	READ_MAX = 16 << 10, /* bytes taken from one socket a turn */
	EVENTS_MAX = 64,     /* a turn */
	ASKS_A_TURN = 64,
	REFUSAL = PROBE_ASKS_MAX, /* the slot that only holds the refusal of one ask too many */
	SLOTS = PROBE_ASKS_MAX + 1,
	PEER = SLOTS, /* in the place of a slot's number: the socket to PID 1 */
};

enum state {
	FREE,
	DIALLING,
	SENDING,
	READING,
	DECIDED, /* the verdict is not sent yet */
};

struct slot {
	uint8_t state; /* enum state */
	int fd;        /* -1: none */
	uint32_t serial;
	const struct handler *handler;
	struct probe_verdict verdict; /* who asked, from the start; the answer, when DECIDED */
	size_t sent;                  /* bytes of what is to be said */
	union {
		struct {
			struct http_target target;
			struct http_reply reply;
		} http;
		struct grpc_reply grpc;
	}; /* by handler->kind */
};

struct prober {
	const struct pod_spec *spec;
	int peer, epoll;
	uint32_t serial;
	uint32_t watching; /* EPOLL...: what is waited for at the peer */
	bool gone;         /* the peer is */
	bool unsent;       /* a slot is DECIDED */
	unsigned n;        /* slots that were ever used: those beyond are FREE and untouched */
	struct slot slot[SLOTS];
	char scratch[HTTP_REQUEST_MAX]; /* a request, or what was read: nothing lasts here */
};

_Static_assert(GRPC_REQUEST_MAX + GRPC_BACK_MAX <= HTTP_REQUEST_MAX, "scratch holds all of it");
_Static_assert(sizeof(struct grpc_reply) <= sizeof(struct http_reply), "a slot grows by nothing");

static bool watch(struct prober *p, int op, int fd, uint32_t events, unsigned i, uint32_t serial)
{
	struct epoll_event e = {
		.events = events,
		.data.u64 = (uint64_t)serial << 32 | i,
	};

	return epoll_ctl(p->epoll, op, fd, &e) == 0;
}

static unsigned number(const struct prober *p, const struct slot *s)
{
	return (unsigned)(s - p->slot);
}

/* ---- Verdicts ---- */

static void hang_up(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd); /* which ends the watching, too */
	s->fd = -1;
}

static void send_verdict(struct prober *p, struct slot *s)
{
	if (send(p->peer, &s->verdict, sizeof s->verdict, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		s->state = FREE;
		return;
	}
	if (errno == ENOMEM || errno == ENOBUFS)
		poll(NULL, 0, 10); /* there is room but no memory: epoll would not make us wait */
	else if (errno != EAGAIN && errno != EINTR)
		p->gone = true;
	p->unsent = true; /* wait_for_peer() sees to it */
}

/* The question is answered: text in s->verdict.message, of which a container may have written a
   part. */
static void decide(struct prober *p, struct slot *s, enum verdict verdict)
{
	hang_up(s);
	for (char *c = s->verdict.message; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	s->verdict.verdict = (uint8_t)verdict;
	s->state = DECIDED;
	send_verdict(p, s);
}

static void decide_text(struct prober *p, struct slot *s, enum verdict verdict, const char *text)
{
	snprintf(s->verdict.message, PROBE_MESSAGE_MAX, "%s", text);
	decide(p, s, verdict);
}

/* A redirect may have led to another one than that of the file. */
static uint16_t port_of(const struct slot *s)
{
	return s->handler->kind == HANDLER_HTTP ? s->http.target.port : s->handler->port;
}

/* `what` as in "dial"; the error text as Go writes it, in small letters. */
static void decide_errno(struct prober *p, struct slot *s, const char *what, int err)
{
	bool bracket = strchr(s->handler->host, ':') != NULL;
	const char *text = strerror(err);

	snprintf(s->verdict.message, PROBE_MESSAGE_MAX, "%s tcp %s%s%s:%u: %c%s", what,
		 bracket ? "[" : "", s->handler->host, bracket ? "]" : "", port_of(s),
		 tolower((unsigned char)*text), *text ? text + 1 : "");
	decide(p, s, dial_is_our_fault(err) ? VERDICT_ERROR : VERDICT_FAILURE);
}

/* ---- One question ---- */

static void begin(struct prober *p, struct slot *s)
{
	s->sent = 0;
	s->serial = ++p->serial;
	s->state = DIALLING;
	if (s->handler->kind == HANDLER_HTTP)
		http_reply_init(&s->http.reply);
	else if (s->handler->kind == HANDLER_GRPC)
		grpc_reply_init(&s->grpc);
	s->fd = dial_begin(s->handler->host, port_of(s));
	if (s->fd < 0 || !watch(p, EPOLL_CTL_ADD, s->fd, EPOLLOUT, number(p, s), s->serial))
		decide_errno(p, s, "dial", errno);
}

static void await_reply(struct prober *p, struct slot *s)
{
	s->state = READING;
	if (!watch(p, EPOLL_CTL_MOD, s->fd, EPOLLIN, number(p, s), s->serial))
		decide_errno(p, s, "read", errno);
}

/* The request into p->scratch; its length, or 0. */
static size_t render(struct prober *p, const struct slot *s)
{
	if (s->handler->kind == HANDLER_GRPC)
		return grpc_request((uint8_t *)p->scratch, GRPC_REQUEST_MAX, s->handler);
	return http_request(p->scratch, sizeof p->scratch, s->handler, &s->http.target);
}

/* What a server of gRPC has wanted to hear since is said after the request. */
static size_t render_back(struct prober *p, const struct slot *s, size_t request)
{
	if (s->handler->kind != HANDLER_GRPC)
		return request;
	memcpy(p->scratch + request, s->grpc.back, s->grpc.back_n);
	return request + s->grpc.back_n;
}

/* All is rendered anew for the rest of it: that is rarer than a buffer a slot is large. */
static void send_request(struct prober *p, struct slot *s)
{
	size_t request = render(p, s), n;
	ssize_t put;

	if (request == 0) {
		decide_text(p, s, VERDICT_ERROR, "the request is too long");
		return;
	}
	n = render_back(p, s, request);
	put = send(s->fd, p->scratch + s->sent, n - s->sent, MSG_NOSIGNAL);
	if (put < 0) {
		/* What a server said before it hung up tells more than that it has. */
		if (s->sent >= request && (errno == EPIPE || errno == ECONNRESET))
			await_reply(p, s);
		else if (errno != EAGAIN && errno != EINTR)
			decide_errno(p, s, "write", errno);
		return;
	}
	s->sent += (size_t)put;
	if (s->sent == n)
		await_reply(p, s);
}

/* The reader wants something said: before that, nothing more is read. */
static void say_back(struct prober *p, struct slot *s)
{
	s->state = SENDING;
	if (!watch(p, EPOLL_CTL_MOD, s->fd, EPOLLOUT, number(p, s), s->serial))
		decide_errno(p, s, "write", errno);
	else
		send_request(p, s);
}

static void dialled(struct prober *p, struct slot *s)
{
	int err = dial_result(s->fd);

	if (err) {
		decide_errno(p, s, "dial", err);
	} else if (s->handler->kind == HANDLER_TCP) {
		decide_text(p, s, VERDICT_SUCCESS, "");
	} else {
		s->state = SENDING;
		send_request(p, s);
	}
}

static void http_over(struct prober *p, struct slot *s)
{
	enum verdict verdict;

	if (http_judge(&s->http.reply, s->handler, &s->http.target, &verdict, s->verdict.message)) {
		hang_up(s);
		begin(p, s);
	} else {
		decide(p, s, verdict);
	}
}

/* `n` as of recv(): 0 or less, and there is no more. */
static void feed_http(struct prober *p, struct slot *s, ssize_t n)
{
	if (n > 0)
		http_reply_feed(&s->http.reply, p->scratch, (size_t)n);
	else
		http_reply_end(&s->http.reply, n < 0);
	if (s->http.reply.outcome != HTTP_OPEN)
		http_over(p, s);
}

static void feed_grpc(struct prober *p, struct slot *s, ssize_t n)
{
	size_t back = s->grpc.back_n;

	if (n > 0)
		grpc_reply_feed(&s->grpc, (const uint8_t *)p->scratch, (size_t)n);
	else
		grpc_reply_end(&s->grpc);
	if (s->grpc.outcome != GRPC_OPEN)
		decide(p, s, grpc_judge(&s->grpc, s->verdict.message));
	else if (s->grpc.back_n > back)
		say_back(p, s);
}

static void read_reply(struct prober *p, struct slot *s)
{
	ssize_t n = recv(s->fd, p->scratch, READ_MAX, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (s->handler->kind == HANDLER_GRPC)
		feed_grpc(p, s, n);
	else
		feed_http(p, s, n);
}

static void slot_ready(struct prober *p, struct slot *s)
{
	switch ((enum state)s->state) {
	case DIALLING: dialled(p, s); break;
	case SENDING: send_request(p, s); break;
	case READING: read_reply(p, s); break;
	case FREE:
	case DECIDED: break;
	}
}

/* ---- What PID 1 says ---- */

static struct slot *take_slot(struct prober *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->slot[i].state == FREE)
			return &p->slot[i];
	return p->n < REFUSAL ? &p->slot[p->n++] : NULL;
}

static void ask(struct prober *p, const struct probe_ask *a)
{
	const struct handler *handler = ctr_handler(&p->spec->ctr[a->ctr], a->probe);
	struct slot *s = take_slot(p);
	bool full = s == NULL;

	if (full)
		s = &p->slot[REFUSAL];
	memset(&s->verdict, 0, sizeof s->verdict);
	s->verdict.ctr = a->ctr;
	s->verdict.probe = a->probe;
	s->verdict.generation = a->generation;
	s->handler = handler;
	s->fd = -1;
	if (handler->kind == HANDLER_HTTP)
		http_target_init(&s->http.target, handler);
	if (full)
		decide_text(p, s, VERDICT_ERROR, "too many questions are open");
	else if (!handler_asks(handler))
		decide_text(p, s, VERDICT_ERROR, "this is not asked over the network");
	else
		begin(p, s);
}

/* A verdict that waits to be sent is taken back as well: nobody wants it any more. */
static void cancel(struct prober *p, const struct probe_ask *a)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct slot *s = &p->slot[i];

		if (s->state == FREE || s->verdict.ctr != a->ctr || s->verdict.probe != a->probe ||
		    s->verdict.generation != a->generation)
			continue;
		hang_up(s);
		s->state = FREE;
	}
}

/* False: nothing more to read for now. */
static bool read_ask(struct prober *p)
{
	struct probe_ask a;
	ssize_t n = recv(p->peer, &a, sizeof a, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		p->gone = true;
	if (n <= 0)
		return false;
	/* What is no message of ours is nobody's question. */
	if (n != (ssize_t)sizeof a || a.ctr >= p->spec->n || a.probe >= HANDLERS)
		return true;
	if (a.kind == PROBE_ASK)
		ask(p, &a);
	else if (a.kind == PROBE_CANCEL)
		cancel(p, &a);
	return true;
}

static void send_unsent(struct prober *p)
{
	p->unsent = false;
	for (unsigned i = 0; i < p->n && !p->unsent; i++)
		if (p->slot[i].state == DECIDED)
			send_verdict(p, &p->slot[i]);
	if (p->slot[REFUSAL].state == DECIDED && !p->unsent)
		send_verdict(p, &p->slot[REFUSAL]);
}

static void peer_ready(struct prober *p)
{
	if (p->unsent)
		send_unsent(p);
	/* While a refusal waits there is no place for another; what is asked meanwhile waits in
	   the socket. */
	for (unsigned i = 0; i < ASKS_A_TURN && !p->gone && p->slot[REFUSAL].state == FREE; i++)
		if (!read_ask(p))
			return;
}

/* ---- The loop ---- */

/* Verdicts that could not be sent wait for room in the socket, and for nothing else. */
static void wait_for_peer(struct prober *p)
{
	uint32_t want = 0;

	if (p->unsent)
		want |= EPOLLOUT;
	if (p->slot[REFUSAL].state == FREE)
		want |= EPOLLIN;
	if (want != p->watching && watch(p, EPOLL_CTL_MOD, p->peer, want, PEER, 0))
		p->watching = want;
}

/*
 * A turn handles many descriptors, and one of them may close another and open a third that gets
 * its number: a cancel and an ask from PID 1, a redirect.  What epoll said of the old one is told
 * from the new one by the serial, which every connection gets its own of.
 */
static void turn(struct prober *p)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(p->epoll, events, EVENTS_MAX, -1);

	for (int i = 0; i < n && !p->gone; i++) {
		uint32_t what = (uint32_t)events[i].data.u64;
		uint32_t serial = (uint32_t)(events[i].data.u64 >> 32);

		if (what == PEER)
			peer_ready(p);
		else if (p->slot[what].serial == serial && p->slot[what].fd >= 0)
			slot_ready(p, &p->slot[what]);
	}
	wait_for_peer(p);
}

void prober_run(const struct pod_spec *spec, int fd)
{
	static struct prober prober; /* a process has one; pages that are never used cost nothing */
	struct prober *p = &prober;

	memset(p, 0, offsetof(struct prober, slot));
	p->spec = spec;
	p->peer = fd;
	p->watching = EPOLLIN;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0)
		return;
	p->gone = !watch(p, EPOLL_CTL_ADD, fd, EPOLLIN, PEER, 0);
	while (!p->gone)
		turn(p);
	for (unsigned i = 0; i < p->n; i++) {
		hang_up(&p->slot[i]);
		p->slot[i].state = FREE;
	}
	p->slot[REFUSAL].state = FREE;
	close(p->epoll);
}
