/*
 * exec.h - how a program is found and executed, and what it means when that fails.
 */
#ifndef PODINIT_INIT_EXEC_H
#define PODINIT_INIT_EXEC_H

/*
 * Executes argv[0] as a shell would find it: as a path if it holds a slash, else along `path`, a
 * PATH.  Returns only if it failed, with the errno that tells most: one of a file that is there
 * (EACCES, ENOEXEC) before ENOENT, and ELIBACC of a path that is there and whose interpreter is
 * not. Makes system calls only, so it may follow a vfork().
 */
int exec_along(char *const argv[], char *const envp[], const char *path);

/* The exit status for such an errno: 127 if there is no such command, 126 if there is one and it
   cannot be executed. */
int exec_status(int err);

/* What to tell the user of it, without the name of the command.  Looks at no file: the command may
   have been executed in another root. */
const char *exec_reason(int err, const char *command);

/* The value of NAME in an environment, or NULL. */
const char *env_get(char *const envp[], const char *name);

/* Where commands are looked for when no PATH is set. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#endif
