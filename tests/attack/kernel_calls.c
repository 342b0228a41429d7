/* SPDX-License-Identifier: ISC */
/*
 * kernel_calls GROUP [FILE]: makes each call of a group that is to be refused. Prints "gained NAME"
 * for each that works, and how many do. The groups:
 *   namespace  of the namespaces that the program is in
 *   root       what the kernel lets only root do
 *   files      to open what only root may open
 *   alg        the cryptography of the kernel
 *   lock       to lock 1 MB of memory
 *   pages      to change FILE, which is on a read-only mount
 * And three that end in something else: ipc-fill makes queues, segments and semaphores, ipc-list
 * lists them, and ipc-remove removes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum {
	FAMILY_ALG = 38,
	FAMILY_PACKET = 17,
	KEY = 0x5e1fd0c0,
	COUNT = 24,
	GET_USERNS = 0xb701,
	GET_PARENT = 0xb702,
	TIME_FIFO = 1,
	PRIORITY_REALTIME = 1 << 13,
};

static int gained;

static void refused(const char *name, long result)
{
	if (result < 0)
		return;
	printf("gained %s\n", name);
	gained++;
}

static void refused_to_write(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	refused(path, file < 0 ? -1 : write(file, text, strlen(text)));
	close(file);
}

static void try_namespace(void)
{
	static const char *const kinds[] = { "user", "mnt", "pid", "ipc", "uts", "net", "cgroup" };
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	/* CAP_SYS_ADMIN, which nobody has here. */
	struct kernel_cap_data all[2] = { { 1U << 21, 1U << 21, 0 }, { 0, 0, 0 } };
	char path[64];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
		int own = open(path, O_RDONLY);
		refused(path, setns(own, 0));
		int user = ioctl(own, GET_USERNS);
		refused("the namespace of namespaces", user < 0 ? -1 : setns(user, 0));
		refused("the namespace above", i == 0 ? ioctl(own, GET_PARENT) : -1);
	}
	refused_to_write("/proc/self/uid_map", "0 0 1");
	refused_to_write("/proc/self/gid_map", "0 0 1");
	refused_to_write("/proc/self/setgroups", "deny");
	refused_to_write("/proc/sys/user/max_user_namespaces", "9");
	refused_to_write("/proc/sys/user/max_mnt_namespaces", "9");
	refused("capset", syscall(SYS_capset, &header, all));
	refused("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0));
	refused("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	if (getuid()) /* root's build may change them for itself */
		refused("securebits", prctl(PR_SET_SECUREBITS, 0x10, 0, 0, 0));
	refused("unshare mnt", unshare(CLONE_NEWNS));
	refused("unshare pid", unshare(CLONE_NEWPID));
	refused("unshare net", unshare(CLONE_NEWNET));
}

static void try_time(void)
{
	struct timespec now = { 1, 0 };
	struct timeval then = { 1, 0 };
	struct timex change = { .modes = ADJ_TICK, .tick = 10000 };

	refused("clock_settime", clock_settime(CLOCK_REALTIME, &now));
	refused("settimeofday", settimeofday(&then, NULL));
	refused("adjtimex", adjtimex(&change));
}

static void try_root(void)
{
	struct sched_param priority = { 1 };
	struct rlimit more;

	try_time();
	refused("mknod block", mknod("/tmp/made", S_IFBLK | 0600, makedev(254, 0)));
	refused("mknod mem", mknod("/tmp/made", S_IFCHR | 0600, makedev(1, 1)));
#ifdef SYS_iopl
	refused("iopl", syscall(SYS_iopl, 3));
	refused("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
#endif
	refused("init_module", syscall(SYS_init_module, "", 0, ""));
	refused("finit_module", syscall(SYS_finit_module, 0, "", 0));
	refused("delete_module", syscall(SYS_delete_module, "none", 0));
	refused("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
	refused("syslog", syscall(SYS_syslog, 5, NULL, 0));
	refused("perf", syscall(SYS_perf_event_open, NULL, -1, 0, -1, 0));
	refused("swapon", swapon("/dev/none", 0));
	refused("swapoff", swapoff("/dev/none"));
	refused("acct", acct(NULL));
	refused("sethostname", sethostname("gained", 6));
	refused("setdomainname", setdomainname("gained", 6));
	refused("priority", setpriority(PRIO_PROCESS, 0, -20));
	refused("fifo", syscall(SYS_sched_setscheduler, 0, TIME_FIFO, &priority));
	refused("ioprio", syscall(SYS_ioprio_set, 1, 0, PRIORITY_REALTIME));
	refused("raw socket", socket(AF_INET, SOCK_RAW, 1));
	refused("packet socket", socket(FAMILY_PACKET, SOCK_RAW, 0));
	refused("vhangup", vhangup());
	refused("handle", syscall(SYS_open_by_handle_at, 0, "\0\0\0\0\0\0\0\0", 0));
	if (!getrlimit(RLIMIT_NOFILE, &more) && more.rlim_max != RLIM_INFINITY) {
		more.rlim_max++;
		refused("rlimit", setrlimit(RLIMIT_NOFILE, &more));
	}
	refused_to_write("/proc/self/oom_score_adj", "-1000");
	/* Of no effect if it ever works: the key that would restart the machine stays off. */
	refused("reboot", syscall(SYS_reboot, 0xfee1deadU, 672274793, 0, NULL));
}

static void try_files(void)
{
	static const char *const written[] = {
		"/proc/sysrq-trigger",
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/modprobe",
		"/proc/sys/kernel/hostname",
		"/proc/sys/fs/suid_dumpable",
		"/proc/sys/vm/drop_caches",
		"/proc/sys/kernel/panic",
		"/proc/sys/kernel/randomize_va_space",
		"/proc/sys/fs/file-max",
		"/proc/irq/default_smp_affinity",
		"/proc/mtrr",
		"/proc/acpi/wakeup",
		"/sys/kernel/uevent_helper",
		"/sys/power/state",
		"/dev/mem",
		"/dev/port",
		"/dev/kmsg",
		"/dev/vda",
		"/dev/sda",
		"/dev/loop-control",
		"/dev/fuse",
		"/dev/kvm",
		"/dev/net/tun",
		"/dev/mapper/control",
		"/dev/console",
		"/dev/tty0",
		"/dev/userfaultfd",
		"/dev/vsock",
		"/dev/vhost-net",
	};
	static const char *const seen[] = { "/proc/kcore",	"/proc/kmsg",
					    "/proc/kpagecount", "/proc/kpageflags",
					    "/proc/slabinfo",	"/proc/vmallocinfo" };

	for (size_t i = 0; i < sizeof written / sizeof *written; i++)
		refused(written[i], open(written[i], O_WRONLY | O_NOCTTY | O_NONBLOCK));
	/* Root's instances read them as root's files: without a capability of the machine. */
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		if (getuid() || i < 2)
			refused(seen[i], open(seen[i], O_RDONLY | O_NONBLOCK));
}

static void try_alg(void)
{
	static const int types[] = { SOCK_SEQPACKET, SOCK_DGRAM, SOCK_STREAM, SOCK_RAW,
				     SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK };
	unsigned long garbage = sizeof garbage == 8 ? 1UL << (sizeof garbage * 8 - 1) : 0;
	int pair[2];

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		refused("socket", socket(FAMILY_ALG, types[i], 0));
		refused("garbage", syscall(SYS_socket, FAMILY_ALG | garbage, types[i], 0));
		refused("socketpair", socketpair(FAMILY_ALG, types[i], 0, pair));
	}
	refused("io_uring", syscall(SYS_io_uring_setup, 1, calloc(1, 256)));
}

static void try_lock(void)
{
	void *memory =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	refused("mlock", mlock(memory, 1 << 20));
	refused("locked map", mmap(NULL, 1 << 20, PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) == MAP_FAILED
				      ? -1
				      : 0);
	refused("locked segment", shmctl(shmget(IPC_PRIVATE, 1 << 20, 0600), SHM_LOCK, NULL));
}

/* As "Dirty Pipe" did: a page of the file in a pipe, and then more bytes for that page. */
static void splice_page(int file)
{
	off64_t from = 0;
	int ends[2];
	char room[65536] = { 0 };

	if (pipe(ends))
		return;
	if (write(ends[1], room, sizeof room) > 0 && read(ends[0], room, sizeof room) > 0 &&
	    splice(file, &from, ends[1], NULL, 1, 0) == 1) {
		struct iovec more = { "GAINED", 6 };
		(void)!write(ends[1], "GAINED", 6);
		vmsplice(ends[1], &more, 1, SPLICE_F_NONBLOCK);
	}
}

static void try_pages(const char *path)
{
	char name[64], now[9] = "";
	int file = open(path, O_RDONLY), flags = 0x10;

	if (file < 0) {
		refused("no file", 0);
		return;
	}
	snprintf(name, sizeof name, "/proc/self/fd/%d", file);
	refused("open", open(path, O_RDWR));
	refused("open again", open(name, O_RDWR));
	refused("write", write(file, "GAINED", 6));
	refused("truncate", truncate(path, 0));
	refused("ftruncate", ftruncate(file, 0));
	refused("fallocate", fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8));
	refused("chmod", chmod(path, 04777));
	refused("fchmod", fchmod(file, 04777));
	refused("utimes", utimensat(AT_FDCWD, path, NULL, 0));
	refused("times of the descriptor", futimens(file, NULL));
	refused("xattr", syscall(SYS_fsetxattr, file, "user.gained", "1", 1, 0));
	refused("flags", ioctl(file, 0x40086602, &flags));
	refused("rename", rename(path, "/tmp/gained"));
	refused("link", linkat(AT_FDCWD, name, AT_FDCWD, "/tmp/gained", AT_SYMLINK_FOLLOW));
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	refused("map", map == MAP_FAILED ? -1 : 0);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
	refused("mprotect", mprotect(map, 4096, PROT_READ | PROT_WRITE));
	int memory = open("/proc/self/mem", O_RDWR);
	(void)!pwrite(memory, "GAINED", 6, (off_t)(unsigned long)map);
	splice_page(file);
	refused("sendfile", sendfile(file, open("/dev/zero", O_RDONLY), NULL, 6));
	refused("what is in it", pread(file, now, 8, 0) == 8 && !strcmp(now, "original") ? -1 : 0);
}

static void fill(void)
{
	for (int i = 0; i < COUNT; i++) {
		char name[32];
		snprintf(name, sizeof name, "/%x", KEY + i);
		shmget(KEY + i, 1 << 20, IPC_CREAT | 0600);
		semget(KEY + i, 4, IPC_CREAT | 0600);
		msgget(KEY + i, IPC_CREAT | 0600);
		mq_open(name, O_CREAT | O_RDWR, 0600, NULL);
	}
	puts(shmget(KEY, 1 << 20, 0) < 0 ? "empty" : "filled");
}

static void list(void)
{
	for (int i = 0; i < COUNT; i++) {
		char name[32];
		snprintf(name, sizeof name, "/%x", KEY + i);
		if (shmget(KEY + i, 1, 0) >= 0 || semget(KEY + i, 1, 0) >= 0 ||
		    msgget(KEY + i, 0) >= 0 || mq_open(name, O_RDONLY) >= 0)
			puts(name);
	}
	puts("end");
}

static void clean(void)
{
	for (int i = 0; i < COUNT; i++) {
		char name[32];
		snprintf(name, sizeof name, "/%x", KEY + i);
		shmctl(shmget(KEY + i, 1, 0), IPC_RMID, NULL);
		semctl(semget(KEY + i, 1, 0), 0, IPC_RMID);
		msgctl(msgget(KEY + i, 0), IPC_RMID, NULL);
		mq_unlink(name);
	}
}

int main(int argc, char **argv)
{
	const char *group = argc > 1 ? argv[1] : "";

	if (!strcmp(group, "ipc-fill"))
		return fill(), 0;
	if (!strcmp(group, "ipc-list"))
		return list(), 0;
	if (!strcmp(group, "ipc-remove"))
		return clean(), 0;
	if (!strcmp(group, "namespace"))
		try_namespace();
	else if (!strcmp(group, "root"))
		try_root();
	else if (!strcmp(group, "files"))
		try_files();
	else if (!strcmp(group, "alg"))
		try_alg();
	else if (!strcmp(group, "lock"))
		try_lock();
	else if (!strcmp(group, "pages") && argc > 2)
		try_pages(argv[2]);
	else
		return 2;
	printf("%d gained\n", gained);
	return 0;
}
