/* What resources mean to the kernel: interface files and oom_score_adj. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "init/limits.h"

#define MI (INT64_C(1) << 20)
#define GI (INT64_C(1) << 30)

enum { ALL = (1 << CONTROLLERS) - 1 };

/* A pod of up to four containers, without resources. */
static struct ctr_spec ctrs[4];

static struct resources_spec none(void)
{
	return (struct resources_spec){-1, -1, -1, -1, -1};
}

static struct pod_spec pod_of(unsigned n, const enum ctr_kind *kinds)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	memset(ctrs, 0, sizeof ctrs);
	for (unsigned i = 0; i < n; i++) {
		ctrs[i].name = names[i];
		ctrs[i].kind = kinds[i];
		ctrs[i].resources = none();
	}
	return (struct pod_spec){.name = "pod", .ctr = ctrs, .n = n, .resources = none()};
}

static struct pod_spec pod_of_mains(unsigned n)
{
	static const enum ctr_kind mains[] = {CTR_MAIN, CTR_MAIN, CTR_MAIN, CTR_MAIN};

	return pod_of(n, mains);
}

static const char *text_of(const struct limits *l, const char *file)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->v[i].file, file) == 0)
			return l->v[i].text;
	return "(not written)";
}

static const char *ctr_text(const struct pod_spec *spec, unsigned ctr, const char *file)
{
	static struct limits l;

	limits_of_ctr(&l, spec, ctr, ALL);
	return text_of(&l, file);
}

static const char *pod_text(const struct pod_spec *spec, const char *file)
{
	static struct limits l;

	limits_of_pod(&l, spec, ALL);
	return text_of(&l, file);
}

static void test_shares(void **state)
{
	/* Proves: K8s 8.5.1 */
	(void)state;
	assert_int_equal(limits_shares(-1), 2);
	assert_int_equal(limits_shares(0), 2);
	assert_int_equal(limits_shares(1), 2);
	assert_int_equal(limits_shares(100), 102);
	assert_int_equal(limits_shares(250), 256);
	assert_int_equal(limits_shares(1000), 1024);
	assert_int_equal(limits_shares(256000), 262144);
	assert_int_equal(limits_shares(300000), 262144);
	assert_int_equal(limits_shares(INT64_MAX), 262144);
}

static void test_weights_are_the_check_values(void **state)
{
	/* Proves: K8s 8.5.2, 8.5.3 */
	static const unsigned cases[][2] = {
		{2, 1},          {102, 17},   {256, 35},   {512, 59},
		{1024, 100},     {2048, 174}, {4096, 303}, {65536, 3023},
		{262144, 10000}, {0, 1},      {1, 1},      {1 << 20, 10000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(limits_weight(cases[i][0]), cases[i][1]);
}

static void test_every_weight_is_the_formula(void **state)
{
	/* Proves: K8s 8.5.2 */
	(void)state;
	for (unsigned shares = 3; shares < 262144; shares++) {
		double l = log2(shares), w = ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34));

		if (limits_weight(shares) != (unsigned)w)
			fail_msg("%u shares: %u, not %.0f", shares, limits_weight(shares), w);
	}
}

