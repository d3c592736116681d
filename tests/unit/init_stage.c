/*
 * The stage with real mounts: in a mount namespace of its own, as root.  Where mounts cannot be
 * made there is nothing to test, and every test is skipped.
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
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sys/socket.h>

#include "init/stage.h"
#include "init/stage_part.h"

static const struct users no_users;

static bool can_mount, can_loop;
static char work[] = "/tmp/stage-test-XXXXXX";
static char mounts_before[65536], mounts_after[65536];
static char why[STAGE_WHY_MAX];

static struct volume_spec volume[8];
static struct ctr_spec ctr[4];
static struct pod_spec spec;

static void read_all(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && n + 1 < size && (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	if (fd >= 0)
		close(fd);
}

static const char *text_of(const char *path)
{
	static char text[4096];

	read_all(path, text, sizeof text);
	return text;
}

static const char *in_work(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, PATH_MAX, "%s/%s", work, name);
	return p;
}

/* A path in volume `i`. */
static const char *in_volume(unsigned i, const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned next;
	char dir[STAGE_PATH_MAX], *p = path[next++ % 4];

	snprintf(p, PATH_MAX, "%s%s%s", stage_volume(&spec, i, dir), *name ? "/" : "", name);
	return p;
}

static struct stat stat_of(const char *path)
{
	struct stat s = {0};

	if (lstat(path, &s) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return s;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Runs a command of the shell, in the test's directory. */
static int sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int sh(const char *fmt, ...)
{
	char command[4096];
	va_list args;
	int n = snprintf(command, sizeof command, "cd %s && ", work);

	va_start(args, fmt);
	vsnprintf(command + n, sizeof command - (size_t)n, fmt, args);
	va_end(args);
	return system(command);
}

/* As loop.c does: in a child, with what it says handed back. */
static int in_child(int (*call)(void))
{
	int out[2], status = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		why[0] = '\0';
		status = call();
		if (write(out[1], why, strlen(why)) < 0)
			_exit(255);
		_exit(status);
	}
	close(out[1]);
	n = read(out[0], why, sizeof why - 1);
	why[n > 0 ? n : 0] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int call_prepare(void)
{
	return stage_prepare(&spec, why, sizeof why);
}

static int call_close(void)
{
	return stage_close(why, sizeof why);
}

static int prepare(void)
{
	return in_child(call_prepare);
}

/* ---- Before and after each test ---- */

static int set_up(void **state)
{
	(void)state;
	memset(volume, 0, sizeof volume);
	memset(ctr, 0, sizeof ctr);
	memset(&spec, 0, sizeof spec);
	spec.name = spec.hostname = "shop";
	spec.volume = volume;
	spec.ctr = ctr;
	spec.n = 1;
	ctr[0].name = "web";
	volume[0].name = "data";
	if (!can_mount)
		return 0;
	read_all("/proc/self/mountinfo", mounts_before, sizeof mounts_before);
	if (stage_open(false, &no_users, why, sizeof why) != 0) {
		fprintf(stderr, "stage_open: %s\n", why);
		return -1;
	}
	return 0;
}

/* No mount, no loop device and no directory on disk is left, whatever the test was. */
static int tear_down(void **state)
{
	char loops[PATH_MAX + 64];

	(void)state;
	if (!can_mount)
		return 0;
	if (in_child(call_close) != 0) {
		fprintf(stderr, "stage_close: %s\n", why);
		return -1;
	}
	read_all("/proc/self/mountinfo", mounts_after, sizeof mounts_after);
	if (strcmp(mounts_before, mounts_after) != 0) {
		fprintf(stderr, "mounts are left:\n%s", mounts_after);
		return -1;
	}
	snprintf(loops, sizeof loops, "! grep -ls %s /sys/block/loop*/loop/backing_file", work);
	if (system(loops) != 0)
		return -1;
	return system("! ls -d /var/lib/podinit/empty/shop.* 2>/dev/null") == 0 ? 0 : -1;
}

#define NEEDS(what)                                                                                \
	if (!(what))                                                                               \
	skip()

/* ---- The stage itself ---- */

static void opens_a_place_nobody_else_lists(void **state)
{
	struct statfs s;

	(void)state;
	NEEDS(can_mount);
	assert_string_equal(stage_dir(), "/run/podinit/pod");
	assert_int_equal(stat_of(stage_dir()).st_mode, S_IFDIR | 0711);
	assert_int_equal(statfs(stage_dir(), &s), 0);
	assert_int_equal(s.f_type, 0x01021994);
	assert_true(s.f_blocks > 0 && s.f_blocks < 1000);
	/* A recursive bind of what lies above it does not show it. */
	assert_int_equal(sh("mkdir -p bound && mount --rbind /run bound && "
			    "r=$(ls bound/podinit/pod | wc -l); umount -R bound; exit $r"),
			 0);
}

static void opens_elsewhere_if_it_must(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(sh("mkdir t && mount -t tmpfs -o ro r /run && "
			    "mount --bind t /tmp"),
			 0);
	/* Not below a link that somebody else has left, nor in a directory that others can write.
	 */
	unsetenv("XDG_RUNTIME_DIR");
	assert_int_equal(mkdir("/tmp/theirs", 0755), 0);
	assert_int_equal(symlink("theirs", "/tmp/podinit-0"), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), ENOTDIR);
	assert_int_equal(unlink("/tmp/podinit-0"), 0);
	assert_int_equal(mkdir("/tmp/podinit-0", 0777), 0);
	assert_int_equal(chmod("/tmp/podinit-0", 0777), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), EACCES);
	assert_int_equal(chmod("/tmp/podinit-0", 0755), 0);
	assert_int_equal(chown("/tmp/podinit-0", 1, 0), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), EACCES);
	assert_int_equal(chown("/tmp/podinit-0", 0, 0), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
	assert_string_equal(stage_dir(), "/tmp/podinit-0/pod");
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(mkdir("/tmp/runtime", 0700), 0);
	setenv("XDG_RUNTIME_DIR", "/tmp/runtime", 1);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
	assert_string_equal(stage_dir(), "/tmp/runtime/podinit/pod");
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(umount("/tmp"), 0);
	assert_int_equal(umount("/run"), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* Killed between the mount and the note of it. */
static void what_is_half_done_is_done_again(void **state)
{
	struct statvfs s;

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	volume[0].memory = true;
	volume[0].size_limit = 1 << 20;
	assert_int_equal(mkdir(in_volume(0, ""), 0700), 0);
	assert_int_equal(mount("t", in_volume(0, ""), "tmpfs", 0, "size=64k"), 0);
	assert_int_equal(prepare(), 0);
	assert_int_equal(statvfs(in_volume(0, ""), &s), 0);
	assert_int_equal(s.f_blocks * s.f_frsize, 1 << 20);
}

static void makes_the_pods_shm(void **state)
{
	char at[STAGE_PATH_MAX];
	struct statvfs s;

	(void)state;
	NEEDS(can_mount);
	assert_int_equal(prepare(), 0);
	assert_int_equal(statvfs(stage_shm(at), &s), 0);
	assert_int_equal(s.f_blocks * s.f_frsize, 64 << 20); /* K8s 8.2.5 */
	assert_int_equal(s.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC),
			 ST_NOSUID | ST_NODEV | ST_NOEXEC);
	assert_int_equal(stat_of(at).st_mode, S_IFDIR | 01777);
}

/* ---- emptyDir: K8s 8.6.1 and 8.6.2 ---- */

static void an_empty_dir_is_on_disk(void **state)
{
	struct stat s, base;

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	assert_int_equal(prepare(), 0);
	s = stat_of(in_volume(0, ""));
	assert_int_equal(s.st_mode, S_IFDIR | 0777);
	base = stat_of("/var/lib/podinit/empty");
	assert_int_equal(s.st_dev, base.st_dev);
	assert_int_equal(base.st_mode, S_IFDIR | 0700);
	write_text(in_volume(0, "file"), "kept");
	assert_int_equal(symlink(work, in_volume(0, "link")), 0);
	assert_int_equal(sh("mkdir -p '%s' && touch '%s/x' kept-file", in_volume(0, "a/b"),
			    in_volume(0, "a/b")),
			 0);
	/* Again is no harm. */
	assert_int_equal(prepare(), 0);
	assert_string_equal(text_of(in_volume(0, "file")), "kept");
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(access(in_work("kept-file"), F_OK), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* A tree of that many levels, with a file and a link out of it on each. */
static void make_deep(const char *at, unsigned levels)
{
	int dir = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC), next;

	for (unsigned i = 0; i < levels; i++) {
		assert_int_equal(mkdirat(dir, "0", 0755), 0);
		assert_int_equal(mkdirat(dir, "a", 0755), 0);
		assert_int_equal(mknodat(dir, "file", S_IFREG | 0600, 0), 0);
		assert_int_equal(symlinkat(work, dir, "link"), 0);
		next = openat(dir, "0", O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(dir);
		dir = next;
	}
	close(dir);
}

static void few_files(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){32, 32}), 0);
}

