#include "config/lines.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"

/* A section line, or a key and its value. */
struct line {
	int number;
	const char *section, *key, *value;
};

struct reader {
	const char *at, *end;
	int number;       /* of the physical line that comes next */
	struct line line; /* what libinih was given last */
	bool begin;       /* a section was given: its own line is to follow */
	bool failed;
	struct arena *arena;
	const struct line_user *user;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **from, const char **to)
{
	while (*from < *to && is_blank(**from))
		++*from;
	while (*from < *to && is_blank((*to)[-1]))
		--*to;
}

/* The next physical line, without blanks around it and without its end. */
static bool physical(struct reader *r, const char **from, const char **to)
{
	const char *nl;

	if (r->at >= r->end)
		return false;
	nl = memchr(r->at, '\n', (size_t)(r->end - r->at));
	*from = r->at;
	*to = nl ? nl : r->end;
	r->at = nl ? nl + 1 : r->end;
	r->number++;
	if (*from < *to && (*to)[-1] == '\r')
		--*to;
	trim(from, to);
	return true;
}

static bool clean(struct reader *r, const char *from, const char *to)
{
	for (; from < to; from++) {
		unsigned char c = (unsigned char)*from;

		if ((c >= ' ' && c != 0x7f) || c == '\t')
			continue;
		r->user->problem(
			r->user->arg, r->number,
			c == '\0' ? "a NUL byte: a pod file is text"
				  : arena_format(r->arena,
						 "a control byte (0x%02x): a pod file is text", c));
		return false;
	}
	return true;
}

/*
 * The next line as the file means it: physical lines that end in "\" joined, blank lines and
 * comments left out.  NULL at the end.  A line that is not text is reported and left out.
 */
static char *logical(struct reader *r, int *number)
{
	const char *from, *to;

	while (physical(r, &from, &to)) {
		size_t n = 0, room = (size_t)(to - from) + 1;
		bool ok = clean(r, from, to), joins;
		char *text;

		*number = r->number;
		if (from == to || *from == '#' || *from == ';' || !ok)
			continue;
		text = malloc(room);
		do {
			size_t more;
			char *grown;

			joins = to > from && to[-1] == '\\';
			more = (size_t)(to - from) - joins;
			grown = text ? realloc(text, n + more + 1) : NULL;
			if (!grown) {
				free(text);
				r->failed = true;
				return NULL;
			}
			text = grown;
			memcpy(text + n, from, more);
			n += more;
			text[n] = '\0';
		} while (joins && physical(r, &from, &to) && (ok = clean(r, from, to)));
		if (ok)
			return text;
		free(text);
	}
	return NULL;
}

/* Takes a logical line apart; false: it was neither a section nor a key, and is reported. */
static bool parse(struct reader *r, const char *text, int number)
{
	const char *end = text + strlen(text), *eq = strchr(text, '='), *from, *to;

	r->line = (struct line){.number = number};
	trim(&text, &end);
	if (*text == '[') {
		if (end[-1] != ']') {
			r->user->problem(r->user->arg, number,
					 "a section is [KIND NAME] on a line of its own; a comment "
					 "goes on its own line too");
			/* What was meant is clear all the same, and what follows belongs to it. */
			end = strchrnul(text, ']');
			end += *end == ']';
			if (end[-1] != ']')
				return false;
		}
		from = text + 1;
		to = end - 1;
		trim(&from, &to);
		r->line.section = arena_copy(r->arena, from, (size_t)(to - from));
		r->failed = !r->line.section;
		return !r->failed;
	}
	if (!eq || eq == text) {
		r->user->problem(r->user->arg, number,
				 eq ? "there is no key before the \"=\""
				    : "neither a [section] nor a line \"key = value\"");
		return false;
	}
	from = text;
	to = eq;
	trim(&from, &to);
	r->line.key = arena_copy(r->arena, from, (size_t)(to - from));
	from = eq + 1;
	to = end;
	trim(&from, &to);
	r->line.value = arena_copy(r->arena, from, (size_t)(to - from));
	r->failed = !r->line.key || !r->line.value;
	return !r->failed;
}

/*
 * libinih asks for a line.  It calls its handler for keys only, so a section is given in two: its
 * stand-in, and a key that stands for the section line itself.
 */
static char *next(char *out, int size, void *arg)
{
	struct reader *r = arg;
	char *text;
	int number;

	if (r->begin) {
		r->begin = false;
		snprintf(out, (size_t)size, "%d=%d\n", r->line.number, r->line.number);
		return out;
	}
	while (!r->failed && (text = logical(r, &number))) {
		bool ok = parse(r, text, number);

		free(text);
		if (!ok)
			continue;
		r->begin = r->line.section != NULL;
		snprintf(out, (size_t)size, r->begin ? "[%d]\n" : "%d=%d\n", number, number);
		return out;
	}
	return NULL;
}

static int handle(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;

	(void)section;
	(void)name;
	(void)value;
	if (r->line.section)
		r->user->section(r->user->arg, r->line.number, r->line.section);
	else
		r->user->key(r->user->arg, r->line.number, r->line.key, r->line.value);
	return 1;
}

int lines_read(const char *bytes, size_t n, struct arena *arena, const struct line_user *user)
{
	struct reader r = {.at = bytes, .end = bytes + n, .arena = arena, .user = user};

	/* A byte order mark, as some editors write it. */
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		r.at += 3;
	if (ini_parse_stream(next, &r, handle, &r) != 0)
		return -1;
	return r.failed ? -1 : 0;
}
