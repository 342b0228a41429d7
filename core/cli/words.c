/* SPDX-License-Identifier: ISC */
/*
 * Words that are not understood: what is wrong with an option, what to write here instead of a word
 * of docker, podman, bubblewrap or firejail, and which known word is nearest to any other one.
 */
#include "core/cli/words.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/applet.h"

/*
 * A row is one or more words of other tools, each with a blank behind it and no dashes, then ":"
 * and the answer. "*" ends a word that is only the beginning of what is meant. An answer that
 * begins with "~" says why to leave the word out. One that begins with ">" says what to write
 * instead: options, if the applet has the first of them, or else an applet, if this binary has it.
 */
static const char other_options[] =
	"rm :~nothing is left of an instance\0"
	"i ti interactive tty :~the program has your terminal\0"
	"u user uid gid userns :~the program has your uid and groups, or root's by --fakeroot\0"
	"map-root-user root fake-root :>--fakeroot\0"
	"p P publish* expose :~no port is mapped\0"
	"read-only :~the root is read-only in 'run'\0"
	"entrypoint :~the COMMAND is the program\0"
	"all a :~nothing is left of what has ended. To end all: ls -q | xargs -r selfdock stop\0"
	"cap-drop caps.drop nonewprivs no-new-privs :~the program has no privileges\0"
	"security-opt seccomp noprofile new-session :~an instance has its own filter\0"
	"network share-net unshare-net unshare-all :>--net none or --net host\0"
	"dev unshare-user* unshare-pid unshare-ipc unshare-uts unshare-cgroup* private-dev "
	"private-tmp :~an instance has its own\0"
	"pid ipc uts :an instance always has its own\0"
	"disable-userns :>--no-userns\0"
	"volume bind* dev-bind* read-write whitelist :>--vol SRC DST\0"
	"ro-bind* :>--map SRC DST\0"
	"mount :>--map SRC DST, --vol SRC DST or --tmpfs OPT DST\0"
	"workdir :>--chdir DIR\0"
	"setenv :>--env NAME VALUE\0"
	"rmenv unsetenv unset-env :>--unset NAME\0"
	"gpus :>--device PATH\0"
	"private* :>--mask PATH, or --tmpfs mode=700 DIR\0"
	"shm-size :>--tmpfs size=1G /dev/shm\0"
	"blacklist :>--mask PATH\0"
	"no-trunc :>--wide\0"
	"join :>enter NAME\0"
	"shutdown :>stop NAME\0"
	"dns* :>--map FILE /etc/resolv.conf\0"
	"dir :>--tmpfs mode=755 DIR\0"
	"preserve-fd* pass_fd :>--keep-fd FD\0"
	"env-file :before it: set -a; . FILE\0"
	"privileged cap-add :the program can do what you can\0"
	"memory* cpu* pids-limit ulimit rlimit* :use "
	"prlimit, or systemd-run --user --scope -p MemoryMax=1G -p CPUQuota=50%\0"
	"restart :a service manager does that\0";

static const char other_applets[] =
	"exec attach join :>enter NAME\0"
	"ps list container :>ls\0"
	"top stats :>ls -l\0"
	"inspect :>ls --json NAME\0"
	"info :>check\0"
	"create :>run\0"
	"start restart :stop the instance, and start it again by run\0"
	"kill rm shutdown :>stop NAME\0"
	"wait :without -d, 'run' waits\0"
	"system volume prune :nothing is kept that could be pruned; a volume is a directory\0"
	"logs :>run -d --log FILE\0"
	"cp :use cp(1), and --vol\0"
	"load import untar extract :>unpack ARCHIVE DIR\0"
	"images image pull push save tag rmi :no images: --rootfs DIR is any "
	"directory\0";

static const char *find_answer(const char *rows, const char *word, size_t length)
{
	for (; *rows; rows += strlen(rows) + 1)
		for (const char *known = rows; *known != ':'; known = strchr(known, ' ') + 1) {
			size_t same = 0;
			while (same < length && known[same] == word[same])
				same++;
			if (known[same] == '*' || (known[same] == ' ' && same == length))
				return strchr(known, ':') + 1;
		}
	return NULL;
}

/* Returns what to say before an answer, or NULL if what it says to write is unknown here. */
static const char *find_lead(const char *answer, const struct option *table)
{
	size_t length = strcspn(answer, " ");

	if (*answer == '~')
		return "leave it out: ";
	if (*answer != '>')
		return "";
	if (table && answer[1] == '-')
		return options_find(table, answer + 3, length - 3) ? "write " : NULL;
	return applet_find(answer + 1, length - 1) ? "write selfdock " : NULL;
}

void words_refuse_late(char **operands)
{
	for (char **word = operands; word[0] && word[1]; word++)
		if (*word[1] == '-')
			die("'%s' comes after '%s': options come first", word[1], word[0]);
}

size_t words_gap(const char *word, size_t length, const char *known)
{
	size_t left = strlen(known);

	while (length && left && *word == *known) {
		word++;
		known++;
		length--;
		left--;
	}
	while (length && left && word[length - 1] == known[left - 1]) {
		length--;
		left--;
	}
	if (length == 2 && left == 2 && word[0] == known[1] && word[1] == known[0])
		return 1;
	return length > left ? length : left;
}

