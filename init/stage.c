#include "init/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/inroot.h"
#include "init/stage_part.h"
#include "init/sys.h"

enum { SHM_BYTES = 64 << 20 }; /* K8s 8.2.5 */

static char dir[STAGE_DIR_MAX] = "/run/podinit/pod";
static bool on_machine, is_open;
static struct users users;

/* Shared with the children that prepare.  NULL: there was no memory for it. */
static char *busy;
enum { BUSY_MAX = NAME_LEN_MAX + 16 };

int stage_fail(const struct stage_why *why, int err, const char *fmt, ...)
{
	va_list args;
	int n = snprintf(why->text, why->size, "%s %s: ", why->kind, why->name);

	if (n >= 0 && (size_t)n < why->size) {
		va_start(args, fmt);
		vsnprintf(why->text + n, why->size - (size_t)n, fmt, args);
		va_end(args);
	}
	return err ? err : EIO;
}

bool stage_is_open(void)
{
	return is_open;
}

const char *stage_dir(void)
{
	return dir;
}

const char *stage_busy_with(void)
{
	return busy && *busy ? busy : "volumes";
}

uint32_t stage_first_user(void)
{
	return users.first;
}

const char *stage_path(char buf[STAGE_PATH_MAX], const char *a, const char *b)
{
	snprintf(buf, STAGE_PATH_MAX, "%s/%s%s%s", dir, a, b ? "/" : "", b ? b : "");
	return buf;
}

const char *stage_volume(const struct pod_spec *spec, unsigned volume, char buf[STAGE_PATH_MAX])
{
	return stage_path(buf, "vol", spec->volume[volume].name);
}

/* The first container with the same root as `ctr`. */
static unsigned owner_of_root(const struct pod_spec *spec, unsigned ctr)
{
	unsigned i = 0;

	while (!spec->ctr[i].rootfs || strcmp(spec->ctr[i].rootfs, spec->ctr[ctr].rootfs) != 0)
		i++;
	return i;
}

const char *stage_root(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX])
{
	return stage_path(buf, "root", spec->ctr[owner_of_root(spec, ctr)].name);
}

const char *stage_view(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX])
{
	return stage_path(buf, "view", spec->ctr[ctr].name);
}

const char *stage_etc(const struct pod_spec *spec, unsigned ctr, const char *file,
		      char buf[STAGE_PATH_MAX])
{
	size_t n = (size_t)snprintf(buf, STAGE_PATH_MAX, "%s/etc/%s", dir, spec->ctr[ctr].name);

	snprintf(buf + n, STAGE_PATH_MAX - n, "/%s", file);
	return buf;
}

const char *stage_message(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX])
{
	return stage_etc(spec, ctr, "message", buf);
}

const char *stage_shm(char buf[STAGE_PATH_MAX])
{
	return stage_path(buf, "shm", NULL);
}

int stage_tmpfs(const char *at, int64_t size, unsigned mode, const char *more, unsigned long flags)
{
	char data[96];
	int n = snprintf(data, sizeof data, "mode=%04o%s", mode, more);

	/* A size of 0 would mean: no limit at all. */
	if (size > 0)
		snprintf(data + n, sizeof data - (size_t)n, ",size=%lld", (long long)size);
	return mount("tmpfs", at, "tmpfs", flags | MS_NOSUID | MS_NODEV, data) < 0 ? errno : 0;
}

/* ---- Opening ---- */

/*
 * Makes BASE/podinit (or BASE itself, for one that is podinit's own) and pod in it.  What is there
 * must be ours alone to change: in /tmp anybody may have made it, a symbolic link or a directory of
 * their own.
 */
static int make_dir(const char *base, const char *sub)
{
	struct stat s;
	int n = snprintf(dir, sizeof dir, "%s%s", base, sub);

	if (n < 0 || (size_t)n + sizeof "/pod" > sizeof dir)
		return ENAMETOOLONG;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return errno;
	if (lstat(dir, &s) < 0)
		return errno;
	if (!S_ISDIR(s.st_mode))
		return ENOTDIR;
	if (s.st_uid != geteuid() || s.st_mode & 022)
		return EACCES;
	memcpy(dir + n, "/pod", sizeof "/pod");
	return mkdir(dir, 0711) < 0 && errno != EEXIST ? errno : 0;
}

/* Who we are outside of the user namespace that may have been made for us: inside, every user is
   root, and the directory of one would be in the way of all others. */
static unsigned long own_number(void)
{
	unsigned long outside;

	return users_outside(geteuid(), &outside) ? outside : geteuid();
}

