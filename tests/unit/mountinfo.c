/* SPDX-License-Identifier: ISC */
/* The list of mounts is read from lines of any length, and any number of them; and from it is
 * told which show a part of the root file system. With: core/linux/mountinfo.c
 * core/linux/path.c core/base/memory.c core/base/text.c core/base/error.c core/base/filter.c */
#include "core/linux/mountinfo.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct mountinfo list;
static FILE *file;

static void begin(void)
{
	file = fopen("self/mountinfo", "w");
	assert(file);
}

static void line(int mount, int parent, const char *root, const char *path, const char *rest)
{
	fprintf(file, "%d %d 0:1 %s %s rw,nosuid shared:1 - %s rw\n", mount, parent, root, path,
		rest);
}

static void end(void)
{
	assert(!fclose(file));
	mountinfo_read(&list, AT_FDCWD);
}

static const char *path(uint64_t mount)
{
	return mountinfo_path(&list, mountinfo_find(&list, mount));
}

static void fields(void)
{
	begin();
	line(20, 1, "/", "/", "ext4 /dev/vda");
	line(300, 20, "/", "/with\\040space\\134", "tmpfs tmpfs");
	fprintf(file, "44 20 0:1 / /read-only ro - tmpfs selfdock rw");
	end();
	assert(list.count == 3 && list.entries[1].parent == 20);
	assert(!strcmp(path(20), "/") && !strcmp(path(300), "/with space\\"));
	assert(list.entries[0].writable && !list.entries[2].writable);
	assert(!mountinfo_find(&list, 21) && !mountinfo_find(&list, 0));
	assert(!mountinfo_find(&list, 20 + 256)); /* which leaves the same rest */
}

/* /view has an underlay, in which entries and an option stand; the option on a cover. */
static void parts(void)
{
	begin();
	line(1, 0, "/", "/", "ext4 /dev/vda");
	line(2, 1, "/underlay0", "/view", "tmpfs selfdock");
	line(3, 2, "/view/entry", "/view/entry", "ext4 /dev/vda");
	line(4, 2, "/cover", "/view/option", "tmpfs selfdock");
	line(5, 4, "/", "/view/option", "tmpfs tmpfs");
	line(6, 3, "/", "/view/entry/below", "tmpfs tmpfs");
	line(7, 1, "/underlay0", "/forged", "tmpfs other");
	line(8, 1, "/dev", "/dev", "tmpfs selfdock");
	list.rootfs = 1;
	end();
	assert(mountinfo_is_rootfs_mount(&list, 1) && mountinfo_is_rootfs_mount(&list, 2));
	assert(mountinfo_is_rootfs_mount(&list, 3));
	for (uint64_t mount = 4; mount <= 9; mount++)
		assert(!mountinfo_is_rootfs_mount(&list, mount));
	assert(!mountinfo_find_base(&list, 3));
	assert(mountinfo_find_base(&list, 5)->mount == 4);
	assert(mountinfo_find_base(&list, 6)->mount == 6);
	assert(mountinfo_find(&list, 7)->kind == MOUNTINFO_OTHER);
	assert(mountinfo_find(&list, 8)->kind == MOUNTINFO_DEV);
	list.rootfs = 2;
	assert(mountinfo_find_base(&list, 4)->mount == 4 && !mountinfo_find_base(&list, 8));
}

/* File systems that tell of the kernel, in any place of the list. */
static void kernel(void)
{
	begin();
	line(1, 1, "/", "/", "proc proc");
	line(2, 2, "/", "/a", "tmpfs tmpfs");
	line(3, 2, "/", "/a/b", "sysfs sysfs");
	line(4, 2, "/", "/a/c", "tmpfs tmpfs");
	end();
	for (uint64_t mount = 1; mount <= 5; mount++)
		assert(mountinfo_shows_kernel(&list, mount) == (mount <= 3));
}

