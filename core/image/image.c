/* SPDX-License-Identifier: ISC */
/*
 * Images: which layers make one, and how it is run. An OCI layout has an index, which names
 * manifests by their digests, which name layers in the same way. What docker saves has a manifest
 * of its own. Each document is verified before it is read.
 */
#include "core/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/image/tar.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"

/* The first is for all documents together. */
enum { DOCUMENTS_MAX = 8 << 20, CHOICES_MAX = 256, LINKS_MAX = 8, WORD_MAX = 256 };

/* An image that may be meant. */
struct choice {
	char name[WORD_MAX], platform[WORD_MAX]; /* or "" */
	char digest[SHA256_TEXT];		 /* of its manifest, or "" */
	const char *at;				 /* its descriptor, or value in docker's manifest */
	bool is_index;				 /* it is none, but what has some */
};

/* The search, with what it needs for archives. */
struct search {
	const struct image_source *source;
	struct stream stream;
	struct tar tar;
	struct tar_entry entry;
	uint64_t documents; /* the bytes of those that were read */
	size_t count;
	struct choice choices[CHOICES_MAX];
};

/* Leaves out "./" and the like at the beginning of a name. */
static const char *skip_dots(const char *name)
{
	while (*name == '/' || (*name == '.' && name[1] == '/'))
		name++;
	return name;
}

/* Writes to PATH where a link at PATH leads that says TARGET: "a/b" and "../c" is "c". */
static void follow(char path[PATH_MAX], const char *target)
{
	char *slash = strrchr(path, '/');
	size_t end = slash ? (size_t)(slash - path) : 0;

	for (; !strncmp(target, "../", 3); target += 3) {
		path[end] = '\0';
		slash = strrchr(path, '/');
		end = slash ? (size_t)(slash - path) : 0;
	}
	if (end + strlen(target) + 2 > PATH_MAX)
		die("the archive has a path of more than %d bytes", PATH_MAX - 1);
	text_format(path + end, PATH_MAX - end, "%s%s", end ? "/" : "", target);
}

/* Finds a file in an archive. A symbolic link leads to another one in it. */
static bool find_in_archive(struct search *search, const char *name, struct image_blob *blob)
{
	const struct image_source *source = search->source;
	char path[PATH_MAX];
	bool link = true;

	text_format(path, sizeof path, "%s", name);
	for (int links = 0; link && links < LINKS_MAX; links++) {
		link = false;
		stream_begin(&search->stream, source->file, 0, source->size, false, -1);
		search->tar = (struct tar){ .stream = &search->stream };
		while (!link && tar_next(&search->tar, &search->entry)) {
			const struct tar_entry *entry = &search->entry;
			if (strcmp(skip_dots(entry->name), path))
				continue;
			link = entry->type == TAR_SYMLINK;
			*blob = (struct image_blob){ source->file, search->stream.at, entry->size };
			if (entry->type == TAR_FILE)
				return true;
		}
		if (link)
			follow(path, search->entry.target);
	}
	return false;
}

static bool find_in_directory(const struct search *search, const char *name,
			      struct image_blob *blob)
{
	struct kernel_statx status;
	int fd = path_open(search->source->directory, name, O_NONBLOCK | O_LARGEFILE,
			   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0)
		die_errno("cannot open '%s' of the layout", name);
	if (!path_stat(fd, "", KERNEL_STATX_BASIC, &status) || !S_ISREG(status.mode))
		die("'%s' of the layout is no file", name);
	*blob = (struct image_blob){ fd, 0, status.size };
	return true;
}

static bool find_file(struct search *search, const char *name, struct image_blob *blob)
{
	return search->source->directory < 0 ? find_in_archive(search, name, blob)
					     : find_in_directory(search, name, blob);
}

/* Whether WORD is a digest as hexadecimal digits. */
static bool is_digest(const char *word)
{
	return strspn(word, "0123456789abcdef") == SHA256_TEXT - 1 && !word[SHA256_TEXT - 1];
}

