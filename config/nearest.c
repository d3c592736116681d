#include "config/nearest.h"

#include <string.h>
#include <strings.h>

enum { LEN_MAX = 80 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions and replacements from one to the other; case alone does not count. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LEN_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > LEN_MAX || lb > LEN_MAX)
		return LEN_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j];

			row[j] = min3(up + 1, row[j - 1] + 1,
				      corner + (strncasecmp(a + i - 1, b + j - 1, 1) != 0));
			corner = up;
		}
	}
	return row[lb];
}

void nearest_try(struct nearest *n, const char *candidate)
{
	size_t len = strlen(n->text), other = strlen(candidate), d;
	/* A third of the name may be wrong, and two letters of a short one. */
	size_t most = len / 3 > 2 ? len / 3 : 2;

	if (len > other + most || other > len + most)
		return;
	d = distance(n->text, candidate);
	if (d > most || d >= len || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
