#include "init/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "build/seccomp_default.h"

#define ARCH ((uint32_t)offsetof(struct seccomp_data, arch))
#define NR   ((uint32_t)offsetof(struct seccomp_data, nr))

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Before the base: two loads, the two jumps and the return below. */
_Static_assert(COUNT(base) + COUNT(added) + 5 <= SECCOMP_DEFAULT_MAX, "SECCOMP_DEFAULT_MAX");
_Static_assert(COUNT(added) + 3 <= UINT8_MAX, "a jump goes no further");

/*
 * Jumps of BPF are relative and go forward only, so two programs in a row are one: the first
 * returns for the calls that the container's capabilities add, and runs into the second for all
 * others.  A number means a call only on its architecture: for any other the first has no say.  (A
 * number of x32 has a bit that no added one has.)
 */
uint16_t seccomp_default(struct sock_filter v[SECCOMP_DEFAULT_MAX], uint64_t caps)
{
	uint16_t calls = 0, n = 0;

	for (size_t i = 0; i < COUNT(added); i++)
		calls = (uint16_t)(calls + (caps >> added[i].cap & 1));
	if (calls > 0) {
		uint8_t left = (uint8_t)calls;

		v[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARCH);
		v[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCH, 0,
						      (uint8_t)(calls + 3));
		v[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR);
		for (size_t i = 0; i < COUNT(added); i++)
			if (caps >> added[i].cap & 1)
				v[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								      added[i].nr, left--, 0);
		v[n++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1);
		v[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	memcpy(v + n, base, sizeof base);
	return (uint16_t)(n + COUNT(base));
}

/* Whether instruction i of n is one that the kernel takes in a filter of system calls. */
static bool plausible(const struct sock_filter *f, size_t i, size_t n)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			return f->k % 4 == 0 && f->k < sizeof(struct seccomp_data);
		return f->code == (BPF_LD | BPF_W | BPF_LEN) || BPF_MODE(f->code) == BPF_IMM ||
		       BPF_MODE(f->code) == BPF_MEM;
	case BPF_JMP:
		if (BPF_OP(f->code) == BPF_JA)
			return f->k < n - i - 1;
		return i + 1 + f->jt < n && i + 1 + f->jf < n;
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
	case BPF_ALU:
	case BPF_MISC: return true;
	default: return BPF_RVAL(f->code) == BPF_K || BPF_RVAL(f->code) == BPF_A;
	}
}

/* What is wrong with these bytes; NULL: nothing that can be seen. */
static const char *judge(const struct sock_filter *v, size_t bytes)
{
	size_t n = bytes / sizeof *v;
	bool asks = false, knows = false;

	if (bytes == 0)
		return "is empty";
	/* No instruction is as great, and every two letters are. */
	if (bytes >= sizeof v->code && v->code > UINT8_MAX)
		return "is no compiled filter; a JSON profile becomes one by "
		       "images/seccomp-bpf.py FILE.json -o FILE.bpf";
	if (bytes % sizeof *v != 0)
		return "is no compiled filter: its size is not a multiple of 8; it may have been "
		       "cut off";
	for (size_t i = 0; i < n; i++) {
		if (!plausible(&v[i], i, n))
			return "is no compiled filter: it holds what is not an instruction of one; "
			       "it may have been cut off";
		asks |= v[i].code == (BPF_LD | BPF_W | BPF_ABS) && v[i].k == ARCH;
		knows |= v[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && v[i].k == SECCOMP_ARCH;
	}
	if (BPF_CLASS(v[n - 1].code) != BPF_RET)
		return "is no whole filter: it does not end with a return; it may have been cut "
		       "off";
	if (asks && !knows)
		return "is a filter for another architecture: compile it on a machine like this";
	return NULL;
}

/* Reads a file that is there whole; its size, or -1 and errno; or -1 and *wrong. */
static ssize_t read_whole(int fd, struct sock_filter *v, const char **wrong)
{
	struct stat st;
	size_t max = SECCOMP_FILE_MAX * sizeof *v, have = 0;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		*wrong = "is not a regular file";
		return -1;
	}
	if (st.st_size > (off_t)max) {
		*wrong = "is longer than the 4096 instructions (32768 bytes) that the kernel takes";
		return -1;
	}
	while (have < max && (n = read(fd, (char *)v + have, max - have)) != 0) {
		if (n < 0)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

uint16_t seccomp_load_file(struct sock_filter v[SECCOMP_FILE_MAX], const char *path, char *why,
			   size_t size)
{
	/* Without O_NONBLOCK a FIFO would hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong = NULL;
	ssize_t bytes = -1;

	if (fd >= 0)
		bytes = read_whole(fd, v, &wrong);
	if (bytes >= 0)
		wrong = judge(v, (size_t)bytes);
	else if (!wrong)
		wrong = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (!wrong)
		return (uint16_t)((size_t)bytes / sizeof *v);
	snprintf(why, size, "%s", wrong);
	return 0;
}

int seccomp_set(const struct sock_filter *v, uint16_t n)
{
	struct sock_fprog prog = {n, (struct sock_filter *)v};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

void seccomp_exit(int code)
{
	syscall(SYS_exit_group, code);
	__builtin_trap();
}
