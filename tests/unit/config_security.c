/* securityContext: who a container is and what it may. */
#include "tests/unit/podfile.h"

#include <sys/resource.h>

#include "config/caps.h"

#define BIT(name) (UINT64_C(1) << caps_find(name))

static void test_capabilities_are_those_of_the_kernel(void **state)
{
	uint64_t fourteen = 0;
	static const char *const names[] = {
		"CHOWN",   "DAC_OVERRIDE", "FSETID",     "FOWNER",          "MKNOD",
		"NET_RAW", "SETGID",       "SETUID",     "SETFCAP",         "SETPCAP",
		"KILL",    "AUDIT_WRITE",  "SYS_CHROOT", "NET_BIND_SERVICE"};

	(void)state;
	/* Proves: K8s 8.4.1 */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		fourteen |= BIT(names[i]);
	assert_true(fourteen == CAPS_DEFAULT);
	assert_int_equal(caps_find("CHOWN"), 0);
	assert_int_equal(caps_find("NET_ADMIN"), 12);
	assert_int_equal(caps_find("SYS_ADMIN"), 21);
	assert_int_equal(caps_find("SETFCAP"), 31);
	assert_int_equal(caps_find("SYSLOG"), 34);
	assert_int_equal(caps_find("AUDIT_READ"), 37);
	assert_int_equal(caps_find("CHECKPOINT_RESTORE"), 40);
	assert_int_equal(caps_find("cap_bpf"), 39);
	assert_int_equal(caps_find("CAP_"), -1);
	assert_int_equal(caps_find("ALL"), -1);
	assert_true(CAPS_ALL == UINT64_C(0x1ffffffffff));
}

static uint64_t of(const char *keys)
{
	char text[512];

	snprintf(text, sizeof text, A "%s", keys);
	good(text);
	return caps_apply(&spec.ctr[0].security.caps, CAPS_DEFAULT);
}

static void test_capabilities_add_and_drop(void **state)
{
	(void)state;
	/* Proves: K8s 8.4.2 */
	assert_true(of("") == CAPS_DEFAULT);
	assert_false(spec.ctr[0].security.caps.given);
	assert_true(of("securityContext.capabilities.add = \n") == CAPS_DEFAULT);
	assert_false(spec.ctr[0].security.caps.given);
	assert_true(of("securityContext.capabilities.drop = ALL\n"
		       "securityContext.capabilities.add = NET_BIND_SERVICE\n") ==
		    BIT("NET_BIND_SERVICE"));
	assert_true(spec.ctr[0].security.caps.given);
	assert_true(of("securityContext.capabilities.add = CAP_SYS_TIME net_admin\n") ==
		    (CAPS_DEFAULT | BIT("SYS_TIME") | BIT("NET_ADMIN")));
	assert_true(of("securityContext.capabilities.drop = mknod NET_RAW\n") ==
		    (CAPS_DEFAULT & ~BIT("MKNOD") & ~BIT("NET_RAW")));
	assert_true(of("securityContext.capabilities.add = all\n") == CAPS_ALL);
	assert_true(of("securityContext.capabilities.add = ALL\n"
		       "securityContext.capabilities.drop = SYS_ADMIN\n") ==
		    (CAPS_ALL & ~BIT("SYS_ADMIN")));
	/* Dropping comes last, of all and of one. */
	assert_true(of("securityContext.capabilities.add = ALL KILL\n"
		       "securityContext.capabilities.drop = ALL\n") == BIT("KILL"));
	assert_true(of("securityContext.capabilities.add = SYS_TIME\n"
		       "securityContext.capabilities.drop = SYS_TIME\n") == CAPS_DEFAULT);
	BAD(A "securityContext.capabilities.add = NET_ADMN KILL FOO_BAR_BAZ_QUX\n",
	    ":3: [container a] securityContext.capabilities.add: there is no capability NET_ADMN: "
	    "did you mean NET_ADMIN?",
	    "there is no capability FOO_BAR_BAZ_QUX: see capabilities(7)");
	BAD(A "securityContext.capabilities.drop = \"ALLL\n", "a \" is not closed");
}

