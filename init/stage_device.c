/*
 * File systems on devices and in image files: where libmount is the right tool.  It finds LABEL=
 * and UUID=, tells what type a file system is, knows option strings and sets up loop devices, which
 * free themselves when they are unmounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <limits.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/stage_part.h"
#include "init/sys.h"

/* How long a device may take to appear before the caller is told to come back later. */
#define DEVICE_PATIENCE (2 * NSEC_PER_SEC)
#define DEVICE_EVERY_MS 100

static bool is_tag(const char *source)
{
	return source[0] != '/' && strchr(source, '=');
}

/*
 * Finds the device or file: its path into path[size], its kind into *s.  A disk appears when its
 * driver has found it, so one that is missing is looked for again.
 */
static int find_source(const char *source, char *path, size_t size, struct stat *s,
		       const struct stage_why *why)
{
	nsec end = sys_now() + DEVICE_PATIENCE;
	int err;

	for (;;) {
		char *found = is_tag(source) ? mnt_resolve_spec(source, NULL) : strdup(source);
		bool whole = found && found[0] == '/' && strlen(found) < size;

		err = ENOENT;
		if (whole) {
			memcpy(path, found, strlen(found) + 1);
			err = stat(path, s) < 0 ? errno : 0;
		}
		free(found);
		if (err != ENOENT || sys_now() > end)
			break;
		poll(NULL, 0, DEVICE_EVERY_MS);
	}
	if (!err)
		return 0;
	if (is_tag(source))
		return stage_fail(why, err, "no device with %s yet", source);
	return stage_fail(why, err, "%s: %s", source, strerror(err));
}

/*
 * An image file needs /dev/loop-control and the node of the loop device that is free next.  In a
 * container whose /dev is not the kernel's own the node may be missing, and can be made.
 */
static int need_loop(const char *source, const struct stage_why *why)
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC), n, err;
	char node[32];

	if (fd < 0 && errno == ENOENT &&
	    mknod("/dev/loop-control", S_IFCHR | 0600, makedev(10, 237)) == 0)
		fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	n = fd < 0 ? -1 : ioctl(fd, LOOP_CTL_GET_FREE);
	err = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return stage_fail(why, err, "%s needs a loop device: /dev/loop-control: %s%s",
				  source, strerror(err),
				  err == ENOENT || err == ENODEV || err == ENXIO
					  ? ": load the module loop"
					  : "");
	snprintf(node, sizeof node, "/dev/loop%d", n);
	if (mknod(node, S_IFBLK | 0600, makedev(LOOP_MAJOR, (unsigned)n)) < 0 && errno != EEXIST)
		return stage_fail(why, errno, "%s needs a loop device: making %s: %s", source, node,
				  strerror(errno));
	return 0;
}

/* One attempt.  0, or errno and what libmount says of it in text[size]. */
static int try_mount(const char *source, const char *type, const char *options, const char *at,
		     char *text, size_t size)
{
	struct libmnt_context *c = mnt_new_context();
	int err = ENOMEM;

	snprintf(text, size, "no memory");
	if (!c)
		return err;
	mnt_context_disable_helpers(c, 1);
	mnt_context_disable_mtab(c, 1);
	mnt_context_set_optsmode(c, MNT_OMODE_NOTAB);
	if (mnt_context_set_source(c, source) == 0 && mnt_context_set_target(c, at) == 0 &&
	    mnt_context_set_options(c, options) == 0 &&
	    (!type || mnt_context_set_fstype(c, type) == 0)) {
		int rc = mnt_context_mount(c);

		err = rc > 0 ? rc : rc < 0 ? EIO : 0;
		if (mnt_context_syscall_called(c) && err)
			err = mnt_context_get_syscall_errno(c);
		if (mnt_context_get_excode(c, rc, text, size) == 0)
			err = 0;
		else if (!err)
			err = EIO;
	}
	mnt_free_context(c);
	return err;
}

