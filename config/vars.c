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

static int by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const char *vars_map(const struct pairs *map, struct arena *arena)
{
	struct pair *sorted = arena_alloc(arena, map->n * sizeof *sorted + 1);
	size_t room = 1;
	char *out, *to;

	for (size_t i = 0; i < map->n; i++)
		room += strlen(map->v[i].name) + 2 * strlen(map->v[i].value) + 4;
	out = to = arena_alloc(arena, room);
	if (!out || !sorted)
		return NULL;
	if (map->n)
		memcpy(sorted, map->v, map->n * sizeof *sorted);
	qsort(sorted, map->n, sizeof *sorted, by_name);
	for (size_t i = 0; i < map->n; i++) {
		to = stpcpy(stpcpy(to, sorted[i].name), "=\"");
		/* Of what Go would escape a pod file holds only these. */
		for (const char *at = sorted[i].value; *at; at++) {
			if (*at == '"' || *at == '\\' || *at == '\t')
				*to++ = '\\';
			*to++ = *at == '\t' ? 't' : *at;
		}
		to = stpcpy(to, i + 1 < map->n ? "\"\n" : "\"");
	}
	return out;
}

/* limits.cpu and the like; NULL with *out NULL: it is none of them. */
static const char *amount(const char **out, const char *from, const struct resources_spec *r,
			  struct arena *arena)
{
	const struct {
		const char *name;
		int64_t amount; /* -1: there is none */
		int64_t unit;   /* rounded up to whole ones, as in Kubernetes */
	} amounts[] = {
		{"limits.cpu", r->cpu_limit, 1000},
		{"limits.memory", r->memory_limit, 1},
		{"requests.cpu", r->cpu_request < 0 ? 0 : r->cpu_request, 1000},
		{"requests.memory", r->memory_request < 0 ? 0 : r->memory_request, 1},
	};

	for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
		int64_t n = amounts[i].amount, unit = amounts[i].unit;

		if (strcmp(from, amounts[i].name) != 0)
			continue;
		if (n < 0)
			return arena_format(arena, "there is no such limit: give resources.%s",
					    from);
		n = n / unit + (n % unit != 0);
		*out = arena_format(arena, "%lld", (long long)n);
		return *out ? NULL : "no memory";
	}
	return NULL;
}

const char *vars_downward(const char **out, const char *from, const struct pod_spec *spec,
			  const struct resources_spec *resources, struct arena *arena)
{
	static const struct {
		const char *prefix, *why;
	} refused[] = {
		{"metadata.namespace", "podinit does not have this: there is no cluster"},
		{"metadata.uid", "podinit does not have this: there is no cluster that gave one"},
		{"spec.", "podinit does not have this: there is no cluster to ask"},
		{"status.", "podinit does not have this: the pod's network is the one podinit "
			    "stands in"},
	};
	const char *name, *wrong;

	*out = NULL;
	wrong = amount(out, from, resources, arena);
	if (wrong)
		return wrong;
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
	return "must be metadata.name, metadata.labels['NAME'], metadata.annotations['NAME'], or "
	       "limits or requests with .cpu or .memory";
}
