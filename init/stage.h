/*
 * stage.h - what containers are given to see, made ready in one place before the first of them
 * starts: volumes, images of roots, the pod's /dev/shm, the generated files of /etc.
 *
 * The stage is a small tmpfs in PID 1's own mount namespace, and mounts below it:
 *
 *     DIR              tmpfs, mode 0711, never part of a recursive bind of what lies round it
 *     DIR/vol/NAME     a volume, whatever its kind.  The source of a hostPath may be a file, a
 *                      socket or a device: then this is one too
 *     DIR/root/NAME    the root of a container, named for the first container that has it
 *     DIR/view/NAME    what a container with readOnlyRootFilesystem has for a root instead: the
 *                      same, read-only, or an overlay of it if it lacks a mount point
 *     DIR/shm          the pod's /dev/shm
 *     DIR/etc/NAME/    of a container hosts, hostname and resolv.conf, mode 0644, and message,
 *                      empty and 0666, for its terminationMessagePath
 *     DIR/ctr          an empty directory: a container's child mounts on it, in its own mount
 *                      namespace, what nobody else is to see
 *
 * Binding them into a container is the work of its child, and so are:
 *   - read-only mounts: all of a VOLUME_FILES, and what a mount_spec asks for.  Read-only here are
 *     images and devices that are roots, and a view that is no overlay.  In one that is, the child
 *     makes the mount points, as it does elsewhere: only when it starts is it known whether a
 *     subPath is a directory or a file;
 *   - propagation.  A hostPath and a directory that is a root keep the propagation of their source,
 *     so that Bidirectional is possible; a view is private.  Unless it is asked for, make them
 *     MS_REC | MS_PRIVATE (or MS_SLAVE) in the child's mount namespace before you unmount anything
 *     below them: unmounting there would unmount the source's own.
 *
 * What has been done is remembered in the stage itself (DIR/done), since the processes that do it
 * are children who share nothing else with PID 1.
 *
 * An emptyDir that is not Memory lies on disk, in a directory of its own in /var/lib/podinit/empty,
 * which is removed at the end; where that cannot be written, or is in memory anyway, it is a tmpfs.
 *
 * In a pod with users of its own (users.h) everything here belongs to them: what podinit makes by
 * the numbers of its owners, all else by id-mapped mounts, which show root's files as those of the
 * pod's root and write its files as root's.  Not every file system can be mounted so.
 */
#ifndef PODINIT_INIT_STAGE_H
#define PODINIT_INIT_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/spec.h"
#include "init/users.h"

enum {
	STAGE_DIR_MAX = 128,  /* bytes of the stage's own path, with its NUL */
	STAGE_PATH_MAX = 256, /* bytes of any path below */
	STAGE_WHY_MAX = 512,  /* a sentence that says why; longer ones are cut */
};

/*
 * At boot, in PID 1 and its mount namespace: makes the stage, in /run/podinit/pod, else
 * $XDG_RUNTIME_DIR/podinit/pod, else /tmp/podinit-UID/pod.  `machine`: podinit is PID 1 of a
 * machine, so what an earlier podinit left in /var/lib/podinit/empty belongs to nobody.  `users`:
 * the pod's, whose namespace stays open.
 * 0, or errno and the reason in why[size].
 */
int stage_open(bool machine, const struct users *users, char *why, size_t size);

/* The stage has been opened. */
bool stage_is_open(void);

/* DIR, as above. */
const char *stage_dir(void);

/*
 * Paths in the stage, written into buf, which they return.  They name what is there once
 * stage_prepare() has returned 0.  stage_root() is for containers that have a rootfs alone,
 * stage_view() for those of them that have a read-only one.
 */
const char *stage_volume(const struct pod_spec *spec, unsigned volume, char buf[STAGE_PATH_MAX]);
const char *stage_root(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX]);
const char *stage_view(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX]);
const char *stage_etc(const struct pod_spec *spec, unsigned ctr, const char *file,
		      char buf[STAGE_PATH_MAX]);
const char *stage_message(const struct pod_spec *spec, unsigned ctr, char buf[STAGE_PATH_MAX]);
const char *stage_shm(char buf[STAGE_PATH_MAX]);

/*
 * Makes everything ready.  In a child of PID 1 that shares its mount namespace: it allocates, and
 * a disk or a server may keep it waiting.  Tries once; a device is waited for up to two seconds.
 * 0, or errno and one sentence in why[size] that names the section, what was being done and the
 * reason.  To be called again after a failure, or if the child was killed: what has been done is
 * left alone, what was half done is undone and done again.  Changes the umask, the environment
 * and the working directory of its process, which is to end with it.
 */
int stage_prepare(const struct pod_spec *spec, char *why, size_t size);

/* What the last call of it is, or was, busy with: "volume data".  For PID 1, which is told no more
   by a child that hangs.  "volumes": nobody knows. */
const char *stage_busy_with(void);

/*
 * At the end, in such a child, with a limit of time: unmounts all of it, which frees the loop
 * devices, and removes emptyDirs from the disk.  Best effort: 0, or the first error and its
 * sentence.  What is still in use is detached, but on a machine: there halt_machine() makes it
 * read-only.
 */
int stage_close(char *why, size_t size);

#endif
