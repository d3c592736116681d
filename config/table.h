/*
 * table.h - every key of a pod file, one row each.
 */
#ifndef PODINIT_CONFIG_TABLE_H
#define PODINIT_CONFIG_TABLE_H

#include "config/draft.h"

enum key_type {
	TYPE_WORDS,   /* struct words */
	TYPE_TEXT,    /* const char *: quotes removed */
	TYPE_DIR,     /* const char *: made absolute */
	TYPE_BOOL,    /* bool */
	TYPE_SECONDS, /* nsec, min to max */
	TYPE_COUNT,   /* int64_t, min to max */
	TYPE_POLICY,  /* int: enum restart_policy */
	TYPE_LOG,     /* int: enum log_format */
	TYPE_END,     /* int: enum machine_end */
	TYPE_ENV,     /* struct pairs: environment variables */
	TYPE_PORTS,   /* struct pairs: ports */
	TYPE_HEADERS, /* struct pairs: HTTP headers */
	TYPE_LABELS,  /* struct pairs */
	TYPE_SCHEME,  /* HTTP, and nothing is stored */
	TYPE_SIGNAL,  /* int */
	TYPE_RULES,   /* struct rules; may be repeated */
	TYPE_FILE,    /* struct vars: those of a file; may be repeated */
	TYPE_FROM,    /* struct vars: one, from the downward API */
	TYPE_MESSAGE, /* int: enum message_policy */
	TYPE_LATER,   /* known, and not supported yet */
	TYPE_NEVER,   /* Kubernetes has it and podinit does not: .help says why */
};

struct key {
	int sections; /* where it may stand */
	/* "env.*": a map.  In front, "Probe." stands for the three probes, "Hook." for the two
	   hooks, and "Each." for all five. */
	const char *name;
	enum key_type type;
	size_t at;        /* offset into struct draft, ctr_draft or handler_draft */
	int64_t min, max; /* of a count; of seconds in ns; 0, 0: any */
	const char *help; /* what would be right, or why not */
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
