/* SPDX-License-Identifier: ISC */
/*
 * selfdock-unpack: makes a root file system from an archive or an image. It has no privilege. What
 * it has others do runs in instances, each started by executing this binary anew:
 *
 *   the reader         takes the archive apart, in an empty root file system in which nothing is
 *                      but the new directory; it is this binary as well
 *   the decompressors  gzip, zstd and xz of the host, with nothing of the host's to write to
 *
 * This process reads nothing of an archive. It starts a decompressor when the reader asks for one,
 * and gives the new directory its name when all is well, or removes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/cli/plan.h"
#include "core/cli/words.h"
#include "core/image/image.h"
#include "core/image/place.h"
#include "core/image/progress.h"
#include "core/image/tree.h"
#include "core/instance/start.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"
#include "core/linux/procfs.h"

enum { MAX_SIZE = 1, MAX_FILES, KEEP_SETUID };

static const struct option unpack_options[] = {
	{ 'i', "image", "NAME", "which image, if there are several" },
	{ 'p', "platform", "OS/ARCH", "for which machine; default: this one" },
	{ MAX_SIZE, "max-size", "N", "unpack no more bytes; default: 16G" },
	{ MAX_FILES, "max-files", "N", "unpack no more entries; default: 2000000" },
	{ KEEP_SETUID, "keep-setuid", "", "root only: keep setuid and setgid bits" },
	{ 'q', "quiet", "", "show no progress" },
	{ .name = "" },
};

/* The names by which this binary is executed anew. */
static const char starter[] = "selfdock-starter", reader[] = "selfdock-reader";

/* Where the reader finds what it works on. */
static const char tree_path[] = "/tree", layout_path[] = "/layout";

enum { PLATFORM_MAX = 80 };

struct request {
	const char *image; /* NULL: the only one */
	char platform[PLATFORM_MAX];
	uint64_t max_size, max_files;
	bool keep_setuid;
	bool quiet;
};

/* Writes the platform of this machine, by the names that images have for machines. */
static void find_platform(char platform[PLATFORM_MAX])
{
	static const char names[][2][12] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" }, { "i686", "386" },
		{ "armv7l", "arm" },   { "armv6l", "arm" },
	};
	struct utsname host;
	const char *name = host.machine;

	uname(&host); /* that fails only for a bad address */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(host.machine, names[i][0]))
			name = names[i][1];
	text_format(platform, PLATFORM_MAX, "linux/%s", name);
}

static uint64_t read_limit(const struct options *options)
{
	uint64_t limit;

	if (!text_size(options->values[0], &limit))
		die("'%s' of --%s is no number: 1 or more, and K, M, G or T", options->values[0],
		    options->option->name);
	return limit;
}

static struct request read_request(struct options *options)
{
	struct request request = { .max_size = UINT64_C(16) << 30, .max_files = 2000000 };

	find_platform(request.platform);
	while (options_next(options)) {
		switch (options->option->key) {
		case 'i':
			request.image = options->values[0];
			break;
		case 'p':
			if (!strchr(options->values[0], '/'))
				die("'%s' is no platform: as linux/amd64", options->values[0]);
			text_format(request.platform, PLATFORM_MAX, "%s", options->values[0]);
			break;
		case MAX_SIZE:
			request.max_size = read_limit(options);
			break;
		case MAX_FILES:
			request.max_files = read_limit(options);
			break;
		case KEEP_SETUID:
			request.keep_setuid = true;
			break;
		case 'q':
			request.quiet = true;
			break;
		}
	}
	return request;
}

/*
 * The reader.
 */

/* What is copied is not yet unpacked, but takes as much room. */
static void copy(int to, const void *bytes, size_t size, uint64_t *left)
{
	if (size > *left)
		die("the archive is larger than --max-size allows");
	*left -= size;
	for (size_t done = 0; done < size;) {
		ssize_t more = write(to, (const char *)bytes + done, size - done);
		if (more < 0)
			die_errno("cannot copy the archive");
		done += (size_t)more;
	}
}

