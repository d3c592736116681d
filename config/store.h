/*
 * store.h - the value of a key, by the type that the table gives it, into its place in the draft.
 */
#ifndef PODINIT_CONFIG_STORE_H
#define PODINIT_CONFIG_STORE_H

#include "config/table.h"

/*
 * Reads the value `raw` of `key`, of which `entry` is the part that the key of a map is its entry,
 * into *base, at the offset that the row *k names.  NULL, or what is wrong with it.
 */
const char *store(struct draft *d, const struct key *k, const char *key, const char *entry,
		  void *base, const char *raw);

#endif
