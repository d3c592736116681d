/*
 * hosts.h - hostAliases.
 */
#ifndef PODINIT_CONFIG_HOSTS_H
#define PODINIT_CONFIG_HOSTS_H

#include "config/spec.h"

/* *out is the names of an address with one blank between them.  NULL, or what is wrong. */
const char *hosts_names(const char **out, const char *ip, const char *text, struct arena *arena);

#endif
