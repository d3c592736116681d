#include "init/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/inroot.h"
#include "init/sys.h"

static const struct {
	const char *type, *at;
	unsigned long flags;
	const char *data;
	mode_t mode;   /* of the directory, if it has to be made */
	bool optional; /* kernels without it are fine */
} mounts[] = {
	{"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 0555, false},
	{"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 0555, false},
	{"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755", 0755, false},
	{"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,gid=5,ptmxmode=0666", 0755, true},
	{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", 01777, true},
	{"mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 01777, true},
	{"tmpfs", "/run", MS_NOSUID | MS_NODEV | MS_STRICTATIME, "mode=0755,size=20%", 0755, false},
	{"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777,size=20%", 01777, true},
	{"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	 "nsdelegate,memory_recursiveprot", 0755, true},
};

/* What programs expect in /dev beside the nodes the kernel makes. */
static const struct {
	const char *to, *at;
} links[] = {
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
};

/* For a kernel without devtmpfs: the nodes that programs cannot do without. */
static const struct {
	const char *at;
	unsigned major, minor;
	mode_t mode;
} nodes[] = {
	{"/dev/console", 5, 1, 0600}, {"/dev/null", 1, 3, 0666},   {"/dev/zero", 1, 5, 0666},
	{"/dev/full", 1, 7, 0666},    {"/dev/random", 1, 8, 0666}, {"/dev/urandom", 1, 9, 0666},
	{"/dev/kmsg", 1, 11, 0600},   {"/dev/tty", 5, 0, 0666},    {"/dev/ptmx", 5, 2, 0666},
};

static const struct {
	const char *path, *value;
} sysctls[] = {
	/* A panic must not hang for ever: ten seconds to read it, then reboot. */
	{"/proc/sys/kernel/panic", "10"},
	{"/proc/sys/kernel/panic_on_oops", "1"},
};

/* It is a mount point if its parent is on another device. */
static bool is_mounted(const char *at)
{
	char up[64];
	struct stat here, there;

	snprintf(up, sizeof up, "%s/..", at);
	return stat(at, &here) == 0 && stat(up, &there) == 0 && here.st_dev != there.st_dev;
}

/* Failures are kept for later: there is no console to say them on yet. */
static void mount_all(int err[], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		err[i] = 0;
		mkdir(mounts[i].at, mounts[i].mode);
		if (is_mounted(mounts[i].at))
			continue;
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags,
			  mounts[i].data) == 0)
			continue;
		/* An older kernel does not know the options. */
		if (errno == EINVAL &&
		    mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags, NULL) == 0)
			continue;
		err[i] = errno;
	}
}

static void make_dev(void)
{
	mode_t mask = umask(0);

	for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++)
		mknod(nodes[i].at, S_IFCHR | nodes[i].mode,
		      makedev(nodes[i].major, nodes[i].minor));
	for (unsigned i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(links[i].to, links[i].at) < 0 && errno != EEXIST)
			say(LEVEL_WARNING, "Failed", "message=\"making %s: %s\"", links[i].at,
			    strerror(errno));
	umask(mask);
}

/*
 * The kernel gives us /dev/console on 0, 1 and 2, unless it has none that works: then they are
 * closed, and the first thing opened would become standard input.  PID 1 takes no controlling
 * terminal: neither ^C nor a hang-up is for it.
 */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int std = 0; std <= STDERR_FILENO; std++)
		if (fd >= 0 && fd != std && fcntl(std, F_GETFD) < 0)
			dup2(fd, std);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* The kernel itself adds 127.0.0.1 and ::1. */
	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &ifr) == 0) {
		ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
		if (ioctl(fd, SIOCSIFFLAGS, &ifr) == 0) {
			close(fd);
			return;
		}
	}
	say(LEVEL_WARNING, "Failed", "message=\"bringing lo up: %s\"", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static const char *take_word(struct machine_options *o, const char *word)
{
	int level;

	if (strncmp(word, "podinit.", 8) != 0)
		return NULL;
	word += 8;
	if (strncmp(word, "config=", 7) == 0 && word[7] && strlen(word + 7) < sizeof o->config) {
		memcpy(o->config, word + 7, strlen(word + 7) + 1);
		return NULL;
	}
	if (strncmp(word, "log=", 4) == 0 && (level = level_of(word + 4)) >= 0) {
		o->level = (enum level)level;
		return NULL;
	}
	if (strcmp(word, "shell=1") == 0 || strcmp(word, "shell=0") == 0) {
		o->shell = word[6] == '1';
		return NULL;
	}
	return word - 8;
}

const char *machine_parse(struct machine_options *o, char *cmdline)
{
	const char *bad = NULL, *wrong;
	char *in = cmdline;

	while (*in) {
		char *word, *out;
		bool quoted = false;

		in += strspn(in, " \t\n");
		for (word = out = in; *in && (quoted || !strchr(" \t\n", *in)); in++)
			if (*in == '"')
				quoted = !quoted;
			else
				*out++ = *in;
		in += *in != '\0';
		*out = '\0';
		if (strcmp(word, "--") == 0)
			break;
		wrong = take_word(o, word);
		bad = bad ? bad : wrong;
	}
	return bad;
}

void machine_boot(struct machine_options *o)
{
	enum { N = sizeof mounts / sizeof *mounts };
	static char cmdline[8192];
	const char *bad = NULL;
	int err[N];

	umask(022);
	if (chdir("/") < 0)
		cmdline[0] = '\0';
	prctl(PR_SET_NAME, "podinit");
	inroot_make_leavable();
	mount_all(err, N);
	open_console();
	setsid();
	memcpy(o->config, "/etc/pod.ini", sizeof "/etc/pod.ini");
	o->level = LEVEL_INFO;
	if (sys_read_file(AT_FDCWD, "/proc/cmdline", cmdline, sizeof cmdline) > 0)
		bad = machine_parse(o, cmdline);
	say_to_console();
	say_open(o->level, 0);
	for (unsigned i = 0; i < N; i++)
		if (err[i])
			say(mounts[i].optional ? LEVEL_DEBUG : LEVEL_ERROR, "FailedMount",
			    "message=\"mounting %s on %s: %s\"", mounts[i].type, mounts[i].at,
			    strerror(err[i]));
	if (bad)
		say(LEVEL_WARNING, "Ignored",
		    "message=\"kernel command line: %s: the words are podinit.config=PATH, "
		    "podinit.log=LEVEL, podinit.shell=1\"",
		    bad);
	make_dev();
	for (unsigned i = 0; i < sizeof sysctls / sizeof *sysctls; i++)
		sys_write_file(AT_FDCWD, sysctls[i].path, sysctls[i].value);
	loopback_up();
}

void machine_hostname(const char *name)
{
	if (sethostname(name, strlen(name)) < 0)
		say(LEVEL_WARNING, "Failed", "message=\"setting the host name %s: %s\"", name,
		    strerror(errno));
}
