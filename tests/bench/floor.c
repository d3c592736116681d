#include "tests/bench/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PLAIN  (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define OPAQUE "nr_blocks=1,nr_inodes=1"

/* Kubernetes' fourteen, as the bits the kernel counts them by. */
enum { FOURTEEN_LOW = 0xa80425fb };

/* Paths of the new root, seen from its "/". */
static const char *const masked[] = {
	"proc/acpi",        "proc/asound",  "proc/interrupts",
	"proc/kcore",       "proc/keys",    "proc/latency_stats",
	"proc/sched_debug", "proc/scsi",    "proc/timer_list",
	"proc/timer_stats", "sys/firmware", "sys/devices/virtual/powercap",
	"sys/fs/selinux",   NULL,
};
static const char *const read_only[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", NULL,
};

static struct {
	const char *v[1024];
	unsigned n;
} dirs, files;

static char overlay[512], layer[256], hosts[256], hostname[256], resolv[256], message[256];
static int last_cap;

static void need(bool ok)
{
	if (!ok) {
		perror("floor");
		abort();
	}
}

void floor_prepare(const struct floor *f)
{
	struct stat st;
	char path[256];

	for (const char *const *p = masked; *p; p++) {
		snprintf(path, sizeof path, "/%s", *p);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			dirs.v[dirs.n++] = *p;
		else
			files.v[files.n++] = *p;
	}
	for (char *const *p = f->masked; p && *p && dirs.n < 1024; p++)
		dirs.v[dirs.n++] = *p + 1;
	snprintf(overlay, sizeof overlay, "lowerdir=%s,upperdir=u,workdir=w", f->root);
	snprintf(layer, sizeof layer, "%s/ctr", f->stage);
	snprintf(hosts, sizeof hosts, "%s/etc/a/hosts", f->stage);
	snprintf(hostname, sizeof hostname, "%s/etc/a/hostname", f->stage);
	snprintf(resolv, sizeof resolv, "%s/etc/a/resolv.conf", f->stage);
	snprintf(message, sizeof message, "%s/etc/a/message", f->stage);
	while (prctl(PR_CAPBSET_READ, last_cap, 0, 0, 0) >= 0)
		last_cap++;
}

static void put(const char *type, const char *at, unsigned long flags, const char *data)
{
	need(mount(type, at, type, flags, data) == 0);
}

static void bind_on(const char *from, const char *at)
{
	need(mount(from, at, NULL, MS_BIND, NULL) == 0);
}

static void make_root(const struct floor *f)
{
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	if (f->read_only) {
		need(chdir(f->root) == 0);
		return;
	}
	put("tmpfs", layer, MS_NODEV, "mode=0700");
	need(chdir(layer) == 0 && mkdir("u", 0755) == 0 && mkdir("w", 0700) == 0);
	put("overlay", ".", MS_NODEV, overlay);
	need(chdir(layer) == 0);
}

/* A mount of its own, since nothing else in /dev is to be a device. */
static void make_node(const char *at, dev_t number)
{
	need(mknod(at, S_IFCHR | 0666, number) == 0);
	bind_on(at, at);
}

static void make_dev(void)
{
	put("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	make_node("dev/null", makedev(1, 3));
	make_node("dev/zero", makedev(1, 5));
	make_node("dev/full", makedev(1, 7));
	make_node("dev/random", makedev(1, 8));
	make_node("dev/urandom", makedev(1, 9));
	make_node("dev/tty", makedev(5, 0));
	need(mount(NULL, "dev", NULL, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_STRICTATIME,
		   NULL) == 0);
	need(symlink("/proc/self/fd", "dev/fd") == 0);
	need(symlink("/proc/self/fd/0", "dev/stdin") == 0);
	need(symlink("/proc/self/fd/1", "dev/stdout") == 0);
	need(symlink("/proc/self/fd/2", "dev/stderr") == 0);
	need(symlink("/proc/kcore", "dev/core") == 0);
	need(symlink("pts/ptmx", "dev/ptmx") == 0);
	need(mkdir("dev/pts", 0755) == 0 && mkdir("dev/mqueue", 0755) == 0);
	put("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC,
	    "newinstance,ptmxmode=0666,mode=0620,gid=5");
	put("mqueue", "dev/mqueue", PLAIN, NULL);
	need(mkdir("dev/shm", 0755) == 0);
	bind_on("/dev/shm", "dev/shm");
	need(mknod("dev/termination-log", S_IFREG | 0644, 0) == 0);
	bind_on(message, "dev/termination-log");
}

static void make_read_only(const char *at)
{
	need(mount(NULL, at, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) ==
	     0);
}

/* What is not there today may be there at the next start: whoever masks has to try. */
static void hide(void)
{
	for (unsigned i = 0; i < dirs.n; i++)
		put("tmpfs", dirs.v[i], MS_RDONLY | PLAIN, OPAQUE);
	for (unsigned i = 0; i < files.n; i++)
		need(mount("dev/null", files.v[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT);
	for (const char *const *p = read_only; *p; p++)
		if (mount(*p, *p, NULL, MS_BIND, NULL) == 0)
			need(mount(NULL, *p, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | PLAIN,
				   NULL) == 0);
		else
			need(errno == ENOENT);
}

/* Where root is at home and what groups it is in stands in two files of the image. */
static void read_image(void)
{
	static char text[65536];
	static const char *const names[] = {"/etc/passwd", "/etc/group"};

	for (unsigned i = 0; i < 2; i++) {
		int fd = open(names[i], O_RDONLY | O_CLOEXEC);

		need(fd >= 0 && read(fd, text, sizeof text) >= 0 && close(fd) == 0);
	}
}

static void become(void)
{
	static const gid_t group = 0;
	const uint32_t caps = FOURTEEN_LOW;
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct set[2] = {{caps, caps, 0}, {0, 0, 0}};

	for (int c = 0; c < last_cap; c++)
		if (c > 31 || !(caps >> c & 1))
			need(prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0);
	read_image();
	need(setgroups(1, &group) == 0);
	need(setresgid(0, 0, 0) == 0);
	need(setresuid(0, 0, 0) == 0);
	need(syscall(SYS_capset, &head, set) == 0);
}

static void live(const struct floor *f, int out)
{
	sigset_t none;

	need(setsid() >= 0);
	umask(0);
	make_root(f);
	put("proc", "proc", PLAIN, NULL);
	put("sysfs", "sys", MS_RDONLY | PLAIN, NULL);
	if (f->cgroup2)
		put("cgroup2", "sys/fs/cgroup", MS_RDONLY | PLAIN, NULL);
	make_dev();
	bind_on(hosts, "etc/hosts");
	bind_on(hostname, "etc/hostname");
	bind_on(resolv, "etc/resolv.conf");
	if (f->read_only) {
		make_read_only("etc/hostname");
		make_read_only("etc/resolv.conf");
	}
	hide();
	need(syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0);
	umask(022);
	need(chdir("/") == 0);
	need(dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0) == 0);
	need(dup2(out, 1) == 1 && dup2(out, 2) == 2);
	become();
	sigemptyset(&none);
	need(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
	execve(f->argv[0], f->argv, f->envp);
	need(false);
}

pid_t floor_start(const struct floor *f, int out)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWPID,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	need(pid >= 0);
	if (pid == 0)
		live(f, out);
	return pid;
}
