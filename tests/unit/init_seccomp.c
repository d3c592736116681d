/*
 * The filters, as the kernel runs them: a child sets one, makes one system call and tells its
 * errno. What no kernel can be asked for (another architecture, x32) a small interpreter runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/seccomp.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

/* Of a machine that is not too new for its headers. */
#define NR_FSOPEN            430
#define NR_CLONE3            435
#define NR_PIDFD_GETFD       438
#define NR_CACHESTAT         451
#define NR_STATMOUNT         457
#define NR_LSM_GET_SELF_ATTR 459
#define NR_LSM_LIST_MODULES  461
#define NR_MSEAL             462
#define NR_REMOVEXATTRAT     466
#define X32                  0x40000000

/* What a container has that asks for none. */
#define FOURTEEN                                                                                   \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) | CAP(NET_RAW) |  \
	 CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) |         \
	 CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE))

static struct sock_filter filter[SECCOMP_DEFAULT_MAX];
static uint16_t count;
static char dir[] = "/tmp/seccomp-test-XXXXXX";

struct call {
	const char *name;
	long nr;
	unsigned long arg[4];
};

/* In a child: the errno of the call, 0 if it worked; -signal if that ended it. */
static int errno_with(const struct call *c, bool filtered)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		long r;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filtered && seccomp_set(filter, count) < 0)
			_exit(254);
		r = syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], 0, 0);
		/* A child of clone() too. */
		syscall(SYS_exit_group, r == -1 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int errno_of(const struct call *c)
{
	return errno_with(c, true);
}

static void assert_errno(const struct call *c, int expected)
{
	int got = errno_of(c);

	if (got != expected)
		fail_msg("%s: errno %d (%s), not %d (%s)", c->name, got, strerror(abs(got)),
			 expected, strerror(expected));
}

static uint32_t run(uint32_t arch, uint32_t nr, uint64_t arg0)
{
	struct seccomp_data d = {.nr = (int)nr, .arch = arch, .args = {arg0}};
	uint32_t a = 0;

	for (size_t pc = 0; pc < count; pc++) {
		const struct sock_filter *f = &filter[pc];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (char *)&d + f->k, sizeof a); break;
		case BPF_ALU | BPF_AND | BPF_K: a &= f->k; break;
		case BPF_JMP | BPF_JA: pc += f->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: pc += a == f->k ? f->jt : f->jf; break;
		case BPF_JMP | BPF_JGT | BPF_K: pc += a > f->k ? f->jt : f->jf; break;
		case BPF_JMP | BPF_JGE | BPF_K: pc += a >= f->k ? f->jt : f->jf; break;
		case BPF_RET | BPF_K: return f->k;
		default: fail_msg("an instruction of code 0x%x", f->code);
		}
	}
	fail_msg("it runs off its end");
	return 0;
}

