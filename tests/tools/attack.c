/*
 * attack.c - what a hostile program in a container tries.  Static; runs as the main process, a
 * probe, a hook, from a script.
 *
 *   attack NAME...       each of these attacks, in a process of its own; "all": those of the table
 *   attack state WHO     one line of what it was given, for comparison; "stay": and stays
 *   attack within DIR    whether DIR, which a racing mount made, holds the mark of its volume
 *   attack swap A B      exchanges two names as fast as it can
 *   attack key COMMAND   executes it in a session with a key, which no container is to have
 *   attack report DIR    waits to be told to stop, and prints every file of DIR
 *
 * An attack prints "NAME held" or "NAME ESCAPED: how".  Being "held" means that every attempt
 * failed for want of permission, not for some other reason that a luckier attacker would not meet.
 * None would do lasting harm if it succeeded: files of the kernel are opened, never written.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Every image of the tests has this file in its root, and no other place has. */
#define MARK "THIS-IS-THE-IMAGE"

static const char *name;

static _Noreturn void escaped(const char *how, const char *what)
{
	printf("%s ESCAPED: %s %s\n", name, how, what ? what : "");
	fflush(stdout);
	_exit(1);
}

/* Refused, and for want of permission. */
static void refused(long result, const char *how, const char *what)
{
	if (result >= 0)
		escaped(how, what);
	if (errno != EPERM && errno != EACCES && errno != EROFS) {
		char text[256];

		snprintf(text, sizeof text, "%s (%s)", how, strerror(errno));
		escaped(text, what);
	}
}

/* Where there is nothing, there is nothing to be had. */
static void unreachable(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != ENXIO))
		refused(fd, "opened", path);
}

/* ---- Out of the root ---- */

static void at_home(const char *how)
{
	if (access(MARK, F_OK) < 0)
		escaped(how, "left the image");
}

static void try_chroot(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	at_home("the image has no mark:");
	if (chroot("/etc") < 0) {
		refused(-1, "chroot", "");
		return;
	}
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0 || (i == 0 && fchdir(fd) < 0))
			break;
	if (chroot(".") == 0)
		at_home("chroot and ..");
}

static void try_handle(void)
{
	/* The root of nearly every file system is inode 2. */
	struct {
		unsigned bytes;
		int type;
		unsigned inode, generation;
	} handle = {8, 1, 2, 0};

	refused(syscall(SYS_open_by_handle_at, open("/", O_RDONLY), &handle, O_RDONLY),
		"open_by_handle_at", "");
}

static void try_pivot(void)
{
	refused(syscall(SYS_pivot_root, ".", "."), "pivot_root", "");
	for (pid_t pid = 1; pid < 3; pid++) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			refused(setns(fd, 0), "setns", path);
	}
}

/* ---- Devices ---- */

/* A disk and /dev/zero: the one is dangerous, the other is there on every machine. */
static void open_node(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	refused(fd, "opened the device", path);
}

static void try_nodes(void)
{
	static const char *const dirs[] = {"/",     "/dev",        "/dev/shm", "/dev/pts",
					   "/data", "/dev/mqueue", "/tmp",     "/host"};
	char path[64];

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		snprintf(path, sizeof path, "%s/attack-zero-%d", dirs[i], getpid());
		if (mknod(path, S_IFCHR | 0666, makedev(1, 5)) == 0)
			open_node(path);
		unlink(path);
		snprintf(path, sizeof path, "%s/attack-disk-%d", dirs[i], getpid());
		if (mknod(path, S_IFBLK | 0666, makedev(254, 0)) == 0)
			open_node(path);
		unlink(path);
	}
	/* The image came with one. */
	if (access("/zero", F_OK) == 0)
		open_node("/zero");
}

static void try_terminal(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (ioctl(fd, TIOCSTI, "x") == 0)
			escaped("TIOCSTI", "into a terminal");
	unreachable("/dev/tty", O_RDWR);
	unreachable("/dev/console", O_RDWR);
	unreachable("/dev/tty0", O_RDWR);
	unreachable("/dev/tty1", O_RDWR);
	unreachable("/dev/ttyS0", O_RDWR);
	unreachable("/dev/kmsg", O_RDWR);
	unreachable("/dev/mem", O_RDWR);
	unreachable("/dev/vda", O_RDONLY);
}

/* ---- Mounts ---- */