/* Returns the name number I of the table or, if that is NULL, of the applets. NULL after the last.
 */
static const char *name_at(const struct option *table, size_t i)
{
	if (table)
		return *table[i].name ? table[i].name : NULL;
	return applets[i] ? applets[i]->name : NULL;
}

/* Dies: TYPED is no option of the table or, if that is NULL, no applet. WORD is the name in it. */
static _Noreturn void refuse(const struct option *table, const char *typed, const char *word,
			     size_t length)
{
	const char *what = table ? "option" : "applet", *known, *nearest = NULL;
	const char *answer = find_answer(table ? other_options : other_applets, word, length);
	const char *lead = answer ? find_lead(answer, table) : NULL;
	size_t half = (length + 1) / 2, limit = half < 3 ? half : 3;

	if (lead)
		die("unknown %s '%s': %s%s", what, typed, lead, answer + (*lead ? 1 : 0));
	for (size_t i = 0; (known = name_at(table, i)); i++) {
		size_t gap = words_gap(word, length, known);
		if (gap < limit) {
			limit = gap;
			nearest = known;
		}
	}
	if (nearest)
		die("unknown %s '%s'; did you mean '%s%s'?", what, typed, table ? "--" : "",
		    nearest);
	known = table || word != typed ? NULL : applet_starter();
	if (known)
		die("unknown applet '%s'; see 'selfdock --help'. A program: selfdock %s %s", typed,
		    known, word);
	die("unknown %s '%s'; see '%s --help'", what, typed, error_name());
}

static _Noreturn void refuse_option(const struct options *options)
{
	char *typed = options->typed, *letter = options->letters;

	if (letter) { /* of "-xyz" only "-y" is shown; this process ends */
		letter[-1] = '-';
		letter[1] = '\0';
		refuse(options->table, letter - 1, letter, 1);
	}
	refuse(options->table, typed, typed + 2, strcspn(typed + 2, "="));
}

static _Noreturn void refuse_arguments(const struct options *options, const char *problem)
{
	const struct option *option = options->option;

	die("option '%s' %s: --%s%s%s", options->typed, problem, option->name,
	    *option->arguments ? " " : "", option->arguments);
}

/* Dies if the walk ended at an invalid option. */
static void complain(const struct options *options)
{
	static const char needs[][16] = { "needs no word", "needs a word", "needs two words" };

	if (options->end == OPTIONS_UNKNOWN)
		refuse_option(options);
	char *letters = options->letters; /* of "-ti", which is "-it" */
	if (options->end == OPTIONS_TOGETHER &&
	    find_answer(other_options, letters, strlen(letters)))
		refuse(options->table, options->typed, letters, strlen(letters));
	if (options->end > OPTIONS_UNKNOWN)
		refuse_arguments(options, needs[option_count(options->option)]);
}

enum options_end words_check(const struct option *table, char **words)
{
	struct options options = options_begin(table, words);
	const struct option *option;

	while ((option = options_next(&options)))
		if (option_count(option) && !*options.values[0])
			refuse_arguments(&options, "has an empty argument");
	complain(&options);
	return options.end;
}

bool words_is_reserved(const char *called)
{
	if (strncmp(called, "selfdock-", 9))
		return false;
	size_t length = strlen(called += 9);
	return !strcmp(called, "init") ||
	       (find_answer(applet_names, called, length) && !applet_find(called, length));
}

_Noreturn void words_refuse_applet(const char *typed)
{
	const char *word = typed + (strncmp(typed, "selfdock-", 9) ? 0 : 9);

	if (find_answer(applet_names, word, strlen(word)))
		die("this binary was built without the applet '%s'", word);
	refuse(NULL, typed, word, strlen(word));
}

static _Noreturn void refuse_option_of(const struct applet *applet, char **words)
{
	struct options options = options_begin(applet->options, words);

	while (options_next(&options))
		;
	die("'%s' is no option of '%s'", options.typed, applet->name);
}

enum options_end words_refuse_line(char **words)
{
	struct options best = { .at = 0 };

	/* The applet that knows the most of these options may be the one that is meant. */
	for (const struct applet *const *applet = applets; *applet; applet++) {
		struct options options = options_begin((*applet)->options, words);
		while (options_next(&options))
			;
		if (options.at > best.at ||
		    (options.at == best.at && (*applet)->privilege == PRIVILEGE_SETUP))
			best = options;
	}
	complain(&best);
	if (best.end != OPTIONS_DONE)
		return best.end;
	if (words[best.at]) {
		const struct applet *named = applet_find(words[best.at], strlen(words[best.at]));
		if (named) /* it knows fewer of the options */
			refuse_option_of(named, words);
		words_refuse_applet(words[best.at]);
	}
	if (!best.option || !option_count(best.option))
		die("no applet named; see 'selfdock --help'");
	bool two = option_count(best.option) == 2;
	die("no applet follows: '%s%s%s' is taken as --%s %s", best.values[0], two ? "' and '" : "",
	    two ? best.values[1] : "", best.option->name, best.option->arguments);
}