/* Copies what can be read only once. Returns its size. */
static uint64_t spool(int from, int to, uint64_t max)
{
	char bytes[16384];
	uint64_t left = max;
	ssize_t size;

	while ((size = read(from, bytes, sizeof bytes)) > 0)
		copy(to, bytes, (size_t)size, &left);
	if (size < 0)
		die_errno("cannot read the archive");
	return max - left;
}

/* Finds in standard input an archive that can be read from any place, and is not compressed: copies
 * are made to SPOOLS where it is not so. */
static void open_archive(struct image_source *source, struct stream *stream, const int spools[2],
			 int outer, uint64_t max)
{
	struct kernel_statx status;
	char bytes[4096];
	uint64_t left = max;
	size_t size;

	if (!path_stat(STDIN_FILENO, "", KERNEL_STATX_BASIC, &status))
		die_errno("cannot examine the archive");
	source->file = S_ISREG(status.mode) ? STDIN_FILENO : spools[0];
	source->size = S_ISREG(status.mode) ? status.size : spool(STDIN_FILENO, spools[0], max);
	if (!source->size)
		die("the archive is empty");
	stream_begin(stream, source->file, 0, source->size, false, outer);
	if (stream->from < 0)
		return;
	while ((size = stream_read(stream, bytes, sizeof bytes)))
		copy(spools[1], bytes, size, &left);
	if (source->file == spools[0] && ftruncate(spools[0], 0))
		die_errno("cannot shorten a copy of the archive");
	source->file = spools[1];
	source->size = max - left;
}

/* All that the reader works with. */
struct work {
	struct image_source source;
	struct image image;
	struct stream stream;
	struct tar tar;
	struct tar_entry entry;
	struct tree tree;
};

static void unpack_layer(struct work *work, const struct image_layer *layer, int outer)
{
	const struct image_blob *blob = &layer->blob;
	char raw[SHA256_TEXT], content[SHA256_TEXT];
	bool known = *layer->content;

	work->tar.stream = &work->stream;
	work->tar.left = work->tar.padding = 0;
	stream_begin(&work->stream, blob->file, blob->at, blob->size, known, outer);
	tree_begin_layer(&work->tree);
	while (tar_next(&work->tar, &work->entry))
		tree_add(&work->tree, &work->tar, &work->entry);
	stream_end(&work->stream, raw, content);
	if (*layer->digest && strcmp(layer->digest, raw))
		die("a layer of the image is damaged: its digest is sha256:%s, not sha256:%s", raw,
		    layer->digest);
	if (known && strcmp(layer->content, content))
		die("a layer of the image is damaged: it unpacks to sha256:%s, not sha256:%s",
		    content, layer->content);
}

static void report(const struct tree *tree)
{
	const struct {
		uint64_t count;
		const char *name;
	} rows[] = { { tree->devices, "device nodes" },
		     { tree->setuid, "setuid or setgid bits" },
		     { tree->attributes, "extended attributes" } };
	char list[160] = "";
	size_t length = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			length += text_format(list + length, sizeof list - length, "%s%llu %s",
					      length ? ", " : "", (unsigned long long)rows[i].count,
					      rows[i].name);
	if (length)
		warn("left out: %s", list);
}

static void prepare_tree(struct tree *tree, const struct request *request, bool owners)
{
	tree->owners = owners;
	tree->keep_setuid = request->keep_setuid;
	tree->bytes_left = request->max_size;
	tree->files_left = request->max_files;
	tree->progress.shown = !request->quiet && isatty(STDERR_FILENO);
	tree->root = path_open(AT_FDCWD, tree_path, O_PATH | O_DIRECTORY, 0);
	if (tree->root < 0)
		die_errno("cannot open the new directory");
}

/* Its operands: the socket, two files for copies, whose the files are to be, the path of the new
 * directory, and "layout" if it is to read one. Standard output is the file of arguments. */
