/* SPDX-License-Identifier: ISC */
/*
 * The oracle of no gain: what a process can reach, named by the kernel's identity, and whether an
 * instance can reach more. It is given oracle_plant.c's list as standard input.
 *
 * oracle scan [deep|quick]: tries all that the list names and what can be found from here, and
 *     prints a line "KIND ID MOUNT TYPE RIGHTS WHERE" for each object that can be reached at all.
 *     "deep" tries it again in a user namespace of its own, with its mounts taken away. "quick"
 *     leaves out what only repeats it.
 * oracle drive SEED FIRST COUNT [-u REFUSE] SELFDOCK...: scans here, then in COUNT instances with
 *     random options, from those of number FIRST on. Some do not start; if most do not, that is a
 *     failure. Prints each gain, and at last "N starts, N probes, N gains". REFUSE is the helper
 *     that has some of the starts make no user namespace.
 * oracle judge: judges scans of starts that another program makes, mutate.c, by descriptor 3.
 * oracle hold: what an instance does that is entered.
 * oracle suid: succeeds if it has ids that its caller has not.
 *
 * Kinds: f file, d descriptor, p process, a abstract socket, i port, k key, s shared memory, e
 * semaphores, m messages, q queue, y kernel setting.
 * Rights: v is there, r read, w write, x execute, m map as code, c make files in it, k connect,
 * u get its owner's ids; of processes s signal, t trace, m memory, f descriptors, j join, n limits.
 * A gain is a right that is not to be had outside, or that the options do not give.
 *
 * ORACLE_VERBOSE=yes lets each start's options and errors be seen.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <search.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"
#include "tests/attack/oracle.h"

enum { LINE = 1024, PATHS = 600, OPEN_TREE_CLONE = 1, JUDGE = 3 };

static char self[512];
static unsigned long probes;

/* The list of what was planted. */
static struct {
	char *line[PATHS];
	size_t count;
} list;

static char *read_all(int fd)
{
	size_t length = 0, size = 1 << 16;
	char *text = malloc(size);
	ssize_t got;

	while (text && (got = read(fd, text + length, size - length - 1)) > 0) {
		length += (size_t)got;
		if (size - length < 4096)
			text = realloc(text, size *= 2);
	}
	if (!text)
		exit(2);
	text[length] = 0;
	return text;
}

static void split_list(char *text)
{
	for (char *line = strtok(text, "\n"); line && list.count < PATHS; line = strtok(NULL, "\n"))
		list.line[list.count++] = line;
}

/* From standard input, or the file that the environment names. */
static void read_list(void)
{
	const char *name = getenv("ORACLE_LIST");
	char *text = read_all(0);

	if (!*text && name) {
		int fd = open(name, O_RDONLY | O_CLOEXEC);
		text = read_all(fd);
		close(fd);
	}
	split_list(text);
}

/* ---- the scan ---- */

/* Of the caller's list, which has a value for each: "NAME ". */
static const char *value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(line, name, length) && line[length] == ' ' ? line + length + 1 : NULL;
}

static int works(long result)
{
	probes++;
	return result >= 0;
}

static void tell(char kind, const char *id, unsigned long long mount, char type, const char *rights,
		 const char *where)
{
	printf("%c %s %llu %c %s %s\n", kind, id, mount, type, *rights ? rights : "-", where);
}

static int try_open(int fd, int flags)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int got = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return works(got >= 0 || errno == ENXIO ? 0 : -1) ? got >= 0 ? got : -2 : -1;
}

/* Without /proc an object is opened by its name once more. */
static int open_again(int fd, int at, const char *path, int flags)
{
	int got = try_open(fd, flags);

	if (got != -1 || errno != ENOENT)
		return got;
	got = openat(at, path, flags | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	return works(got >= 0 || errno == ENXIO ? 0 : -1) ? got >= 0 ? got : -2 : -1;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int runs_as_another(const char *path)
{
	int status;
	pid_t pid = vfork(); /* fails under a limit */

	if (!pid) {
		execl(path, path, "suid", (char *)NULL);
		_exit(1);
	}
	return works(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
				     WEXITSTATUS(status) == 0
			     ? 0
			     : -1);
}

static int connects_to(int at, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), result;

	if (at == AT_FDCWD)
		snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	else
		snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", at,
			 path);
	if (at == AT_FDCWD && strlen(path) >= sizeof address.sun_path) {
		char above[LINE];
		snprintf(above, sizeof above, "%.*s", (int)(strrchr(path, '/') - path), path);
		int directory = open(above, O_PATH | O_CLOEXEC);
		snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s",
			 directory, strrchr(path, '/') + 1);
		result = connect(fd, (struct sockaddr *)&address, sizeof address);
		close_if(directory);
	} else {
		result = connect(fd, (struct sockaddr *)&address, sizeof address);
	}
	int connected = works(!result || errno == EAGAIN ? 0 : -1);
	close(fd);
	return connected;
}

/* Some nodes act when they are opened. These do not. */
static int is_harmless(const struct kernel_statx *is)
{
	static const unsigned minors = 1U << 3 | 1U << 5 | 1U << 7 | 1U << 8 | 1U << 9;

	return is->rdev_major == 1 && is->rdev_minor < 10 && minors >> is->rdev_minor & 1;
}

