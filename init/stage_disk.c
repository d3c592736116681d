/*
 * The directory on disk of the pod's emptyDirs, and how trees are removed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/stage_part.h"

/* Not the directory above: people keep their images there. */
#define DISK "/var/lib/podinit/empty"

/* The stage's note of the directory that was made: a symbolic link, as it appears whole. */
static const char *note(char buf[STAGE_PATH_MAX])
{
	return stage_path(buf, "disk", NULL);
}

static bool in_memory(const char *path)
{
	struct statfs s;

	return statfs(path, &s) == 0 &&
	       ((unsigned long)s.f_type == TMPFS_MAGIC || (unsigned long)s.f_type == RAMFS_MAGIC);
}

/* The directories of several pods may stand side by side, and so may what is left of a pod that was
   killed: each has a name of its own. */
static int make_dir(const struct pod_spec *spec, const char *at)
{
	char path[STAGE_PATH_MAX];

	mkdir("/var", 0755);
	mkdir("/var/lib", 0755);
	mkdir("/var/lib/podinit", 0755);
	if (mkdir(DISK, 0700) < 0 && errno != EEXIST)
		return -1;
	if (in_memory(DISK)) {
		errno = EXDEV;
		return -1;
	}
	snprintf(path, sizeof path, DISK "/%s.XXXXXX", spec->name);
	if (!mkdtemp(path))
		return -1;
	return symlink(path, at);
}

int stage_disk(const struct pod_spec *spec)
{
	char at[STAGE_PATH_MAX], path[STAGE_PATH_MAX];

	if (readlink(note(at), path, sizeof path) < 0 && make_dir(spec, at) < 0)
		return -1;
	return open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int stage_disk_remove(void)
{
	char at[STAGE_PATH_MAX], path[STAGE_PATH_MAX];
	ssize_t n = readlink(note(at), path, sizeof path - 1);
	int err;

	if (n < 0)
		return 0;
	path[n] = '\0';
	err = stage_remove(AT_FDCWD, path);
	if (!err)
		unlink(at);
	return err;
}

void stage_disk_clean(void)
{
	char at[STAGE_PATH_MAX], path[STAGE_PATH_MAX];

	if (readlink(note(at), path, sizeof path) < 0 && !in_memory(DISK))
		stage_remove(AT_FDCWD, DISK);
}

/* ---- Removing ---- */

/*
 * A container may have made more levels than there are descriptors or room on a stack.  So what
 * lies in a directory of `top` is moved up into `top`, where it has its turn: a pass over `top`
 * follows another as long as they come to something.
 */
struct removal {
	int top;
	unsigned number; /* what the next one is called there */
	bool more;
};

/* What goes at once.  ENOTEMPTY: a directory that does not; EBUSY: something is mounted on it. */
static int take(struct removal *r, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) < 0 &&
	    (errno != EISDIR || unlinkat(dir, name, AT_REMOVEDIR) < 0))
		return errno == EEXIST ? ENOTEMPTY : errno;
	r->more = true;
	return 0;
}

static int lift(struct removal *r, int dir, const char *name)
{
	int err = take(r, dir, name);
	char to[16];

	/* The others: that number was the name of something. */
	while (err == ENOTEMPTY || err == EEXIST || err == ENOTDIR) {
		snprintf(to, sizeof to, "%u", r->number++);
		err = renameat(dir, name, r->top, to) < 0 ? errno : 0;
		r->more = r->more || !err;
	}
	return err;
}

static int for_each(struct removal *r, int dir, const char *name,
		    int (*call)(struct removal *r, int dir, const char *name))
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err = 0, one;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		err = errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		one = call(r, fd, e->d_name);
		err = one ? one : err;
	}
	closedir(d);
	return err;
}

static int clear(struct removal *r, int dir, const char *name)
{
	int err = take(r, dir, name);

	if (err != ENOTEMPTY)
		return err;
	err = for_each(r, dir, name, lift);
	return err ? err : take(r, dir, name);
}

int stage_remove(int dir, const char *name)
{
	struct removal r = {
		.top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
	int err = 0;

	if (r.top < 0)
		return errno == ENOENT ? 0 : errno;
	do {
		r.more = false;
		err = for_each(&r, r.top, ".", clear);
	} while (r.more);
	close(r.top);
	if (!err && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		err = errno;
	return err;
}
