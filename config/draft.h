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

/* A user or a group is at most this: the next number means "none" to the kernel. */
#define ID_MAX INT64_C(4294967294)

enum {
	SEC_POD = 1,
	SEC_MACHINE = 2,
	SEC_INIT = 4,
	SEC_SIDECAR = 8,
	SEC_MAIN = 16,
	SEC_VOLUME = 32,
	SEC_CTR = SEC_INIT | SEC_SIDECAR | SEC_MAIN,
};

/* A section of the file, for messages.  All zero: one that is not there. */
struct place {
	unsigned section; /* counts the sections of the file, from 1 on */
	int line;
	const char *text; /* what stands in the brackets */
	bool broken;      /* a line of it could not be read */
	bool refused;     /* the value of a key was wrong */
};

/* For what can be given on the pod and on a container. */
struct backoff_draft {
	nsec initial, max, reset; /* -1: not given */
};

struct security_draft {
	const char *user; /* as written, or NULL */
	int64_t group;    /* -1: not given, as in all below */
	int non_root;     /* enum choice */
	int seccomp;      /* enum seccomp_kind */
	const char *profile;
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

struct mount_draft {
	struct mount_spec spec;
	const char *volume; /* its name */
};

struct ctr_draft {
	struct ctr_spec spec;
	struct place place;
	int policy; /* enum restart_policy, or -1: not given */
	struct backoff_draft backoff;
	int message_policy;
	struct vars env_from; /* what files gave, in their order */
	/* spec.env holds env.NAME as written, and valueFrom.NAME, which is not literal, with what
	   it is to be taken from. */
	struct pairs ports; /* name, "8080/TCP" */
	struct security_draft security;
	int escalation, proc_mount; /* -1: not given */
	struct words caps_add, caps_drop;
	struct mount_draft *mount; /* MOUNT_MAX of them, or NULL; spec.n_mounts were given */
	struct handler_draft handler[HANDLERS];
};

struct item_draft {
	struct file_item file;
	const char *key;  /* as written */
	const char *from; /* what of the pod it tells, or NULL */
	int line;
};

struct volume_draft {
	struct volume_spec spec;
	struct place place;
	int medium, type;
	const char *mode; /* as written */
	const char *host_path, *device, *virtiofs, *p9;
	struct item_draft *item;
	unsigned n;
};

/* A key that was given, and where. */
struct given {
	unsigned section;
	int line;
	const char *key;
};

struct draft {
	struct pod_spec spec;
	const char *path;
	struct problems *problems;
	struct arena *arena;

	int policy, log_format, on_completion, on_failure;
	struct backoff_draft backoff;
	nsec active_deadline;
	struct security_draft security;
	struct words groups;
	int64_t fs_group;
	int fs_group_change, dns_policy; /* -1: not given */
	struct place pod, machine;
	struct ctr_draft *ctr; /* CTR_MAX of them */
	unsigned n;
	struct volume_draft *volume; /* VOLUME_MAX of them */
	unsigned n_volumes;

	/* The section and the line at hand. */
	int kind;            /* SEC_...; 0: none, its keys are passed over */
	const char *section; /* its text */
	unsigned section_no;
	struct place *place; /* of it, unless kind is 0 */
	int line;
	bool had_main, had_key_without_section, too_many, too_many_volumes;

	struct given *given;
	size_t n_given, room_given;
	bool failed; /* no memory */
};

#endif
