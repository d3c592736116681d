#include "init/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/sys.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static const uint64_t PLAIN = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

/* How often a lookup that raced with a rename begins again, and how many links are followed. */
enum { TRIES = 64, LINKS_MAX = 40 };

static int resolve(int dir, const char *path, uint64_t flags, uint64_t how)
{
	struct open_how h = {.flags = O_CLOEXEC | flags, .resolve = how | RESOLVE_NO_MAGICLINKS};
	int fd, tries = 0;

	do
		fd = (int)syscall(SYS_openat2, dir, path, &h, sizeof h);
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < TRIES);
	return fd;
}

int inroot_open(int root, const char *path)
{
	return resolve(root, path, O_PATH, RESOLVE_IN_ROOT);
}

const char *inroot_rest(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* ---- What is missing ---- */

static int make_one(int dir, const char *name, bool file)
{
	return file ? mknodat(dir, name, S_IFREG | 0644, 0) : mkdirat(dir, name, 0755);
}

/* The path with the link at its first `n` bytes, where it is cut off, replaced by what it says. */
static int follow(int dir, char *path, size_t start, size_t n, char cut)
{
	char to[PATH_MAX], all[PATH_MAX];
	ssize_t len = readlinkat(dir, path + start, to, sizeof to - 1);
	size_t rest, head = 0;

	path[n] = cut;
	rest = strlen(path + n);
	if (len <= 0)
		return -1;
	if (to[0] != '/')
		head = start;
	if (head + (size_t)len + rest + 1 > sizeof all) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(all, path, head);
	memcpy(all + head, to, (size_t)len);
	memcpy(all + head + (size_t)len, path + n, rest + 1);
	memcpy(path, all, head + (size_t)len + rest + 1);
	return 0;
}

/* `fd`, which is `name` in `dir`, is where one of the mounts begins. */
static bool enters(int dir, const char *name, int fd, const int *mounts, unsigned n)
{
	struct stat st, top;
	int same;

	if (fstat(fd, &st) < 0)
		return true;
	for (unsigned i = 0; i < n; i++) {
		if (fstat(mounts[i], &top) < 0 || st.st_dev != top.st_dev ||
		    st.st_ino != top.st_ino)
			continue;
		/* Or the very directory that is mounted elsewhere. */
		same = resolve(dir, name, O_PATH | O_NOFOLLOW, PLAIN | RESOLVE_NO_XDEV);
		if (same < 0)
			return true;
		close(same);
	}
	return false;
}

static bool is_link(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/*
 * Walks `path` down, each component looked up from the root anew, so that links and ".." mean what
 * they mean inside; a link is replaced by what it says, if it is in none of the mounts, and what is
 * not there is made in the directory before it.
 */
static int walk(int root, const char *given, bool file, const int *mounts, unsigned n_mounts)
{
	char path[PATH_MAX];
	size_t at = 0;
	int dir, links = 0;
	bool in = false;

	if (strlen(given) >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path, given, strlen(given) + 1);
	dir = resolve(root, "/", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
	while (dir >= 0) {
		size_t start = at + strspn(path + at, "/"), n = start + strcspn(path + start, "/");
		bool last = path[n + strspn(path + n, "/")] == '\0';
		const uint64_t how = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
		const char *name = path + start;
		char saved = path[n];
		int next;

		if (start == n)
			return dir;
		path[n] = '\0';
		next = resolve(root, path, O_PATH | O_NOFOLLOW, how);
		if (next < 0 && errno == ENOENT &&
		    (make_one(dir, name, last && file) == 0 || errno == EEXIST))
			next = resolve(root, path, O_PATH | O_NOFOLLOW, how);
		if (is_link(next)) {
			close(next);
			errno = ELOOP;
			next = -1;
			if (!in && ++links <= LINKS_MAX &&
			    follow(dir, path, start, n, saved) == 0) {
				/* From the root again, along what it says. */
				close(dir);
				dir = resolve(root, "/", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
				at = 0;
				continue;
			}
		}
		in = in || (next >= 0 && enters(dir, name, next, mounts, n_mounts));
		path[n] = saved;
		sys_done(0, dir);
		dir = next;
		at = n;
	}
	return -1;
}

/* The same where only the last component is missing. */
static int make_last(int root, const char *path, bool file, uint64_t how)
{
	size_t n = strlen(path);
	char parent[256];
	int dir, made;

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n == 0 || n >= sizeof parent)
		return -1;
	memcpy(parent, path, n);
	parent[n] = '\0';
	dir = resolve(root, parent, O_PATH | O_DIRECTORY, how);
	if (dir < 0)
		return -1;
	made = make_one(dir, path + n, file);
	close(dir);
	return made < 0 ? -1 : resolve(root, path, O_PATH, how);
}

static int of_kind(int fd, bool directory)
{
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) == directory))
		return fd;
	close(fd);
	errno = directory ? ENOTDIR : EISDIR;
	return -1;
}