/* FOUND is an O_PATH descriptor of PATH beneath AT. */
static void tell_object(int found, int at, const char *path, int planted)
{
	struct kernel_statx is;
	char rights[16] = "v", id[64], where[LINE];
	static const char types[] = "?pc?d?b?-?l?s???";
	int fd;

	if (syscall(SYS_statx, found, "", AT_EMPTY_PATH, KERNEL_STATX_BASIC | KERNEL_STATX_MNT_ID,
		    &is))
		return;
	char type = types[(is.mode >> 12) & 15];
	snprintf(id, sizeof id, "%u:%u:%llu", is.dev_major, is.dev_minor,
		 (unsigned long long)is.ino);
	if ((type == 'c' || type == 'b') && !is_harmless(&is) && !planted) {
		works(faccessat(at, path, R_OK, AT_EACCESS));
	} else if (type == 's') {
		if (connects_to(at, path))
			strcat(rights, "k");
	} else if (type != 'l') {
		int readable = open_again(found, at, path, O_RDONLY);
		if (readable != -1)
			strcat(rights, "r");
		if (readable >= 0 && type == '-') {
			void *map = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, readable, 0);
			if (works(map == MAP_FAILED ? -1 : 0))
				strcat(rights, "m");
		}
		close_if(readable);
		if (type != 'd' && (fd = open_again(found, at, path, O_WRONLY)) != -1) {
			strcat(rights, "w");
			close_if(fd);
		}
		if (type == 'd' && (fd = openat(found, ".", O_TMPFILE | O_WRONLY, 0600)) >= 0) {
			strcat(rights, "c");
			close(fd);
		}
		if (works(faccessat(at, path, X_OK, AT_EACCESS)))
			strcat(rights, "x");
	}
	size_t length = strlen(path);
	if (type == '-' && length > 5 && !strcmp(path + length - 5, "/suid") && at == AT_FDCWD &&
	    runs_as_another(path))
		strcat(rights, "u");
	snprintf(where, sizeof where, "%s%s", at == AT_FDCWD ? "" : "(beneath) ", path);
	tell('f', id, is.mnt_id, type, rights, where);
}

static void try_path(int at, const char *path, int planted)
{
	int fd = openat(at, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (!works(fd))
		return;
	tell_object(fd, at, path, planted);
	close(fd);
}

/* Follows the last link, which may be a magic one. */
static void try_link(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (!works(fd))
		return;
	tell_object(fd, AT_FDCWD, path, 0);
	for (size_t i = 0; i < list.count; i++) {
		const char *planted = value_of(list.line[i], "path");
		if (planted && (planted = strchr(planted, ' ')))
			try_path(fd, planted + 2, 1);
	}
	close(fd);
}

static void walk(const char *path, int depth, int *left)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char below[LINE];

	if (!works(directory ? 0 : -1))
		return;
	while (*left > 0 && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, "..") || !strcmp(entry->d_name, "."))
			continue;
		snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") ? path : "",
			 entry->d_name);
		(*left)--;
		try_path(AT_FDCWD, below, 0);
		if (depth > 1 && entry->d_type == DT_DIR)
			walk(below, depth - 1, left);
	}
	closedir(directory);
}

struct place {
	const char *path;
	int depth, most;
};

static void walk_each(const struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int left = places[i].most;
		walk(places[i].path, places[i].depth, &left);
	}
}

/* Where options show things. */
static void walk_places(void)
{
	static const struct place places[] = {
		{ "/opt", 4, 120 }, { "/tmp/to", 4, 120 }, { "/mnt", 4, 120 },
		{ "/srv", 4, 120 }, { "/home", 4, 120 },   { "/media", 4, 120 },
	};

	walk_each(places, sizeof places / sizeof *places);
	try_path(AT_FDCWD, "/", 0);
	try_path(AT_FDCWD, "/..", 0);
	try_path(AT_FDCWD, ".", 0);
	try_path(AT_FDCWD, "../../../../../../../../../..", 0);
}

static void walk_all(void)
{
	static const struct place hosts[] = {
		{ "/etc", 1, 80 },
		{ "/run", 2, 60 },
		{ "/dev", 1, 60 },
		{ "/sys", 1, 20 },
	};
	/* Not all of it: other tests may make something there. */
	static const char *const top[] = { "/bin",  "/boot", "/dev",  "/etc", "/home", "/lib",
					   "/proc", "/root", "/sbin", "/sys", "/usr",  "/var" };

	walk_places();
	walk_each(hosts, sizeof hosts / sizeof *hosts);
	for (size_t i = 0; i < sizeof top / sizeof *top; i++)
		try_path(AT_FDCWD, top[i], 0);
	for (size_t i = 0; i < list.count; i++) {
		const char *planted = value_of(list.line[i], "dir");
		int left = 1000;
		if (!planted)
			continue;
		try_path(AT_FDCWD, planted, 0);
		walk(planted, 4, &left);
	}
}

static void try_paths(int at, const char *beneath)
{
	size_t length = strlen(beneath);

	for (size_t i = 0; i < list.count; i++) {
		const char *path = value_of(list.line[i], "path");
		if (!path || !(path = strchr(path, ' ')) || strncmp(++path, beneath, length))
			continue;
		if (at == AT_FDCWD)
			try_path(at, path, 1);
		else if (path[length] == '/')
			try_path(at, path + length + 1, 1);
	}
}

