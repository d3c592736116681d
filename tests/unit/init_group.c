/*
 * Groups as cgroups: the tree, its limits, and that nothing stays behind.
 *
 * Each test runs in a child that moves into a cgroup of its own, as a machine's PID 1, the PID 1 of
 * a container or a process of a shell would find itself.  What takes controllers is skipped where
 * the kernel has none for cgroup v2, and all of it where there is no cgroup v2 or we are not root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/cgroup.h"
#include "init/group.h"
#include "init/spawn.h"
#include "init/sys.h"

#define MI (INT64_C(1) << 20)

enum { ALL = (1 << CONTROLLERS) - 1 };

/* Where cgroup v2 is; the cgroup of this test below it. */
static char mounted[256], top[512];
static bool usable, controllers;

/* ---- Surroundings ---- */

static char *at(const char *path)
{
	static char buf[4][1024];
	static unsigned n;
	char *b = buf[n++ % 4];

	snprintf(b, sizeof *buf, "%s/%s", top, path);
	return b;
}

static char *text(const char *path)
{
	static char buf[4][4096];
	static unsigned n;
	char *b = buf[n++ % 4];
	ssize_t got = sys_read_file(AT_FDCWD, at(path), b, sizeof *buf);

	if (got < 0)
		snprintf(b, sizeof *buf, "(%s)", strerror(errno));
	return b;
}

static bool is_there(const char *path)
{
	return access(at(path), F_OK) == 0;
}

static int make_top(void **state)
{
	char line[4096], m[256];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	(void)state;
	while (f && fgets(line, sizeof line, f))
		if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s %*s %255s", m) == 1 &&
		    !*mounted)
			snprintf(mounted, sizeof mounted, "%s", m);
	if (f)
		fclose(f);
	snprintf(top, sizeof top, "%s/podinit-unit.%d", mounted, (int)getpid());
	usable = *mounted && mkdir(top, 0755) == 0;
	if (!usable)
		return 0;
	/* The real root passes on what it has, whoever is in it. */
	snprintf(line, sizeof line, "%s/cgroup.subtree_control", mounted);
	controllers = sys_write_file(AT_FDCWD, line, "+cpu +memory +pids") == 0;
	return 0;
}

static int remove_top(void **state)
{
	(void)state;
	return usable ? rmdir(top) : 0;
}

/* In a child cmocka's assertions would go on with the next test. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static bool join(const char *cgroup)
{
	char path[600];

	snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
	return sys_write_file(AT_FDCWD, path, "0") == 0;
}

/*
 * Runs `body` in a child that stands in the cgroup `top`, as podinit, and looks whether that one is
 * as it was when it returns.
 */
static void in_cgroup(void (*body)(void))
{
	char before[4096];
	int status;
	pid_t pid;

	if (!usable)
		skip();
	snprintf(before, sizeof before, "%s", text("cgroup.subtree_control"));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char self[32];

		must(join(top));
		body();
		snprintf(self, sizeof self, "%d\n", (int)getpid());
		must(strstr(text("cgroup.procs"), self));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(text("cgroup.subtree_control"), before);
	assert_string_equal(text("cgroup.type"), "domain\n");
	assert_false(is_there("pod"));
	assert_false(is_there("init"));
}

/* ---- A pod of two containers ---- */

static struct ctr_spec ctrs[2];
static struct pod_spec spec;
static struct groups_lack lack;

static void no_limits(void)
{
	static const struct resources_spec none = {-1, -1, -1, -1, -1};

	memset(ctrs, 0, sizeof ctrs);
	ctrs[0] = (struct ctr_spec){.name = "web", .kind = CTR_MAIN, .resources = none};
	ctrs[1] = (struct ctr_spec){.name = "db", .kind = CTR_MAIN, .resources = none};
	spec = (struct pod_spec){.name = "pod", .ctr = ctrs, .n = 2, .resources = none};
}

static void with_limits(void)
{
	no_limits();
	ctrs[0].resources = (struct resources_spec){250, 500, 16 * MI, 16 * MI, 20};
}

/* As a pod that goes on without what it lacks, or one that does not.  False: it does not. */
static bool open_as(bool guest, bool lenient)
{
	groups_open(&(struct groups_config){&spec, "pod", guest}, &lack);
	if (lack.controllers == 0 || lenient)
		return true;
	groups_close();
	return false;
}

