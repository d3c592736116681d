/*
 * Whose files are: fsGroup, and the users of the pod.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* `name` in `dir` and all below it. */
static int own_tree(int dir, const char *name, const struct owning *o)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), sub, err;
	struct dirent *e;
	struct stat s;
	DIR *d;

	if (fd < 0)
		return errno;
	err = fstat(fd, &s) < 0 ? errno : own_one(fd, &s, o);
	if (err || !S_ISDIR(s.st_mode)) {
		close(fd);
		return err;
	}
	sub = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(fd);
	d = sub < 0 ? NULL : fdopendir(sub);
	if (!d) {
		err = errno;
		if (sub >= 0)
			close(sub);
		return err;
	}
	while (!err && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = own_tree(sub, e->d_name, o);
	closedir(d);
	return err;
}

int stage_own(const char *at, gid_t group, bool read_only, bool on_mismatch)
{
	struct owning o = {(uid_t)-1, group, true, read_only};
	struct stat s;

	if (on_mismatch && lstat(at, &s) == 0 && s.st_gid == group &&
	    (s.st_mode & wanted(s.st_mode, &o)) == wanted(s.st_mode, &o))
		return 0;
	return own_tree(AT_FDCWD, at, &o);
}

int stage_give(const char *at, uint32_t user)
{
	struct owning o = {.user = user, .group = user};

	return own_tree(AT_FDCWD, at, &o);
}
