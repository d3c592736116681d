/*
 * parse.h - from the bytes of a pod file to a struct pod_spec, or to the list of all that is
 * wrong with it.
 *
 * Nothing is half accepted: if there is one problem the spec is not to be used.  Problems are
 * collected, not printed, and every one of a file is reported at once, in the order of its lines.
 * Reading allocates; it is done at boot only.
 */
#ifndef PODINIT_CONFIG_PARSE_H
#define PODINIT_CONFIG_PARSE_H

#include "config/spec.h"

/* One thing that is wrong.  All strings are owned by the list. */
struct problem {
	int line;            /* 0: the file as a whole */
	const char *section; /* as written, e.g. "container web"; NULL: none */
	const char *key;     /* NULL: the section or the line itself */
	const char *message; /* what is wrong, and what would be right */
	size_t order;        /* as found, for those of one line */
};

struct problems {
	struct problem *v;
	size_t n;
	struct arena *arena;
};

/*
 * Parses `n` bytes that came from the file `path`; relative paths in it start at the directory of
 * `path`.  Returns 0 with *spec filled, or -1 with at least one entry in *problems.  Either way
 * the caller ends with spec_free() and problems_free(), which accept what is zeroed.
 */
int spec_parse(struct pod_spec *spec, const char *path, const char *bytes, size_t n,
	       struct problems *problems);

/* The same for a file on disk: a regular file or a pipe of at most FILE_BYTES_MAX bytes. */
int spec_read(struct pod_spec *spec, const char *path, struct problems *problems);

void spec_free(struct pod_spec *spec);
void problems_free(struct problems *problems);

/*
 * Writes problem `p` of the file `path` as "FILE:LINE: [section] key: message\n", leaving out what
 * it does not have.  Returns the length, at most size - 1; never fails.
 */
size_t problem_format(char *buf, size_t size, const char *path, const struct problem *p);

#endif
