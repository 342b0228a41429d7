/* SPDX-License-Identifier: ISC */
/* lifetime_where: prints the host name, and the last word of pid 1's command
 * line: of an instance of the tests the same. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
	char name[65] = "", words[4096] = "";
	ssize_t length = 0;

	/* It has none in the midst of an execve. */
	while (length <= 0) {
		int file = open("/proc/1/cmdline", O_RDONLY);
		if (file < 0)
			return 1;
		length = read(file, words, sizeof words - 1);
		close(file);
	}
	ssize_t last = length - 1;
	while (last > 0 && words[last - 1])
		last--;
	gethostname(name, sizeof name);
	printf("%s %s\n", name, words + last);
	return 0;
}
