/* SPDX-License-Identifier: ISC */
/*
 * What a process inherits and passes on: descriptors, signal mask, umask,
 * limits, keyring; and execve.
 *
 * Ignored signals and interval timers stay as they are: nohup(1) and the
 * alarm-then-exec idiom rely on them, and with every signal blocked a timer
 * cannot disturb the start.
 */
#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"

static struct {
	sigset_t mask;
	mode_t umask;
	struct rlimit core, descriptors;
} noted;

static void check_standard(int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	/* Closed: open it, so that no descriptor of ours ever lands here. The
	 * lowest free number is this one, since the lower ones are open. */
	if (flags < 0 && open("/dev/null", O_RDWR) != fd)
		die_errno("file descriptor %d is closed, and '/dev/null' cannot take its place",
			  fd);
	if (flags < 0)
		return;
	if ((flags & O_PATH) || fstat(fd, &status) || S_ISDIR(status.st_mode))
		die("file descriptor %d is a directory, which would lead out of the instance; "
		    "close or redirect it",
		    fd);
}

/* Sets a soft limit to the hard one or to zero. */
static void change_limit(int which, struct rlimit *before, bool most)
{
	if (getrlimit(which, before))
		die_errno("cannot read a resource limit");
	struct rlimit after = { most ? before->rlim_max : 0, before->rlim_max };
	if (setrlimit(which, &after))
		die_errno("cannot change a resource limit");
}

void process_isolate(void)
{
	sigset_t all;

	memset(&all, 0xff, sizeof all); /* sigfillset leaves out those the C library uses */
	if (sigprocmask(SIG_SETMASK, &all, &noted.mask))
		die_errno("cannot block signals");
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) /* an ignored one would hide the exit status */
		die_errno("cannot reset SIGCHLD");
	if (syscall(SYS_close_range, 3U, ~0U, 0U))
		die_errno("cannot close inherited file descriptors");
	for (int fd = 0; fd < 3; fd++)
		check_standard(fd);
	noted.umask = umask(0);
	/* No core dump of this process; as many descriptors as there are views. */
	change_limit(RLIMIT_CORE, &noted.core, false);
	change_limit(RLIMIT_NOFILE, &noted.descriptors, true);
}

void process_restore(void)
{
	umask(noted.umask);
	if (setrlimit(RLIMIT_CORE, &noted.core) || setrlimit(RLIMIT_NOFILE, &noted.descriptors))
		die_errno("cannot restore the resource limits");
	if (sigprocmask(SIG_SETMASK, &noted.mask, NULL))
		die_errno("cannot restore the signal mask");
}

void process_leave_keyring(void)
{
	if (syscall(SYS_keyctl, KERNEL_KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EDQUOT)
		die_errno("cannot leave the session keyring");
}

/* A file that is there, and yet execve says it is not: what is missing is
 * the interpreter its first line or its ELF header names. */
static int lacks_interpreter(const char *path)
{
	return strchr(path, '/') && !access(path, F_OK);
}

_Noreturn void process_execute(char **argv)
{
	/* All of ours are close-on-exec; should one ever not be, it ends here. */
	syscall(SYS_close_range, 3U, ~0U, 0U);
	execvp(argv[0], argv);

	int error = errno, lacking = error == ENOENT && lacks_interpreter(argv[0]);
	errno = error;
	if (lacking)
		die_hint(EXIT_CANNOT_EXECUTE, "its interpreter is missing in the instance",
			 "cannot execute '%s'", argv[0]);
	if (error == ENOENT)
		die_hint(EXIT_NOT_FOUND, NULL, "cannot execute '%s'", argv[0]);
	if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE)
		die_hint(EXIT_SELFDOCK, "a limit of yours is reached; see ulimit",
			 "cannot execute '%s'", argv[0]);
	die_hint(EXIT_CANNOT_EXECUTE, NULL, "cannot execute '%s'", argv[0]);
}