static void test_cpu_of_a_container(void **state)
{
	/* Proves: K8s 8.5.1, 8.5.5 */
	static const struct {
		int64_t request, limit;
		const char *weight, *max;
	} cases[] = {
		{-1, -1, "1", "max 100000"},
		{0, 0, "1", "max 100000"},
		{100, -1, "17", "max 100000"},
		{-1, 250, "35", "25000 100000"},
		{100, 250, "17", "25000 100000"},
		{1000, 1500, "100", "150000 100000"},
		{1, 1, "1", "1000 100000"},
		{10, 10, "4", "1000 100000"},
		{11, 11, "4", "1100 100000"},
		{INT64_MAX, INT64_MAX, "10000", "max 100000"},
		/* The kernel takes up to 2^44 - 1 microseconds. */
		{-1, INT64_C(10000000000), "10000", "1000000000000 100000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pod_spec spec = pod_of_mains(1);

		ctrs[0].resources.cpu_request = cases[i].request;
		ctrs[0].resources.cpu_limit = cases[i].limit;
		assert_string_equal(ctr_text(&spec, 0, "cpu.weight"), cases[i].weight);
		assert_string_equal(ctr_text(&spec, 0, "cpu.max"), cases[i].max);
	}
}

static void test_memory_and_pids_of_a_container(void **state)
{
	/* Proves: K8s 8.5.6, 8.5.7 */
	struct pod_spec spec = pod_of_mains(2);

	(void)state;
	ctrs[0].resources.memory_limit = 64 * MI;
	ctrs[0].resources.pids_limit = 100;
	assert_string_equal(ctr_text(&spec, 0, "memory.max"), "67108864");
	assert_string_equal(ctr_text(&spec, 0, "memory.swap.max"), "0");
	assert_string_equal(ctr_text(&spec, 0, "memory.oom.group"), "1");
	assert_string_equal(ctr_text(&spec, 0, "pids.max"), "100");
	assert_string_equal(ctr_text(&spec, 1, "memory.max"), "max");
	assert_string_equal(ctr_text(&spec, 1, "memory.swap.max"), "0");
	assert_string_equal(ctr_text(&spec, 1, "memory.oom.group"), "1");
	assert_string_equal(ctr_text(&spec, 1, "pids.max"), "max");
	/* Zero is none, and so is what the kernel would not take. */
	ctrs[0].resources.memory_limit = 0;
	ctrs[0].resources.pids_limit = INT64_MAX;
	assert_string_equal(ctr_text(&spec, 0, "memory.max"), "max");
	assert_string_equal(ctr_text(&spec, 0, "pids.max"), "max");
	ctrs[0].resources.memory_limit = INT64_MAX;
	assert_string_equal(ctr_text(&spec, 0, "memory.max"), "9223372036854775807");
}

static void test_only_files_of_the_controllers_that_are_there(void **state)
{
	struct pod_spec spec = pod_of_mains(1);
	struct limits l;

	(void)state;
	limits_of_ctr(&l, &spec, 0, 0);
	assert_int_equal(l.n, 0);
	limits_of_ctr(&l, &spec, 0, 1U << CONTROL_PIDS);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].file, "pids.max");
	limits_of_ctr(&l, &spec, 0, ALL);
	assert_int_equal(l.n, 6);
	limits_of_pod(&l, &spec, ALL);
	assert_int_equal(l.n, 4);
	/* Only a kernel without swap may lack one. */
	limits_of_ctr(&l, &spec, 0, ALL);
	for (unsigned i = 0; i < l.n; i++)
		assert_int_equal(l.v[i].optional, strcmp(l.v[i].file, "memory.swap.max") == 0);
}

static void test_the_pods_request_is_the_larger_sum(void **state)
{
	/* Proves: K8s 8.5.9 */
	static const enum ctr_kind kinds[] = {CTR_INIT, CTR_SIDECAR, CTR_INIT, CTR_MAIN};
	static const struct {
		int64_t request[4];
		int64_t sum;
	} cases[] = {
		{{-1, -1, -1, 500}, 500},
		{{100, 200, 300, 500}, 700},   /* side + main */
		{{100, 200, 900, 500}, 1100},  /* the second init beside the sidecar */
		{{1500, 200, 900, 500}, 1500}, /* the first init, before the sidecar */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pod_spec spec = pod_of(4, kinds);
		char text[24];

		for (unsigned c = 0; c < 4; c++)
			ctrs[c].resources.cpu_request = cases[i].request[c];
		snprintf(text, sizeof text, "%u", limits_weight(limits_shares(cases[i].sum)));
		assert_string_equal(pod_text(&spec, "cpu.weight"), text);
		/* With limits alike the same sums. */
		for (unsigned c = 0; c < 4; c++)
			ctrs[c].resources.memory_limit = cases[i].request[c] * MI;
		snprintf(text, sizeof text, "%lld", (long long)cases[i].sum * MI);
		assert_string_equal(pod_text(&spec, "memory.max"), i == 0 ? "max" : text);
	}
}

static void test_the_pods_limit_takes_one_of_every_container(void **state)
{
	/* Proves: K8s 8.5.9 */
	static const enum ctr_kind kinds[] = {CTR_INIT, CTR_MAIN, CTR_MAIN};
	struct pod_spec spec = pod_of(3, kinds);

	(void)state;
	assert_string_equal(pod_text(&spec, "cpu.weight"), "1");
	assert_string_equal(pod_text(&spec, "cpu.max"), "max 100000");
	assert_string_equal(pod_text(&spec, "memory.max"), "max");
	ctrs[1].resources.memory_limit = ctrs[2].resources.memory_limit = 10 * MI;
	ctrs[1].resources.cpu_limit = ctrs[2].resources.cpu_limit = 300;
	assert_string_equal(pod_text(&spec, "memory.max"), "max");
	assert_string_equal(pod_text(&spec, "cpu.max"), "max 100000");
	ctrs[0].resources.memory_limit = 30 * MI;
	assert_string_equal(pod_text(&spec, "memory.max"), "31457280");
	ctrs[0].resources.cpu_limit = 100;
	assert_string_equal(pod_text(&spec, "cpu.max"), "60000 100000");
	ctrs[1].resources.memory_limit = ctrs[2].resources.memory_limit = INT64_MAX;
	assert_string_equal(pod_text(&spec, "memory.max"), "9223372036854775807");
}