static void try_mounts(void)
{
	refused(mount("none", "/etc", "tmpfs", 0, NULL), "mounted", "tmpfs");
	refused(mount("none", "/etc", "proc", 0, NULL), "mounted", "proc");
	refused(mount("none", "/etc", "sysfs", 0, NULL), "mounted", "sysfs");
	refused(mount("/etc", "/etc", NULL, MS_BIND, NULL), "bound", "/etc");
	refused(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), "remounted", "/");
	refused(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL), "remounted",
		"/proc/sys");
	refused(umount2("/proc/sys", MNT_DETACH), "unmounted", "/proc/sys");
	refused(umount2("/proc", MNT_DETACH), "unmounted", "/proc");
	refused(syscall(SYS_open_tree, AT_FDCWD, "/", 1), "cloned the tree of", "/");
	refused(syscall(SYS_fsopen, "tmpfs", 0), "opened the file system", "tmpfs");
}

static const char *const knobs[] = {
	"/proc/sysrq-trigger",
	"/proc/sys/kernel/core_pattern",
	"/proc/sys/kernel/modprobe",
	"/proc/sys/kernel/hostname",
	"/proc/sys/vm/panic_on_oom",
	"/proc/irq/default_smp_affinity",
	"/sys/kernel/uevent_helper",
	"/sys/kernel/uevent_seqnum",
	"/sys/power/state",
	"/sys/fs/cgroup/cgroup.procs",
	"/sys/fs/cgroup/memory.max",
	"/sys/fs/cgroup/release_agent",
	"/sys/fs/cgroup/notify_on_release",
};

static void open_knobs(void)
{
	for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++)
		unreachable(knobs[i], O_WRONLY);
}

static void try_knobs(void)
{
	open_knobs();
	if (mkdir("/sys/fs/cgroup/attack", 0755) == 0)
		escaped("made", "a cgroup");
}

static bool has_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool some = false;

	while (dir && (e = readdir(dir)))
		some = some || e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return some;
}

static void try_masked(void)
{
	static const char *const masked[] = {
		"/proc/acpi",
		"/proc/asound",
		"/proc/interrupts",
		"/proc/kcore",
		"/proc/keys",
		"/proc/latency_stats",
		"/proc/sched_debug",
		"/proc/scsi",
		"/proc/timer_list",
		"/proc/timer_stats",
		"/sys/devices/virtual/powercap",
		"/sys/firmware",
		"/sys/devices/system/cpu/cpu0/thermal_throttle",
	};

	for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
		int fd = open(masked[i], O_RDONLY | O_NONBLOCK);
		char c;

		if (fd >= 0 && read(fd, &c, 1) > 0)
			escaped("read", masked[i]);
		if (has_entries(masked[i]))
			escaped("listed", masked[i]);
		if (fd >= 0)
			close(fd);
	}
}

/* The masks are nothing to whom they can be taken away from: in a user namespace of its own
   everybody may mount. */
static void try_unshare(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		return;
	mount("none", "/etc", "proc", 0, NULL);
	umount2("/proc/sysrq-trigger", MNT_DETACH);
	umount2("/proc/sys", MNT_DETACH);
	umount2("/proc/kcore", MNT_DETACH);
	umount2("/sys/firmware", MNT_DETACH);
	mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
	mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
	mount(NULL, "/sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND, NULL);
	open_knobs();
	unreachable("/etc/sys/kernel/core_pattern", O_WRONLY);
	unreachable("/etc/sysrq-trigger", O_WRONLY);
	try_masked();
}

/* ---- Others ---- */

static void try_kernel(void)
{
	if (syscall(SYS_init_module, "", 0, "") >= 0 || errno != ENOSYS)
		refused(-1, "loaded", "a module");
	refused(reboot(RB_DISABLE_CAD), "set", "ctrl-alt-del");
	refused(swapon("/etc", 0), "swapped", "");
	refused(sethostname("attack", 6), "set", "the host name");
	refused(setpriority(PRIO_PROCESS, 0, -20), "set", "the priority");
	refused(syscall(SYS_bpf, 5, NULL, 0), "loaded", "BPF");
}

/* Only its own processes are to be seen, and of the files of another container, none. */
static void try_neighbours(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		int pid = atoi(e->d_name);

		if (pid > 1 && pid != getpid() && pid != getppid())
			escaped("sees the process", e->d_name);
	}
	if (access("/private", F_OK) == 0)
		escaped("sees", "a file of another container");
}

/* linux/keyctl.h is not the libc's to bring. */
enum { KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_SEARCH = 10, KEY_SPEC_SESSION_KEYRING = -3 };
#define KEY "podinit-secret"

