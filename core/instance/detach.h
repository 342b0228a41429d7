/* SPDX-License-Identifier: ISC */
#ifndef CORE_DETACH_H
#define CORE_DETACH_H

/*
 * Continues in a new process, in its own session, with its standard descriptors off the terminal
 * and off any pipe. Its messages go to the process that the caller started, which waits. Once the
 * program is executed, the waiting process prints the pid of the new one and exits with 0. If the
 * start fails, it exits as the new process did. Dies.
 */
void detach(void);

/* Inner side, right before execve: all output after this is the program's. Dies if the waiting
 * process has ended. */
void detach_announce(void);

#endif
