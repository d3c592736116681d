#include "config/vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/file.h"
#include "config/value.h"

const char *vars_add(struct vars *vars, const char *name, const char *value, bool literal,
		     struct arena *arena)
{
	if ((vars->n & (vars->n - 1)) == 0) {
		size_t room = vars->n ? vars->n * 2 : 1;
		struct var *v = arena_alloc(arena, room * sizeof *v);

		if (!v)
			return "no memory";
		if (vars->n)
			memcpy(v, vars->v, vars->n * sizeof *v);
		vars->v = v;
	}
	vars->v[vars->n++] = (struct var){name, value, literal};
	return NULL;
}

/* ---- Files ---- */

/* The text of a file, or NULL with *wrong. */
static char *text_of(const char *path, struct arena *arena, const char **wrong)
{
	char *bytes, *text = NULL;
	size_t n;
	int err = file_read(&bytes, &n, path, ENV_FILE_MAX);

	*wrong = NULL;
	if (err == EFBIG)
		*wrong = arena_format(arena, "%s is larger than %d bytes", path, ENV_FILE_MAX);
	else if (err)
		*wrong = arena_format(arena, "%s: %s", path, strerror(err));
	else if (memchr(bytes, '\0', n))
		*wrong = arena_format(arena, "%s holds a NUL byte: it is no text", path);
	else if (!(text = arena_copy(arena, bytes, n)))
		*wrong = "no memory";
	free(bytes);
	return text;
}

static const char *add_line(struct vars *out, char *line, struct arena *arena)
{
	char *eq;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return NULL;
	eq = strchr(line, '=');
	if (!eq)
		return "must be NAME=value";
	*eq = '\0';
	return value_env_name(line) ? "the name of a variable must be printable ASCII"
				    : vars_add(out, line, eq + 1, false, arena);
}

const char *vars_of_file(struct vars *out, const char *path, struct arena *arena)
{
	const char *wrong;
	char *line = text_of(path, arena, &wrong);

	for (int number = 1; line; number++) {
		char *end = strchr(line, '\n'), *next = end ? end + 1 : NULL;

		if (end)
			*end = '\0';
		else
			end = line + strlen(line);
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		wrong = add_line(out, line, arena);
		if (wrong)
			return arena_format(arena, "%s:%d: %s", path, number, wrong);
		line = next;
	}
	return wrong;
}

/* ---- The downward API ---- */

/* metadata.labels['k']: what stands between the quotes, or NULL. */
static const char *subscript(const char *from, const char *map, struct arena *arena)
{
	size_t n = strlen(map), len = strlen(from);

	if (len < n + 4 || strncmp(from, map, n) != 0 || strncmp(from + n, "['", 2) != 0 ||
	    strcmp(from + len - 2, "']") != 0)
		return NULL;
	return arena_copy(arena, from + n + 2, len - n - 4);
}

/* As in Kubernetes a label that is not there is empty. */
static const char *look(const struct pairs *map, const char *name)
{
	const char *value = "";

	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->v[i].name, name) == 0)
			value = map->v[i].value;
	return value;
}

const char *vars_downward(const char **out, const char *from, const struct pod_spec *spec,
			  struct arena *arena)
{
	static const struct {
		const char *prefix, *why;
	} refused[] = {
		{"limits.", "not supported yet: nor are resources"},
		{"requests.", "not supported yet: nor are resources"},
		{"metadata.namespace", "podinit does not have this: there is no cluster"},
		{"metadata.uid", "podinit does not have this: there is no cluster that gave one"},
		{"spec.", "podinit does not have this: there is no cluster to ask"},
		{"status.", "podinit does not have this: the pod's network is the one podinit "
			    "stands in"},
	};
	const char *name;

	*out = NULL;
	if (strcmp(from, "metadata.name") == 0)
		*out = spec->name;
	else if ((name = subscript(from, "metadata.labels", arena)))
		*out = look(&spec->labels, name);
	else if ((name = subscript(from, "metadata.annotations", arena)))
		*out = look(&spec->annotations, name);
	if (*out)
		return NULL;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strncmp(from, refused[i].prefix, strlen(refused[i].prefix)) == 0)
			return refused[i].why;
	return "must be metadata.name, metadata.labels['NAME'] or metadata.annotations['NAME']";
}
