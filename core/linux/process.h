/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * First step of a start: frees this process of what it inherited. All
 * signals are blocked, descriptors from 3 on closed, 0 to 2 made sure to be
 * open and no directories, the umask cleared, core dumps off, and the limits on
 * descriptors and CPU time as high as they may be. What the program must get back is
 * noted. Dies on a directory or O_PATH descriptor on 0 to 2, which would lead out of the
 * instance.
 */
void process_isolate(void);

/* From process_restore on no resource limit is higher than that of process PID,
 * which has the caller's ids; prlimit(2). Dies. */
void process_lower_limits(pid_t pid);

/* A child of this process alone, fork(2). To be used where the C library's own idea of this
 * thread is of no matter: the child ends by _exit or executes a program. */
pid_t process_fork(void);

/* What this process does at signal NUMBER, rt_sigaction(2): what is its default, or nothing. */
void process_act_by_default(int number);
void process_ignore(int number);

/* Whether this process ignores signal NUMBER. */
bool process_ignores(int number);

/* Whether the process behind PIDFD has ended. */
bool process_has_ended(int pidfd);

/*
 * Puts /dev/null in the place of descriptor FD, 0 to 2, of which those below are open;
 * open(2). From process_restore on it is the instance's, for the one outside is on a mount
 * through which root could change the node. Dies.
 */
void process_void(int fd);

/* Gives back what process_isolate noted, umask, limits and signal mask, and opens again
 * what process_void did. Dies. */
void process_restore(void);

/*
 * A session keyring of its own, keyctl(2). Where the caller's quota of keys is
 * used up, or an outer instance forbids the call, the old one stays: the
 * filter of core/linux/seccomp.c puts every keyring out of the program's reach.
 */
void process_leave_keyring(void);

/*
 * Executes argv[0], looked up in PATH unless it has a slash. Does not return:
 * dies with 127 if it is not found, 126 if it cannot be executed, 125 if a
 * limit of the caller's is in the way.
 */
_Noreturn void process_execute(char **argv);

#endif
