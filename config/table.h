/*
 * table.h - every key of a pod file, one row each.
 */
#ifndef PODINIT_CONFIG_TABLE_H
#define PODINIT_CONFIG_TABLE_H

#include "config/draft.h"

enum key_type {
	TYPE_WORDS,   /* struct words: a command */
	TYPE_LIST,    /* struct words: empty if it could not be read */
	TYPE_TEXT,    /* const char *: quotes removed; NULL if empty */
	TYPE_NAME,    /* const char *: a DNS label */
	TYPE_BOOL,    /* bool */
	TYPE_CHOICE,  /* int: enum choice */
	TYPE_SECONDS, /* nsec, min to max */
	TYPE_COUNT,   /* int64_t, min to max */
	TYPE_BYTES,   /* int64_t: a quantity */
	TYPE_CPU,     /* int64_t: a quantity, in thousandths */
	TYPE_SIGNAL,  /* int */
	TYPE_SCHEME,  /* HTTP, and nothing is stored */
	/* Words: an int that counts them, from 0 on. */
	TYPE_POLICY,    /* enum restart_policy */
	TYPE_LOG,       /* enum log_format */
	TYPE_END,       /* enum machine_end */
	TYPE_MESSAGE,   /* enum message_policy */
	TYPE_DNS,       /* Default, None */
	TYPE_FS_GROUP,  /* Always, OnRootMismatch */
	TYPE_SECCOMP,   /* enum seccomp_kind */
	TYPE_PROC,      /* Default, Unmasked */
	TYPE_MEDIUM,    /* Memory */
	TYPE_HOST_PATH, /* enum host_path_type, less one */
	/* An entry of a map. */
	TYPE_ENV,     /* struct vars */
	TYPE_FROM,    /* struct vars: one, from the downward API */
	TYPE_PORTS,   /* struct pairs */
	TYPE_HEADERS, /* struct pairs */
	TYPE_MAP,     /* struct pairs: any text */
	TYPE_ALIAS,   /* struct pairs: an IP address, names with blanks between them */
	TYPE_SYSCTL,  /* struct pairs */
	TYPE_RLIMIT,  /* struct security_spec */
	TYPE_ITEM,    /* struct volume_draft: a file */
	TYPE_FIELD,   /* struct volume_draft: a file, from the downward API */
	/* May be repeated. */
	TYPE_RULES, /* struct rules */
	TYPE_FILE,  /* struct vars: those of a file */
	TYPE_MOUNT, /* struct ctr_draft; an entry of a map too */

	TYPE_LATER, /* known, and not supported yet */
	TYPE_NEVER, /* Kubernetes has it and podinit does not: .help says why */
};

struct key {
	int sections; /* where it may stand */
	/* "env.*": a map.  In front, "Probe." stands for the three probes, "Hook." for the two
	   hooks, and "Each." for all five. */
	const char *name;
	enum key_type type;
	size_t at;        /* offset into struct draft, ctr_draft, handler_draft or volume_draft */
	int64_t min, max; /* of a count; of seconds in ns; 0, 0: any */
	const char *help; /* why not */
};

/* What became of looking a key up. */
struct found {
	const struct key *key; /* NULL: there is none */
	int handler;           /* which of a container's handlers, or -1 */
	const char *entry;     /* of a map: what stands for the "*" */
	bool elsewhere;        /* it belongs into sections of another kind */
	const char *nearest;   /* without a key: the one that may have been meant, or NULL */
};

/* Strings of *found lie in `name`, in the table or in `buf`. */
void table_find(struct found *found, int section, const char *name, char *buf, size_t size);

/* The words of an enumeration; NULL-terminated. */
const char *const *table_words(enum key_type type);

/* "startupProbe" to "lifecycle.preStop". */
extern const char *const handler_names[HANDLERS];

#endif
