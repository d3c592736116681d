/*
 * floor.h - the least that the start of a fully isolated container takes: the same result as
 * podinit's, in straight lines, with nothing looked up, checked or told.
 *
 * It believes every path, knows beforehand which masked paths are directories, and aborts where
 * anything fails.  No program that starts containers may work like that; none can be faster
 * by more than luck.
 */
#ifndef PODINIT_TESTS_FLOOR_H
#define PODINIT_TESTS_FLOOR_H

#include <stdbool.h>
#include <sys/types.h>

struct floor {
	const char *stage; /* podinit's directory of prepared files */
	const char *root;  /* the image, for an overlay; read_only: mounted so, by podinit too */
	bool read_only;
	bool cgroup2;
	char *const *masked; /* directories beside the usual ones, then NULL; NULL: none */
	char *const *argv, *const *envp;
};

/* Once, in the mount namespace the containers will start from. */
void floor_prepare(const struct floor *f);

/* The pid of a container whose standard output and error are `out`. */
pid_t floor_start(const struct floor *f, int out);

#endif
