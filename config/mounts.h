/*
 * mounts.h - volumeMounts.
 */
#ifndef PODINIT_CONFIG_MOUNTS_H
#define PODINIT_CONFIG_MOUNTS_H

#include "config/draft.h"

/* Adds "PATH[:OPTION,...]" for the volume of that name, which may be defined later in the file.
   NULL, or what is wrong. */
const char *mount_add(struct draft *d, struct ctr_draft *c, const char *volume, const char *text);

#endif
