/* SPDX-License-Identifier: ISC */
/*
 * ipc WHAT [PATH]...: what a program may try to reach.
 *
 *   families   says each family of sockets that opens, with its types, also by odd numbers
 *   keys       says each call about keys that works
 *   connect    says each path of a socket that it can connect to, as a stream or a datagram
 *   serve      listens at these paths, says "ready", and waits
 *   processes  asks the kernel to tell of all processes, and says if it tells of one in a second
 *   filtered   says which sockets and ioctls a filter refuses, whether the kernel knows them or not
 *   scoped     executes what follows, with signals kept in a Landlock scope and nothing else
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { FAMILY_VSOCK = 40, FAMILY_QIPCRTR = 42, ROUTE = 0, CONNECTOR = 11, TRACE = 0x7ff00000 };

/* The number of the processes among what the connector tells; the end of a message. */
enum { PROCESSES = 1, LISTEN = 1, DONE = 3 };

/* Of <linux/fscrypt.h> */
#define REMOVE_KEY 0xc0406618UL
#define GET_KEY_STATUS 0xc080661aUL

static void try_families(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };

	for (unsigned long family = 0; family < 64; family++)
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			for (unsigned long garbage = 0; garbage < 2; garbage++) {
				int pair[2];
				long fd = syscall(SYS_socket, family | garbage << 32, types[i], 0);
				long both = syscall(SYS_socketpair, family | garbage << 32,
						    types[i], 0, pair);
				if (fd >= 0)
					printf("family %lu type %d\n", family, types[i]);
				if (both >= 0)
					printf("pair of family %lu type %d\n", family, types[i]);
				if (fd >= 0)
					close((int)fd);
				if (both >= 0) {
					close(pair[0]);
					close(pair[1]);
				}
			}
}

#ifdef __x86_64__
static long by_int80(long number, long first, long second)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second), "d"(0L), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif

/* keyctl, add_key and request_key of i386. A kernel without them ends the process by SIGSEGV. */
static void try_foreign_keys(void)
{
#ifdef __x86_64__
	int status;
	pid_t child = fork();

	if (!child)
		_exit(by_int80(288, 0, -4) > 0 || by_int80(288, 11, -3) > 0);
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		puts("by int 0x80");
#endif
}

static void try_keys(void)
{
	char text[256];

	/* The special numbers of the thread's, process's, session's and user's keyrings. */
	for (long operation = 0; operation < 40; operation++)
		for (long ring = -8; ring < 0; ring++) {
			long value = syscall(SYS_keyctl, operation, ring, text, sizeof text, 0);
			if (value >= 0)
				printf("keyctl %ld of %ld\n", operation, ring);
#ifdef __x86_64__
			if (syscall(0x40000000L | SYS_keyctl, operation, ring, text, 8, 0) >= 0)
				printf("keyctl %ld of x32\n", operation);
#endif
		}
	for (long ring = -8; ring < 0; ring++) {
		if (syscall(SYS_add_key, "user", "selfdock", "x", 1UL, ring) >= 0)
			printf("add_key to %ld\n", ring);
		if (syscall(SYS_request_key, "user", "selfdock-user-key", NULL, ring) >= 0)
			printf("request_key from %ld\n", ring);
	}
	try_foreign_keys();
}

static struct sockaddr_un at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	return address;
}

static void try_connecting(char **paths)
{
	for (; *paths; paths++) {
		struct sockaddr_un address = at(*paths);
		int stream = socket(AF_UNIX, SOCK_STREAM, 0);
		int datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (!connect(stream, (struct sockaddr *)&address, sizeof address) ||
		    !connect(datagram, (struct sockaddr *)&address, sizeof address))
			puts(*paths);
		close(stream);
		close(datagram);
	}
}

static int serve(char **paths)
{
	for (; *paths; paths++) {
		struct sockaddr_un address = at(*paths);
		int stream = socket(AF_UNIX, SOCK_STREAM, 0);
		if (bind(stream, (struct sockaddr *)&address, sizeof address) ||
		    chmod(*paths, 0777) || listen(stream, 64))
			return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}

/* The process connector. From Linux 6.6 on, it asks for no privilege and for no namespace. */
static void try_processes(void)
{
	/* Those of <linux/netlink.h> and <linux/connector.h>. */
	struct {
		uint32_t length;
		uint16_t type, flags;
		uint32_t number, port;
		uint32_t group, value, sequence, answer;
		uint16_t size, zero;
		uint32_t operation;
	} request = {
		.length = sizeof request,
		.type = DONE,
		.group = PROCESSES,
		.value = 1,
		.size = sizeof request.operation,
		.operation = LISTEN,
	};
	struct {
		uint16_t family, zero;
		uint32_t port, groups;
	} address = { .family = AF_NETLINK, .groups = PROCESSES };
	struct pollfd told = { socket(AF_NETLINK, SOCK_DGRAM, CONNECTOR), POLLIN, 0 };
	char event[512];

	if (bind(told.fd, (struct sockaddr *)&address, sizeof address) ||
	    send(told.fd, &request, sizeof request, 0) < 0)
		return;
	/* The first is the answer to the request. */
	for (int events = 0; poll(&told, 1, 1000) > 0 && recv(told.fd, event, sizeof event, 0) > 0;)
		if (++events == 2) {
			puts("told of a process");
			return;
		}
}

static bool is_refused(long result)
{
	return result < 0 && errno != ENOSYS;
}

/* A filter of its own has the kernel return ENOSYS for these calls. One around it that refuses a
 * call comes before that. */
static void try_filter(void)
{
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		{ KERNEL_BPF_EQUAL, 1, 0, SYS_socket },
		{ KERNEL_BPF_EQUAL, 0, 1, SYS_ioctl },
		{ KERNEL_BPF_RETURN, 0, 0, TRACE },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };
	static const struct {
		const char *name;
		long family, protocol;
	} sockets[] = {
		{ "vsock", FAMILY_VSOCK, 0 },
		{ "qipcrtr", FAMILY_QIPCRTR, 0 },
		{ "connector", AF_NETLINK, CONNECTOR },
		{ "connector with garbage", AF_NETLINK | 1L << 32, CONNECTOR | 1L << 32 },
		{ "route", AF_NETLINK, ROUTE },
		{ "unix", AF_UNIX, CONNECTOR },
	};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, 0, &program))
		puts("no filter");
	for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++)
		if (is_refused(syscall(SYS_socket, sockets[i].family, SOCK_DGRAM,
				       sockets[i].protocol)))
			puts(sockets[i].name);
	if (is_refused(syscall(SYS_ioctl, 0, REMOVE_KEY, NULL)))
		puts("removal of a key");
	if (is_refused(syscall(SYS_ioctl, 0, REMOVE_KEY | 1UL << 32, NULL)))
		puts("removal with garbage");
	if (is_refused(syscall(SYS_ioctl, 0, GET_KEY_STATUS, NULL)))
		puts("status of a key");
}

static int run_scoped(char **command)
{
	struct kernel_landlock_ruleset_attr attr = { .scoped = KERNEL_LANDLOCK_SCOPE_SIGNAL };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0))
		return 2;
	execv(*command, command);
	return 127;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "families"))
		try_families();
	if (!strcmp(what, "keys"))
		try_keys();
	if (!strcmp(what, "connect"))
		try_connecting(argv + 2);
	if (!strcmp(what, "serve"))
		return serve(argv + 2);
	if (!strcmp(what, "processes"))
		try_processes();
	if (!strcmp(what, "filtered"))
		try_filter();
	if (!strcmp(what, "scoped"))
		return run_scoped(argv + 2);
	puts("tried");
	return 0;
}