static int choose_dir(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char own[32];

	/* A machine's /run is there; in a container it may be missing. */
	mkdir("/run", 0755);
	if (make_dir("/run", "/podinit") == 0)
		return 0;
	if (runtime && runtime[0] == '/' && make_dir(runtime, "/podinit") == 0)
		return 0;
	snprintf(own, sizeof own, "/podinit-%lu", own_number());
	return make_dir("/tmp", own);
}

static int make_inside(char *why, size_t size)
{
	static const char *const dirs[] = {"vol", "root", "view", "ctr", "done", "etc", "shm"};
	char path[STAGE_PATH_MAX];
	int err = 0;

	for (unsigned i = 0; i < sizeof dirs / sizeof *dirs && !err; i++)
		if (mkdir(stage_path(path, dirs[i], NULL), 0711) < 0)
			err = errno;
	/* What is bound from here into containers cannot lie on the unbindable tmpfs itself. */
	if (!err)
		err = stage_tmpfs(stage_path(path, "etc", NULL), 8 << 20, 0711, ",nr_inodes=2k", 0);
	if (!err && mount(NULL, path, NULL, MS_PRIVATE, NULL) < 0)
		err = errno;
	if (err)
		snprintf(why, size, "making %s: %s", path, strerror(err));
	return err;
}

static int open_it(char *why, size_t size)
{
	int err = choose_dir();

	if (err) {
		snprintf(
			why, size,
			"no place for volumes and roots: /run/podinit, $XDG_RUNTIME_DIR/podinit or "
			"/tmp/podinit-UID must be podinit's own to make: %s",
			strerror(err));
		return err;
	}
	err = stage_tmpfs(dir, 64 << 10, 0711, ",nr_inodes=2k", MS_NOEXEC);
	if (err) {
		snprintf(why, size, "mounting a tmpfs on %s: %s%s", dir, strerror(err),
			 err == EPERM ? " (CAP_SYS_ADMIN would grant it)" : "");
		return err;
	}
	is_open = true;
	/* Private, and left out when a hostPath or a root lies above it. */
	if (mount(NULL, dir, NULL, MS_UNBINDABLE, NULL) < 0) {
		err = errno;
		snprintf(why, size, "making %s private: %s", dir, strerror(err));
	}
	if (!err)
		err = make_inside(why, size);
	if (err) {
		umount2(dir, MNT_DETACH | UMOUNT_NOFOLLOW);
		is_open = false;
	}
	return err;
}

