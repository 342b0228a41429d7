/* SPDX-License-Identifier: ISC */
/*
 * filesystems_mount one DIR TYPE: mounts a file system of that type at the directory, by mount(2)
 * or else by fsopen(2).
 * filesystems_mount all DIR: prints each type of /proc/filesystems, and some that the kernel loads
 * when they are asked for, that it can mount in one of these ways, with every capability over a
 * user namespace of its own; and then "end".
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { CONFIG_CREATE = 6 };

static int mount_new(const char *type, const char *at)
{
	int context = (int)syscall(SYS_fsopen, type, 0);

	if (context < 0 || syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0)) {
		close(context);
		return 0;
	}
	int made = (int)syscall(SYS_fsmount, context, 0, 0);
	int done = made >= 0 &&
		   !syscall(SYS_move_mount, made, "", AT_FDCWD, at, KERNEL_MOVE_MOUNT_F_EMPTY_PATH);
	close(context);
	close(made);
	return done;
}

static int mount_old(const char *type, const char *at)
{
	return !mount("none", at, type, 0, "") || !mount("none", at, type, 0, "mode=755") ||
	       !mount("none", at, type, 0, "newinstance,ptmxmode=0666") ||
	       !mount("none", at, type, 0, "fd=0,pgrp=1,minproto=5,maxproto=5,direct");
}

static void mount_all(const char *at)
{
	static const char *const more[] = {
		"binder",      "nfs",	     "nfs4",	 "cifs",      "smb3",	    "9p",
		"virtiofs",    "ceph",	     "afs",	 "squashfs",  "erofs",	    "cramfs",
		"romfs",       "configfs",   "efivarfs", "resctrl",   "xenfs",	    "functionfs",
		"gadgetfs",    "zonefs",     "iso9660",	 "udf",	      "bcachefs",   "selinuxfs",
		"smackfs",     "aufs",	     "nullfs",	 "secretmem", "rpc_pipefs", "nfsd",
		"ocfs2_dlmfs", "guest_memfd"
	};
	char line[256], type[128];
	FILE *known = fopen("/proc/filesystems", "r");

	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (mount_old(more[i], at) || mount_new(more[i], at))
			puts(more[i]);
	while (known && fgets(line, sizeof line, known))
		if (sscanf(line, "nodev %127s", type) == 1 || sscanf(line, "%127s", type) == 1)
			if (mount_old(type, at) || mount_new(type, at))
				puts(type);
	puts("end");
}

/* A program that is executed would have no capability where ids cannot be mapped. */
static void mount_all_inside(const char *at)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		    CLONE_NEWNET)) {
		perror("unshare");
		return;
	}
	fflush(stdout);
	if (!fork()) {
		mount_all(at);
		exit(0);
	}
	wait(NULL);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "all"))
		mount_all_inside(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "one"))
		return !mount_old(argv[3], argv[2]) && !mount_new(argv[3], argv[2]);
	else
		return 2;
	return 0;
}
