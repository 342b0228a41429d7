/* SPDX-License-Identifier: ISC */
/*
 * The plan: the option table of run and build, and what it is read into. No path is looked up here,
 * because privilege may not be dropped yet; core/view/rootfs.c does that, as the caller.
 */
#include "core/cli/plan.h"

#include <limits.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/environment.h"
#include "core/linux/path.h"

/* The keys of options without a letter; environment.h has two more. */
enum {
	MASK = ENVIRONMENT_KEEP + 1,
	LOG,
	PARENT,
	DRY_RUN,
	INIT,
	DEVICE,
	PROC,
	NET,
	ABSTRACT,
	NO_USERNS,
	HOSTNAME,
	FAKEROOT,
};

static const char proc_words[][8] = { "new", "host", "none" };

const struct option plan_options[] = {
	{ 'w', "workdir-writable", "", "working directory as a volume; start there" },
	{ 'm', "map", "SRC DST", "show SRC at DST, read-only" },
	{ 'v', "vol", "SRC DST", "show SRC at DST, as writable as it is" },
	{ 'r', "rootfs", "DIR", "root file system instead of /" },
	{ 't', "tmpfs", "OPT DST", "tmpfs: size=, nr_inodes=, mode=, exec,noexec" },
	{ 'C', "chdir", "DIR", "working directory inside; default: the same" },
	{ MASK, "mask", "PATH", "PATH cannot be read, listed or written" },
	{ DEVICE, "device", "PATH", "one device node of the host" },
	{ PROC, "proc", "WHICH", "/proc: new (default), host or none" },
	{ 'n', "name", "NAME", "name of the instance, to find it by" },
	{ HOSTNAME, "hostname", "NAME", "host name inside, instead of the host's" },
	{ 'd', "detach", "", "return once the program runs; print the id" },
	{ LOG, "log", "FILE", "with -d: append output and errors to FILE" },
	{ INIT, "init", "", "pid 1 is an init that reaps, not the program" },
	{ PARENT, "die-with-parent", "", "end when the process that started it ends" },
	{ NO_USERNS, "no-userns", "", "nothing inside can make user namespaces" },
	{ FAKEROOT, "fakeroot", "", "appear as root; chown, mknod seem to work" },
	{ NET, "net", "WHICH", "network: host (default) or none" },
	{ ABSTRACT, "abstract-sockets", "", "abstract sockets outside can be used (X11)" },
	{ 'e', "env", "NAME VALUE", "set an environment variable" },
	{ 'E', "unset", "NAME", "unset an environment variable" },
	{ ENVIRONMENT_CLEAR, "clearenv", "", "unset all environment variables" },
	{ ENVIRONMENT_KEEP, "keep-env", "NAME", "keep this variable in spite of --clearenv" },
	{ 'k', "keep-fd", "FD", "the program keeps descriptor FD, or $FD" },
	{ 'f', "args", "FILE", "take the lines of FILE as arguments" },
	{ DRY_RUN, "dry-run", "", "print what would be set up; start nothing" },
	{ .name = "" },
};

const char *plan_describe(const struct plan_bind *bind)
{
	static char words[2 * PATH_MAX + 64]; /* overwritten by the next call */
	const char *target = bind->target ? bind->target : ".";

	switch (bind->kind) {
	case PLAN_MAP:
		text_format(words, sizeof words, "map '%s' at '%s'", bind->source, target);
		break;
	case PLAN_VOL:
		text_format(words, sizeof words, "mount volume '%s' at '%s'", bind->source, target);
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
	case PLAN_LINK:
		text_format(words, sizeof words, "link '%s' to '%s'", target, bind->source);
		break;
	}
	return words;
}

static _Noreturn void refuse(const struct plan_bind *bind, const char *why)
{
	die("cannot %s: %s", plan_describe(bind), why);
}

void plan_refuse_habit(const struct plan_bind *bind)
{
	const char *source = bind->source ? bind->source : "";
	const char *target = source + strcspn(source, ":"), *flags;
	int length = (int)(target - source);
	uint64_t size;

	if (bind->kind == PLAN_TMPFS && *source == '/')
		die("cannot %s: OPT comes before DST: --tmpfs mode=1777 %.*s", plan_describe(bind),
		    length, source);
	if (bind->kind == PLAN_MAP && text_size(source, &size))
		refuse(bind, "memory is limited from outside, by prlimit or systemd-run");
	if (bind->kind > PLAN_VOL || !length || strncmp(target, ":/", 2))
		return;
	target++;
	flags = target + strcspn(target, ":");
	die("cannot %s: write two words: --%s %.*s %.*s", plan_describe(bind),
	    bind->kind == PLAN_MAP || !strncmp(flags, ":ro", 3) ? "map" : "vol", length, source,
	    (int)(flags - target), target);
}

