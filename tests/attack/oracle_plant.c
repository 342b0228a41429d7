/* SPDX-License-Identifier: ISC */
/*
 * oracle_plant DIRECTORY UID GID,GID,... OTHER COMMAND [ARG]...: by root, in a mount and an ipc
 * namespace made for it: fills the directory with what a user may reach and may not, makes
 * processes, sockets, queues and memory of several users, and runs the command, whose standard
 * input tells of them, until it ends. Descriptor 77 of it is one of root's. For oracle.c; a line is
 *
 *   area PATH                  a part of what is planted, which may be a source
 *   path MAJOR:MINOR:INODE PATH  a file, seen by root before anything was mounted on it
 *   dir PATH                   where all of this is
 *   pid PID NAME               a process, and its name as of oracle.h
 *   socket TYPE NAME           an abstract one: SOCK_STREAM or SOCK_DGRAM
 *   port PORT                  a listener of 127.0.0.1
 *   shm ID, sem ID, msg ID, queue NAME
 *   handle TYPE HEX            of a file in a closed directory
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/attack/oracle.h"

enum { ROOT, TESTER, OTHER, SECOND_GROUP, LISTENERS = 64 };

static uid_t users[4];
static gid_t groups[8];
static size_t group_count;
static FILE *out;
static struct pollfd listeners[LISTENERS];
static nfds_t listening;
static pid_t children[16];
static size_t child_count;

static void need(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "oracle_plant: %s: %s\n", what, strerror(errno));
	for (size_t i = 0; i < child_count; i++)
		kill(children[i], SIGKILL);
	exit(2);
}

static void tell_path(const char *path)
{
	struct stat is;

	need(!lstat(path, &is), path);
	fprintf(out, "path %u:%u:%llu %s\n", major(is.st_dev), minor(is.st_dev),
		(unsigned long long)is.st_ino, path);
}

/* The group of what the tester owns is his second one. */
static void own(const char *path, int user, mode_t mode)
{
	need(!lchown(path, users[user], user == TESTER ? groups[1] : users[user]), path);
	need(!chmod(path, mode), path);
	tell_path(path);
}

static const char *join(const char *area, const char *name)
{
	static char path[4][512];
	static unsigned turn;
	char *joined = path[turn++ % 4];

	snprintf(joined, sizeof path[0], "%s/%s", area, name);
	return joined;
}

static void make_directory(const char *path, int user, mode_t mode)
{
	need(!mkdir(path, 0755), path);
	own(path, user, mode);
}

static void make_file(const char *path, int user, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	need(fd >= 0 && write(fd, "secret\n", 7) == 7, path);
	close(fd);
	own(path, user, mode);
}

static void make_node(const char *path, mode_t type, unsigned number, int user, mode_t mode)
{
	need(!mknod(path, type | 0600, type == S_IFCHR ? makedev(1, number) : 0), path);
	own(path, user, mode);
}

