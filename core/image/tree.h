/* SPDX-License-Identifier: ISC */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/image/progress.h"
#include "core/image/table.h"
#include "core/image/tar.h"
#include "core/linux/path.h"

/* Directories in one another: each takes a descriptor while all of them are gone through. */
enum { TREE_DEPTH = 900 };

/* One of them. */
struct tree_level {
	struct path_listing list;
	uint64_t inode;
	bool stays;		     /* while it is removed: it is not to be empty */
	const struct table_row *row; /* while it is finished */
	char name[NAME_MAX + 1];
};

/* A root file system that is being unpacked. Before tree_begin all is 0 but what to keep and how
 * much is left. */
struct tree {
	int root;	  /* its directory */
	bool owners;	  /* what is unpacked gets the owners of the archive */
	bool keep_setuid; /* setuid and setgid bits, and file capabilities, are kept */
	uint64_t bytes_left, files_left;

	struct table table;
	uint16_t layer;
	int parent; /* the directory of the last entry, unless there is none */
	uint64_t parent_inode;
	bool changed;			/* since then something was removed */
	char parent_path[PATH_MAX + 1]; /* "" where there is none */
	char path[PATH_MAX + 1];
	struct progress progress;
	uint64_t devices, setuid, attributes; /* what was left out */
	char buffer[128 * 1024];
	int depth;
	struct tree_level levels[TREE_DEPTH];
};

/* Opens PATH as the root: an empty directory that nobody else can open. Dies. */
void tree_begin(struct tree *tree, const char *path);

/* From here on entries are of the next layer; the first one has none below it. */
void tree_begin_layer(struct tree *tree);

/*
 * Unpacks an entry with its data, or does what a whiteout says. Every directory has mode 0700 until
 * tree_finish. A path is followed beneath the root alone; openat2(2). Dies.
 */
void tree_add(struct tree *tree, struct tar *tar, const struct tar_entry *entry);

/* Makes what an instance needs and, unless it is NULL, the directory at the absolute path WORKING,
 * where nothing is. A path is followed beneath the root alone; one that leads nowhere, or is too
 * long, is left. Gives all directories their modes and times. Dies. */
void tree_finish(struct tree *tree, const char *working);

#endif