/* Reads "sha256:DIGITS". */
static void read_digest(const char *value, char digest[SHA256_TEXT])
{
	char text[WORD_MAX];

	if (json_string(value, text, sizeof text) < 0 || strncmp(text, "sha256:", 7) ||
	    !is_digest(text + 7))
		die("the image has a digest that is none: sha256: and 64 digits are expected");
	memcpy(digest, text + 7, SHA256_TEXT);
}

/* Finds the blob that DESCRIPTOR names, and sets DIGEST. */
static void find_blob(struct search *search, const char *descriptor, struct image_blob *blob,
		      char digest[SHA256_TEXT])
{
	char name[16 + SHA256_TEXT];
	uint64_t size;

	read_digest(json_member(descriptor, "digest"), digest);
	text_format(name, sizeof name, "blobs/sha256/%s", digest);
	if (!find_file(search, name, blob))
		die("the image lacks '%s', which it names", name);
	if (!json_number(json_member(descriptor, "size"), &size) || size != blob->size)
		die("'%s' of the image has another size than it should", name);
}

/* Reads a document. DIGEST is what it should be, unless it is empty. Returns its value, or NULL
 * if it is not well-formed. */
static const char *read_document(struct search *search, const struct image_blob *blob,
				 const char *digest)
{
	char found[SHA256_TEXT];
	struct sha256 sha;

	search->documents += blob->size;
	if (blob->size > DOCUMENTS_MAX || search->documents > DOCUMENTS_MAX)
		die("the image has documents of more than %d bytes", DOCUMENTS_MAX);
	char *text = memory_take((size_t)blob->size + 1);
	if (pread(blob->file, text, (size_t)blob->size, (off_t)blob->at) != (ssize_t)blob->size)
		die("the archive is truncated");
	sha256_begin(&sha);
	sha256_add(&sha, text, (size_t)blob->size);
	sha256_end(&sha, found);
	if (*digest && strcmp(found, digest))
		die("a document of the image is damaged: its digest is sha256:%s, not sha256:%s",
		    found, digest);
	return strlen(text) == blob->size ? json_check(text) : NULL;
}

static const char *read_described(struct search *search, const char *descriptor)
{
	struct image_blob blob;
	char digest[SHA256_TEXT];

	find_blob(search, descriptor, &blob, digest);
	const char *document = read_document(search, &blob, digest);
	if (!document)
		die("a document of the image is no JSON: sha256:%s", digest);
	return document;
}

/* Reads a short string; "" if there is none. */
static void read_word(const char *value, char word[WORD_MAX])
{
	if (json_string(value, word, WORD_MAX) < 0)
		*word = '\0';
}

static void read_platform(const char *platform, char text[WORD_MAX])
{
	char os[WORD_MAX], machine[WORD_MAX], variant[WORD_MAX];

	*text = '\0';
	if (!platform)
		return;
	read_word(json_member(platform, "os"), os);
	read_word(json_member(platform, "architecture"), machine);
	read_word(json_member(platform, "variant"), variant);
	text_format(text, WORD_MAX, "%s/%s%s%s", os, machine, *variant ? "/" : "", variant);
}

/* "linux/arm" is also "linux/arm/v7". */
static bool is_platform(const char *platform, const char *wanted)
{
	size_t length = strlen(wanted);

	return !strncmp(platform, wanted, length) && (!platform[length] || platform[length] == '/');
}

static struct choice *add_choice(struct search *search, const char *name)
{
	if (search->count == CHOICES_MAX)
		die("the archive has more than %d images", CHOICES_MAX);
	struct choice *choice = &search->choices[search->count++];
	*choice = (struct choice){ .at = NULL };
	text_format(choice->name, sizeof choice->name, "%s", name);
	return choice;
}

/* Takes one manifest of an index, or an index in it. OUTER is the name of the index, which is that
 * of all in it. */
