/* SPDX-License-Identifier: ISC */
/* confine_abstract serve|connect|scopes NAME: an abstract socket, and whether
 * the kernel has Landlock scopes to keep an instance from it. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int any = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t length;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "scopes"))
		return syscall(SYS_landlock_create_ruleset, NULL, 0UL, 1) < 6;
	strncpy(address.sun_path + 1, argv[2], sizeof address.sun_path - 2);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(argv[2]));
	if (!strcmp(argv[1], "serve")) {
		if (bind(any, (struct sockaddr *)&address, length) || listen(any, 8))
			return 1;
		puts("ready");
		fflush(stdout);
		for (;;)
			close(accept(any, NULL, NULL));
	}
	if (connect(any, (struct sockaddr *)&address, length)) {
		perror("connect");
		return 1;
	}
	puts("connected");
	return 0;
}
