/*
 * words.h - how values are quoted and split.
 */
#ifndef PODINIT_CONFIG_WORDS_H
#define PODINIT_CONFIG_WORDS_H

#include "config/spec.h"

/*
 * Splits `text` as a POSIX shell splits words: with \, '...' and "...", without any expansion.
 * NULL, or what is wrong with it.
 */
const char *words_split(struct words *out, const char *text, struct arena *arena);

/*
 * A single value: one that begins and ends with the same quote loses both, and inside "..." \" and
 * \\ are escapes; other quotes are ordinary characters.  *out is in the arena.  NULL, or what is
 * wrong with it.
 */
const char *words_single(const char **out, const char *text, struct arena *arena);

#endif
