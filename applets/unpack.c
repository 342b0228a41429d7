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

/* The size of a file of arguments, as core/cli/arguments.c takes it. */
enum { ARGUMENTS_MAX = 1 << 20 };

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

/* The descriptors that the reader keeps: a socket to the process that was called, and two files for
 * copies. */
enum { OUTER = 3, ARCHIVE, CONTENT, KEPT = 3 };

/* Where the reader finds what it works on. */
static const char tree_path[] = "/tree", layout_path[] = "/layout";

enum { PLATFORM_MAX = 80 };

struct request {
	const char *image; /* NULL: the only one */
	char platform[PLATFORM_MAX];
	uint64_t max_size, max_files;
	bool names_platform;
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
				die("'%s' is no platform, such as linux/amd64", options->values[0]);
			request.names_platform = true;
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
static void copy(int to, const void *bytes, size_t size, uint64_t *left, struct progress *progress)
{
	if (size > *left)
		die("the archive is larger than --max-size allows");
	*left -= size;
	progress_add(progress, size);
	for (size_t done = 0; done < size;) {
		ssize_t more = write(to, (const char *)bytes + done, size - done);
		if (more < 0)
			die_errno("cannot copy the archive");
		done += (size_t)more;
	}
}

/* Copies what can be read only once. Returns its size. */
static uint64_t spool(int from, int to, uint64_t max, struct progress *progress)
{
	char bytes[16384];
	uint64_t left = max;
	ssize_t size;

	while ((size = read(from, bytes, sizeof bytes)) > 0)
		copy(to, bytes, (size_t)size, &left, progress);
	if (size < 0)
		die_errno("cannot read the archive");
	return max - left;
}

/* Finds in standard input an archive that can be read from any place, and is not compressed: copies
 * are made where it is not so. */
static void open_archive(struct image_source *source, struct stream *stream, uint64_t max,
			 struct progress *progress)
{
	struct kernel_statx status;
	char bytes[4096];
	uint64_t left = max;
	size_t size;

