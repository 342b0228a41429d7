/* SPDX-License-Identifier: ISC */
/* input_opath FD PATH COMMAND...: runs the command with an O_PATH descriptor of
 * PATH as FD, which no shell can open. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int wanted = argc > 3 ? atoi(argv[1]) : -1;
	int fd = wanted < 0 ? -1 : open(argv[2], O_PATH);

	if (fd < 0 || (fd != wanted && dup2(fd, wanted) < 0))
		return 2;
	execvp(argv[3], argv + 3);
	return 2;
}
