/* SPDX-License-Identifier: ISC */
/*
 * pgrep [-f] [-o] [-c] [-a] [-P PID] [PATTERN]: like pgrep(1), in a tenth of the time; many tests
 * spend most of theirs on it. Executed as pkill, it sends SIGTERM, or the signal that is its first
 * option.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
	pid_t pid;
	unsigned long long born;
	char *words;
};

static struct process *found;
static size_t count;

/* The file of the process, as a string; empty, if it has ended. */
static size_t read_file(const char *pid, const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t length = 0, more;

	snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	while (file >= 0 && (more = read(file, text + length, room - 1 - (size_t)length)) > 0)
		length += more;
	if (file >= 0)
		close(file);
	text[length] = '\0';
	return (size_t)length;
}

/* Whether it has ended. Its parent and the time when it began: the kernel takes several times as
 * long for these as for the rest. */
static int read_stat(const char *pid, pid_t *parent, unsigned long long *born)
{
	static char stat[4096];
	char *end;

	return !read_file(pid, "stat", stat, sizeof stat) || !(end = strrchr(stat, ')')) ||
	       sscanf(end + 1,
		      " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
		      "%llu",
		      parent, born) != 2;
}

/* Keeps it if it matches. */
static void look(const char *pid, pid_t parent, int full, int oldest, regex_t *pattern)
{
	static char words[131072];
	unsigned long long born = 0;
	pid_t its_parent = 0;

	size_t length = full ? read_file(pid, "cmdline", words, sizeof words) : 0;
	for (size_t i = 0; i + 1 < length; i++)
		if (!words[i])
			words[i] = ' ';
	if (!length && (length = read_file(pid, "comm", words, sizeof words)))
		words[length - 1] = '\0'; /* the end of the line */
	if (!length || (pattern && regexec(pattern, words, 0, NULL, 0)))
		return;
	if ((parent || oldest) &&
	    (read_stat(pid, &its_parent, &born) || (parent && its_parent != parent)))
		return;
	found = realloc(found, (count + 1) * sizeof *found);
	if (!found)
		exit(3);
	found[count++] = (struct process){ atoi(pid), born, strdup(words) };
}

static int compare(const void *one, const void *other)
{
	return ((const struct process *)one)->pid - ((const struct process *)other)->pid;
}

static int number_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = { { "KILL", SIGKILL }, { "TERM", SIGTERM }, { "STOP", SIGSTOP } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name))
			return known[i].number;
	fprintf(stderr, "pkill: unknown signal '%s'\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	int send = !strcmp(slash ? slash + 1 : argv[0], "pkill") ? SIGTERM : 0;
	int option, full = 0, oldest = 0, only_count = 0, show = 0;
	pid_t parent = 0;
	regex_t pattern;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (send && argc > 1 && isupper((unsigned char)argv[1][1]) && argv[1][2]) {
		send = number_of(argv[1] + 1);
		argv++;
		argc--;
	}
	while ((option = getopt(argc, argv, "focaP:")) != -1)
		switch (option) {
		case 'f':
			full = 1;
			break;
		case 'o':
			oldest = 1;
			break;
		case 'c':
			only_count = 1;
			break;
		case 'a':
			show = full = 1;
			break;
		case 'P':
			parent = atoi(optarg);
			break;
		default:
			return 2;
		}
	if (!proc || argc - optind > 1 || (argc == optind && !parent) ||
	    (argc > optind && regcomp(&pattern, argv[optind], REG_EXTENDED | REG_NOSUB)))
		return 2;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name) && atoi(entry->d_name) != getpid())
			look(entry->d_name, parent, full, oldest, argc > optind ? &pattern : NULL);
	qsort(found, count, sizeof *found, compare);
	for (size_t i = 1; oldest && i < count; i++)
		if (found[i].born < found[0].born)
			found[0] = found[i];
	if (oldest && count)
		count = 1;
	for (size_t i = 0; i < count; i++)
		if (send)
			kill(found[i].pid, send);
		else if (show)
			printf("%d %s\n", found[i].pid, found[i].words);
		else if (!only_count)
			printf("%d\n", found[i].pid);
	if (only_count)
		printf("%zu\n", count);
	return !count;
}
