/* SPDX-License-Identifier: ISC */
/*
 * Namespaces: the one clone, and the two settings that new namespaces need.
 */
#include "core/linux/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"
#include "core/linux/procfs.h"

/* The file in /proc that limits the user namespaces below the one of the process that opens it. */
#define USER_LIMIT "sys/user/max_user_namespaces"

enum {
	STACK = 128 * 1024,
	GUARD = 64 * 1024, /* the largest page of the machines that selfdock is built for */
	/* The namespaces that every instance has of its own. */
	NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
};

/* The flags that tie a process to this one. NO_NEW_PRIVS comes with them; every program gets it. */
#define TIED (KERNEL_CLONE_PIDFD_AUTOKILL | KERNEL_CLONE_AUTOREAP | KERNEL_CLONE_NNP)

char *namespace_make_stack(void)
{
	/* Aligned so that it lies beside the data and shares their page table. It is not aligned to
	 * GUARD, because not every kernel keeps such an alignment of a PIE. */
	static char memory[GUARD + GUARD + STACK] __attribute__((aligned(64)));
	char *guard = memory + (-(uintptr_t)memory & (GUARD - 1));

	if (mprotect(guard, GUARD, PROT_NONE))
		die_errno("cannot make a stack");
	return guard + GUARD + STACK;
}

/* Makes a process that the kernel, from Linux 7.1 on, ends with this one. On older kernels it is an
 * ordinary process, and privilege_tie will tie it. The C library has no clone3 with another stack.
 * On that stack the child has nothing, only registers, so it calls INNER at once, which does not
 * return. Returns the pid, or the error as a negative number. */
static pid_t clone_tied(int flags, char *stack, int (*inner)(void *), void *argument, int *pidfd)
{
	const struct kernel_clone_args args = { .flags = (unsigned)flags | TIED,
						.pidfd = (uintptr_t)pidfd,
						.stack = (uintptr_t)stack - STACK,
						.stack_size = STACK };
#if defined(__x86_64__) && defined(__LP64__)
	long pid = SYS_clone3;

	__asm__ volatile("syscall; test %0, %0; jnz 1f; mov %4, %%rdi; call *%3; hlt; 1:"
			 : "+a"(pid)
			 : "D"(&args), "S"(sizeof args), "r"(inner), "r"(argument)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long number __asm__("x8") = SYS_clone3, size __asm__("x1") = sizeof args;
	register long pid __asm__("x0") = (long)&args;

	__asm__ volatile("svc 0; cbnz x0, 1f; mov x0, %4; blr %3; brk 0; 1:"
			 : "+r"(pid)
			 : "r"(number), "r"(size), "r"(inner), "r"(argument)
			 : "memory");
#else
	long pid = -ENOSYS;
	(void)args;
#endif
	/* Kernels and filters that do not know clone3 or its flags return these errors. Any other
	 * error is no reason to do without. */
	if (pid != -ENOSYS && pid != -EINVAL && pid != -EPERM)
		return (pid_t)pid;
	pid_t untied = clone(inner, stack, flags | SIGCHLD, argument, pidfd);
	return untied < 0 ? -errno : untied;
}

/* Whether ERROR says that the kernel has no user namespaces, or that the administrator allows none.
 * A quota that others have used up does not count. */
static bool are_forbidden(int proc, int error)
{
	char limit[4];

	return error == EINVAL ||
	       (error == ENOSPC && procfs_read_text(proc, USER_LIMIT, limit, sizeof limit) > 0 &&
		!strcmp(limit, "0\n"));
}

pid_t namespace_clone(int proc, int flags, char *stack, int (*inner)(void *), void *argument,
		      int *pidfd, bool *userns)
{
	flags |= NAMESPACES | CLONE_NEWUSER | CLONE_PIDFD;
	pid_t pid = clone_tied(flags, stack, inner, argument, pidfd);
	/* Inside an instance the filter refuses a new cgroup namespace, and the new instance uses
	 * the outer one's. Elsewhere EPERM has other reasons, which refuse the second try, too. */
	if (pid == -EPERM)
		pid = clone_tied(flags & ~CLONE_NEWCGROUP, stack, inner, argument, pidfd);
	if (pid < 0 && privilege_uid() == 0 && are_forbidden(proc, -pid)) {
		*userns = false;
		pid = clone_tied(flags & ~CLONE_NEWUSER, stack, inner, argument, pidfd);
	}
	return pid;
}

const char *namespace_find_full(void)
{
	static const struct {
		char name[8];
		int flag;
	} kinds[] = { { "user", 0 },	       { "mnt", CLONE_NEWNS },
		      { "pid", CLONE_NEWPID }, { "ipc", CLONE_NEWIPC },
		      { "uts", CLONE_NEWUTS }, { "cgroup", CLONE_NEWCGROUP },
		      { "net", CLONE_NEWNET } };
	int status = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		pid_t child = process_fork(0);
		if (!child)
			_exit(unshare(CLONE_NEWUSER | kinds[i].flag) ? errno : 0);
		if (child < 0 || waitpid(child, &status, 0) < 0)
			return NULL;
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
		if (errno == ENOSPC || errno == EUSERS)
			return kinds[i].name;
		/* A start does without a cgroup namespace where a filter refuses it. */
		if (errno && kinds[i].flag != CLONE_NEWCGROUP)
			return NULL;
	}
	return NULL;
}

