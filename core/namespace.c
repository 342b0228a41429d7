/* SPDX-License-Identifier: ISC */
/*
 * Namespaces: the one clone, and the two settings new namespaces need.
 */
#include "core/namespace.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.h"
#include "core/privilege.h"

enum { STACK = 128 * 1024 };

static _Noreturn void explain(void)
{
	if (errno == EPERM)
		die_hint(EXIT_SELFDOCK,
			 "in a chroot nobody can; elsewhere allow user namespaces, or install "
			 "selfdock setuid root",
			 "cannot create a user namespace");
	if (errno == ENOSPC)
		die_hint(EXIT_SELFDOCK,
			 "user.max_user_namespaces, or another limit in /proc/sys/user, is reached",
			 "cannot create a user namespace");
	if (errno == EINVAL)
		die_hint(EXIT_SELFDOCK, "the kernel lacks one of them", "cannot create namespaces");
	die_errno("cannot create namespaces");
}

pid_t namespace_clone(bool netns, int (*inner)(void *), void *argument, int *pidfd, bool *userns)
{
	/* Grows down from the end. No page below is touched before it is used. */
	static char stack[STACK] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_PIDFD | SIGCHLD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
		    CLONE_NEWUTS | CLONE_NEWCGROUP | (netns ? CLONE_NEWNET : 0);

	*userns = true;
	pid_t pid = clone(inner, stack + STACK, flags | CLONE_NEWUSER, argument, pidfd);
	if (pid < 0 && (errno == EINVAL || errno == ENOSPC) && privilege_uid() == 0) {
		int error = errno;
		*userns = false;
		pid = clone(inner, stack + STACK, flags, argument, pidfd);
		if (pid < 0)
			errno = error;
	}
	if (pid < 0)
		explain();
	return pid;
}

void namespace_set_hostname(const char *name)
{
	if (sethostname(name, strlen(name)))
		die_errno("cannot set the host name '%s'", name);
}

void namespace_raise_loopback(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback))
		die_errno("cannot set the loopback interface up");
	close(any);
}
