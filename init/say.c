#include "init/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/sys.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* How long the end waits for a standard error that takes nothing. */
enum { CLOSE_PATIENCE_MS = 1000 };

static struct {
	bool on, console;
	enum level level;
	nsec zero;
	pid_t owner; /* who has opened it */
	int fd;      /* 0: not opened yet */
	unsigned dropped;
	size_t begin, end; /* of what waits: lines, of the first of which a part may be written */
	char waits[SAY_BACKLOG];
} log_to;

int level_of(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(name, level_names[i]) == 0)
			return i;
	return -1;
}

/*
 * Standard error is shared with whoever gave it to us, so O_NONBLOCK must not be set on it: that
 * would change the description of the caller's terminal or pipe.  Opening it again gives a
 * description of our own.  A regular file does not block, and opened again it would have an offset
 * of its own.  Where it cannot be opened (a socket, no /proc) poll() has to do: then a writer that
 * fills the pipe between our poll and our write could make us wait, for as long as its reader does.
 */
static int own_description(void)
{
	struct stat st;
	int fd;

	if (fstat(STDERR_FILENO, &st) < 0 || S_ISREG(st.st_mode))
		return STDERR_FILENO;
	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND);
	return fd < 0 ? STDERR_FILENO : fd;
}

static int open_target(void)
{
	if (log_to.fd <= 0)
		log_to.fd = log_to.console ? open("/dev/console",
						  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
					   : own_description();
	return log_to.fd;
}

/* How much of the bytes was taken: 0, where there is no room, or less than all (the console of a
   hypervisor has room for 16).  -1: nobody will ever take them. */
static ssize_t put(const char *bytes, size_t n)
{
	struct pollfd p = {.fd = open_target(), .events = POLLOUT};
	ssize_t done;

	if (p.fd < 0)
		return -1;
	if (poll(&p, 1, 0) != 1)
		return 0;
	done = write(p.fd, bytes, n);
	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (done < 0 && log_to.console) {
		close(log_to.fd);
		log_to.fd = 0;
	}
	return done;
}

void say_open(enum level level, nsec zero)
{
	log_to.level = level;
	log_to.zero = zero;
	log_to.owner = getpid();
	log_to.begin = log_to.end = 0;
	log_to.on = true;
}

void say_to_console(void)
{
	log_to.console = true;
}

/* ---- What waits ---- */

int say_waiting(void)
{
	return log_to.begin < log_to.end ? log_to.fd : -1;
}

void say_flush(void)
{
	while (log_to.begin < log_to.end) {
		const char *line = log_to.waits + log_to.begin;
		const char *next = memchr(line, '\n', log_to.end - log_to.begin);
		size_t n = (size_t)(next + 1 - line);
		ssize_t done = put(line, n);

		if (done == 0)
			return;
		log_to.dropped += done < 0;
		log_to.begin += done < 0 ? n : (size_t)done;
	}
	log_to.begin = log_to.end = 0;
}

/* False: there is no room for it. */
static bool keep(const char *line, size_t n)
{
	size_t have = log_to.end - log_to.begin;

	if (n > SAY_BACKLOG - have)
		return false;
	if (n > SAY_BACKLOG - log_to.end) {
		memmove(log_to.waits, log_to.waits + log_to.begin, have);
		log_to.begin = 0;
		log_to.end = have;
	}
	memcpy(log_to.waits + log_to.end, line, n);
	log_to.end += n;
	return true;
}

void say_close(void)
{
	struct pollfd p = {.events = POLLOUT};

	while (log_to.owner == getpid() && (p.fd = say_waiting()) >= 0 &&
	       poll(&p, 1, CLOSE_PATIENCE_MS) == 1)
		say_flush();
}

/* ---- Lines ---- */

static size_t begin_line(char *buf, size_t size, enum level level, const char *reason)
{
	nsec t = sys_now() - log_to.zero;
	int n = snprintf(buf, size, "podinit[%d] %lld.%06lld %s %s ", (int)getpid(),
			 (long long)(t / NSEC_PER_SEC), (long long)(t % NSEC_PER_SEC / 1000),
			 level_names[level], reason);

	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* In its place: when what came before is written. */
static void tell_dropped(void)
{
	char line[128];
	size_t n = begin_line(line, sizeof line, LEVEL_WARNING, "LogDropped");

	n += (size_t)snprintf(line + n, sizeof line - n, "lines=%u\n", log_to.dropped);
	if (log_to.begin == log_to.end && put(line, n) == (ssize_t)n)
		log_to.dropped = 0;
}

static void write_line(const char *line, size_t n)
{
	if (log_to.owner != getpid()) {
		put(line, n);
		return;
	}
	if (log_to.dropped > 0 || !keep(line, n))
		log_to.dropped++;
	say_flush();
}

void say(enum level level, const char *reason, const char *fmt, ...)
{
	char line[SAY_MAX];
	int err = errno;
	size_t n;
	va_list ap;
	int more;

	if (!log_to.on || level > log_to.level)
		return;
	if (log_to.owner == getpid())
		say_flush();
	if (log_to.dropped > 0)
		tell_dropped();
	n = begin_line(line, sizeof line, level, reason);
	va_start(ap, fmt);
	more = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	va_end(ap);
	if (more > 0)
		n += (size_t)more < sizeof line - n - 1 ? (size_t)more : sizeof line - n - 2;
	line[n++] = '\n';
	write_line(line, n);
	errno = err;
}

const char *say_quote(char *buf, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	buf[n++] = '"';
	for (; *text && n + 6 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			buf[n++] = '\\';
			buf[n++] = (char)c;
		} else if (c < ' ' || c == 0x7f) {
			buf[n++] = '\\';
			buf[n++] = 'x';
			buf[n++] = hex[c >> 4];
			buf[n++] = hex[c & 15];
		} else {
			buf[n++] = (char)c;
		}
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}
