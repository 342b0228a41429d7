/* SPDX-License-Identifier: ISC */
/*
 * A start, step by step. Two processes: the outer one makes the namespaces,
 * writes the id maps and becomes the monitor; the inner one builds the view
 * and becomes the program. They share their memory until the inner one
 * executes the program, so that no page table is copied.
 *
 *   outer                              inner
 *   raise privilege
 *   clone                              reduce capabilities
 *   wait                               tell its name in /proc, "prepared"
 *   write the maps                     wait
 *   "mapped"                           become the caller
 *   drop every privilege               build the view, enter it
 *   supervise                          ...
 *                                      harden, drop the rest, verify
 *                                      execute the program
 *
 * Privileged are the left column from "raise" to "drop" and the right one
 * down to "become the caller": at most 20 system calls, and none takes a path
 * that the caller chose.
 *
 * Sharing memory means sharing errno: until the program is executed the outer
 * side makes no call that may fail, but on its way to exit. Nothing allocates.
 */
#include "core/instance.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/census.h"
#include "core/detach.h"
#include "core/error.h"
#include "core/idmap.h"
#include "core/mount.h"
#include "core/namespace.h"
#include "core/path.h"
#include "core/privilege.h"
#include "core/program.h"
#include "core/rootfs.h"
#include "core/supervise.h"

struct start {
	const struct plan *plan;
	struct program program;
	int proc;      /* the outer /proc */
	int outer;     /* pidfd of the outer process */
	int prepared;  /* eventfd: inner to outer */
	bool userns;   /* there is a new user namespace */
	int mapped;    /* eventfd: outer to inner */
	char name[16]; /* of the inner process in the outer /proc */
	struct supervised supervised;
};

static void tell(int event)
{
	uint64_t one = 1;

	if (write(event, &one, sizeof one) != sizeof one)
		die_errno("cannot tell the other side of the start");
}

/* Waits for the event; false if the process behind PIDFD ended before it. */
static bool await(int event, int pidfd)
{
	struct pollfd both[] = { { .fd = event, .events = POLLIN },
				 { .fd = pidfd, .events = POLLIN } };

	if (poll(both, 2, -1) < 0)
		die_errno("cannot wait for the other side of the start");
	return !both[1].revents;
}

/* Its name in the outer /proc, which need not be of the outer pid namespace:
 * asked in the inner process, the right one by construction. */
static void note_name(struct start *start)
{
	ssize_t length = readlinkat(start->proc, "self", start->name, sizeof start->name - 1);

	if (length <= 0)
		die_errno("cannot find the instance in '/proc'; is it of another pid namespace?");
	start->name[length] = '\0';
}

static int inner(void *argument)
{
	struct start *start = argument;
	const struct plan *plan = start->plan;
	uint64_t setup = PRIVILEGE_CAP(SYS_ADMIN) | start->program.keep |
			 (plan->netns ? PRIVILEGE_CAP(NET_ADMIN) : 0);

	note_name(start);
	privilege_narrow(setup);
	tell(start->prepared);
	if (!await(start->mapped, start->outer))
		_exit(EXIT_SELFDOCK);

	start->program.keep = start->userns ? start->program.keep : 0;
	privilege_become_caller(setup | PRIVILEGE_CAP(SETPCAP));
	privilege_tie();
	/* An outer process that ended before this one was tied to it: gone. */
	if (!await(start->mapped, start->outer))
		_exit(EXIT_SELFDOCK);
	privilege_bound(setup, start->program.keep);
	mount_make_private();
	if (plan->netns)
		namespace_raise_loopback();
	namespace_set_hostname(plan->hostname);
	rootfs_enter(plan, start->proc, start->userns);
	program_execute(&start->program);
}

_Noreturn void instance_run(const struct plan *plan, int count, char **operands)
{
	static struct start start;

	start.proc = plan->name ? procfs_open() : path_open_proc();
	if (plan->name)
		census_claim(start.proc, plan->name);
	if (plan->detach)
		detach();
	bool identity = privilege_available();

	start.plan = plan;
	start.program.words = program_choose(count, operands);
	start.program.levels = 1;
	start.program.started = &start.supervised.started;
	if (plan->writable && identity && privilege_uid() == 0)
		start.program.keep = PRIVILEGE_TO_BUILD;
	start.prepared = eventfd(0, EFD_CLOEXEC);
	start.mapped = eventfd(0, EFD_CLOEXEC);
	start.outer = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (start.prepared < 0 || start.mapped < 0 || start.outer < 0)
		die_errno("cannot prepare a start");

	privilege_raise();
	pid_t pid =
		namespace_clone(plan->netns, inner, &start, &start.supervised.pidfd, &start.userns);
	if (pid < 0) {
		int error = errno;
		privilege_drop();
		namespace_explain(error);
	}
	if (await(start.prepared, start.supervised.pidfd)) {
		if (start.userns)
			idmap_write(start.proc, start.name, identity);
		tell(start.mapped);
	}
	privilege_drop_all();

	start.supervised.pid = pid;
	start.supervised.proc = start.proc;
	start.supervised.name = start.name;
	supervise(&start.supervised);
}
