#include "init/logger.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/outlet.h"
#include "init/sys.h"

enum { EVENTS_MAX = 64, CONTROLS_A_TURN = 64 };

/* What an epoll event is about: the number of a source, or one of these. */
enum { CONTROL = LOGGER_SOURCES_MAX, OUTLET };

enum { OUTLETS = 2 };

#define NO_MARK (-1)

struct source {
	int fd;
	struct outlet *to;
	/*
	 * Bytes yet to be read until the end of an instance, or NO_MARK.  An instance has ended
	 * when its pipe holds so and so much; what comes behind that is the next one's.
	 */
	int mark;
	bool over;    /* end of file */
	bool parked;  /* has lines the outlet had no room for; not read until it has */
	bool watched; /* by epoll */
	bool cut;     /* the last line moved was a piece of a longer one */
	size_t len;   /* bytes in buf: the beginning of a line, or whole lines if parked */
	char *buf;    /* LOGGER_LINE_MAX */
	size_t prefix_len;
	char prefix[NAME_LEN_MAX + sizeof " | "];
};

/* What container i printed last, on both streams in the order it was read. */
struct tail {
	bool wanted;
	bool due; /* the instance has ended: to be told when all it printed was read */
	size_t len;
	char text[LOGGER_TAIL_MAX];
};

struct logger {
	int epoll, control;
	struct tail tail[CTR_MAX];
	bool ending;
	unsigned n;
	unsigned first; /* the source that is next to get an outlet's room */
	struct source source[LOGGER_SOURCES_MAX];
	struct outlet outlet[OUTLETS];
	bool outlet_watched[OUTLETS];
};

/* ---- From a source to its outlet ---- */

static bool watch(const struct logger *l, int op, int fd, uint32_t events, unsigned what)
{
	struct epoll_event e = {.events = events, .data.u32 = what};

	return epoll_ctl(l->epoll, op, fd, &e) == 0;
}

/* Parked sources are taken out altogether: a pipe that has hung up would be reported for ever. */
static void watch_source(struct logger *l, struct source *s, bool on)
{
	if (s->watched != on &&
	    watch(l, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->fd, EPOLLIN, (unsigned)(s - l->source)))
		s->watched = on;
}

/* Moves whole lines, and at a mark what is left.  False: the outlet has no room for all. */
static bool move_lines(struct source *s)
{
	size_t done = 0;
	bool room = true;

	while (done < s->len) {
		const char *line = s->buf + done;
		size_t left = s->len - done;
		const char *nl = memchr(line, '\n', left);
		size_t n = nl ? (size_t)(nl - line) + 1 : left;

		if (!nl && left < LOGGER_LINE_MAX && s->mark != 0)
			break;
		/* After a piece its newline alone is no line. */
		if (!s->cut || line != nl)
			room = outlet_add(s->to, s->prefix, s->prefix_len, line, n);
		if (!room)
			break;
		s->cut = !nl;
		done += n;
	}
	s->len -= done;
	memmove(s->buf, s->buf + done, s->len);
	return room;
}

/* ---- Tails ---- */

/* The number of the container that the source is of. */
static unsigned ctr_of(const struct logger *l, const struct source *s)
{
	return (unsigned)(s - l->source) / 2;
}

static void tail_keep(struct tail *t, const char *bytes, size_t n)
{
	size_t keep;

	if (!t->wanted)
		return;
	if (n > LOGGER_TAIL_MAX) {
		bytes += n - LOGGER_TAIL_MAX;
		n = LOGGER_TAIL_MAX;
	}
	keep = t->len + n > LOGGER_TAIL_MAX ? LOGGER_TAIL_MAX - n : t->len;
	memmove(t->text, t->text + t->len - keep, keep);
	memcpy(t->text + keep, bytes, n);
	t->len = keep + n;
}

/* Where the last LOGGER_TAIL_LINES_MAX lines begin. */
static size_t tail_begin(const struct tail *t)
{
	size_t at = t->len;

	for (unsigned lines = 0; at > 0; at--)
		if (t->text[at - 1] == '\n' && at < t->len && ++lines == LOGGER_TAIL_LINES_MAX)
			break;
	return at;
}

