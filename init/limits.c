#include "init/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const controller_names[CONTROLLERS] = {
	[CONTROL_CPU] = "cpu", [CONTROL_MEMORY] = "memory", [CONTROL_PIDS] = "pids"};

/* The period of cpu.max in microseconds, and the least quota the kernel takes. */
enum { CPU_PERIOD = 100000, CPU_QUOTA_MIN = 1000 };

/* Ten million CPUs: beyond it the kernel would refuse the quota, and the products would overflow.
   A limit that no machine can reach is none. */
#define MILLI_MAX INT64_C(10000000000)

/* The kernel never has more tasks than this, and refuses a pids.max beyond it. */
#define TASKS_MAX (sizeof(long) > 4 ? INT64_C(4194304) : INT64_C(32768))

enum { SHARES_MIN = 2, SHARES_MAX = 262144 };

/* ---- The sums of a pod ---- */

/* One of the quantities of a resources_spec. */
typedef int64_t quantity(const struct resources_spec *r);

/* The parser has filled a request that was not given in; a structure made by hand may not have. */
static int64_t cpu_request(const struct resources_spec *r)
{
	return r->cpu_request >= 0 ? r->cpu_request : r->cpu_limit;
}

static int64_t cpu_limit(const struct resources_spec *r)
{
	return r->cpu_limit;
}

static int64_t memory_request(const struct resources_spec *r)
{
	return r->memory_request >= 0 ? r->memory_request : r->memory_limit;
}

static int64_t memory_limit(const struct resources_spec *r)
{
	return r->memory_limit;
}

static int64_t pids_limit(const struct resources_spec *r)
{
	return r->pids_limit;
}

static int64_t positive(int64_t q)
{
	return q > 0 ? q : 0;
}

static int64_t clamp(int64_t q, int64_t least, int64_t most)
{
	return q < least ? least : q > most ? most : q;
}

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, positive(b), &sum) ? INT64_MAX : sum;
}

/*
 * What all containers together ask for.  Main containers and sidecars run at the same time; an init
 * container runs beside the sidecars that stand before it, and with nobody else.
 */
static int64_t sum_of_ctrs(const struct pod_spec *spec, quantity *of)
{
	int64_t sum = 0, peak = 0;

	for (unsigned i = 0; i < spec->n; i++) {
		int64_t q = of(&spec->ctr[i].resources);

		if (spec->ctr[i].kind != CTR_INIT)
			sum = add(sum, q);
		else if (add(sum, q) > peak)
			peak = add(sum, q);
	}
	return sum > peak ? sum : peak;
}

/* What the pod's own section says wins. */
static int64_t pod_request(const struct pod_spec *spec, quantity *of)
{
	int64_t own = of(&spec->resources);

	return own > 0 ? own : sum_of_ctrs(spec, of);
}

/* 0: no limit.  A container without one makes the sum of the others meaningless. */
static int64_t pod_limit(const struct pod_spec *spec, quantity *of)
{
	int64_t own = of(&spec->resources);

	if (own > 0)
		return own;
	for (unsigned i = 0; i < spec->n; i++)
		if (of(&spec->ctr[i].resources) <= 0)
			return 0;
	return sum_of_ctrs(spec, of);
}

/* ---- cpu.weight ---- */

unsigned limits_shares(int64_t milli)
{
	int64_t shares = milli > MILLI_MAX ? SHARES_MAX : positive(milli) * 1024 / 1000;

	return (unsigned)clamp(shares, SHARES_MIN, SHARES_MAX);
}

/* log2(n) for n >= 1: what is behind the point a bit at a time, as squaring doubles a logarithm. */
static double log_2(unsigned n)
{
	int whole = 31 - __builtin_clz(n);
	double x = n / (double)(1U << whole), l = whole, bit = 1;

	for (int i = 0; i < 48; i++) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			l += bit;
		}
	}
	return l;
}

/* 10^x for 0 <= x <= 4: the series of e^(x ln 10), which after 60 terms has nothing to add. */
static double power_of_10(double x)
{
	double t = 1, sum = 1;

	for (int i = 1; i < 60; i++) {
		t *= x * 2.302585092994045684 / i;
		sum += t;
	}
	return sum;
}

/*
 * The curve through 2 -> 1, 1024 -> 100 and 262144 -> 10000 that runc (1.3.2) and crun (1.23) came
 * to; the straight line they had before gave one CPU a weight of 39, less than half of what a
 * process outside has.  The libc's log2() and pow() would be the largest functions of the program,
 * for this alone.  These are exact to ten digits after the point; no value but the three above is
 * nearer to a whole number than five.
 */
