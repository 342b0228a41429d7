/* SPDX-License-Identifier: ISC */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/cli/options.h"

enum { PLAN_BINDS_MAX = 4096 };

enum plan_proc { PLAN_PROC_NEW, PLAN_PROC_HOST, PLAN_PROC_NONE };

enum plan_kind { PLAN_MAP, PLAN_VOL, PLAN_TMPFS, PLAN_DEVICE, PLAN_MASK, PLAN_LINK };

/* One file-system option, in the order of the command line, or something that is shown without an
 * option. A link is always of the second kind. */
struct plan_bind {
	enum plan_kind kind;
	const char *source;    /* as typed; for a tmpfs, its options; for a link, its text */
	const char *target;    /* absolute; NULL for the caller's working directory */
	uint64_t size, inodes; /* of a tmpfs; 0 for the kernel's default */
	unsigned mode;	       /* of a tmpfs */
	bool exec;	       /* of a tmpfs */
};

/* What the command line of run or build asks for. Only syntax is checked. */
struct plan {
	struct options typed;  /* a walk over the whole command line */
	const char *rootfs;    /* NULL: an empty one, in which nothing runs but this binary */
	const char *directory; /* NULL: that of the caller or, with another rootfs, "/" */
	const char *hostname;  /* NULL: the host's own */
	const char *name;      /* NULL: none */
	const char *log;       /* NULL: none */
	enum plan_proc proc;
	bool detach;
	bool dry_run;
	bool die_with_parent;
	pid_t parent; /* when the command line was read */
	bool init;
	bool netns;
	bool abstract_sockets; /* those of the network are within reach */
	bool no_userns;	       /* nothing inside can make a user namespace */
	bool fakeroot;	       /* the caller appears as root, and what only root can do succeeds */
	bool sets_apt;	       /* APT_CONFIG was not set, and is for --fakeroot */
	bool shows_cwd;	       /* an option shows the caller's working directory */
	bool writable;	       /* the root file system is as writable as outside */
	size_t bind_count;
	struct plan_bind binds[PLAN_BINDS_MAX];
};

/* The file inside that keeps apt from giving up root, which it could see to be untrue. */
#define PLAN_APT_CONFIG "/dev/selfdock-apt.conf"

/* The options of run and build. */
extern const struct option plan_options[];

/* Reads the whole walk into the only plan; the operands follow in OPTIONS. Changes the environment
 * as options ask. Dies if an option makes no sense, alone or with the others. */
struct plan *plan_read(struct options *options);

/* Dies if the words of a bind are as another tool takes them: "a:b", a size of memory, or a path as
 * the options of a tmpfs. Call it where they make no sense here. */
void plan_refuse_habit(const struct plan_bind *bind);

/* Whether the root file system is that of the host. */
bool plan_shows_host(const struct plan *plan);

/* Prints the plan as options, one a line, with their arguments quoted for a shell, and then the
 * command. Options that act in order are printed as typed, all others with their last or default
 * value. DEFAULTS are the COUNT things that are shown without an option; DIRECTORY is where the
 * program starts. */
void plan_print(const struct plan *plan, const struct plan_bind *defaults, size_t count,
		const char *directory, char **command);

/* Returns the words for a bind in messages, such as "map 'SRC' at 'DST'". Not thread-safe. */
const char *plan_describe(const struct plan_bind *bind);

#endif
