/* SPDX-License-Identifier: ISC */
/*
 * A start, step by step. Two processes: the outer one makes the namespaces, writes the id maps and
 * becomes the monitor; the inner one builds the view and becomes the program. They share their
 * memory until the inner one executes the program, so that no page table is copied.
 *
 *   outer                              inner
 *   make a stack, raise privilege
 *   clone, as real root                reduce capabilities
 *   wait                               tell its name in /proc, "prepared"
 *   write the maps                     wait
 *   drop every privilege, verify       ...
 *   "mapped"                           become the caller
 *   with an init, hold the program     build the view, enter it
 *   supervise                          ...
 *                                      harden, drop the rest, verify
 *                                      with an init, fork, execute that
 *                                      execute the program
 *
 * The left column is privileged from "raise" to "drop", and the right one until "become the
 * caller". These are at most 24 system calls, and none takes a path that the caller chose.
 *
 * The two sides share errno with their memory. So until the inner side has only its last step left,
 * the outer one makes no call that may fail, except on its way to exit. In that step a wrong errno
 * can only make the start fail. Nothing allocates.
 *
 * With an init, and with --fakeroot, each side has a memory of its own. With --fakeroot there is no
 * privilege in the left column, and the caller's ids are 0 in the right one.
 */
#include "core/instance/start.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/instance/detach.h"
#include "core/instance/instance.h"
#include "core/instance/probe.h"
#include "core/instance/program.h"
#include "core/instance/supervise.h"
#include "core/linux/binary.h"
#include "core/linux/idmap.h"
#include "core/linux/mount.h"
#include "core/linux/namespace.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"
#include "core/view/defaults.h"
#include "core/view/rootfs.h"

static const char nested[] = "no instance starts inside one of root's or with --proc host";

struct start {
	const struct plan *plan;
	struct program program;
	struct init init;
	int outer;    /* pidfd of the outer process */
	char *stack;  /* of the inner process */
	int prepared; /* eventfd: inner to outer */
	bool userns;  /* there is a new user namespace */
	int mapped;   /* eventfd: outer to inner */
	struct supervised supervised;
};

static void event_post(int event)
{
	if (eventfd_write(event, 1))
		die_errno("cannot reach the other side of the start");
}

/* Waits for the event. Returns false if the process behind PIDFD ended before it. */
static bool event_wait(int event, int pidfd)
{
	struct pollfd both[] = { { event, POLLIN, 0 }, { pidfd, POLLIN, 0 } };

	if (poll(both, 2, -1) < 0)
		die_errno("cannot reach the other side of the start");
	return !both[1].revents;
}

static int inner(void *argument)
{
	static struct view view; /* large: only the pages in use take memory */
	struct start *start = argument;
	const struct plan *plan = start->plan;
	/* Capabilities over the new namespaces alone. All but those to keep are given up before the
	 * program runs. SYS_CHROOT: in an initramfs the view becomes the root by chroot. */
	uint64_t setup = PRIVILEGE_CAP(SYS_ADMIN) | PRIVILEGE_CAP(SYS_CHROOT) |
			 start->program.keep | (plan->netns ? PRIVILEGE_CAP(NET_ADMIN) : 0);
	uint64_t limit = start->userns && plan->no_userns ? PRIVILEGE_CAP(SYS_RESOURCE) : 0;

	if (plan->fakeroot)
		privilege_appear_as_root();
	procfs_note_self(start->supervised.proc, start->supervised.process);
	privilege_narrow(setup | limit);
	event_post(start->prepared);
	if (!event_wait(start->mapped, start->outer))
		_exit(EXIT_SELFDOCK);

	privilege_become_caller(setup | limit | PRIVILEGE_CAP(SETPCAP));
	start->program.keep = start->userns ? start->program.keep : 0;
	privilege_tie(start->outer);
	if (!start->userns)
		warn("no user namespace can be made here: starting without one");
	if (plan->no_userns)
		namespace_forbid_user(start->supervised.proc);
	if (!privilege_bound(setup, start->program.keep))
		die_errno("cannot reduce the bounding set");
	if (mount_make_private())
		die_hint(EXIT_SELFDOCK, mount_find_obstacle(), "cannot make the mounts private");
	if (plan->netns)
		namespace_raise_loopback();
	if (plan->hostname)
		namespace_set_hostname(plan->hostname);
	if (plan->init)
		start->init.binary = binary_clone(start->supervised.proc, view.path);
	if (!plan->rootfs)
		start->program.binary = binary_clone(start->supervised.proc, view.path);
	if (!view_begin(&view, plan, start->supervised.proc))
		probe_die(PROBE_PROC, mount_find_obstacle(), "cannot mount '/proc'");
	/* A failure from here on is not due to the host's policy. */
	program_look(&start->program, plan_shows_host(plan));
	if (plan_shows_host(plan)) {
		start->program.mounts = &view.mounts;
		view.wanted = start->program.outside;
	}
	rootfs_enter(&view, start->userns);
	program_execute(&start->program);
}

/* The clone failed; ERROR says why. */
static _Noreturn void refuse(int error)
{
	bool full = error == ENOSPC || error == EUSERS;
	const char *limit = NULL;

	privilege_drop();
	if (error == EAGAIN)
		limit = probe_processes();
	else if (full && privilege_setuid())
		limit = "one of root's limits user.max_*_namespaces is reached";
	errno = error;
	probe_die(full ? PROBE_LIMITS : PROBE_CLONE, limit,
		  "cannot make the namespaces of an instance");
}

