/* SPDX-License-Identifier: ISC */
/*
 * Entering, step by step. One process joins the namespaces and becomes the monitor. Its child is
 * the first to be inside, and becomes the program.
 *
 *   find the instance, hold its pid 1, look at both as the caller
 *   raise privilege, if the user namespace is to be root's
 *   become the caller, keeping four capabilities: TO_JOIN
 *   prove that the instance is the caller's and ours
 *   join, prove what was joined
 *   drop every privilege but that over the instance
 *   for an instance inside it: join that as the kernel allows without privilege
 *   start the inner side, drop the rest, supervise
 *
 * The user namespace of a setuid instance is root's, so the kernel lets nobody else join it, and
 * the proof has to be made here. It rests on what the kernel tells and the caller cannot change.
 * The program has NO_NEW_PRIVS, no capability, and only the caller's ids, so it will never have
 * others. Its user namespace is owned by root and right below the caller's own. Only root can have
 * written its id maps, and selfdock writes these maps for this caller alone. The binary of the
 * monitor is compared, but proves nothing: a caller may adopt the child of another sandbox, and
 * stop a true monitor. All this is looked at while the pid is held, and the monitor is held before
 * it is read. The user namespace is compared after the join.
 */
#include "core/instance/join.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/cli/environment.h"
#include "core/cli/plan.h"
#include "core/instance/init.h"
#include "core/instance/instance.h"
#include "core/instance/probe.h"
#include "core/instance/program.h"
#include "core/instance/supervise.h"
#include "core/linux/idmap.h"
#include "core/linux/kernel.h"
#include "core/linux/namespace.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"

/* The capabilities to open and join namespaces of a user namespace that root owns, and to empty the
 * bounding set. */
#define TO_JOIN                                                                                    \
	(PRIVILEGE_CAP(SYS_ADMIN) | PRIVILEGE_CAP(SYS_CHROOT) | PRIVILEGE_CAP(SYS_PTRACE) |        \
	 PRIVILEGE_CAP(SETPCAP))

/* The pid 1 of an instance. */
struct target {
	struct procfs_process program;
	char process[16]; /* the name of the program in /proc */
	bool fakeroot;	  /* its user namespace shows the caller as root */
	int pidfd;
};

struct entering {
	const struct join_plan *plan;
	struct program program;
	int outer; /* pidfd of the process that stays outside */
	struct supervised supervised;
	char *directory; /* inside; if it is relative, START is before it */
	char *start;	 /* the directory that the monitor was started in */
};

/* The room for each of these. One byte more than the kernel takes: it refuses what does not fit. */
enum { ROOM = PATH_MAX + 1 };

static bool has_callers_ids(const struct procfs_process *process)
{
	for (int i = 0; i < 4; i++)
		if (process->uid[i] != privilege_uid() || process->gid[i] != privilege_gid())
			return false;
	return true;
}

/* Returns why a process may not be entered, whatever the kernel would allow, or NULL. */
static const char *find_fault(const struct procfs_process *program, bool fakeroot)
{
	uint64_t allowed = fakeroot || privilege_uid() == 0 ? PRIVILEGE_TO_BUILD : 0;

	if (!has_callers_ids(program))
		return "it has not finished starting, or has other ids than yours";
	if (!program->no_new_privs || program->permitted & ~allowed)
		return "it has not finished starting, or could gain privileges";
	if (program->innermost != 1 || program->ended)
		return "it has just ended";
	return NULL;
}

static const char no_monitor[] = "cannot enter '%s': no monitor of this selfdock binary runs it";

/* Holds the pid 1 of an instance, and then checks that it still is that. FAKEROOT: if its user
 * namespace shows the caller as root, that is by --fakeroot. */
static struct target hold(int proc, const struct procfs_process *found, bool fakeroot,
			  const char *word)
{
	struct target target = { .pidfd = (int)syscall(SYS_pidfd_open, found->pid, 0) };
	struct procfs_process monitor;
	struct kernel_statx file;
	char **words;

	text_format(target.process, sizeof target.process, "%d", found->pid);
	if (target.pidfd < 0 || !procfs_read(proc, found->pid, &target.program) ||
	    target.program.parent != found->parent || target.program.level != found->level ||
	    !procfs_read(proc, found->parent, &monitor))
		die("cannot enter '%s': it has just ended", word);
	target.fakeroot = fakeroot && idmap_shows_root(proc, target.process);
	const char *fault = find_fault(&target.program, target.fakeroot);
	if (fault)
		die("cannot enter '%s': %s", word, fault);
	/* A monitor will never have other ids. While its child is held, sudo could make any other
	 * process one of another user's that executes this binary. */
	if (!has_callers_ids(&monitor) || !monitor.no_new_privs)
		die(no_monitor, word);
	int count = procfs_read_words(proc, found->pid, &words);
	/* The files in /proc of a process that is not dumpable are root's: nobody else may look
	 * into it. An init is such a process. No start has its name, which is no applet's. A
	 * program may have it, but must pass all other checks, too. */
	if (!init_is_named(count, words) &&
	    (!procfs_stat(proc, target.process, "status", &file) || file.uid != privilege_uid()))
		die("cannot enter '%s': it has not finished starting, or its program is not "
		    "readable",
		    word);
	return target;
}