static void take_descriptor(struct search *search, const char *descriptor, const char *outer)
{
	const char *notes = json_member(descriptor, "annotations");
	char name[WORD_MAX], type[WORD_MAX], platform[WORD_MAX] = "";

	read_word(json_member(notes, "io.containerd.image.name"), name);
	if (!*name)
		read_word(json_member(notes, "org.opencontainers.image.ref.name"), name);
	read_word(json_member(descriptor, "mediaType"), type);
	read_platform(json_member(descriptor, "platform"), platform);
	/* What vouches for an image is in the index, too. */
	if (json_member(notes, "vnd.docker.reference.type") || is_platform(platform, "unknown"))
		return;
	struct choice *choice = add_choice(search, *name ? name : outer);
	text_format(choice->platform, sizeof choice->platform, "%s", platform);
	choice->is_index =
		!strcmp(type, "application/vnd.oci.image.index.v1+json") ||
		!strcmp(type, "application/vnd.docker.distribution.manifest.list.v2+json");
	choice->at = descriptor;
	read_digest(json_member(descriptor, "digest"), choice->digest);
}

static void take_index(struct search *search, const char *index, const char *outer)
{
	const char *list = json_member(index, "manifests");

	if (!list || *list != '[')
		die("the index of the image lists no manifests");
	for (const char *one = json_first(list); one; one = json_next(one))
		take_descriptor(search, one, outer);
}

/* An index in an index is looked at after it. */
static void find_choices(struct search *search, const char *index)
{
	take_index(search, index, "");
	for (size_t i = 0; i < search->count; i++) {
		const struct choice *choice = &search->choices[i];
		if (choice->is_index)
			take_index(search, read_described(search, choice->at), choice->name);
	}
}

/* Whether an image of that name is wanted: by all of it, or without a registry in front of it or a
 * tag behind it, or by its tag. */
static bool is_named(const char *name, const char *wanted)
{
	const char *tag = strrchr(name, ':');
	size_t length = strlen(wanted);

	if (tag && !strcmp(tag + 1, wanted))
		return true;
	for (; name; name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL)
		if (!strncmp(name, wanted, length) &&
		    (!name[length] || (name[length] == ':' && !strchr(name + length, '/'))))
			return true;
	return false;
}

/* With FOREIGN, it may be for any platform. */
static bool is_wanted(const struct search *search, const struct choice *choice, bool foreign)
{
	const struct image_source *source = search->source;

	return !choice->is_index && (!source->name || is_named(choice->name, source->name)) &&
	       (foreign || !*choice->platform || is_platform(choice->platform, source->platform));
}

/* Dies: there is not one that is wanted, but SEVERAL or none. */
static _Noreturn void refuse(const struct search *search, bool several)
{
	const struct image_source *source = search->source;
	const char *name = source->name;
	char list[1024] = "";
	size_t length = 0;

	for (size_t i = 0; i < search->count && length < sizeof list; i++) {
		const struct choice *choice = &search->choices[i];
		if (choice->is_index)
			continue;
		bool named = *choice->name, both = named && *choice->platform;
		length += text_format(list + length, sizeof list - length, "%s%s%s%s%s",
				      length ? ", " : "", named ? choice->name : "",
				      both ? " for " : "", choice->platform,
				      named || *choice->platform ? "" : "one without a name");
	}
	die("the archive has %s%s%s%s%s%s; choose by --image or --platform: %s",
	    several ? "several images" : "no image", name ? " '" : "", name ? name : "",
	    name ? "'" : "", several ? "" : " for ", several ? "" : source->platform,
	    *list ? list : "there is none");
}

/* The same image may have several names. */
static bool is_same(const struct choice *one, const struct choice *other)
{
	return one->at == other->at || (*one->digest && !strcmp(one->digest, other->digest));
}

/* Returns the only one that is wanted, or NULL. */
static const struct choice *find_only(const struct search *search, bool foreign)
{
	const struct choice *only = NULL;

	for (size_t i = 0; i < search->count; i++) {
		const struct choice *choice = &search->choices[i];
		if (!is_wanted(search, choice, foreign))
			continue;
		if (only && !is_same(only, choice))
			refuse(search, !foreign);
		only = choice;
	}
	return only;
}

