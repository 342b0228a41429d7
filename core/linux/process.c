/* SPDX-License-Identifier: ISC */
/*
 * What a process inherits and passes on: descriptors, signal mask, umask, limits, keyring; and
 * execve.
 *
 * Ignored signals and interval timers stay as they are: nohup(1) and the alarm-then-exec idiom rely
 * on them. While every signal is blocked, a timer cannot disturb the start.
 */
#include "core/linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/filter.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"

/* Aligned to lie beside small variables. Among the large ones it would cost each monitor a page. */
static struct {
	uint64_t mask;
	mode_t umask;
	unsigned null;	  /* the descriptors to make /dev/null, as bits */
	unsigned changed; /* the limits that the program is to get, as bits */
	struct rlimit limits[RLIM_NLIMITS];
	struct process_kept kept;
} noted __attribute__((aligned(8)));

/* The descriptors below FD are open, so the lowest free number after the close is FD. */
static void open_null(int fd)
{
	close(fd);
	if (syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR) != fd)
		die_errno("cannot open '/dev/null' as file descriptor %d", fd);
}

void process_void(int fd)
{
	open_null(fd);
	noted.null |= 1U << fd;
}

void process_keep_output(void)
{
	noted.null &= 1U << STDIN_FILENO;
}

/* Returns false if FD is not open. */
static bool check_descriptor(int fd)
{
	struct kernel_statx status;
	long flags = syscall(SYS_fcntl, fd, F_GETFL);

	if (flags < 0 && errno == EBADF)
		return false;
	if (flags < 0 || !path_stat(fd, "", KERNEL_STATX_TYPE, &status))
		die_errno("cannot examine file descriptor %d", fd);
	if ((flags & O_PATH) || S_ISDIR(status.mode))
		die("file descriptor %d is a directory, which would lead out of the instance; "
		    "close or redirect it",
		    fd);
	return true;
}

/* Returns the lowest descriptor to keep from NEXT on, or one above all others. */
static unsigned find_kept(unsigned next)
{
	unsigned lowest = ~0U;

	for (int i = 0; i < noted.kept.count; i++) {
		unsigned fd = (unsigned)noted.kept.fds[i];
		if (fd >= next && fd < lowest)
			lowest = fd;
	}
	return lowest;
}

/* Closes all descriptors from 3 on but those to keep, or lets execve do that; close_range(2). */
static void close_others(unsigned flags)
{
	unsigned next = 3, kept;

	do {
		kept = find_kept(next);
		if (kept > next && syscall(SYS_close_range, next, kept - 1, flags))
			die_errno("cannot close inherited file descriptors");
		next = kept + 1;
	} while (kept < ~0U);
}

void process_close_kept(void)
{
	for (int i = 0; i < noted.kept.count; i++)
		syscall(SYS_close_range, noted.kept.fds[i], noted.kept.fds[i], 0U);
}

/* The C library's functions would add a kilobyte of code for threads, for handlers, and for kernels
 * that lack a call. None of these occur here. */

pid_t process_fork(unsigned long shared)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD | shared, 0, 0, 0, 0);
}

static void act(int number, struct kernel_sigaction action)
{
	syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

void process_act_by_default(int number)
{
	act(number, (struct kernel_sigaction){ .handler = SIG_DFL });
}

void process_ignore(int number)
{
	act(number, (struct kernel_sigaction){ .handler = SIG_IGN });
}

static void queue_again(int number, siginfo_t *info, void *context)
{
	(void)context;
	syscall(SYS_rt_sigqueueinfo, getpid(), number, info);
}

/* The way back from a handler: rt_sigreturn(2), with nothing else on the stack. All other machines'
 * kernels have one of their own. */
#if defined(__x86_64__)
_Static_assert(SYS_rt_sigreturn == 15, "go_back names it by its number");
__attribute__((naked)) static void go_back(void)
{
	__asm__("mov $15, %eax\n\tsyscall");
}
#endif

void process_put_back(int number)
{
	struct kernel_sigaction action = {
		.handler = (void (*)(int))(void (*)(void))queue_again,
		.flags = SA_SIGINFO,
		.mask = ~UINT64_C(0),
	};

#if defined(__x86_64__)
	action.flags |= KERNEL_SA_RESTORER;
	action.restorer = go_back;
#endif
	act(number, action);
}

bool process_ignores(int number)
{
	struct kernel_sigaction now = { .handler = SIG_DFL };

	syscall(SYS_rt_sigaction, number, NULL, &now, sizeof now.mask);
	return now.handler == SIG_IGN;
}

/* Sets a soft limit to the hard limit or to zero, and notes what it was. */
static void change_limit(int which, bool most)
{
	if (prlimit(0, which, NULL, &noted.limits[which]))
		die_errno("cannot read a resource limit");
	rlim_t hard = noted.limits[which].rlim_max;
	struct rlimit after = { most ? hard : 0, hard };
	if (prlimit(0, which, &after, NULL))
		die_errno("cannot change a resource limit");
	noted.changed |= 1U << which;
}

void process_isolate(const struct process_kept *kept)
{
	const uint64_t all = ~UINT64_C(0); /* including those that the C library uses */

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &noted.mask, sizeof all))
		die_errno("cannot block signals");
	process_act_by_default(SIGCHLD); /* if it is ignored, the exit status is lost */
	/* What is kept may be anything of the caller's, and may block. While there is privilege it
	 * is only looked at, here: nothing reads, writes or passes it on. */
	noted.kept = *kept;
	close_others(0);
	for (int i = 0; i < kept->count; i++)
		if (!check_descriptor(kept->fds[i]))
			die("cannot keep file descriptor %d: it is not open", kept->fds[i]);
	for (int fd = 0; fd < 3; fd++)
		if (!check_descriptor(fd)) /* so that no descriptor of ours gets this number */
			process_void(fd);
	noted.umask = umask(0);
	if (noted.umask & ~0777U)
		die_errno("cannot clear the umask");
	/* No core dump of this process. Room for a descriptor per view. The monitor must not end by
	 * a limit that is meant for the program. */
	change_limit(RLIMIT_CORE, false);
	change_limit(RLIMIT_NOFILE, true);
	change_limit(RLIMIT_CPU, true);
}