static void try_process(pid_t pid, const char *wanted)
{
	static const struct {
		const char *name, *right;
		int flags;
	} files[] = {
		{ "mem", "m", O_RDONLY },	{ "environ", "m", O_RDONLY },
		{ "root", "f", O_PATH },	{ "cwd", "f", O_PATH },
		{ "exe", "f", O_PATH },		{ "fd/5", "f", O_PATH },
		{ "ns/mnt", "f", O_RDONLY },	{ "oom_score_adj", "n", O_WRONLY },
		{ "autogroup", "n", O_WRONLY }, { "coredump_filter", "m", O_WRONLY },
	};
	char path[64], rights[16] = "", name[NAME_SIZE];
	static char byte;
	struct rlimit limit;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int same = works(pidfd) && name_process(pid, pidfd, name) && !strcmp(name, wanted);

	if (same) {
		struct iovec local = { &byte, 1 }, remote = { NULL, 1 };
		strcat(rights, "v");
		if (works(kill(pid, 0)) | works(syscall(SYS_pidfd_send_signal, pidfd, 0, 0, 0)))
			strcat(rights, "s");
		if (works(process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT
				  ? 0
				  : -1))
			strcat(rights, "m");
		int got = (int)syscall(SYS_pidfd_getfd, pidfd, 5, 0);
		if (works(got)) {
			strcat(rights, "f");
			close(got);
		}
		if (works(ptrace(PTRACE_SEIZE, pid, 0, 0))) {
			strcat(rights, "t");
			ptrace(PTRACE_INTERRUPT, pid, 0, 0);
			waitpid(pid, NULL, __WALL);
			ptrace(PTRACE_DETACH, pid, 0, 0);
		}
		if (works(syscall(SYS_prlimit64, pid, RLIMIT_CORE, NULL, &limit)) |
		    works(setpriority(PRIO_PROCESS, (id_t)pid, 0)))
			strcat(rights, "n");
		if (works(syscall(SYS_kcmp, getpid(), pid, 0, 1, 5)))
			strcat(rights, "f");
		pid_t child = fork();
		if (!child)
			_exit(setns(pidfd, CLONE_NEWNS) != 0);
		int status = 1;
		if (works(waitpid(child, &status, 0) == child && !status ? 0 : -1))
			strcat(rights, "j");
	}
	close_if(pidfd);
	if (*rights)
		tell('p', wanted, 0, 'p', rights, "by its number");

	/* A directory of another procfs sends signals, too. */
	*rights = 0;
	snprintf(path, sizeof path, "/proc/%d", pid);
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!works(directory))
		return;
	/* A pid of the instance's own may have the number: it is in another procfs. */
	if (!same) {
		char about[512] = "", start[64];
		int file = openat(directory, "stat", O_RDONLY | O_CLOEXEC);
		ssize_t length = read(file, about, sizeof about - 1);
		close_if(file);
		snprintf(start, sizeof start, "%d (oracle_plant)", pid);
		if (length <= 0 || strncmp(about, start, strlen(start))) {
			close(directory);
			return;
		}
	}
	strcat(rights, "v");
	if (works(syscall(SYS_pidfd_send_signal, directory, 0, 0, 0)))
		strcat(rights, "s");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		int fd = openat(directory, files[i].name, files[i].flags | O_CLOEXEC);
		if (works(fd) && !strstr(rights, files[i].right))
			strcat(rights, files[i].right);
		close_if(fd);
	}
	close(directory);
	tell('p', wanted, 0, 'p', rights, "by /proc");
}

static void try_abstract(int type, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path + 1, name);
	if (works(connect(
		    fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)))) ||
	    errno == EAGAIN)
		tell('a', name, 0, 's', "k", "abstract");
	close(fd);
}

static void try_port(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char name[16];

	snprintf(name, sizeof name, "%d", port);
	if (works(connect(fd, (struct sockaddr *)&address, sizeof address)))
		tell('i', name, 0, 's', "k", "port");
	close(fd);
}

static void try_ipc(char kind, const char *name)
{
	int id = atoi(name);
	char rights[8] = "";

	if (kind == 's') {
		void *memory = shmat(id, NULL, SHM_RDONLY);
		if (works(memory == (void *)-1 ? -1 : 0))
			strcat(rights, "r");
		void *writable = shmat(id, NULL, 0);
		if (works(writable == (void *)-1 ? -1 : 0))
			strcat(rights, "w");
		shmdt(memory);
		shmdt(writable);
	} else if (kind == 'e') {
		if (works(semctl(id, 0, GETVAL)))
			strcat(rights, "r");
		if (works(semctl(id, 0, SETVAL, 0)))
			strcat(rights, "w");
	} else if (kind == 'm') {
		struct msqid_ds about;
		if (works(msgctl(id, IPC_STAT, &about)))
			strcat(rights, "r");
	} else {
		int fd = (int)syscall(SYS_mq_open, name, O_RDONLY | O_NONBLOCK, 0, NULL);
		if (works(fd))
			strcat(rights, "r");
		close_if(fd);
		fd = (int)syscall(SYS_mq_open, name, O_WRONLY | O_NONBLOCK, 0, NULL);
		if (works(fd))
			strcat(rights, "w");
		close_if(fd);
	}
	if (*rights)
		tell(kind, name, 0, '-', rights, "ipc");
}

static void try_key(const char *name)
{
	enum { DESCRIBE = 6, READ = 11, SETPERM = 5, LINK = 8 };
	char rights[8] = "", text[64];
	long serial = atol(name);

	if (works(syscall(SYS_keyctl, DESCRIBE, serial, text, sizeof text)))
		strcat(rights, "v");
	if (works(syscall(SYS_keyctl, READ, serial, text, sizeof text)))
		strcat(rights, "r");
	if (works(syscall(SYS_request_key, "user", "selfdock-oracle", NULL, 0)))
		strcat(rights, "x");
	if (*rights)
		tell('k', name, 0, '-', rights, "key");
}

static void try_handle(const char *text)
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle;
	static const char *const mounts[] = { "/", "." };
	unsigned length = 0, byte;

	handle.head.handle_type = atoi(text);
	for (text = strchr(text, ' ') + 1; length < 128 && sscanf(text, "%2x", &byte) == 1;
	     text += 2)
		handle.head.f_handle[length++] = (unsigned char)byte;
	handle.head.handle_bytes = length;
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		int mount = open(mounts[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int fd = open_by_handle_at(mount, &handle.head, O_PATH | O_CLOEXEC);
		if (works(fd))
			tell_object(fd, fd, ".", 1);
		close_if(fd);
		close_if(mount);
	}
}

