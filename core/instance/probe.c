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
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/landlock.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

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

/* Returns a one-digit field of this process's status, or 0 if there is none. */
static char read_status(struct probe *probe, const char *field)
{
	char *status = procfs_status(AT_FDCWD, "/proc/self");

	if (!status)
		miss(probe, "/proc/self/status");
	return *procfs_field(status, field);
}

static enum probe_verdict look_at_kernel(struct probe *probe)
{
	struct utsname name;
	const char *rest;

	if (uname(&name))
		return miss(probe, "uname");
	uint64_t major = text_number(name.release, &rest, 10);
	uint64_t minor = *rest == '.' ? text_number(rest + 1, NULL, 10) : 0;
	if (major * 1000 + minor < 5012)
		return say(probe, PROBE_BAD, "Linux %s is too old; 5.12 or newer is needed",
			   name.release);
	return say(probe, PROBE_GOOD, "Linux %s; 5.12 or newer is needed", name.release);
}

static enum probe_verdict look_at_binary(struct probe *probe)
{
	struct statfs system;
	struct kernel_statx status;

	if (privilege_uid() == 0)
		return say(probe, PROBE_GOOD,
			   "the caller is root: owners and groups inside are those outside");
	if (!path_stat(AT_FDCWD, "/proc/self/exe", KERNEL_STATX_BASIC, &status) ||
	    statfs("/proc/self/exe", &system))
		return miss(probe, "/proc/self/exe");
	if (!(status.mode & S_ISUID))
		return say(probe, PROBE_NOTE,
			   "no setuid bit: the caller's own user namespaces are used, and other "
			   "owners appear as nobody inside");
	if (privilege_setuid() && status.uid == 0)
		return say(probe, PROBE_GOOD,
			   "setuid root: no policy on user namespaces of users matters, "
			   "and owners and groups are true inside");
	if (read_status(probe, "NoNewPrivs") == '1')
		return say(probe, PROBE_BAD,
			   "the setuid bit has no effect: NO_NEW_PRIVS is set, by a container, a "
			   "service manager or an instance around; start selfdock outside of it");
	if (status.uid)
		return say(probe, PROBE_BAD,
			   "the setuid bit has no effect: the binary belongs to uid %u; "
			   "chown it to root, and set the bit again",
			   status.uid);
	if (system.f_flags & ST_NOSUID)
		return say(probe, PROBE_BAD,
			   "the setuid bit has no effect: the binary is on a nosuid mount; "
			   "install it elsewhere, or mount that suid");
	return say(probe, PROBE_BAD,
		   "the setuid bit has no effect: the caller is traced, or in a user "
		   "namespace");
}

/* In a chroot into an ordinary directory, "/" is not the root of a mount. */
static bool is_chrooted(struct probe *probe)
{
	struct kernel_statx status = { .attributes_mask = 0 };

	if (!path_stat(AT_FDCWD, "/", 0, &status))
		miss(probe, "/");
	return status.attributes_mask & KERNEL_STATX_ATTR_MOUNT_ROOT &&
	       !(status.attributes & KERNEL_STATX_ATTR_MOUNT_ROOT);
}

static enum probe_verdict look_at_userns(struct probe *probe)
{
	bool user = privilege_uid() && !privilege_setuid();

	if (is_chrooted(probe))
		return say(probe, PROBE_BAD,
			   "this is a chroot, in which the kernel makes no user namespace "
			   "for anyone; start outside, with --rootfs");
	if (access("/proc/self/ns/user", F_OK) && !access("/proc/self/ns", F_OK))
		return say(probe, PROBE_BAD,
			   "the kernel has no user namespaces (CONFIG_USER_NS): only root "
			   "can start instances");
	if (read_setting(probe, "user/max_user_namespaces") == 0)
		return say(probe, PROBE_BAD,
			   "user.max_user_namespaces is 0; 'sysctl -w "
			   "user.max_user_namespaces=10000' allows them");
	if (user && read_setting(probe, "kernel/unprivileged_userns_clone") == 0)
		return say(probe, PROBE_BAD,
			   "kernel.unprivileged_userns_clone is 0, so users may make no user "
			   "namespaces; set it to 1, or install selfdock setuid root");
	if (user && read_setting(probe, "kernel/apparmor_restrict_unprivileged_userns") == 1)
		return say(probe, PROBE_SUSPECT,
			   "kernel.apparmor_restrict_unprivileged_userns is 1: load an AppArmor "
			   "profile that lets selfdock make user namespaces, or install it setuid "
			   "root");
	if (read_status(probe, "Seccomp") == '2')
		return say(
			probe, PROBE_SUSPECT,
			"a seccomp filter is in force that may refuse namespaces; a container or "
			"service that set it has to allow clone, unshare, mount and the like");
	return say(probe, PROBE_GOOD,
		   user ? "users may make user namespaces" : "the kernel has user namespaces");
}