static int reader_main(struct options *options)
{
	error_set_applet("unpack");
	struct request request = read_request(options);
	char **words = options->words + options->at;
	struct work *work = memory_take(sizeof *work);
	struct progress *progress = &work->tree.progress;

	for (size_t i = 0; i < 5; i++)
		if (!words[i])
			die("this is a part of selfdock-unpack");
	int outer = (int)text_number(words[0], NULL, 10);
	const int spools[] = { (int)text_number(words[1], NULL, 10),
			       (int)text_number(words[2], NULL, 10) };

	umask(0);
	process_ignore(SIGPIPE);
	prepare_tree(&work->tree, &request, !strcmp(words[3], "root"));
	work->source = (struct image_source){
		.file = -1, .directory = -1, .name = request.image, .platform = request.platform
	};
	if (words[5])
		work->source.directory = path_open(AT_FDCWD, layout_path, O_PATH | O_DIRECTORY, 0);
	else
		open_archive(&work->source, &work->stream, spools, outer, request.max_size);
	image_find(&work->source, &work->image);
	progress->layers = work->image.count;
	while (progress->layer < progress->layers)
		unpack_layer(work, &work->image.layers[progress->layer++], outer);
	tree_finish(&work->tree);
	progress_end(progress);
	if (work->image.config) {
		text_print("#!/usr/bin/env -S selfdock-run -f\n--rootfs\n%s\n", words[4]);
		image_print_arguments(&work->image);
	}
	report(&work->tree);
	return 0;
}

static const struct applet part_reader = {
	.name = "reader",
	.options = unpack_options,
	.privilege = PRIVILEGE_NONE,
	.main = reader_main,
};

/*
 * What starts instances, of the reader and of the decompressors.
 */

static int starter_main(struct options *options)
{
	struct plan *plan = plan_read(options);
	char **operands = options->words + options->at;

	error_set_applet("unpack");
	if (*operands && !strcmp(*operands, reader)) {
		plan->rootfs = NULL;
		plan->writable = true; /* for what root keeps: nothing else is writable */
	}
	start_run(plan, operands);
}

static const struct applet part_starter = {
	.name = "starter",
	.options = plan_options,
	.privilege = PRIVILEGE_SETUP,
	.main = starter_main,
	.part = &part_reader,
};

/*
 * The process that was called.
 */

struct unpack {
	struct place place;
	char layout[PATH_MAX]; /* the path of one, if that is read */
	int arguments;	       /* the file of arguments */
	int signals;
	int socket; /* to the reader */
	pid_t reader, decompressor;
	int status;  /* the reader's, as waitpid gives it */
	int stopped; /* by this signal; or 0 */
};

/* Executes this binary anew in a child, with these descriptors as standard input and output, and
 * those of KEPT, which end with -1. With QUIET its messages are lost. Returns -1 and errno. */
static pid_t start(const char **words, int in, int out, const int *kept, bool quiet)
{
	pid_t pid = process_fork(0);

	if (pid)
		return pid;
	for (; *kept >= 0; kept++)
		fcntl(*kept, F_SETFD, 0);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		die_errno("cannot start an instance");
	if (quiet)
		process_void(STDERR_FILENO);
	process_restore();
	execv("/proc/self/exe", (char **)words);
	die_errno("cannot execute '/proc/self/exe'");
}

/* Starts one and sends its pipes to the reader. Returns false and errno. */
static bool start_decompressor(struct unpack *unpack, unsigned format)
{
	const char *words[] = { starter,
				"--die-with-parent",
				"--net",
				"none",
				"--chdir",
				"/",
				"--clearenv",
				"--keep-env",
				"PATH",
				"--",
				stream_programs[format],
				"-dc",
				NULL };
	const int none = -1;
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	unpack->decompressor = start(words, to[0], from[1], &none, true);
	close(to[0]);
	close(from[1]);
	const int pipes[] = { to[1], from[0] };
	bool sent = stream_send_pipes(unpack->socket, pipes);
	close(to[1]);
	close(from[0]);
	return sent && unpack->decompressor > 0;
}

