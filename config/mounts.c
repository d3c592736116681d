#include "config/mounts.h"

#include <string.h>

#include "config/arena.h"
#include "config/finish.h"
#include "config/nearest.h"
#include "config/paths.h"

#define OPTIONS "ro, subPath=PATH, propagation=None|HostToContainer|Bidirectional"
#define FORM    "must be volumeMounts.VOLUME = PATH[:OPTION,...] with the options " OPTIONS

/* ---- Reading one ---- */

static const char *read_propagation(struct mount_spec *m, const char *text)
{
	static const char *const words[] = {"None", "HostToContainer", "Bidirectional"};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], text) == 0) {
			m->propagation = (enum propagation)i;
			return NULL;
		}
	return "propagation must be None, HostToContainer or Bidirectional";
}

static const char *read_option(struct mount_spec *m, const char *text, struct arena *arena)
{
	const char *wrong;

	if (strcmp(text, "ro") == 0) {
		m->read_only = true;
		return NULL;
	}
	if (strncmp(text, "propagation=", 12) == 0)
		return read_propagation(m, text + 12);
	if (strncmp(text, "subPath=", 8) == 0) {
		wrong = path_below(&m->sub_path, text + 8, arena);
		return wrong ? arena_format(arena, "subPath %s", wrong) : NULL;
	}
	if (strncmp(text, "subPathExpr=", 12) == 0)
		return "podinit does not have subPathExpr: a pod file knows its paths, use subPath";
	if (strncmp(text, "recursiveReadOnly=", 18) == 0)
		return "podinit does not have recursiveReadOnly: use ro";
	return arena_format(arena, "there is no option \"%s\": the options are " OPTIONS, text);
}

/* What hides the machinery of a container is no place for a volume. */
static const char *check_place(const char *path)
{
	if (strcmp(path, "/") == 0)
		return "a volume cannot be the root: that is what rootfs is for";
	if (strncmp(path, "/proc", 5) == 0 && (path[5] == '/' || !path[5]))
		return "a volume cannot be in /proc: that is the kernel's account of the processes";
	return NULL;
}

const char *mount_add(struct draft *d, struct ctr_draft *c, const char *volume, const char *text)
{
	size_t n = strcspn(text, ":");
	const char *path = arena_copy(d->arena, text, n), *at = text + n, *wrong;
	struct mount_spec m = {.line = d->line};

	if (!c->mount)
		c->mount = arena_alloc(d->arena, MOUNT_MAX * sizeof *c->mount);
	if (!c->mount || !path)
		return "no memory";
	if (c->spec.n_mounts == MOUNT_MAX)
		return arena_format(d->arena, "a container has at most %d mounts", MOUNT_MAX);
	wrong = *path && !strchr(volume, '.') ? path_inside(&m.path, path, d->arena) : FORM;
	if (!wrong)
		wrong = check_place(m.path);
	while (!wrong && *at) {
		const char *option;

		n = strcspn(++at, ",");
		option = arena_copy(d->arena, at, n);
		at += n;
		wrong = option ? read_option(&m, option, d->arena) : "no memory";
	}
	if (!wrong)
		c->mount[c->spec.n_mounts++] = (struct mount_draft){m, volume};
	return wrong;
}

/* ---- All of a container ---- */

static void resolve(struct draft *d, const struct ctr_draft *c, struct mount_draft *m)
{
	const char *key = arena_format(d->arena, "volumeMounts.%s", m->volume);
	struct nearest n = {.text = m->volume};

	for (unsigned i = 0; i < d->n_volumes; i++) {
		if (strcmp(d->volume[i].spec.name, m->volume) == 0) {
			m->spec.volume = i;
			return;
		}
		nearest_try(&n, d->volume[i].spec.name);
	}
	draft_problem(
		d, m->spec.line, c->place.text, key,
		n.best ? arena_format(d->arena, "there is no such volume: did you mean %s?", n.best)
		       : arena_format(d->arena, "there is no such volume: it needs a [volume %s]",
				      m->volume));
}

void draft_finish_mounts(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;

	s->mount = arena_alloc(d->arena, s->n_mounts * sizeof *s->mount + 1);
	if (!s->mount) {
		d->failed = true;
		return;
	}
	for (unsigned i = 0; i < s->n_mounts; i++) {
		struct mount_draft *m = &c->mount[i];
		const char *key = arena_format(d->arena, "volumeMounts.%s", m->volume);

		resolve(d, c, m);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(c->mount[j].spec.path, m->spec.path) == 0)
				draft_problem(d, m->spec.line, c->place.text, key,
					      arena_format(d->arena, "line %d mounts another on %s",
							   c->mount[j].spec.line, m->spec.path));
		if (m->spec.propagation == PROPAGATION_BIDIRECTIONAL && !s->security.privileged)
			draft_problem(d, m->spec.line, c->place.text, key,
				      "Bidirectional needs securityContext.privileged = true");
		s->mount[i] = m->spec;
	}
}
