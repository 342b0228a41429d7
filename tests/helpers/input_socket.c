/* SPDX-License-Identifier: ISC */
/* input_socket PATH: leaves a socket there. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2)
		return 2;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
	return bind(server, (struct sockaddr *)&address, sizeof address);
}
