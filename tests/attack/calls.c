/* SPDX-License-Identifier: ISC */
/*
 * calls COMMAND [ARG]...: traces the command and all that it starts, and prints
 *
 *   outside CALL PATH    a call that may change a file, directory or node, outside of /proc and of
 *                        any tmpfs that was not there before; standard descriptors do not count
 *   writes NAME          to that file of a /proc, or opens it for that
 *   type TYPE, option KEY, mount TYPE
 *                        the file systems made, their options, and the mounts by mount(2)
 *
 * each once, and at the end how many such calls there were and how the command ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* <linux/ptrace.h>, <linux/magic.h> and <linux/mount.h> */
enum { GET_SYSCALL_INFO = 0x420e, ENTRY = 1, EXIT = 2, SET_STRING = 1, CREATE = 6 };
enum { PROC_MAGIC = 0x9fa0, TMPFS_MAGIC = 0x01021994 };

struct info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t instruction, stack;
	union {
		struct {
			uint64_t number, args[6];
		} entry;
		struct {
			int64_t value;
			uint8_t is_error;
		} exit;
	};
};

enum { DEVICES_MAX = 512, LINES_MAX = 256, TASKS_MAX = 1 << 16 };

static dev_t devices[DEVICES_MAX]; /* those mounted before */
static size_t devices_count;
static char lines[LINES_MAX][256];
static size_t lines_count, changes;
static unsigned char opening[TASKS_MAX]; /* whether the task, by its pid, opens to write */

/* Which arguments are the descriptors that a call may change something at, or below. */
static const struct {
	long number;
	const char *name;
	int first, second;
} changing[] = {
	{ SYS_write, "write", 0, -1 },
	{ SYS_writev, "writev", 0, -1 },
	{ SYS_pwrite64, "pwrite64", 0, -1 },
	{ SYS_pwritev, "pwritev", 0, -1 },
	{ SYS_sendfile, "sendfile", 0, -1 },
	{ SYS_splice, "splice", 2, -1 },
	{ SYS_copy_file_range, "copy_file_range", 2, -1 },
	{ SYS_ftruncate, "ftruncate", 0, -1 },
	{ SYS_fallocate, "fallocate", 0, -1 },
	{ SYS_fchmod, "fchmod", 0, -1 },
	{ SYS_fchown, "fchown", 0, -1 },
	{ SYS_fsetxattr, "fsetxattr", 0, -1 },
	{ SYS_fremovexattr, "fremovexattr", 0, -1 },
	{ SYS_mkdirat, "mkdirat", 0, -1 },
	{ SYS_mknodat, "mknodat", 0, -1 },
	{ SYS_symlinkat, "symlinkat", 1, -1 },
	{ SYS_linkat, "linkat", 2, -1 },
	{ SYS_unlinkat, "unlinkat", 0, -1 },
	{ SYS_renameat2, "renameat2", 0, 2 },
	{ SYS_fchmodat, "fchmodat", 0, -1 },
	{ 452, "fchmodat2", 0, -1 },
	{ SYS_fchownat, "fchownat", 0, -1 },
	{ SYS_utimensat, "utimensat", 0, -1 },
#ifdef SYS_renameat
	{ SYS_renameat, "renameat", 0, 2 },
#endif
};

/* These name what they change by a path alone. */
static const struct {
	long number;
	const char *name;
} by_path[] = {
	{ SYS_truncate, "truncate" },	{ SYS_setxattr, "setxattr" },
	{ SYS_lsetxattr, "lsetxattr" }, { SYS_removexattr, "removexattr" },
#ifdef SYS_mkdir
	{ SYS_creat, "creat" },		{ SYS_mkdir, "mkdir" },
	{ SYS_mknod, "mknod" },		{ SYS_symlink, "symlink" },
	{ SYS_link, "link" },		{ SYS_unlink, "unlink" },
	{ SYS_rmdir, "rmdir" },		{ SYS_rename, "rename" },
	{ SYS_chmod, "chmod" },		{ SYS_chown, "chown" },
	{ SYS_lchown, "lchown" },	{ SYS_utimes, "utimes" },
#endif
};

static void say(const char *what, const char *call, const char *more)
{
	char line[256];

	snprintf(line, sizeof line, "%s %s%s%s", what, call, *more ? " " : "", more);
	for (size_t i = 0; i < lines_count; i++)
		if (!strcmp(lines[i], line))
			return;
	if (lines_count < LINES_MAX)
		strcpy(lines[lines_count++], line);
	puts(line);
}

static void note_devices(void)
{
	char line[4096];
	FILE *file = fopen("/proc/self/mountinfo", "r");
	unsigned major, minor;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 &&
		    devices_count < DEVICES_MAX)
			devices[devices_count++] = makedev(major, minor);
	if (file)
		fclose(file);
}

