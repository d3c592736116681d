/* Any bytes as a pod file: either a spec that holds what it promises, or problems. */
#include <assert.h>
#include <string.h>

#include "config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct pod_spec *spec)
{
	unsigned mains = 0;

	assert(spec->n > 0 && spec->n <= CTR_MAX && spec->name && spec->hostname);
	for (unsigned i = 0; i < spec->n; i++) {
		const struct ctr_spec *c = &spec->ctr[i];

		mains += c->kind == CTR_MAIN;
		assert(c->command.n > 0 && c->command.v[c->command.n] == NULL);
		assert(strlen(c->name) <= NAME_LEN_MAX);
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