/* More than the list begins with, and a path longer than any system call takes. */
static void many(void)
{
	char *long_path = malloc(1 << 20);

	memset(long_path, 'x', (1 << 20) - 1);
	long_path[0] = '/';
	long_path[(1 << 20) - 1] = '\0';
	begin();
	for (int mount = 1; mount <= 16000; mount++) {
		char name[32];
		sprintf(name, "/mount/%d", mount);
		line(mount, 1, "/", mount == 700 ? long_path : name, "tmpfs tmpfs");
	}
	end();
	assert(list.count == 16000);
	assert(!strcmp(path(1), "/mount/1") && !strcmp(path(16000), "/mount/16000"));
	assert(strlen(path(700)) == PATH_MAX && !strcmp(path(701), "/mount/701"));
	for (uint64_t mount = 1; mount <= 16000; mount++)
		assert(mountinfo_find(&list, mount)->mount == mount);
	fields(); /* read anew, of the old nothing is left */
	for (uint64_t mount = 301; mount <= 16000; mount++)
		assert(!mountinfo_find(&list, mount));
	free(long_path);
}

/* Reads so many mounts with paths of that length. More than there is room for are refused. */
static void refused(int status, int count, int length)
{
	char *long_path = malloc((size_t)length + 1);
	int ended;

	memset(long_path, '/', (size_t)length);
	long_path[length] = '\0';
	begin();
	for (int mount = 1; mount <= count; mount++)
		line(mount, 1, "/", long_path, "tmpfs tmpfs");
	assert(!fclose(file));
	if (!fork()) {
		close(STDERR_FILENO);
		mountinfo_read(&list, AT_FDCWD);
		_exit((int)list.count != count);
	}
	assert(wait(&ended) > 0 && WIFEXITED(ended) && WEXITSTATUS(ended) == status);
	free(long_path);
}

static void limits(void)
{
	refused(0, MOUNTINFO_MAX, 1);
	refused(125, MOUNTINFO_MAX + 1, 1);
	refused(125, MOUNTINFO_MAX - 1, 1024);
}

/* The list grows at any place of a line: the beginning is longer by one character each time. */
static void growing(void)
{
	char longer[5000];

	for (int length = 4000; length < 4400; length++) {
		memset(&list, 0, sizeof list);
		memset(longer, 'x', sizeof longer);
		longer[0] = '/';
		longer[length] = '\0';
		begin();
		line(1, 0, "/", longer, "tmpfs tmpfs");
		longer[220] = '\0';
		for (int mount = 2; mount < 160; mount++)
			line(mount, 1, mount % 2 ? "/cover" : "/", longer, "tmpfs selfdock");
		end();
		assert(list.count == 159);
		for (uint64_t mount = 2; mount < 160; mount++) {
			const struct mountinfo_entry *entry = mountinfo_find(&list, mount);
			assert(entry->writable && !strcmp(path(mount), longer));
			assert(entry->kind == (mount % 2 ? MOUNTINFO_COVER : MOUNTINFO_OTHER));
		}
	}
}

/* A line is no longer than it is. One that is too short for a mount is refused. */
static void short_lines(void)
{
	int status;

	begin();
	fprintf(file, "1 0 0:1 / /a rw - tmpfs\n2 1 0:1 / /b rw - proc proc rw\n");
	end();
	assert(list.count == 2 && !strcmp(path(2), "/b") && mountinfo_find(&list, 2)->kernel);
	if (!fork()) {
		close(STDERR_FILENO);
		begin();
		fprintf(file, "1 0 0:1 rw\n2 1 0:1 / /b rw - proc proc rw\n");
		end();
		_exit(0);
	}
	assert(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 125);
}

/* Each round takes memory that is never given back: in all more than small machines let a process
 * have that forks. */
static void grow_elsewhere(void)
{
	int status;

	if (!fork()) {
		growing();
		_exit(0);
	}
	assert(wait(&status) > 0 && !status);
}

int main(int argc, char **argv)
{
	assert(argc == 2 && !chdir(argv[1]));
	assert(!mkdir("self", 0700));
	fields();
	parts();
	kernel();
	many();
	grow_elsewhere();
	short_lines();
	limits();
	return 0;
}