/* Who possesses a key may read it, whatever user and user namespace. */
static void try_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", KEY, 0) >= 0)
		escaped("has", "the key of podinit's session");
}

static int with_key(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", KEY, "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0) {
		perror("a key");
		return 1;
	}
	execvp(argv[0], argv);
	perror(argv[0]);
	return 1;
}

/* PID 1: of a shared PID namespace it is podinit. */
static void try_init(void)
{
	static const char *const files[] = {"/proc/1/mem",     "/proc/1/exe",    "/proc/1/root/",
					    "/proc/1/environ", "/proc/1/fd/0",   "/proc/1/maps",
					    "/proc/1/ns/mnt",  "/proc/1/ns/pid", "/proc/1/cwd/"};
	char buffer[8];
	struct iovec own = {buffer, sizeof buffer}, its = {(void *)&name, sizeof buffer};
	int fd;

	refused(ptrace(PTRACE_SEIZE, 1, NULL, NULL), "ptrace", "PID 1");
	refused(process_vm_readv(1, &own, 1, &its, 1, 0), "read the memory of", "PID 1");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unreachable(files[i], O_RDONLY);
	unreachable("/proc/1/mem", O_RDWR);
	fd = (int)syscall(SYS_pidfd_open, 1, 0);
	if (fd >= 0)
		refused(syscall(SYS_pidfd_getfd, fd, 3, 0), "took a descriptor of", "PID 1");
}