/* Returns the program of the outermost instance that PROGRAM is in. Each instance is one level
 * up. */
static struct procfs_process find_outermost(int proc, struct procfs_process program,
					    const char *word)
{
	struct procfs_process monitor;

	for (unsigned level = program.level - 1; level > 0; level--)
		if (!procfs_read(proc, program.parent, &monitor) ||
		    !procfs_read(proc, instance_enclosing(proc, monitor), &program) ||
		    program.level != level)
			die("cannot enter '%s': the instance around it is none of yours", word);
	return program;
}

static const char kept_apart[] = "the kernel keeps it apart from you; see selfdock-enter(1)";

static void check_it_runs(const struct target *target, const char *word)
{
	if (process_has_ended(target->pidfd))
		die("cannot enter '%s': it has just ended", word);
}

/* A file below /proc/PID was out of reach. */
static _Noreturn void refuse(const struct target *target, const char *word)
{
	check_it_runs(target, word);
	probe_die(PROBE_ENTER, kept_apart, "cannot enter '%s'", word);
}

/* Checks that the monitor executes this very binary; otherwise it has no instance. The caller may
 * not look at the binary of a setuid monitor, so this takes CAP_SYS_PTRACE there. It opens
 * nothing. */
static void check_binary(int proc, const struct target *target, const char *word)
{
	int same = procfs_compare_binary(proc, target->program.parent);

	if (same < 0)
		refuse(target, word);
	if (!same)
		die(no_monitor, word);
}

/* Proves and joins. Privilege is used only for a user namespace that root made for the caller, or
 * by root. All other cases are left to the kernel. Between privilege_raise and the join there are
 * at most 24 system calls, and no path outside /proc. START is where to note the directory of the
 * monitor, or NULL. */
static void join_outermost(int proc, const struct target *target, const char *word,
			   char start[PATH_MAX])
{
	bool marked = privilege_uid() == 0 || idmap_names_caller(proc, target->process);
	bool privileged = marked && privilege_available(TO_JOIN);
	struct namespaces own, theirs;
	struct kernel_statx joined;
	ino_t parent;
	uid_t owner;

	if (!namespace_read(proc, "self", &own))
		die_errno("cannot read '/proc/self/ns'");
	privilege_hide();
	if (!privileged) {
		privilege_drop();
	} else {
		privilege_raise(privilege_uid());
		privilege_narrow(TO_JOIN);
	}
	privilege_become_caller(privileged ? TO_JOIN : 0);
	check_binary(proc, target, word);
	/* Only the caller's own directory: the monitor was seen by hold, can never have other ids,
	 * and must still be the parent after the join. */
	if (start && !procfs_read_directory(proc, target->program.parent, start))
		refuse(target, word);

	int userns = namespace_open_user(proc, target->process, &owner, &parent);
	if (userns < 0 || !namespace_read(proc, target->process, &theirs))
		refuse(target, word);
	/* Without user namespaces, root's instances are in root's own user namespace. */
	if (owner != (privileged ? 0 : privilege_uid()) ||
	    (theirs.user == own.user ? privilege_uid() != 0 : parent != own.user))
		die("cannot enter '%s': its user namespace is not right below yours", word);

	if (namespace_join(target->pidfd, &own, &theirs))
		refuse(target, word);
	if (!procfs_stat(proc, "self", "ns/user", &joined) ||
	    joined.ino != path_identify(userns).inode)
		die("cannot enter '%s': it changed its user namespace meanwhile", word);
	close(userns);
	if (target->fakeroot)
		privilege_appear_as_root();
}

/* Joins from within the outermost instance, with no more rights than any program of the caller's
 * there. Files are now those of that instance: what they tell of policies proves nothing, and
 * opening one could take for ever. */
static void join_inner(int proc, const struct target *target, const char *word,
		       char start[PATH_MAX])
{
	struct namespaces own, theirs;

	privilege_become_caller(0);
	if ((start && !procfs_read_directory(proc, target->program.parent, start)) ||
	    !namespace_read(proc, "self", &own) ||
	    !namespace_read(proc, target->process, &theirs) ||
	    namespace_join(target->pidfd, &own, &theirs)) {
		check_it_runs(target, word);
		die_hint(EXIT_SELFDOCK, kept_apart, "cannot enter '%s'", word);
	}
	if (target->fakeroot)
		privilege_appear_as_root();
}

/* A command line may lie: it is the caller's own memory, and nothing is proved by it. The values
 * are overwritten, since all processes in the instance can read the command line of the process
 * that enters until that executes the program. The words must stay: ls recognises the process by
 * them. */