/* Ends the reader; the end itself is a signal. It may be stopped. */
static void stop_reader(const struct unpack *unpack)
{
	kill(unpack->reader, SIGTERM);
	kill(unpack->reader, SIGCONT);
}

/* What the reader asks for. It may ask for anything, if an archive has taken it over. */
static void answer(struct unpack *unpack)
{
	unsigned char format;

	if (read(unpack->socket, &format, 1) != 1)
		return;
	if (format < STREAM_PLAIN && unpack->decompressor <= 0 &&
	    start_decompressor(unpack, format))
		return;
	warn("cannot start a decompressor: %s", strerror(errno));
	stop_reader(unpack);
}

/* Notes which child has ended, and tells the reader what became of its decompressor. */
static void reap(struct unpack *unpack)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == unpack->reader) {
			unpack->reader = 0;
			unpack->status = status;
		} else {
			char code = (char)(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
			unpack->decompressor = 0;
			send(unpack->socket, &code, 1, MSG_NOSIGNAL);
		}
	}
}

static void take_signal(struct unpack *unpack)
{
	struct signalfd_siginfo info;

	if (read(unpack->signals, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGCHLD) {
		reap(unpack);
	} else {
		unpack->stopped = (int)info.ssi_signo;
		stop_reader(unpack);
	}
}

/* Serves the reader until it has ended. */
static void serve(struct unpack *unpack)
{
	struct pollfd both[] = { { unpack->socket, POLLIN, 0 }, { unpack->signals, POLLIN, 0 } };

	while (unpack->reader > 0) {
		if (poll(both, 2, -1) < 0 && errno != EINTR)
			stop_reader(unpack);
		if (both[0].revents & POLLIN)
			answer(unpack);
		else if (both[0].revents)
			both[0].fd = -1; /* the reader is about to end */
		if (both[1].revents)
			take_signal(unpack);
	}
	if (unpack->decompressor > 0) {
		kill(unpack->decompressor, SIGKILL);
		waitpid(unpack->decompressor, NULL, 0);
	}
}

/* Starts the reader, with the options that were TYPED. LAYOUT is the path of one, or NULL. Returns
 * false and errno. */
static bool start_reader(struct unpack *unpack, const struct options *typed, const char *layout)
{
	char numbers[3][12], tree[PATH_MAX + sizeof unpack->place.partial_name + 8];
	const struct place *place = &unpack->place;
	int sockets[2], kept[4] = { -1, -1, -1, -1 };
	const char **words = memory_take(((size_t)typed->at + 32) * sizeof *words), **word = words;

	unpack->arguments = place_make_file(place, "args");
	kept[1] = place_make_file(place, "archive");
	kept[2] = place_make_file(place, "content");
	if (unpack->arguments < 0 || kept[1] < 0 || kept[2] < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return false;
	unpack->socket = sockets[0];
	kept[0] = sockets[1];
	text_format(tree, sizeof tree, "%.*s%s/tree", (int)(place->name - place->path), place->path,
		    place->partial_name);
	const char *head[] = {
		starter,  "--die-with-parent", "--proc", "none", "--net", "none", "--vol", tree,
		tree_path
	};
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		*word++ = head[i];
	for (size_t i = 0; i < 3; i++) {
		text_format(numbers[i], sizeof numbers[i], "%d", kept[i]);
		*word++ = "--keep-fd";
		*word++ = numbers[i];
	}
	if (layout) {
		*word++ = "--map";
		*word++ = layout;
		*word++ = layout_path;
	}
	*word++ = "--";
	*word++ = reader;
	for (int i = 1; i < typed->at; i++)
		if (strcmp(typed->words[i], "--"))
			*word++ = typed->words[i];
	*word++ = "--";
	for (size_t i = 0; i < 3; i++)
		*word++ = numbers[i];
	*word++ = privilege_is_root() ? "root" : "user";
	*word++ = place->path;
	*word = layout ? "layout" : NULL;
	unpack->reader = start(words, STDIN_FILENO, unpack->arguments, kept, false);
	close(sockets[1]);
	close(kept[1]);
	close(kept[2]);
	return unpack->reader > 0;
}

/* Makes the archive standard input and returns NULL, or finds the path of a layout. */
static const char *open_input(const char *name, int proc, char layout[PATH_MAX])
{
	struct kernel_statx status;

	if (strcmp(name, "-")) {
		int fd = path_open(AT_FDCWD, name, O_RDONLY | O_LARGEFILE, 0);
		if (fd < 0 || !path_stat(fd, "", KERNEL_STATX_BASIC, &status))
			die_errno("cannot open '%s'", name);
		if (S_ISDIR(status.mode)) {
			if (!procfs_read_path(proc, fd, layout))
				die_errno("cannot open '%s'", name);
			return layout;
		}
		if (dup2(fd, STDIN_FILENO) < 0)
			die_errno("cannot open '%s'", name);
		close(fd);
	}
	if (isatty(STDIN_FILENO))
		die("standard input is a terminal: name an archive, or send one");
	return NULL;
}

/* From here on these signals are read, and a stop is for all of this. */
static int take_signals(void)
{
	sigset_t read, stops;

	sigemptyset(&read);
	sigemptyset(&stops);
	for (size_t i = 0; i < 5; i++)
		sigaddset(&read, (const int[]){ SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT }[i]);
	for (size_t i = 0; i < 3; i++)
		sigaddset(&stops, (const int[]){ SIGTSTP, SIGTTIN, SIGTTOU }[i]);
	sigprocmask(SIG_UNBLOCK, &stops, NULL);
	int signals = signalfd(-1, &read, SFD_CLOEXEC);
	if (signals < 0)
		die_errno("cannot wait for signals");
	return signals;
}

/* Ends as the signal would have ended it. */
static _Noreturn void end_by(int number)
{
	process_act_by_default(number);
	kill(getpid(), number);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(EXIT_SELFDOCK);
}

/* Gives the directory its name if the reader has done its work. Returns the exit status. */
static int finish(struct unpack *unpack, const char *typed)
{
	const struct place *place = &unpack->place;
	bool done = !unpack->stopped && !unpack->status;

	if (!unpack->stopped && WIFSIGNALED(unpack->status))
		warn("what reads the archive was killed by signal %d", WTERMSIG(unpack->status));
	if (done && !place_finish(place, lseek(unpack->arguments, 0, SEEK_END) > 0)) {
		warn("cannot finish '%s': %s", typed, strerror(errno));
		done = false;
	}
	place_remove(place);
	if (unpack->stopped)
		end_by(unpack->stopped);
	return done ? 0 : EXIT_SELFDOCK;
}

static int unpack_main(struct options *options)
{
	struct request request = read_request(options);
	char **operands = options->words + options->at;
	const struct process_kept none = { .count = 0 };
	struct unpack *unpack = memory_take(sizeof *unpack);
	size_t count = 0;

	while (operands[count])
		count++;
	words_refuse_late(operands);
	if (count != 1 && count != 2)
		die("name an archive and a new directory: selfdock-unpack ARCHIVE DIR");
	privilege_look_for_root();
	if (request.keep_setuid && !privilege_is_root())
		die("--keep-setuid is for root: nobody else can keep what it keeps");
	process_isolate(&none);
	int proc = path_open_proc();
	const char *layout = open_input(count == 2 ? operands[0] : "-", proc, unpack->layout);
	unpack->signals = take_signals();
	place_make(&unpack->place, proc, operands[count - 1]);
	if (start_reader(unpack, options, layout)) {
		serve(unpack);
	} else {
		warn("cannot start an instance: %s", strerror(errno));
		unpack->status = EXIT_SELFDOCK << 8;
	}
	return finish(unpack, operands[count - 1]);
}

const struct applet applet_unpack = {
	.name = "unpack",
	.summary = "make a root file system from an image or archive",
	.usage = "[OPTION]... [ARCHIVE|-|LAYOUT-DIR] DIR",
	.options = unpack_options,
	.privilege = PRIVILEGE_NONE,
	.main = unpack_main,
	.part = &part_starter,
};