static rlim_t least(rlim_t one, rlim_t other)
{
	return one < other ? one : other; /* RLIM_INFINITY is the largest number */
}

void process_lower_limits(pid_t pid)
{
	struct rlimit own, other;

	for (int which = 0; which < RLIM_NLIMITS; which++) {
		if (prlimit(0, which, NULL, &own) || prlimit(pid, which, NULL, &other))
			die_errno("cannot read the resource limits of process %d", pid);
		if (noted.changed >> which & 1)
			own = noted.limits[which];
		noted.limits[which].rlim_cur = least(own.rlim_cur, other.rlim_cur);
		noted.limits[which].rlim_max = least(own.rlim_max, other.rlim_max);
	}
	noted.changed = ~0U;
}

bool process_has_ended(int pidfd)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int ended = poll(&end, 1, 0);

	if (ended < 0)
		die_errno("cannot see whether the other side has ended");
	return ended;
}

void process_restore(void)
{
	umask(noted.umask);
	for (int fd = 0; fd < 3; fd++)
		if (noted.null >> fd & 1)
			open_null(fd);
	for (int which = 0; which < RLIM_NLIMITS; which++)
		if (noted.changed >> which & 1 && prlimit(0, which, &noted.limits[which], NULL))
			die_errno("cannot restore the resource limits");
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &noted.mask, NULL, sizeof noted.mask))
		die_errno("cannot restore the signal mask");
}

void process_leave_keyring(void)
{
	if (syscall(SYS_keyctl, KERNEL_KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != EDQUOT &&
	    !filter_lacks(errno))
		die_errno("cannot leave the session keyring");
}

/* Returns what else to say of a program that could not be executed, or NULL. Changes the exit
 * status if it is not that of a program that was found. */
static const char *explain(const char *program, bool found, const char *missing, int error,
			   int *status)
{
	if (error == ENOENT && found)
		return "its interpreter is missing in the instance";
	if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
		*status = EXIT_SELFDOCK;
		return "a limit of yours is reached; see ulimit";
	}
	if (error == ENOEXEC)
		return "a script needs a first line such as #!/bin/sh";
	if (error == ENOENT)
		*status = EXIT_NOT_FOUND;
	if (error == ENOENT && *missing)
		return missing;
	if (path_open(AT_FDCWD, program, O_PATH | O_DIRECTORY, 0) >= 0)
		return "a directory has that name";
	if (error == ENOENT && strpbrk(program, " =;|&<>$"))
		return "a shell can do that: sh -c '...'";
	if (error == ENOENT && !strchr(program, '/'))
		return "no images: only programs of the root file system run";
	return NULL;
}

void process_execute(char **argv)
{
	/* Our descriptors are close-on-exec already. If one should not be, it is now. */
	close_others(KERNEL_CLOSE_RANGE_CLOEXEC);
	execvp(argv[0], argv);
}

void process_execute_binary(int binary, char **argv)
{
	char *environment[] = { NULL };

	close_others(KERNEL_CLOSE_RANGE_CLOEXEC);
	syscall(SYS_execveat, binary, "", argv, environment, AT_EMPTY_PATH);
}

_Noreturn void process_refuse(const char *program, bool found, const char *missing)
{
	int error = errno, status = EXIT_CANNOT_EXECUTE;
	const char *hint = explain(program, found, missing, error, &status);

	errno = error;
	die_hint(status, hint, "cannot execute '%s'", program);
}
