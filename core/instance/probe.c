/* SPDX-License-Identifier: ISC */
/*
 * Probes: what the host allows, and which policy forbids it. They only read. selfdock-check prints
 * them all, and after a failure they name the cause.
 */
#include "core/instance/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/filter.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/landlock.h"
#include "core/linux/mountinfo.h"
#include "core/linux/namespace.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

/* A cause is looked for by a function that sets the text and returns PROBE_BAD or PROBE_SUSPECT, or
 * returns PROBE_GOOD. Then another function, which only selfdock-check needs, sets the text. */

/* Sets the text; returns the verdict. Nothing is good if a file that decides could not be read. */
__attribute__((format(printf, 3, 4))) static enum probe_verdict
say(struct probe *probe, enum probe_verdict verdict, const char *format, ...)
{
	va_list list;

	if (probe->missed && verdict < PROBE_SUSPECT)
		return PROBE_UNKNOWN;
	va_start(list, format);
	text_format_list(probe->text, sizeof probe->text, format, list);
	va_end(list);
	return verdict;
}

/* Notes that something cannot be looked at; errno says why. */
static enum probe_verdict miss(struct probe *probe, const char *what)
{
	probe->missed = true;
	return say(probe, PROBE_UNKNOWN, "cannot look at '%s': %s", what, strerror(errno));
}

/* Returns the number in a file below /proc/sys, or -1 if there is none. */
static long read_setting(struct probe *probe, const char *name)
{
	char path[64], text[32];

	text_format(path, sizeof path, "/proc/sys/%s", name);
	ssize_t length = procfs_read_text(AT_FDCWD, path, text, sizeof text);
	if (length > 0)
		return (long)text_number(text, NULL, 10);
	/* This kernel may lack the setting, but not the directory. */
	if (errno != ENOENT || access("/proc/sys/kernel", F_OK))
		miss(probe, path);
	return -1;
}

/* Returns a field of this process's status, or "" if there is none. */
static const char *read_status(struct probe *probe, const char *field)
{
	char *status = procfs_status(AT_FDCWD, "/proc/self");

	if (!status)
		miss(probe, "/proc/self/status");
	return procfs_field(status, field);
}

/* Whether this process is in a user namespace of an instance or a container. */
static bool is_inside(void)
{
	struct kernel_statx user;

	return procfs_stat(AT_FDCWD, "/proc/self", "ns/user", &user) &&
	       user.ino != KERNEL_USER_NS_INITIAL;
}

static enum probe_verdict describe_kernel(struct probe *probe)
{
	struct utsname name;

	uname(&name);
	return say(probe, PROBE_GOOD, "Linux %s; 5.12 or newer is needed", name.release);
}

static enum probe_verdict look_at_kernel(struct probe *probe)
{
	struct utsname name;

	if (uname(&name))
		return miss(probe, "uname");
	if (filter_kernel_is_old())
		return say(probe, PROBE_BAD, "Linux %s is too old; 5.12 or newer is needed",
			   name.release);
	return PROBE_GOOD;
}

/* Appends the names of those capabilities that an identity map takes, or the map of root alone, and
 * that the bounding set lacks. Without a status none is missing. */
static bool find_missing(struct probe *probe, char *names, size_t size)
{
	static const struct {
		char name[8];
		uint64_t bit;
	} needed[] = { { "SETFCAP", PRIVILEGE_CAP(SETFCAP) },
		       { "SETUID", PRIVILEGE_CAP(SETUID) },
		       { "SETGID", PRIVILEGE_CAP(SETGID) } };
	const char *set = read_status(probe, "CapBnd");
	uint64_t bounding = *set ? text_number(set, NULL, 16) : ~UINT64_C(0);
	size_t length = 0, count = privilege_uid() == 0 ? 1 : sizeof needed / sizeof *needed;

	for (size_t i = 0; i < count; i++)
		if (!(bounding & needed[i].bit))
			length += text_format(names + length, size - length, " CAP_%s",
					      needed[i].name);
	return length;
}

static enum probe_verdict describe_binary(struct probe *probe)
{
	if (privilege_uid() == 0)
		return say(probe, PROBE_GOOD,
			   "the caller is root: owners and groups inside are those outside");
	if (privilege_setuid())
		return say(probe, PROBE_GOOD,
			   "setuid root: no policy on user namespaces matters, and owners and "
			   "groups are true inside");
	return say(probe, PROBE_NOTE,
		   "no setuid bit: the caller's own user namespaces are used, and other owners "
		   "appear as nobody inside");
}