static int close_with_few_files(void)
{
	few_files();
	return call_close();
}

static void an_empty_dir_that_is_deep(void **state)
{
	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	assert_int_equal(prepare(), 0);
	make_deep(in_volume(0, ""), 3000);
	assert_int_equal(sh("touch kept-too"), 0);
	if (in_child(close_with_few_files) != 0)
		fail_msg("%s", why);
	assert_int_equal(system("! ls -d /var/lib/podinit/empty/shop.* 2>/dev/null"), 0);
	assert_int_equal(access(in_work("kept-too"), F_OK), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* The rest of it goes all the same, from below it too. */
static void what_is_mounted_is_not_removed(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p gone/a/b/c/d gone/x/y theirs2 && touch theirs2/file && "
			    "mount --bind theirs2 gone/a/b"),
			 0);
	assert_int_equal(stage_remove(AT_FDCWD, in_work("gone")), EBUSY);
	assert_int_equal(access(in_work("theirs2/file"), F_OK), 0);
	assert_int_equal(access(in_work("gone/x"), F_OK), -1);
	assert_int_equal(sh("umount gone/a/b"), 0);
	assert_int_equal(stage_remove(AT_FDCWD, in_work("gone")), 0);
	assert_int_equal(access(in_work("gone"), F_OK), -1);
}

/* Of an initramfs, say. */
static void an_empty_dir_without_a_disk(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p /var/lib/podinit/empty && "
			    "mount -t tmpfs t /var/lib/podinit/empty"),
			 0);
	spec.n_volumes = 1;
	assert_int_equal(prepare(), 0);
	assert_int_not_equal(stat_of(in_volume(0, "")).st_dev,
			     stat_of("/var/lib/podinit/empty").st_dev);
	assert_int_equal(stat_of(in_volume(0, "")).st_mode, S_IFDIR | 0777);
	assert_int_equal(umount("/var/lib/podinit/empty"), 0);
}