static const struct task web = {0, ROLE_MAIN, 3}, probe = {0, ROLE_READINESS, 7},
			 db = {1, ROLE_MAIN, 1};

/* A process of the group that does `work`; it sleeps if that returns. */
static pid_t start(const struct group *g, void (*work)(void))
{
	int pidfd;
	pid_t pid = sys_fork(0, g->dir, &pidfd);

	must(pid >= 0);
	if (pid == 0) {
		if (work)
			work();
		for (;;)
			pause();
	}
	close(pidfd);
	return pid;
}

static void open_group(struct group *g, struct task task)
{
	const char *what = "";
	int err = group_open(g, &spec, task, &what);

	if (err)
		fprintf(stderr, "%s: %s\n", what, strerror(err));
	must(err == 0 && g->dir >= 0);
}

/* How it died. */
static int reaped(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

/* What died is still counted until the kernel is done with it. */
static bool becomes_empty(struct group *g)
{
	for (int i = 0; i < 1000; i++) {
		if (group_empty(g))
			return true;
		usleep(10000);
	}
	return false;
}

/* ---- Tests ---- */

static void groups_without_limits(void)
{
	struct group g, p;
	pid_t main_pid, probe_pid;

	no_limits();
	must(open_as(false, false));
	must(lack.controllers == 0 && groups_exact() && groups_controllers() == 0);
	must(!is_there("init"));
	open_group(&g, web);
	must(is_there("pod/web.3") && strcmp(g.path, "web.3") == 0);
	must(group_empty(&g) && !group_oom(&g));
	main_pid = start(&g, NULL);
	must(!group_empty(&g));

	/* A probe is a part of its container, and can be killed alone. */
	open_group(&p, probe);
	must(is_there("pod/web.3/readiness.7"));
	must(strcmp(p.mark, "PODINIT_CONTAINER=web.readiness.7") == 0);
	probe_pid = start(&p, NULL);
	group_signal(&g, 0);
	group_kill(&p);
	must(reaped(probe_pid) == SIGKILL);
	must(becomes_empty(&p) && !group_empty(&g));
	must(waitpid(main_pid, NULL, WNOHANG) == 0);
	group_close(&p);
	must(!is_there("pod/web.3/readiness.7"));

	/* A signal for the container is not for its probes; the kill is. */
	open_group(&p, probe);
	probe_pid = start(&p, NULL);
	group_signal(&g, SIGTERM);
	must(reaped(main_pid) == SIGTERM);
	must(waitpid(probe_pid, NULL, WNOHANG) == 0);
	must(!group_empty(&g));
	group_kill(&g);
	must(reaped(probe_pid) == SIGKILL);
	must(becomes_empty(&g) && becomes_empty(&p));
	/* The container's goes although the probe's was not closed yet. */
	group_close(&g);
	must(!is_there("pod/web.3"));
	must(group_empty(&p));
	group_close(&p);

	/* A probe whose container is gone. */
	open_group(&p, probe);
	must(is_there("pod/web.readiness.7"));
	group_close(&p);
	must(!is_there("pod/web.readiness.7"));
	groups_close();
	must(!groups_exact());
}

static void test_groups_without_limits(void **state)
{
	(void)state;
	in_cgroup(groups_without_limits);
}

static void closing(void)
{
	struct group g;
	int status;
	pid_t pid;

	no_limits();
	must(open_as(true, false));
	open_group(&g, web);
	/* A fork of the one who opened does not close. */
	pid = fork();
	if (pid == 0) {
		groups_close();
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && is_there("pod/web.3"));
	/* What a crash, or a privileged container, left behind goes too. */
	must(mkdirat(g.dir, "deep", 0755) == 0 && mkdirat(g.dir, "deep/er", 0755) == 0);
	must(mkdirat(g.dir, "deep/er/still", 0755) == 0);
	groups_close();
	must(!is_there("pod"));
	groups_close();
	/* Without cgroups a group is one all the same. */
	must(group_open(&g, &spec, web, NULL) == 0 && g.dir == -1 && !group_oom(&g));
	group_close(&g);
}

static void test_closing_leaves_nothing(void **state)
{
	(void)state;
	in_cgroup(closing);
}

static void refused(void)
{
	struct group g;

	with_limits();
	must(!open_as(false, false));
	must(lack.controllers == ALL && !groups_exact());
	for (unsigned c = 0; c < CONTROLLERS; c++) {
		must(strstr(lack.why[c], controller_names[c]));
		must(strstr(lack.why[c], "cgroup v1") || strstr(lack.why[c], "not passed on") ||
		     strstr(lack.why[c], "cgroup_disable="));
	}
	must(!is_there("pod") && !is_there("init"));
	must(strstr(text("cgroup.procs"), "\n"));

	/* With --lenient the pod goes without. */
	must(open_as(false, true));
	must(lack.controllers == ALL && groups_exact() && groups_controllers() == 0);
	must(!is_there("init"));
	open_group(&g, web);
	group_close(&g);
	groups_close();
}

static void test_limits_without_controllers_are_refused(void **state)
{
	char parent[sizeof top], missing[sizeof top];

	(void)state;
	if (!usable)
		skip();
	/* One further down, where no controller has been passed on to. */
	snprintf(parent, sizeof parent, "%s", top);
	snprintf(missing, sizeof missing, "%.400s/sub", parent);
	assert_int_equal(mkdir(missing, 0755), 0);
	memcpy(top, missing, sizeof top);
	in_cgroup(refused);
	memcpy(top, parent, sizeof top);
	assert_int_equal(rmdir(missing), 0);
}

static void limited(void)
{
	static const char *const values[][2] = {
		{"init/cpu.weight", "1000\n"},
		{"pod/cpu.weight", "35\n"},
		{"pod/cpu.max", "max 100000\n"},
		{"pod/memory.max", "max\n"},
		{"pod/pids.max", "max\n"},
		{"pod/web.3/cpu.weight", "35\n"},
		{"pod/web.3/cpu.max", "50000 100000\n"},
		{"pod/web.3/memory.max", "16777216\n"},
		{"pod/web.3/memory.oom.group", "1\n"},
		{"pod/web.3/pids.max", "20\n"},
		{"pod/db.1/cpu.weight", "1\n"},
		{"pod/db.1/memory.max", "max\n"},
		{"pod/db.1/memory.oom.group", "1\n"},
		{"pod/db.1/pids.max", "max\n"},
		{"cgroup.type", "domain\n"},
		{"cgroup.subtree_control", "cpu memory pids\n"},
		{"pod/cgroup.type", "domain\n"},
		{"pod/cgroup.subtree_control", "cpu memory pids\n"},
		{"cgroup.procs", ""},
	};
	struct group g, d, p;
	struct stat st;
	char self[32];

	snprintf(self, sizeof self, "%d\n", (int)getpid());
	with_limits();
	must(open_as(true, false));
	must(lack.controllers == 0 && groups_controllers() == ALL);
	must(strcmp(text("init/cgroup.procs"), self) == 0);
	open_group(&g, web);
	open_group(&d, db);
	open_group(&p, probe);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strcmp(text(values[i][0]), values[i][1]) != 0) {
			fprintf(stderr, "%s: %s", values[i][0], text(values[i][0]));
			_exit(1);
		}
	/* Only a kernel without swap has no such file. */
	must(!is_there("pod/web.3/memory.swap.max") ||
	     strcmp(text("pod/web.3/memory.swap.max"), "0\n") == 0);
	must(stat(at("pod/web.3"), &st) == 0 && (st.st_mode & 0777) == 0755 &&
	     st.st_uid == geteuid());
	group_close(&p);
	group_close(&d);
	group_close(&g);
	groups_close();
}

