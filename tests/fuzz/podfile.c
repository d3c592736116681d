/* Any bytes as a pod file: either a spec that holds what it promises, or problems. */
#include <assert.h>
#include <string.h>

#include "config/caps.h"
#include "config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool climbs(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at += 2)
		if ((at == path || at[-1] == '/') && (at[2] == '/' || !at[2]))
			return true;
	return false;
}

static void check_resources(const struct resources_spec *r)
{
	assert(r->cpu_limit == -1 || (r->cpu_limit > 0 && r->cpu_request >= 0));
	assert(r->cpu_limit == -1 || r->cpu_request <= r->cpu_limit);
	assert(r->memory_limit == -1 || (r->memory_limit > 0 && r->memory_request >= 0));
	assert(r->memory_limit == -1 || r->memory_request <= r->memory_limit);
	assert(r->pids_limit == -1 || r->pids_limit > 0);
}

static void check_volumes(const struct pod_spec *spec)
{
	assert(spec->n_volumes <= VOLUME_MAX && spec->prepare >= (spec->n_volumes > 0));
	for (unsigned i = 0; i < spec->n_volumes; i++) {
		const struct volume_spec *v = &spec->volume[i];
		size_t bytes = 0;

		assert(v->kind == VOLUME_EMPTY_DIR || v->kind == VOLUME_FILES || *v->source);
		assert(v->size_limit >= 0 && v->mode <= 0777);
		for (unsigned j = 0; j < v->n_items; j++) {
			bytes += v->items[j].n;
			assert(v->items[j].name[0] != '/' && !climbs(v->items[j].name));
		}
		assert(bytes <= VOLUME_BYTES_MAX);
	}
}

static void check_contained(const struct pod_spec *spec, const struct ctr_spec *c)
{
	const struct security_spec *s = &c->security;

	assert(c->n_mounts <= MOUNT_MAX && c->message_path[0] == '/');
	for (unsigned i = 0; i < c->n_mounts; i++) {
		const struct mount_spec *m = &c->mount[i];

		assert(m->volume < spec->n_volumes);
		assert(m->path[0] == '/' && m->path[1] && !climbs(m->path));
		assert(!strstr(m->path, "//") && m->path[strlen(m->path) - 1] != '/');
		assert(!m->sub_path || (m->sub_path[0] != '/' && !climbs(m->sub_path) &&
					!strstr(m->sub_path, "//")));
	}
	assert(s->n_groups <= GROUPS_MAX && s->n_rlimits <= RLIMITS_MAX);
	assert(s->user != UINT32_MAX && s->group != UINT32_MAX);
	assert(((s->caps.add | s->caps.drop) & ~CAPS_ALL) == 0);
	assert((s->seccomp == SECCOMP_LOCALHOST) == (s->seccomp_profile != NULL));
	for (unsigned i = 0; i < s->n_rlimits; i++)
		assert(s->rlimits[i].soft <= s->rlimits[i].hard);
	check_resources(&c->resources);
}

static void check(const struct pod_spec *spec)
{
	unsigned mains = 0;

	check_volumes(spec);
	check_resources(&spec->resources);

	assert(spec->n > 0 && spec->n <= CTR_MAX && spec->name && spec->hostname);
	for (unsigned i = 0; i < spec->n; i++) {
		const struct ctr_spec *c = &spec->ctr[i];

		mains += c->kind == CTR_MAIN;
		assert(c->command.n > 0 && c->command.v[c->command.n] == NULL);
		assert(strlen(c->name) <= NAME_LEN_MAX);
		check_contained(spec, c);
		for (unsigned p = 0; p < PROBES; p++) {
			const struct probe_spec *s = &c->probe[p];

			if (s->handler.kind == HANDLER_NONE)
				continue;
			assert(s->period >= NSEC_PER_MS && s->timeout >= NSEC_PER_MS);
			assert(s->success_threshold > 0 && s->failure_threshold > 0);
			assert(s->handler.kind == HANDLER_EXEC ||
			       (s->handler.port > 0 && s->handler.host));
		}
	}
	assert(mains > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pod_spec spec;
	struct problems problems;
	char line[256];

	if (spec_parse(&spec, "/dir/fuzz.ini", (const char *)data, n, &problems) == 0) {
		assert(problems.n == 0);
		check(&spec);
	} else {
		assert(problems.n > 0);
		for (size_t i = 0; i < problems.n; i++)
			assert(problem_format(line, sizeof line, "fuzz.ini", &problems.v[i]) <
			       sizeof line);
	}
	spec_free(&spec);
	problems_free(&problems);
	return 0;
}
