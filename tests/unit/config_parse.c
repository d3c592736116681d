/* What a pod file means, and what is said about one that means nothing. */
#include "tests/unit/podfile.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- What libinih does behind one's back ---- */

static void test_names_longer_than_inih_keeps(void **state)
{
	char text[512], one[64], two[64];

	(void)state;
	memset(one, 'x', 60);
	memset(two, 'x', 60);
	strcpy(one + 59, "1");
	strcpy(two + 59, "2");
	snprintf(text, sizeof text, "[container %s]\ncommand = a\n[container %s]\ncommand = b\n",
		 one, two);
	good(text);
	assert_int_equal(spec.n, 2);
	assert_string_equal(spec.ctr[0].name, one);
	assert_string_equal(spec.ctr[1].name, two);
}

static void test_semicolon_inside_quotes(void **state)
{
	(void)state;
	good("[container a]\ncommand = sh -c \"echo a ; echo b\"\n");
	assert_int_equal(spec.ctr[0].command.n, 3);
	assert_string_equal(spec.ctr[0].command.v[2], "echo a ; echo b");
}

static void test_long_lines_are_whole(void **state)
{
	size_t n = 1 << 20;
	char *text = malloc(n + 100);

	(void)state;
	/* The tail of a split line would be a key of its own: here one that does not exist. */
	memcpy(text, "[container a]\ncommand = ", 24);
	memset(text + 24, 'x', n);
	memcpy(text + 24 + 150, " privileged = yes ", 18);
	strcpy(text + 24 + n, "\n");
	good(text);
	assert_int_equal(spec.ctr[0].command.n, 5);
	assert_int_equal(strlen(spec.ctr[0].command.v[4]), n - 168);
	free(text);
}

static void test_nul_and_control_bytes(void **state)
{
	static const char nul[] = "[container a]\ncommand = a\0b\n";

	(void)state;
	assert_int_equal(parse_bytes(nul, sizeof nul - 1), -1);
	assert_int_equal(problems.v[0].line, 2);
	assert_non_null(strstr(problems.v[0].message, "NUL"));
	BAD(A "env.X = a\033[0m\n", "shop.ini:3: [container a]: a control byte (0x1b)");
}

static void test_empty_keys_and_bare_words(void **state)
{
	(void)state;
	BAD(A "= x\nword\n", ":3: [container a]: there is no key", ":4: [container a]: neither");
}

static void test_indentation_means_nothing(void **state)
{
	(void)state;
	good("  [container a]\n\tcommand = one\n    env.A = x\n\t env.B = y\n");
	assert_int_equal(spec.ctr[0].command.n, 1);
	assert_string_equal(spec.ctr[0].env.v[1].value, "y");
}

static void test_only_the_first_equals_sign_separates(void **state)
{
	(void)state;
	good(A "env.A = b=c:d = e\nlivenessProbe.httpGet.port = 80\n"
	       "livenessProbe.httpGet.httpHeaders.X-A = b: c\n");
	assert_string_equal(spec.ctr[0].env.v[0].value, "b=c:d = e");
	assert_string_equal(spec.ctr[0].probe[PROBE_LIVENESS].handler.headers.v[0].value, "b: c");
}

static void test_a_section_without_keys_is_seen(void **state)
{
	(void)state;
	BAD("[container a]\n[container b]\ncommand = x\n",
	    ":1: [container a]: must have a command");
}

/* ---- Lines ---- */

static void test_comments(void **state)
{
	(void)state;
	good("; one\n# two\n  # three\n" A "env.URL = a#b;c\n");
	assert_string_equal(spec.ctr[0].env.v[0].value, "a#b;c");
	BAD(A "env.A = x ; no\nenv.B = x # no\n", ":3: [container a] env.A: a comment",
	    ":4: [container a] env.B: a comment");
	BAD("[container a]\ncommand = true ; no\n", ":2: [container a] command: a comment");
	BAD("[container a] ; no\ncommand = true\n", ":1: a section is [KIND NAME]");
}