static const struct choice *choose(const struct search *search)
{
	const struct choice *chosen = find_only(search, false);

	if (!chosen && !search->source->strict)
		chosen = find_only(search, true);
	if (!chosen)
		refuse(search, false);
	return chosen;
}

static struct image_layer *add_layer(struct image *image)
{
	if (image->count == IMAGE_LAYERS_MAX)
		die("the image has more than %d layers", IMAGE_LAYERS_MAX);
	return &image->layers[image->count++];
}

/* Takes from the configuration what each layer has in it. It may leave out the variant of a machine
 * that the index has TOLD. */
static void take_config(struct image *image, const struct image_source *source, const char *config,
			bool told)
{
	char platform[WORD_MAX];
	const char *list = json_member(json_member(config, "rootfs"), "diff_ids");
	const char *one = json_first(list);

	if (!list)
		die("what was chosen is no image of a root file system");
	read_platform(config, platform);
	if (source->strict && !is_platform(platform, source->platform) &&
	    !(told && is_platform(source->platform, platform)))
		die("the image is for %s, not for %s", platform, source->platform);
	for (size_t i = 0; i < image->count; i++, one = json_next(one)) {
		if (!one)
			break;
		read_digest(one, image->layers[i].content);
	}
	if (one || (image->count && !*image->layers[image->count - 1].content))
		die("the image has not as many layers as its configuration says");
	image->config = config;
}

static void read_oci(struct search *search, const char *index, struct image *image)
{
	find_choices(search, index);
	const struct choice *chosen = choose(search);
	const char *manifest = read_described(search, chosen->at);
	const char *list = json_member(manifest, "layers");

	for (const char *one = json_first(list); one; one = json_next(one)) {
		struct image_layer *layer = add_layer(image);
		find_blob(search, one, &layer->blob, layer->digest);
	}
	take_config(image, search->source, read_described(search, json_member(manifest, "config")),
		    *chosen->platform);
}

/* Finds the file that a manifest of docker names. */
static void find_named(struct search *search, const char *value, char name[PATH_MAX],
		       struct image_blob *blob)
{
	if (json_string(value, name, PATH_MAX) < 0)
		die("the manifest of the image is not understood");
	if (!find_file(search, skip_dots(name), blob))
		die("the image lacks '%s', which it names", name);
}

static void read_docker(struct search *search, const char *manifest, struct image *image)
{
	char path[PATH_MAX], name[WORD_MAX], digest[SHA256_TEXT] = "";
	struct image_blob blob;

	for (const char *one = json_first(manifest); one; one = json_next(one)) {
		const char *tag = json_first(json_member(one, "RepoTags"));
		do {
			read_word(tag, name);
			add_choice(search, name)->at = one;
		} while (tag && (tag = json_next(tag)));
	}
	const char *chosen = choose(search)->at;
	const char *list = json_member(chosen, "Layers");
	for (const char *one = json_first(list); one; one = json_next(one))
		find_named(search, one, path, &add_layer(image)->blob);
	find_named(search, json_member(chosen, "Config"), path, &blob);
	if (strlen(path) == SHA256_TEXT + 4 && !strcmp(path + SHA256_TEXT - 1, ".json")) {
		memcpy(digest, path, SHA256_TEXT - 1); /* it is named after it */
		digest[is_digest(digest) ? SHA256_TEXT - 1 : 0] = '\0';
	}
	const char *config = read_document(search, &blob, digest);
	if (!config)
		die("the configuration of the image is no JSON");
	take_config(image, search->source, config, false);
}

/* Whether a document is a manifest of docker, and not a file of that name. */
static bool is_docker(const char *manifest)
{
	const char *one = json_first(manifest);

	return one && *manifest == '[' && json_member(one, "Config") && json_member(one, "Layers");
}

