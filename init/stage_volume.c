/*
 * Volumes: emptyDir, hostPath, and what is mounted by one call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/stage_part.h"

int stage_bind(int fd, const char *at)
{
	char self[32];
	struct stat s;
	int err;

	if (fstat(fd, &s) < 0)
		return errno;
	err = S_ISDIR(s.st_mode) ? (mkdir(at, 0755) < 0 ? errno : 0)
				 : stage_write(AT_FDCWD, at, "", 0, 0600);
	if (err)
		return err;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return mount(self, at, NULL, MS_BIND | MS_REC, NULL) < 0 ? errno : 0;
}

/* ---- emptyDir ---- */

static int empty_in_memory(const char *at, int64_t size)
{
	int err;

	if (mkdir(at, 0755) < 0)
		return errno;
	err = stage_tmpfs(at, size, 0777, ",noswap", 0);
	/* Kernels before 6.4 do not know the word, and some refuse it to a user namespace. */
	return err ? stage_tmpfs(at, size, 0777, "", 0) : 0;
}

static int empty_on_disk(const char *name, int disk, const char *at)
{
	int fd = -1, err = stage_remove(disk, name);

	if (!err && mkdirat(disk, name, 0700) < 0)
		err = errno;
	if (!err) {
		fd = openat(disk, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = fd < 0 || fchmod(fd, 0777) < 0 ? errno : stage_bind(fd, at);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int make_empty(const struct pod_spec *spec, const struct volume_spec *v, const char *at,
		      const struct stage_why *why)
{
	int disk = v->memory ? -1 : stage_disk(spec), err;

	if (disk < 0) {
		err = empty_in_memory(at, v->size_limit);
	} else {
		err = empty_on_disk(v->name, disk, at);
		close(disk);
	}
	return err ? stage_fail(why, err, "making an empty directory: %s", strerror(err)) : 0;
}

/* ---- hostPath ---- */

static const struct {
	mode_t is; /* S_IFMT of what is there; 0: anything */
	const char *word;
} host_types[] = {
	[HOST_PATH_ANY] = {0, ""},
	[HOST_PATH_DIRECTORY] = {S_IFDIR, "a directory"},
	[HOST_PATH_DIRECTORY_OR_CREATE] = {S_IFDIR, "a directory"},
	[HOST_PATH_FILE] = {S_IFREG, "a file"},
	[HOST_PATH_FILE_OR_CREATE] = {S_IFREG, "a file"},
	[HOST_PATH_SOCKET] = {S_IFSOCK, "a socket"},
	[HOST_PATH_CHAR_DEVICE] = {S_IFCHR, "a character device"},
	[HOST_PATH_BLOCK_DEVICE] = {S_IFBLK, "a block device"},
};

/* mkdir -p, mode 0755. */
static int make_dirs(const char *path)
{
	char part[4096];

	if (strlen(path) >= sizeof part)
		return ENAMETOOLONG;
	for (size_t n = 1;; n++) {
		if (path[n] && path[n] != '/')
			continue;
		memcpy(part, path, n);
		part[n] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return errno;
		if (!path[n])
			return 0;
	}
}

static int create_host_path(const struct volume_spec *v)
{
	int err;

	switch (v->type) {
	case HOST_PATH_DIRECTORY_OR_CREATE: return make_dirs(v->source);
	case HOST_PATH_FILE_OR_CREATE:
		err = stage_write(AT_FDCWD, v->source, "", 0, 0644);
		return err == EEXIST ? 0 : err;
	default: return 0;
	}
}

/*
 * From here on the volume is what the descriptor is open on: the check and the mount are of the
 * same thing, whatever becomes of the path in between.
 */
static int make_host_path(const struct volume_spec *v, const char *at, const struct stage_why *why)
{
	int err = create_host_path(v), fd;
	struct stat s;

	if (err)
		return stage_fail(why, err, "creating hostPath %s: %s", v->source, strerror(err));
	fd = open(v->source, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &s) < 0)
		return stage_fail(why, errno, "hostPath type check failed: %s: %s", v->source,
				  strerror(errno));
	if (host_types[v->type].is && (s.st_mode & S_IFMT) != host_types[v->type].is) {
		close(fd);
		return stage_fail(why, ENOTDIR, "hostPath type check failed: %s is not %s",
				  v->source, host_types[v->type].word);
	}
	err = stage_bind(fd, at);
	close(fd);
	return err ? stage_fail(why, err, "binding %s: %s", v->source, strerror(err)) : 0;
}

/* ---- virtiofs and 9p ---- */

/*
 * A tag that is not there is EINVAL to virtiofs and ENOENT to 9p.  To 9p it is EINVAL that nothing
 * carries it over virtio, which is a module of its own.
 */
static int make_shared(const char *tag, const char *type, const char *options, const char *at,
		       const struct stage_why *why)
{
	bool is_9p = strcmp(type, "9p") == 0;
	int err;

	if (mkdir(at, 0755) == 0 && mount(tag, at, type, MS_NOSUID | MS_NODEV, options) == 0)
		return 0;
	err = errno;
	if (err == ENODEV || (is_9p && err == EINVAL))
		return stage_fail(why, err, "the kernel has no %s: load its module",
				  err == ENODEV ? type : "9pnet_virtio");
	return stage_fail(why, err, "mounting the %s tag %s: %s", type, tag,
			  err == (is_9p ? ENOENT : EINVAL) ? "the machine has no such tag"
							   : strerror(err));
}

static int make_one(const struct pod_spec *spec, const struct volume_spec *v, const char *at,
		    const struct stage_why *why)
{
	switch (v->kind) {
	case VOLUME_EMPTY_DIR: return make_empty(spec, v, at, why);
	case VOLUME_HOST_PATH: return make_host_path(v, at, why);
	case VOLUME_FILES: return stage_make_files(v, at, why);
	case VOLUME_DEVICE: return stage_make_device(v, at, why);
	case VOLUME_VIRTIOFS: return make_shared(v->source, "virtiofs", NULL, at, why);
	case VOLUME_9P: break;
	}
	return make_shared(v->source, "9p", "trans=virtio,version=9p2000.L,msize=262144", at, why);
}

bool stage_owns(const struct volume_spec *v)
{
	return v->kind == VOLUME_EMPTY_DIR || v->kind == VOLUME_FILES;
}

static int give_to_group(const struct pod_spec *spec, const struct volume_spec *v, const char *at)
{
	gid_t group = spec->fs_group + (stage_owns(v) ? stage_first_user() : 0);

	return stage_own(at, group, v->kind == VOLUME_FILES, spec->fs_group_on_mismatch);
}

int stage_make_volume(const struct pod_spec *spec, unsigned i, const char *at,
		      const struct stage_why *why)
{
	const struct volume_spec *v = &spec->volume[i];
	bool takes_group = stage_owns(v) || (v->kind == VOLUME_DEVICE && !v->read_only);
	int err = make_one(spec, v, at, why);

	if (!err && stage_owns(v) && stage_first_user()) {
		err = stage_give(at, stage_first_user());
		if (err)
			stage_fail(why, err, "giving it to the pod's users: %s", strerror(err));
	}
	if (err || !spec->fs_group_given || !takes_group)
		return err;
	err = give_to_group(spec, v, at);
	return err ? stage_fail(why, err, "fsGroup %u: %s", spec->fs_group, strerror(err)) : 0;
}
