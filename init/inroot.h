/*
 * inroot.h - paths inside a root that may be hostile, and mounts on them.
 *
 * An image may hold a symbolic link wherever podinit expects a directory, and another container may
 * exchange one for the other while podinit looks.  So every path is resolved by the kernel with the
 * root as its "/" (openat2(2), RESOLVE_IN_ROOT), what comes of it is held as a descriptor, and
 * mounts are made on the descriptor, never on a name.
 *
 * For children of PID 1: these calls block as long as the file system does.  -1 and errno mean what
 * they mean in the system; descriptors are close-on-exec.  Linux 5.12 or later.
 */
#ifndef PODINIT_INIT_INROOT_H
#define PODINIT_INIT_INROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is at `path`, as an O_PATH descriptor.  ENOENT: nothing is. */
int inroot_open(int root, const char *path);

/* The directory at `path`, made with 0755 as far as it is missing; a link that leads nowhere leads
   to what is made. */
int inroot_dir(int root, const char *path);

/*
 * The same, or for S_IFREG an empty file in such a directory, or whatever is there and is none.  By
 * a link of the root the path may come into one of the mounts, whose own links are not followed
 * (ELOOP): descriptors of what they show.
 */
int inroot_place(int root, const char *path, mode_t made, const int *mounts, unsigned n);

/*
 * What is at `path` below `dir`, and no symbolic link on the way at all (ELOOP): for /proc and
 * /sys, and in volumes, where others make links while nobody looks.  `made`: S_IFDIR or S_IFREG,
 * what it has to be and becomes where it is missing; 0: whatever is there.
 */
int inroot_plain(int dir, const char *path, mode_t made);

/* How `path` goes on below the directory `dir`, both in few words as the pod file's are (paths.h);
   NULL: elsewhere. */
const char *inroot_rest(const char *path, const char *dir);

/* What is at `path` in a volume, below it without a way out (EXDEV); missing, it becomes a
   directory with the mode of the volume's own, if no umask forbids.  O_PATH. */
int inroot_sub_path(int volume, const char *path);

/* Mounts a new file system on the directory `at`.  `flags` are those of mount(2). */
int inroot_mount(int at, const char *type, unsigned long flags, const char *data);

/* A copy of the mount at `path` (below `dir`, or AT_FDCWD; "": `dir` itself), attached nowhere,
   with all that is mounted below it. */
int inroot_tree(int dir, const char *path);

/*
 * Mounts on the directory `at` an overlay of the directory `lower`, in which nothing is ever
 * changed, and a new layer in memory.  Changes the working directory.  `options` are those of
 * inroot_overlay_options(), which allocates; NULL: no memory.  `users`: for a
 * user namespace other than the machine's first.
 */
int inroot_overlay(const char *at, const char *lower, const char *options);
char *inroot_overlay_options(const char *lower, bool users);

/* Sets MOUNT_ATTR_... on a tree, with all below it if `all`, and how mounts travel between it and
   where it came from: MS_PRIVATE, MS_SLAVE or MS_SHARED; 0: as it is. */
int inroot_set(int tree, uint64_t attr, uint64_t propagation, bool all);

/* Shows the files of a tree, which nobody can reach yet, as the user namespace `users` maps them.
   EINVAL: the file system cannot be mounted so; with `all`, this or one that is mounted below. */
int inroot_map(int tree, int users, bool all);

/* Mounts the tree on `at`, a directory on a directory or another file on a file. */
int inroot_attach(int tree, int at);

/*
 * The first root of a machine, where an initramfs is unpacked, can never be left with
 * pivot_root(2), and no container could get a root of its own.  A copy of that mount on top of it
 * can: same files, another mount.  For a mount namespace that nobody else stands in; changes
 * nothing elsewhere.
 */
void inroot_make_leavable(void);

#endif