static void test_the_containers_own_beats_the_pods(void **state)
{
	const struct security_spec *a, *b;

	(void)state;
	/* Proves: K8s 1.5.1, 1.5.2, 8.4.8, 8.4.9, 8.4.10, 8.4.12 */
	good("[pod]\nsecurityContext.runAsUser = 1000\nsecurityContext.runAsGroup = 2000\n"
	     "securityContext.runAsNonRoot = true\nsecurityContext.supplementalGroups = 5 \"6\"\n"
	     "securityContext.fsGroup = 4294967294\n"
	     "securityContext.seccompProfile.type = Localhost\n"
	     "securityContext.seccompProfile.localhostProfile = seccomp/web.bpf\n" A
	     "[container b]\ncommand = x\nsecurityContext.runAsUser = _www.data-1\n"
	     "securityContext.runAsGroup = 0\nsecurityContext.runAsNonRoot = false\n"
	     "securityContext.seccompProfile.type = RuntimeDefault\n");
	a = &spec.ctr[0].security;
	b = &spec.ctr[1].security;
	assert_true(a->user_given && a->group_given && a->non_root && !a->user_name);
	assert_true(a->user == 1000 && a->group == 2000);
	assert_int_equal(a->n_groups, 3);
	assert_true(a->groups[0] == 5 && a->groups[1] == 6 && a->groups[2] == 4294967294);
	assert_int_equal(a->seccomp, SECCOMP_LOCALHOST);
	assert_string_equal(a->seccomp_profile, "/dir/seccomp/web.bpf");
	assert_string_equal(b->user_name, "_www.data-1");
	assert_true(b->user_given && b->group_given && b->group == 0 && !b->non_root);
	assert_int_equal(b->n_groups, 3);
	assert_int_equal(b->seccomp, SECCOMP_RUNTIME_DEFAULT);
	assert_null(b->seccomp_profile);
	assert_true(spec.fs_group_given && spec.fs_group == 4294967294);
}

static void test_nothing_said(void **state)
{
	const struct security_spec *s;

	(void)state;
	/* Proves: K8s 8.4.5, 8.4.8 */
	good(A);
	s = &spec.ctr[0].security;
	assert_false(s->user_given || s->group_given || s->non_root || s->caps.given);
	assert_false(s->ambient || s->privileged || s->no_new_privs || s->read_only_root);
	assert_int_equal(s->proc_mount, PROC_UNSET);
	assert_int_equal(s->seccomp, SECCOMP_UNCONFINED);
	assert_int_equal(s->n_groups, 0);
	assert_int_equal(s->n_rlimits, 0);
	assert_false(spec.fs_group_given || spec.fs_group_on_mismatch);
	assert_int_equal(spec.share_pid, CHOICE_UNSET);
	assert_int_equal(spec.host_users, CHOICE_UNSET);
	assert_false(spec.prepare);
	/* An empty value is the default. */
	good("[pod]\nsecurityContext.runAsUser =\nsecurityContext.fsGroup = \n"
	     "shareProcessNamespace =\n" A "securityContext.runAsUser = \n"
	     "securityContext.seccompProfile.type =\nsecurityContext.procMount =\n");
	assert_false(spec.ctr[0].security.user_given || spec.fs_group_given);
	assert_int_equal(spec.share_pid, CHOICE_UNSET);
}

