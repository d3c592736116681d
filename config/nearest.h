/*
 * nearest.h - which name was meant.
 */
#ifndef PODINIT_CONFIG_NEAREST_H
#define PODINIT_CONFIG_NEAREST_H

#include <stddef.h>

/*
 * Keeps the best of the candidates it is shown, one after the other: {.text = ...} to begin with;
 * .best is NULL as long as none was near enough to be meant.
 */
struct nearest {
	const char *text;
	const char *best;
	size_t distance;
};

void nearest_try(struct nearest *n, const char *candidate);

#endif