static void test_what_a_container_may_not(void **state)
{
	static const struct {
		struct call call;
		int err;
	} table[] = {
		{{"unshare", SYS_unshare, {CLONE_NEWUSER}}, EPERM},
		{{"mount", SYS_mount, {0}}, EPERM},
		{{"umount2", SYS_umount2, {0, 0xff00}}, EPERM},
		{{"pivot_root", SYS_pivot_root, {0}}, EPERM},
		{{"setns", SYS_setns, {(unsigned long)-1}}, EPERM},
		{{"fsopen", NR_FSOPEN, {0}}, EPERM},
		{{"bpf", SYS_bpf, {0}}, EPERM},
		{{"perf_event_open", SYS_perf_event_open, {0}}, EPERM},
		{{"keyctl", SYS_keyctl, {9999}}, EPERM},
		{{"add_key", SYS_add_key, {0}}, EPERM},
		{{"request_key", SYS_request_key, {0}}, EPERM},
		{{"userfaultfd", SYS_userfaultfd, {0}}, EPERM},
		{{"io_uring_setup", 425, {0}}, EPERM},
		{{"kexec_load", SYS_kexec_load, {0}}, EPERM},
		{{"init_module", SYS_init_module, {0}}, EPERM},
		{{"reboot", SYS_reboot, {0}}, EPERM},
		{{"swapoff", SYS_swapoff, {0}}, EPERM},
		{{"syslog", SYS_syslog, {9}}, EPERM},
		{{"get_mempolicy", SYS_get_mempolicy, {0}}, EPERM},
		{{"clock_settime", SYS_clock_settime, {99}}, EPERM},
		{{"open_by_handle_at", SYS_open_by_handle_at, {0}}, EPERM},
		{{"pidfd_getfd", NR_PIDFD_GETFD, {0}}, EPERM},
		{{"chroot", SYS_chroot, {0}}, EPERM},
		{{"lsm_get_self_attr", NR_LSM_GET_SELF_ATTR, {0}}, EPERM},
		{{"lsm_list_modules", NR_LSM_LIST_MODULES, {0}}, EPERM},
		{{"clone of a user namespace", SYS_clone, {CLONE_NEWUSER | SIGCHLD}}, EPERM},
		{{"clone of a mount namespace", SYS_clone, {CLONE_NEWNS | SIGCHLD}}, EPERM},
		{{"clone3", NR_CLONE3, {0}}, ENOSYS},
		{{"a call nobody knows", 9999, {0}}, ENOSYS},
		{{"the first that is too new", NR_REMOVEXATTRAT + 1, {0}}, ENOSYS},
		{{"AF_VSOCK", SYS_socket, {AF_VSOCK, SOCK_STREAM}}, EPERM},
		{{"AF_ALG", SYS_socket, {AF_ALG, SOCK_SEQPACKET}}, EPERM},
		/* The kernel looks at 32 bits of what the filter sees 64 of. */
		{{"AF_ALG in disguise", SYS_socket, {UINT64_C(1) << 32 | AF_ALG}}, EPERM},
		{{"an unknown family", SYS_socket, {63, SOCK_STREAM}}, EPERM},
		{{"personality PER_SVR4", SYS_personality, {1}}, EPERM},
		{{"personality without ASLR", SYS_personality, {0x40000}}, EPERM},
	};

	(void)state;
	count = seccomp_default(filter, 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_errno(&table[i].call, table[i].err);
}

static void test_what_a_container_may(void **state)
{
	static const struct {
		struct call call;
		int err;
	} table[] = {
		{{"getpid", SYS_getpid, {0}}, 0},
		{{"clone", SYS_clone, {SIGCHLD}}, 0},
		{{"AF_UNIX", SYS_socket, {AF_UNIX, SOCK_STREAM}}, 0},
		{{"AF_NETLINK", SYS_socket, {AF_NETLINK, SOCK_RAW}}, 0},
		{{"the kernel's question", SYS_personality, {0xffffffff}}, 0},
		{{"PER_LINUX32", SYS_personality, {8}}, 0},
		/* These are the kernel's own answers. */
		{{"a family between", SYS_socket, {39, 99}}, EINVAL},
		{{"ptrace", SYS_ptrace, {16, 0x7fffffff}}, ESRCH},
		{{"execve", SYS_execve, {0}}, EFAULT},
		{{"write", SYS_write, {(unsigned long)-1}}, EBADF},
		{{"seccomp", SYS_seccomp, {9999}}, EINVAL},
		{{"cachestat", NR_CACHESTAT, {(unsigned long)-1}}, EBADF},
		{{"statmount", NR_STATMOUNT, {0}}, EFAULT},
		{{"mseal", NR_MSEAL, {1, 1}}, EINVAL},
		{{"removexattrat", NR_REMOVEXATTRAT, {0, 0, 1}}, EINVAL},
	};

	(void)state;
	count = seccomp_default(filter, 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		/* The kernel may be too old for it. */
		if (errno_with(&table[i].call, false) != ENOSYS)
			assert_errno(&table[i].call, table[i].err);
}

/* Each comes through to the kernel, and only with its capability. */
static void test_what_capabilities_add(void **state)
{
	static const struct {
		uint64_t cap;
		struct call call;
		int err;
	} table[] = {
		{CAP(SYS_ADMIN), {"mount", SYS_mount, {0}}, EFAULT},
		{CAP(SYS_ADMIN), {"unshare", SYS_unshare, {1}}, EINVAL},
		{CAP(SYS_ADMIN), {"setns", SYS_setns, {(unsigned long)-1}}, EBADF},
		{CAP(SYS_ADMIN), {"umount2", SYS_umount2, {0, 0xff00}}, EINVAL},
		{CAP(SYS_ADMIN), {"clone3", NR_CLONE3, {0}}, EINVAL},
		{CAP(SYS_ADMIN),
		 {"clone", SYS_clone, {CLONE_NEWUSER | CLONE_FS | SIGCHLD}},
		 EINVAL},
		{CAP(SYS_CHROOT), {"chroot", SYS_chroot, {0}}, EFAULT},
		{CAP(SYS_PTRACE), {"kcmp", SYS_kcmp, {0x7fffffff, 0x7fffffff}}, ESRCH},
		{CAP(SYS_PTRACE), {"pidfd_getfd", NR_PIDFD_GETFD, {0, 0, 1}}, EINVAL},
		{CAP(SYS_TIME), {"clock_settime", SYS_clock_settime, {99}}, EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		count = seccomp_default(filter, ~table[i].cap);
		assert_int_equal(errno_of(&table[i].call),
				 table[i].call.nr == NR_CLONE3 ? ENOSYS : EPERM);
		count = seccomp_default(filter, table[i].cap);
		assert_errno(&table[i].call, table[i].err);
		count = seccomp_default(filter, UINT64_MAX);
		assert_errno(&table[i].call, table[i].err);
	}
}

#ifdef __x86_64__

static int by_32_bit_entry(bool filtered)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		long r = 20; /* getpid() there, writev() here */

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filtered && seccomp_set(filter, count) < 0)
			_exit(254);
		__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
		syscall(SYS_exit_group, r == getpid() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_other_architectures(void **state)
{
	static const uint64_t caps[] = {0, FOURTEEN, CAP(SYS_ADMIN), UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
		count = seccomp_default(filter, caps[i]);
		assert_int_equal(run(AUDIT_ARCH_X86_64, SYS_getpid, 0), SECCOMP_RET_ALLOW);
		for (uint32_t nr = 0; nr < 1000; nr++) {
			assert_int_equal(run(AUDIT_ARCH_I386, nr, 0), SECCOMP_RET_KILL_PROCESS);
			assert_int_equal(run(AUDIT_ARCH_AARCH64, nr, 0), SECCOMP_RET_KILL_PROCESS);
			assert_int_equal(run(AUDIT_ARCH_X86_64, nr | X32, 0),
					 SECCOMP_RET_ERRNO | ENOSYS);
		}
		assert_int_equal(run(AUDIT_ARCH_X86_64, UINT32_MAX, 0), SECCOMP_RET_ERRNO | ENOSYS);
		/* Not every kernel has that entry. */
		if (by_32_bit_entry(false) == 0)
			assert_int_equal(by_32_bit_entry(true), -SIGSYS);
	}
}

#endif

/* The path of a file of ours. */
static const char *at(const char *name)
{
	static char path[2][100];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
	return path[turn];
}

static void put(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void put_default(uint64_t caps)
{
	char name[40];

	count = seccomp_default(filter, caps);
	snprintf(name, sizeof name, "masks/%llx", (unsigned long long)caps);
	put(at(name), filter, count * sizeof *filter);
}

/* Every call, for every capability: as libseccomp renders the profile, and as Debian's podman, but
   for what tests/tools/filters.py explains. */
static void test_every_call_against_libseccomp(void **state)
{
	char command[200];

	(void)state;
	assert_int_equal(mkdir(at("masks"), 0700), 0);
	put_default(0);
	put_default(FOURTEEN);
	put_default((UINT64_C(2) << CAP_CHECKPOINT_RESTORE) - 1);
	for (unsigned i = 0; i <= CAP_CHECKPOINT_RESTORE; i++)
		put_default(UINT64_C(1) << i);
	snprintf(command, sizeof command, "/usr/bin/python3 tests/tools/filters.py %s",
		 at("masks"));
	assert_int_equal(system(command), 0);
}

/* Writes a file of that name and reads it as a filter; what is wrong with it, or "". */
static const char *loaded(const void *data, size_t n)
{
	static struct sock_filter v[SECCOMP_FILE_MAX];
	static char why[200];

	put(at("file"), data, n);
	why[0] = '\0';
	if (seccomp_load_file(v, at("file"), why, sizeof why) > 0) {
		assert_string_equal(why, "");
		assert_memory_equal(v, data, n);
	} else {
		assert_string_not_equal(why, "");
	}
	return why;
}

static const char *load_at(const char *path)
{
	static struct sock_filter v[SECCOMP_FILE_MAX];
	static char why[200];

	assert_int_equal(seccomp_load_file(v, path, why, sizeof why), 0);
	return why;
}

#define HAS(text, word) assert_non_null(strstr(text, word))

static void test_files(void **state)
{
	static struct sock_filter long_one[SECCOMP_FILE_MAX + 1];
	struct sock_filter some[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_ALPHA, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};

	(void)state;
	count = seccomp_default(filter, FOURTEEN);
	assert_string_equal(loaded(filter, count * sizeof *filter), "");
	for (size_t i = 0; i < SECCOMP_FILE_MAX + 1; i++)
		long_one[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	assert_string_equal(loaded(long_one, SECCOMP_FILE_MAX * sizeof *long_one), "");

	HAS(loaded(long_one, sizeof long_one), "longer than the 4096 instructions");
	HAS(loaded(filter, 0), "empty");
	HAS(loaded("x", 1), "multiple of 8");
	HAS(loaded(filter, count * sizeof *filter - 3), "multiple of 8");
	/* Cut at an instruction: some jump goes beyond, or there is no return. */
	HAS(loaded(filter, (size_t)(count / 2) * sizeof *filter), "cut off");
	HAS(loaded(some, sizeof *some), "does not end with a return");
	HAS(loaded("{\"defaultAction\": 1}", 20), "images/seccomp-bpf.py");
	HAS(loaded("\177ELF\2\1\1\0", 8), "no compiled filter");
	HAS(loaded(some, sizeof some), "another architecture");
	/* The machine's own is the first that a filter of ours asks for. */
	count = seccomp_default(filter, 0);
	some[1].k = filter[1].k;
	assert_string_equal(loaded(some, sizeof some), "");
	some[1].jf = 2;
	HAS(loaded(some, sizeof some), "not an instruction");
	some[1] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 2);
	HAS(loaded(some, sizeof some), "not an instruction");
	some[1].k = 1;
	some[0].k = offsetof(struct seccomp_data, nr);
	assert_string_equal(loaded(some, sizeof some), "");
	some[0].k = 64;
	HAS(loaded(some, sizeof some), "not an instruction");

	HAS(load_at("/no/such/file"), "No such file");
	HAS(load_at("/tmp"), "regular");
	HAS(load_at("/dev/zero"), "regular");
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	HAS(load_at(at("fifo")), "regular");
}

/* The errno of seccomp_set() in a child; 0 if the kernel takes it. */
static int refused(const struct sock_filter *v, uint16_t n, bool no_new_privs)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(254);
		if (no_new_privs)
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(seccomp_set(v, n) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whatever seccomp_load_file() lets pass and the kernel does not, is an error of seccomp_set(). */
static void test_what_the_kernel_does_not_take(void **state)
{
	const struct sock_filter good[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
				 wrong[] = {BPF_STMT(BPF_ST, 99), BPF_STMT(BPF_RET | BPF_K, 0)};

	(void)state;
	assert_int_equal(refused(good, 1, true), 0);
	assert_int_equal(refused(wrong, 2, true), EINVAL);
	assert_int_equal(refused(good, 0, true), EINVAL);
	assert_int_equal(refused(good, 1, false), EACCES);
}

/* From a profile to an errno: what a user does for Localhost. */
static void compile_and_load(const char *json)
{
	static struct sock_filter v[SECCOMP_FILE_MAX];
	char command[400], why[200] = "";

	put(at("json"), json, strlen(json));
	snprintf(command, sizeof command, "images/seccomp-bpf.py %s -o %s", at("json"), at("bpf"));
	assert_int_equal(system(command), 0);
	count = seccomp_load_file(v, at("bpf"), why, sizeof why);
	assert_string_equal(why, "");
	assert_in_range(count, 1, SECCOMP_DEFAULT_MAX);
	memcpy(filter, v, count * sizeof *v);
}

static void test_a_profile_of_ones_own(void **state)
{
	static const struct call unames = {"uname", SYS_uname, {0}}, pid = {"", SYS_getpid, {0}},
				 ppid = {"", SYS_getppid, {0}}, unknown = {"", 9999, {0}},
				 chroots = {"chroot", SYS_chroot, {0}},
				 times = {"", SYS_clock_settime, {99}},
				 reads = {"read", SYS_read, {(unsigned long)-1}};

	(void)state;
	compile_and_load(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"uname\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5},"
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 6,"
		"  \"args\": [{\"index\": 1, \"op\": \"SCMP_CMP_EQ\", \"value\": 7},"
		"             {\"index\": 1, \"op\": \"SCMP_CMP_EQ\", \"value\": 0}]},"
		"{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}");
	assert_errno(&unames, 5);
	assert_errno(&reads, 6);
	assert_errno(&pid, 0);
	assert_errno(&ppid, -SIGSYS);
	/* One that allows by default is not asked about what is new. */
	assert_errno(&unknown, ENOSYS);

	compile_and_load(
		"{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", \"syscalls\": ["
		"{\"names\": [\"exit_group\", \"getpid\"], \"action\": \"SCMP_ACT_ALLOW\"},"
		"{\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\","
		"  \"includes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}},"
		"{\"names\": [\"clock_settime\"], \"action\": \"SCMP_ACT_ALLOW\","
		"  \"includes\": {\"caps\": [\"CAP_SYS_TIME\"]}}]}");
	assert_errno(&pid, 0);
	assert_errno(&ppid, -SIGSYS);
	assert_errno(&chroots, EFAULT);
	assert_errno(&times, -SIGSYS);
	/* New calls answer that they are not there, whatever the others do. */
	assert_errno(&unknown, ENOSYS);
}

static int exit_under(const struct sock_filter *v, uint16_t n)
{
	/* What comes before a call that is known not to return is the sanitizers', and calls. */
	void (*volatile leave)(int) = seccomp_exit;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		signal(SIGILL, SIG_DFL);
		alarm(20);
		if (seccomp_set(v, n) < 0)
			_exit(254);
		leave(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_exit(void **state)
{
	const struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
				 none[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)},
				 dead[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
	int by_trap;

	(void)state;
	assert_int_equal(exit_under(all, 1), 42);
	/* A trap has another signal on other machines, and where a sanitizer comes before it; but
	   never that of the alarm. */
	by_trap = exit_under(none, 1);
	assert_true(by_trap < 0 && by_trap != -SIGALRM);
	assert_int_equal(exit_under(dead, 1), -SIGSYS);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_container_may_not),
		cmocka_unit_test(test_what_a_container_may),
		cmocka_unit_test(test_what_capabilities_add),
#ifdef __x86_64__
		cmocka_unit_test(test_other_architectures),
#endif
		cmocka_unit_test(test_every_call_against_libseccomp),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_a_profile_of_ones_own),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_what_the_kernel_does_not_take),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