/* "ext4", to be freed; NULL if nobody knows. */
static char *type_of(const char *path)
{
	int ambiguous = 0;
	char *type = mnt_get_fstype(path, &ambiguous, NULL);

	if (!ambiguous)
		return type;
	free(type);
	return NULL;
}

/* libmount would only guess what may be wrong. */
static int fail_unknown(const char *source, const struct stage_why *why)
{
	return stage_fail(why, EINVAL, "%s holds no file system that podinit can tell", source);
}

/* ---- Volumes and roots ---- */

int stage_make_device(const struct volume_spec *v, const char *at, const struct stage_why *why)
{
	char path[PATH_MAX], options[PATH_MAX], text[256];
	char *type = NULL;
	struct stat s = {0};
	int err = find_source(v->source, path, sizeof path, &s, why);

	if (!err && S_ISREG(s.st_mode))
		err = need_loop(path, why);
	if (err)
		return err;
	type = v->fs_type ? strdup(v->fs_type) : type_of(path);
	if (!type)
		return fail_unknown(v->source, why);
	err = v->read_only ? 0 : stage_check(path, type, why);
	free(type);
	if (err)
		return err;
	if (mkdir(at, 0755) < 0)
		return stage_fail(why, errno, "making %s: %s", at, strerror(errno));
	snprintf(options, sizeof options, "nosuid,nodev%s%s%s%s", S_ISREG(s.st_mode) ? ",loop" : "",
		 v->options ? "," : "", v->options ? v->options : "", v->read_only ? ",ro" : "");
	err = try_mount(path, v->fs_type, options, at, text, sizeof text);
	return err ? stage_fail(why, err, "mounting %s: %s", v->source, text) : 0;
}

/*
 * A root is mounted read-only, but not nosuid: set-user-ID programs of an image are meant.  An ext4
 * that was not unmounted cleanly would write its journal back, which a read-only device does not
 * let it: then the journal is left out.
 */
static int mount_root(const char *path, const char *type, bool image, const char *at, char *text,
		      size_t size)
{
	int err = try_mount(path, type, image ? "ro,nodev,loop" : "ro,nodev", at, text, size);
	char again[256];

	if (!err || (strcmp(type, "ext4") != 0 && strcmp(type, "ext3") != 0))
		return err;
	if (try_mount(path, type, image ? "ro,nodev,noload,loop" : "ro,nodev,noload", at, again,
		      sizeof again) == 0)
		return 0;
	return err;
}

int stage_make_root(const char *source, const char *at, const struct stage_why *why)
{
	char path[PATH_MAX], text[256], *type;
	struct stat s = {0};
	int err = 0, fd;

	if (is_tag(source) || strncmp(source, "/dev/", 5) == 0)
		err = find_source(source, path, sizeof path, &s, why);
	else if (stat(source, &s) < 0)
		err = stage_fail(why, errno, "rootfs %s: %s", source, strerror(errno));
	else
		snprintf(path, sizeof path, "%s", source);
	if (!err && S_ISREG(s.st_mode))
		err = need_loop(path, why);
	if (err)
		return err;
	if (S_ISDIR(s.st_mode)) {
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? errno : stage_bind(fd, at);
		if (fd >= 0)
			close(fd);
		return err ? stage_fail(why, err, "rootfs %s: %s", source, strerror(err)) : 0;
	}
	if (!S_ISREG(s.st_mode) && !S_ISBLK(s.st_mode))
		return stage_fail(why, ENOTDIR, "rootfs %s is no directory, image file or device",
				  source);
	if (mkdir(at, 0755) < 0)
		return stage_fail(why, errno, "making %s: %s", at, strerror(errno));
	type = type_of(path);
	if (!type)
		return fail_unknown(source, why);
	err = mount_root(path, type, S_ISREG(s.st_mode), at, text, sizeof text);
	free(type);
	return err ? stage_fail(why, err, "rootfs %s: %s", source, text) : 0;
}
