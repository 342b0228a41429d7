/* SPDX-License-Identifier: ISC */
/* Prints each network interface with "up" or "down", sorted by index, and then
 * whether a connection over 127.0.0.1 works. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void)
{
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;

	for (unsigned index = 1; index < 100; index++) {
		struct ifreq request = { 0 };
		if (!if_indextoname(index, request.ifr_name))
			continue;
		if (ioctl(server, SIOCGIFFLAGS, &request))
			return 1;
		printf("%s %s\n", request.ifr_name, request.ifr_flags & IFF_UP ? "up" : "down");
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int failed = bind(server, (struct sockaddr *)&address, size) || listen(server, 1) ||
		     getsockname(server, (struct sockaddr *)&address, &size) ||
		     connect(client, (struct sockaddr *)&address, size);
	puts(failed ? "not connected" : "connected");
	return failed;
}