static enum probe_verdict look_at_binary(struct probe *probe)
{
	static const char inert[] = "the setuid bit has no effect: ";
	struct statfs system;
	struct kernel_statx status;
	char missing[40];

	bool root = privilege_uid() == 0;
	bool seen = path_stat(AT_FDCWD, "/proc/self/exe", KERNEL_STATX_BASIC, &status) &&
		    !statfs("/proc/self/exe", &system);
	if (!root && !seen)
		return miss(probe, "/proc/self/exe");
	bool effective = root || (!getauxval(AT_EUID) && status.uid == 0);
	if (effective && find_missing(probe, missing, sizeof missing))
		return say(probe, PROBE_BAD,
			   "the bounding set lacks%s, see capabilities(7): let the container or "
			   "service around allow that",
			   missing);
	if (effective || !(status.mode & S_ISUID))
		return PROBE_GOOD;
	/* First what holds for every process, since this one may have set NO_NEW_PRIVS itself. */
	if (system.f_flags & ST_NOSUID && is_inside())
		return say(probe, PROBE_NOTE,
			   "the setuid bit has no effect in an instance or container: your own "
			   "user namespaces are used");
	if (system.f_flags & ST_NOSUID)
		return say(probe, PROBE_BAD,
			   "%sthe binary is on a nosuid mount; install it elsewhere, or mount "
			   "that suid",
			   inert);
	if (status.uid && status.uid != PATH_NOBODY)
		return say(
			probe, PROBE_BAD,
			"%sthe binary belongs to uid %u; chown it to root, and set the bit again",
			inert, status.uid);
	if (!status.uid && *read_status(probe, "TracerPid") == '0' &&
	    *read_status(probe, "NoNewPrivs") == '1')
		return say(probe, PROBE_BAD,
			   "%sNO_NEW_PRIVS is set, as by a container, a service or an instance "
			   "around; start outside",
			   inert);
	return say(probe, PROBE_BAD, "%sthe caller is traced, or in a user namespace", inert);
}

/* In a chroot into an ordinary directory, "/" is not the root of a mount. A mount over the root is
 * like a chroot to what is below: there "/.." leads to the mount, and "/" does not. */
static bool is_chrooted(struct probe *probe)
{
	struct kernel_statx root, above;

	if (!path_stat(AT_FDCWD, "/", 0, &root) || !path_stat(AT_FDCWD, "/..", 0, &above)) {
		miss(probe, "/");
		return false;
	}
	return root.attributes_mask & ~root.attributes & KERNEL_STATX_ATTR_MOUNT_ROOT ||
	       root.mnt_id != above.mnt_id;
}

static enum probe_verdict look_at_userns(struct probe *probe)
{
	bool user = privilege_uid() && !privilege_setuid();

	if (is_chrooted(probe))
		return say(
			probe, PROBE_BAD,
			"this is a chroot, or a mount covers '/': no user namespace can be made; "
			"start outside, with --rootfs");
	if (access("/proc/self/ns", F_OK))
		miss(probe, "/proc/self/ns");
	else if (access("/proc/self/ns/user", F_OK))
		return say(probe, PROBE_BAD,
			   "the kernel has no user namespaces (CONFIG_USER_NS): only root "
			   "can start instances");
	if (user && read_setting(probe, "kernel/unprivileged_userns_clone") == 0)
		return say(probe, PROBE_BAD,
			   "kernel.unprivileged_userns_clone is 0: set it to 1 or, for all "
			   "but --fakeroot, install selfdock setuid root");
	if (user && read_setting(probe, "kernel/apparmor_restrict_unprivileged_userns") == 1)
		return say(probe, PROBE_SUSPECT,
			   "kernel.apparmor_restrict_unprivileged_userns is 1: load selfdock's "
			   "AppArmor profile or, for all but --fakeroot, install it setuid root");
	return PROBE_GOOD;
}

static enum probe_verdict describe_userns(struct probe *probe)
{
	return say(probe, PROBE_GOOD,
		   privilege_uid() && !privilege_setuid() ? "users may make user namespaces"
							  : "the kernel has user namespaces");
}