void namespace_forbid_user(int proc)
{
	int limit = path_open(proc, USER_LIMIT, O_WRONLY, PATH_DIRECT);

	if (limit < 0 && (errno == EROFS || errno == EXDEV))
		die_hint(EXIT_SELFDOCK, "it is read-only or a mount here, as in containers",
			 "--no-userns cannot write '/proc/%s'", USER_LIMIT);
	if (limit < 0 || write(limit, "0", 1) != 1)
		die_errno("--no-userns cannot write '/proc/%s'", USER_LIMIT);
	close(limit);
}

pid_t namespace_fork(char *stack, int (*inner)(void *), void *argument, int *pidfd)
{
	pid_t pid = clone_tied(CLONE_VM | CLONE_PIDFD, stack, inner, argument, pidfd);

	if (pid > 0) /* the new process shares this errno */
		return pid;
	if (pid == -ENOMEM)
		die("the instance has ended");
	errno = -pid;
	die_errno("cannot start a process in the instance");
}

bool namespace_read(int proc, const char *process, struct namespaces *namespaces)
{
	struct kernel_statx user, net, cgroup = { 0 };

	if (!procfs_stat(proc, process, "ns/user", &user) ||
	    !procfs_stat(proc, process, "ns/net", &net) ||
	    (!procfs_stat(proc, process, "ns/cgroup", &cgroup) && errno != ENOENT))
		return false;
	*namespaces = (struct namespaces){ user.ino, net.ino, cgroup.ino };
	return true;
}

int namespace_open_user(int proc, const char *process, uid_t *owner, ino_t *parent)
{
	struct kernel_statx status;
	char link[32];

	text_format(link, sizeof link, "%s/ns/user", process);
	int fd = path_open_link(proc, link);
	if (fd < 0 || ioctl(fd, KERNEL_NS_GET_OWNER_UID, owner))
		return -1;
	int above = ioctl(fd, KERNEL_NS_GET_PARENT);
	*parent = path_stat(above, "", KERNEL_STATX_INO, &status) ? status.ino : 0;
	close(above);
	return fd;
}

/* A namespace that is the same must be left out. Joining one's own user namespace is an error.
 * Joining the host's network namespace, or the outer cgroup namespace, takes privilege over it. */
int namespace_join(int pidfd, const struct namespaces *own, const struct namespaces *theirs)
{
	int same = (own->user == theirs->user ? CLONE_NEWUSER : 0) |
		   (own->net == theirs->net ? CLONE_NEWNET : 0) |
		   (own->cgroup == theirs->cgroup ? CLONE_NEWCGROUP : 0);

	return setns(pidfd, (NAMESPACES | CLONE_NEWUSER | CLONE_NEWNET) & ~same);
}

void namespace_set_hostname(const char *name)
{
	if (sethostname(name, strlen(name)))
		die_errno("cannot set the host name '%s'", name);
}

void namespace_raise_loopback(void)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int any = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback))
		die_errno("cannot set the loopback interface up");
	close(any);
}
