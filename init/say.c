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

static struct {
	bool on, console;
	enum level level;
	nsec zero;
	int fd; /* 0: not opened yet */
	unsigned dropped;
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

void say_open(enum level level, nsec zero)
{
	log_to.level = level;
	log_to.zero = zero;
	log_to.on = true;
}

void say_to_console(void)
{
	log_to.console = true;
}

static bool put(const char *line, size_t n)
{
	struct pollfd p = {.events = POLLOUT};
	bool done;

	if (log_to.fd == 0)
		log_to.fd = own_description();
	p.fd = log_to.fd;
	if (log_to.console)
		p.fd = open("/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (p.fd < 0)
		return false;
	done = poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && write(p.fd, line, n) == (ssize_t)n;
	if (log_to.console)
		close(p.fd);
	return done;
}

static size_t begin_line(char *buf, size_t size, enum level level, const char *reason)
{
	nsec t = sys_now() - log_to.zero;
	int n = snprintf(buf, size, "podinit[%d] %lld.%06lld %s %s ", (int)getpid(),
			 (long long)(t / NSEC_PER_SEC), (long long)(t % NSEC_PER_SEC / 1000),
			 level_names[level], reason);

	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
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
	if (log_to.dropped > 0) {
		n = begin_line(line, sizeof line, LEVEL_WARNING, "LogDropped");
		n += (size_t)snprintf(line + n, sizeof line - n, "lines=%u\n", log_to.dropped);
		if (put(line, n))
			log_to.dropped = 0;
	}
	n = begin_line(line, sizeof line, level, reason);
	va_start(ap, fmt);
	more = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	va_end(ap);
	if (more > 0)
		n += (size_t)more < sizeof line - n - 1 ? (size_t)more : sizeof line - n - 2;
	line[n++] = '\n';
	if (!put(line, n))
		log_to.dropped++;
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
