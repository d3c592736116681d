/* What is of the pod as a whole: resources, names of hosts, namespaces, modules. */
#include "tests/unit/podfile.h"

#include <stdlib.h>

/* ---- Resources ---- */

static void test_requests_and_limits(void **state)
{
	const struct resources_spec *r;

	(void)state;
	/* Proves: K8s 1.2.15, 8.5.1 */
	good(A "resources.limits.cpu = 1.5\nresources.limits.memory = 64Mi\n"
	       "resources.limits.pids = 100\nresources.requests.cpu = 0.1m\n"
	       "[container b]\ncommand = x\nresources.requests.memory = 1e3\n"
	       "[container c]\ncommand = x\nresources.limits.cpu = 0\nresources.limits.memory =\n"
	       "resources.limits.pids = 0\nresources.requests.cpu = 0\n");
	r = &spec.ctr[0].resources;
	assert_true(r->cpu_limit == 1500 && r->cpu_request == 1);
	assert_true(r->memory_limit == 64 << 20 && r->memory_request == 64 << 20);
	assert_int_equal(r->pids_limit, 100);
	r = &spec.ctr[1].resources;
	assert_true(r->cpu_limit == -1 && r->cpu_request == -1 && r->pids_limit == -1);
	assert_true(r->memory_limit == -1 && r->memory_request == 1000);
	r = &spec.ctr[2].resources;
	assert_true(r->cpu_limit == -1 && r->memory_limit == -1 && r->pids_limit == -1);
	assert_true(r->cpu_request == 0 && r->memory_request == -1);
	r = &spec.resources;
	assert_true(r->cpu_limit == -1 && r->cpu_request == -1 && r->pids_limit == -1);
	assert_true(r->memory_limit == -1 && r->memory_request == -1);
	BAD(A "resources.limits.cpu = 1\nresources.requests.cpu = 1001m\n"
	      "resources.limits.memory = 1Ki\nresources.requests.memory = 1k\n",
	    ":4: [container a] resources.requests.cpu: is more than the limit of the container");
	BAD(A "resources.limits.memory = 1 Gi\nresources.limits.cpu = -1\n"
	      "resources.limits.pids = 5000000\nresources.limits.disk = 1\n"
	      "resources.limits.ephemeral-storage = 1Gi\nresources.limits.hugepages-2Mi = 1\n"
	      "resources.requests.pids = 1\nresources.limit.cpu = 1\n",
	    "resources.limits.memory: must be a quantity",
	    "resources.limits.cpu: must not be negative",
	    "resources.limits.pids: must be at most 4194304", "resources.limits.disk: no such key",
	    "ephemeral-storage: podinit does not have this: nothing would keep",
	    "hugepages-2Mi: podinit does not have this", "give resources.limits.pids",
	    "did you mean resources.limits.cpu?");
}

static void test_resources_of_the_pod(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.20, 8.5.9 */
	good("[pod]\nresources.limits.cpu = 2\nresources.limits.memory = 1Gi\n"
	     "resources.limits.pids = 500\nresources.requests.cpu = 1100m\n"
	     "[init i]\ncommand = x\nresources.requests.cpu = 1\n"
	     "[sidecar s]\ncommand = x\nresources.requests.cpu = 100m\n"
	     "[init j]\ncommand = x\nresources.requests.cpu = 1\n" A
	     "resources.requests.cpu = 500m\nresources.limits.memory = 1Gi\n"
	     "[container b]\ncommand = x\nresources.requests.cpu = 500m\n");
	assert_true(spec.resources.cpu_limit == 2000 && spec.resources.cpu_request == 1100);
	assert_true(spec.resources.memory_limit == 1 << 30);
	assert_true(spec.resources.memory_request == 1 << 30);
	assert_int_equal(spec.resources.pids_limit, 500);
	/* What was not given is the sum, and with nothing to sum the limit. */
	good("[pod]\nresources.limits.cpu = 2\nresources.limits.memory = 1Gi\n" A
	     "resources.requests.cpu = 300m\n[container b]\ncommand = x\n"
	     "resources.requests.cpu = 200m\n");
	assert_true(spec.resources.cpu_request == 500);
	assert_true(spec.resources.memory_request == 1 << 30);
	BAD("[pod]\nresources.requests.cpu = 1099m\n"
	    "[sidecar s]\ncommand = x\nresources.requests.cpu = 100m\n"
	    "[init j]\ncommand = x\nresources.requests.cpu = 1\n" A "resources.requests.cpu = 1\n",
	    ":2: [pod] resources.requests.cpu: is less than the containers request together");
	BAD("[pod]\nresources.limits.memory = 1Mi\n" A "resources.limits.memory = 2Mi\n"
	    "resources.requests.memory = 1Mi\n",
	    ":5: [container a] resources.limits.memory: is more than the limit of the pod");
	BAD("[pod]\nresources.limits.cpu = 1\n" A "resources.requests.cpu = 1001m\n",
	    ":2: [pod] resources.limits.cpu: is less than the containers request together");
	BAD("[pod]\nresources.limits.cpu = 1\nresources.requests.cpu = 2\n" A,
	    ":2: [pod] resources.limits.cpu: is less than the request of the pod");
	/* No sum wraps. */
	BAD("[pod]\nresources.requests.memory = 8E\n" A "resources.requests.memory = 8E\n"
	    "[container b]\ncommand = x\nresources.requests.memory = 8E\n",
	    "resources.requests.memory: is less than the containers request together");
}

