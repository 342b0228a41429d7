/* SPDX-License-Identifier: ISC */
/*
 * bare COMMAND [ARG]...: runs it in a plain user's instance without protection: the same
 * namespaces, /proc, /dev and /tmp, and a read-only root. Nothing of the host is covered, no
 * privilege is given up, nothing is filtered or verified. It shows which part of a start the kernel
 * takes for these, and which part selfdock takes for its promises.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/view/devices.h"
#include "core/view/layer.h"

enum { QUIET = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV | KERNEL_MOUNT_ATTR_NOEXEC };

static char maps[2][32];

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die_errno("cannot write to '%s'", path);
	close(fd);
}

static void make_view(void)
{
	static const struct mount_option none = { NULL, NULL };
	static struct devices devices;
	static struct layer layer;
	static char path[PATH_MAX];
	int failed = layer_make(&layer), proc = mount_new("proc", &none, QUIET);
	int outer_proc = open("/proc", O_PATH | O_CLOEXEC), root = open("/", O_PATH | O_CLOEXEC);

	if (failed || mount_make_private())
		die_errno("cannot make a view");
	devices_clone(&devices, outer_proc, path);
	if (mount_restrict(root, KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOSUID, true) ||
	    mount_attach_at(layer.tree, root, "dev"))
		die_errno("cannot make a view");
	devices_seal(devices_attach(&devices, layer.tree));
	int tmp = mount_clone_at(layer.tree, "tmp");
	if (mount_attach_at(proc, root, "proc") || mount_attach_at(tmp, root, "tmp"))
		die_errno("cannot make a view");
}

static int inner(void *words)
{
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", maps[0]);
	write_file("/proc/self/gid_map", maps[1]);
	make_view();
	execv(*(char **)words, words);
	die_errno("cannot execute '%s'", *(char **)words);
}

int main(int argc, char **argv)
{
	static char stack[65536];
	int spaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		     CLONE_NEWCGROUP;
	int status;

	if (argc < 2)
		die("usage: bare COMMAND [ARG]...");
	text_format(maps[0], sizeof maps[0], "%u %u 1", getuid(), getuid());
	text_format(maps[1], sizeof maps[1], "%u %u 1", getgid(), getgid());
	pid_t pid = clone(inner, stack + sizeof stack, CLONE_VM | CLONE_VFORK | spaces | SIGCHLD,
			  argv + 1);
	if (pid < 0)
		die_errno("cannot make the namespaces");
	return waitpid(pid, &status, 0) != pid || status;
}
