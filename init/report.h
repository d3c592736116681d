/*
 * report.h - the core's reports, as lines of podinit's log.
 */
#ifndef PODINIT_INIT_REPORT_H
#define PODINIT_INIT_REPORT_H

#include <sys/types.h>

#include "init/pod.h"

/*
 * Says an ACT_REPORT at time `now`.  `pid`: of the container's main process, 0 if there is none.
 * `detail`: what the shell knows of it and the core does not (a probe's answer, why a start
 * failed); may be empty.
 */
void report_say(const struct pod_spec *spec, const struct action *a, nsec now, pid_t pid,
		const char *detail);

enum { DURATION_MAX = 32 };

/* A time as a pod file would write it: "30s", "0.25s".  Returns buf. */
const char *duration(char buf[DURATION_MAX], nsec t);

/* Says a container's termination message: the last of it that a line of the log has room for. */
void report_message(const struct pod_spec *spec, unsigned ctr, const char *text);

#endif