static int is_new(dev_t device)
{
	for (size_t i = 0; i < devices_count; i++)
		if (devices[i] == device)
			return 0;
	return 1;
}

/* The file at FD of the task, or its directory if it is AT_FDCWD. */
static void judge(pid_t task, int fd, const char *call)
{
	char link[64], path[200];
	struct stat file;
	struct statfs system;

	if (fd >= 0 && fd < 3)
		return;
	changes++;
	if (fd == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%d/cwd", task);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", task, fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length < 0 ? 0 : length] = '\0';
	int at = open(link, O_PATH);
	if (at < 0 && errno == ENOENT) {
		; /* nor does the call find it: the task has been killed, or it is not open */
	} else if (at < 0 || fstat(at, &file) || fstatfs(at, &system)) {
		say("outside", call, "(unknown)");
	} else if (system.f_type == PROC_MAGIC) {
		const char *name = strrchr(path, '/');
		say("writes", name ? name + 1 : path, "");
	} else if (system.f_type == TMPFS_MAGIC && is_new(file.st_dev)) {
		;
	} else if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode) || S_ISLNK(file.st_mode)) {
		/* What has no name, as an eventfd and a pidfd, is in no file system. */
		if (*path == '/')
			say("outside", call, path);
	}
	if (at >= 0)
		close(at);
}

static void read_memory(pid_t task, uint64_t from, void *to, size_t size)
{
	struct iovec ours = { to, size }, theirs = { (void *)(uintptr_t)from, size };

	memset(to, 0, size);
	/* A short text may lie at the end of what is mapped. */
	while (size && process_vm_readv(task, &ours, 1, &theirs, 1, 0) < 0)
		ours.iov_len = theirs.iov_len = size /= 2;
}

static int may_write(uint64_t flags)
{
	return (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR ||
	       flags & (O_CREAT | O_TRUNC);
}

static void enter(pid_t task, const struct info *info)
{
	long number = (long)info->entry.number;
	const uint64_t *args = info->entry.args;
	uint64_t flags = 0;
	char text[64];

	for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
		if (changing[i].number == number) {
			judge(task, (int)args[changing[i].first], changing[i].name);
			if (changing[i].second >= 0)
				judge(task, (int)args[changing[i].second], changing[i].name);
		}
	for (size_t i = 0; i < sizeof by_path / sizeof *by_path; i++)
		if (by_path[i].number == number)
			say("outside", by_path[i].name, "by its path");
	if (number == SYS_openat2)
		read_memory(task, args[2], &flags, sizeof flags);
	if (number == SYS_openat)
		flags = args[2];
#ifdef SYS_open
	if (number == SYS_open)
		flags = args[1];
#endif
	opening[task % TASKS_MAX] = (unsigned char)may_write(flags);
	if (number == SYS_fsopen || number == SYS_mount) {
		read_memory(task, args[number == SYS_mount ? 2 : 0], text, sizeof text - 1);
		text[sizeof text - 1] = '\0';
		say(number == SYS_mount ? "mount" : "type", text, "");
	}
	if (number == SYS_fsconfig && args[1] != CREATE) {
		read_memory(task, args[2], text, sizeof text - 1);
		text[sizeof text - 1] = '\0';
		say("option", args[1] == SET_STRING ? text : "of another kind", "");
	}
}

static void leave(pid_t task, const struct info *info)
{
	unsigned char *open = &opening[task % TASKS_MAX];

	if (*open && !info->exit.is_error && info->exit.value > 2)
		judge(task, (int)info->exit.value, "open");
	*open = 0;
}

static void look(pid_t task)
{
	struct info info;

	if (ptrace(GET_SYSCALL_INFO, task, sizeof info, &info) <= 0)
		return;
	if (info.op == ENTRY)
		enter(task, &info);
	if (info.op == EXIT)
		leave(task, &info);
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status, ended = -1;
	pid_t task;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	note_devices();
	pid_t first = fork();
	if (!first) {
		raise(SIGSTOP);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(first, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, first, NULL, options))
		return 1;
	kill(first, SIGCONT);
	while ((task = waitpid(-1, &status, __WALL)) > 0) {
		if (task == first && !WIFSTOPPED(status))
			ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (!WIFSTOPPED(status))
			continue;
		int number = WSTOPSIG(status), event = status >> 16;
		if (number == (SIGTRAP | 0x80))
			look(task);
		/* A stop for a signal passes it on; all others are the tracer's. */
		int passed = event || number == (SIGTRAP | 0x80) || number == SIGTRAP ? 0 : number;
		ptrace(PTRACE_SYSCALL, task, NULL, (void *)(uintptr_t)passed);
	}
	printf("%zu changes, ended %d\n", changes, ended);
	return 0;
}
