/* $(VAR), marks, the kernel's command line, exit statuses of what cannot be executed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/parse.h"
#include "init/env.h"
#include "init/exec.h"
#include "init/machine.h"
#include "init/plan.h"
#include "init/report.h"

static const char *lookup(const char *name, size_t len, void *arg)
{
	(void)arg;
	return len == 1 && *name == 'A' ? "1" : len == 1 && *name == 'R' ? "$(A)" : NULL;
}

static void test_expansion_is_kubernetes_own(void **state)
{
	/* Proves: K8s 8.7.5 */
	static const char *const cases[][2] = {
		{"$(A)", "1"},    {"$$(A)", "$(A)"}, {"$$$(A)", "$1"},   {"$A", "$A"},
		{"$(B)", "$(B)"}, {"$(A", "$(A"},    {"$", "$"},         {"x$", "x$"},
		{"$$", "$"},      {"$()", "$()"},    {"$(A)$(A)", "11"}, {"$(A$(A))", "$(A$(A))"},
		{"$(R)", "$(A)"}, {"", ""},          {"a$(A)b", "a1b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got = env_expand(cases[i][0], lookup, NULL);

		assert_string_equal(got, cases[i][1]);
		free(got);
	}
}

static void parse(struct pod_spec *spec, const char *text)
{
	struct problems problems;

	assert_int_equal(spec_parse(spec, "/x/p.ini", text, strlen(text), &problems), 0);
}

static void test_environment_and_arguments(void **state)
{
	/* Proves: K8s 8.7.1, 8.7.2, 8.7.4, 4.7.3 */
	static const char text[] =
		"[container a]\ncommand = $(OUT) $(X)\nargs = $(LATE)\nenv.X = $(OUT)/$(LATE)\n"
		"env.LATE = l\nenv.OUT = mine\nlivenessProbe.exec.command = $(OUT) $(HOME)\n";
	char *environ_[] = {
		(char *)(uintptr_t) "OUT=outer",         (char *)(uintptr_t) "HOME=/h",
		(char *)(uintptr_t) "NOTIFY_SOCKET=/n",  (char *)(uintptr_t) "LISTEN_FDS=2",
		(char *)(uintptr_t) "PODINIT_LOG=debug", NULL};
	struct plan_where where = {.environ = environ_, .logger = true};
	struct pod_spec spec;
	struct plan plan;

	(void)state;
	parse(&spec, text);
	assert_true(plan_make(&plan, &spec, 0, ROLE_MAIN, &where));
	assert_string_equal(plan.argv[0], "mine");
	assert_string_equal(plan.argv[1], "outer/$(LATE)");
	assert_string_equal(plan.argv[2], "l");
	assert_null(plan.argv[3]);
	assert_string_equal(env_get(plan.envp, "OUT"), "mine");
	assert_string_equal(env_get(plan.envp, "HOME"), "/h");
	assert_string_equal(env_get(plan.envp, "PODINIT_CONTAINER"), "a.0");
	assert_null(env_get(plan.envp, "NOTIFY_SOCKET"));
	assert_null(env_get(plan.envp, "LISTEN_FDS"));
	assert_null(env_get(plan.envp, "PODINIT_LOG"));
	assert_int_equal(plan.v[plan.n - 1].kind, STEP_EXEC);
	/* A probe sees the variables of the file only. */
	assert_true(plan_make(&plan, &spec, 0, ROLE_LIVENESS, &where));
	assert_string_equal(plan.argv[0], "mine");
	assert_string_equal(plan.argv[1], "$(HOME)");
	where.machine = true;
	assert_true(plan_make(&plan, &spec, 0, ROLE_MAIN, &where));
	assert_string_equal(env_get(plan.envp, "HOME"), "/root");
	assert_string_equal(env_get(plan.envp, "X"), "$(OUT)/$(LATE)");
	spec_free(&spec);
}

/* The step that binds something on `at`; NULL: none. */
static const struct step_data *bind_on(const struct plan *plan, const char *at)
{
	for (unsigned i = 0; i < plan->n; i++)
		if (plan->v[i].kind == STEP_BIND && strcmp(plan->v[i].text, at) == 0)
			return &plan->v[i];
	return NULL;
}

/* Proves: K8s 8.6.13 */
static void test_parents_are_mounted_first(void **state)
{
	static const char text[] =
		"[volume v]\n[container a]\ncommand = x\nrootfs = /r\n"
		"volumeMounts.v = /etc/x/y\nvolumeMounts.v = /etc\nvolumeMounts.v = /etc/hostname\n"
		"volumeMounts.v = /etcetera/z\nterminationMessagePath = /etc/x/y/message\n"
		"[container b]\ncommand = x\nrootfs = /r\nsecurityContext.privileged = true\n";
	static const char *const nested[][2] = {
		{"/etc/hosts", "/etc"}, {"/etc/resolv.conf", "/etc"},     {"/etc/hostname", "/etc"},
		{"/etc/x/y", "/etc"},   {"/etc/x/y/message", "/etc/x/y"},
	};
	char *environ_[] = {NULL};
	struct plan_where where = {.environ = environ_,
				   .grants = {.mounts = true, .pids = true, .nodes = true}};
	const struct step_data *s, *in;
	struct pod_spec spec;
	struct plan plan;

	(void)state;
	parse(&spec, text);
	assert_true(plan_make(&plan, &spec, 0, ROLE_MAIN, &where));
	for (unsigned i = 0; i < sizeof nested / sizeof *nested; i++) {
		s = bind_on(&plan, nested[i][0]);
		in = bind_on(&plan, nested[i][1]);
		assert_true(s && in && s > in && s->in == in->tree);
		assert_string_equal(s->data, nested[i][0] + strlen(nested[i][1]) + 1);
	}
	assert_null(bind_on(&plan, "/etcetera/z")->data);
	assert_null(bind_on(&plan, "/etc")->data);
	/* Of two on one place the volume is the one that stays. */
	assert_ptr_equal(strstr(bind_on(&plan, "/etc/hostname")->from, "/vol/v"),
			 bind_on(&plan, "/etc/hostname")->from + strlen("/run/podinit/pod"));
	assert_true(plan_make(&plan, &spec, 1, ROLE_MAIN, &where));
	s = bind_on(&plan, "/dev/termination-log");
	assert_true(s->kept && s->wish);
	spec_free(&spec);
}

