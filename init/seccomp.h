/*
 * seccomp.h - which system calls a container may make: securityContext.seccompProfile.
 *
 * A filter is an array of the kernel's struct sock_filter in memory of the caller.  It is made at
 * boot, by seccomp_default() for RuntimeDefault and by seccomp_load_file() for Localhost, and set
 * in the container's child, by seccomp_set().  For Unconfined there is none.
 *
 * RuntimeDefault is what container engines let a container call: images/seccomp.json, compiled
 * when podinit is built.  A call it does not allow answers EPERM; clone3(), and whatever is newer
 * than all it knows, ENOSYS.  Only calls of the machine's own architecture are known: a program of
 * another one (32-bit x86) ends by SIGSYS, and calls of x32 answer ENOSYS.
 *
 * When to set it.  With no_new_privs it is the child's last step before execve().  Without, the
 * kernel wants CAP_SYS_ADMIN for it, so it has to come before capabilities and user are changed,
 * and the calls that change them have to be allowed; RuntimeDefault allows them.
 * Namespaces, mounts, pivot_root() and chroot() are to be done by then in either case.
 *
 * What the parent sees of a child whose command cannot be executed.  RuntimeDefault lets it write
 * that and exit.  Where a Localhost profile does not let it write(), its report is lost, and the
 * end of the file without one reads as "the program runs"; so it is a container that started and
 * ended: with the child's exit code if exit_group() is allowed, by SIGILL if that answers an errno
 * (that is what seccomp_exit() is for), by SIGSYS if either kills.  So does one that kills for
 * access(), by which a missing file is told from one that lacks its interpreter.  An execve() that
 * the filter refuses is reported as any other.
 */
#ifndef PODINIT_INIT_SECCOMP_H
#define PODINIT_INIT_SECCOMP_H

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* Instructions of a filter, at most. */
enum {
	SECCOMP_DEFAULT_MAX = 768, /* of seccomp_default() */
	SECCOMP_FILE_MAX = 4096,   /* of seccomp_load_file(): what the kernel takes */
};

/*
 * RuntimeDefault for a container whose bounding set is `caps` (a bit a capability, as the kernel
 * counts them).  Fills v and returns how many instructions that are.
 */
uint16_t seccomp_default(struct sock_filter v[SECCOMP_DEFAULT_MAX], uint64_t caps);

/*
 * Reads a compiled profile, as images/seccomp-bpf.py writes it.  Fills v and returns how many
 * instructions that are; 0 if it cannot be one, and then `why` says what is wrong with the file,
 * in words that follow its name.
 */
uint16_t seccomp_load_file(struct sock_filter v[SECCOMP_FILE_MAX], const char *path, char *why,
			   size_t size);

/*
 * From now on these are the calls that the calling thread and what comes of it may make.  0, or -1
 * and errno: EACCES without both no_new_privs and CAP_SYS_ADMIN; EINVAL if the kernel does not take
 * the filter or has none.  Makes one system call.
 */
int seccomp_set(const struct sock_filter *v, uint16_t n);

/* The child's _exit() after that.  musl's would go round for ever where it is not allowed. */
_Noreturn void seccomp_exit(int code);

#endif
