/*
 * finish.h - what can be said only when the whole file was read: defaults, references, and rules
 * that join several keys.
 */
#ifndef PODINIT_CONFIG_FINISH_H
#define PODINIT_CONFIG_FINISH_H

#include "config/draft.h"

/* Sets what a pod, and a container, is before any key was read. */
void draft_init(struct draft *d);
void draft_ctr_init(struct ctr_draft *c);

/* Fills in *d->spec, and reports what does not fit together. */
void draft_finish(struct draft *d);

/* handlers.c: the same for the probes and hooks of a container. */
void draft_finish_handlers(struct draft *d, struct ctr_draft *c);

/* finish.c: a problem with a key of a container; NULL: with the container. */
void draft_complain(struct draft *d, const struct ctr_draft *c, const char *key,
		    const char *message);

/* finish.c: complains about a time that is shorter than SECONDS_MIN. */
void draft_at_least(struct draft *d, const struct ctr_draft *c, const char *key, nsec t);

/* finish.c: the first key of a container that is `key` or stands below it, as
   livenessProbe.periodSeconds stands below livenessProbe.  NULL: there is none. */
const struct given *draft_given(const struct draft *d, const struct ctr_draft *c, const char *key);

/* parse.c: adds a problem; makes a path absolute. */
void draft_problem(struct draft *d, int line, const char *section, const char *key,
		   const char *message);
const char *draft_path(struct draft *d, const char *path);

#endif