static unsigned count(const struct plan *plan, enum step_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->n; i++)
		n += plan->v[i].kind == kind;
	return n;
}

static void test_a_limit_of_descriptors_of_its_own(void **state)
{
	static const char text[] =
		"[container own]\ncommand = true\nsecurityContext.rlimits.core = 0\n"
		"[container other]\ncommand = true\n"
		"securityContext.runAsUser = 100\n"
		"securityContext.rlimits.core = 0\n"
		"securityContext.rlimits.nofile = 8192\n";
	struct plan_where where = {.environ = (char *[]){NULL}};
	struct pod_spec spec;
	struct plan plan;

	(void)state;
	parse(&spec, text);
	assert_true(plan_make(&plan, &spec, 0, ROLE_MAIN, &where));
	assert_int_equal(count(&plan, STEP_FILES), 1);
	assert_int_equal(count(&plan, STEP_RLIMIT), 1);
	/* Raised by root, lowered by whoever it has become; in between podinit's own would be a
	   hard limit that nobody else may raise again. */
	assert_true(plan_make(&plan, &spec, 1, ROLE_MAIN, &where));
	assert_int_equal(count(&plan, STEP_FILES), 0);
	assert_int_equal(count(&plan, STEP_RLIMIT), 3);
	spec_free(&spec);
}

static void test_marks(void **state)
{
	struct ctr_spec ctr = {.name = "web"};
	struct pod_spec spec = {.ctr = &ctr, .n = 1};
	char mark[MARK_MAX];

	(void)state;
	plan_mark(mark, &spec, (struct task){0, ROLE_MAIN, 3});
	assert_string_equal(mark, "PODINIT_CONTAINER=web.3");
	plan_mark(mark, &spec, (struct task){0, ROLE_READINESS, 7});
	assert_string_equal(mark, "PODINIT_CONTAINER=web.readiness.7");
}

static void test_the_kernels_command_line(void **state)
{
	struct machine_options o = {.level = LEVEL_INFO};
	char line[] = "quiet podinit.config=/a podinit.log=debug \"podinit.config=/b c\" x=y "
		      "podinit.shell=1 -- podinit.shell=0\n";
	char wrong[] = "podinit.log=loud podinit.config=/c";

	(void)state;
	assert_null(machine_parse(&o, line));
	assert_string_equal(o.config, "/b c");
	assert_int_equal(o.level, LEVEL_DEBUG);
	assert_true(o.shell);
	assert_string_equal(machine_parse(&o, wrong), "podinit.log=loud");
	assert_string_equal(o.config, "/c");
}

/* What exec_along() says of a command that cannot be executed. */
static int tried(const char *command)
{
	char *argv[] = {(char *)(uintptr_t)command, NULL}, *envp[] = {NULL};

	return exec_along(argv, envp, "/no/such/directory");
}

static void test_statuses_of_what_cannot_be_executed(void **state)
{
	static const char text[] = "#!/no/such/interpreter\n";
	char script[] = "/tmp/script.XXXXXX";
	int fd = mkstemp(script);

	(void)state;
	assert_true(fd >= 0 && fchmod(fd, 0755) == 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	assert_int_equal(exec_status(tried("nothing")), 127);
	assert_int_equal(exec_status(tried("/no/such/file")), 127);
	assert_int_equal(exec_status(tried("/etc/passwd/x")), 127);
	assert_int_equal(exec_status(tried("/etc/passwd")), 126);
	/* It is there, and to the kernel ENOENT all the same: its interpreter is not. */
	assert_int_equal(exec_status(tried(script)), 126);
	assert_int_equal(exec_status(ENOEXEC), 126);
	/* Whoever stands elsewhere than the command did finds no other answer. */
	assert_int_equal(exec_status(ENOENT), 127);
	assert_string_equal(exec_reason(ENOENT, "/etc/passwd"), strerror(ENOENT));
	unlink(script);
}

static void test_durations(void **state)
{
	char buf[DURATION_MAX];

	(void)state;
	assert_string_equal(duration(buf, 30 * NSEC_PER_SEC), "30s");
	assert_string_equal(duration(buf, 250 * NSEC_PER_MS), "0.25s");
	assert_string_equal(duration(buf, 0), "0s");
	assert_string_equal(duration(buf, 100 * NSEC_PER_SEC), "100s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansion_is_kubernetes_own),
		cmocka_unit_test(test_environment_and_arguments),
		cmocka_unit_test(test_a_limit_of_descriptors_of_its_own),
		cmocka_unit_test(test_parents_are_mounted_first),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_the_kernels_command_line),
		cmocka_unit_test(test_statuses_of_what_cannot_be_executed),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