static void test_joined_lines_and_their_numbers(void **state)
{
	(void)state;
	good("[container a]\r\ncommand = sh -c 'a; \\\r\n   b'\r\n");
	assert_string_equal(spec.ctr[0].command.v[2], "a; b");
	BAD("[container a]\ncommand = a \\\n b \\\n c\nnope = 1\n", ":5: [container a] nope");
}

static void test_quotes(void **state)
{
	(void)state;
	good(A "env.A = \"a \\\" \\\\ b ; c\"\nenv.B = 'it''s'\nenv.C = it's\nenv.D = \"\"\nenv.E "
	       "=\n");
	assert_string_equal(spec.ctr[0].env.v[0].value, "a \" \\ b ; c");
	assert_string_equal(spec.ctr[0].env.v[1].value, "it''s");
	assert_string_equal(spec.ctr[0].env.v[2].value, "it's");
	assert_string_equal(spec.ctr[0].env.v[3].value, "");
	assert_string_equal(spec.ctr[0].env.v[4].value, "");
}

static void test_words_as_a_shell_splits_them(void **state)
{
	static const char *const want[] = {"a b", "c\"d", "e'f", "gh", "", "\\n", "$x"};

	(void)state;
	good("[container a]\ncommand = x\n"
	     "args = a\\ b \"c\\\"d\" e\\'f g\"h\" '' \"\\n\" $x\n");
	assert_int_equal(spec.ctr[0].args.n, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_string_equal(spec.ctr[0].args.v[i], want[i]);
	assert_null(spec.ctr[0].args.v[7]);
	for (const char *c = ";|&<>`"; *c; c++) {
		char text[64];

		snprintf(text, sizeof text, "[container a]\ncommand = a%cb\n", *c);
		BAD(text, "no shell runs here");
	}
	BAD("[container a]\ncommand = [\"sh\", \"-c\", \"x\"]\n", "and not JSON");
	good("[container a]\ncommand = [ \"x\" = x ]\n");
	BAD("[container a]\ncommand = 'a\n", "a ' is not closed");
	BAD("[container a]\ncommand = \"a\n", "a \" is not closed");
}

/* ---- Sections and keys ---- */

static void test_defaults(void **state)
{
	const struct probe_spec *p;

	(void)state;
	/* Proves: K8s 1.1.3, 1.1.4, 1.3.2, 1.3.6, 3.2.2, 3.2.5 */
	good(A "readinessProbe.httpGet.port = 80\nreadinessProbe.periodSeconds = 0\n");
	assert_string_equal(spec.name, "shop");
	assert_string_equal(spec.hostname, "shop");
	assert_int_equal(spec.ctr[0].policy, POLICY_ALWAYS);
	assert_true(spec.grace == 30 * NSEC_PER_SEC);
	assert_true(spec.ctr[0].backoff.initial == 10 * NSEC_PER_SEC);
	assert_true(spec.ctr[0].backoff.max == 300 * NSEC_PER_SEC);
	assert_true(spec.ctr[0].backoff.reset == 600 * NSEC_PER_SEC);
	assert_int_equal(spec.ctr[0].max_restarts, -1);
	p = &spec.ctr[0].probe[PROBE_READINESS];
	assert_int_equal(p->handler.kind, HANDLER_HTTP);
	assert_string_equal(p->handler.path, "/");
	assert_string_equal(p->handler.host, "127.0.0.1");
	assert_true(p->period == 10 * NSEC_PER_SEC && p->timeout == NSEC_PER_SEC);
	assert_true(p->initial_delay == 0 && p->grace == -1);
	assert_int_equal(p->success_threshold, 1);
	assert_int_equal(p->failure_threshold, 3);
	assert_int_equal(spec.ctr[0].probe[PROBE_STARTUP].handler.kind, HANDLER_NONE);
}

static void test_everything_given(void **state)
{
	const struct ctr_spec *c;

	(void)state;
	/* Proves: K8s 1.1.1, 1.1.3, 1.1.4, 1.1.9, 1.2.3, 1.2.12, 1.2.18, 1.3.2, 1.3.4, 1.3.6 */
	good("[pod]\nname = x\nhostname = h\nrestartPolicy = OnFailure\n"
	     "terminationGracePeriodSeconds = 1.5\nrestartBackoff.initialSeconds = 250ms\n"
	     "log.format = raw\nlabels.app = shop\n[machine]\nonFailure = reboot\n"
	     "[init i]\ncommand = a\nrestartPolicy = Always\n[sidecar s]\ncommand = b\n"
	     "[container c]\ncommand = ./bin/c\nworkingDir = data\nrestartPolicy = Never\n"
	     "essential = true\nmaxRestarts = 3\nrestartBackoff.maxSeconds = 2m\nports.web = "
	     "8080/TCP\n"
	     "stdin = true\nstartupProbe.exec.command = test -e x\n"
	     "livenessProbe.tcpSocket.port = web\nlivenessProbe.periodSeconds = 0.01\n"
	     "livenessProbe.terminationGracePeriodSeconds = 5\n"
	     "readinessProbe.httpGet.port = 1\nreadinessProbe.httpGet.host = ::1\n");
	assert_true(spec.grace == 1500 * NSEC_PER_MS);
	assert_string_equal(spec.labels.v[0].value, "shop");
	assert_int_equal(spec.machine.on_failure, END_REBOOT);
	assert_int_equal(spec.ctr[0].policy, POLICY_ON_FAILURE);
	assert_int_equal(spec.ctr[1].policy, POLICY_ALWAYS);
	c = &spec.ctr[2];
	assert_string_equal(c->command.v[0], "/dir/./bin/c");
	assert_string_equal(c->working_dir, "/dir/data");
	assert_int_equal(c->policy, POLICY_NEVER);
	assert_true(c->essential && c->stdin_open);
	assert_true(c->backoff.initial == 250 * NSEC_PER_MS);
	assert_true(c->backoff.max == 120 * NSEC_PER_SEC);
	assert_int_equal(c->probe[PROBE_LIVENESS].handler.port, 8080);
	assert_true(c->probe[PROBE_LIVENESS].grace == 5 * NSEC_PER_SEC);
	assert_string_equal(c->probe[PROBE_READINESS].handler.host, "::1");
}

static void test_every_problem_at_once_in_order(void **state)
{
	(void)state;
	BAD("[pod]\nrestartPolicy = Sometimes\n[container a]\ncomand = x\n"
	    "readinessProbe.httpGet.port = 99999\n[contaner b]\n[container a]\ncommand = x\n",
	    "shop.ini:2: [pod] restartPolicy: must be one of Always, OnFailure, Never",
	    "shop.ini:3: [container a]: must have a command",
	    "shop.ini:4: [container a] comand: no such key: did you mean command?",
	    "shop.ini:5: [container a] readinessProbe.httpGet.port: must be a port",
	    "shop.ini:6: [contaner b]: no such section: did you mean [container NAME]?",
	    "shop.ini:7: [container a]: the name is taken by line 3");
}

static void test_sections(void **state)
{
	(void)state;
	BAD("", "shop.ini: there is no [container NAME] section");
	BAD("[pod]\nname = x\n[pod]\n" A, ":3: [pod]: there is one already");
	BAD(A "[init late]\ncommand = x\n",
	    ":3: [init late]: every [init] and [sidecar] comes before");
	BAD("[container]\ncommand = x\n", "a name must follow: [container NAME]");
	BAD("[pod x]\n" A, "has no name: [pod]");
	BAD("[container A_b]\ncommand = x\n", "a name must be 1 to 63");
	BAD("[volume v]\n[volume v]\n[volume V]\n" A, ":2: [volume v]: the name is taken by line 1",
	    ":3: [volume V]: a name must be 1 to 63");
	BAD("x = y\n" A, ":1: x: stands before the first section");
	BAD("[init i]\ncommand = x\n", "there is no [container NAME]");
}

static void test_what_is_not_there(void **state)
{
	(void)state;
	BAD("[pod]\nlog.directory = /x\n[machine]\nnetwork.eth0 = x\nwatchdog.x = y\n" A,
	    "log.directory: not supported yet", "network.eth0: not supported yet",
	    "watchdog.x: not supported yet");
	BAD("[pod]\nnodeName = x\n" A, "nodeName: podinit does not have this");
	BAD("[pod]\nlog.format = json\n" A, "json is not supported yet");
	BAD(A "essental = true\n", "did you mean essential?");
	BAD("[init i]\ncommand = x\nessential = true\n" A,
	    "does not belong into a section of this kind");
}

static void test_hooks(void **state)
{
	const struct hook_spec *start, *stop;

	(void)state;
	/* Proves: K8s 1.4.1, 1.4.2, 1.4.3, 1.4.4, 1.2.20 */
	good("[pod]\nterminationGracePeriodSeconds = 7\n"
	     "[sidecar s]\ncommand = x\nports.web = 81\n"
	     "lifecycle.postStart.httpGet.port = web\nlifecycle.preStop.sleep.seconds = 7\n" A
	     "lifecycle.postStart.exec.command = bin/x $(Y)\n"
	     "lifecycle.postStart.timeoutSeconds = 0.5\nlifecycle.stopSignal = SIGRTMIN+3\n");
	start = &spec.ctr[0].hook[HOOK_POST_START];
	stop = &spec.ctr[0].hook[HOOK_PRE_STOP];
	assert_int_equal(start->handler.kind, HANDLER_HTTP);
	assert_int_equal(start->handler.port, 81);
	assert_true(start->handler.hook && start->timeout == NSEC_NEVER);
	assert_int_equal(stop->handler.kind, HANDLER_SLEEP);
	assert_true(stop->handler.sleep == 7 * NSEC_PER_SEC);
	assert_int_equal(spec.ctr[0].stop_signal, 15);
	start = &spec.ctr[1].hook[HOOK_POST_START];
	assert_string_equal(start->handler.exec.v[0], "/dir/bin/x");
	assert_true(start->timeout == NSEC_PER_SEC / 2);
	assert_int_equal(spec.ctr[1].hook[HOOK_PRE_STOP].handler.kind, HANDLER_NONE);
	assert_int_equal(spec.ctr[1].stop_signal, 37);
	BAD(A "lifecycle.preStop.sleep.seconds = 31\nlifecycle.postStart.timeoutSeconds = 1\n"
	      "lifecycle.stopSignal = TERM\n",
	    "lifecycle.preStop.sleep.seconds: must not be longer than",
	    "lifecycle.postStart: must have one of exec.command, httpGet.port, sleep.seconds",
	    "lifecycle.stopSignal: must be the name of a signal");
	BAD(A "lifecycle.preStop.tcpSocket.port = 1\n",
	    "lifecycle.preStop.tcpSocket.port: podinit does not have this: Kubernetes accepts");
	BAD(A "lifecycle.preStop.sleep.seconds = 1\nlifecycle.preStop.exec.command = x\n",
	    "lifecycle.preStop: must have only one of exec, httpGet and sleep");
	BAD(A "lifecycle.preStop.exec.comand = x\n",
	    "did you mean lifecycle.preStop.exec.command?");
	BAD("[init i]\ncommand = x\nlifecycle.postStart.exec.command = x\n" A,
	    "an init container has no hooks");
	BAD(A "lifecycle.stopSignal = SIGRTMIN+31\n", "must be the name of a signal");
}

static void test_grpc_probes(void **state)
{
	const struct handler *h;

	(void)state;
	/* Proves: K8s 1.3.1, 1.3.8 */
	good(A "livenessProbe.grpc.port = 50051\nreadinessProbe.grpc.port = 1\n"
	       "readinessProbe.grpc.service = ready\n");
	h = &spec.ctr[0].probe[PROBE_LIVENESS].handler;
	assert_int_equal(h->kind, HANDLER_GRPC);
	assert_int_equal(h->port, 50051);
	assert_string_equal(h->host, "127.0.0.1");
	assert_string_equal(h->service, "");
	assert_string_equal(spec.ctr[0].probe[PROBE_READINESS].handler.service, "ready");
	BAD(A "ports.x = 1\nlivenessProbe.grpc.port = x\n", "must be a port from 1 to 65535");
	BAD(A "livenessProbe.grpc.port = 1\nlivenessProbe.exec.command = x\n",
	    "must have only one of");
	BAD(A "livenessProbe.grpc.service = x\n", "livenessProbe.grpc.port: is missing");
}

static void test_rules(void **state)
{
	const struct rules *r;

	(void)state;
	/* Proves: K8s 1.2.18, 1.2.19 */
	good("[pod]\nactiveDeadlineSeconds = 60\n[sidecar s]\ncommand = x\n"
	     "restartPolicyRules = RestartAllContainers NotIn 0\n" A
	     "restartPolicy = Never\nrestartPolicyRules = Restart In 42, 43 ,44\n"
	     "restartPolicyRules = RestartAllContainers NotIn 0,1\n"
	     "terminationMessagePolicy = FallbackToLogsOnError\n");
	r = &spec.ctr[1].rules;
	assert_true(spec.restarts_all && spec.active_deadline == 60 * NSEC_PER_SEC);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->v[0].n, 3);
	assert_int_equal(r->v[0].codes[2], 44);
	assert_true(r->v[0].action == RULE_RESTART && !r->v[0].not_in);
	assert_true(r->v[1].action == RULE_RESTART_ALL && r->v[1].not_in);
	assert_int_equal(spec.ctr[0].message_policy, MESSAGE_FILE);
	assert_int_equal(spec.ctr[1].message_policy, MESSAGE_FALLBACK_TO_LOGS);
	BAD(A "restartPolicyRules = Restart In 42\n", "give it one");
	BAD(A "restartPolicy = Never\nrestartPolicyRules = Resume In 1\n", "the action must be");
	BAD(A "restartPolicy = Never\nrestartPolicyRules = Restart 1\n", "must be ACTION In|NotIn");
	BAD(A "restartPolicy = Never\nrestartPolicyRules = Restart In 1 2\n",
	    "must be ACTION In|NotIn");
	BAD(A "restartPolicy = Never\nrestartPolicyRules = Restart In 256\n", "at most 255");
	BAD(A "restartPolicy = Never\nrestartPolicyRules = Restart In\n",
	    "must be ACTION In|NotIn");
	BAD("[pod]\nactiveDeadlineSeconds = 0\n" A, "must be at least 0.01 seconds");
	good("[init i]\ncommand = x\ntimeoutSeconds = 1m\n" A);
	assert_true(spec.ctr[0].timeout == 60 * NSEC_PER_SEC);
	assert_true(spec.ctr[1].timeout == NSEC_NEVER);
}