static void test_limits(void **state)
{
	/* Proves: K8s 8.5.5, 8.5.6, 8.5.7, 8.5.9 */
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(limited);
}

static void eat(void)
{
	enum { N = 64 << 20 };
	char *p = malloc(N);

	for (size_t i = 0; p && i < N; i += 1024)
		((volatile char *)p)[i] = 1;
}

static void out_of_memory(void)
{
	struct group g, d, p;
	pid_t main_pid, probe_pid;

	with_limits();
	must(open_as(true, false));
	open_group(&g, web);
	open_group(&d, db);
	must(!group_oom(&g) && !group_oom(&d));
	must(reaped(start(&g, eat)) == SIGKILL);
	must(group_oom(&g) && !group_oom(&d));
	group_close(&g);

	/* It is one budget: the probe's is its container's.  All of the container dies of it. */
	open_group(&g, web);
	must(!group_oom(&g));
	main_pid = start(&g, NULL);
	open_group(&p, probe);
	probe_pid = start(&p, eat);
	must(reaped(probe_pid) == SIGKILL && reaped(main_pid) == SIGKILL);
	must(group_oom(&g));
	must(becomes_empty(&g));
	group_close(&p);
	group_close(&g);
	group_close(&d);

	/* Whatever killed it else is no want of memory. */
	open_group(&g, web);
	main_pid = start(&g, NULL);
	group_kill(&g);
	must(reaped(main_pid) == SIGKILL && !group_oom(&g));
	must(becomes_empty(&g));
	group_close(&g);
	groups_close();
}

