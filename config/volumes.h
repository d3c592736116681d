/*
 * volumes.h - [volume NAME]: the files of configMap, secret and downwardAPI.
 */
#ifndef PODINIT_CONFIG_VOLUMES_H
#define PODINIT_CONFIG_VOLUMES_H

#include "config/draft.h"

/* Each of these adds a file, and returns NULL or what is wrong.  `key` is the whole key, for
   messages. */

/* The text itself; for a name that ends in ".path", what is in the file of that path. */
const char *volume_add_text(struct draft *d, struct volume_draft *v, const char *key,
			    const char *name, const char *text);

/* What the downward API calls `from`. */
const char *volume_add_field(struct draft *d, struct volume_draft *v, const char *key,
			     const char *name, const char *from);

#endif
