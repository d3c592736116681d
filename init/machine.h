/*
 * machine.h - podinit as PID 1 of a machine: what has to be there before a pod can start.
 *
 * Everything is idempotent: what an initramfs or an earlier init has mounted stays.  A failure is
 * said and survived: a machine with half of its /dev is more use than a panic.
 */
#ifndef PODINIT_INIT_MACHINE_H
#define PODINIT_INIT_MACHINE_H

#include <limits.h>
#include <stdbool.h>

#include "init/say.h"

/* The podinit.KEY=VALUE words of the kernel command line. */
struct machine_options {
	char config[PATH_MAX]; /* podinit.config=, else /etc/pod.ini */
	enum level level;      /* podinit.log= */
	bool shell;            /* podinit.shell=1 */
};

/* The standard descriptors, file systems, devices and `lo`; then the log is open. */
void machine_boot(struct machine_options *options);

/* Sets the host name of the machine. */
void machine_hostname(const char *name);

/*
 * Reads the words of one kernel command line: split at blanks, double quotes keep blanks together,
 * words after "--" and words that are not podinit's are not ours.  The last of a key counts.
 * Returns NULL, or the first word that starts with "podinit." and means nothing.
 */
const char *machine_parse(struct machine_options *options, char *cmdline);

#endif
