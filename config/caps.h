/*
 * caps.h - capabilities by name, and what a securityContext makes of a set of them.
 *
 * A set is a mask: a bit a capability, as the kernel counts them.
 */
#ifndef PODINIT_CONFIG_CAPS_H
#define PODINIT_CONFIG_CAPS_H

#include "config/spec.h"

enum { CAPS = 41 }; /* those there are */

#define CAPS_ALL ((UINT64_C(1) << CAPS) - 1)

/* What a container with a rootfs has that asked for nothing: Kubernetes' fourteen. */
#define CAPS_DEFAULT UINT64_C(0xa80425fb)

/* Without "CAP_", in upper case; by number. */
extern const char *const caps_names[CAPS];

/* The number of a name, with or without "CAP_", in any case.  -1: there is none. */
int caps_find(const char *name);

/* The name that was meant, or NULL. */
const char *caps_nearest(const char *name);

/* What `spec` makes of the set `base`: all or nothing first, then what is added, then dropped. */
uint64_t caps_apply(const struct caps_spec *spec, uint64_t base);

#endif