static void test_want_of_memory_is_seen(void **state)
{
	/* Proves: K8s 8.5.6 */
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(out_of_memory);
}

static void bomb(void)
{
	for (int i = 0; i < 100; i++)
		if (fork() == 0)
			for (;;)
				pause();
}

static void too_many(void)
{
	struct group g;
	pid_t pid;

	with_limits();
	must(open_as(true, false));
	open_group(&g, web);
	pid = start(&g, bomb);
	while (!strstr(text("pod/web.3/pids.events"), "max 81\n"))
		usleep(10000);
	must(strcmp(text("pod/web.3/pids.current"), "20\n") == 0);
	/* What is counted against it does not hinder podinit. */
	group_kill(&g);
	must(reaped(pid) == SIGKILL && becomes_empty(&g));
	group_close(&g);
	groups_close();
}

static void test_no_more_processes_than_allowed(void **state)
{
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(too_many);
}

/* A stranger in the cgroup, as long as the test's child lives. */
static pid_t stranger(void)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		pause();
	return pid;
}

/* We and `pid`, and nobody else, are in that cgroup. */
static bool both_in(const char *procs, pid_t pid)
{
	char a[64], b[64];

	snprintf(a, sizeof a, "%d\n%d\n", (int)getpid(), (int)pid);
	snprintf(b, sizeof b, "%d\n%d\n", (int)pid, (int)getpid());
	return strcmp(text(procs), a) == 0 || strcmp(text(procs), b) == 0;
}

static void guest_among_others(void)
{
	pid_t pid = stranger();

	with_limits();
	must(!open_as(true, false));
	must(lack.controllers == ALL);
	must(strstr(lack.why[CONTROL_MEMORY], "other processes"));
	must(strstr(lack.why[CONTROL_MEMORY], "systemd-run --scope -p Delegate=yes podinit"));
	must(strcmp(text("cgroup.subtree_control"), "") == 0);
	must(!is_there("init") && !is_there("pod"));
	must(both_in("cgroup.procs", pid));
	must(open_as(true, true));
	must(lack.controllers == ALL && groups_exact() && groups_controllers() == 0);
	must(!is_there("init"));
	must(both_in("cgroup.procs", pid));
	groups_close();
	kill(pid, SIGKILL);
	must(reaped(pid) == SIGKILL);
}

/* PID 1 of a container takes what is there with it. */
static void host_among_others(void)
{
	pid_t pid = stranger();

	with_limits();
	must(open_as(false, false));
	must(both_in("init/cgroup.procs", pid));
	must(strcmp(text("cgroup.procs"), "") == 0);
	groups_close();
	must(both_in("cgroup.procs", pid));
	kill(pid, SIGKILL);
	must(reaped(pid) == SIGKILL);
}

static void test_other_processes(void **state)
{
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(guest_among_others);
	in_cgroup(host_among_others);
}

static void lost_controller(void)
{
	const char *what = NULL;
	struct group g;

	with_limits();
	must(open_as(true, false));
	must(sys_write_file(AT_FDCWD, at("pod/cgroup.subtree_control"), "-pids") == 0);
	must(group_open(&g, &spec, web, &what) == ENOENT);
	must(what && strcmp(what, "pids.max") == 0);
	must(g.dir == -1 && !is_there("pod/web.3"));
	groups_close();
	/* Only what is asked for is enabled. */
	no_limits();
	ctrs[1].resources.pids_limit = 9;
	must(open_as(true, false));
	must(groups_controllers() == 1U << CONTROL_PIDS);
	must(strcmp(text("cgroup.subtree_control"), "pids\n") == 0);
	must(strcmp(text("cgroup.type"), "domain\n") == 0);
	open_group(&g, db);
	must(strcmp(text("pod/db.1/pids.max"), "9\n") == 0);
	group_close(&g);
	groups_close();
}

static void test_a_limit_that_cannot_be_set(void **state)
{
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(lost_controller);
}

