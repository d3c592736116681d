/*
 * stage_part.h - what the parts of the stage share.  For init/stage*.c alone.
 *
 * All of it runs in children of PID 1, but stage_tmpfs() and stage_path(), which do not allocate.
 */
#ifndef PODINIT_INIT_STAGE_PART_H
#define PODINIT_INIT_STAGE_PART_H

#include <sys/types.h>

#include "init/stage.h"

/* Where a reason goes, and the section it is about: "volume data: ". */
struct stage_why {
	char *text;
	size_t size;
	const char *kind, *name;
};

/* Writes the sentence.  Returns err, or EIO if that is 0: a failure is never 0. */
int stage_fail(const struct stage_why *why, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes "DIR/a/b" into buf; b may be NULL. */
const char *stage_path(char buf[STAGE_PATH_MAX], const char *a, const char *b);

/* Mounts a tmpfs, nosuid and nodev.  size: bytes, 0: the kernel's default, half of the memory. */
int stage_tmpfs(const char *at, int64_t size, unsigned mode, const char *more, unsigned long flags);

/* Binds what `fd` is open on to `at`, which is made, with all that is mounted below it. */
int stage_bind(int fd, const char *at);

/* podinit itself makes the file system of the volume, or its directory. */
bool stage_owns(const struct volume_spec *v);

/* Makes volume `i` on its place in the stage. */
int stage_make_volume(const struct pod_spec *spec, unsigned i, const char *at,
		      const struct stage_why *why);

/* A VOLUME_FILES, in the layout of the kubelet's atomic writer. */
int stage_make_files(const struct volume_spec *v, const char *at, const struct stage_why *why);

/* A VOLUME_DEVICE: a block device or an image file. */
int stage_make_device(const struct volume_spec *v, const char *at, const struct stage_why *why);

/* Has the file system of a device or image file repaired by fsck.TYPE -p, if there is one on
   podinit's PATH.  What that cannot repair is a failure. */
int stage_check(const char *device, const char *type, const struct stage_why *why);

/* The root of a container: a directory, an image file or a device. */
int stage_make_root(const char *source, const char *at, const struct stage_why *why);

/* The root of a container with readOnlyRootFilesystem, once root and volumes are there. */
int stage_make_view(const struct pod_spec *spec, unsigned ctr, const char *at,
		    const struct stage_why *why);

/* The directory DIR/etc/NAME of a container and the files in it. */
int stage_make_etc(const struct pod_spec *spec, const char *at, const struct stage_why *why);

/* Writes a file that must not be there yet, with exactly this mode.  0 or errno. */
int stage_write(int dir, const char *name, const char *bytes, size_t n, mode_t mode);

/*
 * Gives a tree to a group, as Kubernetes' fsGroup does: files |= 0660 (`read_only`: 0440),
 * directories setgid and passable too.  `on_mismatch`: not if the top of it is right already.
 * Symbolic links are never followed.  0 or errno.
 */
int stage_own(const char *at, gid_t group, bool read_only, bool on_mismatch);

/* Whom user and group 0 of the pod are where nothing is id-mapped: 0, or the first of its own. */
uint32_t stage_first_user(void);

/* Gives a tree to a user and its group, and leaves the modes. */
int stage_give(const char *at, uint32_t user);

/* Removes `name` in `dir` and all below it.  Follows no link, leaves no file system.  0 or errno.
 */
int stage_remove(int dir, const char *name);

/* Opens the directory on disk of this pod's emptyDirs, which is made the first time.  -1 and errno
   if there can be none. */
int stage_disk(const struct pod_spec *spec);

/* Removes that directory, if it was made. */
int stage_disk_remove(void);

/* Removes what earlier podinits left there, unless this one has its directory there already. */
void stage_disk_clean(void);

#endif
