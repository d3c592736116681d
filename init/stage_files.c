/*
 * Files that podinit writes: configMap, secret and downwardAPI.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init/stage_part.h"

int stage_write(int dir, const char *name, const char *bytes, size_t n, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err = fd < 0 || fchmod(fd, mode) < 0 ? errno : 0;

	while (!err && n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		} else if (errno != EINTR) {
			err = errno;
		}
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* A secret is never swapped: ramfs is what kernels before 6.4 have for that. */
static int mount_for(const struct volume_spec *v, const char *at)
{
	int err = mkdir(at, 0755) < 0 ? errno : 0;

	if (err)
		return err;
	if (!v->secret)
		return stage_tmpfs(at, 4 * VOLUME_BYTES_MAX, 0755, "", 0);
	err = stage_tmpfs(at, 4 * VOLUME_BYTES_MAX, 0755, ",noswap", 0);
	if (err && mount("ramfs", at, "ramfs", MS_NOSUID | MS_NODEV, "mode=0755") == 0)
		err = 0;
	return err;
}

/* The directories of `name`, a path in `dir`, and then the file. */
static int write_item(int dir, const struct file_item *item, mode_t mode)
{
	char part[4096];

	if (strlen(item->name) >= sizeof part)
		return ENAMETOOLONG;
	for (const char *p = strchr(item->name, '/'); p; p = strchr(p + 1, '/')) {
		memcpy(part, item->name, (size_t)(p - item->name));
		part[p - item->name] = '\0';
		if (mkdirat(dir, part, 0755) < 0 && errno != EEXIST)
			return errno;
	}
	return stage_write(dir, item->name, item->bytes, item->n, mode);
}

/* The name a user sees, a link to the same name below ..data. */
static int link_item(int top, const char *name)
{
	char first[256], to[sizeof first + sizeof "..data/"];
	size_t n = strcspn(name, "/");

	if (n >= sizeof first)
		return ENAMETOOLONG;
	memcpy(first, name, n);
	first[n] = '\0';
	snprintf(to, sizeof to, "..data/%s", first);
	return symlinkat(to, top, first) < 0 && errno != EEXIST ? errno : 0;
}

/* A name as the kubelet makes it, "..2026_01_31_23_59_59.123456789". */
static void name_payload(char *buf, size_t size)
{
	struct timespec now = {0};
	struct tm t = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &t);
	snprintf(buf, size, "..%04d_%02d_%02d_%02d_%02d_%02d.%09ld", t.tm_year + 1900, t.tm_mon + 1,
		 t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, now.tv_nsec);
}

/* `top` is a file system of our own that nobody else has seen yet. */
static int write_all(const struct volume_spec *v, int top, const struct stage_why *why)
{
	char payload[64];
	int dir, err = 0;

	name_payload(payload, sizeof payload);
	dir = mkdirat(top, payload, 0755) < 0
		      ? -1
		      : openat(top, payload, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || symlinkat(payload, top, "..data") < 0) {
		err = stage_fail(why, errno, "making its directory: %s", strerror(errno));
		if (dir >= 0)
			close(dir);
		return err;
	}
	for (unsigned i = 0; i < v->n_items && !err; i++) {
		err = write_item(dir, &v->items[i], v->mode);
		if (!err)
			err = link_item(top, v->items[i].name);
		if (err)
			stage_fail(why, err, "writing %s: %s", v->items[i].name, strerror(err));
	}
	close(dir);
	return err;
}

int stage_make_files(const struct volume_spec *v, const char *at, const struct stage_why *why)
{
	int err = mount_for(v, at), top;

	if (err)
		return stage_fail(why, err, "mounting a %s: %s", v->secret ? "ramfs" : "tmpfs",
				  strerror(err));
	top = open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0)
		return stage_fail(why, errno, "opening its directory: %s", strerror(errno));
	err = write_all(v, top, why);
	close(top);
	return err;
}