static void test_variables_from_elsewhere(void **state)
{
	FILE *f = fopen("build/vars.env", "we");
	char cwd[4096], text[8192];
	const struct vars *env;

	(void)state;
	/* Proves: K8s 1.1.2, 1.2.8, 1.2.9, 1.2.10, 8.7.1, 8.7.3 */
	assert_non_null(f);
	fputs("# a comment\n\nA=1\r\n  B=two words $(A)\nE=\n", f);
	fclose(f);
	assert_non_null(getcwd(cwd, sizeof cwd));
	snprintf(text, sizeof text,
		 A "env.C = 3\nvalueFrom.NAME = metadata.name\nenvFrom = %s/build/vars.env\n"
		   "valueFrom.TIER = \"metadata.labels['tier']\"\n"
		   "valueFrom.NOTE = metadata.annotations['x']\n"
		   "valueFrom.NONE = metadata.labels['x']\n"
		   "[pod]\nlabels.tier = back\nannotations.x = a note\n",
		 cwd);
	good(text);
	env = &spec.ctr[0].env;
	assert_int_equal(env->n, 8);
	assert_string_equal(env->v[0].value, "1");
	assert_string_equal(env->v[1].value, "two words $(A)");
	assert_string_equal(env->v[2].value, "");
	assert_true(env->v[3].literal && !env->v[0].literal && !env->v[4].literal);
	assert_string_equal(env->v[4].value, "shop");
	assert_string_equal(env->v[5].value, "back");
	assert_string_equal(env->v[6].value, "a note");
	assert_string_equal(env->v[7].value, "");
	BAD(A "envFrom = /nowhere/x.env\n", "envFrom: /nowhere/x.env: No such file");
	BAD(A "valueFrom.X = metadata.nam\n", "must be metadata.name, metadata.labels");
	BAD(A "valueFrom.X = status.podIP\nvalueFrom.Y = limits.cpu\n",
	    "valueFrom.X: podinit does not have this", "valueFrom.Y: there is no such limit");
	BAD(A "valueFrom.X = metadata.name\nenv.X = 1\n", "env has the same name");
	f = fopen("build/vars.env", "we");
	assert_non_null(f);
	fputs("A=1\nnonsense\n", f);
	fclose(f);
	snprintf(text, sizeof text, A "envFrom = %s/build/vars.env\n", cwd);
	BAD(text, "vars.env:2: must be NAME=value");
}

