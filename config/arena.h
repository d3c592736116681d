/*
 * arena.h - memory that is given back all at once.
 *
 * For boot only.  What an arena gave out stays where it is until arena_free().
 */
#ifndef PODINIT_CONFIG_ARENA_H
#define PODINIT_CONFIG_ARENA_H

#include <stddef.h>

struct arena;

/* NULL: no memory. */
struct arena *arena_new(void);

/* Zeroed memory, aligned for anything.  NULL: no memory. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of n bytes with a NUL behind them. */
char *arena_copy(struct arena *a, const char *s, size_t n);

/* A formatted string. */
char *arena_format(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Accepts NULL. */
void arena_free(struct arena *a);

#endif