static void test_what_the_pod_says_wins(void **state)
{
	/* Proves: K8s 8.5.9, 8.5.10 */
	struct pod_spec spec = pod_of_mains(2);

	(void)state;
	ctrs[0].resources.memory_limit = 10 * MI;
	ctrs[0].resources.cpu_limit = 2000;
	ctrs[0].resources.pids_limit = 7;
	spec.resources.memory_limit = 100 * MI;
	spec.resources.cpu_limit = 1000;
	assert_string_equal(pod_text(&spec, "memory.max"), "104857600");
	assert_string_equal(pod_text(&spec, "cpu.max"), "100000 100000");
	assert_string_equal(pod_text(&spec, "cpu.weight"), "100");
	assert_string_equal(pod_text(&spec, "pids.max"), "max");
	assert_string_equal(pod_text(&spec, "memory.oom.group"), "(not written)");
	assert_string_equal(pod_text(&spec, "memory.swap.max"), "(not written)");
	spec.resources.pids_limit = 50;
	spec.resources.cpu_request = 250;
	assert_string_equal(pod_text(&spec, "pids.max"), "50");
	assert_string_equal(pod_text(&spec, "cpu.weight"), "35");
}

static void test_what_it_takes_and_who_asked(void **state)
{
	static const enum ctr_kind kinds[] = {CTR_INIT, CTR_SIDECAR, CTR_MAIN};
	struct pod_spec spec = pod_of(3, kinds);
	char buf[128];

	(void)state;
	assert_int_equal(limits_need(&spec), 0);
	assert_null(limits_key(buf, sizeof buf, &spec, CONTROL_MEMORY, 0));
	/* For the order in which the kernel kills, no controller is needed. */
	ctrs[0].resources.memory_request = MI;
	assert_int_equal(limits_need(&spec), 0);
	ctrs[0].resources.memory_limit = MI;
	assert_int_equal(limits_need(&spec), 1 << CONTROL_MEMORY);
	ctrs[1].resources.cpu_request = 1;
	ctrs[2].resources.cpu_limit = 1;
	spec.resources.cpu_request = spec.resources.cpu_limit = 5;
	assert_int_equal(limits_need(&spec), 1 << CONTROL_MEMORY | 1 << CONTROL_CPU);
	spec.resources.pids_limit = 5;
	assert_int_equal(limits_need(&spec), ALL);
	assert_string_equal(limits_key(buf, sizeof buf, &spec, CONTROL_MEMORY, 0),
			    "[init a] resources.limits.memory");
	assert_null(limits_key(buf, sizeof buf, &spec, CONTROL_MEMORY, 1));
	assert_string_equal(limits_key(buf, sizeof buf, &spec, CONTROL_CPU, 0),
			    "[pod] resources.limits.cpu");
	assert_string_equal(limits_key(buf, sizeof buf, &spec, CONTROL_CPU, 1),
			    "[sidecar b] resources.requests.cpu");
	assert_string_equal(limits_key(buf, sizeof buf, &spec, CONTROL_CPU, 2),
			    "[container c] resources.limits.cpu");
	assert_null(limits_key(buf, sizeof buf, &spec, CONTROL_CPU, 3));
	assert_string_equal(limits_key(buf, sizeof buf, &spec, CONTROL_PIDS, 0),
			    "[pod] resources.limits.pids");
}

static void set(unsigned i, int64_t cpu_request, int64_t cpu_limit, int64_t memory_request,
		int64_t memory_limit)
{
	ctrs[i].resources =
		(struct resources_spec){cpu_request, cpu_limit, memory_request, memory_limit, -1};
}