static void test_a_key_twice(void **state)
{
	(void)state;
	BAD(A "env.X = 1\ncommand = false\nenv.X = 2\n",
	    ":4: [container a] command: given already in line 2",
	    ":5: [container a] env.X: given already in line 3");
}

static void test_values(void **state)
{
	(void)state;
	BAD(A "maxRestarts = -1\nessential = yes\nports.x = 0\nports.Y = 1\nports.z = 1/ICMP\n",
	    "maxRestarts: must be a whole number", "essential: must be true or false",
	    "ports.x: must be a port", "ports.Y: the name of a port", "ports.z: the protocol");
	BAD("[pod]\nterminationGracePeriodSeconds = soon\nrestartBackoff.initialSeconds = "
	    "0.001\n" A,
	    "must be a number of seconds", "must be at least 0.01 seconds");
	BAD("[pod]\nterminationGracePeriodSeconds = 99999999999\n" A, "more than a hundred years");
	good("[pod]\nterminationGracePeriodSeconds = 1.123456789123\n" A);
	assert_true(spec.grace == 1123456789);
	good("[pod]\nterminationGracePeriodSeconds = 1.5h\n" A);
	assert_true(spec.grace == 5400 * NSEC_PER_SEC);
}

static void test_probes(void **state)
{
	(void)state;
	/* Proves: K8s 1.2.20, 1.3.1, 1.3.3, 1.3.4, 1.3.6 */
	BAD(A "livenessProbe.periodSeconds = 1\n",
	    ":3: [container a] livenessProbe: must have one of");
	BAD(A "livenessProbe.exec.command = x\nlivenessProbe.tcpSocket.port = 1\n", "only one of");
	BAD(A "livenessProbe.exec.command = x\nlivenessProbe.successThreshold = 2\n",
	    ":4: [container a] livenessProbe.successThreshold: must be 1");
	BAD(A "readinessProbe.exec.command = x\nreadinessProbe.terminationGracePeriodSeconds = 2\n",
	    "a readiness probe ends nothing");
	BAD("[init i]\ncommand = x\nlivenessProbe.exec.command = x\n" A,
	    "an init container has no probes");
	BAD(A "livenessProbe.httpGet.port = 80\nlivenessProbe.httpGet.scheme = HTTPS\n",
	    "podinit speaks no TLS: use exec or tcpSocket");
	BAD(A "livenessProbe.httpGet.path = /x\n", "httpGet.port: is missing");
	BAD(A "livenessProbe.tcpSocket.port = nope\n",
	    "must be a port from 1 to 65535, or the name");
	BAD(A "livenessProbe.tcpSocket.port = 1\nlivenessProbe.tcpSocket.host = example.com\n",
	    "must be an IP address or localhost");
	BAD(A "livenessProbe.exec.command = x\nlivenessProbe.periodSeconds = 0.001\n",
	    "periodSeconds: must be at least 0.01");
	BAD(A "livenessProbe.httpGet.port = 1\nlivenessProbe.httpGet.httpHeaders.A B = x\n",
	    "the name of a header");
}

