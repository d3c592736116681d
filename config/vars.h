/*
 * vars.h - variables that a pod file does not spell out: those of a file (envFrom) and those that
 * tell of the pod itself (valueFrom, Kubernetes' downward API).
 */
#ifndef PODINIT_CONFIG_VARS_H
#define PODINIT_CONFIG_VARS_H

#include "config/spec.h"

enum { ENV_FILE_MAX = 1 << 20 }; /* bytes */

/* Each of these returns NULL, or what is wrong. */

const char *vars_add(struct vars *vars, const char *name, const char *value, bool literal,
		     struct arena *arena);

/*
 * Adds those of a file: lines of NAME=value, the value as it stands, without any quoting. Empty
 * lines, and those that begin with "#", are passed over.
 */
const char *vars_of_file(struct vars *out, const char *path, struct arena *arena);

/* *out is what `from` stands for: metadata.name, metadata.labels['NAME'], limits.memory, ...; the
   last of *resources. */
const char *vars_downward(const char **out, const char *from, const struct pod_spec *spec,
			  const struct resources_spec *resources, struct arena *arena);

/* A map as a file: sorted lines of NAME="VALUE", with \ before " and \; the last without its end.
   NULL: no memory. */
const char *vars_map(const struct pairs *map, struct arena *arena);

#endif