static void test_quality_of_service(void **state)
{
	/* Proves: K8s 8.5.12, 8.5.13 */
	struct pod_spec spec = pod_of_mains(2);

	(void)state;
	assert_int_equal(limits_qos(&spec), QOS_BEST_EFFORT);
	ctrs[0].resources.pids_limit = 5;
	set(1, 0, 0, 0, 0);
	assert_int_equal(limits_qos(&spec), QOS_BEST_EFFORT);
	set(0, -1, 100, -1, MI);
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
	set(1, 200, 200, MI, MI);
	assert_int_equal(limits_qos(&spec), QOS_GUARANTEED);
	set(1, 100, 200, MI, MI);
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
	set(1, 200, 200, 0, MI);
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
	set(1, 200, 200, MI, -1);
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
	/* An init container counts too. */
	set(1, 200, 200, MI, MI);
	ctrs[0].kind = CTR_INIT;
	set(0, -1, -1, -1, -1);
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
	/* The pod's own word is the last. */
	spec.resources = (struct resources_spec){100, 100, MI, MI, -1};
	assert_int_equal(limits_qos(&spec), QOS_GUARANTEED);
	spec.resources.memory_limit = spec.resources.memory_request = -1;
	assert_int_equal(limits_qos(&spec), QOS_BURSTABLE);
}

static void test_oom_scores(void **state)
{
	/* Proves: K8s 8.5.12, 8.5.13 */
	static const struct {
		int64_t request, capacity;
		int score;
	} cases[] = {
		{-1, 4 * GI, 999},                      /* it has only its pod's class */
		{0, 4 * GI, 999},    {MI, 4 * GI, 999}, /* 1000 - 0 */
		{GI, 4 * GI, 750},   {4 * GI - 1, 4 * GI, 3}, {4 * GI, 4 * GI, 3},
		{8 * GI, 4 * GI, 3}, {INT64_MAX, 4 * GI, 3},  {INT64_MAX / 2, INT64_MAX, 500},
	};
	struct pod_spec spec = pod_of_mains(2);

	(void)state;
	assert_int_equal(limits_oom_score(&spec, 0, 4 * GI), 1000);
	set(1, 100, -1, -1, -1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		set(0, -1, -1, cases[i].request, -1);
		assert_int_equal(limits_oom_score(&spec, 0, cases[i].capacity), cases[i].score);
	}
	set(0, -1, -1, -1, GI);
	assert_int_equal(limits_oom_score(&spec, 0, 4 * GI), 750);
	set(0, 100, 100, GI, GI);
	set(1, 100, 100, GI, GI);
	assert_int_equal(limits_oom_score(&spec, 0, 4 * GI), -997);
}

static void test_oom_scores_of_sidecars(void **state)
{
	/* Proves: K8s 8.5.12 */
	static const enum ctr_kind kinds[] = {CTR_INIT, CTR_SIDECAR, CTR_MAIN, CTR_MAIN};
	struct pod_spec spec = pod_of(4, kinds);

	(void)state;
	set(2, -1, -1, GI, -1);
	set(3, -1, -1, 2 * GI, -1);
	assert_int_equal(limits_oom_score(&spec, 0, 4 * GI), 999);
	assert_int_equal(limits_oom_score(&spec, 1, 4 * GI), 750);
	set(1, -1, -1, 3 * GI, -1);
	assert_int_equal(limits_oom_score(&spec, 1, 4 * GI), 250);
	set(1, -1, -1, MI, -1);
	set(2, -1, -1, -1, -1);
	assert_int_equal(limits_oom_score(&spec, 1, 4 * GI), 999);
	/* What the pod asks for beyond its containers is theirs alike: 4 - 1 between three. */
	set(1, -1, -1, -1, -1);
	set(3, -1, -1, GI, -1);
	spec.resources.memory_request = 4 * GI;
	assert_int_equal(limits_oom_score(&spec, 2, 8 * GI), 875);
	assert_int_equal(limits_oom_score(&spec, 3, 8 * GI), 750);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_weights_are_the_check_values),
		cmocka_unit_test(test_every_weight_is_the_formula),
		cmocka_unit_test(test_cpu_of_a_container),
		cmocka_unit_test(test_memory_and_pids_of_a_container),
		cmocka_unit_test(test_only_files_of_the_controllers_that_are_there),
		cmocka_unit_test(test_the_pods_request_is_the_larger_sum),
		cmocka_unit_test(test_the_pods_limit_takes_one_of_every_container),
		cmocka_unit_test(test_what_the_pod_says_wins),
		cmocka_unit_test(test_what_it_takes_and_who_asked),
		cmocka_unit_test(test_quality_of_service),
		cmocka_unit_test(test_oom_scores),
		cmocka_unit_test(test_oom_scores_of_sidecars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
