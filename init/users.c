#include "init/users.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/sys.h"

/* The kernel's own number of the first user namespace. */
#define FIRST_USERS 0xEFFFFFFDU

static int write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	return sys_write_file(AT_FDCWD, path, text);
}

/* "INSIDE INSIDE COUNT" for each "INSIDE OUTSIDE COUNT" of our own map: everybody keeps their
 * number. */
static int map_all(pid_t pid, const char *file)
{
	char path[64], own[4096], text[4096], *line, *save;
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/self/%s", file);
	if (sys_read_file(AT_FDCWD, path, own, sizeof own) <= 0)
		return -1;
	for (line = strtok_r(own, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned inside, outside, count;

		if (sscanf(line, "%u %u %u", &inside, &outside, &count) != 3)
			continue;
		n += (size_t)snprintf(text + n, sizeof text - n, "%u %u %u\n", inside, inside,
				      count);
		if (n >= sizeof text)
			return -1;
	}
	return write_map(pid, file, text);
}

static int map_one(pid_t pid, const char *file, unsigned outside)
{
	char text[32];

	snprintf(text, sizeof text, "0 %u 1\n", outside);
	return write_map(pid, file, text);
}

int users_map(pid_t pid)
{
	if (map_all(pid, "uid_map") == 0 && map_all(pid, "gid_map") == 0)
		return 0;
	/* Who could leave groups behind could reach what a group is kept from. */
	if (map_one(pid, "uid_map", geteuid()) < 0 || write_map(pid, "setgroups", "deny") < 0 ||
	    map_one(pid, "gid_map", getegid()) < 0)
		return errno;
	return 0;
}

/* A child that does nothing, in a user namespace of its own. */
static pid_t stand_in(int *pidfd)
{
	pid_t pid = sys_fork(CLONE_NEWUSER, -1, pidfd);

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void dismiss(pid_t pid, int pidfd)
{
	sys_pidfd_kill(pidfd, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
}

/* Who has entered and cannot be mapped would be nobody for good. */
static int try_map(void)
{
	int pidfd, err;
	pid_t pid = stand_in(&pidfd);

	if (pid < 0)
		return errno;
	err = users_map(pid);
	dismiss(pid, pidfd);
	return err;
}

/*
 * The map is written from outside, by a child that stays behind: PID 1, once inside, may write no
 * more than one line about itself.
 */
int users_enter(void)
{
	int go[2], pidfd, status = 0, err = try_map();
	pid_t self = getpid(), pid;
	char c;

	if (err)
		return err;
	if (pipe2(go, O_CLOEXEC) < 0)
		return errno;
	pid = sys_fork(0, -1, &pidfd);
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(0);
		_exit(users_map(self));
	}
	err = pid < 0 ? errno : 0;
	close(go[0]);
	if (!err && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		err = errno;
	else if (!err && write(go[1], "", 1) != 1)
		err = EIO;
	close(go[1]);
	if (pid > 0) {
		waitpid(pid, &status, 0);
		close(pidfd);
	}
	return err ? err : WEXITSTATUS(status);
}

/* ---- Of a pod ---- */

enum { PODS_MAX = (0x6fff0000 - USERS_FIRST) / USERS_COUNT };

/* The number of a namespace is nobody else's as long as it lives. */
static uint32_t first_of_pod(void)
{
	struct stat st = {0};

	stat("/proc/self/ns/pid", &st);
	return USERS_FIRST + (uint32_t)(st.st_ino % PODS_MAX) * USERS_COUNT;
}

static int map_range(pid_t pid, uint32_t first)
{
	char text[64];

	snprintf(text, sizeof text, "0 %u %u\n", first, (unsigned)USERS_COUNT);
	return write_map(pid, "uid_map", text) < 0 || write_map(pid, "gid_map", text) < 0 ? errno
											  : 0;
}

int users_make(struct users *users)
{
	char path[64];
	int pidfd, err;
	pid_t pid = stand_in(&pidfd);

	if (pid < 0)
		return errno;
	users->first = first_of_pod();
	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	users->ns = open(path, O_RDONLY | O_CLOEXEC);
	err = users->ns < 0 ? errno : map_range(pid, users->first);
	if (err) {
		if (users->ns >= 0)
			close(users->ns);
		*users = (struct users){0};
	}
	dismiss(pid, pidfd);
	return err;
}

/* ---- Who we are outside ---- */

bool users_outside(unsigned long inside, unsigned long *outside)
{
	unsigned long first;
	char map[4096];

	return sys_read_file(AT_FDCWD, "/proc/self/uid_map", map, sizeof map) > 0 &&
	       sscanf(map, "%lu %lu", &first, outside) == 2 && first == inside;
}

bool users_first(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == FIRST_USERS;
}