	if (!path_stat(STDIN_FILENO, "", KERNEL_STATX_BASIC, &status))
		die_errno("cannot examine the archive");
	/* What was read of it before is not for us. */
	bool whole = S_ISREG(status.mode) && !lseek(STDIN_FILENO, 0, SEEK_CUR);
	source->file = whole ? STDIN_FILENO : ARCHIVE;
	source->size = whole ? status.size : spool(STDIN_FILENO, ARCHIVE, max, progress);
	if (!source->size)
		die("the archive is empty");
	stream_begin(stream, source->file, 0, source->size, false, OUTER);
	if (stream->from < 0)
		return;
	while ((size = stream_read(stream, bytes, sizeof bytes)))
		copy(CONTENT, bytes, size, &left, progress);
	if (!whole && ftruncate(ARCHIVE, 0))
		die_errno("cannot shorten a copy of the archive");
	source->file = CONTENT;
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

static void unpack_layer(struct work *work, const struct image_layer *layer)
{
	const struct image_blob *blob = &layer->blob;
	char raw[SHA256_TEXT], content[SHA256_TEXT];
	bool known = *layer->content;

	work->tar.stream = &work->stream;
	work->tar.left = work->tar.padding = 0;
	work->tar.vouched = known;
	stream_begin(&work->stream, blob->file, blob->at, blob->size, known, OUTER);
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
	} rows[] = { { tree->devices, "device node" },
		     { tree->setuid, "setuid or setgid bit" },
		     { tree->attributes, "extended attribute" } };
	char list[160] = "";
	size_t length = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			length += text_format(list + length, sizeof list - length, "%s%llu %s%s",
					      length ? ", " : "", (unsigned long long)rows[i].count,
					      rows[i].name, rows[i].count == 1 ? "" : "s");
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
	tree_begin(tree, tree_path);
}

/* Its operand says whose the files are to be. Standard output is the file of arguments. */
static int reader_main(struct options *options)
{
	error_set_applet("unpack");
	struct request request = read_request(options);
	const char *owners = options->words[options->at];
	struct work *work = memory_take(sizeof *work);
	struct image_source *source = &work->source;
	struct progress *progress = &work->tree.progress;

	if (!owners)
		die("this is a part of selfdock-unpack");
	umask(0);
	process_ignore(SIGPIPE);
	prepare_tree(&work->tree, &request, !strcmp(owners, "root"));
	source->name = request.image;
	source->platform = request.platform;
	source->strict = request.names_platform;
	source->directory = path_open(AT_FDCWD, layout_path, O_PATH | O_DIRECTORY, 0);
	if (source->directory < 0)
		open_archive(source, &work->stream, request.max_size, progress);
	progress_end(progress);
	image_find(source, &work->image);
	progress->layers = work->image.count;
	while (progress->layer < progress->layers)
		unpack_layer(work, &work->image.layers[progress->layer++]);
	const char *directory = image_directory(&work->image);
	tree_finish(&work->tree, directory);
	progress_end(progress);
	if (work->image.config)
		image_print_arguments(&work->image, directory);
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
		if (plan->dry_run)
			die("this is a part of selfdock-unpack");
		/* If unpack ended before the plan was read, the parent noted there is another
		 * process, and the reader would not die with it. The other end of the socket is
		 * unpack's alone. */
		struct pollfd outer = { .fd = OUTER };
		if (poll(&outer, 1, 0))
			_exit(EXIT_SELFDOCK);
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
	int archive;
	char layout[PATH_MAX]; /* the path of one, or "" */
	int arguments;	       /* the file that the reader writes them to */
	int signals;
	int socket; /* to the reader */
	pid_t reader, decompressor;
	int status;  /* the reader's, as waitpid gives it */
	int stopped; /* by this signal; or 0 */
};

/* Executes this binary anew in a child, in DIRECTORY, with IN and OUT as standard input and output,
 * and the COUNT descriptors KEPT from 3 on. With QUIET its messages are lost. Returns -1 and
 * errno. */
static pid_t start(const char **words, int directory, int in, int out, const int *kept, int count,
		   bool quiet)
{
	pid_t pid = process_fork(0);
	int high[KEPT];

	if (pid)
		return pid;
	process_restore();
	process_act_by_default(SIGTERM); /* which ends it, also where it is ignored here */
	for (int i = 0; i < count; i++)
		high[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, OUTER + KEPT);
	bool failed = dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0;
	for (int i = 0; i < count; i++)
		failed = dup2(high[i], OUTER + i) < 0 || failed;
	if (failed || fchdir(directory))
		die_errno("cannot start an instance");
	if (quiet)
		process_void(STDERR_FILENO);
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
	int to[2], from[2], root = path_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);

