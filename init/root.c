#include "init/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/inroot.h"
#include "init/sys.h"

/* What every container finds in /dev. */
static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
	{"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
	const char *to, *at;
} links[] = {
	{"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
	{"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},      {"pts/ptmx", "ptmx"},
};

/* What will be mounted on. */
static const char *const dirs[] = {"pts", "mqueue", "shm"};

static int attach(int tree, int at)
{
	if (at < 0)
		return sys_done(-1, tree);
	return sys_done(sys_done(inroot_attach(tree, at), at), tree);
}

/* ---- The root ---- */

static int hold_tree(struct root *r, const struct step_data *s)
{
	int dir, tree;

	if (r->n == PLAN_TREES_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (s->data) {
		mode_t mask = umask(0);

		dir = open(s->from, O_PATH | O_DIRECTORY | O_CLOEXEC);
		tree = dir < 0 ? -1 : inroot_sub_path(dir, s->data);
		sys_done(0, dir);
		umask(mask);
		dir = tree;
		tree = dir < 0 ? -1 : inroot_tree(dir, "");
		sys_done(0, dir);
	} else {
		tree = inroot_tree(AT_FDCWD, s->from);
	}
	if (tree < 0)
		return -1;
	r->tree[r->n++] = tree;
	return 0;
}

static int go_private(struct root *r)
{
	/* Modes of what is made from here on are as given. */
	r->mask = umask(0);
	return (int)syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int open_root(struct root *r, const char *path)
{
	r->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r->fd < 0 ? -1 : 0;
}

static int own_root(struct root *r)
{
	r->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return open_root(r, "/");
}

/* The writable layer lasts as long as the container: a restart begins with the image as it is. */
static int overlay(struct root *r, const struct step_data *s)
{
	return inroot_overlay(s->text, s->from, s->data) < 0 ? -1 : open_root(r, s->text);
}

/*
 * With both names "." no directory of the image is needed for the old root: it lies on top of the
 * new one and is taken away.  A seccomp filter of an engine may know mount(2) and not
 * pivot_root(2); then the new root is moved over the old one.
 */
static int change_root(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return (int)syscall(SYS_umount2, ".", MNT_DETACH);
	if (errno != EPERM && errno != ENOSYS)
		return -1;
	/* What stays below is nobody's, but the kernel would take it for a reason to let a user
	   namespace have such a proc or sysfs, whole. */
	syscall(SYS_umount2, "/proc", MNT_DETACH);
	syscall(SYS_umount2, "/sys", MNT_DETACH);
	return syscall(SYS_mount, ".", "/", NULL, MS_MOVE, NULL) < 0 ? -1 : chroot(".");
}

static void let_go(struct root *r)
{
	while (r->n > 0)
		close(r->tree[--r->n]);
}

static int pivot(struct root *r)
{
	if (fchdir(r->fd) < 0 || change_root() < 0)
		return -1;
	/* As the runtimes have it, whatever podinit's own is. */
	umask(022);
	let_go(r);
	return chdir("/");
}

static int go_back(struct root *r)
{
	umask(r->mask);
	let_go(r);
	return r->cwd < 0 ? 0 : fchdir(r->cwd);
}

/* ---- What is in it ---- */

/* The kernel would follow a link that stands for /proc, and LSMs and programs believe what they
   read there: it has to be the directory. */
static int mount_plain(struct root *r, const struct step_data *s, const char *type)
{
	int at = inroot_plain(r->fd, s->text + 1, S_IFDIR);

	return at < 0 ? -1 : sys_done(inroot_mount(at, type, s->flags, s->data), at);
}

static int mount_on(struct root *r, const struct step_data *s)
{
	int at = inroot_dir(r->fd, s->text);

	if (at >= 0 && inroot_mount(at, s->from, s->flags, s->data) == 0)
		return sys_done(0, at);
	return sys_done(s->own ? 0 : -1, at);
}

static int make_node(const char *name, dev_t number)
{
	return mknod(name, S_IFCHR | 0666, number) < 0
		       ? -1
		       : (int)syscall(SYS_mount, name, name, NULL, MS_BIND, NULL);
}

/*
 * Whoever may make nodes could make the one of a disk, and there is no device cgroup to forbid its
 * use.  So nothing in /dev is a device but these, each by a mount of its own.  The directory is a
 * new one, where names are what we have made them.
 */
static int make_nodes(struct root *r, const struct step_data *s)
{
	int dev = inroot_open(r->fd, s->text), err = dev < 0 || fchdir(dev) < 0;

	for (unsigned i = 0; !err && i < sizeof dirs / sizeof *dirs; i++)
		err = mkdirat(dev, dirs[i], 0755) < 0;
	for (unsigned i = 0; !err && s->own && i < sizeof nodes / sizeof *nodes; i++)
		err = make_node(nodes[i].name, makedev(nodes[i].major, nodes[i].minor)) < 0;
	err = err || inroot_set(dev, MOUNT_ATTR_NODEV, 0, false) < 0;
	if (!err && s->data)
		err = mknodat(dev, s->data, S_IFREG | 0644, 0) < 0;
	for (unsigned i = 0; !err && i < sizeof links / sizeof *links; i++)
		err = symlinkat(links[i].to, dev, links[i].at) < 0;
	return sys_done(err ? -1 : 0, dev);
}

/* Where something is mounted already, others may have made links: one that was followed could lead
   out of there, to what nobody gave away. */
static int place(const struct root *r, const struct step_data *s, bool dir)
{
	mode_t made = dir ? S_IFDIR : S_IFREG;

	if (!s->data)
		return inroot_place(r->fd, s->text, made, r->tree, s->tree);
	return inroot_plain(s->own ? r->fd : r->tree[s->in], s->data, s->kept ? 0 : made);
}

/* The tree stays open: others may be mounted in it. */
static int bind(struct root *r, const struct step_data *s)
{
	int tree = r->tree[s->tree], at;
	struct stat st, root;

	if (fstat(tree, &st) < 0 ||
	    ((s->flags || s->propagation) && inroot_set(tree, s->flags, s->propagation, true) < 0))
		return -1;
	at = place(r, s, S_ISDIR(st.st_mode));
	if (at < 0)
		return s->wish && (errno == EROFS || errno == EACCES || errno == ENOENT ||
				   errno == ELOOP)
			       ? 0
			       : -1;
	/* By a link of the image: what is mounted there would hide the image, and only from some.
	 */
	if (!s->data && S_ISDIR(st.st_mode) && fstat(at, &st) == 0 && fstat(r->fd, &root) == 0 &&
	    st.st_dev == root.st_dev && st.st_ino == root.st_ino) {
		errno = EXDEV;
		return sys_done(-1, at);
	}
	return sys_done(inroot_attach(tree, at), at);
}

/* The node we are to believe in: the number is what it is, the name is only where it was.  It is
   held, so that one look at it will do. */
static int null_node(const struct root *r)
{
	int fd = inroot_open(r->fd, "/dev/null");
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		errno = ENXIO;
		return sys_done(-1, fd);
	}
	return fd;
}

/* One file system with nothing in it, that nobody can write, does for all. */
static int mount_empty(struct root *r, int at, const char *path)
{
	if (inroot_mount(at, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			 "nr_blocks=1,nr_inodes=1") < 0)
		return -1;
	r->empty = inroot_open(r->fd, path);
	return r->empty < 0 ? -1 : 0;
}

static int mask(struct root *r, const struct step_data *s)
{
	int at = inroot_open(r->fd, s->text), tree;
	struct stat st;

	if (at < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(at, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (r->empty < 0)
			return sys_done(mount_empty(r, at, s->text), at);
		tree = inroot_tree(r->empty, "");
	} else {
		if (r->null < 0)
			r->null = null_node(r);
		tree = r->null < 0 ? -1 : inroot_tree(r->null, "");
	}
	return tree < 0 ? sys_done(-1, at) : attach(tree, at);
}

static int read_only(struct root *r, const struct step_data *s)
{
	int at, tree;

	if (s->own)
		return inroot_set(r->fd, MOUNT_ATTR_RDONLY, 0, false);
	at = inroot_open(r->fd, s->text);
	if (at < 0)
		return errno == ENOENT ? 0 : -1;
	tree = inroot_tree(at, "");
	if (tree < 0 || inroot_set(tree, MOUNT_ATTR_RDONLY, 0, true) < 0)
		return sys_done(sys_done(-1, at), tree);
	return attach(tree, at);
}

int root_step(struct root *r, const struct step_data *s)
{
	switch (s->kind) {
	case STEP_TREE: return hold_tree(r, s);
	case STEP_PRIVATE: return go_private(r);
	case STEP_OWN_ROOT: return own_root(r);
	case STEP_DIR_ROOT: return open_root(r, s->text);
	case STEP_OVERLAY: return overlay(r, s);
	case STEP_PROC: return mount_plain(r, s, "proc");
	case STEP_SYS: return mount_plain(r, s, "sysfs");
	case STEP_MOUNT: return mount_on(r, s);
	case STEP_NODES: return make_nodes(r, s);
	case STEP_BIND: return bind(r, s);
	case STEP_MASK: return mask(r, s);
	case STEP_READONLY: return read_only(r, s);
	case STEP_PIVOT: return pivot(r);
	case STEP_RETURN: return go_back(r);
	default: errno = EINVAL; return -1;
	}
}