static void copy_program(const char *path, int user, mode_t mode)
{
	char program[512] = "", block[4096];
	ssize_t length;

	need(readlink("/proc/self/exe", program, sizeof program - 1) > 0, "exe");
	strcpy(strrchr(program, '/'), "/oracle");
	int from = open(program, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	need(from >= 0 && to >= 0, path);
	while ((length = read(from, block, sizeof block)) > 0)
		need(write(to, block, (size_t)length) == length, path);
	close(from);
	close(to);
	own(path, user, mode);
}

static void listen_on(const struct sockaddr *address, socklen_t size, int type)
{
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	need(listening < LISTENERS && fd >= 0 && !bind(fd, address, size), "bind");
	need(type == SOCK_DGRAM || !listen(fd, 64), "listen");
	listeners[listening++] = (struct pollfd){ fd, POLLIN, 0 };
}

static void make_socket(const char *path, int user, mode_t mode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char link[64];
	char directory[512];

	/* A path of a socket is short. */
	snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
	int fd = open(directory, O_PATH | O_CLOEXEC);
	snprintf(link, sizeof link, "/proc/self/fd/%d/%s", fd, strrchr(path, '/') + 1);
	strcpy(address.sun_path, link);
	listen_on((struct sockaddr *)&address, sizeof address, SOCK_STREAM);
	close(fd);
	own(path, user, mode);
}

/* What each part has: files for each class of users, and all types. */
static void fill(const char *area)
{
	make_file(join(area, "mine"), TESTER, 0600);
	make_file(join(area, "others"), OTHER, 0600);
	make_file(join(area, "roots"), ROOT, 0600);
	make_file(join(area, "all"), ROOT, 0666);
	make_file(join(area, "read"), OTHER, 0644);
	make_file(join(area, "group"), ROOT, 0660);
	need(!chown(join(area, "group"), 0, groups[1]), "group");
	/* Who has that group may not; who has lost it, may. */
	make_file(join(area, "not-group"), ROOT, 0606);
	need(!chown(join(area, "not-group"), 0, groups[group_count - 1]), "not-group");
	make_file(join(area, "run"), ROOT, 0755);
	make_directory(join(area, "directory"), TESTER, 0700);
	make_file(join(area, "directory/file"), TESTER, 0644);
	make_directory(join(area, "closed"), ROOT, 0700);
	make_file(join(area, "closed/all"), ROOT, 0666);
	make_directory(join(area, "theirs"), OTHER, 0700);
	make_file(join(area, "theirs/all"), OTHER, 0666);
	make_directory(join(area, "named"), ROOT, 0711);
	make_file(join(area, "named/all"), ROOT, 0666);
	make_directory(join(area, "shared"), ROOT, 01777);
	make_node(join(area, "fifo"), S_IFIFO, 0, ROOT, 0666);
	make_node(join(area, "roots-fifo"), S_IFIFO, 0, ROOT, 0600);
	make_node(join(area, "null"), S_IFCHR, 3, ROOT, 0666);
	make_node(join(area, "roots-zero"), S_IFCHR, 5, ROOT, 0600);
	make_socket(join(area, "socket"), ROOT, 0777);
	make_socket(join(area, "roots-socket"), ROOT, 0700);
	make_socket(join(area, "closed/socket"), ROOT, 0777);
	copy_program(join(area, "suid"), OTHER, 04755);
	need(!symlink("closed/all", join(area, "link")), "link");
	tell_path(join(area, "link"));
}

static char *make_area(const char *directory, const char *name, int user, mode_t mode)
{
	char *path = strdup(join(directory, name));

	make_directory(path, user, mode);
	fprintf(out, "area %s\n", path);
	return path;
}

static void mount_on(const char *where, unsigned long flags)
{
	char *path = strdup(where);

	need(!mount("tmpfs", path, "tmpfs", 0, "mode=755"), path);
	fill(path);
	need(!mount(NULL, path, NULL, MS_REMOUNT | flags, "mode=755"), path);
	free(path);
}

/* What mutate.c changes while an instance starts with it. */
static void make_changing(const char *area)
{
	make_directory(join(area, "p"), TESTER, 0755);
	make_directory(join(area, "p/q"), TESTER, 0755);
	make_directory(join(area, "p/q/source"), TESTER, 0755);
	make_file(join(area, "p/q/source/file"), TESTER, 0644);
	make_directory(join(area, "p/q/theirs"), OTHER, 0700);
	make_file(join(area, "p/q/theirs/all"), OTHER, 0666);
	make_directory(join(area, "p/volume"), TESTER, 0755);
	make_directory(join(area, "p/volume/target"), TESTER, 0755);
	make_directory(join(area, "p/volume/small"), TESTER, 0755);
	need(!mount("tmpfs", join(area, "p/volume/small"), "tmpfs", 0, "mode=777,size=64k"),
	     "small");
}

static void make_files(const char *directory)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} mounts[] = {
		{ "nosuid", MS_NOSUID },    { "nodev", MS_NODEV }, { "noexec", MS_NOEXEC },
		{ "read-only", MS_RDONLY }, { "covered", 0 },
	};

	chmod(directory, 0755);
	fprintf(out, "dir %s\n", directory);
	char *open_area = make_area(directory, "open", TESTER, 0755);
	fill(open_area);
	make_changing(open_area);
	fill(make_area(directory, "shut", ROOT, 0700));
	fill(make_area(directory, "secret", TESTER, 0700));
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
		mount_on(make_area(directory, mounts[i].name, ROOT, 0755), mounts[i].flags);

	/* What is below a mount, in several ways. */
	const char *hidden = make_area(directory, "hidden", TESTER, 0755);
	fill(hidden);
	mount_on(hidden, 0);
	const char *bound = make_area(directory, "bound", ROOT, 0755);
	fill(bound);
	need(!mount(join(directory, "open"), bound, NULL, MS_BIND, NULL), bound);
	const char *above = make_area(directory, "above", TESTER, 0755);
	make_directory(join(above, "below"), TESTER, 0755);
	make_file(join(above, "below/hidden"), TESTER, 0666);
	mount_on(join(above, "below"), MS_NOSUID | MS_NODEV);
	make_file(join(above, "file"), ROOT, 0666);
	need(!mount(join(directory, "open/read"), join(above, "file"), NULL, MS_BIND, NULL),
	     "file");
	const char *unbindable = make_area(directory, "unbindable", TESTER, 0755);
	make_directory(join(unbindable, "below"), TESTER, 0755);
	make_file(join(unbindable, "below/hidden"), ROOT, 0666);
	mount_on(join(unbindable, "below"), 0);
	need(!mount(NULL, join(unbindable, "below"), NULL, MS_UNBINDABLE, NULL), unbindable);

	const char *root = make_area(directory, "root", TESTER, 0755);
	fill(root);
	make_directory(join(root, "proc"), TESTER, 0755);
	make_directory(join(root, "dev"), TESTER, 0755);
	make_directory(join(root, "tmp"), TESTER, 0755);
	make_directory(join(root, "mnt"), TESTER, 0755);
	copy_program(join(root, "oracle"), ROOT, 0755);
	make_file(join(directory, "plain"), TESTER, 0644);
}