	if (root < 0 || pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	unpack->decompressor = start(words, root, to[0], from[1], NULL, 0, true);
	close(root);
	close(to[0]);
	close(from[1]);
	const int pipes[] = { to[1], from[0] };
	bool sent = stream_send_pipes(unpack->socket, pipes);
	close(to[1]);
	close(from[0]);
	return sent && unpack->decompressor > 0;
}

/* Ends the reader, and with FORCE whatever it does against that. It may be stopped. */
static void stop_reader(const struct unpack *unpack, bool force)
{
	kill(unpack->reader, force ? SIGKILL : SIGTERM);
	kill(unpack->reader, SIGCONT);
}

/* What the reader asks for. It may ask for anything, if an archive has taken it over. Returns false
 * if it will ask for no more. */
static bool answer(struct unpack *unpack)
{
	unsigned char format;

	if (read(unpack->socket, &format, 1) != 1)
		return false;
	errno = EPROTO;
	if (format >= STREAM_PLAIN || unpack->decompressor > 0 ||
	    !start_decompressor(unpack, format)) {
		warn("cannot start a decompressor: %s", strerror(errno));
		stop_reader(unpack, true);
	}
	return true;
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
			send(unpack->socket, &code, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
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
		stop_reader(unpack, unpack->stopped);
		unpack->stopped = (int)info.ssi_signo;
	}
}

/* Serves the reader until it has ended. */
static void serve(struct unpack *unpack)
{
	struct pollfd both[] = { { unpack->socket, POLLIN, 0 }, { unpack->signals, POLLIN, 0 } };

	while (unpack->reader > 0) {
		if (poll(both, 2, -1) < 0)
			stop_reader(unpack, true);
		if (both[0].revents && !answer(unpack))
			both[0].fd = -1;
		if (both[1].revents)
			take_signal(unpack);
	}
	if (unpack->decompressor > 0) {
		kill(unpack->decompressor, SIGKILL);
		waitpid(unpack->decompressor, NULL, 0);
	}
}

/* Starts the reader, with the options that were TYPED. Returns false and errno. The new directory
 * is named from the one that only this process can have put it in. */
static bool start_reader(struct unpack *unpack, const struct options *typed)
{
	const struct place *place = &unpack->place;
	const char *head[] = { starter,	       "--die-with-parent",
			       "--rootfs",     "empty",
			       "--proc",       "none",
			       "--net",	       "none",
			       "--keep-fd",    "3",
			       "--keep-fd",    "4",
			       "--keep-fd",    "5",
			       "--vol",	       "tree",
			       tree_path,      "--map",
			       unpack->layout, layout_path };
	size_t count = sizeof head / sizeof *head - (*unpack->layout ? 0 : 3);
	const char **words = memory_take(((size_t)typed->at + count + 5) * sizeof *words);
	int sockets[2], kept[KEPT];

	unpack->arguments = place_make_file(place, "words");
	kept[1] = place_make_file(place, "archive");
	kept[2] = place_make_file(place, "content");
	if (unpack->arguments < 0 || kept[1] < 0 || kept[2] < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return false;
	unpack->socket = sockets[0];
	kept[0] = sockets[1];
	memcpy(words, head, count * sizeof *words);
	words[count++] = "--";
	words[count++] = reader;
	for (int i = 1; i < typed->at; i++)
		if (strcmp(typed->words[i], "--"))
			words[count++] = typed->words[i];
	words[count++] = "--";
	words[count] = privilege_is_root() ? "root" : "user";
	unpack->reader =
		start(words, place->partial, unpack->archive, unpack->arguments, kept, KEPT, false);
	for (int i = 0; i < KEPT; i++)
		close(kept[i]);
	return unpack->reader > 0;
}

/* Opens the archive, or finds the path of a layout. This may wait, for what sends the archive. */
static void open_input(struct unpack *unpack, const char *name)
{
	struct kernel_statx status;

	unpack->archive = STDIN_FILENO;
	if (strcmp(name, "-")) {
		/* Not path_open: /dev/fd/N is what a shell makes of <(COMMAND). */
		int fd = openat(AT_FDCWD, name, O_CLOEXEC | O_LARGEFILE);
		if (fd < 0 || !path_stat(fd, "", KERNEL_STATX_BASIC, &status))
			die_errno("cannot open '%s'", name);
		unpack->archive = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (S_ISDIR(status.mode)) {
			if (!procfs_read_path(path_open_proc(), fd, unpack->layout))
				die_errno("cannot open '%s'", name);
			close(unpack->archive);
			unpack->archive = STDIN_FILENO; /* which nobody reads */
		}
		close(fd);
	}
	if (!*unpack->layout && isatty(unpack->archive))
		die("'%s' is a terminal: name an archive and a new directory, or send an archive",
		    name);
}

/* From here on the signals that end this are read, and a stop is for all of this. */
static int take_signals(void)
{
	static const char read[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	static const char stop[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t reads, stops;

	sigemptyset(&reads);
	sigemptyset(&stops);
	for (size_t i = 0; i < sizeof read; i++)
		if (!process_ignores(read[i]))
			sigaddset(&reads, read[i]);
	for (size_t i = 0; i < sizeof stop; i++)
		sigaddset(&stops, stop[i]);
	sigprocmask(SIG_UNBLOCK, &stops, NULL);
	int signals = signalfd(-1, &reads, SFD_CLOEXEC);
	if (signals < 0)
		die_errno("cannot wait for signals");
	return signals;
}

/* Ends as the signal would have ended it. */
static _Noreturn void end_by(int number)
{
	sigset_t set;

	process_act_by_default(number);
	kill(getpid(), number);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(EXIT_SELFDOCK);
}

/* How many lines follow an option that the reader may write, or -1. */
static int count_values(const char *line)
{
	static const struct {
		char name[10];
		int values;
	} rows[] = { { "--chdir", 1 }, { "--env", 2 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(line, rows[i].name))
			return rows[i].values;
	return *line == '#' ? 0 : -1;
}

/* Whether the text is comments, the options of an image, "--" and its words. */
static bool is_harmless(const char *text)
{
	char line[10];
	int values = 0;

	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		text_format(line, sizeof line, "%.*s", (int)length, text);
		if (!values && !strcmp(line, "--"))
			return true;
		if (values && (!length || *line == '#')) /* it would be left out */
			return false;
		values = values ? values - 1 : count_values(line);
		if (values < 0)
			return false;
	}
	return !values;
}

/* Makes the file of arguments from what the reader wrote, which somebody executes: it must begin as
 * such a file does, and say nothing but what an image can. Returns false and errno. */
static bool make_arguments(struct unpack *unpack)
{
	char head[PATH_MAX + 64], *text = memory_take(ARGUMENTS_MAX);
	size_t size =
		text_format(head, sizeof head, "#!/usr/bin/env -S selfdock-run -f\n--rootfs\n%s\n",
			    unpack->place.path);
	ssize_t length = pread(unpack->arguments, text, ARGUMENTS_MAX - 1, 0);
	int file = place_make_file(&unpack->place, "args");

	if (length < 0 || file < 0)
		return false;
	errno = EPROTO;
	return length < ARGUMENTS_MAX - 1 && is_harmless(text) &&
	       write(file, head, size) == (ssize_t)size &&
	       write(file, text, (size_t)length) == length;
}

/* Gives the directory its name if the reader has done its work. Returns the exit status. */
static int finish(struct unpack *unpack, const char *typed)
{
	const struct place *place = &unpack->place;
	bool done = !unpack->stopped && !unpack->status;
	bool arguments = done && lseek(unpack->arguments, 0, SEEK_END) > 0;

	if (!unpack->stopped && WIFSIGNALED(unpack->status))
		warn("what reads the archive was killed by signal %d", WTERMSIG(unpack->status));
	if (done && ((arguments && !make_arguments(unpack)) || !place_finish(place, arguments))) {
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
	struct unpack *unpack = memory_take(sizeof *unpack);
	size_t count = 0;

	while (operands[count])
		count++;
	if (strcmp(operands[-1], "--"))
		words_refuse_late(operands);
	if (count != 1 && count != 2)
		die("name an archive and a new directory: selfdock-unpack ARCHIVE DIR");
	privilege_look_for_root();
	if (request.keep_setuid && !privilege_is_root())
		die("--keep-setuid is for root: nobody else can keep what it keeps");
	open_input(unpack, count == 2 ? operands[0] : "-");
	const struct process_kept kept = { .count = unpack->archive > 0,
					   .fds = { unpack->archive } };
	process_isolate(&kept);
	unpack->signals = take_signals();
	place_make(&unpack->place, path_open_proc(), operands[count - 1]);
	if (start_reader(unpack, options)) {
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