/* On a machine, that is of one that lost its power; elsewhere another podinit may have it. */
static void what_another_left_on_disk(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p disk/pod.left/data /var/lib/podinit/empty && "
			    "touch disk/pod.left/data/file && "
			    "mount --bind disk /var/lib/podinit/empty"),
			 0);
	spec.n_volumes = 1;
	assert_int_equal(prepare(), 0);
	assert_int_equal(access(in_work("disk/pod.left/data/file"), F_OK), 0);
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(stage_open(true, &no_users, why, sizeof why), 0);
	assert_int_equal(prepare(), 0);
	assert_int_equal(access(in_work("disk/pod.left"), F_OK), -1);
	/* Once: the pod's own is not what another left. */
	write_text(in_volume(0, "file"), "kept");
	assert_int_equal(prepare(), 0);
	assert_string_equal(text_of(in_volume(0, "file")), "kept");
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(umount("/var/lib/podinit/empty"), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

static void an_empty_dir_in_memory(void **state)
{
	struct statvfs s;

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 2;
	volume[0].memory = true;
	volume[0].size_limit = 1 << 20;
	volume[1].name = "all";
	volume[1].memory = true;
	assert_int_equal(prepare(), 0);
	assert_int_equal(statvfs(in_volume(0, ""), &s), 0);
	assert_int_equal(s.f_blocks * s.f_frsize, 1 << 20);
	assert_int_equal(s.f_flag & (ST_NOSUID | ST_NODEV), ST_NOSUID | ST_NODEV);
	assert_int_equal(stat_of(in_volume(0, "")).st_mode, S_IFDIR | 0777);
	assert_int_equal(statvfs(in_volume(1, ""), &s), 0);
	assert_true(s.f_blocks > 0); /* not size=0 */
}

/* ---- hostPath: K8s 8.6.5 ---- */

static void a_host_path_is_what_its_type_says(void **state)
{
	static const char *const names[] = {"dir", "file", "sock", "/dev/null", "gone"};
	static const struct {
		enum host_path_type type;
		bool ok[5];
	} rows[] = {
		{HOST_PATH_ANY, {1, 1, 1, 1, 0}},         {HOST_PATH_DIRECTORY, {1, 0, 0, 0, 0}},
		{HOST_PATH_FILE, {0, 1, 0, 0, 0}},        {HOST_PATH_SOCKET, {0, 0, 1, 0, 0}},
		{HOST_PATH_CHAR_DEVICE, {0, 0, 0, 1, 0}}, {HOST_PATH_BLOCK_DEVICE, {0, 0, 0, 0, 0}},
	};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir dir && echo text >file"), 0);
	snprintf(un.sun_path, sizeof un.sun_path, "%s/sock", work);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	close(fd);
	for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++)
		for (unsigned i = 0; i < 5; i++) {
			char name[32];

			snprintf(name, sizeof name, "v%u-%u", r, i);
			spec.n_volumes = 1;
			volume[0] = (struct volume_spec){
				.name = name,
				.kind = VOLUME_HOST_PATH,
				.type = rows[r].type,
				.source = names[i][0] == '/' ? names[i] : in_work(names[i])};
			assert_int_equal(prepare() == 0, rows[r].ok[i]);
			if (rows[r].ok[i])
				assert_int_equal(stat_of(in_volume(0, "")).st_ino,
						 stat_of(volume[0].source).st_ino);
			else
				assert_non_null(strstr(why, "hostPath type check failed: "));
		}
}

static void a_host_path_says_what_is_wrong(void **state)
{
	char wanted[PATH_MAX + 128];

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_HOST_PATH;
	volume[0].type = HOST_PATH_DIRECTORY;
	volume[0].source = in_work("plain");
	write_text(volume[0].source, "");
	assert_int_equal(prepare(), ENOTDIR);
	snprintf(wanted, sizeof wanted,
		 "volume data: hostPath type check failed: %s is not a directory",
		 volume[0].source);
	assert_string_equal(why, wanted);
	/* The next attempt finds it put right. */
	assert_int_equal(unlink(volume[0].source), 0);
	assert_int_equal(mkdir(volume[0].source, 0755), 0);
	assert_int_equal(prepare(), 0);
}

static void a_host_path_is_made(void **state)
{
	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 2;
	volume[0].kind = volume[1].kind = VOLUME_HOST_PATH;
	volume[1].name = "file";
	volume[0].type = HOST_PATH_DIRECTORY_OR_CREATE;
	volume[1].type = HOST_PATH_FILE_OR_CREATE;
	volume[0].source = in_work("made/deep/dir");
	volume[1].source = in_work("no/such/parent");
	assert_int_equal(prepare(), ENOENT);
	assert_int_equal(stat_of(in_work("made/deep/dir")).st_mode, S_IFDIR | 0755);
	assert_non_null(strstr(why, "volume file: creating hostPath"));
	volume[1].source = in_work("made/file");
	assert_int_equal(prepare(), 0);
	assert_int_equal(stat_of(in_work("made/file")).st_mode, S_IFREG | 0644);
	write_text(in_volume(1, ""), "seen");
	assert_string_equal(text_of(in_work("made/file")), "seen");
	/* What is there is left as it is. */
	volume[2] = volume[1];
	volume[2].name = "same";
	spec.n_volumes = 3;
	assert_int_equal(prepare(), 0);
	assert_string_equal(text_of(in_volume(2, "")), "seen");
}