static void test_resources_as_variables(void **state)
{
	const struct vars *env;

	(void)state;
	/* Proves: K8s 1.2.11, 8.7.11 */
	good("[pod]\nresources.limits.memory = 1Gi\n" A "resources.limits.cpu = 1001m\n"
	     "valueFrom.A = limits.cpu\nvalueFrom.B = limits.memory\n"
	     "valueFrom.C = requests.cpu\nvalueFrom.D = requests.memory\n"
	     "[container b]\ncommand = x\nresources.limits.memory = 0.5Gi\n"
	     "valueFrom.A = limits.memory\nvalueFrom.B = requests.memory\n"
	     "valueFrom.C = requests.cpu\n");
	env = &spec.ctr[0].env;
	assert_string_equal(env->v[0].value, "2");
	assert_string_equal(env->v[1].value, "1073741824");
	assert_string_equal(env->v[2].value, "2");
	assert_string_equal(env->v[3].value, "0");
	env = &spec.ctr[1].env;
	assert_string_equal(env->v[0].value, "536870912");
	assert_string_equal(env->v[1].value, "536870912");
	assert_string_equal(env->v[2].value, "0");
	BAD(A "valueFrom.A = limits.cpu\nvalueFrom.B = limits.pids\n",
	    "valueFrom.A: there is no such limit: give resources.limits.cpu",
	    "valueFrom.B: must be metadata.name");
	BAD(A "valueFrom.A = metadata.labels\n", "valueFrom.A: must be metadata.name");
}

/* ---- Names of hosts ---- */

static void test_host_aliases(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.17, 8.8.3 */
	good("[pod]\nhostAliases.10.0.0.1 = db  db.example.com\nhostAliases.::1 = 'six'\n" A);
	assert_int_equal(spec.host_aliases.n, 2);
	assert_string_equal(spec.host_aliases.v[0].name, "10.0.0.1");
	assert_string_equal(spec.host_aliases.v[0].value, "db db.example.com");
	assert_string_equal(spec.host_aliases.v[1].name, "::1");
	assert_string_equal(spec.host_aliases.v[1].value, "six");
	assert_true(spec.prepare);
	BAD("[pod]\nhostAliases.10.0.0 = a\nhostAliases.host = a\nhostAliases.1.1.1.1 =\n"
	    "hostAliases.1.1.1.2 = a_b\nhostAliases.1.1.1.3 = A\nhostAliases.1.1.1.4 = a..b\n"
	    "hostAliases.1.1.1.5 = -a\nhostAliases.1.1.1.6 = a.\nhostAliases.1.1.1.7 = \"a b\"\n"
	    "hostAliases.1.1.1.8 = \"a\nhostAliases.1.1.1.9 = a-.b\n" A,
	    "hostAliases.10.0.0: must be hostAliases.IP = NAMES with an IP address",
	    "hostAliases.host: must be hostAliases.IP", "hostAliases.1.1.1.1: must have a name",
	    "a_b is no host name: it must be parts", "A is no host name", "a..b is no host name",
	    "-a is no host name", "a. is no host name", "a b is no host name", "is not closed",
	    "a-.b is no host name");
}