static void try_settings(void)
{
	static const char *const names[] = {
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/modprobe",
		"/proc/sys/vm/overcommit_memory",
		"/proc/sys/fs/suid_dumpable",
		"/proc/sysrq-trigger",
		"/proc/sys/kernel/domainname",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = open(names[i], O_WRONLY | O_CLOEXEC);
		if (works(fd))
			tell('y', names[i], 0, '-', "w", "setting");
		close_if(fd);
	}
}

static void try_descriptors(void)
{
	char link[40], target[LINE], name[16];

	for (int fd = 3; fd < 256; fd++) {
		if (!works(fcntl(fd, F_GETFD)))
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t length = readlink(link, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = 0;
		snprintf(name, sizeof name, "%d", fd);
		tell('d', name, 0, '-', "r", target);
	}
}

static void try_line(char *line)
{
	static const struct {
		const char *name;
		char kind;
	} ipc[] = { { "shm", 's' }, { "sem", 'e' }, { "msg", 'm' }, { "queue", 'q' } };
	const char *value;

	if ((value = value_of(line, "pid")))
		try_process(atoi(value), strchr(value, ' ') + 1);
	else if ((value = value_of(line, "socket")))
		try_abstract(atoi(value), strchr(value, ' ') + 1);
	else if ((value = value_of(line, "port")))
		try_port(atoi(value));
	else if ((value = value_of(line, "key")))
		try_key(value);
	else if ((value = value_of(line, "handle")))
		try_handle(value);
	for (size_t i = 0; i < sizeof ipc / sizeof *ipc; i++)
		if ((value = value_of(line, ipc[i].name)))
			try_ipc(ipc[i].kind, value);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written = write(fd, text, strlen(text));

	close_if(fd);
	return written < 0;
}

static void undo_mounts(int how)
{
	static char *paths[2048];
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[LINE];
	size_t count = 0;

	while (mounts && count < 2048 && fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*s %*s %*s %*s %1023s", path) == 1)
			paths[count++] = strdup(path);
	if (mounts)
		fclose(mounts);
	while (count--) {
		const char *top = paths[count];
		if (how == 'b') {
			int fd = (int)syscall(SYS_open_tree, AT_FDCWD, top,
					      OPEN_TREE_CLONE | O_CLOEXEC);
			if (works(fd))
				try_paths(fd, strcmp(top, "/") ? top : "");
			close_if(fd);
		} else if (how == 'r') {
			works(mount(NULL, top, NULL, MS_REMOUNT | MS_BIND, NULL));
		} else if (strcmp(top, "/")) {
			works(umount2(top, MNT_DETACH));
		}
	}
}

/* In a child. */
static void scan_deep(void)
{
	char map[64];
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (!works(unshare(CLONE_NEWUSER | CLONE_NEWNS)))
		return;
	snprintf(map, sizeof map, "%u %u 1", uid, uid);
	works(-write_file("/proc/self/uid_map", map));
	works(-write_file("/proc/self/setgroups", "deny"));
	snprintf(map, sizeof map, "%u %u 1", gid, gid);
	works(-write_file("/proc/self/gid_map", map));
	undo_mounts('b');
	undo_mounts('r');
	try_paths(AT_FDCWD, "");
	undo_mounts('u');
	try_paths(AT_FDCWD, "");
	walk_all();
}

static int scan(const char *how)
{
	static const char *const links[] = { "/proc/1/root", "/proc/self/root", "/proc/self/cwd",
					     "/proc/self/fd/0", "/proc/self/fd/1" };
	int deep = !strcmp(how, "deep"), quick = !strcmp(how, "quick");

	/* The first thing: what follows opens more. */
	try_descriptors();
	read_list();
	works(kill(0, SIGURG));
	try_paths(AT_FDCWD, "");
	for (size_t i = 0; i < list.count; i++)
		try_line(list.line[i]);
	try_settings();
	if (!quick)
		walk_all();
	else
		walk_places();
	for (size_t i = 0; i < sizeof links / sizeof *links && !quick; i++)
		try_link(links[i]);
	fflush(stdout);
	pid_t child = deep ? fork() : 0;
	if (deep && !child) {
		scan_deep();
		printf("n %lu\n", probes);
		fflush(stdout);
		_exit(0);
	}
	if (deep)
		waitpid(child, NULL, 0);
	else
		printf("n %lu\n", probes);
	puts("end");
	return fflush(stdout) != 0;
}

/* ---- the drive ---- */

enum { KNOWN_PATHS = 6 };

/* What this process could reach, and by which paths. "hidden": it is planted where it cannot. */
struct object {
	char *key; /* "KIND ID" */
	char rights[32];
	char *path[KNOWN_PATHS];
	char covered[KNOWN_PATHS];
	size_t count;
};

static void *objects;
static unsigned foreign[4096][2];
static size_t foreign_count;
static char *areas[64];
static size_t area_count;
static const char *home = "/none"; /* where all is planted */
static unsigned long long root_mount;

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct object *)one)->key, ((const struct object *)other)->key);
}

static struct object *find_object(const char *key, int make)
{
	struct object wanted = { .key = (char *)(uintptr_t)key };
	struct object **found = tfind(&wanted, &objects, compare);

	if (found || !make)
		return found ? *found : NULL;
	struct object *object = calloc(1, sizeof *object);
	object->key = strdup(key);
	tsearch(object, &objects, compare);
	return object;
}

static void add_path(struct object *object, const char *path, int covered)
{
	for (size_t i = 0; i < object->count; i++)
		if (!strcmp(object->path[i], path))
			return;
	if (object->count == KNOWN_PATHS)
		return;
	object->covered[object->count] = (char)covered;
	object->path[object->count++] = strdup(path);
}

static void add_rights(struct object *object, const char *rights)
{
	for (; *rights; rights++)
		if (!strchr(object->rights, *rights))
			strncat(object->rights, rights, 1);
}

