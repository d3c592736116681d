/*
 * identity.h - who a container is: user, groups, capabilities.
 *
 * For children of PID 1, inside the container's root: names are looked up in the /etc/passwd and
 * /etc/group found there, by a reader of ours.  Those files belong to the image: they are read only
 * if they are regular files of at most IDENTITY_FILE_MAX bytes, a name is never taken for a number
 * nor a number for a name, and a line that is no entry is passed over.
 *
 * The order is identity_bound(), identity_take(), identity_caps(): the bounding set can be lowered
 * only by who still has its capabilities, and a change of user clears what was set before it.
 * 0, or -1 and errno.
 */
#ifndef PODINIT_INIT_IDENTITY_H
#define PODINIT_INIT_IDENTITY_H

#include "config/spec.h"

enum { IDENTITY_FILE_MAX = 1 << 20, HOME_MAX = 256 };

struct identity {
	uint32_t user, group;
	uint32_t groups[GROUPS_MAX + 65]; /* .group first */
	unsigned n_groups;
	unsigned n_asked;    /* those before are asked for; the others come of the root's own group
				file, and where they cannot all be had nobody misses them */
	char home[HOME_MAX]; /* "/" if no entry of passwd says otherwise */
};

/*
 * Who `s` names.  `own`: in podinit's own root, where what is not given stays podinit's own;
 * elsewhere it is root, as in Kubernetes.  ENOENT: passwd has no such user; EPERM: the user is root
 * and runAsNonRoot forbids that; ENXIO, EFBIG: passwd is no plain file, or too large; else why it
 * cannot be read.
 */
int identity_find(struct identity *id, const struct security_spec *s, bool own);

/* What is made from here on belongs to user and group `first`; nothing else changes, as it would
   with a change of user.  EPERM: it would still belong to whom it did. */
int identity_own_files(uint32_t first);

/* Nothing that is not in `caps` can be had from here on; the change of user that follows leaves the
   permitted ones in place. */
int identity_bound(uint64_t caps);

/* The supplementary groups become these, of which the first n_asked are asked for.  A demand that
   holds already is met, also by who could not change anything.  EINVAL: the user namespace does not
   have one of them. */
int identity_groups(const uint32_t *groups, unsigned n, unsigned n_asked);

/* Groups, group and user.  EINVAL: the user namespace does not have one that is asked for. */
int identity_take(const struct identity *id);

/* Permitted and effective become `caps`; `ambient` of them survive the execution of a program
   without root's help.  Inheritable but for those is empty. */
int identity_caps(uint64_t caps, uint64_t ambient);

/* The capabilities this process has. */
uint64_t identity_own_caps(void);

#endif