static void test_users_and_groups(void **state)
{
	static const char *const wrong[] = {"-1",         "1.5",
					    "0x10",       "1000:1000",
					    "4294967295", "4294967296",
					    "1a",         "-a",
					    "a b",        ".a",
					    "a:b",        "a\xc3\xa4",
					    "+1",         "99999999999999999999999"};
	char text[256];

	(void)state;
	/* Proves: K8s 1.5.2 */
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, A "securityContext.runAsUser = %s\n", wrong[i]);
		BAD(text, ":3: [container a] securityContext.runAsUser: must be a number from 0 to "
			  "4294967294");
	}
	good(A "securityContext.runAsUser = 4294967294\n");
	assert_true(spec.ctr[0].security.user == 4294967294);
	/* The pod's is wrong once, however many containers it is for. */
	BAD("[pod]\nsecurityContext.runAsUser = 1:1\n" A "[container b]\ncommand = x\n",
	    ":2: [pod] securityContext.runAsUser: must be a number");
	BAD(A "securityContext.runAsGroup = staff\n", "runAsGroup: must be a whole number");
	BAD(A "securityContext.runAsGroup = 4294967295\n", "must be at most 4294967294");
	BAD("[pod]\nsecurityContext.fsGroup = 4294967295\n"
	    "securityContext.supplementalGroups = 1 staff 4294967295\n" A,
	    "fsGroup: must be at most 4294967294",
	    "supplementalGroups: staff: a group must be a number from 0 to 4294967294",
	    "supplementalGroups: 4294967295: a group must");
	BAD(A "securityContext.fsGroup = 1\n", "does not belong into a section of this kind");
}

static void test_too_many_groups(void **state)
{
	char text[1024];
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof text, "[pod]\nsecurityContext.supplementalGroups =");
	for (int i = 0; i < GROUPS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " %d", i);
	snprintf(text + n, sizeof text - n, "\n" A);
	good(text);
	assert_int_equal(spec.ctr[0].security.n_groups, GROUPS_MAX);
	snprintf(text + n, sizeof text - n, "\nsecurityContext.fsGroup = 1\n" A);
	BAD(text, "supplementalGroups: more than 64 groups, fsGroup included");
}

static void test_not_as_root(void **state)
{
	(void)state;
	/* Proves: K8s 8.4.11 */
	BAD(A "securityContext.runAsNonRoot = true\nsecurityContext.runAsUser = 0\n",
	    ":3: [container a] securityContext.runAsNonRoot: the user is 0, which is root");
	BAD("[pod]\nsecurityContext.runAsNonRoot = true\n" A "rootfs = /x\n",
	    ":3: [container a] securityContext.runAsNonRoot: the user is 0");
	BAD("[pod]\nsecurityContext.runAsUser = 00\nsecurityContext.runAsNonRoot = true\n" A,
	    "the user is 0");
	good("[pod]\nsecurityContext.runAsUser = 0\nsecurityContext.runAsNonRoot = true\n" A
	     "securityContext.runAsUser = 1\n");
	/* podinit's own user, and what a name stands for, are known when it starts. */
	good(A "securityContext.runAsNonRoot = true\n");
	assert_true(spec.ctr[0].security.non_root && !spec.ctr[0].security.user_given);
	good(A "securityContext.runAsNonRoot = true\nsecurityContext.runAsUser = root\n"
	       "rootfs = /x\n");
	BAD(A "securityContext.runAsNonRoot = yes\n", "must be true or false");
}

static void test_privileges(void **state)
{
	const struct security_spec *s;

	(void)state;
	/* Proves: K8s 1.5.3, 1.5.4, 8.4.4, 8.4.5, 8.4.6, 8.4.7 */
	good(A
	     "securityContext.allowPrivilegeEscalation = false\n"
	     "securityContext.readOnlyRootFilesystem = true\nsecurityContext.ambient = true\n"
	     "securityContext.procMount = Unmasked\n[container b]\ncommand = x\n"
	     "securityContext.privileged = true\nsecurityContext.allowPrivilegeEscalation = true\n"
	     "securityContext.procMount = Default\n"
	     "securityContext.seccompProfile.type = RuntimeDefault\n");
	s = &spec.ctr[0].security;
	assert_true(s->no_new_privs && s->read_only_root && s->ambient && !s->privileged);
	assert_int_equal(s->proc_mount, PROC_UNMASKED);
	s = &spec.ctr[1].security;
	assert_true(s->privileged && !s->no_new_privs && !s->read_only_root);
	assert_int_equal(s->proc_mount, PROC_DEFAULT);
	assert_int_equal(s->seccomp, SECCOMP_UNCONFINED);
	BAD(A "securityContext.privileged = true\n"
	      "securityContext.allowPrivilegeEscalation = false\n",
	    ":4: [container a] securityContext.allowPrivilegeEscalation: cannot be false where "
	    "privileged");
	BAD(A "securityContext.allowPrivilegeEscalation = false\n"
	      "securityContext.capabilities.add = CAP_SYS_ADMIN\n",
	    ":3: [container a] securityContext.allowPrivilegeEscalation: cannot be false where "
	    "capabilities.add has SYS_ADMIN");
	BAD(A "securityContext.allowPrivilegeEscalation = false\n"
	      "securityContext.capabilities.add = SYS_ADMIN\n",
	    "has SYS_ADMIN");
	BAD(A "securityContext.procMount = unmasked\n",
	    "must be one of Default, Unmasked: did you mean Unmasked?");
}