/* The line of /proc/PID/status that begins so. */
static const char *line_of(int pid, const char *key)
{
	static char text[4096];
	char path[64];
	int fd;
	ssize_t n;
	char *line;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, key);
	if (!line)
		return "";
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* One that has come into our PID namespace: whatever it is, it must not be more than we are. */
static bool look_at(int pid, const char *own_caps)
{
	char path[64];
	struct dirent *e;
	int root, status;
	DIR *fds;

	snprintf(path, sizeof path, "/proc/%d", pid);
	if (access(path, F_OK) < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/root", pid);
	root = open(path, O_PATH | O_DIRECTORY);
	if (root >= 0 && faccessat(root, MARK, F_OK, 0) < 0 && errno == ENOENT)
		escaped("reached another root by", path);
	if (root >= 0)
		close(root);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return true;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	if (!WIFSTOPPED(status))
		return true;
	if (strcmp(line_of(pid, "CapEff:"), own_caps) != 0)
		escaped("took over a process with", line_of(pid, "CapEff:"));
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	fds = opendir(path);
	while (fds && (e = readdir(fds)))
		if (atoi(e->d_name) > 3)
			escaped("took over a descriptor,", e->d_name);
	if (fds)
		closedir(fds);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}

/* The pid that was given last in our PID namespace. */
static int last_pid(void)
{
	char text[128];
	int fd = open("/proc/loadavg", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? atoi(strrchr(text, ' ') + 1) : 0;
}

/* A probe is born into the namespaces of its container, and who may trace may trace it. */
static void try_joined(void)
{
	struct timespec began, now;
	char own[64];
	int seen = 0, pid = 0;

	snprintf(own, sizeof own, "%s", line_of(getpid(), "CapEff:"));
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		int last = last_pid();

		/* A pid is given a moment before it is there. */
		if (last != pid && last != getpid() && look_at(last, own)) {
			pid = last;
			seen++;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (seen < 20 && now.tv_sec < began.tv_sec + 15);
	if (seen < 20)
		escaped("saw", "hardly anybody");
}

/* What stops it as it should is left out.  It must be there to tell afterwards. */
static void try_signals(void)
{
	for (int i = 0; i < 100; i++)
		for (int signo = 1; signo < SIGRTMAX; signo++)
			if (signo != SIGTERM && signo != SIGINT && signo != SIGPWR)
				kill(1, signo);
}

/* The program that made the container must not be changed by it: CVE-2019-5736. */
static void try_binary(void)
{
	char path[64], target[256];

	for (int pid = 1; pid < 4; pid++) {
		ssize_t n;
		int fd;

		snprintf(path, sizeof path, "/proc/%d/exe", pid);
		n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (access(target, F_OK) < 0)
			escaped("reached a program that is not the container's:", target);
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			close(fd);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	bool asked; /* only when it is asked for */
} attacks[] = {
	{"chroot", try_chroot, false},         {"handle", try_handle, false},
	{"pivot", try_pivot, false},           {"nodes", try_nodes, false},
	{"terminal", try_terminal, false},     {"mounts", try_mounts, false},
	{"knobs", try_knobs, false},           {"unshare", try_unshare, false},
	{"masked", try_masked, false},         {"kernel", try_kernel, false},
	{"neighbours", try_neighbours, false}, {"binary", try_binary, false},
	{"keyring", try_keyring, false},       {"init", try_init, true},
	{"joined", try_joined, true},          {"signals", try_signals, true},
};

static bool attack(const char *which)
{
	bool found = false;

	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
		pid_t pid;

		if (strcmp(which, attacks[i].name) != 0 &&
		    (strcmp(which, "all") != 0 || attacks[i].asked))
			continue;
		found = true;
		pid = fork();
		if (pid == 0) {
			name = attacks[i].name;
			attacks[i].run();
			printf("%s held\n", name);
			fflush(stdout);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return found;
}

/* ---- What it was given ---- */

/* A line of /proc/self/status, its blanks made one. */
static void status_line(const char *key, const char *as)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[512];

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0) {
			char *save, *word = strtok_r(line, "\t \n", &save);

			printf(" %s=", as);
			for (const char *sep = ""; (word = strtok_r(NULL, "\t \n", &save));
			     sep = ",")
				printf("%s%s", sep, word);
		}
	if (f)
		fclose(f);
}

static void file_line(const char *path, const char *as)
{
	char text[64] = "?";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (n > 0)
		text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
	printf(" %s=%s", as, text);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void state(const char *who)
{
	extern char **environ;
	struct rlimit files;
	size_t n = 0;
	char c;

	printf("state %s", who);
	status_line("Uid:", "uid");
	status_line("Gid:", "gid");
	status_line("Groups:", "groups");
	status_line("CapInh:", "inh");
	status_line("CapPrm:", "prm");
	status_line("CapEff:", "eff");
	status_line("CapBnd:", "bnd");
	status_line("CapAmb:", "amb");
	status_line("NoNewPrivs:", "nnp");
	status_line("Seccomp:", "seccomp");
	status_line("SigBlk:", "blocked");
	status_line("SigIgn:", "ignored");
	status_line("Umask:", "umask");
	file_line("/proc/self/oom_score_adj", "oom");
	getrlimit(RLIMIT_NOFILE, &files);
	printf(" files=%lu:%lu", (unsigned long)files.rlim_cur, (unsigned long)files.rlim_max);
	printf(" session=%s", getsid(0) == getpid() ? "own" : "another's");
	printf(" stdin=%s", read(STDIN_FILENO, &c, 1) == 0 ? "end" : "something");
	printf(" fds=");
	for (int fd = 0, some = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%s%d", some++ ? "," : "", fd);
	printf(" env=");
	while (environ[n])
		n++;
	qsort(environ, n, sizeof *environ, compare);
	for (size_t i = 0; i < n; i++)
		printf("%s%.*s", i ? "," : "", (int)strcspn(environ[i], "="), environ[i]);
	printf("\n");
}

/* ---- Tools of the trade ---- */

static _Noreturn void swap(const char *a, const char *b)
{
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
}

static void within(const char *dir)
{
	char path[256];

	name = "within";
	at_home("the root");
	snprintf(path, sizeof path, "%s/THIS-IS-THE-VOLUME", dir);
	if (access(path, F_OK) < 0)
		escaped("another directory was mounted on", dir);
	printf("within held\n");
}

static int report(const char *path)
{
	DIR *dir;
	struct dirent *e;
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigwait(&set, &signo);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		char file[512], text[4096];
		int fd;
		ssize_t n;

		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		fd = open(file, O_RDONLY);
		while (fd >= 0 && (n = read(fd, text, sizeof text)) > 0)
			fwrite(text, 1, (size_t)n, stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "state") == 0) {
		state(argv[2]);
	} else if (argc == 3 && strcmp(argv[1], "stay") == 0) {
		state(argv[2]);
		fflush(stdout);
		pause();
	} else if (argc == 3 && strcmp(argv[1], "within") == 0) {
		within(argv[2]);
	} else if (argc == 4 && strcmp(argv[1], "swap") == 0) {
		swap(argv[2], argv[3]);
	} else if (argc > 2 && strcmp(argv[1], "key") == 0) {
		return with_key(argv + 2);
	} else if (argc == 3 && strcmp(argv[1], "report") == 0) {
		return report(argv[2]);
	} else {
		for (int i = 1; i < argc; i++)
			if (!attack(argv[i]))
				return 2;
	}
	return 0;
}
