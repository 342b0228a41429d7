/* SPDX-License-Identifier: ISC */
/* inside_walk ROUNDS [WORD]...: walks so many times through what /proc shows of every
 * process, and prints what is not the instance's own, each once, then the number of
 * processes; "-" instead of a number of rounds walks until /tmp/stop is there.
 *
 * Own is what exe, root, cwd, fd and map_files lead to, if the name they have leads to the
 * very same: file, and mount. So is what this program was given as descriptors 0 to 2, and
 * in environ and cmdline each string that is one of WORD, or of this program's words.
 * In the memory of others there must be nowhere the text SECRET.
 *
 * What the kernel does not let this program open is out of reach; of itself it has to
 * reach all but map_files, which is for the host's root alone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its reverse, so that a search for it does not find the words of this program. */
static const char terces[] = "edisni-on-eciov-siht";

static char **allowed;
static char said[1 << 16];

struct identity {
	dev_t device;
	ino_t inode;
	long mount;
};

static struct identity standard[3];

/* Prints a line unless it was printed before. */
static void say(const char *format, ...)
{
	char line[9000];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line - 2, format, arguments);
	va_end(arguments);
	strcat(line, "\n");
	if (strstr(said, line) || strlen(said) + strlen(line) >= sizeof said)
		return;
	strcat(said, line);
	fputs(line, stdout);
}

static size_t read_file(const char *path, char *text, size_t room)
{
	int file = open(path, O_RDONLY | O_NONBLOCK);
	size_t length = 0;
	ssize_t more;

	while (file >= 0 && (more = read(file, text + length, room - 1 - length)) > 0)
		length += (size_t)more;
	if (file >= 0)
		close(file);
	text[length] = '\0';
	return length;
}

/* By fdinfo, which knows of more than statx: of what is no mount of this namespace, too. */
static struct identity identify(int fd)
{
	struct identity is = { 0, 0, -1 };
	struct stat status;
	char path[64], text[4096];

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	read_file(path, text, sizeof text);
	char *mount = strstr(text, "mnt_id:");
	if (mount && !fstat(fd, &status))
		is = (struct identity){ status.st_dev, status.st_ino, atol(mount + 7) };
	return is;
}

static int is_same(struct identity one, struct identity other)
{
	return one.device == other.device && one.inode == other.inode && one.mount == other.mount;
}

/* Whether the link in /proc leads to something; says so if that is not the view's. */
static int check_link(const char *link)
{
	char name[4096];
	ssize_t length = readlink(link, name, sizeof name - 1);
	int fd = open(link, O_PATH);

	if (length < 0 || fd < 0) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	name[length] = '\0';
	struct identity is = identify(fd);
	close(fd);
	for (int i = 0; i < 3; i++)
		if (is_same(is, standard[i]))
			return 1;
	int there = *name == '/' ? open(name, O_PATH | O_NOFOLLOW) : -1;
	if (there < 0 || !is_same(is, identify(there)))
		say("%s leads out, to %s", link, name);
	if (there >= 0)
		close(there);
	return 1;
}

static int check_links(const char *directory)
{
	DIR *list = opendir(directory);
	struct dirent *entry;
	char link[512];
	int reached = 0;

	while (list && (entry = readdir(list)))
		if (*entry->d_name != '.') {
			snprintf(link, sizeof link, "%s/%s", directory, entry->d_name);
			reached += check_link(link);
		}
	if (list)
		closedir(list);
	return reached;
}

static int is_allowed(const char *word)
{
	for (char **each = allowed; *each; each++)
		if (!strcmp(word, *each))
			return 1;
	return 0;
}

static int check_strings(const char *path)
{
	static char text[1 << 20];
	size_t length = read_file(path, text, sizeof text);

	for (size_t at = 0; at < length; at += strlen(text + at) + 1)
		if (text[at] && !is_allowed(text + at))
			say("%s has '%.*s'", path, (int)strcspn(text + at, "="), text + at);
	return length > 0;
}

/* What a file of the maps is named must be it in the view, too. The rest is memory. */
static void check_map(const char *path, const char *line)
{
	unsigned long inode;
	struct stat status;
	char name[4096] = "";

	if (sscanf(line, "%*s %*s %*s %*s %lu %4095[^\n]", &inode, name) < 2 || !inode)
		return;
	if (*name != '/' || stat(name, &status) || status.st_ino != inode)
		say("%s has '%s'", path, name);
}

static int holds_secret(const char *text, size_t length)
{
	static char secret[sizeof terces];

	for (size_t i = 0; i < sizeof terces - 1; i++)
		secret[i] = terces[sizeof terces - 2 - i];
	return memmem(text, length, secret, sizeof terces - 1) != NULL;
}

static void check_memory(const char *process, const char *line)
{
	static char bytes[1 << 16];
	unsigned long from, to;
	char path[64];

	snprintf(path, sizeof path, "%s/mem", process);
	int memory = open(path, O_RDONLY);
	if (memory >= 0 && sscanf(line, "%lx-%lx", &from, &to) == 2)
		while (from < to) {
			size_t size = to - from < sizeof bytes ? to - from : sizeof bytes;
			ssize_t got = pread(memory, bytes, size, (off_t)from);
			if (got > 0 && holds_secret(bytes, (size_t)got))
				say("%s holds what the caller keeps", path);
			from += size;
		}
	if (memory >= 0)
		close(memory);
}

static int check_maps(const char *process, int own)
{
	static char text[1 << 20];
	char path[64];
	size_t length;

	snprintf(path, sizeof path, "%s/maps", process);
	length = read_file(path, text, sizeof text);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		check_map(path, line);
		if (!own)
			check_memory(process, line);
	}
	return length > 0;
}

static void check_process(const char *name, int own)
{
	static const char *const links[] = { "exe", "root", "cwd" };
	static const char *const texts[] = { "environ", "cmdline" };
	char process[32], path[64];
	int reached = 0;

	snprintf(process, sizeof process, "/proc/%.16s", name);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "%s/%s", process, links[i]);
		reached += check_link(path);
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		snprintf(path, sizeof path, "%s/%s", process, texts[i]);
		reached += check_strings(path);
	}
	reached += check_maps(process, own);
	snprintf(path, sizeof path, "%s/map_files", process);
	check_links(path);
	snprintf(path, sizeof path, "%s/fd", process);
	int descriptors = check_links(path);
	if (own && (reached != 6 || descriptors < 3))
		say("this program reaches but %d and %d things of itself", reached, descriptors);
}

static int walk(void)
{
	char self[16];
	struct dirent *entry;
	DIR *list = opendir("/proc");
	int count = 0;

	snprintf(self, sizeof self, "%d", getpid());
	while (list && (entry = readdir(list)))
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name)) {
			check_process(entry->d_name, !strcmp(entry->d_name, self));
			count++;
		}
	if (list)
		closedir(list);
	return count;
}

int main(int argc, char **argv)
{
	int most = 0;

	allowed = argv;
	for (int fd = 0; fd < 3; fd++)
		standard[fd] = identify(fd);
	for (int left = argc > 1 ? atoi(argv[1]) : 1; left || access("/tmp/stop", F_OK);) {
		int count = walk();
		most = count > most ? count : most;
		if (left && !--left)
			break;
	}
	printf("processes: %d\n", most);
	return 0;
}
