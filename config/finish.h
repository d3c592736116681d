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

/* Fills in d->spec, and reports what does not fit together. */
void draft_finish(struct draft *d);

/* The parts of it, a file each: the pod's come before those of its containers. */
void draft_finish_handlers(struct draft *d, struct ctr_draft *c);
void draft_finish_volumes(struct draft *d); /* after the containers: a file may tell of one */
void draft_finish_mounts(struct draft *d, struct ctr_draft *c);
void draft_finish_hosts(struct draft *d);
void draft_finish_pod_security(struct draft *d);
void draft_finish_security(struct draft *d, struct ctr_draft *c);
void draft_finish_resources(struct draft *d, struct ctr_draft *c);
void draft_finish_pod_resources(struct draft *d); /* after the containers: it is their sum */

/* What the downward API tells of the resources of a container: its own limits, else the pod's. */
struct resources_spec draft_resources(const struct draft *d, const struct ctr_draft *c);

/* A problem with a key of a section; NULL: with the section. */
void draft_complain(struct draft *d, const struct place *p, const char *key, const char *message);

/* Complains about a time that is shorter than SECONDS_MIN. */
void draft_at_least(struct draft *d, const struct place *p, const char *key, nsec t);

/* The first key of a section that is `key` or stands below it, as livenessProbe.periodSeconds
   stands below livenessProbe.  NULL: there is none. */
const struct given *draft_given(const struct draft *d, const struct place *p, const char *key);

/* parse.c: adds a problem. */
void draft_problem(struct draft *d, int line, const char *section, const char *key,
		   const char *message);

#endif
