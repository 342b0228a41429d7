/* SPDX-License-Identifier: ISC */
/* init_flood PIPE: says without end, as an init would, that the program has stopped. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static int reports[16384];
	int pipe = argc > 1 ? open(argv[1], O_WRONLY) : -1;

	if (pipe < 0) {
		perror("init_flood");
		return 1;
	}
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
		reports[i] = 0x137f;
	alarm(30);
	while (write(pipe, reports, sizeof reports) > 0)
		;
	return 0;
}
