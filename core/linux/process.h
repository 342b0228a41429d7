/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Descriptors from 3 on that the program gets, in any order. */
enum { PROCESS_KEPT_MAX = 64 };
struct process_kept {
	int count;
	int fds[PROCESS_KEPT_MAX];
};

/*
 * First step of a start: frees this process of what it inherited. All signals are blocked, and
 * descriptors from 3 on are closed, but for KEPT. Descriptors 0 to 2 are open, on /dev/null if they
 * were closed, and are no directories. The umask is cleared, core dumps are off, and the limits on
 * descriptors and CPU time are as high as they may be. What the program must get back is noted.
 * Dies if one of KEPT is not open, and if a descriptor that the program gets is a directory or was
 * opened with O_PATH: it would lead out of the instance.
 */
void process_isolate(const struct process_kept *kept);

/* Closes what process_isolate kept, in this process, which does not become the program; without
 * an error, close_range(2). */
void process_close_kept(void);

/* After the next process_restore no resource limit is higher than that of process PID, which has
 * the caller's ids; prlimit(2). Dies. */
void process_lower_limits(pid_t pid);

/* Makes a child of this process with only this thread, fork(2). SHARED is what else the two have in
 * common: 0, or CLONE_FILES for the descriptors, clone(2). The C library does not learn of it, so
 * the child must end by _exit or execute a program. */
pid_t process_fork(unsigned long shared);

/* From here on this process takes the default action at signal NUMBER, or ignores it;
 * rt_sigaction(2). */
void process_act_by_default(int number);
void process_ignore(int number);

/* From here on this process sends itself signal NUMBER again whenever it takes it, with what came
 * with it, rt_sigqueueinfo(2). So it stays pending once it is blocked. */
void process_put_back(int number);

/* Whether this process ignores signal NUMBER. */
bool process_ignores(int number);

/* Whether the process behind PIDFD has ended. Dies if the kernel does not tell. */
bool process_has_ended(int pidfd);

/*
 * Replaces descriptor FD, 0 to 2, by /dev/null; open(2). The descriptors below FD must be open.
 * process_restore replaces it again by the /dev/null of the instance: root could change the node
 * through the mount that the outer one is on. Dies.
 */
void process_void(int fd);

/* Standard output and error have been opened since: process_restore leaves them as they are. */
void process_keep_output(void);

/* Restores the umask, limits and signal mask that process_isolate noted, and opens again what
 * process_void opened. Dies. */
void process_restore(void);

/*
 * Gives this process its own session keyring, keyctl(2). The old keyring stays if the caller's
 * quota of keys is used up, or if a filter around, as of an outer instance, refuses the call. The
 * filter of core/linux/seccomp.c puts every keyring out of the program's reach.
 */
void process_leave_keyring(void);

/* Executes argv[0], looked up in PATH unless it has a slash. Returns only if that fails, with
 * errno; execve(2). Dies if the kernel does not close the other descriptors. */
void process_execute(char **argv);

/* The same for BINARY, a descriptor of one, with no environment; execveat(2). */
void process_execute_binary(int binary, char **argv);

/* Dies: process_execute failed, with errno. The status is 127 if PROGRAM was not found, 126 if it
 * cannot be executed, and 125 if a limit of the caller's is in the way. FOUND tells whether there
 * is such a file; MISSING is a hint for where there is none, or empty. */
_Noreturn void process_refuse(const char *program, bool found, const char *missing);

#endif
