/*
 * paths.h - the paths of a pod file: on podinit's side, in a container, and in a volume.
 */
#ifndef PODINIT_CONFIG_PATHS_H
#define PODINIT_CONFIG_PATHS_H

#include "config/draft.h"

/* Makes a path absolute: a relative one starts at the directory of the pod file.  NULL: no memory.
 */
const char *path_here(struct draft *d, const char *path);

/* The same for what may also be found by LABEL=, UUID=, PARTLABEL= or PARTUUID=, which stay as they
   are. */
const char *path_source(struct draft *d, const char *source);

/* Each of these returns NULL, or what is wrong. */

/* A path as a container sees it: absolute, without "..".  *out has no "." and no "//" either. */
const char *path_inside(const char **out, const char *text, struct arena *arena);

/* A path in a volume: relative, without "..".  *out likewise; "." is all of the volume. */
const char *path_below(const char **out, const char *text, struct arena *arena);

/* It has a component "..". */
bool path_climbs(const char *text);

#endif
