#include "config/quantity.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define FORM "must be a quantity: 500m, 2, 64Mi, 1.5G, 1e3"

/* A number is digits with a point somewhere: the value of digit i of `text` is 10^(point - i - 1).
 */
struct digits {
	const char *text; /* with the "." among them */
	long n, dot;      /* of digits; of those before the "." */
	long point;       /* where the unit has moved it */
};

static const struct {
	const char *suffix;
	int tens;       /* the power of ten, ... */
	unsigned shift; /* or of two */
} units[] = {
	{"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
	{"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
	{"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

/* 0 where nothing was written: before the first and behind the last. */
static unsigned digit(const struct digits *d, long i)
{
	if (i < 0 || i >= d->n)
		return 0;
	return (unsigned)(d->text[i + (i >= d->dot)] - '0');
}

/* "e3", "E-3": a power of ten.  No more than four digits of it mean anything. */
static bool exponent(const char *text, int *out)
{
	bool minus = text[1] == '-';
	const char *at = text + 1 + (minus || text[1] == '+');

	*out = 0;
	if ((*text != 'e' && *text != 'E') || !*at || strspn(at, "0123456789") != strlen(at))
		return false;
	while (*at && *out < 10000)
		*out = *out * 10 + (*at++ - '0');
	if (minus)
		*out = -*out;
	return true;
}

/* Reads the number, and leaves *end at what follows it. */
static bool number(struct digits *d, const char *text, const char **end)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	d->text = text;
	d->n = (long)(whole + part);
	d->point = d->dot = (long)whole;
	*end = text + whole + (text[whole] == '.') + part;
	return d->n > 0;
}

/*
 * ceil(number * 2^shift).  The fraction is taken from its last digit on: what the digits behind
 * have come to is added and divided by ten, rounding up each time, which is the same as rounding
 * up once, since ceil(x / 10) is ceil(ceil(x) / 10).  So any number of digits is exact.
 */
static bool amount(const struct digits *d, unsigned shift, int64_t *out)
{
	uint64_t unit = UINT64_C(1) << shift, most = INT64_MAX / unit, whole = 0, part = 0;

	for (long i = 0; i < d->point && (i < d->n || whole > 0); i++) {
		if (whole > most / 10 || whole * 10 + digit(d, i) > most)
			return false;
		whole = whole * 10 + digit(d, i);
	}
	for (long i = d->n; i-- > d->point;)
		part = (digit(d, i) * unit + part + 9) / 10;
	if (part > (uint64_t)INT64_MAX - whole * unit)
		return false;
	*out = (int64_t)(whole * unit + part);
	return true;
}

const char *quantity_parse(const char *text, int decimals, int64_t *out)
{
	struct digits d;
	const char *end;
	unsigned shift = 0;
	int tens = 0;
	bool known = false;

	if (*text == '-')
		return "must not be negative";
	if (!number(&d, text + (*text == '+'), &end))
		return FORM;
	for (size_t i = 0; i < sizeof units / sizeof *units && !known; i++)
		if (strcmp(end, units[i].suffix) == 0) {
			tens = units[i].tens;
			shift = units[i].shift;
			known = true;
		}
	if (!known && !exponent(end, &tens))
		return strcmp(end, "K") == 0 ? "has no unit K: write k (1000) or Ki (1024)" : FORM;
	d.point += tens + decimals;
	return amount(&d, shift, out) ? NULL : "is too large";
}
