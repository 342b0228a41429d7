/* SPDX-License-Identifier: ISC */
/*
 * The plan: the option table of run and build, and what it is read into. No
 * path is touched here, since this may run before privilege is dropped; what
 * a path stands for is found out by core/view/rootfs.c, as the caller.
 */
#include "core/cli/plan.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/arguments.h"
#include "core/cli/environment.h"

static struct plan_view views[PLAN_VIEWS_MAX];

struct plan plan_current = {
	.rootfs = "/",
	.hostname = "selfdock",
	.view = views,
};

const char *plan_describe(const struct plan_view *view)
{
	static char words[2 * PATH_MAX + 64];
	const char *target = view->target ? view->target : ".";

	switch (view->kind) {
	case PLAN_MAP:
		text_format(words, sizeof words, "map '%s' at '%s'", view->source, target);
		break;
	case PLAN_VOL:
		text_format(words, sizeof words, "mount volume '%s' at '%s'", view->source, target);
		break;
	case PLAN_TMPFS:
		text_format(words, sizeof words, "mount a tmpfs at '%s'", target);
		break;
	case PLAN_DEVICE:
		text_format(words, sizeof words, "pass device '%s'", target);
		break;
	case PLAN_MASK:
		text_format(words, sizeof words, "mask '%s'", target);
		break;
	}
	return words;
}

static struct plan_view *add(struct plan_view view)
{
	struct plan *plan = &plan_current;

	if (plan->views == PLAN_VIEWS_MAX)
		die("more than %d file-system options", PLAN_VIEWS_MAX);
	plan->view[plan->views] = view;
	return &plan->view[plan->views++];
}

/* The syntax every destination has in common. */
static void check_target(const struct plan_view *view)
{
	const char *target = view->target;

	if (*target != '/')
		die("cannot %s: the destination must be an absolute path", plan_describe(view));
	if (strlen(target) >= PATH_MAX)
		die("cannot %s: the destination is too long", plan_describe(view));
	if (!target[strspn(target, "/")])
		die("cannot %s: to replace the root, use --rootfs", plan_describe(view));
	if (!strncmp(target, "/proc", 5) && (!target[5] || target[5] == '/'))
		die("cannot %s: nothing can be mounted at or below /proc", plan_describe(view));
}

static void take_map(char **value)
{
	check_target(add((struct plan_view){ PLAN_MAP, value[0], value[1], 0, 0, 0, 0 }));
}

static void take_vol(char **value)
{
	check_target(add((struct plan_view){ PLAN_VOL, value[0], value[1], 0, 0, 0, 0 }));
}

static void take_device(char **value)
{
	check_target(add((struct plan_view){ PLAN_DEVICE, value[0], value[0], 0, 0, 0, 0 }));
}

static void take_mask(char **value)
{
	check_target(add((struct plan_view){ PLAN_MASK, NULL, value[0], 0, 0, 0, 0 }));
}

static void take_workdir(char **value)
{
	(void)value;
	add((struct plan_view){ PLAN_VOL, ".", NULL, 0, 0, 0, 0 });
	plan_current.directory = ".";
}

/* A whole number, 1 or more, with K, M, G or T behind it for powers of 1024. */
static bool parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KkMmGgTt";
	const char *unit = text + strspn(text, "0123456789");

	*size = text_number(text, NULL, 10);
	if (!*size)
		return false;
	if (!*unit)
		return *size <= INT64_MAX;
	if (unit[1] || !strchr(units, *unit))
		return false;
	for (long power = (strchr(units, *unit) - units) / 2; power >= 0; power--)
		if (__builtin_mul_overflow(*size, 1024U, size))
			return false;
	return *size <= INT64_MAX;
}

static bool parse_mode(const char *text, unsigned *mode)
{
	size_t digits = strspn(text, "01234567");

	if (!digits || text[digits] || digits > 5)
		return false;
	*mode = (unsigned)text_number(text, NULL, 8);
	return *mode <= 01777;
}

/* One word of the grammar; false if it is not in it. */
static bool take_tmpfs_word(struct plan_view *view, const char *word)
{
	if (!strcmp(word, "exec") || !strcmp(word, "noexec"))
		return view->exec = *word == 'e', true;
	if (!strncmp(word, "size=", 5))
		return parse_size(word + 5, &view->size);
	if (!strncmp(word, "nr_inodes=", 10))
		return parse_size(word + 10, &view->inodes);
	if (!strncmp(word, "mode=", 5))
		return parse_mode(word + 5, &view->mode);
	return false;
}

static void take_tmpfs(char **value)
{
	struct plan_view *view =
		add((struct plan_view){ PLAN_TMPFS, value[0], value[1], 0, 0, 01777, false });

	check_target(view);
	for (const char *rest = value[0]; rest; rest = *rest ? rest + 1 : NULL) {
		char word[48] = "";
		size_t length = strcspn(rest, ",");
		if (length < sizeof word)
			memcpy(word, rest, length);
		if (!take_tmpfs_word(view, word))
			die("cannot %s: '%.*s' is not size=N, nr_inodes=N (both with K, M, G or "
			    "T), mode=OCTAL, exec or noexec",
			    plan_describe(view), (int)length, rest);
		rest += length;
	}
}

/* What a shell, a table and a pid leave alone. */
static void take_name(char **value)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *name = value[0];
	size_t length = strlen(name);

	if (length > 64 || name[strspn(name, allowed)] || *name == '-' || *name == '.' ||
	    !name[strspn(name, "0123456789")])
		die("the name '%s' is not one of up to 64 letters, digits, '_', '.' and '-' that "
		    "begins with neither of the last two and is no number",
		    name);
	plan_current.name = name;
}