static void test_seccomp(void **state)
{
	(void)state;
	/* Proves: K8s 1.5.5 */
	good(A "securityContext.seccompProfile.type = Localhost\n"
	       "securityContext.seccompProfile.localhostProfile = /x/y\n");
	assert_string_equal(spec.ctr[0].security.seccomp_profile, "/x/y");
	BAD(A "securityContext.seccompProfile.type = Localhost\n",
	    ":3: [container a] securityContext.seccompProfile.type: Localhost needs");
	BAD("[pod]\nsecurityContext.seccompProfile.type = Localhost\n" A,
	    ":2: [pod] securityContext.seccompProfile.type: Localhost needs");
	BAD(A "securityContext.seccompProfile.type = Unconfined\n"
	      "securityContext.seccompProfile.localhostProfile = /x\n",
	    ":4: [container a] securityContext.seccompProfile.localhostProfile: is for");
	BAD(A "securityContext.seccompProfile.type = Default\n",
	    "must be one of Unconfined, RuntimeDefault, Localhost");
	/* A container of its own type takes nothing of the pod's. */
	good("[pod]\nsecurityContext.seccompProfile.type = Localhost\n"
	     "securityContext.seccompProfile.localhostProfile = /x\n" A
	     "securityContext.seccompProfile.type = Unconfined\n");
	assert_int_equal(spec.ctr[0].security.seccomp, SECCOMP_UNCONFINED);
	assert_null(spec.ctr[0].security.seccomp_profile);
}

static void test_sysctls(void **state)
{
	static const char *const wrong[] = {"",     "a..b", ".a",   "a.",  "a/",   "/a",   "A.b",
					    "a.-b", "a-.b", "a.b_", "a b", "a./b", "../x", "a*"};
	char text[512];

	(void)state;
	/* Proves: K8s 1.5.6, 8.4.17 */
	good("[pod]\nsecurityContext.sysctls.net.ipv4.conf.eth0/1.rp_filter = 1\n"
	     "securityContext.sysctls.net/ipv4/conf/eth1.1/rp_filter = 2\n"
	     "securityContext.sysctls.kernel.sem = 250 32000 100 128\n"
	     "securityContext.sysctls.vm.swappiness = 10\nsecurityContext.sysctls.x = \n" A);
	assert_int_equal(spec.sysctls.n, 5);
	assert_string_equal(spec.sysctls.v[0].name, "net.ipv4.conf.eth0/1.rp_filter");
	assert_string_equal(spec.sysctls.v[1].name, "net.ipv4.conf.eth1/1.rp_filter");
	assert_string_equal(spec.sysctls.v[2].value, "250 32000 100 128");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "[pod]\nsecurityContext.sysctls.%s = 1\n" A, wrong[i]);
		BAD(text, "must be parts of a-z, 0-9, - and _ with dots between them");
	}
	BAD("[pod]\nsecurityContext.sysctls.kernel.sem = 1\n"
	    "securityContext.sysctls.kernel/sem = 2\n" A,
	    ":3: [pod] securityContext.sysctls.kernel/sem: kernel.sem is given twice");
	BAD(A "securityContext.sysctls.x = 1\n", "does not belong into a section of this kind");
	memset(text, 'a', sizeof text);
	memcpy(text, "[pod]\nsecurityContext.sysctls.", 30);
	strcpy(text + 30 + 254, " = 1\n" A);
	BAD(text, "must be parts of");
	strcpy(text + 30 + 253, " = 1\n" A);
	good(text);
}

