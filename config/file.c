#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int file_read(char **bytes, size_t *n, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err = 0;
	char *buf = fd >= 0 ? malloc(max + 1) : NULL;
	ssize_t got = 1;

	*n = 0;
	while (buf && got > 0 && *n <= max) {
		got = read(fd, buf + *n, max + 1 - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	if (!buf || got < 0)
		err = errno;
	else if (*n > max)
		err = EFBIG;
	if (fd >= 0)
		close(fd);
	if (err) {
		free(buf);
		buf = NULL;
	}
	*bytes = buf;
	return err;
}
