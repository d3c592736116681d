/*
 * probe.h - the prober: one child process that asks containers over HTTP, TCP and gRPC how they
 * are, and tells them over HTTP what a hook has to tell.
 *
 * What a container answers is foreign input.  No byte of it is ever read by PID 1: this process,
 * which has no privileges, reads it, and tells PID 1 a verdict of fixed size.
 *
 * PID 1 and the prober hold the two ends of one SOCK_SEQPACKET pair.  A question names a probe or a
 * hook of the pod file, which the prober knows because it was forked after the file was read.  Each
 * question gets one verdict, unless it is cancelled first.  The prober keeps no time: whoever asks
 * decides when it took too long, and cancels.  PID 1 never blocks on this socket.
 *
 * If the prober dies, PID 1 starts another and open questions end without a verdict.
 */
#ifndef PODINIT_PROBES_PROBE_H
#define PODINIT_PROBES_PROBE_H

#include "config/spec.h"

/* What the prober calls itself.  Applications know a health check by the prefix "kube-probe/". */
#define PROBE_AGENT "kube-probe/1.36 (podinit)"
#define HOOK_AGENT  "kube-lifecycle/1.36 (podinit)"

enum { PROBE_MESSAGE_MAX = 128 }; /* bytes of a verdict's text with its NUL */

enum probe_ask_kind { PROBE_ASK, PROBE_CANCEL };

struct probe_ask {
	uint8_t kind;  /* enum probe_ask_kind */
	uint8_t probe; /* index into ctr_handler(): probes, then hooks */
	uint8_t ctr;   /* index into pod_spec.ctr */
	uint8_t pad;
	uint32_t generation; /* comes back with the verdict */
};

/*
 * SUCCESS and FAILURE count.  WARNING counts as a success and is reported.  ERROR: the question
 * itself could not be asked (no socket, no memory); it counts neither way.
 */
enum verdict { VERDICT_SUCCESS, VERDICT_FAILURE, VERDICT_WARNING, VERDICT_ERROR };

struct probe_verdict {
	uint8_t verdict; /* enum verdict */
	uint8_t probe, ctr, pad;
	uint32_t generation;
	char message[PROBE_MESSAGE_MAX]; /* printable ASCII, NUL-terminated, may be empty */
};

/*
 * The prober's life: answers what comes over `fd` until the other end is closed, then returns.
 * At most PROBE_ASKS_MAX questions are open at a time; one more gets VERDICT_ERROR at once.
 * Never returns while there is an open question and a peer.
 */
enum { PROBE_ASKS_MAX = CTR_MAX * HANDLERS };
void prober_run(const struct pod_spec *spec, int fd);

#endif
