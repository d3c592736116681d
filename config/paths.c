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
	for (const char *at = text; *at;) {
		size_t n = strcspn(++at, "/");

		if (n > 0 && !(n == 1 && *at == '.')) {
			*to++ = '/';
			memcpy(to, at, n);
			to += n;
		}
		at += n;
	}
	if (to == *out)
		*to = '/';
	return NULL;
}

const char *path_below(const char *text)
{
	if (!*text)
		return "must not be empty";
	if (*text == '/')
		return "must be a relative path: it is in the volume";
	if (path_climbs(text))
		return "must have no \"..\"";
	return strlen(text) < PATH_MAX ? NULL : "is longer than a path can be";
}
