/* SPDX-License-Identifier: ISC */
/* cat [FILE]...: as busybox's does. The suite starts thousands, and busybox needs twice the time to
 * start. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, const char *name)
{
	dprintf(2, "cat: %s '%s': %s\n", what, name, strerror(errno));
	return 1;
}

static int copy(const char *name)
{
	static char bytes[65536];
	int fd = strcmp(name, "-") ? open(name, O_RDONLY) : 0;
	ssize_t length, written = 0;

	if (fd < 0)
		return fail("can't open", name);
	while ((length = read(fd, bytes, sizeof bytes)) > 0)
		for (ssize_t done = 0; done < length; done += written)
			if ((written = write(1, bytes + done, (size_t)(length - done))) < 0)
				return fail("can't write", name);
	if (fd)
		close(fd);
	return length < 0 ? fail("can't read", name) : 0;
}

int main(int argc, char **argv)
{
	int failed = argc == 1 && copy("-");

	for (int i = 1; i < argc; i++)
		failed |= copy(argv[i]);
	return failed;
}
