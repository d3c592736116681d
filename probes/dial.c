#include "probes/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage room;
};

static socklen_t read_address(union address *a, const char *host, uint16_t port)
{
	memset(a, 0, sizeof *a);
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		return sizeof a->in;
	}
	if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		return sizeof a->in6;
	}
	return 0;
}

int dial_begin(const char *host, uint16_t port)
{
	union address a;
	socklen_t n = read_address(&a, host, port);
	int fd, err;

	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/*
	 * No SO_LINGER.  With a time, close() waits for the other side even on a socket that does
	 * not block, and one slow container would hold up the probes of all.  With a time of zero
	 * it sends a reset, which many servers log as an error, at every probe.  A plain close()
	 * returns at once; the ports it leaves in TIME_WAIT are taken again by the kernel itself
	 * (net.ipv4.tcp_tw_reuse is 2, loopback, by default).
	 */
	if (connect(fd, &a.any, n) == 0 || errno == EINPROGRESS)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/*
 * A connection to oneself.  The port of a probe may lie in the range the kernel takes local ports
 * from.  If nobody listens there and the kernel picks that very port for our end, TCP connects the
 * socket to itself (a simultaneous open), and a dead server would seem alive.
 */
static bool met_itself(int fd)
{
	union address here, there;
	socklen_t n = sizeof here, m = sizeof there;

	memset(&here, 0, sizeof here);
	memset(&there, 0, sizeof there);
	return getsockname(fd, &here.any, &n) == 0 && getpeername(fd, &there.any, &m) == 0 &&
	       n == m && memcmp(&here, &there, n) == 0;
}

int dial_result(int fd)
{
	static const struct linger reset = {1, 0};
	socklen_t n = sizeof(int);
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		return errno;
	if (err == 0 && met_itself(fd)) {
		/* A reset frees the port at once: the server may be about to bind it. */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		return ECONNREFUSED;
	}
	return err;
}

bool dial_is_our_fault(int err)
{
	switch (err) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case ENOSPC: /* epoll's */
	case EADDRNOTAVAIL:
	case EAGAIN:
	case EINVAL: return true;
	default: return false;
	}
}