struct found {
	char key[300], type, rights[32], where[LINE];
	unsigned long long mount;
};

static int read_line(const char *line, struct found *found)
{
	char kind, id[256];

	if (sscanf(line, "%c %255s %llu %c %31s %1023[^\n]", &kind, id, &found->mount, &found->type,
		   found->rights, found->where) != 6)
		return 0;
	snprintf(found->key, sizeof found->key, "%c %s", kind, id);
	return 1;
}

static void learn(char *text)
{
	struct found found;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "n ", 2))
			probes += strtoul(line + 2, NULL, 10);
		if (!read_line(line, &found))
			continue;
		struct object *object = find_object(found.key, 1);
		add_rights(object, found.rights);
		if (found.where[0] == '/')
			add_path(object, found.where, found.mount != root_mount);
	}
}

static unsigned long long mount_of(const char *path)
{
	struct kernel_statx is;

	if (syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, KERNEL_STATX_MNT_ID, &is))
		return 0;
	return is.mnt_id;
}

static void learn_foreign(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	while (mounts && foreign_count < 4096 && fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*s %*s %u:%u", &foreign[foreign_count][0],
			   &foreign[foreign_count][1]) == 2)
			foreign_count++;
	if (mounts)
		fclose(mounts);
}

static int is_foreign(const char *key)
{
	unsigned high, low;

	if (*key != 'f' || sscanf(key + 2, "%u:%u", &high, &low) != 2)
		return 1;
	for (size_t i = 0; i < foreign_count; i++)
		if (foreign[i][0] == high && foreign[i][1] == low)
			return 1;
	return 0;
}

static void learn_list(void)
{
	root_mount = mount_of("/");
	for (size_t i = 0; i < list.count; i++) {
		const char *value;
		char key[300], path[LINE];
		if ((value = value_of(list.line[i], "area")) && area_count < 64)
			areas[area_count++] = strdup(value);
		if ((value = value_of(list.line[i], "dir")))
			home = value;
		if ((value = value_of(list.line[i], "path")) &&
		    sscanf(value, "%255s %1023[^\n]", path, path + 256) == 2) {
			unsigned high, low;
			snprintf(key, sizeof key, "f %.255s", path);
			find_object(key, 1);
			if (foreign_count < 4096 && sscanf(path, "%u:%u", &high, &low) == 2) {
				foreign[foreign_count][0] = high;
				foreign[foreign_count++][1] = low;
			}
		}
	}
}

/* ---- options ---- */

static uint64_t state;

static unsigned random_below(unsigned limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 33) % limit);
}

static int one_in(unsigned count)
{
	return !random_below(count);
}

struct options {
	char *word[96], text[64][LINE];
	size_t words, texts;
	struct {
		const char *source, *target;
		int writable, device;
	} bind[16];
	size_t binds;
	const char *mask[4], *cwd, *rootfs;
	size_t masks;
	int build, no_network, abstract, trace, host_proc, refused, deep, levels, enter, fresh;
};

