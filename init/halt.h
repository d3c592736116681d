/*
 * halt.h - the end of a machine.
 */
#ifndef PODINIT_INIT_HALT_H
#define PODINIT_INIT_HALT_H

#include "config/spec.h"

/*
 * Ends the machine: SIGTERM and SIGKILL to what is left, sync, unmount or remount read-only, sync,
 * reboot(2).  Never returns.  Each step that the kernel may not come back from is done by a child
 * and has a time limit, so that a dead disk does not keep a machine from ending.
 */
_Noreturn void halt_machine(enum machine_end end);

/* A shell on the console, until it exits. */
void halt_shell(void);

/* Does `work` in a child, so that PID 1 does not hang in the kernel with it.  What takes longer
   than ten seconds is left behind. */
void halt_limited(const char *doing, void (*work)(void));

#endif