static void test_rules_of_containers(void **state)
{
	(void)state;
	BAD(A "essential = true\n", ":3: [container a] essential: it can never end");
	good(A "essential = true\nmaxRestarts = 1\n");
	BAD("[sidecar s]\ncommand = x\nrestartPolicy = Never\n" A,
	    "a sidecar is an init container");
	BAD("[container a]\nargs = x\n", ":2: [container a] args: there is no image");
	BAD(A "stdin = true\n[container b]\ncommand = x\nstdin = true\n", "only one container");
	BAD(A "env.A\x80 = x\n", "the name of a variable");
}

static void test_the_name_of_the_file(void **state)
{
	static const struct {
		const char *path, *name;
	} files[] = {{"My_Pod 1.ini", "my-pod-1"},
		     {"/a.b/pod", "pod"},
		     {"x/tmp.aB3", "tmp"},
		     {"/x/.ini", "pod"},
		     {"-a-.ini", "a"}};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		spec_free(&spec);
		problems_free(&problems);
		assert_int_equal(spec_parse(&spec, files[i].path, A, strlen(A), &problems), 0);
		assert_string_equal(spec.name, files[i].name);
	}
}

static void test_too_many_containers(void **state)
{
	char text[CTR_MAX * 64];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < CTR_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "[container c%d]\ncommand = x\n",
				      i);
	good(text);
	assert_int_equal(spec.n, CTR_MAX);
	snprintf(text + n, sizeof text - n, "[container d]\ncommand = x\n[container e]\n");
	BAD(text, "more than 128 containers");
}