int stage_open(bool machine, const struct users *of_pod, char *why, size_t size)
{
	mode_t mask = umask(0);
	int err = open_it(why, size);

	on_machine = machine;
	users = *of_pod;
	busy = mmap(NULL, BUSY_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (busy == MAP_FAILED)
		busy = NULL;
	umask(mask);
	return err;
}

/* ---- Preparing ---- */

/* Private first: what is mounted below may be its source's own. */
static void detach(const char *at)
{
	mount(NULL, at, NULL, MS_REC | MS_PRIVATE, NULL);
	while (umount2(at, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
}

/* Undoes a mount that was begun. */
static void undo(const char *at)
{
	detach(at);
	/* Never with what is in it: should it still be mounted, that would be somebody's data. */
	if (rmdir(at) < 0)
		unlink(at);
}

static bool is_done(const char *place, const char *name, char mark[STAGE_PATH_MAX])
{
	char word[NAME_LEN_MAX + 8];

	snprintf(word, sizeof word, "%s.%s", place, name);
	return access(stage_path(mark, "done", word), F_OK) == 0;
}

/*
 * What root has there becomes the pod's root's, on a mount in place of the one that was made.  What
 * is mounted below a hostPath may be of a kind that cannot be mapped; then its files are nobody's.
 */
static int map_users(const char *at, const struct stage_why *why)
{
	int tree = inroot_tree(AT_FDCWD, at), on = -1, err = 0;

	if (tree < 0 ||
	    (inroot_map(tree, users.ns, true) < 0 && inroot_map(tree, users.ns, false) < 0))
		err = errno;
	if (!err) {
		detach(at);
		on = open(at, O_PATH | O_CLOEXEC);
		err = on < 0 || inroot_attach(tree, on) < 0 ? errno : 0;
	}
	sys_done(0, tree);
	sys_done(0, on);
	if (err == EINVAL)
		return stage_fail(
			why, err,
			"hostUsers = false takes a file system that can be id-mapped, as "
			"this one cannot with this kernel (ext4, xfs, btrfs and erofs can, "
			"squashfs from Linux 6.2 on, tmpfs from 6.3 on)");
	return err ? stage_fail(why, err, "id-mapping it: %s", strerror(err)) : 0;
}

/* Makes one thing of one section, unless that has been done. */
static int make(const struct pod_spec *spec, const char *place, unsigned i, char *text, size_t size)
{
	bool volume = strcmp(place, "vol") == 0, mapped = false;
	const char *name = volume ? spec->volume[i].name : spec->ctr[i].name;
	struct stage_why why = {text, size, volume ? "volume" : "container", name};
	char at[STAGE_PATH_MAX], mark[STAGE_PATH_MAX];
	int err;

	if (is_done(place, name, mark))
		return 0;
	if (busy)
		snprintf(busy, BUSY_MAX, "%s %s", why.kind, name);
	undo(stage_path(at, place, name));
	if (volume) {
		err = stage_make_volume(spec, i, at, &why);
		mapped = !stage_owns(&spec->volume[i]);
	} else if (strcmp(place, "root") == 0) {
		err = stage_make_root(spec->ctr[i].rootfs, at, &why);
		mapped = true;
	} else if (strcmp(place, "view") == 0) {
		err = stage_make_view(spec, i, at, &why);
	} else {
		err = stage_make_etc(spec, at, &why);
	}
	if (!err && mapped && users.first)
		err = map_users(at, &why);
	/* So that what one container mounts there can reach another, if both are to. */
	if (!err && volume && mount(NULL, at, NULL, MS_SHARED, NULL) < 0)
		err = stage_fail(&why, errno, "making it shared: %s", strerror(errno));
	if (!err) {
		err = stage_write(AT_FDCWD, mark, "", 0, 0600);
		if (err)
			stage_fail(&why, err, "noting that it is ready: %s", strerror(err));
	}
	return err;
}

static int make_shm(char *why, size_t size)
{
	char at[STAGE_PATH_MAX], mark[STAGE_PATH_MAX];
	int err = 0;

	if (is_done("shm", "", mark))
		return 0;
	while (umount2(stage_shm(at), MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	err = stage_tmpfs(at, SHM_BYTES, 01777, "", MS_NOEXEC);
	if (!err)
		err = stage_write(AT_FDCWD, mark, "", 0, 0600);
	if (err)
		snprintf(why, size, "the pod's /dev/shm: %s", strerror(err));
	return err;
}

int stage_prepare(const struct pod_spec *spec, char *why, size_t size)
{
	int err;

	umask(0);
	/* libblkid would keep a cache of devices on the disk. */
	setenv("BLKID_FILE", "/dev/null", 1);
	if (on_machine)
		stage_disk_clean();
	err = make_shm(why, size);
	for (unsigned i = 0; i < spec->n_volumes && !err; i++)
		err = make(spec, "vol", i, why, size);
	for (unsigned i = 0; i < spec->n && !err; i++)
		if (spec->ctr[i].rootfs && owner_of_root(spec, i) == i)
			err = make(spec, "root", i, why, size);
	for (unsigned i = 0; i < spec->n && !err; i++)
		if (spec->ctr[i].rootfs && spec->ctr[i].security.read_only_root)
			err = make(spec, "view", i, why, size);
	for (unsigned i = 0; i < spec->n && !err; i++)
		err = make(spec, "etc", i, why, size);
	return err;
}

/* ---- Closing ---- */

static bool is_below(const char *path)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

/* In the reverse order of mounting. */
static int unmount_all(char *why, size_t size)
{
	struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");
	struct libmnt_iter *at = mnt_new_iter(MNT_ITER_BACKWARD);
	struct libmnt_fs *fs;
	int err = 0;

	while (table && at && mnt_table_next_fs(table, at, &fs) == 0) {
		const char *target = mnt_fs_get_target(fs);

		if (!is_below(target) || umount2(target, UMOUNT_NOFOLLOW) == 0)
			continue;
		if (!err) {
			err = errno;
			snprintf(why, size, "unmounting %s: %s", target, strerror(err));
		}
	}
	mnt_free_iter(at);
	mnt_unref_table(table);
	return err;
}

int stage_close(char *why, size_t size)
{
	int err, left;

	if (!is_open)
		return 0;
	/* Else what is unmounted below a hostPath is unmounted at its source too. */
	mount(NULL, dir, NULL, MS_REC | MS_PRIVATE, NULL);
	left = stage_disk_remove();
	err = unmount_all(why, size);
	if (err && !on_machine)
		umount2(dir, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (left && !err) {
		err = left;
		snprintf(why, size, "removing emptyDirs from the disk: %s", strerror(err));
	}
	return err;
}