/* PID 1 that has no room for it does without. */
static void tail_tell(struct logger *l, unsigned ctr)
{
	struct tail *t = &l->tail[ctr];
	struct logger_tail message = {.ctr = (uint16_t)ctr};
	size_t begin = tail_begin(t);

	message.len = (uint16_t)(t->len - begin);
	memcpy(message.text, t->text + begin, message.len);
	send(l->control, &message, offsetof(struct logger_tail, text) + message.len,
	     MSG_DONTWAIT | MSG_NOSIGNAL);
	t->due = false;
	t->len = 0;
}

/* Once all that the instance printed was read. */
static void tail_settle(struct logger *l, unsigned ctr)
{
	if (l->tail[ctr].due && l->source[2 * ctr].mark == NO_MARK &&
	    l->source[2 * ctr + 1].mark == NO_MARK)
		tail_tell(l, ctr);
}

/* ---- Reading ---- */

/* After every change of a source: moves what can be moved, and decides whether to read on. */
static void settle(struct logger *l, struct source *s)
{
	bool on;

	s->parked = !move_lines(s);
	if (!s->parked && s->mark == 0) {
		s->mark = NO_MARK;
		s->cut = false;
		tail_settle(l, ctr_of(l, s));
	}
	on = !s->parked && !s->over && !(l->ending && s->mark == NO_MARK);
	watch_source(l, s, on);
	if (on && !s->watched)
		s->parked = true; /* no memory in the kernel: unpark() tries again */
}

/*
 * Reads even if the outlet has no room: what does not fit stays here and waits its turn.  A source
 * that was not read then would find the room taken by its louder neighbours every time.
 */
static void read_source(struct logger *l, struct source *s)
{
	size_t room = LOGGER_LINE_MAX - s->len;
	ssize_t n;

	if (!s->watched)
		return; /* parked since, in this very turn */
	if (s->mark > 0 && (size_t)s->mark < room)
		room = (size_t)s->mark;
	n = read(s->fd, s->buf + s->len, room);
	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		tail_keep(&l->tail[ctr_of(l, s)], s->buf + s->len, (size_t)n);
		s->len += (size_t)n;
		if (s->mark > 0)
			s->mark -= (int)n;
	} else if (n < 0 && errno == EAGAIN) {
		if (s->mark > 0)
			s->mark = 0;
	} else {
		s->over = true;
		s->mark = 0;
	}
	settle(l, s);
}

/* In turn, so that the first source does not take all of the room every time. */
static void unpark(struct logger *l, const struct outlet *o)
{
	for (unsigned k = 0, i = l->first; k < l->n; k++, i = (i + 1) % l->n) {
		struct source *s = &l->source[i];

		if (s->to != o || !s->parked)
			continue;
		settle(l, s);
		if (s->parked) {
			l->first = i;
			return;
		}
	}
}

/* ---- What PID 1 says ---- */

static void mark_source(struct logger *l, struct source *s)
{
	if (s->over)
		return;
	if (ioctl(s->fd, FIONREAD, &s->mark) < 0 || s->mark < 0)
		s->mark = 0;
	settle(l, s);
}

static void begin_end(struct logger *l)
{
	l->ending = true;
	watch(l, EPOLL_CTL_DEL, l->control, 0, CONTROL);
	for (unsigned i = 0; i < l->n; i++)
		mark_source(l, &l->source[i]);
}

static void end_instance(struct logger *l, unsigned ctr)
{
	/* Another end before all of the last one was read: each has an answer, whole or not. */
	if (l->tail[ctr].due)
		tail_tell(l, ctr);
	for (unsigned s = 2 * ctr; s < 2 * ctr + 2; s++)
		mark_source(l, &l->source[s]);
	l->tail[ctr].due = l->tail[ctr].wanted;
	tail_settle(l, ctr);
}

