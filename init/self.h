/*
 * self.h - podinit's own binary, out of reach of its containers.
 *
 * Up to its execve() the process of a container is podinit.  So an image that names /proc/self/exe
 * as its program, its shell or the interpreter of a script executes podinit inside the container,
 * and by /proc/PID/exe its root user comes to the file outside: to write it when nobody runs it any
 * more, or to make it setuid at once (CVE-2019-5736).  Therefore podinit, before it starts a
 * container with a root of its own, goes on as a copy of itself that is in memory, sealed, and
 * executable no more.
 */
#ifndef PODINIT_INIT_SELF_H
#define PODINIT_INIT_SELF_H

/* Executes the copy with these arguments and the environment.  Returns 0 in it, or why there is
   none. */
int self_seal(char *const argv[]);

#endif