static void take_hostname(char **value)
{
	if (strlen(value[0]) > 64) /* the kernel's limit; C libraries name others */
		die("the host name '%s' is longer than 64 bytes", value[0]);
	plan_current.hostname = value[0];
}

static void take_net(char **value)
{
	if (strcmp(value[0], "host") && strcmp(value[0], "none"))
		die("--net is 'host' or 'none', not '%s'", value[0]);
	plan_current.netns = !strcmp(value[0], "none");
}

static void take_proc(char **value)
{
	if (!strcmp(value[0], "new"))
		plan_current.proc = PLAN_PROC_NEW;
	else if (!strcmp(value[0], "host"))
		plan_current.proc = PLAN_PROC_HOST;
	else if (!strcmp(value[0], "none"))
		plan_current.proc = PLAN_PROC_NONE;
	else
		die("--proc is 'new', 'host' or 'none', not '%s'", value[0]);
}

const struct option_spec plan_options[] = {
	{ 'f', "args", "FILE", "the lines of FILE are arguments, in this place",
	  .take = arguments_take },
	{ 'r', "rootfs", "DIR", "root file system instead of /", .text = &plan_current.rootfs },
	{ 'C', "chdir", "DIR", "working directory inside; default: the same, else /",
	  .text = &plan_current.directory },
	{ 'm', "map", "SRC DST", "show SRC at DST, read-only", .take = take_map },
	{ 'v', "vol", "SRC DST", "show SRC at DST, as writable as it is", .take = take_vol },
	{ 'w', "workdir-writable", "", "the working directory as a volume, and -C to it",
	  .take = take_workdir },
	{ 't', "tmpfs", "OPT DST", "empty tmpfs at DST: size=, nr_inodes=, mode=, exec, noexec",
	  .take = take_tmpfs },
	{ 0, "mask", "PATH", "nothing at PATH can be read, listed or written", .take = take_mask },
	{ 'n', "name", "NAME", "a name for selfdock-ls and selfdock-enter", .take = take_name },
	{ 'd', "detach", "", "return once the program runs, and print the instance's id",
	  .flag = &plan_current.detach },
	{ 0, "die-with-parent", "", "end when the process ends that started selfdock",
	  .flag = &plan_current.die_with_parent },
	{ 0, "dry-run", "", "print what would be set up, and start nothing",
	  .flag = &plan_current.dry_run },
	{ 0, "init", "", "pid 1 is one that reaps processes, and the program its child",
	  .flag = &plan_current.init },
	{ 0, "device", "PATH", "one device node of the host", .take = take_device },
	{ 0, "proc", "WHICH", "/proc: new (default), host or none", .take = take_proc },
	{ 0, "net", "WHICH", "network: host (default) or none", .take = take_net },
	{ 0, "no-userns", "", "nothing inside can make user namespaces",
	  .flag = &plan_current.no_userns },
	{ 0, "hostname", "NAME", "host name inside, instead of selfdock", .take = take_hostname },
	{ 'e', "env", "NAME VALUE", "set an environment variable", .take = environment_set },
	{ 'E', "unset", "NAME", "unset an environment variable", .take = environment_unset },
	{ 0, "clearenv", "", "unset all environment variables", .take = environment_clear },
	{ 0, "keep-env", "NAME", "keep this one over --clearenv", .take = environment_keep },
	{ .name = "" },
};

static void print_word(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789%+,-./:=@_";
	bool quoted = !*word || word[strspn(word, plain)];

	text_print(quoted ? " '" : " ");
	for (; *word; word++)
		text_print(*word == '\'' ? "'\\''" : "%c", *word);
	text_print(quoted ? "'" : "");
}

static void print_option(const char *name, int count, const char *const *value)
{
	text_print("--%s", name);
	for (int i = 0; i < count; i++)
		print_word(value[i]);
	text_print("\n");
}

/* The options that act in order. */
static void print_typed(const struct option_spec *spec, char **value)
{
	static void (*const other[])(char **value) = { take_name, take_hostname, take_net,
						       take_proc };

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (spec->take == other[i])
			return;
	if (spec->take)
		print_option(spec->name, options_count(spec), (const char *const *)value);
}

void plan_print(char **command)
{
	static const char *const tmp[] = { "mode=1777,noexec", "/tmp" };
	static const char *const proc[] = { "new", "host", "none" };
	const struct plan *plan = &plan_current;
	const char *net = plan->netns ? "none" : "host";

	print_option("rootfs", 1, &plan->rootfs);
	print_option("proc", 1, &proc[plan->proc]);
	print_option("tmpfs", 2, tmp);
	for (char **word = options_typed; *word; word++)
		error_defuse(*word);
	options_visit(print_typed);
	print_option("net", 1, &net);
	print_option("hostname", 1, &plan->hostname);
	if (plan->name)
		print_option("name", 1, &plan->name);
	if (plan->directory)
		print_option("chdir", 1, &plan->directory);
	if (plan->no_userns)
		print_option("no-userns", 0, NULL);
	if (plan->init)
		print_option("init", 0, NULL);
	if (plan->detach)
		print_option("detach", 0, NULL);
	if (plan->die_with_parent)
		print_option("die-with-parent", 0, NULL);
	text_print("--");
	for (; *command; command++)
		print_word(*command);
	text_print("\n");
}
