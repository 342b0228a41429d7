/* SPDX-License-Identifier: ISC */
/*
 * confine_types DIR TYPE...: tries to mount a file system of each type at the directory, and prints
 * those types that it could mount.
 */
#include <stdio.h>
#include <sys/mount.h>

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!mount("none", argv[1], argv[i], 0, NULL))
			puts(argv[i]);
	puts("end");
	return 0;
}
