/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/sha256.h"
#include "core/image/stream.h"

enum { IMAGE_LAYERS_MAX = 512 };

/* A part of an archive, or a file of a layout in a directory. */
struct image_blob {
	int file;
	uint64_t at, size;
};

struct image_layer {
	struct image_blob blob;
	char digest[SHA256_TEXT];  /* of the blob; "" if nothing tells it */
	char content[SHA256_TEXT]; /* of the archive in it; "" if nothing tells it */
};

/* The layers of an image, the lowest one first. */
struct image {
	const char *config; /* as JSON, or NULL: the archive was a plain root file system */
	size_t count;
	struct image_layer layers[IMAGE_LAYERS_MAX];
};

/* What to look in and what for. */
struct image_source {
	int file; /* an archive, SIZE bytes, that is not compressed, if DIRECTORY is -1 */
	uint64_t size;
	int directory;	      /* a layout in a directory, or -1 */
	const char *name;     /* NULL: the only one */
	const char *platform; /* as "linux/amd64" */
	bool strict;	      /* none for another platform, nor one that tells none */
};

/*
 * Finds the image that SOURCE names: in an OCI layout, in what docker saved, or else the archive is
 * taken for its only layer. An image for another platform is taken if there is no other, and not
 * STRICT. All documents on the way to the layers are verified. Dies: if there is no such image, or
 * more than one, it lists what there is.
 */
void image_find(const struct image_source *source, struct image *image);

/* Returns the absolute path of the directory in which the image's command runs, or NULL: it tells
 * none, or one that a line cannot hold, with a message. */
const char *image_directory(const struct image *image);

/* Prints to standard output the lines of a file of arguments that run the image: DIRECTORY, unless
 * it is NULL, the environment and the command, the last words of which those of a command line
 * replace. What a line cannot hold is left out, with a message. */
void image_print_arguments(const struct image *image, const char *directory);

#endif
