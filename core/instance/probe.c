/* SPDX-License-Identifier: ISC */
/*
 * Probes: what the host allows, and which policy forbids it. They read, and change
 * nothing: selfdock-check prints them all, and after a failure they name the cause.
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
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/landlock.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

char probe_text[512];

__attribute__((format(printf, 2, 3))) static enum probe_verdict say(enum probe_verdict verdict,
								    const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_format_list(probe_text, sizeof probe_text, format, list);
	va_end(list);
	return verdict;
}

/* The number in a file below /proc/sys, or -1 where there is none. */
static long read_setting(const char *name)
{
	char path[64], text[32];

	text_format(path, sizeof path, "/proc/sys/%s", name);
	ssize_t length = procfs_read_text(AT_FDCWD, path, text, sizeof text);
	return length > 0 ? (long)text_number(text, NULL, 10) : -1;
}

/* A field of this process's status that is one digit, or 0 where there is none. */
static char read_status(const char *field)
{
	return *procfs_field(procfs_status(AT_FDCWD, "/proc/self"), field);
}

static enum probe_verdict look_at_kernel(void)
{
	struct utsname name;
	const char *rest;

	uname(&name);
	uint64_t major = text_number(name.release, &rest, 10);
	uint64_t minor = *rest == '.' ? text_number(rest + 1, NULL, 10) : 0;
	if (major * 1000 + minor < 5012)
		return say(PROBE_BAD, "Linux %s is too old; 5.12 or newer is needed", name.release);
	return say(PROBE_GOOD, "Linux %s; 5.12 or newer is needed", name.release);
}

static enum probe_verdict look_at_binary(void)
{
	struct statfs system;
	struct kernel_statx status;

	if (privilege_uid() == 0)
		return say(PROBE_GOOD,
			   "the caller is root: owners and groups inside are those outside");
	if (!path_stat(AT_FDCWD, "/proc/self/exe", KERNEL_STATX_BASIC, &status) ||
	    statfs("/proc/self/exe", &system))
		return say(PROBE_NOTE, "the binary cannot be looked at through /proc/self/exe");
	if (!(status.mode & S_ISUID))
		return say(PROBE_NOTE, "no setuid bit: user namespaces of the caller's own do, in "
				       "which other owners appear as nobody");
	if (privilege_setuid() && status.uid == 0)
		return say(PROBE_GOOD,
			   "setuid root: no policy on user namespaces of users matters, "
			   "and owners and groups are true inside");
	if (read_status("NoNewPrivs") == '1')
		return say(PROBE_BAD,
			   "the setuid bit has no effect: NO_NEW_PRIVS is set, by a container, a "
			   "service manager or an instance around; start selfdock outside of it");
	if (status.uid)
		return say(PROBE_BAD,
			   "the setuid bit has no effect: the binary belongs to uid %u; "
			   "chown it to root, and set the bit again",
			   status.uid);
	if (system.f_flags & ST_NOSUID)
		return say(PROBE_BAD,
			   "the setuid bit has no effect: the binary is on a nosuid mount; "
			   "install it elsewhere, or mount that suid");
	return say(PROBE_BAD, "the setuid bit has no effect: the caller is traced, or in a user "
			      "namespace");
}

/* In a chroot into a directory that is no mount, "/" is none. */
static bool is_chrooted(void)
{
	struct kernel_statx status;

	return path_stat(AT_FDCWD, "/", 0, &status) &&
	       status.attributes_mask & KERNEL_STATX_ATTR_MOUNT_ROOT &&
	       !(status.attributes & KERNEL_STATX_ATTR_MOUNT_ROOT);
}

static enum probe_verdict look_at_userns(void)
{
	bool user = privilege_uid() && !privilege_setuid();

	if (is_chrooted())
		return say(PROBE_BAD,
			   "this is a chroot, in which the kernel makes no user namespace "
			   "for anyone; start outside, with --rootfs");
	if (access("/proc/self/ns/user", F_OK) && !access("/proc/self/ns", F_OK))
		return say(PROBE_BAD,
			   "the kernel has no user namespaces (CONFIG_USER_NS): only root "
			   "can start instances");
	if (read_setting("user/max_user_namespaces") == 0)
		return say(PROBE_BAD, "user.max_user_namespaces is 0; 'sysctl -w "
				      "user.max_user_namespaces=10000' allows them");
	if (user && read_setting("kernel/unprivileged_userns_clone") == 0)
		return say(PROBE_BAD,
			   "kernel.unprivileged_userns_clone is 0, so users may make no user "
			   "namespaces; set it to 1, or install selfdock setuid root");
	if (user && read_setting("kernel/apparmor_restrict_unprivileged_userns") == 1)
		return say(PROBE_SUSPECT,
			   "kernel.apparmor_restrict_unprivileged_userns is 1: load an AppArmor "
			   "profile that lets selfdock make user namespaces, or install it setuid "
			   "root");
	if (read_status("Seccomp") == '2')
		return say(
			PROBE_SUSPECT,
			"a seccomp filter is in force that may refuse namespaces; a container or "
			"service that set it has to allow clone, unshare, mount and the like");
	return say(PROBE_GOOD,
		   user ? "users may make user namespaces" : "the kernel has user namespaces");
}