static const char *put(struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *put(struct options *options, const char *format, ...)
{
	va_list values;
	char *text = options->text[options->texts++];

	va_start(values, format);
	vsnprintf(text, LINE, format, values);
	va_end(values);
	options->word[options->words++] = text;
	return text;
}

static const char *pick_source(void)
{
	static char source[4][LINE];
	static unsigned turn;
	static const char *const below[] = { "all",    "closed/all", "theirs/all", "named/all",
					     "closed", "directory",  "fifo",	   "null",
					     "link",   "not-group",  "suid",	   "below" };
	char *picked = source[turn++ % 4];
	const char *area = areas[random_below((unsigned)area_count)];

	if (one_in(12))
		return one_in(2) ? home : one_in(2) ? "/etc" : "/usr";
	if (one_in(4))
		snprintf(picked, LINE, "%s/%s", area,
			 below[random_below(sizeof below / sizeof *below)]);
	else
		snprintf(picked, LINE, "%s", area);
	return picked;
}

static void note_bind(struct options *options, const char *source, const char *target, int writable,
		      int device)
{
	static char real[16][PATH_MAX];
	char *resolved = realpath(source, real[options->binds]);

	options->bind[options->binds].source = resolved ? resolved : source;
	options->bind[options->binds].target = target;
	options->bind[options->binds].device = device;
	options->bind[options->binds++].writable = writable;
}

static void add_bind(struct options *options)
{
	static const char *const places[] = { "/opt/a", "/opt/b", "/tmp/to/c", "/mnt/d", "/mnt/e" };
	static const char *const present[] = { "/opt", "/srv", "/mnt", "/media", "/home" };
	int writable = one_in(2);

	put(options, writable ? "-v" : "-m");
	const char *source = put(options, "%s", pick_source());
	int same = one_in(3) && *source == '/';
	int device = !same && one_in(10);
	/* Where all can be written nothing is made for the purpose. */
	unsigned place = random_below(sizeof places / sizeof *places);
	const char *target = options->build ? present[place] : places[place];
	target = put(options, "%s", same ? source : device ? "/dev/planted" : target);
	note_bind(options, source, target, writable, device);
}

static void add_device(struct options *options)
{
	static const char *const names[] = { "null", "null", "roots-zero" };

	put(options, "--device");
	const char *path =
		one_in(2) ? put(options, "/dev/full")
			  : put(options, "%s/%s", areas[random_below((unsigned)area_count)],
				names[random_below(3)]);
	note_bind(options, path, path, 0, 1);
}

/* The options of one level. */
static void add_options(struct options *options, int nested)
{
	unsigned count = random_below(4);

	options->build = options->levels == 1 && one_in(5);
	if (one_in(8) && !nested) {
		put(options, "-r");
		options->rootfs = put(options, "%s/root", home);
	}
	for (unsigned i = 0; i < count; i++)
		add_bind(options);
	if (one_in(3)) {
		put(options, "--mask");
		const char *mask = put(options, "%s", areas[random_below((unsigned)area_count)]);
		options->mask[options->masks++] = mask;
	}
	if (one_in(4) && !options->build) {
		put(options, "-t");
		put(options, one_in(2) ? "mode=755" : "mode=1777,noexec");
		put(options, one_in(2) ? "/mnt/t" : "/opt/t");
	}
	if (one_in(5))
		add_device(options);
	if (one_in(4) && !nested) {
		put(options, "--proc");
		int host = one_in(2);
		options->host_proc |= host;
		put(options, host ? "host" : "none");
	}
	if (one_in(4)) {
		put(options, "--net");
		put(options, "none");
		options->no_network = 1;
	}
	if (one_in(4))
		put(options, "--init");
	if (one_in(6) && !nested && !options->refused)
		put(options, "--no-userns");
	if (one_in(4) && !options->refused)
		put(options, "--fakeroot");
	if (one_in(3)) {
		put(options, "--abstract-sockets");
		options->abstract++;
	}
	if (one_in(4)) {
		put(options, "-e");
		put(options, "NAME");
		put(options, "value");
	}
	if (one_in(3) && strcmp(options->cwd, "/")) {
		put(options, "-w");
		note_bind(options, options->cwd, options->cwd, 1, 0);
	}
	put(options, options->build ? "build" : "run");
	put(options, "--");
}

static void choose(struct options *options, char **selfdock, int words, const char *refuse)
{
	static const char *const places[] = { "/", "/usr", "/tmp" };

	memset(options, 0, sizeof *options);
	unsigned place = random_below(10);
	options->cwd = place < 3   ? places[place]
		       : place < 4 ? home
				   : areas[random_below((unsigned)area_count)];
	options->deep = one_in(3);
	options->refused = refuse && one_in(2);
	options->enter = one_in(5) && !options->refused;
	options->levels = one_in(8) && !options->refused && !options->enter ? 2 : 1;
	if (options->refused) {
		put(options, "%s", refuse);
		put(options, "userns");
		put(options, "22");
	}
	for (int i = 0; i < words; i++)
		put(options, "%s", selfdock[i]);
	add_options(options, options->levels > 1);
	if (options->levels > 1) {
		put(options, "%s", selfdock[words - 1]);
		add_options(options, 1);
	}
	options->trace = options->enter && one_in(3);
	options->fresh = one_in(2);
	put(options, "%s", options->rootfs ? "/oracle" : self);
}

static int overlaps(const char *one, const char *other)
{
	size_t length = strlen(one), more = strlen(other);

	if (!strcmp(one, "/") || !strcmp(other, "/"))
		return 1;
	return length < more ? !strncmp(one, other, length) && other[length] == '/'
			     : !strncmp(one, other, more) && (!one[more] || one[more] == '/');
}

static int is_within(const char *path, const char *top)
{
	return strlen(path) >= strlen(top) && overlaps(path, top);
}

/* Whether the options show what is at PATH outside, or give the right to write there. */
static int is_given(const struct options *options, const char *path, int covered, int write)
{
	int masked = 0, host = !options->rootfs;
	const char *cwd = options->cwd;

	/* The covers of an instance around stay. */
	if (covered && !write && !overlaps(path, home))
		return 1;

	for (size_t i = 0; i < options->binds; i++)
		if (overlaps(options->bind[i].source, path) &&
		    (!write || options->bind[i].writable || options->bind[i].device))
			return 1;
	for (size_t i = 0; i < options->masks && host; i++)
		masked |= is_within(path, options->mask[i]);
	if (options->rootfs && is_within(path, options->rootfs))
		return !masked && (!write || options->build);
	if (strcmp(cwd, "/") && overlaps(cwd, path) && host && !masked)
		return !write || options->build;
	return host && !covered && !masked && (!write || options->build);
}

static int is_given_device(const struct options *options, const char *path)
{
	static const char *const own[] = { "/dev/null", "/dev/zero",	"/dev/full",
					   "/dev/tty",	"/dev/urandom", "/dev/random" };

	for (size_t i = 0; i < options->binds; i++)
		if (options->bind[i].device && overlaps(options->bind[i].source, path))
			return 1;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (!strcmp(path, own[i]))
			return 1;
	return 0;
}

static int is_given_at_all(const struct options *options, const struct object *object, int how)
{
	if (!object->count)
		return 1; /* reached otherwise outside: by a descriptor */
	for (size_t i = 0; i < object->count; i++)
		if (how == 'd' ? is_given_device(options, object->path[i])
			       : is_given(options, object->path[i], object->covered[i], how == 'w'))
			return 1;
	return 0;
}

/* Before Linux 6.12 Landlock has no scopes, and no program is kept from abstract sockets. */
static int lacks_scopes(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0UL, 1);

	return version < 0 ? errno != EPERM : version < 6;
}

/* Whether an instance with these options may have the right, if it is to be had outside. */
static int may(const struct options *options, const struct object *object,
	       const struct found *found, char right)
{
	switch (*found->key) {
	case 'f':
		if (strchr("cb", found->type) && is_given_at_all(options, object, 'd'))
			return 1;
		if (strchr("cb", found->type) && right != 'v' && right != 'x')
			return 0;
		if (right == 'u')
			return 0;
		if (right == 'c' || (right == 'w' && found->type == '-'))
			return is_given_at_all(options, object, 'w');
		return is_given_at_all(options, object, 'r');
	case 'a':
		return !options->no_network &&
		       (options->trace || lacks_scopes() || options->abstract == options->levels);
	case 'i':
		return !options->no_network;
	case 'p':
		return options->host_proc && right == 'v';
	}
	return 0;
}

