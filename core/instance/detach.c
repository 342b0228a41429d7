/* SPDX-License-Identifier: ISC */
/*
 * Detaching: one process waits for the start, another becomes the monitor.
 *
 * Both sides of the start hold the writing end of a pipe, which execve closes. Through it come
 * warnings, then the announcement, and then why the program was not executed, if it was not. The
 * start failed if the announcement is not the last of it.
 */
#include "core/instance/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"

static const char announcement = '\0';

/* Exits as the program did, if it has ended. With a log, waits a moment for that: a service that
 * cannot work ends soon. A monitor that failed exits with EXIT_SELFDOCK, and has said why if there
 * was a MESSAGE. */
static void refuse_early_end(pid_t monitor, const char *log, bool message)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, monitor, 0), .events = POLLIN };
	int status;

	if (poll(&end, 1, log ? 200 : 0) <= 0 || waitpid(monitor, &status, 0) != monitor)
		return;
	int result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!message || result != EXIT_SELFDOCK)
		warn("the program ended at once%s%s%s", log ? "; see '" : "", log ? log : "",
		     log ? "'" : "");
	_exit(result);
}

static _Noreturn void wait_for(pid_t monitor, int report, const char *log)
{
	char message[16384];
	size_t length = 0;
	ssize_t more;
	int status;

	privilege_drop();
	process_close_kept();
	process_restore();
	while ((more = read(report, message + length, sizeof message - length)) > 0)
		length += (size_t)more;
	char *announced = memchr(message, announcement, length);
	if (announced)
		memmove(announced, announced + 1, (size_t)(message + --length - announced));
	process_ignore(SIGPIPE);
	bool told = write(STDERR_FILENO, message, length) == (ssize_t)length;
	if (announced == message + length) { /* also if nobody reads the warnings */
		refuse_early_end(monitor, log, length > 0);
		text_print("%d\n", monitor);
		if (text_flush())
			_exit(0);
		int error = errno;
		kill(monitor, SIGKILL);
		errno = error;
		die_errno("cannot print the id of the instance");
	}
	if (!told)
		_exit(EXIT_SELFDOCK);
	if (waitpid(monitor, &status, 0) == monitor && WIFEXITED(status) && length)
		_exit(WEXITSTATUS(status));
	die("the start was killed before the program ran");
}

/* Whether somebody at the other end of a terminal, pipe or socket would wait for the program. */
static bool is_to_leave(int fd)
{
	struct kernel_statx status;

	if (isatty(fd) || !path_stat(fd, "", KERNEL_STATX_TYPE, &status))
		return true;
	return fd != STDIN_FILENO && (S_ISFIFO(status.mode) || S_ISSOCK(status.mode));
}

static const char planted[] = "a link that a program of yours could have made is not followed";

/* Opens FILE as standard output and error. That takes a process that has given up its privilege. It
 * shares its descriptors with this one, but no memory: FILE may be /proc/self/mem. */
static void open_log(const char *file)
{
	int status = 0;
	pid_t opener = process_fork(CLONE_FILES);

	if (!opener) {
		privilege_drop();
		process_restore();
		int fd = path_open_log(file);
		if (fd < 0 || syscall(SYS_fcntl, fd, F_SETFL, O_APPEND) ||
		    dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			die_hint(EXIT_SELFDOCK, errno == ELOOP || errno == EPERM ? planted : NULL,
				 "cannot append to the log '%s'", file);
		close(fd);
		_exit(0);
	}
	if (opener < 0 || waitpid(opener, &status, 0) != opener)
		die_errno("cannot detach");
	if (status)
		_exit(EXIT_SELFDOCK);
	process_keep_output();
}

static void leave_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (is_to_leave(fd))
			process_void(fd);
}

void detach(const char *log)
{
	int report[2];

	if (syscall(SYS_pipe2, report, O_CLOEXEC))
		die_errno("cannot detach");
	pid_t monitor = process_fork(0);
	if (monitor < 0)
		die_errno("cannot detach");
	if (monitor) {
		close(report[1]);
		wait_for(monitor, report[0], log);
	}
	close(report[0]);
	error_descriptor = report[1];
	leave_descriptors();
	if (log) /* before setsid, so that ^C ends a wait for the file */
		open_log(log);
	setsid();
}

void detach_announce(void)
{
	if (error_descriptor != STDERR_FILENO && write(error_descriptor, &announcement, 1) != 1)
		_exit(EXIT_SELFDOCK);
}
