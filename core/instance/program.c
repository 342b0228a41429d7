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

/* No file system is asked: one in PATH that nobody needs may not answer, or be mounted by that. So
 * a file that has not been used lately is not found. */
static bool is_there(struct program *program, const char *path)
{
	int fd = path_open(AT_FDCWD, path, O_PATH, KERNEL_RESOLVE_CACHED);

	if (fd < 0)
		return false;
	program->outside = path_identify_mount(fd).mount;
	return !close(fd);
}

void program_look(struct program *program, bool same_system)
{
	const char *name = program->words[0], *path = getenv("PATH");

	if (strchr(name, '/')) {
		is_there(program, name);
		return;
	}
	for (size_t length; path && *path; path += length + (path[length] == ':')) {
		char place[256]; /* a longer one is not looked at */
		length = strcspn(path, ":");
		size_t whole = text_format(place, sizeof place, "%.*s/%s", (int)length, path, name);
		bool seen = same_system && defaults_is_system(place);
		if (whole < sizeof place && !seen && is_there(program, place))
			return;
	}
}

static _Noreturn void refuse(const struct program *program)
{
	enum { SIZE = PATH_MAX + 80 };
	int error = errno;
	const struct mountinfo *mounts = program->mounts;
	const struct mountinfo_entry *mount =
		mounts ? mountinfo_find(mounts, program->outside) : NULL;
	const char *place = mount ? mountinfo_path(mounts, mount) : "";
	char *hint = memory_take(SIZE);

	if (program->outside && place[0] && place[1])
		text_format(hint, SIZE,
			    "it is there outside, and the mount at '%s' is covered; -m shows it",
			    place);
	else if (program->outside)
		text_format(hint, SIZE, "it is there outside%s",
			    mounts ? "; -m shows it" : ", not in this root file system");
	errno = error;
	process_refuse(program->words[0], hint);
}

_Noreturn void program_execute(struct program *program)
{
	process_leave_keyring();
	for (unsigned level = 0; level < program->levels; level++) {
		seccomp_install(landlock_scope(program->scopes));
	}
	privilege_seal(program->keep);
	if (program->init)
		init_fork(program->init, program->keep, program->supervised);
	process_restore();
	program->supervised->started = 1;
	detach_announce();
	process_execute(program->words);
	if (program->words == program->shell) {
		program->shell[0] = (char *)shell;
		program->outside = 0;
		process_execute(program->words);
	}
	refuse(program);
}