static void test_rlimits(void **state)
{
	static const struct {
		const char *name;
		int resource;
	} all[] = {{"as", RLIMIT_AS},
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
		   {"stack", RLIMIT_STACK}};
	const struct security_spec *s;
	char text[1024];
	size_t n;

	(void)state;
	/* Proves: K8s 8.4.19, which a pod file does better. */
	n = (size_t)snprintf(text, sizeof text, A);
	for (unsigned i = 0; i < RLIMITS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
				      "securityContext.rlimits.%s = %u\n", all[i].name, i);
	good(text);
	assert_int_equal(spec.ctr[0].security.n_rlimits, RLIMITS_MAX);
	for (unsigned i = 0; i < RLIMITS_MAX; i++) {
		assert_int_equal(spec.ctr[0].security.rlimits[i].resource, all[i].resource);
		assert_true(spec.ctr[0].security.rlimits[i].soft == i);
		assert_true(spec.ctr[0].security.rlimits[i].hard == i);
	}
	good(A "securityContext.rlimits.nofile = 1024:unlimited\n"
	       "securityContext.rlimits.core = unlimited\nsecurityContext.rlimits.cpu = 3:3\n");
	s = &spec.ctr[0].security;
	assert_true(s->rlimits[0].soft == 1024 && s->rlimits[0].hard == UINT64_MAX);
	assert_true(s->rlimits[1].soft == UINT64_MAX && s->rlimits[1].hard == UINT64_MAX);
	assert_true(s->rlimits[2].soft == 3 && s->rlimits[2].hard == 3);
	BAD(A "securityContext.rlimits.nofile = 2:1\nsecurityContext.rlimits.core = unlimited:1\n"
	      "securityContext.rlimits.cpu = 1:2:3\nsecurityContext.rlimits.as = \n"
	      "securityContext.rlimits.data = 1M\nsecurityContext.rlimits.stack = :1\n"
	      "securityContext.rlimits.nofiles = 1\nsecurityContext.rlimits.RLIMIT_CORE = 1\n",
	    "nofile: the soft limit is above the hard one", "core: the soft limit is above",
	    "cpu: must be SOFT:HARD", "as: must be SOFT:HARD", "data: must be SOFT:HARD",
	    "stack: must be SOFT:HARD", "no such limit: did you mean nofile?",
	    "no such limit: as, core, cpu");
	BAD(A "securityContext.rlimits.cpu = 1\nsecurityContext.rlimits.cpu = 2\n",
	    "given already in line 3");
}

static void test_what_kubernetes_has_and_podinit_does_not(void **state)
{
	(void)state;
	BAD("[pod]\nsecurityContext.seLinuxOptions.level = s0\n"
	    "securityContext.supplementalGroupsPolicy = Strict\n" A
	    "securityContext.appArmorProfile.type = Unconfined\n"
	    "securityContext.windowsOptions.hostProcess = true\n"
	    "securityContext.runasuser = 1\n",
	    "podinit loads no policy of SELinux", "which is Merge", "podinit loads no policy",
	    "it is Linux", "did you mean securityContext.runAsUser?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities_are_those_of_the_kernel),
		cmocka_unit_test(test_capabilities_add_and_drop),
		cmocka_unit_test(test_the_containers_own_beats_the_pods),
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_users_and_groups),
		cmocka_unit_test(test_too_many_groups),
		cmocka_unit_test(test_not_as_root),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_sysctls),
		cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_what_kubernetes_has_and_podinit_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