static enum probe_verdict describe_filter(struct probe *probe)
{
	const char *call = filter_find(EPERM, false);

	if (call)
		return say(probe, PROBE_BAD, FILTER_REFUSES, call);
	return say(probe, PROBE_GOOD, "no filter refuses a system call of a start");
}

static enum probe_verdict look_at_limits(struct probe *probe)
{
	const char *kind = namespace_find_full();
	char name[40];

	if (!kind && errno)
		return miss(probe, "namespaces");
	text_format(name, sizeof name, "user/max_%s_namespaces", kind ? kind : "");
	long limit = kind ? read_setting(probe, name) : 0;
	if (limit < 0)
		return PROBE_UNKNOWN;
	/* What the caller has used up does not matter there. */
	if (kind && (!privilege_setuid() || !limit)) {
		enum probe_verdict verdict = strcmp(kind, "net") ? PROBE_BAD : PROBE_SUSPECT;
		name[4] = '.';
		if (limit == INT32_MAX) /* that of a new user namespace */
			return say(probe, verdict,
				   "%s is reached in a user namespace around: raise it there",
				   name);
		if (!limit && !strcmp(kind, "user") && is_inside())
			return say(probe, verdict, "%s is 0 here, as by --no-userns: start outside",
				   name);
		return say(probe, verdict,
			   "%s is %d, and reached: raise it by 'sysctl -w %s=NUMBER'", name,
			   (int)limit, name);
	}
	return PROBE_GOOD;
}

static enum probe_verdict describe_limits(struct probe *probe)
{
	if (privilege_setuid())
		return say(probe, PROBE_NOTE,
			   "instances use up root's fs.inotify.max_user_instances and "
			   "user.max_*_namespaces: raise these to run many");
	return say(probe, PROBE_GOOD, "no limit on namespaces is reached");
}

/* Returns the path of a mount in /proc that keeps the kernel from mounting a new procfs, or NULL. A
 * mount on a directory that is always empty does not. */
static const char *find_cover(struct mountinfo *mounts, int proc)
{
	uint64_t mount = path_identify_mount(proc).mount;

	mountinfo_read(mounts, proc);
	for (size_t i = 0; i < mounts->count; i++) {
		const char *path = mountinfo_path(mounts, &mounts->entries[i]);
		if (mounts->entries[i].parent == mount &&
		    strcmp(path, "/proc/sys/fs/binfmt_misc") && strcmp(path, "/proc/fs/nfsd"))
			return path;
	}
	return NULL;
}

static enum probe_verdict look_at_proc(struct probe *probe)
{
	int proc = path_find_proc();
	char self[16];