static void read_control(struct logger *l)
{
	for (unsigned k = 0; k < CONTROLS_A_TURN && !l->ending; k++) {
		uint16_t i;
		ssize_t n = recv(l->control, &i, sizeof i, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			begin_end(l);
		else if (n == (ssize_t)sizeof i && 2U * i + 1 < l->n)
			end_instance(l, i);
	}
}

/* ---- The loop ---- */

static nsec deadline(const struct logger *l)
{
	nsec a = outlet_deadline(&l->outlet[0]), b = outlet_deadline(&l->outlet[1]);

	return a < b ? a : b;
}

/* Milliseconds, rounded up; -1: for ever. */
static int patience(const struct logger *l)
{
	nsec left, at = deadline(l);

	if (at == NSEC_NEVER)
		return -1;
	left = at - sys_now();
	return left > 0 ? (int)(left / NSEC_PER_MS) + 1 : 0;
}

/*
 * Writes what the turn has brought.  An outlet that waits is not tried here but when epoll finds it
 * ready: were it to open here, nobody would think of the sources that are parked behind it.
 */
static void tend_outlet(struct logger *l, unsigned i)
{
	struct outlet *o = &l->outlet[i];

	if (o->state != OUTLET_WAITING)
		unpark(l, o);
	outlet_flush(o);
	if (outlet_watches(o) == l->outlet_watched[i])
		return;
	if (watch(l, l->outlet_watched[i] ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, o->fd, EPOLLOUT,
		  OUTLET + i)) {
		l->outlet_watched[i] = !l->outlet_watched[i];
	} else if (!l->outlet_watched[i]) {
		/* Nobody would tell when it is ready. */
		outlet_fail(o, errno);
		unpark(l, o);
	}
}

static void turn(struct logger *l)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(l->epoll, events, EVENTS_MAX, patience(l));

	for (int i = 0; i < n; i++) {
		unsigned what = events[i].data.u32;

		if (what < CONTROL)
			read_source(l, &l->source[what]);
		else if (what == CONTROL)
			read_control(l);
		else
			outlet_ready(&l->outlet[what - OUTLET]);
	}
	if (deadline(l) != NSEC_NEVER) {
		nsec now = sys_now();

		outlet_expire(&l->outlet[0], now);
		outlet_expire(&l->outlet[1], now);
	}
	for (unsigned i = 0; i < OUTLETS; i++)
		tend_outlet(l, i);
}

static bool busy(const struct logger *l)
{
	if (!l->ending || deadline(l) != NSEC_NEVER)
		return true;
	for (unsigned i = 0; i < l->n; i++)
		if (l->source[i].parked || l->source[i].mark != NO_MARK)
			return true;
	return false;
}

/* A terminal, or `>log 2>&1`: lines of the two streams must not mix there, either. */
static bool same_file(int a, int b)
{
	struct stat s, t;

	return fstat(a, &s) == 0 && fstat(b, &t) == 0 && s.st_dev == t.st_dev &&
	       s.st_ino == t.st_ino;
}

static bool open_sources(struct logger *l, const struct logger_source *src, bool prefix, bool one)
{
	size_t size = (size_t)l->n * LOGGER_LINE_MAX;
	char *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return false;
	for (unsigned i = 0; i < l->n; i++) {
		struct source *s = &l->source[i];

		memset(s, 0, sizeof *s);
		s->fd = src[i].fd;
		s->to = &l->outlet[src[i].to == 2 && !one];
		s->mark = NO_MARK;
		l->tail[ctr_of(l, s)].wanted = src[i].tail;
		s->buf = room + (size_t)i * LOGGER_LINE_MAX;
		if (prefix)
			s->prefix_len = (size_t)snprintf(s->prefix, sizeof s->prefix, "%.*s | ",
							 NAME_LEN_MAX, src[i].name);
		watch_source(l, s, true);
		if (!s->watched)
			return false;
	}
	return true;
}

void logger_run(const struct logger_source *src, unsigned n, int control, bool prefix, int out,
		int err)
{
	static struct logger logger; /* a process has one */
	struct logger *l = &logger;

	l->n = n < LOGGER_SOURCES_MAX ? n : LOGGER_SOURCES_MAX;
	l->control = control;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return;
	outlets_prepare();
	outlet_init(&l->outlet[0], out, "standard output");
	outlet_init(&l->outlet[1], err, "standard error");
	if (l->n == 0 || !open_sources(l, src, prefix, same_file(out, err)) ||
	    !watch(l, EPOLL_CTL_ADD, control, EPOLLIN, CONTROL))
		return;
	while (busy(l))
		turn(l);
	outlet_close(&l->outlet[0], &l->outlet[1]);
	outlet_close(&l->outlet[1], &l->outlet[0]);
}