static void change_environment(struct options typed)
{
	while (options_next(&typed)) {
		environment_take(&typed);
		if (typed.option->key == 'e')
			memset(typed.values[1], '*', strlen(typed.values[1]));
	}
}

static bool has_fakeroot(struct options typed)
{
	while (options_next(&typed))
		if (!strcmp(typed.option->name, "fakeroot"))
			return true;
	return false;
}

/* What the start of the instance changed holds here, too. The record is overwritten soon. */
static void follow_record(struct entering *entering, const struct instance_record *record)
{
	const char *rootfs = record->rootfs ? record->rootfs : "/";
	const char *directory = record->directory;

	change_environment(record->typed);
	if (!directory)
		directory = rootfs[strspn(rootfs, "/")] ? "/" : ".";
	text_format(entering->directory, ROOM, "%s", strcmp(directory, ".") ? directory : "");
}

static void enter_directory(struct entering *entering)
{
	const char *typed = entering->plan->directory;
	char *directory = entering->directory, *start = entering->start;
	size_t length = strlen(start);

	if (*directory != '/') { /* as the start resolved it */
		text_format(start + length, ROOM - length, *directory ? "/%s" : "%s", directory);
		directory = start;
	}
	int fd = path_open(AT_FDCWD, directory, O_PATH | O_DIRECTORY, 0);
	if (fd < 0 || syscall(SYS_fchdir, fd))
		die_hint(EXIT_SELFDOCK, typed ? NULL : "-C / starts in '/'",
			 "cannot change to directory '%s' in the instance",
			 typed ? typed : directory);
}

static int inner(void *argument)
{
	struct entering *entering = argument;
	uint64_t keep = entering->program.keep;

	procfs_note_self(entering->supervised.proc, entering->supervised.process);
	privilege_tie(entering->outer);
	if (!privilege_bound(keep, keep))
		die_errno("cannot reduce the bounding set");
	enter_directory(entering);
	program_execute(&entering->program);
}

_Noreturn void join_run(const struct join_plan *plan, char **operands)
{
	static struct entering entering; /* the inner side uses it, too */
	struct supervised *supervised = &entering.supervised;
	struct instance found;
	const char *word = plan->instance;
	int proc = procfs_open(), monitor_pidfd;

	if (!instance_find(proc, word, &found, &monitor_pidfd))
		_exit(EXIT_SELFDOCK);
	privilege_look_for_root();
	entering.directory = memory_take(ROOM);
	entering.start = memory_take(ROOM);
	bool fakeroot = has_fakeroot(found.record.typed);
	if (!plan->fresh)
		follow_record(&entering, &found.record);
	change_environment(plan->typed);
	if (plan->directory || plan->fresh)
		text_format(entering.directory, ROOM, "/%s",
			    plan->directory ? plan->directory : "");
	struct procfs_process outermost = find_outermost(proc, found.program, word);
	/* Uid 0 of a user's namespace may have no other ids to show either. */
	bool user = privilege_uid();
	struct target target = hold(proc, &found.program, user || fakeroot, word);
	bool is_outermost = outermost.pid == target.program.pid;
	struct target outer = is_outermost ? target : hold(proc, &outermost, user, word);
	/* The program was found before it was held, but its monitor was held before. */
	if (process_has_ended(monitor_pidfd) || process_has_ended(target.pidfd))
		die("cannot enter '%s': it has just ended", word);
	process_lower_limits(target.program.pid);

	supervised->proc = proc;
	supervised->reports = -1;
	if (target.fakeroot)
		environment_set_default("APT_CONFIG", PLAN_APT_CONFIG);
	entering.plan = plan;
	entering.outer = (int)syscall(SYS_pidfd_open, getpid(), 0);
	entering.program.keep = target.program.permitted & target.program.bounding;
	entering.program.levels = target.program.level;
	entering.program.fakeroot = target.fakeroot;
	entering.program.scopes = plan->trace ? 0 : LANDLOCK_SIGNALS | LANDLOCK_SOCKETS;
	entering.program.supervised = supervised;
	program_choose(&entering.program, operands);
	supervise_prepare();
	if (entering.outer < 0)
		die_errno("cannot prepare to enter '%s'", word);
	char *stack = namespace_make_stack();

	char *start = *entering.directory == '/' ? NULL : entering.start;
	join_outermost(proc, &outer, word, is_outermost ? start : NULL);
	if (!is_outermost)
		join_inner(proc, &target, word, start);
	/* The monitor has been its parent until now, so that was no other's directory. */
	pid_t monitor = target.program.parent;
	if (!procfs_read(proc, target.program.pid, &target.program) ||
	    target.program.parent != monitor)
		die("cannot enter '%s': it has just ended", word);
	privilege_become_caller(entering.program.keep | PRIVILEGE_CAP(SETPCAP));
	/* Both have no privilege left but over the instance, and only the caller's ids. */
	supervised->pid = namespace_fork(stack, inner, &entering, &supervised->pidfd);
	privilege_drop_all();
	supervised->target = supervised->pidfd;
	supervise(supervised);
}
