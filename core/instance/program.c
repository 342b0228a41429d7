/* SPDX-License-Identifier: ISC */
/*
 * The program: which one it is, and how a process becomes it. All programs of an instance, started
 * or entering, pass through here, so none is less confined.
 */
#include "core/instance/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/instance/detach.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"
#include "core/linux/seccomp.h"
#include "core/view/defaults.h"

static const char shell[] = "/bin/sh";

void program_choose(struct program *program, char **operands)
{
	char *preferred = getenv("SHELL");

	program->shell[0] = preferred && *preferred == '/' ? preferred : (char *)shell;
	program->shell[1] = NULL;
	program->words = *operands ? operands : program->shell;
}

void program_foresee(struct program *program, const char *rootfs)
{
	int root = path_open(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0);
	int fd = path_open(root, program->shell[0], O_PATH, KERNEL_RESOLVE_IN_ROOT);

	if (fd < 0 || path_identify_mount(fd).type != S_IFREG ||
	    syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH))
		program->shell[0] = (char *)shell;
}

/* Returns the mount that the file at PATH is on, or 0 if there is none, or no regular one. RESOLVE
 * is as for path_open. */
static uint64_t find_mount(const char *path, uint64_t resolve)
{
	int fd = path_open(AT_FDCWD, path, O_PATH, resolve);

	if (fd < 0)
		return 0;
	struct path_identity is = path_identify_mount(fd);
	close(fd);
	return is.type == S_IFREG ? is.mount : 0;
}

/* Returns the mount that the program NAME is on, or 0 if it is not found. SAME_SYSTEM is as for
 * program_look, RESOLVE as for path_open. */
static uint64_t find(const char *name, bool same_system, uint64_t resolve)
{
	bool is_path = strchr(name, '/');
	const char *path = is_path ? NULL : getenv("PATH");
	uint64_t mount = 0;

	/* What is cached is not found either where somebody mounts something at that moment. */
	for (int tries = 10; is_path && !mount && tries; tries--)
		mount = find_mount(name, resolve);
	for (size_t length; !mount && path && *path; path += length + (path[length] == ':')) {
		char place[256]; /* a longer one is not looked at */
		length = strcspn(path, ":");
		size_t whole = text_format(place, sizeof place, "%.*s/%s", (int)length, path, name);
		if (whole < sizeof place && !(same_system && defaults_is_system(place)))
			mount = find_mount(place, resolve);
	}
	return mount;
}

void program_look(struct program *program, bool same_system)
{
	/* No file system is asked: one in PATH that nobody needs may not answer, or be mounted by
	 * that. So a file that has not been used lately is not found. */
	program->outside = find(program->words[0], same_system, KERNEL_RESOLVE_CACHED);
}

static _Noreturn void refuse(const struct program *program)
{
	enum { SIZE = PATH_MAX + 80 };
	int error = errno;
	const struct mountinfo *mounts = program->mounts;
	const struct mountinfo_entry *mount =
		mounts ? mountinfo_find(mounts, program->outside) : NULL;
	const char *place = mount ? mountinfo_path(mounts, mount) : "/";
	bool covered = strcmp(place, "/");
	char *hint = memory_take(SIZE);

	if (program->outside)
		text_format(hint, SIZE, "it is there outside%s%s%s",
			    covered ? ", on the covered mount " : "", covered ? place : "",
			    mounts ? "; -m shows it" : ", not in this root file system");
	/* execve says that a file does not exist if the interpreter does not that its first line or
	 * its ELF header names. */
	bool found = find(program->words[0], false, 0);
	errno = error;
	process_refuse(program->words[0], found, hint);
}

_Noreturn void program_execute(struct program *program)
{
	process_leave_keyring();
	for (unsigned level = 0; level < program->levels; level++) {
		seccomp_install(landlock_scope(program->scopes));
	}
	if (program->fakeroot)
		seccomp_fake_root();
	privilege_seal(program->keep);
	if (program->init)
		init_fork(program->init, program->keep, program->supervised);
	process_restore();
	program->supervised->started = 1;
	detach_announce();
	if (program->binary)
		process_execute_binary(program->binary, program->words);
	else
		process_execute(program->words);
	if (program->words == program->shell) {
		program->shell[0] = (char *)shell;
		program->outside = 0;
		process_execute(program->words);
	}
	refuse(program);
}
