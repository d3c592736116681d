/*
 * Whose files are: fsGroup, and the users of the pod.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/stage_part.h"

struct owning {
	uid_t user; /* -1: stays */
	gid_t group;
	bool modes; /* give the group what it needs */
	bool read_only;
};

/* What the group needs of a file of this kind (K8s 8.4.13). */
static mode_t wanted(mode_t mode, const struct owning *o)
{
	mode_t bits = o->read_only ? 0440 : 0660;

	return S_ISDIR(mode) ? bits | S_ISGID | 0110 : bits;
}

/* One file, by an O_PATH descriptor: nobody can put another one in its place. */
static int own_one(int fd, const struct stat *s, const struct owning *o)
{
	char self[32];

	if (fchownat(fd, "", o->user, o->group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (S_ISLNK(s->st_mode) || !o->modes)
		return 0;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return chmod(self, (s->st_mode & 07777) | wanted(s->st_mode, o)) < 0 ? errno : 0;
}

/* A directory above the one that is open, and where to go on in it. */
struct level {
	dev_t dev;
	ino_t ino;
	long next;
};

/* One directory is open, however deep the tree is: a container may have made it, on a device. */
struct walk {
	DIR *d;
	struct level *above;
	size_t depth, room;
};

/* Takes note of the directory that is open, and closes it. */
static int leave(struct walk *w)
{
	struct level *l = w->above;
	struct stat s;

	if (w->depth == w->room) {
		w->room = 2 * w->room + 16;
		l = realloc(w->above, w->room * sizeof *l);
		if (!l)
			return ENOMEM;
		w->above = l;
	}
	if (fstat(dirfd(w->d), &s) < 0)
		return errno;
	l[w->depth++] = (struct level){s.st_dev, s.st_ino, telldir(w->d)};
	closedir(w->d);
	w->d = NULL;
	return 0;
}

static int enter(struct walk *w, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	w->d = fd < 0 ? NULL : fdopendir(fd);
	if (w->d)
		return 0;
	err = errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int up(struct walk *w)
{
	const struct level *l = &w->above[--w->depth];
	DIR *from = w->d;
	int err = enter(w, dirfd(from), "..");
	struct stat s;

	closedir(from);
	if (!w->d)
		return err;
	if (fstat(dirfd(w->d), &s) < 0)
		return errno;
	/* Else it has been moved meanwhile. */
	if (s.st_dev != l->dev || s.st_ino != l->ino)
		return ESTALE;
	seekdir(w->d, l->next);
	return 0;
}

static int visit(struct walk *w, int dir, const char *name, const struct owning *o)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), err;
	struct stat s;

	if (fd < 0)
		return errno;
	err = fstat(fd, &s) < 0 ? errno : own_one(fd, &s, o);
	if (!err && S_ISDIR(s.st_mode)) {
		err = w->d ? leave(w) : 0;
		err = err ? err : enter(w, fd, ".");
	}
	close(fd);
	return err;
}

/* `at` and all below it. */
static int own_tree(const char *at, const struct owning *o)
{
	struct walk w = {0};
	int err = visit(&w, AT_FDCWD, at, o);

	while (!err && w.d) {
		struct dirent *e = readdir(w.d);

		if (!e && w.depth == 0)
			break;
		if (!e)
			err = up(&w);
		else if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = visit(&w, dirfd(w.d), e->d_name, o);
	}
	if (w.d)
		closedir(w.d);
	free(w.above);
	return err;
}

int stage_own(const char *at, gid_t group, bool read_only, bool on_mismatch)
{
	struct owning o = {(uid_t)-1, group, true, read_only};
	struct stat s;

	if (on_mismatch && lstat(at, &s) == 0 && s.st_gid == group &&
	    (s.st_mode & wanted(s.st_mode, &o)) == wanted(s.st_mode, &o))
		return 0;
	return own_tree(at, &o);
}

int stage_give(const char *at, uint32_t user)
{
	struct owning o = {.user = user, .group = user};

	return own_tree(at, &o);
}
