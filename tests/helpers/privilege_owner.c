/* SPDX-License-Identifier: ISC */
/* privilege_owner PID: the uid that owns the user namespace of a process. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GET_OWNER_UID _IO(0xb7, 4) /* NS_GET_OWNER_UID */

int main(int argc, char **argv)
{
	char path[64];
	uid_t owner;

	snprintf(path, sizeof path, "/proc/%d/ns/user", argc > 1 ? atoi(argv[1]) : 0);
	int fd = open(path, O_RDONLY);
	if (fd < 0 || ioctl(fd, GET_OWNER_UID, &owner)) {
		perror(path);
		return 1;
	}
	printf("%u\n", owner);
	return 0;
}
