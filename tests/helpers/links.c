/* SPDX-License-Identifier: ISC */
/* links TARGET NAME...: makes each name a symbolic link to the target, whatever it was but for a
 * directory: "ln -sfn" for all of them in one process. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if ((unlink(argv[i]) && errno != ENOENT) || symlink(argv[1], argv[i]))
			return perror(argv[i]), 1;
	return 0;
}