/* Tells of PATH, and of what binds show there, and of what other binds show there again. */
static void try_origins(const struct options *options, const char *path, int depth)
{
	char source[2 * LINE];

	try_path(AT_FDCWD, path, 0);
	for (size_t i = 0; i < options->binds && depth; i++) {
		const char *target = options->bind[i].target;
		if (!is_within(path, target))
			continue;
		snprintf(source, sizeof source, "%s%s", options->bind[i].source,
			 path + strlen(target));
		source[LINE - 1] = 0;
		try_origins(options, source, depth - 1);
	}
}

/* A file that was not found here is looked for by the path that it has in the instance. */
static void look_again(const struct options *options, const struct found *found)
{
	int ends[2];

	if (*found->key != 'f' || pipe2(ends, O_CLOEXEC))
		return;
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		dup2(ends[1], 1);
		try_path(AT_FDCWD, options->cwd, 0);
		if (found->where[0] == '/')
			try_origins(options, found->where, 2);
		fflush(stdout);
		_exit(0);
	}
	close(ends[1]);
	char *text = read_all(ends[0]);
	close(ends[0]);
	waitpid(child, NULL, 0);
	learn(text);
	free(text);
}

static void print_command(const struct options *options)
{
	printf("  in %s:", options->cwd);
	for (size_t i = 0; i < options->words; i++)
		printf(" %s", options->word[i]);
	printf("%s%s%s%s\n", options->deep ? " [deep]" : "", options->enter ? " [enter]" : "",
	       options->trace ? " [--trace]" : "", options->fresh ? " [--fresh]" : "");
}

static unsigned long gains;

static void gain(const struct options *options, unsigned long number, const char *what,
		 const char *rights, const char *why)
{
	static unsigned long last = ~0UL;

	if (gains++ >= 40)
		return;
	printf("GAIN in start %lu: %s '%s': %s\n", number, what, rights, why);
	if (last != number)
		print_command(options);
	last = number;
}

/* Sets MORE to the rights that are not to be had outside, and OTHERS to those not given. */
static int find_gains(const struct options *options, const struct found *found, char *more,
		      char *others)
{
	const struct object *object = find_object(found->key, 0);

	*more = *others = 0;
	for (const char *right = found->rights; *right; right++) {
		if (!object || !strchr(object->rights, *right))
			strncat(more, right, 1);
		else if (!may(options, object, found, *right))
			strncat(others, right, 1);
	}
	return *more || *others;
}

static void judge_line(const struct options *options, unsigned long number, struct found *found)
{
	char more[32], others[32], what[sizeof found->key + LINE + 8];

	if (!is_foreign(found->key) || !find_gains(options, found, more, others))
		return;
	look_again(options, found);
	if (!find_gains(options, found, more, others))
		return;
	snprintf(what, sizeof what, "%s at %s", found->key, found->where);
	if (*more)
		gain(options, number, what, more, "not to be had outside");
	if (*others)
		gain(options, number, what, others, "not given by the options");
}

/* Returns whether the scan came to its end. */
static int judge(const struct options *options, unsigned long number, char *text)
{
	struct found found;
	char *next;
	int ended = 0;

	for (char *line = text; line && *line; line = next) {
		if ((next = strchr(line, '\n')))
			*next++ = 0;
		if (!strncmp(line, "n ", 2))
			probes += strtoul(line + 2, NULL, 10);
		ended |= !strcmp(line, "end");
		if (read_line(line, &found))
			judge_line(options, number, &found);
	}
	return ended;
}

static int witness[2];
static pid_t witness_pid;

static void note(int number)
{
	(void)number;
	if (write(witness[1], "", 1) < 0)
		_exit(1);
}