/* Returns if the inner side, which has said why, is about to end. To wait with privilege is safe:
 * before "mapped" neither side follows a path of the caller's. */
static void refuse_maps(int pidfd)
{
	int error = errno;
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	if (poll(&end, 1, 200) > 0)
		return;
	errno = error;
	probe_die(PROBE_MAPS, errno == EROFS ? nested : NULL, "cannot write the id maps");
}

/* Whether the two sides share all memory. An init lives on in its own, and with --fakeroot each
 * side has other ids for the caller. */
static bool shares_memory(const struct plan *plan)
{
	return !plan->init && !plan->fakeroot;
}

/* Returns memory that is shared with the inner side: because all memory is, or by a mapping. */
static struct start *allocate(const struct plan *plan)
{
	static struct start start; /* the inner side uses it, too */

	if (shares_memory(plan))
		return &start;
	void *memory =
		mmap(NULL, sizeof start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die_errno("cannot prepare a start");
	return memory;
}

/* Prepares what a start needs before there is any privilege or another process. */
static struct start *prepare(const struct plan *plan, int proc, char **operands)
{
	struct start *start = allocate(plan);

	start->plan = plan;
	start->userns = true; /* until the clone says otherwise */
	start->program.levels = 1;
	start->program.scopes = LANDLOCK_SIGNALS | (plan->abstract_sockets ? 0 : LANDLOCK_SOCKETS);
	start->program.init = plan->init ? &start->init : NULL;
	start->program.supervised = &start->supervised;
	program_choose(&start->program, operands);
	supervise_prepare();
	start->stack = namespace_make_stack();
	start->prepared = eventfd(0, EFD_CLOEXEC);
	start->mapped = eventfd(0, EFD_CLOEXEC);
	start->outer = (int)syscall(SYS_pidfd_open, getpid(), 0);
	start->supervised.is_pid1 = !plan->init;
	start->supervised.proc = proc;
	start->supervised.reports = -1;
	if (plan->init)
		init_prepare(&start->init);
	if (start->prepared < 0 || start->mapped < 0 || start->outer < 0)
		die_errno("cannot prepare a start");
	return start;
}

static _Noreturn void print_plan(const struct plan *plan, char **operands)
{
	struct defaults *defaults = memory_take(sizeof *defaults);
	struct program program;

	privilege_drop();
	defaults_find(defaults, plan, path_find_proc());
	const char *directory = plan_shows_host(plan) ? defaults->cwd : "/";
	program_choose(&program, operands);
	program_foresee(&program, plan->rootfs);
	plan_print(plan, defaults->binds, defaults->count,
		   plan->directory ? plan->directory : directory, program.words);
	if (!text_flush())
		die_errno("cannot write to standard output");
	exit(0);
}

_Noreturn void start_run(const struct plan *plan, char **operands)
{
	if (plan->dry_run)
		print_plan(plan, operands);
	if (plan->fakeroot && privilege_setuid())
		privilege_renounce();
	privilege_look_for_root();
	int proc = plan->name ? procfs_open() : path_open_proc();

	if (plan->name)
		instance_claim(proc, plan->name);
	if (plan->detach)
		detach(plan->log);

	struct start *start = prepare(plan, proc, operands);
	struct supervised *supervised = &start->supervised;
	int flags = (plan->netns ? CLONE_NEWNET : 0) | (shares_memory(plan) ? CLONE_VM : 0);
	enum idmap map = privilege_available(PRIVILEGE_TO_MAP) ? IDMAP_IDENTITY : IDMAP_CALLER;
	if (map != IDMAP_IDENTITY && privilege_setuid()) {
		errno = EPERM; /* not setuid root, or capabilities are lacking */
		probe_die(PROBE_MAPS, NULL, "cannot act as root");
	}
	if (plan->fakeroot)
		map = IDMAP_ROOT;
	if (plan->fakeroot || (plan->writable && map == IDMAP_IDENTITY && privilege_uid() == 0))
		start->program.keep = plan->rootfs ? PRIVILEGE_TO_BUILD : PRIVILEGE_TO_UNPACK;
	start->program.fakeroot = plan->fakeroot;

	privilege_raise(0);
	supervised->pid = namespace_clone(proc, flags, start->stack, inner, start,
					  &supervised->pidfd, &start->userns);
	if (supervised->pid < 0)
		refuse(-supervised->pid);
	privilege_raise(privilege_uid());
	bool prepared = event_wait(start->prepared, supervised->pidfd);
	if (prepared && start->userns && !idmap_write(proc, supervised->process, map))
		refuse_maps(supervised->pidfd);
	/* Before "mapped": from then on the inner side follows the caller's paths in this
	 * memory. */
	privilege_drop_all();
	/* There the program is in the monitor's user namespace, and may see it by --proc host. */
	if (!start->userns)
		privilege_hide();
	/* Without a user namespace the limit would be the host's. */
	if ((plan->no_userns || plan->fakeroot) && !start->userns)
		die("%s needs a user namespace, and none can be made here",
		    plan->fakeroot ? "--fakeroot" : "--no-userns");
	if (prepared)
		event_post(start->mapped);

	if (plan->die_with_parent) {
		privilege_tie(-1);
		/* The inner side cannot ask this: it is always 0 there. */
		if (getppid() != plan->parent)
			_exit(EXIT_SELFDOCK);
	}
	supervised->target = supervised->pidfd;
	if (!plan->init)
		supervise(supervised);
	struct supervised own;
	init_adopt(&start->init, supervised, &own);
	supervise(&own);
}