static enum probe_verdict look_at_limits(void)
{
	static const char kinds[][8] = { "mnt", "pid", "ipc", "uts", "cgroup" };
	char name[40];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		text_format(name, sizeof name, "user/max_%s_namespaces", kinds[i]);
		if (read_setting(name) == 0)
			return say(PROBE_BAD,
				   "user.max_%s_namespaces is 0; 'sysctl -w "
				   "user.max_%s_namespaces=10000' allows them",
				   kinds[i], kinds[i]);
	}
	if (privilege_setuid())
		return say(PROBE_NOTE,
			   "what instances take of fs.inotify.max_user_instances and "
			   "user.max_*_namespaces is charged to root: raise these for many");
	return say(PROBE_GOOD, "no kind of namespace is forbidden by a limit");
}

/* A mount in /proc that keeps the kernel from mounting a new one, or NULL: those on
 * directories that are always empty do not. */
static const char *find_cover(int proc)
{
	const struct mountinfo_entry *mounts;
	uint64_t mount = path_identify_mount(proc).mount;
	size_t count = mountinfo_read(proc, &mounts);

	for (size_t i = 0; i < count; i++)
		if (mounts[i].parent == mount &&
		    strcmp(mounts[i].path, "/proc/sys/fs/binfmt_misc") &&
		    strcmp(mounts[i].path, "/proc/fs/nfsd"))
			return mounts[i].path;
	return NULL;
}

static enum probe_verdict look_at_proc(void)
{
	int proc = path_find_proc();
	char self[16];

	if (proc < 0)
		return say(PROBE_BAD,
			   "no proc file system at '/proc', 'mount -t proc proc /proc' mounts it");
	if (readlinkat(proc, "self", self, sizeof self) <= 0)
		return say(PROBE_BAD, "/proc is of another pid namespace; mount a new one");
	const char *cover = find_cover(proc);
	if (cover)
		return say(
			PROBE_SUSPECT,
			"'%.*s' is covered, as containers do it, and then the kernel refuses a new "
			"/proc; --proc host or none does without",
			128, cover);
	if (procfs_hides(proc))
		return say(PROBE_NOTE,
			   "it hides processes (hidepid): users find none of the instances "
			   "that were started with the setuid bit");
	return say(PROBE_GOOD, "it is whole");
}

static enum probe_verdict look_at_landlock(void)
{
	if (landlock_knows_scopes())
		return say(PROBE_GOOD, "scopes: no signal and no abstract socket leads outside");
	return say(PROBE_NOTE,
		   "no scopes (Linux 6.12): abstract sockets of the host are in reach "
		   "unless --net none is given, and two ways to signal are refused whole");
}

static enum probe_verdict look_at_terminal(void)
{
	if (read_setting("dev/tty/legacy_tiocsti") == 0)
		return say(PROBE_GOOD,
			   "nobody can fake input into one (dev.tty.legacy_tiocsti is 0)");
	return say(PROBE_NOTE,
		   "the kernel lets programs fake input (dev.tty.legacy_tiocsti); the filter "
		   "of each instance does not");
}

const struct probe probes[] = {
	{ "kernel", look_at_kernel },	  { "binary", look_at_binary },
	{ "userns", look_at_userns },	  { "limits", look_at_limits },
	{ "proc", look_at_proc },	  { "landlock", look_at_landlock },
	{ "terminal", look_at_terminal },
};
const size_t probe_count = sizeof probes / sizeof *probes;

static bool explain(enum probe_verdict verdict)
{
	bool found = false;

	for (size_t i = 0; i < probe_count; i++)
		if (probes[i].look() == verdict) {
			warn("%s", probe_text);
			found = true;
		}
	return found;
}

void probe_explain(void)
{
	privilege_drop();
	if (!explain(PROBE_BAD))
		explain(PROBE_SUSPECT);
}
