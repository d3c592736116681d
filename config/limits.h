/*
 * limits.h - securityContext.rlimits and .sysctls: maps of what the kernel has names for.
 */
#ifndef PODINIT_CONFIG_LIMITS_H
#define PODINIT_CONFIG_LIMITS_H

#include "config/spec.h"

/* Each of these returns NULL, or what is wrong. */

/* Adds "SOFT:HARD", or one number for both, or "unlimited" for either: the limit `name`. */
const char *rlimit_add(struct security_spec *s, const char *name, const char *text,
		       struct arena *arena);

/* *out is the name with dots between its parts.  As in sysctl(8), with slashes in their place a dot
   is a part of a name, and becomes a slash: net/ipv4/conf/eth0.1/forwarding is
   net.ipv4.conf.eth0/1.forwarding. */
const char *sysctl_name(const char **out, const char *text, struct arena *arena);

#endif
