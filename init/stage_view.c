/*
 * The roots of containers with readOnlyRootFilesystem.  podinit changes nobody's image: what is to
 * be mounted in a root that has no place for it takes an overlay.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/identity.h"
#include "init/inroot.h"
#include "init/stage_part.h"
#include "init/sys.h"
#include "init/users.h"

/* In what is mounted before it. */
static bool is_elsewhere(const struct ctr_spec *c, const char *path)
{
	bool below = inroot_rest(path, "/dev") || inroot_rest(path, "/proc") ||
		     inroot_rest(path, "/sys");

	for (unsigned i = 0; i < c->n_mounts && !below; i++)
		below = inroot_rest(path, c->mount[i].path) != NULL;
	return below;
}

/* Whatever else is wrong with it, its child will say. */
static bool lacks(int root, const struct ctr_spec *c, const char *path)
{
	int fd = inroot_open(root, path);

	return fd < 0 ? errno == ENOENT && !is_elsewhere(c, path) : sys_done(0, fd) != 0;
}

/* The first path the container cannot do without that is not there; NULL: none. */
static const char *missing(int root, const struct pod_spec *spec, const struct ctr_spec *c)
{
	const char *const paths[] = {
		"/proc",
		"/sys",
		"/dev",
		c->message_path,
		c->working_dir,
		spec->host_aliases.n > 0 ? "/etc/hosts" : NULL,
		pod_sets_dns(spec) ? "/etc/resolv.conf" : NULL,
	};

	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i] && lacks(root, c, paths[i]))
			return paths[i];
	for (unsigned i = 0; i < c->n_mounts; i++)
		if (lacks(root, c, c->mount[i].path))
			return c->mount[i].path;
	return NULL;
}

/* What is mounted there stays as it is now: nothing of a root is writable, or a device. */
static int bind_on(int at, const char *source)
{
	int tree = inroot_tree(AT_FDCWD, source), err = 0;

	if (at < 0 || tree < 0 ||
	    inroot_set(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, MS_PRIVATE, true) < 0 ||
	    inroot_attach(tree, at) < 0)
		err = errno;
	sys_done(0, tree);
	sys_done(0, at);
	return err;
}

/* An overlay shows one file system, and more may be mounted in a directory. */
static int bind_inner(int root, const char *source)
{
	struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");
	struct libmnt_iter *next = mnt_new_iter(MNT_ITER_FORWARD);
	int err = table && next ? 0 : ENOMEM, id = -1;
	struct libmnt_fs *fs;

	while (!err && mnt_table_next_fs(table, next, &fs) == 0) {
		const char *path = mnt_fs_get_target(fs);

		if (strcmp(path, source) == 0)
			id = mnt_fs_get_id(fs);
		else if (mnt_fs_get_parent_id(fs) == id)
			err = bind_on(inroot_open(root, path + strlen(source)), path);
	}
	mnt_free_iter(next);
	mnt_unref_table(table);
	return err;
}

/* What is wrong with the place, the child will say. */
static int make_working_dir(int root, const char *path)
{
	if (identity_own_files(stage_first_user()) < 0)
		return errno;
	sys_done(0, inroot_dir(root, path));
	return identity_own_files(0) < 0 ? errno : 0;
}

/* Mount points the child can still make, its workingDir only here: it enters that when nothing can
   be written any more. */
static int make_overlay(const char *at, const char *source, const char *working_dir)
{
	char *options = inroot_overlay_options(source, !users_first());
	int root, err = options ? 0 : ENOMEM;

	if (!err && inroot_overlay(at, source, options) < 0)
		err = errno;
	free(options);
	if (err)
		return err;
	root = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = root < 0 ? errno : bind_inner(root, source);
	if (!err && working_dir)
		err = make_working_dir(root, working_dir);
	return sys_done(err, root);
}

int stage_make_view(const struct pod_spec *spec, unsigned ctr, const char *at,
		    const struct stage_why *why)
{
	const struct ctr_spec *c = &spec->ctr[ctr];
	char source[STAGE_PATH_MAX];
	const char *lacking;
	int root, err;

	root = open(stage_root(spec, ctr, source), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || mkdir(at, 0755) < 0)
		return sys_done(stage_fail(why, errno, "making %s: %s", at, strerror(errno)), root);
	lacking = missing(root, spec, c);
	close(root);
	if (!lacking) {
		err = bind_on(open(at, O_PATH | O_DIRECTORY | O_CLOEXEC), source);
		return err ? stage_fail(why, err, "rootfs %s: %s", c->rootfs, strerror(err)) : 0;
	}
	err = make_overlay(at, source, c->working_dir);
	return err ? stage_fail(why, err, "rootfs %s has no %s, which takes an overlay: %s%s",
				c->rootfs, lacking, strerror(err),
				err == ENODEV ? ": load the module overlay" : "")
		   : 0;
}
