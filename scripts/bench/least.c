/* SPDX-License-Identifier: ISC */
/*
 * least WHAT COMMAND [ARG]...: runs it in what a plain user's instance is made of, without what
 * selfdock does around that: there are no options, no monitor and no checks.
 *
 *   spaces   the six namespaces, with the caller's id alone
 *   bare     and the mounts: /proc, /dev and /tmp, and a read-only root
 *   limit    and all that protects: the host's mounts are covered, every capability is given up,
 *            and Landlock and the filter are installed
 *
 * The first two show what the kernel takes. The last one is the least that the promises allow.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/landlock.h"
#include "core/linux/mount.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"
#include "core/linux/process.h"
#include "core/linux/seccomp.h"
#include "core/view/devices.h"
#include "core/view/layer.h"

enum { QUIET = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV | KERNEL_MOUNT_ATTR_NOEXEC };

static char maps[2][32];

/* The trees that a view is made of. */
struct trees {
	int root, proc, tmp;
	struct layer layer;
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die_errno("cannot write to '%s'", path);
	close(fd);
}

static void make_view(struct trees *trees)
{
	static const struct mount_option none = { NULL, NULL };
	static struct devices devices;
	static char path[PATH_MAX];
	int failed = layer_make(&trees->layer), outer_proc = open("/proc", O_PATH | O_CLOEXEC);

	trees->proc = mount_new("proc", &none, QUIET);
	trees->root = open("/", O_PATH | O_CLOEXEC);
	if (failed || mount_make_private())
		die_errno("cannot make a view");
	devices_clone(&devices, outer_proc, path);
	if (mount_restrict(trees->root, KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOSUID,
			   true) ||
	    mount_attach_at(trees->layer.tree, trees->root, "dev"))
		die_errno("cannot make a view");
	devices_attach(&devices, trees->layer.tree, true);
	trees->tmp = mount_clone_at(trees->layer.tree, "tmp");
	if (mount_attach_at(trees->proc, trees->root, "proc") ||
	    mount_attach_at(trees->tmp, trees->root, "tmp"))
		die_errno("cannot make a view");
}

/* Covers what is directly on the root. */
static void cover(const struct trees *trees)
{
	static struct mountinfo list;
	const int own[MOUNTINFO_OWN] = { trees->layer.tree, trees->proc, trees->tmp };

	if (!mountinfo_read_top(&list, trees->root, own))
		die("the host's mounts cannot be listed the short way");
	uint64_t root = path_identify(trees->root).mount;
	for (size_t i = 0; i < list.count; i++) {
		const struct mountinfo_entry *mount = &list.entries[i];
		if (mount->parent != root || mount->own)
			continue;
		int fd = open(mountinfo_path(&list, mount), O_PATH | O_CLOEXEC);
		if (fd >= 0 && layer_cover(&trees->layer, fd) < 0)
			die_errno("cannot cover '%s'", mountinfo_path(&list, mount));
		close(fd);
	}
}

static void protect(void)
{
	const struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	const struct kernel_cap_data none[2] = { { 0 } };

	for (int capability = 0; !prctl(PR_CAPBSET_DROP, capability); capability++)
		continue;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die_errno("cannot set NO_NEW_PRIVS");
	process_leave_keyring();
	seccomp_install(landlock_scope(LANDLOCK_SIGNALS | LANDLOCK_SOCKETS));
	if (syscall(SYS_capset, &header, none))
		die_errno("cannot give up the capabilities");
	for (int capability = 0; !prctl(PR_CAPBSET_READ, capability); capability++)
		continue;
}

static int inner(void *arguments)
{
	static struct trees trees;
	char **words = arguments;
	bool limit = !strcmp(words[0], "limit");

	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", maps[0]);
	write_file("/proc/self/gid_map", maps[1]);
	if (limit || !strcmp(words[0], "bare"))
		make_view(&trees);
	if (limit) {
		cover(&trees);
		protect();
	}
	execv(words[1], words + 1);
	die_errno("cannot execute '%s'", words[1]);
}

int main(int argc, char **argv)
{
	static char stack[65536];
	int spaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		     CLONE_NEWCGROUP;
	int status;

	if (argc < 3)
		die("usage: least WHAT COMMAND [ARG]...");
	text_format(maps[0], sizeof maps[0], "%u %u 1", getuid(), getuid());
	text_format(maps[1], sizeof maps[1], "%u %u 1", getgid(), getgid());
	pid_t pid = clone(inner, stack + sizeof stack, CLONE_VM | CLONE_VFORK | spaces | SIGCHLD,
			  argv + 1);
	if (pid < 0)
		die_errno("cannot make the namespaces");
	return waitpid(pid, &status, 0) != pid || status;
}