unsigned limits_weight(unsigned shares)
{
	double l, w;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return 10000;
	l = log_2(shares);
	w = power_of_10((l * l + 125 * l) / 612 - 7.0 / 34) - 1e-8;
	return (unsigned)w + 1;
}

/* ---- The files ---- */

static void text_number(char *text, size_t size, int64_t n, int64_t max)
{
	if (n <= 0 || n > max)
		snprintf(text, size, "max");
	else
		snprintf(text, size, "%" PRId64, n);
}

struct amounts {
	int64_t cpu_request, cpu_limit, memory_limit, pids_limit;
};

static void put_weight(char *text, size_t size, const struct amounts *a)
{
	snprintf(text, size, "%u", limits_weight(limits_shares(a->cpu_request)));
}

static void put_quota(char *text, size_t size, const struct amounts *a)
{
	char quota[24];
	int64_t us = a->cpu_limit > MILLI_MAX ? 0 : a->cpu_limit * (CPU_PERIOD / 1000);

	text_number(quota, sizeof quota, us > 0 && us < CPU_QUOTA_MIN ? CPU_QUOTA_MIN : us,
		    INT64_MAX);
	snprintf(text, size, "%s %d", quota, CPU_PERIOD);
}

static void put_memory(char *text, size_t size, const struct amounts *a)
{
	text_number(text, size, a->memory_limit, INT64_MAX);
}

static void put_zero(char *text, size_t size, const struct amounts *a)
{
	(void)a;
	snprintf(text, size, "0");
}

static void put_one(char *text, size_t size, const struct amounts *a)
{
	(void)a;
	snprintf(text, size, "1");
}

static void put_pids(char *text, size_t size, const struct amounts *a)
{
	text_number(text, size, a->pids_limit, TASKS_MAX);
}

static const struct {
	const char *file;
	enum controller controller;
	bool optional; /* a kernel without swap has no memory.swap.max */
	bool ctr_only; /* the pod is no unit of either: its containers are */
	void (*put)(char *text, size_t size, const struct amounts *a);
} files[] = {
	{"cpu.weight", CONTROL_CPU, false, false, put_weight},
	{"cpu.max", CONTROL_CPU, false, false, put_quota},
	{"memory.max", CONTROL_MEMORY, false, false, put_memory},
	{"memory.swap.max", CONTROL_MEMORY, true, true, put_zero},
	{"memory.oom.group", CONTROL_MEMORY, false, true, put_one},
	{"pids.max", CONTROL_PIDS, false, false, put_pids},
};

static void fill(struct limits *out, const struct amounts *a, unsigned controllers, bool ctr)
{
	out->n = 0;
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		struct limit *l = &out->v[out->n];

		if (!(controllers & 1U << files[i].controller) || (files[i].ctr_only && !ctr))
			continue;
		l->file = files[i].file;
		l->optional = files[i].optional;
		files[i].put(l->text, sizeof l->text, a);
		out->n++;
	}
}

void limits_of_ctr(struct limits *out, const struct pod_spec *spec, unsigned ctr,
		   unsigned controllers)
{
	const struct resources_spec *r = &spec->ctr[ctr].resources;
	struct amounts a = {cpu_request(r), r->cpu_limit, r->memory_limit, r->pids_limit};

	fill(out, &a, controllers, true);
}

void limits_of_pod(struct limits *out, const struct pod_spec *spec, unsigned controllers)
{
	struct amounts a = {
		.cpu_request = pod_request(spec, cpu_request),
		.cpu_limit = pod_limit(spec, cpu_limit),
		.memory_limit = pod_limit(spec, memory_limit),
		/* Kubernetes has a limit of its own for the pod here, and none for a container. */
		.pids_limit = spec->resources.pids_limit,
	};

	fill(out, &a, controllers, false);
}

/* ---- Who asked ---- */

/* A request for memory is a matter of oom_score_adj alone. */
static const struct {
	const char *key;
	enum controller controller;
	quantity *of;
} keys[] = {
	{"resources.limits.cpu", CONTROL_CPU, cpu_limit},
	{"resources.requests.cpu", CONTROL_CPU, cpu_request},
	{"resources.limits.memory", CONTROL_MEMORY, memory_limit},
	{"resources.limits.pids", CONTROL_PIDS, pids_limit},
};