static void test_dns(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.18, 1.1.19, 8.8.5 */
	good("[pod]\ndnsPolicy = None\ndnsConfig.nameservers = 1.1.1.1 ::1 9.9.9.9\n"
	     "dnsConfig.searches = a.example _tcp.x_y. .\ndnsConfig.options = ndots:2 edns0\n" A);
	assert_true(spec.dns_none && spec.prepare);
	assert_int_equal(spec.nameservers.n, 3);
	assert_string_equal(spec.nameservers.v[1], "::1");
	assert_int_equal(spec.searches.n, 3);
	assert_string_equal(spec.searches.v[1], "_tcp.x_y.");
	assert_int_equal(spec.dns_options.n, 2);
	assert_string_equal(spec.dns_options.v[0], "ndots:2");
	good("[pod]\ndnsPolicy = Default\n" A);
	assert_false(spec.dns_none || spec.prepare);
	good("[pod]\ndnsConfig.options = ndots:2\n" A);
	assert_true(spec.prepare && !spec.dns_none);
	BAD("[pod]\ndnsPolicy = ClusterFirst\n" A, "there is no cluster whose DNS could be asked");
	BAD("[pod]\ndnsPolicy = ClusterFirstWithHostNet\n" A, "there is no cluster");
	BAD("[pod]\ndnsPolicy = Cluster\n" A, "must be one of Default, None");
	BAD("[pod]\ndnsPolicy = None\n" A, ":2: [pod] dnsPolicy: None needs a server to ask");
	BAD("[pod]\ndnsPolicy = None\ndnsConfig.nameservers =\n" A, "None needs a server to ask");
	BAD("[pod]\ndnsPolicy = None\ndnsConfig.nameservers = \"1\n" A, "is not closed");
	BAD("[pod]\ndnsConfig.nameservers = 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4\n"
	    "dnsConfig.searches = a b.\"c d\" ..\ndnsConfig.options = ndots:1 :2 ''\n" A,
	    "dnsConfig.nameservers: more than 3", "b.c d is no domain", ".. is no domain",
	    "dnsConfig.options: an option has a name", "an option has a name");
	BAD("[pod]\ndnsConfig.nameservers = dns.example\ndnsConfig.servers = x\n" A,
	    "dns.example is no IP address", "no such key");
}

static void test_how_many_searches(void **state)
{
	char text[4096];
	size_t n, at;

	(void)state;
	/* Proves: K8s 1.1.19 */
	n = (size_t)snprintf(text, sizeof text, "[pod]\ndnsConfig.searches =");
	for (int i = 0; i < 32; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " a%d", i);
	snprintf(text + n, sizeof text - n, "\n" A);
	good(text);
	snprintf(text + n, sizeof text - n, " b\n" A);
	BAD(text, "dnsConfig.searches: more than 32 domains or 2048 characters");
	/* 9 * 205 + 195 characters and 9 blanks are 2049. */
	for (int over = 0; over < 2; over++) {
		n = (size_t)snprintf(text, sizeof text, "[pod]\ndnsConfig.searches =");
		for (int i = 0; i < 10; i++) {
			text[n++] = ' ';
			at = n;
			n += i < 9 ? 205 : 194 + (size_t)over;
			memset(text + at, 'a', n - at);
			for (size_t dot = at + 50; dot < n - 1; dot += 50)
				text[dot] = '.';
		}
		snprintf(text + n, sizeof text - n, "\n" A);
		if (over)
			BAD(text, "more than 32 domains or 2048 characters");
		else
			good(text);
	}
}

static void test_names_of_hosts_have_a_length(void **state)
{
	char text[512];

	(void)state;
	for (size_t n = 63; n <= 64; n++) {
		memset(text, 'a', sizeof text);
		memcpy(text, "[pod]\nhostAliases.1.1.1.1 = ", 28);
		strcpy(text + 28 + n, "\n" A);
		if (n == 63)
			good(text);
		else
			BAD(text, "is no host name");
	}
	for (size_t n = 253; n <= 254; n++) {
		memset(text, 'a', sizeof text);
		memcpy(text, "[pod]\nhostAliases.1.1.1.1 = ", 28);
		for (size_t dot = 50; dot < 250; dot += 50)
			text[28 + dot] = '.';
		strcpy(text + 28 + n, "\n" A);
		if (n == 253)
			good(text);
		else
			BAD(text, "is no host name");
	}
}

/* ---- Namespaces and modules ---- */

static void test_namespaces(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.14, 1.1.15 */
	good("[pod]\nshareProcessNamespace = true\nhostUsers = false\n" A);
	assert_int_equal(spec.share_pid, CHOICE_YES);
	assert_int_equal(spec.host_users, CHOICE_NO);
	good("[pod]\nshareProcessNamespace = false\nhostUsers = true\n" A);
	assert_int_equal(spec.share_pid, CHOICE_NO);
	assert_int_equal(spec.host_users, CHOICE_YES);
	BAD("[pod]\nshareProcessNamespace = yes\nhostUsers = 0\n" A, "must be true or false",
	    "must be true or false");
	BAD(A "hostUsers = true\n", "does not belong into a section of this kind");
}

static void test_modules(void **state)
{
	(void)state;
	good("[machine]\nmodules = virtio_net ./m/x.ko /lib/y.ko\n" A);
	assert_int_equal(spec.machine.modules.n, 3);
	assert_string_equal(spec.machine.modules.v[0], "virtio_net");
	assert_string_equal(spec.machine.modules.v[1], "/dir/./m/x.ko");
	assert_string_equal(spec.machine.modules.v[2], "/lib/y.ko");
	BAD("[pod]\nmodules = x\n" A, "does not belong into a section of this kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_and_limits),
		cmocka_unit_test(test_resources_of_the_pod),
		cmocka_unit_test(test_resources_as_variables),
		cmocka_unit_test(test_host_aliases),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_how_many_searches),
		cmocka_unit_test(test_names_of_hosts_have_a_length),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
