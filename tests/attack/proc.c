/* SPDX-License-Identifier: ISC */
/*
 * proc WHAT [own]: says which files of /proc it can open to write to.
 *
 *   settings   those of /proc/sys and the others that are the kernel's, and all of /sys
 *   others     those of processes other than this one and its threads
 *
 * With "own", in namespaces of its own, and also in a /proc that it mounts there.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *top = "/proc"; /* what is printed instead of it is always /proc */

static int try_file(const char *path, const struct stat *file, int type, struct FTW *at)
{
	(void)file, (void)at;
	if (type != FTW_F)
		return 0;
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	printf("%s%s\n", strncmp(path, top, strlen(top)) ? "" : "/proc",
	       strncmp(path, top, strlen(top)) ? path : path + strlen(top));
	fflush(stdout);
	close(fd);
	return 0;
}

static void walk(const char *what)
{
	nftw(what, try_file, 16, FTW_PHYS);
}

/* Each file of the process, and those in attr. */
static void look_at_process(const char *process)
{
	static const char *const below[] = { "", "attr/", "net/", "task/%s/", "task/%s/attr/" };
	char path[512], where[128], format[64];
	struct dirent *entry;

	for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
		snprintf(format, sizeof format, "%%s/%%s/%s", below[i]);
		snprintf(where, sizeof where, format, top, process, process);
		DIR *files = opendir(where);
		while (files && (entry = readdir(files))) {
			snprintf(path, sizeof path, "%s%s", where, entry->d_name);
			try_file(path, NULL, entry->d_type == DT_REG ? FTW_F : FTW_D, NULL);
		}
		if (files)
			closedir(files);
	}
}

static void look_at_others(void)
{
	DIR *proc = opendir(top);
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name) && atoi(entry->d_name) != getpid())
			look_at_process(entry->d_name);
	if (proc)
		closedir(proc);
}

static void look(const char *what)
{
	static const char *const kernels[] = {
		"sys",	"sysrq-trigger", "irq", "bus",	    "driver",	     "acpi", "scsi",
		"mtrr", "tty",		 "fs",	"pressure", "dynamic_debug", "kmsg", "kcore"
	};
	char path[128];

	if (!strcmp(what, "others")) {
		look_at_others();
		return;
	}
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
		snprintf(path, sizeof path, "%s/%s", top, kernels[i]);
		walk(path);
	}
	walk("/sys");
}

static void write_map(const char *path, unsigned id)
{
	char map[64];
	int fd = open(path, O_WRONLY);

	snprintf(map, sizeof map, "0 %u 1", id);
	(void)!write(fd, map, strlen(map)); /* root's /proc is read-only inside */
	close(fd);
}

static int enter_own(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
		    CLONE_NEWPID))
		return 1;
	int deny = open("/proc/self/setgroups", O_WRONLY);
	(void)!write(deny, "deny", 4);
	close(deny);
	write_map("/proc/self/uid_map", uid);
	write_map("/proc/self/gid_map", gid);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "settings";
	pid_t outer = getpid();

	if (argc < 3) {
		look(what);
		return 0;
	}
	if (enter_own())
		return 1;
	look(what);
	if (!fork()) {
		mkdir("/tmp/own-proc", 0755);
		if (mount("proc", "/tmp/own-proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "") &&
		    mount("proc", "/tmp/own-proc", "proc",
			  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, ""))
			_exit(1);
		top = "/tmp/own-proc";
		look(what);
		_exit(0);
	}
	wait(NULL);
	rmdir("/tmp/own-proc");
	return outer != getpid();
}