/* Mostly it is there, without a link, and one lookup is enough. */
int inroot_place(int root, const char *path, mode_t made, const int *mounts, unsigned n)
{
	uint64_t how = RESOLVE_IN_ROOT | (n ? RESOLVE_NO_SYMLINKS : 0);
	bool file = made == S_IFREG;
	int fd = resolve(root, path, O_PATH | (file ? 0 : O_DIRECTORY), how);

	if (fd < 0 && errno == ENOENT)
		fd = make_last(root, path, file, how);
	else if (fd >= 0 || errno != ELOOP || !n)
		return file ? of_kind(fd, false) : fd;
	if (fd < 0)
		fd = walk(root, path, file, mounts, n);
	return of_kind(fd, !file);
}

int inroot_dir(int root, const char *path)
{
	return inroot_place(root, path, S_IFDIR, NULL, 0);
}

/* Each component in the directory before it, which is held: what it was called may change. */
static int make_plain(int dir, const char *path, bool file)
{
	int at = dir;

	while (at >= 0 && *path) {
		size_t n = strcspn(path, "/");
		char name[NAME_MAX + 1];
		bool last = !path[n];
		int next = -1;

		if (n < sizeof name) {
			memcpy(name, path, n);
			name[n] = '\0';
			if (make_one(at, name, last && file) == 0 || errno == EEXIST)
				next = resolve(at, name, O_PATH | (last && file ? 0 : O_DIRECTORY),
					       PLAIN);
		} else {
			errno = ENAMETOOLONG;
		}
		if (at != dir)
			sys_done(0, at);
		at = next;
		path += last ? n : n + 1;
	}
	return at;
}

int inroot_plain(int dir, const char *path, mode_t made)
{
	bool file = made == S_IFREG;
	int fd = resolve(dir, path, O_PATH | (made == S_IFDIR ? O_DIRECTORY : 0), PLAIN);

	if (fd < 0 && errno == ENOENT && made)
		fd = make_plain(dir, path, file);
	return file ? of_kind(fd, false) : fd;
}

int inroot_sub_path(int volume, const char *path)
{
	int fd = resolve(volume, path, O_PATH, RESOLVE_BENEATH);
	char part[PATH_MAX];
	struct stat st;

	if (fd >= 0 || errno != ENOENT || fstat(volume, &st) < 0)
		return fd;
	for (size_t n = strcspn(path, "/"); n < sizeof part; n += 1 + strcspn(path + n + 1, "/")) {
		int parent = volume;
		char *slash;

		memcpy(part, path, n);
		part[n] = '\0';
		slash = strrchr(part, '/');
		if (slash) {
			*slash = '\0';
			parent = resolve(volume, part, O_PATH | O_DIRECTORY, RESOLVE_BENEATH);
			if (parent < 0)
				return -1;
		}
		if (mkdirat(parent, slash ? slash + 1 : part, st.st_mode & 0777) < 0 &&
		    errno != EEXIST)
			return slash ? sys_done(-1, parent) : -1;
		if (slash)
			close(parent);
		if (!path[n])
			break;
	}
	return resolve(volume, path, O_PATH, RESOLVE_BENEATH);
}

