/*
 * cgroup.h - what one does with a directory of the cgroup v2 tree, and what the kernel says to it.
 *
 * A cgroup is named by a descriptor of its directory.  Nothing is kept, nothing allocates but
 * cgroup_find().  Sets of controllers are those of limits.h.
 */
#ifndef PODINIT_INIT_CGROUP_H
#define PODINIT_INIT_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "init/limits.h"

/* The path of the cgroup that the caller is in.  False: no cgroup v2 is mounted, or /proc. */
bool cgroup_find(char *path, size_t size);

/* The real root is the one cgroup that has no type, and that may pass on what it likes. */
bool cgroup_is_root(int dir);

/* The controllers that a file of the cgroup lists: cgroup.controllers, cgroup.subtree_control. */
unsigned cgroup_listed(int dir, const char *file);

/* Turns all of `set` on ('+') or off ('-') for what is below `dir`: all or none.  0 or an errno. */
int cgroup_turn(int dir, char sign, unsigned set);

/*
 * The same for on, but that the cgroup stays an ordinary one: EBUSY, and nothing has changed, where
 * there are processes in it.
 */
int cgroup_turn_on(int dir, unsigned set);

/*
 * Moves what is in cgroup `from` to `to`.  0; EBUSY where a process is not ours to move: of another
 * PID namespace (the kernel shows it as 0), or with `only_self` any but the caller; another errno.
 */
int cgroup_move_all(int from, int to, bool only_self);

/* Writes limits to their files.  0, or the errno of the file *what. */
int cgroup_limit(int dir, const struct limits *limits, const char **what);

/* Removes a cgroup without processes, with all that is below it. */
void cgroup_remove(int parent, const char *name);

#endif
