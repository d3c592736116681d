#include "config/words.h"

#include <string.h>

#include "config/arena.h"

#define COMMENT "a comment stands on a line of its own: quote the value, or move the comment"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool begins_comment(const char *text, const char *at)
{
	return (*at == ';' || *at == '#') && (at == text || is_blank(at[-1]));
}

/* Inside double quotes a backslash quotes only what is special there. */
static bool escapes(const char *at)
{
	return at[0] == '\\' && at[1] && strchr("\"\\$`", at[1]);
}

/* Copies the quoted part that begins at *at, and moves it behind the closing quote. */
static const char *take_quoted(const char **at, char **out)
{
	char quote = *(*at)++;

	while (**at && **at != quote) {
		if (quote == '"' && escapes(*at))
			++*at;
		*(*out)++ = *(*at)++;
	}
	if (!**at)
		return quote == '"' ? "a \" is not closed" : "a ' is not closed";
	++*at;
	return NULL;
}

static const char *operator_message(char c, struct arena *arena)
{
	return arena_format(
		arena,
		"an unquoted %c: no shell runs here. Quote it, or name the shell: sh -c "
		"\"...\"",
		c);
}

/* One word from *at; its text goes to *out, which has room for all of the text. */
static const char *take_word(const char *text, const char **at, char **out, struct arena *arena)
{
	while (**at && !is_blank(**at)) {
		const char *problem = NULL;

		if (begins_comment(text, *at))
			return COMMENT;
		if (strchr(";|&<>`", **at))
			return operator_message(**at, arena);
		if (**at == '\'' || **at == '"') {
			problem = take_quoted(at, out);
		} else if (**at == '\\') {
			++*at;
			if (!**at)
				return "a \\ at the end quotes nothing";
			*(*out)++ = *(*at)++;
		} else {
			*(*out)++ = *(*at)++;
		}
		if (problem)
			return problem;
	}
	*(*out)++ = '\0';
	return NULL;
}

const char *words_split(struct words *w, const char *text, struct arena *arena)
{
	size_t len = strlen(text), room = len / 2 + 2;
	char *out = arena_alloc(arena, len + room);
	const char *at = text;

	room = room < WORDS_MAX + 1 ? room : WORDS_MAX + 1;
	w->v = arena_alloc(arena, room * sizeof *w->v);
	w->n = 0;
	if (!out || !w->v)
		return "no memory";
	for (;;) {
		const char *problem;
		bool json;

		while (is_blank(*at))
			at++;
		if (!*at)
			return NULL;
		if (w->n >= WORDS_MAX)
			return arena_format(arena, "more than %d words", WORDS_MAX);
		w->v[w->n++] = out;
		json = w->n == 1 && at[0] == '[' && (at[1] == '"' || at[1] == '\'');
		problem = take_word(text, &at, &out, arena);
		if (json)
			problem = "a list is words with blanks between them, as a shell takes "
				  "them, and not JSON: sh -c \"...\"";
		if (problem)
			return problem;
	}
}

const char *words_single(const char **out, const char *text, struct arena *arena)
{
	size_t n = strlen(text);
	char *copy, *to;

	if (n < 2 || text[0] != text[n - 1] || (text[0] != '"' && text[0] != '\'')) {
		for (const char *at = text; *at; at++)
			if (at > text && begins_comment(text, at))
				return COMMENT;
		*out = arena_copy(arena, text, n);
		return *out ? NULL : "no memory";
	}
	copy = to = arena_copy(arena, text + 1, n - 2);
	if (!copy)
		return "no memory";
	if (text[0] == '"') {
		for (const char *at = copy; *at;) {
			if (at[0] == '\\' && (at[1] == '"' || at[1] == '\\'))
				at++;
			*to++ = *at++;
		}
		*to = '\0';
	}
	*out = copy;
	return NULL;
}
