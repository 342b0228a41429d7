/* SPDX-License-Identifier: ISC */
/* init_leaves N: leaves N processes to pid 1, waits for none of them, and prints
 * how many are zombies once they have ended. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int count_zombies(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int zombies = 0;

	while ((entry = readdir(proc))) {
		char path[300], text[256] = "";
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		FILE *file = isdigit((unsigned char)*entry->d_name) ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		char *end = fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
		zombies += end && end[2] == 'Z';
		fclose(file);
	}
	closedir(proc);
	return zombies;
}

int main(int argc, char **argv)
{
	int leave = argc > 1 ? atoi(argv[1]) : 0;

	for (int i = 0; i < leave; i++)
		if (!fork())
			_exit(0);
	/* Below an init they are its own children once this one has gone. */
	if (getpid() != 1) {
		if (fork())
			_exit(0);
	}
	usleep(300000);
	printf("%d\n", count_zombies());
	return 0;
}
