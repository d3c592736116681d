#include "init/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config/file.h"
#include "init/say.h"

/* modules.dep of a distribution's kernel is about 500 KiB. */
enum { DEP_MAX = 8 << 20 };

/* "overlay" of "kernel/fs/overlayfs/overlay.ko.xz". */
static bool is_named(const char *path, size_t len, const char *name)
{
	const char *base = memrchr(path, '/', len);
	size_t n = strlen(name);

	base = base ? base + 1 : path;
	if ((size_t)(path + len - base) < n + 3 || strncmp(base + n, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (base[i] != name[i] && !(strchr("-_", base[i]) && strchr("-_", name[i])))
			return false;
	return true;
}

const char *modules_line(const char *text, const char *name)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), path = strcspn(text, ":\n");

		if (is_named(text, path, name))
			return text;
		text += len + (text[len] == '\n');
	}
	return NULL;
}

static int load_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0, err;
	size_t n = strlen(path);

	if (fd < 0)
		return errno;
#ifdef MODULE_INIT_COMPRESSED_FILE
	if (n < 3 || strcmp(path + n - 3, ".ko") != 0)
		flags = MODULE_INIT_COMPRESSED_FILE;
#endif
	err = syscall(SYS_finit_module, fd, "", flags) < 0 && errno != EEXIST ? errno : 0;
	close(fd);
	return err;
}

/* What a module depends on stands behind it, the most basic last. */
static int load_line(const char *dir, const char *line)
{
	size_t end = strcspn(line, "\n");

	while (end > 0) {
		size_t begin = end, n;
		char path[PATH_MAX];
		int err;

		while (begin > 0 && line[begin - 1] != ' ')
			begin--;
		n = end - begin;
		if (begin == 0)
			n -= line[n - 1] == ':';
		end = begin;
		while (end > 0 && line[end - 1] == ' ')
			end--;
		if (n == 0)
			continue;
		err = n + strlen(dir) + 2 > sizeof path ? ENAMETOOLONG : 0;
		if (!err) {
			char *at = line[begin] == '/' ? path : stpcpy(stpcpy(path, dir), "/");

			memcpy(at, line + begin, n);
			at[n] = '\0';
			err = load_file(path);
		}
		if (err)
			return err;
	}
	return 0;
}

static int load(const char *name, const char *dir, const char *dep, const char *builtin)
{
	const char *line;

	if (strchr(name, '/'))
		return load_file(name);
	line = dep ? modules_line(dep, name) : NULL;
	if (line)
		return load_line(dir, line);
	return builtin && modules_line(builtin, name) ? 0 : ENOENT;
}

static char *text_of(const char *dir, const char *name)
{
	char path[PATH_MAX], *bytes, *text = NULL;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (file_read(&bytes, &n, path, DEP_MAX))
		return NULL;
	text = realloc(bytes, n + 1);
	if (text)
		text[n] = '\0';
	return text;
}

void modules_load(const struct words *names)
{
	struct utsname uts;
	char dir[PATH_MAX], *dep, *builtin;

	if (names->n == 0 || uname(&uts) < 0)
		return;
	snprintf(dir, sizeof dir, "/lib/modules/%s", uts.release);
	dep = text_of(dir, "modules.dep");
	builtin = text_of(dir, "modules.builtin");
	for (size_t i = 0; i < names->n; i++) {
		int err = load(names->v[i], dir, dep, builtin);

		if (err)
			say(LEVEL_ERROR, "FailedModule", "message=\"loading module %s: %s\"",
			    names->v[i],
			    err == ENOENT ? "it is not in /lib/modules of this kernel"
					  : strerror(err));
	}
	free(dep);
	free(builtin);
}
