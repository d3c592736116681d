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

/* Empties the directory `fd`, which it closes. */
static int empty(int fd, dev_t dev)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int err = 0;

	if (!d) {
		err = errno;
		close(fd);
		return err;
	}
	while ((e = readdir(d))) {
		struct stat s;
		int sub;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			continue;
		sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0 || fstat(sub, &s) < 0 || s.st_dev != dev) {
			err = sub < 0 ? errno : EXDEV;
			if (sub >= 0)
				close(sub);
			continue;
		}
		sub = empty(sub, dev);
		if (sub || unlinkat(fd, e->d_name, AT_REMOVEDIR) < 0)
			err = sub ? sub : errno;
	}
	closedir(d);
	return err;
}

int stage_remove(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err;
	struct stat s;

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	err = fstat(fd, &s) < 0 ? errno : 0;
	if (err) {
		close(fd);
		return err;
	}
	err = empty(fd, s.st_dev);
	if (!err && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		err = errno;
	return err;
}