static enum probe_verdict look_at_limits(struct probe *probe)
{
	static const char kinds[][8] = { "mnt", "pid", "ipc", "uts", "cgroup" };
	char name[40];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		text_format(name, sizeof name, "user/max_%s_namespaces", kinds[i]);
		if (read_setting(probe, name) == 0)
			return say(probe, PROBE_BAD,
				   "user.max_%s_namespaces is 0; 'sysctl -w "
				   "user.max_%s_namespaces=10000' allows them",
				   kinds[i], kinds[i]);
	}
	if (privilege_setuid())
		return say(probe, PROBE_NOTE,
			   "instances use up root's fs.inotify.max_user_instances and "
			   "user.max_*_namespaces: raise these to run many");
	return say(probe, PROBE_GOOD, "no kind of namespace is forbidden by a limit");
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
	if (procfs_hides(proc))
		return say(probe, PROBE_NOTE,
			   "it hides processes (hidepid): users find none of the instances "
			   "that were started with the setuid bit");
	return say(probe, PROBE_GOOD, "no part of it is covered");
}

static enum probe_verdict look_at_landlock(struct probe *probe)
{
	if (landlock_knows_scopes())
		return say(probe, PROBE_GOOD,
			   "scopes: no signal and no abstract socket leads outside");
	return say(probe, PROBE_NOTE,
		   "no scopes (they need Linux 6.12): abstract sockets of the host are in "
		   "reach unless --net none is given, and kill(0) and O_ASYNC are refused");
}

static enum probe_verdict look_at_terminal(struct probe *probe)
{
	if (read_setting(probe, "dev/tty/legacy_tiocsti") == 0)
		return say(probe, PROBE_GOOD,
			   "nobody can fake input into one (dev.tty.legacy_tiocsti is 0)");
	return say(probe, PROBE_NOTE,
		   "the kernel lets programs fake input (dev.tty.legacy_tiocsti); the filter "
		   "of each instance does not");
}

static const struct {
	char name[12];
	enum probe_verdict (*look)(struct probe *probe);
} facts[] = {
	{ "kernel", look_at_kernel },	  { "binary", look_at_binary },
	{ "userns", look_at_userns },	  { "limits", look_at_limits },
	{ "proc", look_at_proc },	  { "landlock", look_at_landlock },
	{ "terminal", look_at_terminal },
};

bool probe_next(struct probe *probe)
{
	if (probe->next == sizeof facts / sizeof *facts)
		return false;
	probe->name = facts[probe->next++].name;
	return true;
}

void probe_look(struct probe *probe)
{
	probe->missed = false;
	probe->verdict = facts[probe->next - 1].look(probe);
}

static bool warn_of(enum probe_verdict verdict)
{
	struct probe probe = { .next = 0 };
	bool found = false;

	while (probe_next(&probe)) {
		probe_look(&probe);
		if (probe.verdict == verdict) {
			warn("%s", probe.text);
			found = true;
		}
	}
	return found;
}

_Noreturn void probe_die(const char *hint, const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	warn_errno(hint, format, list);
	va_end(list);
	if (error == EPERM || error == EACCES || error == ENOSPC || error == EINVAL) {
		privilege_drop();
		if (!warn_of(PROBE_BAD))
			warn_of(PROBE_SUSPECT);
	}
	_exit(EXIT_SELFDOCK);
}
