/*
 * users.h - user namespaces: the only way to namespaces and mounts for who is not root.
 *
 * Inside, podinit is root of what it makes, and nothing more than it was of everything else.
 */
#ifndef PODINIT_INIT_USERS_H
#define PODINIT_INIT_USERS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Maps users and groups of the new user namespace of `pid`, a child of the caller: every one the
 * caller has to itself if it may hand out that many, else its own alone, to 0.  0, or errno.
 */
int users_map(pid_t pid);

/* Moves PID 1 itself, which can have no parent, into a user and a mount namespace of its own.  0,
   or errno; on failure nothing has changed. */
int users_enter(void);

/* The number that user `inside` of our user namespace has outside of it.  Only the first line of
   the map is looked at: that of the namespaces podinit makes has no other.  False: it does not say.
 */
bool users_outside(unsigned long inside, unsigned long *outside);

#endif
