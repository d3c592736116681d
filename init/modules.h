/*
 * modules.h - loads kernel modules, for a machine whose kernel does not have everything built in.
 *
 * For boot: it allocates, blocks, and says what it could not do.
 */
#ifndef PODINIT_INIT_MODULES_H
#define PODINIT_INIT_MODULES_H

#include "config/spec.h"

/*
 * Loads what `names` lists, in this order: paths of .ko files, or names, which are looked up with
 * all they depend on in /lib/modules/VERSION/modules.dep.  One that is loaded or built in is fine.
 */
void modules_load(const struct words *names);

/*
 * The line of modules.dep for the module `name`, where "-" and "_" are the same: "PATH: PATH...",
 * or NULL.  `text` is the whole file.
 */
const char *modules_line(const char *text, const char *name);

#endif
