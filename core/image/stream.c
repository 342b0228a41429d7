/* SPDX-License-Identifier: ISC */
/*
 * Streams: the bytes of an archive or of a layer. What is compressed goes through a decompressor,
 * which the outer side starts in an instance of its own: this side feeds it and reads from it by
 * turns, so neither waits for the other.
 */
#include "core/image/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/error.h"

static const struct {
	unsigned char length;
	char magic[7];
} formats[] = {
	[STREAM_GZIP] = { 2, "\x1f\x8b" },
	[STREAM_ZSTD] = { 4, "\x28\xb5\x2f\xfd" },
	[STREAM_XZ] = { 6, "\xfd"
			   "7zXZ" },
};

const char stream_programs[][5] = { "gzip", "zstd", "xz" };

static enum stream_format find_format(int file, uint64_t at, uint64_t size)
{
	char bytes[6] = "";
	enum stream_format format = 0;

	if (pread(file, bytes, size < sizeof bytes ? (size_t)size : sizeof bytes, (off_t)at) < 0)
		die_errno("cannot read the archive");
	while (format < STREAM_PLAIN &&
	       memcmp(bytes, formats[format].magic, formats[format].length))
		format++;
	return format;
}

/* Room for a control message with two descriptors. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(2 * sizeof(int))];
};

bool stream_send_pipes(int socket, const int pipes[2])
{
	union control control = { .header = { .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS,
					      .cmsg_len = CMSG_LEN(2 * sizeof(int)) } };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };

	memcpy(CMSG_DATA(&control.header), pipes, 2 * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static void receive_pipes(struct stream *stream)
{
	union control control;
	char byte;
	int pipes[2];
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };

	if (recvmsg(stream->outer, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    message.msg_controllen < CMSG_LEN(sizeof pipes))
		die("cannot get a decompressor");
	memcpy(pipes, CMSG_DATA(&control.header), sizeof pipes);
	stream->to = pipes[0];
	stream->from = pipes[1];
	if (fcntl(stream->to, F_SETFL, O_NONBLOCK))
		die_errno("cannot feed a decompressor");
}

void stream_begin(struct stream *stream, int file, uint64_t at, uint64_t size, bool hashed,
		  int outer)
{
	char ask = (char)(stream->format = find_format(file, at, size));

	stream->file = file;
	stream->at = at;
	stream->left = size;
	stream->hashed = hashed;
	stream->outer = outer;
	stream->to = stream->from = -1;
	stream->ended = false;
	sha256_begin(&stream->raw);
	sha256_begin(&stream->content);
	if (stream->format == STREAM_PLAIN || outer < 0)
		return;
	if (write(outer, &ask, 1) != 1)
		die_errno("cannot ask for a decompressor");
	receive_pipes(stream);
}

/* Reads from the file. */
static size_t read_file(struct stream *stream, void *bytes, size_t size)
{
	if (size > stream->left)
		size = (size_t)stream->left;
	ssize_t length = pread(stream->file, bytes, size, (off_t)stream->at);
	if (length < 0)
		die_errno("cannot read the archive");
	if (!length && size)
		die("the archive is shorter than it says");
	return (size_t)length;
}

static void advance(struct stream *stream, const void *bytes, size_t length)
{
	if (stream->hashed)
		sha256_add(&stream->raw, bytes, length);
	stream->at += length;
	stream->left -= length;
}

/* Writes to the decompressor as much as it takes. Where it takes no more for good, its exit status
 * says whether that is an error. */
static void feed(struct stream *stream)
{
	size_t length = read_file(stream, stream->buffer, sizeof stream->buffer);
	ssize_t written = length ? write(stream->to, stream->buffer, length) : 0;

	if (written > 0)
		advance(stream, stream->buffer, (size_t)written);
	if ((written < 0 && errno != EAGAIN) || !stream->left) {
		close(stream->to);
		stream->to = -1;
	}
}

static void check_decompressor(struct stream *stream)
{
	char status;

	close(stream->from);
	stream->ended = true;
	if (read(stream->outer, &status, 1) != 1 || status == EXIT_NOT_FOUND)
		die("cannot decompress: an instance finds no '%s' in PATH",
		    stream_programs[stream->format]);
	if (status >= EXIT_SELFDOCK)
		die("cannot decompress: the instance of '%s' did not start",
		    stream_programs[stream->format]);
	if (status)
		die("cannot decompress: '%s' failed with status %d; the archive may be damaged",
		    stream_programs[stream->format], status);
}

static size_t read_decompressor(struct stream *stream, void *bytes, size_t size)
{
	ssize_t length = -1;

	while (length < 0) {
		struct pollfd both[] = { { stream->from, POLLIN, 0 }, { stream->to, POLLOUT, 0 } };
		if (poll(both, 2, -1) < 0)
			die_errno("cannot wait for a decompressor");
		if (both[1].revents)
			feed(stream);
		if (!both[0].revents)
			continue;
		length = read(stream->from, bytes, size);
		if (length < 0)
			die_errno("cannot read from a decompressor");
	}
	if (!length)
		check_decompressor(stream);
	return (size_t)length;
}

size_t stream_read(struct stream *stream, void *bytes, size_t size)
{
	size_t length;

	if (stream->ended)
		return 0;
	if (stream->from >= 0) {
		length = read_decompressor(stream, bytes, size);
		if (stream->hashed)
			sha256_add(&stream->content, bytes, length);
	} else {
		length = read_file(stream, bytes, size);
		advance(stream, bytes, length);
	}
	return length;
}

bool stream_read_all(struct stream *stream, void *bytes, size_t size)
{
	size_t done = 0, length = 1;

	while (done < size && (length = stream_read(stream, (char *)bytes + done, size - done)))
		done += length;
	if (done && done < size)
		die("the archive is truncated");
	return done;
}

void stream_skip(struct stream *stream, uint64_t size)
{
	char bytes[4096];

	if (stream->from < 0 && !stream->hashed) {
		if (size > stream->left)
			die("the archive is truncated");
		stream->at += size;
		stream->left -= size;
		return;
	}
	while (size) {
		size_t length = stream_read(stream, bytes,
					    size < sizeof bytes ? (size_t)size : sizeof bytes);
		if (!length)
			die("the archive is truncated");
		size -= length;
	}
}

void stream_end(struct stream *stream, char raw[SHA256_TEXT], char content[SHA256_TEXT])
{
	char bytes[4096];
	bool plain = stream->from < 0;

	while (stream_read(stream, bytes, sizeof bytes))
		;
	if (stream->left)
		die("something follows the compressed data of a layer");
	sha256_end(&stream->raw, raw);
	if (plain)
		memcpy(content, raw, SHA256_TEXT);
	else
		sha256_end(&stream->content, content);
}