static void make_handle(const char *path)
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	int mount;

	need(!name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, 0), "handle");
	fprintf(out, "handle %d ", handle.head.handle_type);
	for (unsigned i = 0; i < handle.head.handle_bytes; i++)
		fprintf(out, "%02x", handle.head.f_handle[i]);
	fprintf(out, "\n");
}

static void make_abstract(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
			      "selfdock-oracle-%d-%d", getpid(), type);

	fprintf(out, "socket %d %s\n", type, address.sun_path + 1);
	listen_on((struct sockaddr *)&address,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length), type);
}

static void make_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;

	listen_on((struct sockaddr *)&address, size, SOCK_STREAM);
	need(!getsockname(listeners[listening - 1].fd, (struct sockaddr *)&address, &size), "port");
	fprintf(out, "port %d\n", ntohs(address.sin_port));
}

/* In an ipc namespace of their own, which takes them with it. */
static void make_ipc(void)
{
	static const struct {
		int user;
		int mode;
	} kinds[] = { { ROOT, 0600 }, { ROOT, 0666 }, { TESTER, 0600 }, { OTHER, 0600 } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[32];
		need(!seteuid(users[kinds[i].user]), "seteuid");
		int shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | kinds[i].mode);
		int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | kinds[i].mode);
		int msg = msgget(IPC_PRIVATE, IPC_CREAT | kinds[i].mode);
		snprintf(name, sizeof name, "oracle-%zu", i);
		/* The kernel counts the bytes of all queues of a user. */
		struct mq_attr small = { .mq_maxmsg = 1, .mq_msgsize = 8 };
		int queue = (int)syscall(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL,
					 kinds[i].mode, &small);
		need(!seteuid(0) && shm >= 0 && sem >= 0 && msg >= 0 && queue >= 0, "ipc");
		fprintf(out, "shm %d\nsem %d\nmsg %d\nqueue %s\n", shm, sem, msg, name);
		close(queue);
	}
}

static void become(int user)
{
	gid_t all = users[user];

	need(!setgroups(user == TESTER ? group_count : 1, user == TESTER ? groups : &all) &&
		     !setresgid(all, all, all) && !setresuid(users[user], users[user], users[user]),
	     "ids");
}

