/* SPDX-License-Identifier: ISC */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/sha256.h"

/* How bytes are compressed, by how they begin. */
enum stream_format { STREAM_GZIP, STREAM_ZSTD, STREAM_XZ, STREAM_PLAIN };

/* The programs that decompress. */
extern const char stream_programs[][5];

enum { STREAM_CHUNK = 64 * 1024 };

/* The bytes of a part of a file, in order, through a decompressor if they are compressed. */
struct stream {
	int file;
	uint64_t at, left; /* what has not been read of the file: where it begins, how much it is */
	bool hashed;
	struct sha256 raw, content; /* of what was read of the file, and of what came out */
	enum stream_format format;
	int outer;		   /* for the decompressor; see stream_begin */
	int to, from;		   /* the pipes to and from it, or -1 */
	bool ended;		   /* it has, as it should */
	char buffer[STREAM_CHUNK]; /* of what goes to it */
};

/*
 * Begins to read SIZE bytes at AT in FILE. With HASHED it can be asked for the digests, and nothing
 * can be left out. If the bytes are compressed, asks for a decompressor: sends one byte, a
 * stream_format, to the socket OUTER; if that is -1, they are read as they are. The answer is two
 * descriptors, to write to and to read from, and after the end of the output one byte, the exit
 * status. Dies; there is no other message of a decompressor.
 */
void stream_begin(struct stream *stream, int file, uint64_t at, uint64_t size, bool hashed,
		  int outer);

/* Reads up to SIZE bytes. Returns 0 at the end alone. Dies. */
size_t stream_read(struct stream *stream, void *bytes, size_t size);

/* Reads SIZE bytes. Returns false at the end, if there are none. Dies if there are fewer. */
bool stream_read_all(struct stream *stream, void *bytes, size_t size);

/* Leaves SIZE bytes out. Dies if there are fewer. */
void stream_skip(struct stream *stream, uint64_t size);

/* Reads what is left. Then RAW is the digest of what is in the file, and CONTENT of what came out
 * of it. Dies. */
void stream_end(struct stream *stream, char raw[SHA256_TEXT], char content[SHA256_TEXT]);

/* The other side of OUTER: sends the two descriptors. Returns false and errno. */
bool stream_send_pipes(int socket, const int pipes[2]);

#endif