/* Checks the rules for every destination. */
static void check_target(const struct plan_bind *bind)
{
	const char *target = bind->target;

	if (*target != '/') {
		plan_refuse_habit(bind);
		refuse(bind, "the path inside must begin with '/'");
	}
	if (strlen(target) >= PATH_MAX)
		refuse(bind, "the destination is too long");
	if (!target[strspn(target, "/")])
		refuse(bind, "to replace the root, use --rootfs");
	if (!strncmp(target, "/proc", 5) && (!target[5] || target[5] == '/'))
		refuse(bind, "nothing can be mounted at or below /proc");
}

static bool parse_mode(const char *text, unsigned *mode)
{
	size_t digits = strspn(text, "01234567");

	if (!digits || text[digits] || digits > 5)
		return false;
	*mode = (unsigned)text_number(text, NULL, 8);
	return *mode <= 01777;
}

/* Takes one word of the options of a tmpfs; false if it is invalid. */
static bool take_tmpfs_word(struct plan_bind *bind, const char *word)
{
	bind->exec = !strcmp(word, "exec") || (bind->exec && strcmp(word, "noexec"));
	if (!strcmp(word, "exec") || !strcmp(word, "noexec"))
		return true;
	if (!strncmp(word, "size=", 5))
		return text_size(word + 5, &bind->size);
	if (!strncmp(word, "nr_inodes=", 10))
		return text_size(word + 10, &bind->inodes);
	if (!strncmp(word, "mode=", 5))
		return parse_mode(word + 5, &bind->mode);
	return false;
}

static void read_tmpfs(struct plan_bind *bind)
{
	bind->mode = 01777;
	for (const char *rest = bind->source; rest; rest = *rest ? rest + 1 : NULL) {
		char word[48] = "";
		size_t length = strcspn(rest, ",");
		if (length < sizeof word)
			memcpy(word, rest, length);
		if (!take_tmpfs_word(bind, word)) {
			plan_refuse_habit(bind);
			if (*bind->target != '/')
				refuse(bind, "-t is --tmpfs OPT DST: leave it out");
			die("cannot %s: '%.*s' is not size=N, nr_inodes=N (both with K, M, G or "
			    "T), mode=OCTAL, exec or noexec",
			    plan_describe(bind), (int)length, rest);
		}
		rest += length;
	}
}

/* Allows only names that need no quoting in a shell or a table, and differ from a pid. */
static void check_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t length = strlen(name);

	if (length > 64 || name[strspn(name, allowed)] || *name == '-' || *name == '.' ||
	    !name[strspn(name, "0123456789")])
		die("the name '%s' is not valid: use up to 64 letters, digits, '_', '.' and '-', "
		    "not only digits, and neither '.' nor '-' first",
		    name);
}

static void check_hostname(const char *name)
{
	if (strlen(name) > 64) /* the kernel's limit; C libraries state others */
		die("the host name '%s' is longer than 64 bytes", name);
}

static bool read_net(const char *which)
{
	if (strcmp(which, "host") && strcmp(which, "none"))
		die("--net is 'host' or 'none', not '%s'", which);
	return !strcmp(which, "none");
}

static enum plan_proc read_proc(const char *which)
{
	for (enum plan_proc proc = PLAN_PROC_NEW; proc <= PLAN_PROC_NONE; proc++)
		if (!strcmp(which, proc_words[proc]))
			return proc;
	die("--proc is 'new', 'host' or 'none', not '%s'", which);
}

static void add_bind(struct plan *plan, enum plan_kind kind, const char *source, const char *target)
{
	if (plan->bind_count == PLAN_BINDS_MAX)
		die("more than %d file-system options", PLAN_BINDS_MAX);
	struct plan_bind *bind = &plan->binds[plan->bind_count++];
	*bind = (struct plan_bind){ .kind = kind, .source = source, .target = target };
	bind->exec = target && path_is_top(target, "tmp");
	if (kind == PLAN_TMPFS)
		read_tmpfs(bind);
	if (target)
		check_target(bind);
}

/* Takes an option that shows or hides something. False if it is another one. */
static bool take_bind(struct plan *plan, char key, char *const *values)
{
	switch (key) {
	case 'm':
		add_bind(plan, PLAN_MAP, values[0], values[1]);
		return true;
	case 'v':
		add_bind(plan, PLAN_VOL, values[0], values[1]);
		return true;
	case 'w':
		add_bind(plan, PLAN_VOL, ".", NULL);
		plan->directory = ".";
		plan->shows_cwd = true;
		return true;
	case 't':
		add_bind(plan, PLAN_TMPFS, values[0], values[1]);
		return true;
	case MASK:
		add_bind(plan, PLAN_MASK, NULL, values[0]);
		return true;
	case DEVICE:
		add_bind(plan, PLAN_DEVICE, values[0], values[0]);
		return true;
	}
	return false;
}