	if (proc < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return miss(probe, "/proc");
	if (proc < 0)
		return say(probe, PROBE_BAD,
			   "no proc file system at '/proc', 'mount -t proc proc /proc' mounts it");
	if (readlinkat(proc, "self", self, sizeof self) <= 0)
		return say(probe, PROBE_BAD, "/proc is of another pid namespace; mount a new one");
	const char *cover = find_cover(memory_take(sizeof(struct mountinfo)), proc);
	if (cover)
		return say(
			probe, PROBE_SUSPECT,
			"'%.*s' is covered, as in containers, so the kernel refuses a new /proc; "
			"use --proc host or --proc none",
			128, cover);
	return PROBE_GOOD;
}

static enum probe_verdict describe_proc(struct probe *probe)
{
	if (procfs_hides(path_open_proc()))
		return say(probe, PROBE_NOTE,
			   "it hides processes (hidepid): users find none of their setuid "
			   "instances");
	return say(probe, PROBE_GOOD, "no part of it is covered");
}

static enum probe_verdict describe_landlock(struct probe *probe)
{
	if (landlock_knows_scopes())
		return say(probe, PROBE_GOOD,
			   "scopes: no signal and no abstract socket leads outside");
	return say(probe, PROBE_NOTE,
		   "no scopes, as before Linux 6.12 or by a filter around: the host's abstract "
		   "sockets are in reach without --net none; kill(0) and O_ASYNC are refused");
}

static enum probe_verdict describe_terminal(struct probe *probe)
{
	if (read_setting(probe, "dev/tty/legacy_tiocsti") == 0)
		return say(probe, PROBE_GOOD,
			   "nobody can fake input into one (dev.tty.legacy_tiocsti is 0)");
	return say(probe, PROBE_NOTE,
		   "the kernel lets programs fake input (dev.tty.legacy_tiocsti); the filter "
		   "of each instance does not");
}

/* Returns how many processes and threads of the caller /proc shows. */
static uint64_t count_processes(int proc)
{
	struct path_listing list = procfs_list(proc);
	char process[16];
	uint64_t count = 0;
	pid_t pid;

	while ((pid = procfs_next(&list))) {
		text_format(process, sizeof process, "%d", pid);
		char *status = procfs_status(proc, process);
		if (text_number(procfs_field(status, "Uid"), NULL, 10) == privilege_uid())
			count += text_number(procfs_field(status, "Threads"), NULL, 10);
	}
	close(list.fd);
	return count;
}

const char *probe_processes(void)
{
	struct rlimit limit;

	/* Root is not limited, and with the setuid bit root makes the process. */
	if (prlimit(0, RLIMIT_NPROC, NULL, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    privilege_setuid() || privilege_uid() == 0)
		return "pids.max of a cgroup, kernel.threads-max or kernel.pid_max is reached";
	if (count_processes(path_open_proc()) >= limit.rlim_cur)
		return "ulimit -u is reached";
	return "ulimit -u, or pids.max of a cgroup, is reached";
}

/* The causes, and then the other facts. What a filter refuses, each message of a failed call
 * tells. */
enum { KERNEL, USERNS, BINARY, LIMITS, PROC, CAUSES, FILTER = CAUSES, LANDLOCK, TERMINAL };

/* A table of functions would cost 32 bytes for each of them. */
static enum probe_verdict look_at(size_t cause, struct probe *probe)
{
	switch (cause) {
	case KERNEL:
		return look_at_kernel(probe);
	case USERNS:
		return look_at_userns(probe);
	case BINARY:
		return look_at_binary(probe);
	case LIMITS:
		return look_at_limits(probe);
	case PROC:
		return look_at_proc(probe);
	}
	return PROBE_GOOD;
}

static enum probe_verdict describe(size_t fact, struct probe *probe)
{
	switch (fact) {
	case KERNEL:
		return describe_kernel(probe);
	case USERNS:
		return describe_userns(probe);
	case BINARY:
		return describe_binary(probe);
	case LIMITS:
		return describe_limits(probe);
	case PROC:
		return describe_proc(probe);
	case FILTER:
		return describe_filter(probe);
	case LANDLOCK:
		return describe_landlock(probe);
	}
	return describe_terminal(probe);
}

bool probe_next(struct probe *probe)
{
	static const char names[][9] = { "kernel", "userns", "binary",	 "limits",
					 "proc",   "filter", "landlock", "terminal" };

	if (probe->next == sizeof names / sizeof *names)
		return false;
	probe->name = names[probe->next++];
	return true;
}

void probe_look(struct probe *probe)
{
	size_t fact = probe->next - 1;

	probe->missed = false;
	probe->verdict = look_at(fact, probe);
	if (probe->verdict == PROBE_GOOD)
		probe->verdict = describe(fact, probe);
}

static bool warn_of(enum probe_step step, enum probe_verdict verdict)
{
	/* What each cause keeps from working. */
	static const unsigned char steps[CAUSES] = {
		[KERNEL] = 0xff,
		[USERNS] = PROBE_CLONE,
		[BINARY] = PROBE_CLONE | PROBE_MAPS | PROBE_ENTER,
		[LIMITS] = PROBE_LIMITS,
		[PROC] = PROBE_PROC,
	};
	struct probe probe = { .next = 0 };
	bool found = false;

	for (size_t i = 0; i < CAUSES; i++)
		if (steps[i] & step && look_at(i, &probe) == verdict) {
			warn("%s", probe.text);
			found = true;
		}
	return found;
}

_Noreturn void probe_die(enum probe_step step, const char *hint, const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	warn_errno(hint, format, list);
	va_end(list);
	if (error == EPERM || error == EACCES || error == ENOSPC || error == EUSERS ||
	    error == EINVAL) {
		privilege_drop();
		if (!warn_of(step, PROBE_BAD))
			warn_of(step, PROBE_SUSPECT);
	}
	_exit(EXIT_SELFDOCK);
}
