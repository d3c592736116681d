/*
 * privs.h - how a helper of podinit loses what it does not need.
 */
#ifndef PODINIT_INIT_PRIVS_H
#define PODINIT_INIT_PRIVS_H

/*
 * Drops every capability, takes a user of its own if it was root, and forbids new privileges.  For
 * a process that is not PID 1 and will not execute anything.  Best effort: where nothing can be
 * dropped there was nothing to drop.
 */
void privs_drop(void);

#endif
