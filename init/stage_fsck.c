/*
 * A file system is checked before it is written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/exec.h"
#include "init/stage_part.h"

extern char **environ;

/* Its last words, up to the size of buf, on one line. */
static void read_words(int fd, char *buf, size_t size)
{
	size_t n = 0;
	char c;

	while (read(fd, &c, 1) == 1)
		if (n + 1 < size && (c != '\n' || n > 0))
			buf[n++] = c == '\n' ? ' ' : c;
	while (n > 0 && buf[n - 1] == ' ')
		n--;
	buf[n] = '\0';
}

static void run_fsck(int out, const char *type, char *device)
{
	char own[64], preen[] = "-p", *argv[] = {own, preen, device, NULL};
	const char *path = env_get(environ, "PATH");
	sigset_t none;

	snprintf(own, sizeof own, "fsck.%s", type);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exec_along(argv, environ, path ? path : DEFAULT_PATH);
	if (strncmp(type, "ext", 3) == 0) {
		snprintf(own, sizeof own, "e2fsck");
		exec_along(argv, environ, path ? path : DEFAULT_PATH);
	}
	/* There is none: then nobody checks. */
	_exit(0);
}

/*
 * Repairs what can be repaired without a question.  4 and above mean that errors were left, or
 * that there was no check at all.
 */
int stage_check(const char *device, const char *type, const struct stage_why *why)
{
	char words[200], path[PATH_MAX];
	int out[2], status = 0;
	pid_t pid;

	snprintf(path, sizeof path, "%s", device);
	if (pipe2(out, O_CLOEXEC) < 0)
		return stage_fail(why, errno, "checking %s: %s", device, strerror(errno));
	pid = fork();
	if (pid == 0)
		run_fsck(out[1], type, path);
	close(out[1]);
	if (pid > 0)
		read_words(out[0], words, sizeof words);
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return stage_fail(why, errno, "checking %s: %s", device, strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) < 4)
		return 0;
	return stage_fail(why, EIO, "fsck.%s -p %s found errors it cannot repair by itself: %s",
			  type, device, words);
}
