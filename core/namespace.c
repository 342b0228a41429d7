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
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"
#include "core/path.h"
#include "core/privilege.h"
#include "core/procfs.h"
#include "core/text.h"

enum {
	STACK = 128 * 1024,
	/* Those that every instance has of its own. */
	NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
};

/* The inner side's. Grows down from the end; no page below is touched before it
 * is used. */
static char stack[STACK] __attribute__((aligned(16)));

pid_t namespace_clone(bool netns, bool share, int (*inner)(void *), void *argument, int *pidfd,
		      bool *userns)
{
	int flags = NAMESPACES | (netns ? CLONE_NEWNET : 0) | (share ? CLONE_VM : 0) | CLONE_PIDFD |
		    SIGCHLD;

	*userns = true;
	pid_t pid = clone(inner, stack + STACK, flags | CLONE_NEWUSER, argument, pidfd);
	if (pid < 0 && (errno == EINVAL || errno == ENOSPC) && privilege_uid() == 0) {
		int error = errno;
		*userns = false;
		pid = clone(inner, stack + STACK, flags, argument, pidfd);
		if (pid < 0)
			errno = error;
	}
	return pid;
}

pid_t namespace_fork(int (*inner)(void *), void *argument, int *pidfd)
{
	pid_t pid = clone(inner, stack + STACK, CLONE_VM | CLONE_PIDFD | SIGCHLD, argument, pidfd);

	if (pid < 0 && errno == ENOMEM)
		die("the instance has ended");
	if (pid < 0)
		die_errno("cannot start a process in the instance");
	return pid;
}

bool namespace_read(int proc, const char *process, struct namespaces *namespaces)
{
	struct stat user, net;

	if (!procfs_stat(proc, process, "ns/user", &user) ||
	    !procfs_stat(proc, process, "ns/net", &net))
		return false;
	*namespaces = (struct namespaces){ user.st_ino, net.st_ino };
	return true;
}

int namespace_open_user(int proc, const char *process, uid_t *owner, ino_t *parent)
{
	struct stat status = { 0 };
	char link[32];

	text_format(link, sizeof link, "%s/ns/user", process);
	int fd = path_open_link(proc, link);
	if (fd < 0 || ioctl(fd, KERNEL_NS_GET_OWNER_UID, owner))
		return -1;
	int above = ioctl(fd, KERNEL_NS_GET_PARENT);
	*parent = fstat(above, &status) ? 0 : status.st_ino;
	close(above);
	return fd;
}

/* Joining the user namespace one is in is an error, and joining the host's
 * network namespace takes privilege over it. */
int namespace_join(int pidfd, const struct namespaces *own, const struct namespaces *theirs)
{
	return setns(pidfd, NAMESPACES | (own->user == theirs->user ? 0 : CLONE_NEWUSER) |
				    (own->net == theirs->net ? 0 : CLONE_NEWNET));
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