/* Where no memory is to be had, the limit of processes is. */
static void some_controllers(void)
{
	struct group g;

	with_limits();
	must(!open_as(false, false));
	must(lack.controllers == (1 << CONTROL_CPU | 1 << CONTROL_MEMORY));
	must(strstr(lack.why[CONTROL_MEMORY], "the memory controller") ||
	     strstr(lack.why[CONTROL_MEMORY], "no memory controller"));
	must(lack.why[CONTROL_PIDS][0] == '\0');
	must(!is_there("pod") && !is_there("init"));
	must(open_as(false, true));
	must(lack.controllers == (1 << CONTROL_CPU | 1 << CONTROL_MEMORY));
	must(groups_controllers() == 1 << CONTROL_PIDS);
	open_group(&g, web);
	must(strcmp(text("pod/web.3/pids.max"), "20\n") == 0);
	group_close(&g);
	groups_close();
}

static void read_only(void)
{
	must(mount(mounted, mounted, NULL, MS_BIND, NULL) == 0);
	must(mount(NULL, mounted, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0);
}

static void not_mounted(void)
{
	must(umount2(mounted, MNT_DETACH) == 0);
}

static void not_root(void)
{
	must(setuid(65534) == 0);
}

static void test_why_there_are_no_cgroups(void **state)
{
	static const struct {
		void (*surroundings)(void);
		const char *why;
	} cases[] = {
		{read_only, "the cgroups of this container are read-only"},
		{not_mounted, "no cgroup v2 is mounted here"},
		{not_root, "podinit's user may not change the cgroup"},
	};

	(void)state;
	if (!usable)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			must(join(top));
			must(unshare(CLONE_NEWNS) == 0);
			must(mount(NULL, mounted, NULL, MS_PRIVATE, NULL) == 0);
			cases[i].surroundings();
			with_limits();
			must(!open_as(false, false) && lack.controllers == ALL && !groups_exact());
			must(strstr(lack.why[CONTROL_MEMORY], cases[i].why));
			/* Without limits it is no matter. */
			no_limits();
			must(open_as(false, false) && !groups_exact());
			groups_close();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		assert_int_equal(status, 0);
	}
	assert_false(is_there("pod"));
}

static void test_lenient_takes_what_there_is(void **state)
{
	char parent[sizeof top], below[sizeof top];

	(void)state;
	if (!controllers)
		skip();
	assert_int_equal(sys_write_file(AT_FDCWD, at("cgroup.subtree_control"), "+pids"), 0);
	snprintf(parent, sizeof parent, "%s", top);
	snprintf(below, sizeof below, "%.400s/sub", parent);
	assert_int_equal(mkdir(below, 0755), 0);
	memcpy(top, below, sizeof top);
	in_cgroup(some_controllers);
	memcpy(top, parent, sizeof top);
	assert_int_equal(rmdir(below), 0);
	assert_int_equal(sys_write_file(AT_FDCWD, at("cgroup.subtree_control"), "-pids"), 0);
}

/* The kernel would make it a cgroup of threads, and say nothing. */
static void occupied(void)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY);

	must(cgroup_turn_on(dir, 1U << CONTROL_PIDS) == EBUSY);
	must(cgroup_turn_on(dir, ALL) == EBUSY);
	must(cgroup_turn_on(dir, 1U << CONTROL_MEMORY) == EBUSY);
	must(strcmp(text("cgroup.type"), "domain\n") == 0);
	must(strcmp(text("cgroup.subtree_control"), "") == 0);
}

static void test_no_cgroup_of_threads_is_left(void **state)
{
	(void)state;
	if (!controllers)
		skip();
	in_cgroup(occupied);
}

