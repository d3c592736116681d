#include "config/limits.h"

#include <string.h>
#include <sys/resource.h>

#include "config/arena.h"
#include "config/nearest.h"
#include "config/value.h"

static const struct {
	const char *name;
	int resource;
} rlimits[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},
	{"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE},
	{"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},
	{"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},
	{"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},
};

enum { RLIMITS = sizeof rlimits / sizeof *rlimits };

_Static_assert((int)RLIMITS <= (int)RLIMITS_MAX, "each can be given once");

static const char *rlimit_value(const char *text, uint64_t *out)
{
	int64_t v;

	if (strcmp(text, "unlimited") == 0) {
		*out = UINT64_MAX;
		return NULL;
	}
	if (value_count(text, &v))
		return "must be SOFT:HARD, or one for both: numbers, or unlimited";
	*out = (uint64_t)v;
	return NULL;
}

const char *rlimit_add(struct security_spec *s, const char *name, const char *text,
		       struct arena *arena)
{
	size_t n = strcspn(text, ":");
	const char *soft = arena_copy(arena, text, n), *hard = text[n] ? text + n + 1 : text;
	struct nearest near = {.text = name};
	struct rlimit_spec r = {.resource = -1};
	const char *wrong;

	if (!s->rlimits)
		s->rlimits = arena_alloc(arena, RLIMITS_MAX * sizeof *s->rlimits);
	if (!s->rlimits || !soft)
		return "no memory";
	for (unsigned i = 0; i < RLIMITS; i++) {
		if (strcmp(rlimits[i].name, name) == 0) {
			r.name = rlimits[i].name;
			r.resource = rlimits[i].resource;
		}
		nearest_try(&near, rlimits[i].name);
	}
	if (r.resource < 0)
		return near.best ? arena_format(arena, "no such limit: did you mean %s?", near.best)
				 : "no such limit: as, core, cpu, data, fsize, memlock, nofile, "
				   "nproc, stack, ... as in getrlimit(2)";
	wrong = rlimit_value(soft, &r.soft);
	if (!wrong)
		wrong = rlimit_value(hard, &r.hard);
	if (!wrong && r.soft > r.hard)
		wrong = "the soft limit is above the hard one: SOFT:HARD";
	/* One that is given twice was complained about. */
	if (!wrong && s->n_rlimits < RLIMITS_MAX)
		s->rlimits[s->n_rlimits++] = r;
	return wrong;
}

static bool plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

const char *sysctl_name(const char **out, const char *text, struct arena *arena)
{
	static const char form[] = "must be parts of a-z, 0-9, - and _ with dots between them";
	size_t n = strlen(text);
	char *copy = arena_copy(arena, text, n), first = text[strcspn(text, "./")];

	*out = copy;
	if (!copy)
		return "no memory";
	if (n == 0 || n > 253)
		return form;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		bool begins = i == 0 || strchr("./", text[i - 1]);
		bool ends = i + 1 == n || strchr("./", text[i + 1]);

		if (c == '.' || c == '/') {
			if (begins || i + 1 == n)
				return form;
			copy[i] = c == first ? '.' : '/';
		} else if (!plain(c) && (begins || ends || (c != '-' && c != '_'))) {
			return form;
		}
	}
	return NULL;
}
