/* Who a container is, by the passwd of an image that means us no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/identity.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# a comment\n"
			     "short:x:7\n"
			     "1000:x:0:0:a number for a name::\n"
			     "web:x:33:34:::/bin/sh\n"
			     "web:x:1:1:second:/second:\n"
			     "minus:x:-1:0:::\n"
			     "none:x:4294967295:0:::\n"
			     "huge:x:99999999999999999999:0:::\n"
			     "user:x:1000:1001::/home/user:\n"
			     "last:x:12:13::/l:";

static const char group[] =
	"root:x:0:root\nfour:x:4:a,web,b\nfive:x:5:webb,aweb\nsix:x:6:web\nbad:x:x:web\n";

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
}

/* Runs `test` in a root of its own, with the files above; its result comes back. */
static int in_root(int (*test)(void))
{
	char top[] = "/tmp/identity.XXXXXX", command[64];
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(top));
	pid = fork();
	if (pid == 0) {
		if (chmod(top, 0755) < 0 || chroot(top) < 0 || chdir("/") < 0 ||
		    mkdir("etc", 0755) < 0)
			_exit(98);
		put("/etc/passwd", passwd);
		put("/etc/group", group);
		_exit(test());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(command, sizeof command, "rm -rf '%s'", top);
	assert_int_equal(system(command), 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct identity id;

#define must(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "line %d: %s\n", __LINE__, #cond);                         \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static struct security_spec named(const char *name)
{
	return (struct security_spec){.user_given = true, .user_name = name};
}

static struct security_spec numbered(uint32_t user)
{
	return (struct security_spec){.user_given = true, .user = user};
}

/* Proves: K8s 8.4.9, 8.4.10, 8.4.12 */
static int names_and_numbers(void)
{
	struct security_spec s = named("web");
	uint32_t more[] = {70, 34};

	must(identity_find(&id, &s, false) == 0);
	must(id.user == 33 && id.group == 34 && strcmp(id.home, "/") == 0);
	must(id.n_groups == 3 && id.groups[0] == 34 && id.groups[1] == 4 && id.groups[2] == 6);
	s.groups = more;
	s.n_groups = 2;
	s.group_given = true;
	s.group = 99;
	must(identity_find(&id, &s, false) == 0 && id.group == 99 && id.n_groups == 5);
	must(id.groups[0] == 99 && id.groups[1] == 70 && id.groups[2] == 34);
	s = numbered(1000);
	must(identity_find(&id, &s, false) == 0);
	/* CVE-2016-3697: the entry called "1000" is another's. */
	must(id.user == 1000 && id.group == 1001 && strcmp(id.home, "/home/user") == 0);
	s = numbered(4711);
	must(identity_find(&id, &s, false) == 0 && id.user == 4711 && id.group == 0);
	must(id.n_groups == 1 && strcmp(id.home, "/") == 0);
	s = named("last");
	must(identity_find(&id, &s, false) == 0 && id.user == 12 && strcmp(id.home, "/l") == 0);
	s = (struct security_spec){0};
	must(identity_find(&id, &s, false) == 0 && id.user == 0 && strcmp(id.home, "/root") == 0);
	return 0;
}

static int entries_that_are_none(void)
{
	static const char *const names[] = {"minus", "none",   "huge",
					    "short", "nobody", "# a comment"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		struct security_spec s = named(names[i]);

		must(identity_find(&id, &s, false) == -1 && errno == ENOENT);
	}
	return 0;
}

/* Proves: K8s 8.4.11 */
static int root_where_it_is_forbidden(void)
{
	struct security_spec s = named("1000");

	s.non_root = true;
	must(identity_find(&id, &s, false) == -1 && errno == EPERM);
	s = (struct security_spec){.non_root = true};
	must(identity_find(&id, &s, false) == -1 && errno == EPERM);
	s = named("web");
	s.non_root = true;
	must(identity_find(&id, &s, false) == 0);
	return 0;
}

/* CVE-2024-9676 */
static int files_that_are_none(void)
{
	struct security_spec s = named("web");
	char *line = malloc(20000);

	unlink("/etc/passwd");
	must(mkfifo("/etc/passwd", 0666) == 0);
	must(identity_find(&id, &s, false) == -1 && errno == ENXIO);
	unlink("/etc/passwd");
	must(mkdir("/etc/passwd", 0755) == 0);
	must(identity_find(&id, &s, false) == -1 && errno == ENXIO);
	rmdir("/etc/passwd");
	must(mknod("/etc/passwd", S_IFSOCK | 0666, 0) == 0);
	must(identity_find(&id, &s, false) == -1 && errno == ENXIO);
	unlink("/etc/passwd");
	put("/etc/passwd", "web:x:33:34:::\n");
	must(truncate("/etc/passwd", (off_t)2 << 30) == 0);
	must(identity_find(&id, &s, false) == -1 && errno == EFBIG);
	memset(line, 'x', 19999);
	line[19999] = '\0';
	put("/etc/passwd", line);
	must(identity_find(&id, &s, false) == -1 && errno == ENOENT);
	unlink("/etc/passwd");
	must(identity_find(&id, &s, false) == -1 && errno == ENOENT);
	s = numbered(5);
	must(identity_find(&id, &s, false) == 0 && id.user == 5 && id.group == 0);
	return 0;
}

/* CVE-2022-2989: the groups of whoever started podinit are not the container's. */
static int groups_of_podinit(void)
{
	gid_t groups[] = {0, 4, 27};
	struct security_spec s = named("web");

	must(setgroups(3, groups) == 0);
	must(identity_find(&id, &s, false) == 0 && identity_take(&id) == 0);
	must(getgroups(0, NULL) == 3 && getuid() == 33 && getegid() == 34);
	/* In podinit's own root, who asks for nothing keeps what there is. */
	s = (struct security_spec){0};
	must(identity_find(&id, &s, true) == 0 && id.user == 33 && id.group == 34);
	must(identity_take(&id) == 0);
	/* A demand that holds already is met without any privilege. */
	s = numbered(33);
	s.group_given = true;
	s.group = 34;
	must(identity_find(&id, &s, true) == 0 && identity_take(&id) == 0);
	s = numbered(1);
	must(identity_find(&id, &s, true) == 0 && identity_take(&id) == -1 && errno == EPERM);
	return 0;
}

/* Proves: K8s 8.4.1 */
static int capabilities(void)
{
	struct security_spec s = numbered(33);
	uint64_t some = UINT64_C(1) << 10 | UINT64_C(1) << 5;

	must(identity_own_caps() != 0);
	must(identity_bound(some) == 0);
	must(identity_find(&id, &s, false) == 0 && identity_take(&id) == 0);
	must(identity_caps(some, UINT64_C(1) << 10) == 0);
	must(identity_own_caps() == some);
	must(identity_caps(0, some) == 0 && identity_own_caps() == 0);
	must(identity_caps(some, 0) == -1);
	return 0;
}

/* Who may not change it must not go on as if it had been changed. */
static int owners_of_files(void)
{
	struct stat st;

	must(identity_own_files(1000) == 0 && mkdir("/own", 0755) == 0);
	must(stat("/own", &st) == 0 && st.st_uid == 1000 && st.st_gid == 1000);
	must(identity_own_files(0) == 0 && rmdir("/own") == 0);
	must(identity_caps(identity_own_caps() & ~(UINT64_C(1) << CAP_SETUID), 0) == 0);
	must(identity_own_files(1000) == -1 && errno == EPERM);
	must(identity_caps(0, 0) == 0);
	must(identity_own_files(1000) == -1 && errno == EPERM);
	return 0;
}

static void run(int (*test)(void))
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_root(test), 0);
}

#define TEST(name)                                                                                 \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		run(name);                                                                         \
	}
TEST(names_and_numbers)
TEST(entries_that_are_none)
TEST(root_where_it_is_forbidden)
TEST(files_that_are_none)
TEST(groups_of_podinit)
TEST(capabilities)
TEST(owners_of_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_numbers),
		cmocka_unit_test(test_entries_that_are_none),
		cmocka_unit_test(test_root_where_it_is_forbidden),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_groups_of_podinit),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_owners_of_files),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
