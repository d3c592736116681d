#include "init/halt.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init/exec.h"
#include "init/say.h"
#include "init/sys.h"

/* How long a machine waits for one step before it goes on without it. */
#define STEP_PATIENCE (10 * NSEC_PER_SEC)

void halt_limited(const char *doing, void (*work)(void))
{
	int pidfd = -1;
	pid_t pid = sys_fork(0, -1, &pidfd);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (pid == 0) {
		work();
		_exit(0);
	}
	if (pid < 0) {
		/* No memory or no place for a child: then it is better done than not. */
		work();
		return;
	}
	if (poll(&p, 1, (int)(STEP_PATIENCE / NSEC_PER_MS)) != 1) {
		say(LEVEL_ERROR, "Failed", "message=\"%s does not end: going on without it\"",
		    doing);
		kill(pid, SIGKILL);
	}
	close(pidfd);
	waitpid(pid, NULL, WNOHANG);
}

/*
 * Unmounts in the reverse order of mounting.  What cannot be unmounted because it is in use is made
 * read-only, so that its file system is clean.  The kernel's own file systems have nothing to lose.
 */
static void unmount_all(void)
{
	struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");
	struct libmnt_iter *at = mnt_new_iter(MNT_ITER_BACKWARD);
	struct libmnt_fs *fs;

	while (table && at && mnt_table_next_fs(table, at, &fs) == 0) {
		const char *target = mnt_fs_get_target(fs);

		if (mnt_fs_is_pseudofs(fs) || strcmp(target, "/") == 0)
			continue;
		if (umount2(target, UMOUNT_NOFOLLOW) < 0 &&
		    mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			say(LEVEL_WARNING, "Failed", "message=\"unmounting %s: %s\"", target,
			    strerror(errno));
	}
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

static unsigned command_of(enum machine_end end)
{
	switch (end) {
	case END_REBOOT: return RB_AUTOBOOT;
	case END_HALT: return (unsigned)RB_HALT_SYSTEM;
	case END_POWEROFF: break;
	}
	return RB_POWER_OFF;
}

static unsigned reboot_command;

static void call_reboot(void)
{
	reboot((int)reboot_command);
}

void halt_machine(enum machine_end end)
{
	static const char *const words[] = {"PowerOff", "Reboot", "Halt"};

	say(LEVEL_INFO, words[end], "message=\"syncing and unmounting\"");
	kill(-1, SIGKILL);
	halt_limited("sync", sync);
	halt_limited("unmounting", unmount_all);
	halt_limited("sync", sync);
	say_close();
	/* In a child: should the kernel not come back from it but by ending the caller, that must
	   not be PID 1. */
	reboot_command = command_of(end);
	halt_limited("reboot", call_reboot);
	/* A machine without a power switch reboots rather than stand still. */
	reboot_command = RB_AUTOBOOT;
	halt_limited("reboot", call_reboot);
	for (;;)
		pause();
}

static void run_shell(void)
{
	char sh[] = "sh", path[] = "PATH=" DEFAULT_PATH, home[] = "HOME=/root",
	     term[] = "TERM=linux";
	char *argv[] = {sh, NULL}, *env[] = {path, home, term, NULL};
	sigset_t none;
	int fd;

	setsid();
	fd = open("/dev/console", O_RDWR);
	if (fd >= 0) {
		ioctl(fd, TIOCSCTTY, 1);
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exec_along(argv, env, DEFAULT_PATH);
	_exit(127);
}

void halt_shell(void)
{
	int pidfd = -1, status = 0;
	pid_t pid = sys_fork(0, -1, &pidfd);

	if (pid == 0)
		run_shell();
	if (pid < 0)
		return;
	say(LEVEL_INFO, "Shell", "message=\"on the console; the machine ends when it exits\"");
	for (;;) {
		pid_t gone = waitpid(-1, &status, 0);

		if (gone == pid || (gone < 0 && errno == ECHILD))
			break;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		say(LEVEL_ERROR, "Failed", "message=\"there is no sh on the PATH of this image\"");
	close(pidfd);
}
