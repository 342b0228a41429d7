/* SPDX-License-Identifier: ISC */
/*
 * ipc WHAT [PATH]...: what a program may try to reach.
 *
 *   families   says each family of sockets that opens, with its types, also by odd numbers
 *   keys       says each call about keys that works
 *   connect    says each path of a socket that it can connect to, as a stream or a datagram
 *   serve      listens at these paths, says "ready", and waits
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

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
	puts("tried");
	return 0;
}
