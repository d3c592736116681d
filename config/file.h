/*
 * file.h - a file as a whole.
 */
#ifndef PODINIT_CONFIG_FILE_H
#define PODINIT_CONFIG_FILE_H

#include <stddef.h>

/*
 * Reads a regular file or a pipe of at most `max` bytes.  0, and *bytes, *n of them, is the
 * caller's to free; else an errno, which is EFBIG for one that is larger, and there is nothing to
 * free.
 */
int file_read(char **bytes, size_t *n, const char *path, size_t max);

#endif