/* In the real root others are in nobody's way, and are left alone. */
static void test_a_guest_in_the_real_root(void **state)
{
	char parent[sizeof top], before[4096];
	int status;
	pid_t pid;

	(void)state;
	if (!controllers)
		skip();
	memcpy(parent, top, sizeof top);
	memcpy(top, mounted, sizeof mounted);
	snprintf(before, sizeof before, "%s", text("cgroup.subtree_control"));
	pid = fork();
	if (pid == 0) {
		char self[32];

		snprintf(self, sizeof self, "%d\n", (int)getpid());
		must(join(mounted));
		with_limits();
		groups_open(&(struct groups_config){&spec, "unit", true}, &lack);
		must(lack.controllers == 0);
		must(strcmp(text("init/cgroup.procs"), self) == 0);
		must(strcmp(text("unit/pids.max"), "max\n") == 0);
		groups_close();
		must(strstr(text("cgroup.procs"), self));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	/* What was on before stays on. */
	assert_string_equal(text("cgroup.subtree_control"), before);
	assert_false(is_there("unit"));
	assert_false(is_there("init"));
	memcpy(top, parent, sizeof top);
}

/* What seccomp filters of container runtimes do. */
static void hide_clone3(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof code / sizeof *code, code};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void filtered(void)
{
	static char mark[MARK_MAX], sleeping[] = "sleep", minute[] = "60";
	static char *argv[] = {sleeping, minute, NULL}, *envp[] = {mark, NULL};
	struct step_data exec = {.kind = STEP_EXEC, .text = "/bin:/usr/bin"};
	const struct plan plan = {
		.v = &exec,
		.n = 1,
		.argv = argv,
		.envp = envp,
		.mark = mark,
	};
	struct wires wires = {.out = STDOUT_FILENO, .err = STDERR_FILENO, .cgroup = -1, .join = -1};
	struct spawn_failure failure;
	struct spawned s;
	struct group g;
	char pid[32];
	int outcome;

	no_limits();
	must(open_as(false, false));
	open_group(&g, web);
	hide_clone3();
	wires.cgroup = g.dir;
	must(spawn(&s, &plan, &spec, web, &wires) == 0);
	while ((outcome = spawn_outcome(s.errfd, &failure)) < 0)
		usleep(10000);
	must(outcome == 0);
	snprintf(pid, sizeof pid, "%d\n", (int)s.pid);
	must(strcmp(text("pod/web.3/cgroup.procs"), pid) == 0);
	group_kill(&g);
	must(reaped(s.pid) == SIGKILL && becomes_empty(&g));
	/* It is not started outside. */
	must(unlinkat(AT_FDCWD, at("pod/web.3"), AT_REMOVEDIR) == 0);
	wires.cgroup = g.dir;
	must(spawn(&s, &plan, &spec, web, &wires) == 0);
	while ((outcome = spawn_outcome(s.errfd, &failure)) < 0)
		usleep(10000);
	must(outcome == 1 && failure.step == plan.n && spawn_status(&plan, &failure) == 125);
	must(reaped(s.pid) == -126);
	group_close(&g);
	groups_close();
}

static void test_where_a_filter_hides_clone3(void **state)
{
	(void)state;
	in_cgroup(filtered);
}

static void test_the_counter_of_the_kernel(void **state)
{
	static const struct {
		const char *events;
		bool oom;
	} cases[] = {
		{"low 0\nhigh 0\nmax 5\noom 1\noom_kill 0\noom_group_kill 1\n", false},
		{"low 0\nhigh 0\nmax 5\noom 1\noom_kill 3\noom_group_kill 0\n", true},
		{"low 0\nhigh 0\nmax 5\noom 1\n", false},
		{"", false},
	};
	char dir[] = "/tmp/podinit-unit.XXXXXX";
	struct group g = {.watch = -1};

	(void)state;
	assert_non_null(mkdtemp(dir));
	g.dir = open(dir, O_RDONLY | O_DIRECTORY);
	assert_false(group_oom(&g));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int fd = openat(g.dir, "memory.events", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		size_t n = strlen(cases[i].events);

		assert_int_equal(write(fd, cases[i].events, n), n);
		close(fd);
		assert_int_equal(group_oom(&g), cases[i].oom);
	}
	unlinkat(g.dir, "memory.events", 0);
	close(g.dir);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_without_limits),
		cmocka_unit_test(test_closing_leaves_nothing),
		cmocka_unit_test(test_limits_without_controllers_are_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_want_of_memory_is_seen),
		cmocka_unit_test(test_no_more_processes_than_allowed),
		cmocka_unit_test(test_other_processes),
		cmocka_unit_test(test_a_limit_that_cannot_be_set),
		cmocka_unit_test(test_why_there_are_no_cgroups),
		cmocka_unit_test(test_lenient_takes_what_there_is),
		cmocka_unit_test(test_no_cgroup_of_threads_is_left),
		cmocka_unit_test(test_a_guest_in_the_real_root),
		cmocka_unit_test(test_where_a_filter_hides_clone3),
		cmocka_unit_test(test_the_counter_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
