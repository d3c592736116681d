/*
 * users.h - user namespaces, of two kinds.
 *
 * For who is not root one is the only way to namespaces and mounts: podinit itself goes there.
 * Inside it is root of what it makes, and nothing more than it was of everything else.
 *
 * For hostUsers = false root makes one for the pod and stays outside: its containers go there, with
 * users nobody else has.  It is held by a descriptor alone.
 */
#ifndef PODINIT_INIT_USERS_H
#define PODINIT_INIT_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Users and groups of a pod, as in Kubernetes (K8s 8.4.18): 0 to this. */
enum { USERS_COUNT = 65536, USERS_FIRST = 0x80000 };

/* The user namespace of a pod. */
struct users {
	int ns;
	uint32_t first; /* what its user and group 0 are outside; 0: the pod has none */
};

/*
 * Maps users and groups of the new user namespace of `pid`, a child of the caller: every one the
 * caller has to itself if it may hand out that many, else its own alone, to 0.  0, or errno.
 */
int users_map(pid_t pid);

/* Moves PID 1 itself, which can have no parent, into a user and a mount namespace of its own.  0,
   or errno; on failure nothing has changed. */
int users_enter(void);

/*
 * Makes one for a pod, with users and groups from the range that systemd sets aside for containers
 * (0x80000 to 0x6fffffff): pods that run at the same time, each in a PID namespace of its own, have
 * other ones.  0, or errno.
 */
int users_make(struct users *users);

/* The number that user `inside` of our user namespace has outside of it.  Only the first line of
   the map is looked at: that of the namespaces podinit makes has no other.  False: it does not say.
 */
bool users_outside(unsigned long inside, unsigned long *outside);

/* Ours is the machine's first user namespace. */
bool users_first(void);

#endif