/* A process of the group that instances are started in. */
static void make_witness(void)
{
	char byte;

	if (pipe2(witness, O_CLOEXEC))
		exit(2);
	witness_pid = fork();
	if (!witness_pid) {
		setpgid(0, 0);
		signal(SIGURG, note);
		if (write(witness[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(witness[0], &byte, 1) != 1)
		exit(2);
	fcntl(witness[0], F_SETFL, O_NONBLOCK);
}

/* Runs the words with the list as standard input, and returns what it prints. */
static pid_t run(char *const *words, const char *cwd, int *output)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		exit(2);
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		char path[40];
		snprintf(path, sizeof path, "/proc/self/fd/%d", 0);
		int in = open(path, O_RDONLY);
		if (in > 0)
			dup2(in, 0), close(in);
		lseek(0, 0, SEEK_SET);
		setpgid(0, witness_pid);
		dup2(ends[1], 1);
		if (!getenv("ORACLE_VERBOSE")) {
			int null = open("/dev/null", O_WRONLY);
			dup2(null, 2);
			close(null);
		}
		if (chdir(cwd))
			_exit(3);
		execvp(words[0], words);
		_exit(127);
	}
	close(ends[1]);
	*output = ends[0];
	return pid;
}

/* Returns the monitor, which is to be ended, or -1. */
static pid_t enter(struct options *options, char **selfdock, int words, int *output)
{
	char byte = 0, id[16];
	char *command[16];
	int held, count = 0;

	options->word[options->words] = "hold";
	options->word[options->words + 1] = NULL;
	pid_t monitor = run(options->word, options->cwd, &held);
	int holds = read(held, &byte, 1) == 1;
	close(held);
	snprintf(id, sizeof id, "%d", monitor);
	command[count++] = selfdock[words - 1];
	command[count++] = "enter";
	if (options->trace)
		command[count++] = "--trace";
	if (options->fresh)
		command[count++] = "--fresh";
	command[count++] = id;
	command[count++] = "--";
	command[count++] = options->rootfs ? "/oracle" : self;
	command[count++] = "scan";
	command[count++] = options->deep ? "deep" : NULL;
	command[count] = NULL;
	if (holds)
		run(command, options->cwd, output);
	else
		*output = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return monitor;
}

static int start(struct options *options, unsigned long number, char **selfdock, int words)
{
	pid_t monitor = -1, pid = -1;
	char byte;
	int output;

	if (options->enter) {
		monitor = enter(options, selfdock, words, &output);
	} else {
		options->word[options->words] = "scan";
		options->word[options->words + 1] = options->deep ? "deep" : NULL;
		options->word[options->words + 2] = NULL;
		pid = run(options->word, options->cwd, &output);
	}
	char *text = read_all(output);
	close(output);
	if (monitor > 0)
		kill(monitor, SIGTERM);
	waitpid(monitor > 0 ? monitor : pid, NULL, 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	int ended = judge(options, number, text);
	free(text);
	if (read(witness[0], &byte, 1) == 1 && !options->trace)
		gain(options, number, "the group outside", "s", "a signal reached it");
	return ended;
}

static void add_key(void)
{
	static const int rings[] = { -3, -4 }; /* of the session, and of the user */

	syscall(SYS_keyctl, 1 /* JOIN_SESSION_KEYRING */, NULL);
	for (int i = 0; i < 2; i++) {
		long serial =
			syscall(SYS_add_key, "user", "selfdock-oracle", "secret", 6, rings[i]);
		if (serial > 0)
			dprintf(0, "key %ld\n", serial);
	}
}

/* What can be reached here. */
static void learn_all(void)
{
	char *scan_words[] = { self, "scan", "deep", NULL };
	int output, secret = dup(MINE);

	close(MINE);
	lseek(0, 0, SEEK_SET);
	split_list(read_all(0));
	learn_foreign();
	learn_list();
	if (!area_count)
		exit(2);
	pid_t pid = run(scan_words, "/", &output);
	char *text = read_all(output);
	close(output);
	waitpid(pid, NULL, 0);
	learn(text);
	free(text);
	if (secret < 0)
		return;
	dup2(secret, MINE);
	close(secret);
}

static int drive(int argc, char **argv)
{
	uint64_t seed = strtoull(argv[2], NULL, 0);
	unsigned long first = strtoul(argv[3], NULL, 0), count = strtoul(argv[4], NULL, 0);
	unsigned long started = 0;
	const char *refuse = NULL;
	struct options *options = malloc(sizeof *options);
	char bytes[64];

	argc -= 5;
	argv += 5;
	if (argc > 2 && !strcmp(argv[0], "-u")) {
		refuse = argv[1];
		argc -= 2;
		argv += 2;
	}
	char *text = read_all(0);
	/* A copy that is this process's own, with the keys that only it can make. */
	int copy = memfd_create("list", 0);
	dup2(copy, 0);
	close(copy);
	if (write(0, text, strlen(text)) < 0)
		return 2;
	free(text);
	add_key();
	make_witness();
	learn_all();
	/* What this scan told its group was no gain. */
	while (read(witness[0], bytes, sizeof bytes) > 0)
		;
	for (unsigned long i = first; started < count && i < first + 3 * count; i++) {
		state = seed * 0x9e3779b97f4a7c15 + (i + 1) * 0xbf58476d1ce4e5b9;
		state += !state;
		for (int j = 0; j < 8; j++)
			random_below(2);
		choose(options, argv, argc, refuse);
		int ended = start(options, i, argv, argc);
		started += (unsigned long)ended;
		if (getenv("ORACLE_VERBOSE")) {
			printf("%lu %s\n", i, ended ? "scanned" : "not started");
			print_command(options);
		}
	}
	kill(witness_pid, SIGKILL);
	if (gains)
		printf("the seed was %llu\n", (unsigned long long)seed);
	printf("%lu starts, %lu probes, %lu gains\n", started, probes, gains);
	return gains || started < count;
}

/* Of one start: its options by lines, its scan, and "judge". Answers with the number of gains. */
static int judge_others(void)
{
	FILE *in = fdopen(JUDGE, "r");
	struct options *options = calloc(1, sizeof *options);
	unsigned long number = 0, before = 0;
	char line[4 * LINE], mode, source[LINE], target[LINE];
	struct found found;
	const char *value;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGURG, SIG_IGN);
	learn_all();
	options->levels = 1;
	options->cwd = "/";
	dprintf(JUDGE, "%lu\n", probes);
	while (in && fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = 0;
		if ((value = value_of(line, "cwd"))) {
			options->cwd = strdup(value);
		} else if ((value = value_of(line, "rootfs"))) {
			options->rootfs = strdup(value);
		} else if (sscanf(line, "bind %c %1023s %1023s", &mode, source, target) == 3) {
			options->bind[options->binds].source = strdup(source);
			options->bind[options->binds].target = strdup(target);
			options->bind[options->binds++].writable = mode == 'v';
		} else if (!strcmp(line, "judge")) {
			dprintf(JUDGE, "%lu\n", gains - before);
			before = gains;
			number++;
			options->binds = 0;
			options->rootfs = NULL;
		} else if (read_line(line, &found)) {
			judge_line(options, number, &found);
		}
	}
	return 0;
}

static int hold(void)
{
	if (write(1, "+", 1) != 1)
		return 1;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		snprintf(self, sizeof self, "%s", argv[0]);
	if (argc > 1 && !strcmp(argv[1], "scan"))
		return scan(argc > 2 ? argv[2] : "");
	if (argc > 5 && !strcmp(argv[1], "drive"))
		return drive(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "judge"))
		return judge_others();
	if (argc > 1 && !strcmp(argv[1], "hold"))
		return hold();
	return geteuid() == getuid() && getegid() == getgid();
}
