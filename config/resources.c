/*
 * resources.c - requests and limits: defaults, and whether they fit together.
 */
#include <stddef.h>

#include "config/arena.h"
#include "config/finish.h"

/* What can be requested. */
static const struct {
	const char *request_key, *limit_key;
	size_t request, limit;
} kinds[] = {
	{"resources.requests.cpu", "resources.limits.cpu",
	 offsetof(struct resources_spec, cpu_request), offsetof(struct resources_spec, cpu_limit)},
	{"resources.requests.memory", "resources.limits.memory",
	 offsetof(struct resources_spec, memory_request),
	 offsetof(struct resources_spec, memory_limit)},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static int64_t *field(struct resources_spec *r, size_t at)
{
	return (int64_t *)(void *)((char *)r + at);
}

/* A limit of 0 is none, as in Kubernetes. */
static int64_t *limit(struct resources_spec *r, size_t at)
{
	int64_t *v = field(r, at);

	if (*v == 0)
		*v = -1;
	return v;
}

static int64_t sum(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

void draft_finish_resources(struct draft *d, struct ctr_draft *c)
{
	struct resources_spec *r = &c->spec.resources;

	limit(r, offsetof(struct resources_spec, pids_limit));
	for (unsigned i = 0; i < KINDS; i++) {
		int64_t *most = limit(r, kinds[i].limit), *asked = field(r, kinds[i].request);
		const int64_t *pod = limit(&d->spec.resources, kinds[i].limit);

		if (*asked < 0)
			*asked = *most;
		if (*most >= 0 && *asked > *most)
			draft_complain(d, &c->place, kinds[i].request_key,
				       "is more than the limit of the container");
		if (*pod >= 0 && *most > *pod)
			draft_complain(d, &c->place, kinds[i].limit_key,
				       "is more than the limit of the pod");
	}
}

/* What the containers request together: at any time the mains and sidecars run, or one init
   container and the sidecars before it.  -1: none of them requests anything. */
static int64_t requested(struct draft *d, size_t at)
{
	int64_t running = 0, most = 0;
	bool any = false;

	for (unsigned i = 0; i < d->n; i++) {
		int64_t own = *field(&d->ctr[i].spec.resources, at), now;

		any = any || own >= 0;
		now = sum(running, own < 0 ? 0 : own);
		if (d->ctr[i].spec.kind != CTR_INIT)
			running = now;
		most = now > most ? now : most;
	}
	return any ? most : -1;
}

void draft_finish_pod_resources(struct draft *d)
{
	struct resources_spec *r = &d->spec.resources;

	limit(r, offsetof(struct resources_spec, pids_limit));
	for (unsigned i = 0; i < KINDS; i++) {
		int64_t *most = limit(r, kinds[i].limit), *asked = field(r, kinds[i].request);
		int64_t all = requested(d, kinds[i].request);

		if (*asked >= 0 && *asked < all)
			draft_complain(d, &d->pod, kinds[i].request_key,
				       "is less than the containers request together");
		else if (*most >= 0 && *most < (*asked >= 0 ? *asked : all))
			draft_complain(d, &d->pod, kinds[i].limit_key,
				       *asked >= 0
					       ? "is less than the request of the pod"
					       : "is less than the containers request together");
		if (*asked < 0 && *most >= 0)
			*asked = all >= 0 ? all : *most;
	}
}

struct resources_spec draft_resources(const struct draft *d, const struct ctr_draft *c)
{
	struct resources_spec pod = d->spec.resources, own;

	if (!c)
		return pod;
	own = c->spec.resources;
	for (unsigned i = 0; i < KINDS; i++)
		if (*field(&own, kinds[i].limit) < 0)
			*field(&own, kinds[i].limit) = *limit(&pod, kinds[i].limit);
	return own;
}
