#include "init/exec.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A file that lacks its interpreter or loader is ENOENT as one that is not there.  Only here, in
   the root where it was executed, the two can be told apart. */
static int failure(const char *file)
{
	int err = errno;

	return err == ENOENT && access(file, F_OK) == 0 ? ELIBACC : err;
}

int exec_along(char *const argv[], char *const envp[], const char *path)
{
	const char *name = argv[0];
	size_t len = strlen(name);
	int best = ENOENT;
	char file[PATH_MAX];

	if (strchr(name, '/') || !*name) {
		execve(name, argv, envp);
		return failure(name);
	}
	while (path) {
		const char *end = strchrnul(path, ':');
		size_t n = (size_t)(end - path);

		if (n + len + 2 <= sizeof file) {
			memcpy(file, path, n);
			if (n > 0)
				file[n++] = '/';
			memcpy(file + n, name, len + 1);
			execve(file, argv, envp);
			errno = failure(file);
			if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
				best = errno;
			/* Anything but "may not": it was found, and looking further would run
			   another program than the one that was meant. */
			if (best != ENOENT && best != EACCES)
				break;
		}
		path = *end ? end + 1 : NULL;
	}
	return best;
}

int exec_status(int err)
{
	return err == ENOENT || err == ENOTDIR ? 127 : 126;
}

const char *exec_reason(int err, const char *command)
{
	if (err == ELIBACC)
		return "the file is there, but the interpreter or loader it names is not";
	if (err == ENOENT && !strchr(command, '/'))
		return "no such command on its PATH";
	if (err == ENOEXEC)
		return "not a program of this machine (wrong architecture, or a script without #!)";
	if (err == EACCES)
		return "not executable (a directory, no execute permission, or a file system "
		       "mounted noexec)";
	return strerror(err);
}

const char *env_get(char *const envp[], const char *name)
{
	size_t n = strlen(name);

	for (; *envp; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}
