#include "init/outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "init/sys.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

/* Bytes a terminal gets at once: the driver says "writable" when it has little to send, and then
   has room for this much even if every byte is a newline that becomes two. */
enum { TTY_MOST = 2048 };

/* ---- Writing without being held up ---- */

static void interrupt_only(int signo)
{
	(void)signo;
}

void outlets_prepare(void)
{
	/* No SA_RESTART: its purpose is to end a write(). */
	const struct sigaction alarm_action = {.sa_handler = interrupt_only};
	sigset_t set;

	sigaction(SIGALRM, &alarm_action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void outlet_init(struct outlet *o, int fd, const char *title)
{
	struct stat st = {0};

	memset(o, 0, offsetof(struct outlet, buf));
	o->fd = fd;
	o->title = title;
	o->kind = OUTLET_OTHER;
	o->most = PIPE_BUF;
	if (fstat(fd, &st) < 0)
		return; /* writing will say what is wrong */
	if (S_ISFIFO(st.st_mode)) {
		o->kind = OUTLET_PIPE;
	} else if (S_ISSOCK(st.st_mode)) {
		o->kind = OUTLET_SOCKET;
	} else if (S_ISREG(st.st_mode)) {
		o->kind = OUTLET_FILE;
		o->most = OUTLET_ROOM;
	} else if (isatty(fd)) {
		o->most = TTY_MOST;
	}
}

/*
 * A write that blocks ends after a second at the latest.  Between poll() and write() another
 * process may fill what we share with it, and a terminal may have less room than it takes.  The
 * alarm repeats: if the first one comes before write() has begun, the second ends it.
 */
static ssize_t write_guarded(int fd, const char *bytes, size_t n)
{
	static const struct itimerval second = {{1, 0}, {1, 0}}, off = {{0, 0}, {0, 0}};
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t put;
	int err;

	if (poll(&p, 1, 0) != 1)
		return 0;
	setitimer(ITIMER_REAL, &second, NULL);
	put = write(fd, bytes, n);
	err = errno;
	setitimer(ITIMER_REAL, &off, NULL);
	errno = err;
	return put;
}

/*
 * The descriptors are inherited: to set O_NONBLOCK would change them for everybody who shares them,
 * the shell of the user included.  So each kind has its own way of not waiting.  A pipe has one
 * since Linux 6.4, and not if it has a name; until then, and on terminals, we look first and have
 * ourselves interrupted.  A regular file does not wait for anybody.
 * Bytes taken, 0: none for now, or -1 and errno.
 */
static ssize_t put(struct outlet *o, const char *bytes, size_t n)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, n};
	ssize_t done = -1;

	switch (o->kind) {
	case OUTLET_FILE: done = write(o->fd, bytes, n); break;
	case OUTLET_SOCKET: done = send(o->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL); break;
	case OUTLET_PIPE:
		done = syscall(SYS_pwritev2, o->fd, &iov, 1L, -1L, -1L, (long)RWF_NOWAIT);
		if (done >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
			break;
		o->kind = OUTLET_OTHER;
		/* fall through */
	case OUTLET_OTHER: done = write_guarded(o->fd, bytes, n); break;
	}
	return done < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : done;
}

/* ---- Giving up, and coming back ---- */

/* Forgets all that is not written but the rest of a line whose beginning is: that must not meet
   the beginning of another. */
static void give_up(struct outlet *o)
{
	const char *at = o->buf + o->begin, *stop = o->buf + o->end;
	size_t rest = 0;

	if (o->half)
		rest = (size_t)((const char *)memchr(at, '\n', (size_t)(stop - at)) - at) + 1;
	for (const char *p = at + rest; p < stop; p++) {
		p = memchr(p, '\n', (size_t)(stop - p));
		o->dropped++;
	}
	memmove(o->buf, at, rest);
	o->begin = 0;
	o->end = rest;
}

void outlet_fail(struct outlet *o, int err)
{
	give_up(o);
	o->state = OUTLET_BROKEN;
	o->error = err;
}

nsec outlet_deadline(const struct outlet *o)
{
	return o->state == OUTLET_WAITING ? o->since + OUTLET_PATIENCE : NSEC_NEVER;
}

void outlet_expire(struct outlet *o, nsec now)
{
	if (now < outlet_deadline(o))
		return;
	give_up(o);
	o->state = OUTLET_STUCK;
}

/* As much as one write may have, up to the end of a line if there is one in it. */
static size_t portion(const struct outlet *o)
{
	size_t n = o->end - o->begin;
	const char *nl;

	if (n <= o->most)
		return n;
	nl = memrchr(o->buf + o->begin, '\n', o->most);
	return nl ? (size_t)(nl - o->buf) + 1 - o->begin : o->most;
}

static void drain(struct outlet *o)
{
	while (o->begin < o->end) {
		ssize_t n = put(o, o->buf + o->begin, portion(o));

		if (n < 0) {
			outlet_fail(o, errno);
			return;
		}
		if (n == 0) {
			if (o->state == OUTLET_OPEN) {
				o->state = OUTLET_WAITING;
				o->since = sys_now();
			}
			return;
		}
		o->begin += (size_t)n;
		o->half = o->buf[o->begin - 1] != '\n';
		if (o->state == OUTLET_WAITING)
			o->since = sys_now();
	}
	o->begin = o->end = 0;
	if (o->state == OUTLET_WAITING)
		o->state = OUTLET_OPEN;
}

static size_t write_note(const struct outlet *o, char *buf, size_t size)
{
	const char *lines = o->dropped == 1 ? "line" : "lines";
	int n;

	if (o->state == OUTLET_BROKEN)
		n = snprintf(buf, size, "podinit | %llu %s dropped: %s: %s\n",
			     (unsigned long long)o->dropped, lines, o->title, strerror(o->error));
	else
		n = snprintf(buf, size, "podinit | %llu %s dropped: %s took nothing for %lld s\n",
			     (unsigned long long)o->dropped, lines, o->title,
			     (long long)((sys_now() - o->since) / NSEC_PER_SEC));
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* Of a stuck or broken outlet: the rest of a line, then the note; if both go, it is open again. */
static void heal(struct outlet *o)
{
	char note[256];
	size_t n = 0;
	ssize_t done = 0;

	o->told = o->dropped;
	drain(o);
	if (o->end > 0)
		return;
	if (o->dropped > 0) {
		n = write_note(o, note, sizeof note);
		done = put(o, note, n);
	}
	if (done < 0)
		outlet_fail(o, errno);
	if (done < 0 || (done == 0 && n > 0))
		return;
	o->end = n - (size_t)done;
	memcpy(o->buf, note + done, o->end);
	o->half = o->end > 0;
	o->dropped = o->told = 0;
	o->state = OUTLET_OPEN;
}

/* ---- What the logger calls ---- */

static bool drops(const struct outlet *o)
{
	return o->state == OUTLET_STUCK || o->state == OUTLET_BROKEN;
}

bool outlet_add(struct outlet *o, const char *prefix, size_t prefix_len, const char *line, size_t n)
{
	size_t need = prefix_len + n + 1;
	char *to;

	if (o->state == OUTLET_OPEN && OUTLET_ROOM - o->end < need)
		drain(o);
	if (o->state == OUTLET_WAITING)
		return false;
	if (drops(o)) {
		o->dropped++;
		return true;
	}
	to = o->buf + o->end;
	memcpy(to, prefix, prefix_len);
	memcpy(to + prefix_len, line, n);
	if (to[prefix_len + n - 1] != '\n')
		to[prefix_len + n++] = '\n';
	o->end += prefix_len + n;
	return true;
}

void outlet_flush(struct outlet *o)
{
	if (o->state == OUTLET_OPEN)
		drain(o);
	else if (o->state == OUTLET_BROKEN && o->dropped > o->told)
		heal(o);
}

bool outlet_watches(const struct outlet *o)
{
	return o->state == OUTLET_WAITING || o->state == OUTLET_STUCK;
}

void outlet_ready(struct outlet *o)
{
	if (o->state == OUTLET_WAITING)
		drain(o);
	else if (o->state == OUTLET_STUCK)
		heal(o);
}

void outlet_close(struct outlet *o, struct outlet *other)
{
	char note[256];
	size_t n;

	if (drops(o))
		heal(o);
	if (!drops(o) || o->dropped == 0)
		return;
	n = write_note(o, note, sizeof note);
	if (n > 0 && outlet_add(other, "", 0, note, n))
		outlet_flush(other);
}