/* The one key of it that asks for the controller, or NULL; a limit is its own request. */
static const char *asks(const struct resources_spec *r, enum controller controller)
{
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].controller == controller && keys[i].of(r) > 0)
			return keys[i].key;
	return NULL;
}

unsigned limits_need(const struct pod_spec *spec)
{
	unsigned need = 0;

	for (unsigned c = 0; c < CONTROLLERS; c++) {
		if (asks(&spec->resources, (enum controller)c))
			need |= 1U << c;
		for (unsigned i = 0; i < spec->n; i++)
			if (asks(&spec->ctr[i].resources, (enum controller)c))
				need |= 1U << c;
	}
	return need;
}

const char *limits_key(char *buf, size_t size, const struct pod_spec *spec,
		       enum controller controller, unsigned n)
{
	const char *key = asks(&spec->resources, controller);

	if (key && n-- == 0) {
		snprintf(buf, size, "[pod] %s", key);
		return buf;
	}
	for (unsigned i = 0; i < spec->n; i++) {
		key = asks(&spec->ctr[i].resources, controller);
		if (key && n-- == 0) {
			snprintf(buf, size, "[%s %s] %s", ctr_section(&spec->ctr[i]),
				 spec->ctr[i].name, key);
			return buf;
		}
	}
	return NULL;
}

/* ---- oom_score_adj ---- */

static bool asks_any(const struct resources_spec *r)
{
	return cpu_request(r) > 0 || cpu_limit(r) > 0 || memory_request(r) > 0 ||
	       memory_limit(r) > 0;
}

static bool asks_all(const struct resources_spec *r)
{
	return cpu_limit(r) > 0 && memory_limit(r) > 0 && cpu_request(r) == cpu_limit(r) &&
	       memory_request(r) == memory_limit(r);
}

enum qos limits_qos(const struct pod_spec *spec)
{
	bool any = false, all = true;

	/* Where the pod speaks for itself, its containers are not asked. */
	if (asks_any(&spec->resources))
		return asks_all(&spec->resources) ? QOS_GUARANTEED : QOS_BURSTABLE;
	for (unsigned i = 0; i < spec->n; i++) {
		any = any || asks_any(&spec->ctr[i].resources);
		all = all && asks_all(&spec->ctr[i].resources);
	}
	return !any ? QOS_BEST_EFFORT : all ? QOS_GUARANTEED : QOS_BURSTABLE;
}

/* What the pod asks for beyond its containers counts for each of them alike. */
static int64_t share_of_rest(const struct pod_spec *spec)
{
	int64_t rest = memory_request(&spec->resources) - sum_of_ctrs(spec, memory_request);
	unsigned n = 0;

	for (unsigned i = 0; i < spec->n; i++)
		n += spec->ctr[i].kind != CTR_INIT;
	return rest > 0 && n > 0 ? rest / n : 0;
}

static int score(int64_t request, int64_t capacity)
{
	if (request >= capacity)
		return 0;
	/* The quotient is below 1000; the product fits below nine million gigabytes. */
	return 1000 - (int)(request > INT64_MAX / 1000 ? request / (capacity / 1000)
						       : request * 1000 / capacity);
}

int limits_oom_score(const struct pod_spec *spec, unsigned ctr, int64_t capacity)
{
	enum { GUARANTEED = -997, BEST_EFFORT = 1000 };
	int64_t rest = share_of_rest(spec), request, least = INT64_MAX;

	switch (limits_qos(spec)) {
	case QOS_GUARANTEED: return GUARANTEED;
	case QOS_BEST_EFFORT: return BEST_EFFORT;
	case QOS_BURSTABLE: break;
	}
	request = add(rest, memory_request(&spec->ctr[ctr].resources));
	/* A sidecar is not to go before the containers it serves. */
	if (spec->ctr[ctr].kind == CTR_SIDECAR) {
		for (unsigned i = 0; i < spec->n; i++) {
			int64_t q = positive(memory_request(&spec->ctr[i].resources));

			if (spec->ctr[i].kind == CTR_MAIN && q < least)
				least = q;
		}
		least = add(rest, least == INT64_MAX ? 0 : least);
		request = request > least ? request : least;
	}
	/* A guaranteed container that fills the machine counts as 1000 - 997. */
	return (int)clamp(score(request, capacity), BEST_EFFORT + GUARANTEED, BEST_EFFORT - 1);
}