/* ---- Mounts ---- */

/*
 * mount(2) refuses a file system where that same one is mounted already: a container's view of the
 * cgroups, on that of the machine.  Mounted apart, and moved there, it is taken.
 */
static int mount_over_itself(int at, const char *type, unsigned long flags)
{
	int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), tree = -1;

	if (fs < 0)
		return -1;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		/* For the flags that matter here MOUNT_ATTR_* are MS_*. */
		tree = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, flags);
	sys_done(0, fs);
	return tree < 0 ? -1 : sys_done(inroot_attach(tree, at), tree);
}

int inroot_mount(int at, const char *type, unsigned long flags, const char *data)
{
	/* "." is where we are, whatever its name has become. */
	if (fchdir(at) < 0)
		return -1;
	if (syscall(SYS_mount, type, ".", type, flags, data) == 0)
		return 0;
	return errno == EBUSY && !data ? mount_over_itself(at, type, flags) : -1;
}

int inroot_tree(int dir, const char *path)
{
	return (int)syscall(SYS_open_tree, dir, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
				    (*path ? 0 : AT_EMPTY_PATH));
}

char *inroot_overlay_options(const char *lower, bool users)
{
	char *text = malloc(2 * strlen(lower) + sizeof "lowerdir=,upperdir=u,workdir=w,userxattr"),
	     *at = text;

	if (!text)
		return NULL;
	at = stpcpy(at, "lowerdir=");
	/* They are a list: what separates is to be marked. */
	for (; *lower; lower++) {
		if (strchr("\\:,", *lower))
			*at++ = '\\';
		*at++ = *lower;
	}
	at = stpcpy(at, ",upperdir=u,workdir=w");
	/* The names of what was deleted: in a user namespace nobody may write those of the system.
	 */
	if (users)
		stpcpy(at, ",userxattr");
	return text;
}

int inroot_overlay(const char *at, const char *lower, const char *options)
{
	int dir = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || stat(lower, &st) < 0 ||
	    inroot_mount(dir, "tmpfs", MS_NODEV, "mode=0700") < 0)
		return sys_done(-1, dir);
	close(dir);
	/* The new file system lies on the directory: to stand in it, it is entered again.  What "/"
	   looks like is what the upper layer looks like.  An owner whom this user namespace does
	   not know cannot be given. */
	if (chdir(at) < 0 || mkdir("u", st.st_mode & 07777) < 0 || mkdir("w", 0700) < 0 ||
	    ((st.st_uid || st.st_gid) && chown("u", st.st_uid, st.st_gid) < 0 && errno != EINVAL))
		return -1;
	return (int)syscall(SYS_mount, "overlay", ".", "overlay", MS_NODEV, options);
}

static int set(int tree, struct mount_attr *a, bool all)
{
	return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | (all ? AT_RECURSIVE : 0),
			    a, sizeof *a);
}

int inroot_map(int tree, int users, bool all)
{
	return set(tree,
		   &(struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)users},
		   all);
}

int inroot_set(int tree, uint64_t attr, uint64_t propagation, bool all)
{
	return set(tree, &(struct mount_attr){.attr_set = attr, .propagation = propagation}, all);
}

int inroot_attach(int tree, int at)
{
	return (int)syscall(SYS_move_mount, tree, "", at, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

void inroot_make_leavable(void)
{
	char here[PATH_MAX];
	struct statfs fs;
	int tree;

	if (!getcwd(here, sizeof here))
		memcpy(here, "/", sizeof "/");
	if (chdir("/") < 0 || statfs("/", &fs) < 0 ||
	    (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC))
		tree = -1;
	else
		tree = inroot_tree(AT_FDCWD, "/");
	/* Where it fails, the first container that wants a root is told. */
	if (tree >= 0 && (inroot_attach(tree, AT_FDCWD) < 0 || fchdir(tree) < 0 || chroot(".") < 0))
		errno = 0;
	if (tree >= 0)
		close(tree);
	if (chdir(here) < 0)
		errno = 0;
}
