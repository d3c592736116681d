/*
 * lines.h - from bytes to the lines of a pod file, by way of libinih.
 *
 * libinih, left to itself, cuts section names at 49 characters, ends a value at " ;" even inside
 * quotes, accepts NUL, takes an indented line for a continuation, splits a key at ":", and splits a
 * line over 199 bytes so that its tail becomes a key of its own; all without an error.  So it never
 * sees the text: this reader gives it a short stand-in for each section, key and value (the number
 * of the line), and takes the text from where it kept it.
 */
#ifndef PODINIT_CONFIG_LINES_H
#define PODINIT_CONFIG_LINES_H

#include <stddef.h>

struct arena;

/* What comes of a line.  Strings are in the arena; values are as written, without blanks around. */
struct line_user {
	void *arg;
	void (*section)(void *arg, int line, const char *text); /* what stands in the brackets */
	void (*key)(void *arg, int line, const char *key, const char *value);
	void (*problem)(void *arg, int line, const char *message);
};

/* Hands every line of the text to *user, in order.  0, or -1 without memory. */
int lines_read(const char *bytes, size_t n, struct arena *arena, const struct line_user *user);

#endif