void image_find(const struct image_source *source, struct image *image)
{
	struct search *search = memory_take(sizeof *search);
	struct image_blob blob, mark;
	const char *document = NULL;

	search->source = source;
	image->count = 0;
	image->config = NULL;
	if (find_file(search, "oci-layout", &mark) && find_file(search, "index.json", &blob)) {
		document = read_document(search, &blob, "");
		if (!document)
			die("the index of the image is no JSON");
		read_oci(search, document, image);
		return;
	}
	if (find_file(search, "manifest.json", &blob) && blob.size <= DOCUMENTS_MAX)
		document = read_document(search, &blob, "");
	if (document && is_docker(document))
		read_docker(search, document, image);
	else if (source->directory >= 0)
		die("the directory is no layout of an image: it has no 'oci-layout'");
	else if (source->name || source->strict)
		die("the archive is no image: --image and --platform choose none in it");
	else
		add_layer(image)->blob = (struct image_blob){ source->file, 0, source->size };
}

enum { TEXT_MAX = 1 << 16 };

/* Prints a line of a file of arguments. What begins with a character that has a meaning there
 * is marked as a word. */
static void print_word(const char *word)
{
	text_print("%s%s\n", *word && !strchr("\\#-", *word) ? "" : "\\", word);
}

/* Decodes a string to TEXT, which has TEXT_MAX bytes. Returns false, with a message, if a line of
 * the file cannot hold it. */
static bool read_text(const char *value, char *text)
{
	if (json_string(value, text, TEXT_MAX) < 0)
		warn("left out of the arguments: something that is no string, or too long");
	else if (strchr(text, '\n'))
		warn("left out of the arguments, since a line cannot hold it: '%s'", text);
	else
		return true;
	return false;
}

static void print_environment(const char *list, char *text)
{
	for (const char *one = json_first(list); one; one = json_next(one)) {
		char *equals = read_text(one, text) ? strchr(text, '=') : NULL;
		if (!equals || equals == text)
			continue;
		*equals = '\0';
		text_print("--env\n");
		print_word(text);
		print_word(equals + 1);
	}
}

/* Prints what is said of the image and does nothing here. */
static void print_comment(const char *name, const char *value, char *text)
{
	if (json_string(value, text, TEXT_MAX) <= 0)
		return;
	error_defuse(text);
	text_print("# %s: %s\n", name, text);
}

static void print_comments(const char *name, const char *object, char *text)
{
	for (const char *one = json_first(object); one; one = json_next(one))
		print_comment(name, one, text);
}

/* Prints a list of words, or with PRINT false only looks whether lines can hold all of them. */
static bool print_command(const char *list, char *text, bool print)
{
	for (const char *one = json_first(list); one; one = json_next(one)) {
		if (!read_text(one, text))
			return false;
		if (print)
			print_word(text);
	}
	return true;
}

const char *image_directory(const struct image *image)
{
	const char *config = json_member(image->config, "config");
	const char *directory = json_member(config, "WorkingDir");
	char *text = memory_take(TEXT_MAX + 1);

	*text = '/';
	if (!directory || !read_text(directory, text + 1) || !text[1])
		return NULL;
	return text[1] == '/' ? text + 1 : text;
}

void image_print_arguments(const struct image *image, const char *directory)
{
	const char *config = json_member(image->config, "config");
	const char *entrypoint = json_member(config, "Entrypoint");
	const char *command = json_member(config, "Cmd");
	char *text = memory_take(TEXT_MAX);

	read_platform(image->config, text);
	error_defuse(text);
	text_print("# image for %s\n", text);
	if (directory)
		text_print("--chdir\n%s\n", directory);
	print_environment(json_member(config, "Env"), text);
	print_comment("user", json_member(config, "User"), text);
	print_comments("port", json_member(config, "ExposedPorts"), text);
	print_comments("volume", json_member(config, "Volumes"), text);
	if (!json_first(entrypoint) && !json_first(command))
		return;
	if (!print_command(entrypoint, text, false) || !print_command(command, text, false)) {
		warn("left out of the arguments, for that reason: the command of the image");
		return;
	}
	text_print("--\n");
	print_command(entrypoint, text, true);
	text_print("--default-command\n");
	print_command(command, text, true);
}