/* What is mounted below a shared source must still be there when the stage is not. */
static void the_source_keeps_its_mounts(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir src && mount -t tmpfs t src && mount --make-shared src && "
			    "mkdir src/sub && mount -t tmpfs t src/sub && echo x >src/sub/file"),
			 0);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_HOST_PATH;
	volume[0].source = in_work("src");
	assert_int_equal(prepare(), 0);
	assert_int_equal(access(in_volume(0, "sub/file"), F_OK), 0);
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(access(in_work("src/sub/file"), F_OK), 0);
	assert_int_equal(sh("umount -R src"), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* ---- Files: K8s 8.6.6 and 8.6.7 ---- */

static struct file_item items[] = {{"plain", "text\n", 5}, {"a/b/deep", "x\0y", 3}, {"a/c", "", 0}};

static void files_are_laid_out_as_by_the_kubelet(void **state)
{
	char to[256] = "", payload[256] = "";

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_FILES;
	volume[0].items = items;
	volume[0].n_items = 3;
	volume[0].mode = 0640;
	assert_int_equal(prepare(), 0);
	assert_true(readlink(in_volume(0, "..data"), payload, sizeof payload - 1) > 0);
	assert_int_equal(strncmp(payload, "..20", 4), 0);
	assert_int_equal(strlen(payload), strlen("..2026_01_31_23_59_59.123456789"));
	assert_true(readlink(in_volume(0, "plain"), to, sizeof to - 1) > 0);
	assert_string_equal(to, "..data/plain");
	memset(to, 0, sizeof to);
	assert_true(readlink(in_volume(0, "a"), to, sizeof to - 1) > 0);
	assert_string_equal(to, "..data/a");
	assert_string_equal(text_of(in_volume(0, "plain")), "text\n");
	assert_int_equal(stat_of(in_volume(0, "a/b/deep")).st_size, 3);
	assert_int_equal(stat_of(in_volume(0, "a/b/deep")).st_mode, S_IFREG | 0640);
	assert_int_equal(stat_of(in_volume(0, "a/c")).st_size, 0);
}

static void a_secret_is_never_swapped(void **state)
{
	char line[65536], *at;

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_FILES;
	volume[0].secret = true;
	volume[0].items = items;
	volume[0].n_items = 1;
	volume[0].mode = 0400;
	assert_int_equal(prepare(), 0);
	read_all("/proc/self/mountinfo", line, sizeof line);
	at = strstr(line, "/run/podinit/pod/vol/data ");
	assert_non_null(at);
	at[strcspn(at, "\n")] = '\0';
	assert_true(strstr(at, "noswap") || strstr(at, " - ramfs "));
}

/* ---- fsGroup: K8s 8.4.13 and 8.4.14 ---- */

static void fs_group_owns_what_podinit_makes(void **state)
{
	(void)state;
	NEEDS(can_mount);
	spec.fs_group_given = true;
	spec.fs_group = 4321;
	spec.n_volumes = 3;
	volume[1] = (struct volume_spec){
		.name = "conf", .kind = VOLUME_FILES, .items = items, .n_items = 3, .mode = 0400};
	volume[2] = (struct volume_spec){
		.name = "host", .kind = VOLUME_HOST_PATH, .source = in_work("theirs")};
	assert_int_equal(sh("mkdir theirs"), 0);
	assert_int_equal(prepare(), 0);
	assert_int_equal(stat_of(in_volume(0, "")).st_gid, 4321);
	assert_int_equal(stat_of(in_volume(0, "")).st_mode, S_IFDIR | S_ISGID | 0777);
	assert_int_equal(stat_of(in_volume(1, "a/b/deep")).st_gid, 4321);
	assert_int_equal(stat_of(in_volume(1, "a/b/deep")).st_mode, S_IFREG | 0440);
	assert_int_equal(stat_of(in_volume(1, "plain")).st_gid, 4321); /* the link itself */
	assert_int_equal(stat_of(in_work("theirs")).st_gid, 0);
}

static int own_with_few_files(void)
{
	few_files();
	return stage_own(in_work("deep"), 77, false, false);
}

static void fs_group_of_a_deep_tree(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir deep && chgrp 5 ."), 0);
	make_deep(in_work("deep"), 3000);
	assert_int_equal(in_child(own_with_few_files), 0);
	assert_int_equal(stat_of(work).st_gid, 5);
	/* Nothing was passed over. */
	assert_int_equal(sh("! find deep ! -gid 77 | grep -q . && "
			    "[ \"$(find deep -type f -perm 660 | wc -l)\" = 3000 ] && "
			    "[ \"$(find deep -type d -perm 2775 | wc -l)\" = 6001 ]"),
			 0);
	assert_int_equal(stage_remove(AT_FDCWD, in_work("deep")), 0);
}

static void fs_group_follows_no_link(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p own/d out && touch own/d/f out/f && chmod 600 own/d/f out/f "
			    "&& ln -s ../out own/link && ln -s ../../out/f own/d/link"),
			 0);
	assert_int_equal(stage_own(in_work("own"), 77, false, false), 0);
	assert_int_equal(stat_of(in_work("own/d/f")).st_gid, 77);
	assert_int_equal(stat_of(in_work("own/d/f")).st_mode, S_IFREG | 0660);
	assert_int_equal(stat_of(in_work("own/d")).st_mode, S_IFDIR | S_ISGID | 0775);
	assert_int_equal(stat_of(in_work("out")).st_gid, 0);
	assert_int_equal(stat_of(in_work("out/f")).st_gid, 0);
	assert_int_equal(stat_of(in_work("out/f")).st_mode, S_IFREG | 0600);
	/* OnRootMismatch: the top is right, so nothing below it is looked at. */
	assert_int_equal(chown(in_work("own/d/f"), 0, 5), 0);
	assert_int_equal(stage_own(in_work("own"), 77, false, true), 0);
	assert_int_equal(stat_of(in_work("own/d/f")).st_gid, 5);
	assert_int_equal(stage_own(in_work("own"), 78, false, true), 0);
	assert_int_equal(stat_of(in_work("own/d/f")).st_gid, 78);
}

