/* SPDX-License-Identifier: ISC */
#ifndef CORE_DETACH_H
#define CORE_DETACH_H

/*
 * Goes on in a new process, in a session of its own, with its standard
 * descriptors off the terminal and off any pipe; messages go to the process that
 * the caller started. That one waits: once the program is executed it prints
 * the pid of the new one and exits with 0, else as that one ended.
 */
void detach(void);

/* Inner side, right before execve: what is not said now is the program's. Dies
 * if the process that waits has ended. */
void detach_announce(void);

#endif
