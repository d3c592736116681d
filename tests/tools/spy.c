/*
 * spy.c - LD_PRELOADed into podinit: ends it when PID 1 allocates after boot.
 *
 * Boot is over at the first epoll_wait().  From then on any call of the allocator by that very
 * process (not by its children, which have other pids) is reported and aborts it.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static pid_t booted;

static void check(const char *what)
{
	if (booted == 0 || booted != getpid())
		return;
	if (write(STDERR_FILENO, "spy: allocation after boot: ", 28) < 0 ||
	    write(STDERR_FILENO, what, strlen(what)) < 0)
		_exit(99);
	_exit(99);
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	booted = getpid();
	return epoll_pwait(fd, events, n, timeout, NULL);
}

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t m);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

void *malloc(size_t n)
{
	check("malloc\n");
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
	check("calloc\n");
	return __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
	check("realloc\n");
	return __libc_realloc(p, n);
}

void free(void *p)
{
	if (p)
		check("free\n");
	__libc_free(p);
}