/* ---- Roots and devices ---- */

static const char *in_root(unsigned i, const char *name)
{
	static char path[PATH_MAX];
	char dir[STAGE_PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", stage_root(&spec, i, dir), name);
	return path;
}

static void a_root_is_a_directory(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir rootdir && echo hello >rootdir/file"), 0);
	ctr[0].rootfs = in_work("rootdir");
	assert_int_equal(prepare(), 0);
	assert_string_equal(text_of(in_root(0, "file")), "hello\n");
}

static void a_root_that_is_not_there(void **state)
{
	(void)state;
	NEEDS(can_mount);
	ctr[0].rootfs = "/images/web.squashfs";
	assert_int_equal(prepare(), ENOENT);
	assert_string_equal(
		why, "container web: rootfs /images/web.squashfs: No such file or directory");
}

static void roots_are_images(void **state)
{
	struct statvfs s;

	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("mkdir tree && echo inside >tree/file && "
			    "mksquashfs tree r.squashfs -quiet -no-progress >/dev/null && "
			    "mkfs.erofs r.erofs tree >/dev/null 2>&1 && truncate -s 4M r.ext4 && "
			    "mkfs.ext4 -q -d tree r.ext4"),
			 0);
	spec.n = 4;
	ctr[0].rootfs = in_work("r.squashfs");
	ctr[1] = (struct ctr_spec){.name = "two", .rootfs = in_work("r.erofs")};
	ctr[2] = (struct ctr_spec){.name = "three", .rootfs = in_work("r.ext4")};
	ctr[3] = (struct ctr_spec){.name = "four", .rootfs = ctr[0].rootfs};
	if (prepare() != 0)
		fail_msg("%s", why);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(text_of(in_root(i, "file")), "inside\n");
		assert_int_equal(statvfs(in_root(i, ""), &s), 0);
		assert_int_equal(s.f_flag & (ST_RDONLY | ST_NODEV | ST_NOSUID),
				 ST_RDONLY | ST_NODEV);
	}
	assert_string_equal(in_root(3, ""), "/run/podinit/pod/root/web/");
	assert_int_equal(access("/run/podinit/pod/root/four", F_OK), -1);
	/* Again is no harm, and mounts nothing a second time. */
	read_all("/proc/self/mountinfo", mounts_after, sizeof mounts_after);
	assert_int_equal(prepare(), 0);
	{
		static char again[sizeof mounts_after];

		read_all("/proc/self/mountinfo", again, sizeof again);
		assert_string_equal(again, mounts_after);
	}
}

/* As a machine leaves it that lost its power. */
static void a_root_with_a_dirty_journal(void **state)
{
	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("truncate -s 8M d.ext4 && mkfs.ext4 -q d.ext4 && mkdir -p mnt && "
			    "mount -o loop d.ext4 mnt && echo x >mnt/f && sync && "
			    "cp d.ext4 dirty.ext4 && umount mnt"),
			 0);
	assert_int_equal(sh("dumpe2fs -h dirty.ext4 2>/dev/null | grep -q needs_recovery"), 0);
	ctr[0].rootfs = in_work("dirty.ext4");
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_int_equal(access(in_root(0, "lost+found"), F_OK), 0);
}

static void a_root_that_is_no_image(void **state)
{
	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("head -c 100000 /dev/zero >junk"), 0);
	ctr[0].rootfs = in_work("junk");
	assert_int_equal(prepare(), EINVAL);
	assert_non_null(strstr(why, "container web: /tmp/"));
	assert_non_null(strstr(why, "junk holds no file system"));
}

/* ---- Read-only roots ---- */

static const char *in_view(const char *name)
{
	static char path[PATH_MAX];
	char dir[STAGE_PATH_MAX];

	snprintf(path, sizeof path, "%s%s", stage_view(&spec, 0, dir), name);
	return path;
}

static bool view_is_overlay(void)
{
	struct statfs s;

	assert_int_equal(statfs(in_view("/"), &s), 0);
	return s.f_type == OVERLAYFS_SUPER_MAGIC;
}

/* A root with the directories every container needs, whose container may not write to it. */
static void make_read_only_root(const char *name)
{
	assert_int_equal(sh("rm -rf %s && mkdir -p %s/proc %s/sys %s/dev %s/etc %s/in/deep && "
			    "echo hello >%s/file",
			    name, name, name, name, name, name, name),
			 0);
	ctr[0].rootfs = in_work(name);
	ctr[0].security.read_only_root = true;
}