static void tell_process(pid_t pid)
{
	char name[NAME_SIZE];
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	need(name_process(pid, pidfd, name), "pidfd");
	fprintf(out, "pid %d %s\n", pid, name);
	close(pidfd);
}

/* A process of that user, with root's file open. It has a name in its own mount namespace, too. */
static void make_process(int user, int dumpable, int secret)
{
	int ready[2];
	char byte;

	need(!pipe2(ready, O_CLOEXEC), "pipe");
	pid_t pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		child_count = 0;
		need(!unshare(CLONE_NEWNS) && !mount("tmpfs", "/mnt", "tmpfs", 0, "mode=777"),
		     "namespace");
		need(dup2(secret, 5) == 5, "secret");
		become(user);
		need(!prctl(PR_SET_DUMPABLE, dumpable) && !prctl(PR_SET_PDEATHSIG, SIGKILL),
		     "prctl");
		need(write(ready[1], "", 1) == 1, "ready");
		for (;;)
			pause();
	}
	children[child_count++] = pid;
	need(read(ready[0], &byte, 1) == 1, "process");
	close(ready[0]);
	close(ready[1]);
	tell_process(pid);
}

static void make_terminal(int user)
{
	char name[64];

	need(!seteuid(users[user]), "seteuid");
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	need(!seteuid(0) && fd >= 0 && !unlockpt(fd) && !ptsname_r(fd, name, sizeof name),
	     "terminal");
	tell_path(name);
}

static void serve(void)
{
	for (nfds_t i = 0; i < listening; i++) {
		char byte;
		int fd;
		if (!listeners[i].revents)
			continue;
		while ((fd = accept(listeners[i].fd, NULL, NULL)) >= 0)
			close(fd);
		while (recv(listeners[i].fd, &byte, 1, MSG_DONTWAIT) >= 0)
			;
	}
}

/* Also as a file, for a start that leaves its standard input. */
static void copy_list(const char *path)
{
	char block[4096];
	ssize_t length;
	off_t at = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	need(fd >= 0, path);
	while ((length = pread(fileno(out), block, sizeof block, at)) > 0) {
		need(write(fd, block, (size_t)length) == length, path);
		at += length;
	}
	close(fd);
}

/* So that poll(2) returns. */
static void wake(int number)
{
	(void)number;
}

static void read_groups(const char *text)
{
	for (char *rest = (char *)(uintptr_t)text; *rest && group_count < 8; rest += *rest == ',')
		groups[group_count++] = (gid_t)strtoul(rest, &rest, 10);
	need(group_count > 1, "two groups");
}

int main(int argc, char **argv)
{
	int status = 0;

	umask(0);
	if (argc < 6)
		return 2;
	users[TESTER] = (uid_t)atoi(argv[2]);
	users[OTHER] = (uid_t)atoi(argv[4]);
	read_groups(argv[3]);
	int list = memfd_create("list", 0);
	need(list >= 0 && (out = fdopen(list, "w")), "list");

	make_files(argv[1]);
	make_handle(join(argv[1], "shut/all"));
	make_abstract(SOCK_STREAM);
	make_abstract(SOCK_DGRAM);
	make_port();
	make_ipc();
	int secret = open(join(argv[1], "open/roots"), O_RDWR | O_CLOEXEC);
	make_process(TESTER, 1, secret);
	make_process(TESTER, 0, secret);
	make_process(OTHER, 1, secret);
	make_process(ROOT, 1, secret);
	make_terminal(TESTER);
	make_terminal(OTHER);
	need(!fflush(out), "list");
	copy_list(join(argv[1], "list"));

	signal(SIGCHLD, wake);
	pid_t command = fork();
	if (!command) {
		lseek(list, 0, SEEK_SET);
		dup2(list, 0);
		dup2(secret, MINE);
		umask(022);
		execvp(argv[5], argv + 5);
		_exit(127);
	}
	while (!waitpid(command, &status, WNOHANG)) {
		poll(listeners, listening, 100);
		serve();
	}
	for (size_t i = 0; i < child_count; i++)
		kill(children[i], SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
