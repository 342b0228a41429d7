/* SPDX-License-Identifier: ISC */
#ifndef CORE_DETACH_H
#define CORE_DETACH_H

/*
 * Continues in a new process, in its own session, with its standard descriptors off the terminal
 * and off any pipe. Unless LOG is NULL, output and errors are appended to that file, which is
 * opened as the caller, without privilege. The messages of the new process go to the one that the
 * caller started, which waits. Once the program is executed, the waiting process prints the pid of
 * the new one and exits with 0. If the start fails, it exits as the new process did. If the program
 * has ended by then or, with a LOG, within a fifth of a second, it says so, and exits with the
 * status of the program. Dies.
 */
void detach(const char *log);

/* Inner side, right before execve: all output after this is the program's. Dies if the waiting
 * process has ended. */
void detach_announce(void);

#endif