static void a_view_of_a_complete_root_is_no_overlay(void **state)
{
	struct statvfs s;
	char *line;

	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir whole && mount -t tmpfs t whole && mount --make-shared whole"),
			 0);
	make_read_only_root("whole/root");
	assert_int_equal(sh("mount -t tmpfs t whole/root/in && echo x >whole/root/in/file && "
			    "find whole -printf '%%p %%m %%T@\\n' | sort >before"),
			 0);
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_false(view_is_overlay());
	assert_string_equal(text_of(in_view("/file")), "hello\n");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(statvfs(in_view(i ? "/in" : "/"), &s), 0);
		assert_int_equal(s.f_flag & (ST_RDONLY | ST_NODEV), ST_RDONLY | ST_NODEV);
		assert_int_equal(statvfs(in_root(0, i ? "in" : ""), &s), 0);
		assert_int_equal(s.f_flag & ST_RDONLY, 0);
	}
	assert_string_equal(text_of(in_view("/in/file")), "x\n");
	/* What is mounted there, by the container's child, does not travel. */
	read_all("/proc/self/mountinfo", mounts_after, sizeof mounts_after);
	for (line = mounts_after; (line = strstr(line, "/run/podinit/pod/view/")); line++)
		assert_null(memmem(line, strcspn(line, "\n"), "shared:", 7));
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(sh("find whole -printf '%%p %%m %%T@\\n' | sort | cmp before - && "
			    "umount -R whole"),
			 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

static void a_view_of_another_is_an_overlay(void **state)
{
	static struct mount_spec mount_at = {.path = "/a/b/c"};
	struct statvfs s;

	(void)state;
	NEEDS(can_mount);
	make_read_only_root("lacking");
	assert_int_equal(sh("chmod 750 lacking && mount -t tmpfs t lacking/in && "
			    "mkdir lacking/in/deep && mount -t tmpfs t lacking/in/deep && "
			    "echo x >lacking/in/deep/file && touch lacking/bound && "
			    "mount --bind lacking/file lacking/bound && "
			    "find lacking -printf '%%p %%m %%T@\\n' | sort >before"),
			 0);
	spec.n_volumes = 1;
	ctr[0].mount = &mount_at;
	ctr[0].n_mounts = 1;
	ctr[0].working_dir = "/srv/www";
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_true(view_is_overlay());
	assert_string_equal(text_of(in_view("/file")), "hello\n");
	assert_int_equal(stat_of(in_view("/")).st_mode, S_IFDIR | 0750);
	assert_int_equal(stat_of(in_view("/srv/www")).st_mode, S_IFDIR | 0755);
	/* The child is to make mount points in it, and nothing in what is mounted there. */
	assert_int_equal(mkdir(in_view("/a"), 0755), 0);
	assert_string_equal(text_of(in_view("/in/deep/file")), "x\n");
	assert_string_equal(text_of(in_view("/bound")), "hello\n");
	assert_int_equal(statvfs(in_view("/in/deep"), &s), 0);
	assert_int_equal(s.f_flag & (ST_RDONLY | ST_NODEV), ST_RDONLY | ST_NODEV);
	/* Again is no harm. */
	assert_int_equal(prepare(), 0);
	assert_int_equal(access(in_view("/a"), F_OK), 0);
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(sh("find lacking -printf '%%p %%m %%T@\\n' | sort | cmp before - && "
			    "umount -R lacking/in && umount lacking/bound"),
			 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* Killed between the two mounts of an overlay. */
static void a_view_that_is_half_done(void **state)
{
	(void)state;
	NEEDS(can_mount);
	make_read_only_root("half");
	ctr[0].message_path = "/log";
	assert_int_equal(mkdir(in_view(""), 0755), 0);
	assert_int_equal(mount("t", in_view(""), "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir(in_view("/u"), 0755), 0);
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_true(view_is_overlay());
	assert_int_equal(access(in_view("/file"), F_OK), 0);
	assert_int_equal(access(in_view("/u"), F_OK), -1);
}

static void what_a_root_may_lack(void **state)
{
	struct pair alias = {"10.0.0.1", "db"};
	char *server[] = {(char[]){"1.1.1.1"}};
	static const struct {
		const char *change; /* of the root */
		const char *at[2];  /* volumes */
		const char *message, *dir;
		size_t aliases, servers;
		bool overlay;
	} rows[] = {
		{.overlay = false},
		{.change = "rmdir proc", .overlay = true},
		{.change = "rmdir sys", .overlay = true},
		{.change = "rmdir dev", .overlay = true},
		{.at = {"/in/deep", "/file"}},
		{.at = {"/in/x"}, .overlay = true},
		{.message = "/log", .overlay = true},
		{.dir = "/srv", .overlay = true},
		/* In another mount, or in podinit's own. */
		{.at = {"/in", "/in/x"}, .message = "/in/log", .dir = "/in/dir"},
		{.at = {"/in", "/inx"}, .overlay = true},
		{.at = {"/dev/x", "/sys/x"}, .message = "/dev/log", .dir = "/proc/1"},
		/* Links are the image's. */
		{.change = "ln -s /in l", .at = {"/l/deep"}},
		{.change = "ln -s ../../../in l", .at = {"/l/x"}, .overlay = true},
		{.change = "ln -s /none l", .at = {"/l"}, .overlay = true},
		/* Nobody asked for these two before. */
		{.aliases = 1, .overlay = true},
		{.servers = 1, .overlay = true},
		{.change = "touch etc/hosts etc/resolv.conf", .aliases = 1, .servers = 1},
		/* The child says what is wrong with that. */
		{.at = {"/file/x"}},
	};

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mount_spec at[] = {{.path = rows[i].at[0]}, {.path = rows[i].at[1]}};
		char name[8];

		snprintf(name, sizeof name, "r%u", i);
		make_read_only_root(name);
		assert_int_equal(sh("cd %s && %s", name, rows[i].change ? rows[i].change : ":"), 0);
		ctr[0].name = name;
		ctr[0].mount = at;
		ctr[0].n_mounts = !at[0].path ? 0 : !at[1].path ? 1 : 2;
		ctr[0].message_path = rows[i].message;
		ctr[0].working_dir = rows[i].dir;
		spec.host_aliases = (struct pairs){&alias, rows[i].aliases};
		spec.nameservers = (struct words){server, rows[i].servers};
		if (prepare() != 0)
			fail_msg("row %u: %s", i, why);
		if (view_is_overlay() != rows[i].overlay)
			fail_msg("row %u", i);
	}
}

static void a_volume_is_an_image_file(void **state)
{
	struct statvfs s;

	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("truncate -s 8M v.ext4 && mkfs.ext4 -q v.ext4"), 0);
	spec.n_volumes = 1;
	spec.fs_group_given = true;
	spec.fs_group = 99;
	volume[0].kind = VOLUME_DEVICE;
	volume[0].source = in_work("v.ext4");
	volume[0].options = "noatime";
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_int_equal(statvfs(in_volume(0, ""), &s), 0);
	assert_int_equal(s.f_flag & (ST_RDONLY | ST_NODEV | ST_NOSUID | ST_NOATIME),
			 ST_NODEV | ST_NOSUID | ST_NOATIME);
	assert_int_equal(stat_of(in_volume(0, "")).st_gid, 99);
	write_text(in_volume(0, "f"), "stays");
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
	volume[0].read_only = true;
	spec.fs_group = 100;
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_string_equal(text_of(in_volume(0, "f")), "stays");
	assert_int_equal(statvfs(in_volume(0, ""), &s), 0);
	assert_true(s.f_flag & ST_RDONLY);
	assert_int_equal(stat_of(in_volume(0, "")).st_gid, 99);
}

static void a_volume_has_a_label(void **state)
{
	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("truncate -s 8M l.ext4 && mkfs.ext4 -q -L STAGETEST l.ext4 && "
			    "losetup -f --show l.ext4 >loop"),
			 0);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_DEVICE;
	volume[0].source = "LABEL=NOSUCHLABEL";
	assert_int_equal(prepare(), ENOENT);
	assert_string_equal(why, "volume data: no device with LABEL=NOSUCHLABEL yet");
	assert_string_equal(stage_busy_with(), "volume data");
	volume[0].source = "LABEL=STAGETEST";
	if (prepare() != 0)
		fail_msg("%s", why);
	assert_int_equal(access(in_volume(0, "lost+found"), F_OK), 0);
	assert_int_equal(in_child(call_close), 0);
	assert_int_equal(sh("losetup -d $(cat loop)"), 0);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* fsck stands on podinit's PATH, or not. */
static void a_volume_that_fsck_gives_up(void **state)
{
	char path[PATH_MAX + 64];

	(void)state;
	NEEDS(can_loop);
	assert_int_equal(sh("truncate -s 8M k.ext4 && mkfs.ext4 -q k.ext4 && mkdir -p bin && "
			    "printf '#!/bin/sh\\necho \"$1: bad news\"; exit 4\\n' "
			    ">bin/fsck.ext4 && chmod +x bin/fsck.ext4"),
			 0);
	snprintf(path, sizeof path, "%s:/usr/bin:/bin", in_work("bin"));
	setenv("PATH", path, 1);
	spec.n_volumes = 1;
	volume[0].kind = VOLUME_DEVICE;
	volume[0].source = in_work("k.ext4");
	assert_int_equal(prepare(), EIO);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	assert_non_null(strstr(why, "volume data: fsck.ext4 -p "));
	assert_non_null(strstr(why, "-p: bad news"));
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(prepare(), 0);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

/* ---- /etc: K8s 8.8 ---- */

static const char *etc_of(unsigned i, const char *file)
{
	char path[STAGE_PATH_MAX];

	return text_of(stage_etc(&spec, i, file, path));
}

static void etc_of_a_container(void **state)
{
	struct pair aliases[] = {{"10.0.0.1", "db db.local"}, {"::5", "six"}};
	char path[STAGE_PATH_MAX];

	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p rootdir"), 0);
	spec.n = 2;
	ctr[0].rootfs = in_work("rootdir");
	ctr[1].name = "plain";
	spec.host_aliases = (struct pairs){aliases, 2};
	assert_int_equal(prepare(), 0);
	assert_string_equal(etc_of(0, "hostname"), "shop\n");
	assert_string_equal(etc_of(0, "hosts"), "# Written by podinit: changes are lost.\n"
						"127.0.0.1\tlocalhost\n"
						"::1\tlocalhost ip6-localhost ip6-loopback\n"
						"fe00::0\tip6-localnet\n"
						"fe00::0\tip6-mcastprefix\n"
						"fe00::1\tip6-allnodes\n"
						"fe00::2\tip6-allrouters\n"
						"127.0.0.1\tshop\n"
						"\n# hostAliases\n"
						"10.0.0.1\tdb\tdb.local\n"
						"::5\tsix\n");
	assert_int_equal(stat_of(stage_etc(&spec, 0, "hosts", path)).st_mode, S_IFREG | 0644);
	assert_int_equal(stat_of(stage_message(&spec, 0, path)).st_mode, S_IFREG | 0666);
	assert_int_equal(stat_of(stage_message(&spec, 1, path)).st_mode, S_IFREG | 0666);
	/* One without a root may be given them too: hostAliases. */
	assert_int_equal(access(stage_etc(&spec, 1, "hosts", path), F_OK), 0);
}

static char *words_of[] = {(char[]){"1.1.1.1"}, (char[]){"2.2.2.2"}, (char[]){"3.3.3.3"},
			   (char[]){"ndots:2"}, (char[]){"corp"}};

/* K8s 8.8.5 */
static void resolv_conf_is_merged(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(
		sh("mkdir -p rootdir && printf 'nameserver 9.9.9.9\\n# no\\noptions "
		   "ndots:5 rotate\\nnameserver\\t1.1.1.1\\ndomain x\\nsearch a b\\n' >r && "
		   "mount --bind r /etc/resolv.conf"),
		0);
	ctr[0].rootfs = in_work("rootdir");
	spec.nameservers = (struct words){words_of, 3};
	spec.dns_options = (struct words){words_of + 3, 1};
	spec.searches = (struct words){words_of + 4, 1};
	assert_int_equal(prepare(), 0);
	assert_int_equal(umount("/etc/resolv.conf"), 0);
	assert_string_equal(etc_of(0, "resolv.conf"), "search a b corp\n"
						      "nameserver 9.9.9.9\n"
						      "nameserver 1.1.1.1\n"
						      "nameserver 2.2.2.2\n"
						      "options ndots:2 rotate\n");
}

static void resolv_conf_of_its_own(void **state)
{
	(void)state;
	NEEDS(can_mount);
	assert_int_equal(sh("mkdir -p rootdir"), 0);
	ctr[0].rootfs = in_work("rootdir");
	spec.dns_none = true;
	spec.nameservers = (struct words){words_of, 1};
	assert_int_equal(prepare(), 0);
	assert_string_equal(etc_of(0, "resolv.conf"), "nameserver 1.1.1.1\n");
}

/* ---- The end ---- */

static void what_is_in_use_is_detached(void **state)
{
	int fd;

	(void)state;
	NEEDS(can_mount);
	spec.n_volumes = 1;
	volume[0].memory = true;
	assert_int_equal(prepare(), 0);
	fd = open(in_volume(0, "held"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(in_child(call_close), EBUSY);
	assert_non_null(strstr(why, "unmounting /run/podinit/pod/vol/data: "));
	read_all("/proc/self/mountinfo", mounts_after, sizeof mounts_after);
	assert_null(strstr(mounts_after, "/run/podinit/pod"));
	close(fd);
	assert_int_equal(stage_open(false, &no_users, why, sizeof why), 0);
}

/* ---- Once, before all of them ---- */

static int start(void **state)
{
	(void)state;
	umask(022);
	/* Root of a user namespace alone may mount, but not write to /run. */
	can_mount = geteuid() == 0 && access("/run", W_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	if (!mkdtemp(work))
		return -1;
	can_loop = can_mount && access("/dev/loop-control", R_OK | W_OK) == 0;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	return stage_remove(AT_FDCWD, work);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_a_place_nobody_else_lists),
		TEST(opens_elsewhere_if_it_must),
		TEST(what_is_half_done_is_done_again),
		TEST(makes_the_pods_shm),
		TEST(an_empty_dir_is_on_disk),
		TEST(an_empty_dir_that_is_deep),
		TEST(what_is_mounted_is_not_removed),
		TEST(an_empty_dir_without_a_disk),
		TEST(what_another_left_on_disk),
		TEST(an_empty_dir_in_memory),
		TEST(a_host_path_is_what_its_type_says),
		TEST(a_host_path_says_what_is_wrong),
		TEST(a_host_path_is_made),
		TEST(the_source_keeps_its_mounts),
		TEST(files_are_laid_out_as_by_the_kubelet),
		TEST(a_secret_is_never_swapped),
		TEST(fs_group_owns_what_podinit_makes),
		TEST(fs_group_of_a_deep_tree),
		TEST(fs_group_follows_no_link),
		TEST(a_root_is_a_directory),
		TEST(a_root_that_is_not_there),
		TEST(roots_are_images),
		TEST(a_root_with_a_dirty_journal),
		TEST(a_root_that_is_no_image),
		TEST(a_view_of_a_complete_root_is_no_overlay),
		TEST(a_view_of_another_is_an_overlay),
		TEST(a_view_that_is_half_done),
		TEST(what_a_root_may_lack),
		TEST(a_volume_is_an_image_file),
		TEST(a_volume_has_a_label),
		TEST(a_volume_that_fsck_gives_up),
		TEST(etc_of_a_container),
		TEST(resolv_conf_is_merged),
		TEST(resolv_conf_of_its_own),
		TEST(what_is_in_use_is_detached),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
