#include "config/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/arena.h"

const char *path_here(struct draft *d, const char *path)
{
	const char *slash = strrchr(d->path, '/');
	char *cwd, *out;

	if (path[0] == '/')
		return path;
	if (d->path[0] == '/')
		return arena_format(d->arena, "%.*s/%s", (int)(slash - d->path), d->path, path);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	out = slash ? arena_format(d->arena, "%s/%.*s/%s", cwd, (int)(slash - d->path), d->path,
				   path)
		    : arena_format(d->arena, "%s/%s", cwd, path);
	free(cwd);
	return out;
}

const char *path_source(struct draft *d, const char *source)
{
	static const char *const tags[] = {"LABEL=", "UUID=", "PARTLABEL=", "PARTUUID="};

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (strncmp(source, tags[i], strlen(tags[i])) == 0)
			return source;
	return path_here(d, source);
}

bool path_climbs(const char *text)
{
	for (const char *at = text; *at; at += *at == '/') {
		size_t n = strcspn(at, "/");

		if (n == 2 && at[0] == '.' && at[1] == '.')
			return true;
		at += n;
	}
	return false;
}

/* Writes `text` with a "/" before each component, and without "." and "//". */
static char *in_few_words(char *to, const char *text)
{
	for (const char *at = text + strspn(text, "/"); *at; at += strspn(at, "/")) {
		size_t n = strcspn(at, "/");

		if (!(n == 1 && *at == '.')) {
			*to++ = '/';
			memcpy(to, at, n);
			to += n;
		}
		at += n;
	}
	return to;
}

const char *path_inside(const char **out, const char *text, struct arena *arena)
{
	char *to = arena_alloc(arena, strlen(text) + 2);

	if (!to)
		return "no memory";
	*out = to;
	if (*text != '/')
		return "must be an absolute path: it is in the container";
	if (path_climbs(text))
		return "must have no \"..\"";
	if (strlen(text) >= PATH_MAX)
		return "is longer than a path can be";
	if (in_few_words(to, text) == to)
		*to = '/';
	return NULL;
}

const char *path_below(const char **out, const char *text, struct arena *arena)
{
	char *to = arena_alloc(arena, strlen(text) + 3);

	if (!to)
		return "no memory";
	if (!*text)
		return "must not be empty";
	if (*text == '/')
		return "must be a relative path: it is in the volume";
	if (path_climbs(text))
		return "must have no \"..\"";
	if (strlen(text) >= PATH_MAX)
		return "is longer than a path can be";
	if (in_few_words(to, text) == to)
		memcpy(to, "/.", 2);
	*out = to + 1;
	return NULL;
}