static void test_files_that_cannot_be_read(void **state)
{
	(void)state;
	spec_free(&spec);
	problems_free(&problems);
	assert_int_equal(spec_read(&spec, "/no/such/file", &problems), -1);
	assert_string_equal(problems.v[0].message, "No such file or directory");
	problems_free(&problems);
	assert_int_equal(spec_read(&spec, "/", &problems), -1);
	assert_string_equal(problems.v[0].message, "Is a directory");
	problems_free(&problems);
	assert_int_equal(spec_read(&spec, "/dev/zero", &problems), -1);
	assert_string_equal(problems.v[0].message, "the file is larger than 4 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_longer_than_inih_keeps),
		cmocka_unit_test(test_semicolon_inside_quotes),
		cmocka_unit_test(test_long_lines_are_whole),
		cmocka_unit_test(test_nul_and_control_bytes),
		cmocka_unit_test(test_empty_keys_and_bare_words),
		cmocka_unit_test(test_indentation_means_nothing),
		cmocka_unit_test(test_only_the_first_equals_sign_separates),
		cmocka_unit_test(test_a_section_without_keys_is_seen),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_joined_lines_and_their_numbers),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_words_as_a_shell_splits_them),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything_given),
		cmocka_unit_test(test_every_problem_at_once_in_order),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_grpc_probes),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_variables_from_elsewhere),
		cmocka_unit_test(test_a_key_twice),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_rules_of_containers),
		cmocka_unit_test(test_the_name_of_the_file),
		cmocka_unit_test(test_too_many_containers),
		cmocka_unit_test(test_files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
