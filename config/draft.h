/*
 * draft.h - the pod while it is read: the spec, and what has to be known until the file has ended.
 *
 * Only the parser sees it.  The tables of keys point into these structures.
 */
#ifndef PODINIT_CONFIG_DRAFT_H
#define PODINIT_CONFIG_DRAFT_H

#include "config/parse.h"

/* Fractions of a second down to here; below, a timer would be all that runs. */
#define SECONDS_MIN (10 * NSEC_PER_MS)

enum {
	SEC_POD = 1,
	SEC_MACHINE = 2,
	SEC_INIT = 4,
	SEC_SIDECAR = 8,
	SEC_MAIN = 16,
	SEC_VOLUME = 32,
	SEC_CTR = SEC_INIT | SEC_SIDECAR | SEC_MAIN,
};

/* For what can be given on the pod and on a container. */
struct backoff_draft {
	nsec initial, max, reset; /* -1: not given */
};

/* A probe or a hook. */
struct handler_draft {
	struct handler handler;
	const char *http_port, *tcp_port, *grpc_port; /* as written: a number or a name */
	const char *http_host, *tcp_host;
	nsec sleep, timeout; /* -1: not given */
	nsec initial_delay, period, grace;
	int64_t success, failure;
};

struct ctr_draft {
	struct ctr_spec spec;
	unsigned section_no;
	bool broken; /* a line of it could not be read */
	int policy;  /* enum restart_policy, or -1: not given */
	struct backoff_draft backoff;
	int message_policy;
	struct vars env_from; /* what files gave, in their order */
	/* spec.env holds env.NAME as written, and valueFrom.NAME, which is not literal, with what
	   it is to be taken from. */
	struct pairs ports; /* name, "8080/TCP" */
	struct handler_draft handler[HANDLERS];
};

/* A key that was given, and where. */
struct given {
	unsigned section; /* counts the sections of the file */
	int line;
	const char *key;
};

struct draft {
	struct pod_spec *spec;
	const char *path;
	struct problems *problems;
	struct arena *arena;

	int policy, log_format, on_completion, on_failure;
	struct backoff_draft backoff;
	nsec active_deadline;
	struct ctr_draft *ctr;
	unsigned n;

	/* The section at hand. */
	int kind;            /* SEC_...; 0: none, its keys are passed over */
	const char *section; /* its text */
	unsigned section_no;
	bool had_pod, had_machine, had_main, had_key_without_section, too_many;

	struct given *given;
	size_t n_given, room_given;
	bool failed; /* no memory */
};

#endif
