/*
 * dial.h - TCP connections to where a probe points, without waiting.
 *
 * A TCP probe is no more than this: a connection that comes about is a success, and not a byte is
 * sent over it.
 */
#ifndef PODINIT_PROBES_DIAL_H
#define PODINIT_PROBES_DIAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Begins a connection to the IPv4 or IPv6 literal `host`.  The descriptor, which does not block;
 * it becomes writable when the matter is decided, and dial_result() tells how.  Or -1 with errno.
 */
int dial_begin(const char *host, uint16_t port);

/* 0: connected.  Else the errno of the failure; the caller closes in both cases. */
int dial_result(int fd);

/*
 * True if `err` says that this side lacks something (descriptors, memory, local ports): then
 * nothing was learnt about the container.
 */
bool dial_is_our_fault(int err);

#endif
