/* Paths inside a root that means us no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/inroot.h"

/* A directory with a root in it, and a place beside it where nothing may ever appear. */
static char top[64];
static int root, outside;

static int make_root(void **state)
{
	(void)state;
	umask(0);
	snprintf(top, sizeof top, "/tmp/inroot.XXXXXX");
	if (!mkdtemp(top) || chdir(top) < 0 || mkdir("root", 0755) < 0 ||
	    mkdir("outside", 0755) < 0)
		return -1;
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	outside = open("outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || outside < 0 || chdir("root") < 0 ? -1 : 0;
}

static int drop_root(void **state)
{
	char command[128];

	(void)state;
	close(root);
	close(outside);
	snprintf(command, sizeof command, "rm -rf '%s'", top);
	return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

static bool empty(const char *path)
{
	return rmdir(path) == 0 && mkdir(path, 0755) == 0;
}

/* Where a descriptor leads, below the top. */
static const char *where(int fd)
{
	static char path[256], link[64];
	ssize_t n;

	assert_true(fd >= 0);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	close(fd);
	assert_true(n > (ssize_t)strlen(top));
	path[n] = '\0';
	return path + strlen(top);
}

static void test_missing_directories_are_made(void **state)
{
	struct stat st;

	(void)state;
	assert_string_equal(where(inroot_dir(root, "/a/b/c")), "/root/a/b/c");
	assert_string_equal(where(inroot_dir(root, "/a/b/c")), "/root/a/b/c");
	assert_int_equal(stat("a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_string_equal(where(inroot_dir(root, "/")), "/root");
	assert_string_equal(where(inroot_place(root, "/a/f/g.conf", S_IFREG, NULL, 0)),
			    "/root/a/f/g.conf");
	assert_int_equal(stat("a/f/g.conf", &st), 0);
	assert_true(S_ISREG(st.st_mode) && st.st_size == 0);
}

/* CVE-2019-18837, CVE-2024-9407, CVE-2026-41579: what a link says is said inside. */
static void test_links_stay_inside(void **state)
{
	char up[128];

	(void)state;
	snprintf(up, sizeof up, "%s/outside", top);
	assert_int_equal(symlink("/", "slash"), 0);
	assert_int_equal(symlink("../../../../outside", "relative"), 0);
	assert_int_equal(symlink(up, "absolute"), 0);
	assert_int_equal(mkdir("real", 0755), 0);
	assert_int_equal(symlink("/real", "good"), 0);
	assert_string_equal(where(inroot_dir(root, "/slash/x")), "/root/x");
	assert_string_equal(where(inroot_dir(root, "/good/x")), "/root/real/x");
	assert_string_equal(where(inroot_dir(root, "/relative/x")), "/root/outside/x");
	/* A link that leads nowhere leads to what is made, inside. */
	snprintf(up, sizeof up, "/root%s/outside/x", top);
	assert_string_equal(where(inroot_dir(root, "/absolute/x")), up);
	assert_int_equal(symlink("/nonexist/y", "dangling"), 0);
	assert_string_equal(where(inroot_dir(root, "/dangling")), "/root/nonexist/y");
	assert_int_equal(symlink("h", "hosts"), 0);
	assert_string_equal(where(inroot_place(root, "/hosts", S_IFREG, NULL, 0)), "/root/h");
	assert_true(empty("../outside"));
}

static void test_links_without_end(void **state)
{
	(void)state;
	assert_int_equal(symlink("two", "one"), 0);
	assert_int_equal(symlink("one", "two"), 0);
	assert_int_equal(inroot_dir(root, "/one/x"), -1);
	assert_int_equal(errno, ELOOP);
}

static void test_the_wrong_kind(void **state)
{
	(void)state;
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(close(open("file", O_WRONLY | O_CREAT, 0644)), 0);
	assert_int_equal(inroot_dir(root, "/file"), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(inroot_place(root, "/dir", S_IFREG, NULL, 0), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(inroot_dir(root, "/file/x"), -1);
	assert_int_equal(errno, ENOTDIR);
}

/* CVE-2019-19921, CVE-2023-27561: /proc is the directory /proc. */
static void test_proc_is_no_link(void **state)
{
	(void)state;
	assert_string_equal(where(inroot_plain(root, "proc", S_IFDIR)), "/root/proc");
	assert_int_equal(rmdir("proc"), 0);
	assert_int_equal(mkdir("tmp", 0755), 0);
	assert_int_equal(symlink("tmp", "proc"), 0);
	assert_int_equal(inroot_plain(root, "proc", S_IFDIR), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(close(open("sys", O_WRONLY | O_CREAT, 0644)), 0);
	assert_int_equal(inroot_plain(root, "sys", S_IFDIR), -1);
	assert_int_equal(errno, ENOTDIR);
}

/* Kubernetes' CVE-2017-1002101 and CVE-2021-25741.  Proves: K8s 8.6.9 */
static void test_sub_paths_stay_in_the_volume(void **state)
{
	struct stat st;
	int volume;

	(void)state;
	assert_int_equal(mkdir("vol", 0750), 0);
	volume = open("vol", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_string_equal(where(inroot_sub_path(volume, "a/b")), "/root/vol/a/b");
	assert_int_equal(stat("vol/a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(symlink("../../outside", "vol/up"), 0);
	assert_int_equal(symlink("/", "vol/slash"), 0);
	assert_int_equal(symlink("a", "vol/inside"), 0);
	assert_int_equal(inroot_sub_path(volume, "up"), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(inroot_sub_path(volume, "up/new"), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(inroot_sub_path(volume, "slash/tmp"), -1);
	assert_int_equal(errno, EXDEV);
	assert_string_equal(where(inroot_sub_path(volume, "inside/b")), "/root/vol/a/b");
	assert_string_equal(where(inroot_sub_path(volume, "inside/c/d")), "/root/vol/a/c/d");
	assert_int_equal(close(open("vol/file", O_WRONLY | O_CREAT, 0644)), 0);
	assert_string_equal(where(inroot_sub_path(volume, "file")), "/root/vol/file");
	assert_true(empty("../outside"));
	close(volume);
}

/* What is mounted in a volume is mounted where another may have put a link. */
static void test_no_link_is_followed_in_a_volume(void **state)
{
	struct stat st;
	int volume;

	(void)state;
	assert_int_equal(mkdir("vol", 0750), 0);
	volume = open("vol", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(inroot_plain(volume, "a/b", 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(access("vol/a", F_OK), -1);
	assert_string_equal(where(inroot_plain(volume, "a/b", S_IFDIR)), "/root/vol/a/b");
	assert_int_equal(stat("vol/a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_string_equal(where(inroot_plain(volume, "a/b", 0)), "/root/vol/a/b");
	assert_string_equal(where(inroot_plain(volume, "a/c/file", S_IFREG)), "/root/vol/a/c/file");
	assert_int_equal(inroot_plain(volume, "a/b", S_IFREG), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(inroot_plain(volume, "a/c/file", S_IFDIR), -1);
	assert_int_equal(errno, ENOTDIR);
	/* Not one that leads out, to what is there or not, and not one that stays in. */
	assert_int_equal(symlink("../../outside", "vol/up"), 0);
	assert_int_equal(symlink("../../outside/new", "vol/none"), 0);
	assert_int_equal(symlink("a", "vol/in"), 0);
	for (unsigned i = 0; i < 12; i++) {
		static const char *const paths[] = {"up", "none", "in", "up/new", "none/x", "in/b"};

		assert_int_equal(inroot_plain(volume, paths[i % 6], i < 6 ? S_IFDIR : S_IFREG), -1);
		assert_int_equal(errno, ELOOP);
	}
	assert_true(empty("../outside"));
	close(volume);
}

static void test_what_lies_below(void **state)
{
	(void)state;
	assert_string_equal(inroot_rest("/a/b/c", "/a"), "b/c");
	assert_null(inroot_rest("/a", "/a"));
	assert_null(inroot_rest("/ab", "/a"));
	assert_null(inroot_rest("/b/a", "/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_missing_directories_are_made, make_root,
						drop_root),
		cmocka_unit_test_setup_teardown(test_links_stay_inside, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_links_without_end, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_the_wrong_kind, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_proc_is_no_link, make_root, drop_root),
		cmocka_unit_test_setup_teardown(test_sub_paths_stay_in_the_volume, make_root,
						drop_root),
		cmocka_unit_test_setup_teardown(test_no_link_is_followed_in_a_volume, make_root,
						drop_root),
		cmocka_unit_test(test_what_lies_below),
	};

	return cmocka_run_group_tests_name("inroot", tests, NULL, NULL);
}