static void take(struct plan *plan, const struct options *options)
{
	char *const *values = options->values;
	char key = options->option->key;

	switch (key) {
	case 'r':
		plan->rootfs = values[0];
		break;
	case 'C':
		plan->directory = values[0];
		break;
	case 'n':
		check_name(values[0]);
		plan->name = values[0];
		break;
	case 'd':
		plan->detach = true;
		break;
	case LOG:
		plan->log = values[0];
		break;
	case PARENT:
		plan->die_with_parent = true;
		break;
	case DRY_RUN:
		plan->dry_run = true;
		break;
	case INIT:
		plan->init = true;
		break;
	case PROC:
		plan->proc = read_proc(values[0]);
		break;
	case NET:
		plan->netns = read_net(values[0]);
		break;
	case ABSTRACT:
		plan->abstract_sockets = true;
		break;
	case NO_USERNS:
		plan->no_userns = true;
		break;
	case FAKEROOT:
		plan->fakeroot = true;
		break;
	case HOSTNAME:
		check_hostname(values[0]);
		plan->hostname = values[0];
		break;
	default:
		if (!take_bind(plan, key, values))
			environment_take(options);
	}
}

struct plan *plan_read(struct options *options)
{
	static struct plan plan; /* large: only the pages in use take memory */

	plan.parent = getppid();
	plan.rootfs = "/"; /* an initializer would put the binds into the file */
	plan.typed = options_begin(options->table, options->words);
	while (options_next(options))
		take(&plan, options);
	if (plan.detach && plan.die_with_parent)
		die("--detach and --die-with-parent cannot be together");
	if (plan.log && !plan.detach)
		die("--log needs --detach");
	if (plan.fakeroot)
		plan.sets_apt = environment_set_default("APT_CONFIG", PLAN_APT_CONFIG);
	return &plan;
}

bool plan_shows_host(const struct plan *plan)
{
	return plan->rootfs && !plan->rootfs[strspn(plan->rootfs, "/")];
}

/* What is typed or found may hold anything. What is neither has no control characters, and is not
 * changed. */
static void print_word(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789%+,-./:=@_";
	bool quoted = !*word || word[strspn(word, plain)];

	error_defuse((char *)word);
	text_print(quoted ? " '" : " ");
	for (; *word; word++)
		text_print(*word == '\'' ? "'\\''" : "%c", *word);
	text_print(quoted ? "'" : "");
}

static void print_option(const char *name, int count, const char *const *values)
{
	text_print("--%s", name);
	for (int i = 0; i < count; i++)
		print_word(values[i]);
	text_print("\n");
}

static void print_typed(struct options typed)
{
	/* Each use of these options counts. Of all other options only the last one counts. */
	static const char in_order[] = {
		MASK, DEVICE, ENVIRONMENT_CLEAR, ENVIRONMENT_KEEP, 'm', 'v', 'w', 't', 'e', 'E',
		'k',  '\0'
	};
	const struct option *option;

	while ((option = options_next(&typed)))
		if (strchr(in_order, option->key))
			print_option(option->name, option_count(option),
				     (const char *const *)typed.values);
}

static void print_default(const struct plan_bind *bind)
{
	const char *const values[] = { bind->source, bind->target };

	if (bind->kind != PLAN_LINK) {
		print_option(bind->kind == PLAN_VOL ? "vol" : "map", 2, values);
		return;
	}
	text_print("# link");
	print_word(bind->target);
	text_print(" to");
	print_word(bind->source);
	text_print("\n");
}

void plan_print(const struct plan *plan, const struct plan_bind *defaults, size_t count,
		const char *directory, char **command)
{
	const char *const tmp[] = { "mode=1777,exec", "/tmp" };
	const char *const apt[] = { "APT_CONFIG", PLAN_APT_CONFIG };
	const char *net = plan->netns ? "none" : "host", *proc = proc_words[plan->proc];
	struct utsname host;
	const char *hostname = plan->hostname ? plan->hostname : host.nodename;

	uname(&host); /* that fails only for a bad address */

	print_option("rootfs", 1, &plan->rootfs);
	print_option("proc", 1, &proc);
	print_option("tmpfs", 2, tmp);
	for (size_t i = 0; i < count; i++)
		print_default(&defaults[i]);
	print_typed(plan->typed);
	if (plan->sets_apt)
		print_option("env", 2, apt);
	print_option("net", 1, &net);
	print_option("hostname", 1, &hostname);
	if (plan->name)
		print_option("name", 1, &plan->name);
	print_option("chdir", 1, &directory);
	if (plan->abstract_sockets)
		print_option("abstract-sockets", 0, NULL);
	if (plan->no_userns)
		print_option("no-userns", 0, NULL);
	if (plan->fakeroot)
		print_option("fakeroot", 0, NULL);
	if (plan->init)
		print_option("init", 0, NULL);
	if (plan->detach)
		print_option("detach", 0, NULL);
	if (plan->log)
		print_option("log", 1, &plan->log);
	if (plan->die_with_parent)
		print_option("die-with-parent", 0, NULL);
	text_print("--");
	for (; *command; command++)
		print_word(*command);
	text_print("\n");
}
