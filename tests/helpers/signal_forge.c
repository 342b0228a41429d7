/* SPDX-License-Identifier: ISC */
/*
 * signal_forge PID: wherever its init, pid 1, has a number as a text in memory that
 * it shares with anybody, writes PID instead. Says "forged", ignores SIGTERM, and
 * exits with 9 when a line is typed.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void forge(unsigned long start, size_t size, const char *pid)
{
	char *copy = malloc(size);
	struct iovec ours = { copy, size }, theirs = { (void *)start, size };

	if (process_vm_readv(1, &ours, 1, &theirs, 1, 0) != (ssize_t)size)
		return;
	for (size_t i = 0; i + 16 < size; i++) {
		if (!isdigit((unsigned char)copy[i]) || (i && copy[i - 1]))
			continue;
		struct iovec text = { (void *)pid, strlen(pid) + 1 };
		struct iovec place = { (void *)(start + i), strlen(pid) + 1 };
		process_vm_writev(1, &text, 1, &place, 1, 0);
	}
}

int main(int argc, char **argv)
{
	FILE *maps = fopen("/proc/1/maps", "r");
	unsigned long start, end;
	char line[512], typed[64];

	signal(SIGTERM, SIG_IGN);
	while (argc > 1 && maps && fgets(line, sizeof line, maps))
		if (strstr(line, "rw-s") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			forge(start, end - start, argv[1]);
	puts("forged");
	fflush(stdout);
	return read(STDIN_FILENO, typed, sizeof typed) < 0 ? 1 : 9;
}
