/* blind_calls: prints "NAME NUMBER" for each system call that selfdock-check makes before, or
 * without, a start. Not those that the program needs to get as far as main. */
#include <stdio.h>
#include <sys/syscall.h>

/* clang-format off */
#define CALL(name) { #name, SYS_##name }
/* clang-format on */

static const struct {
	const char *name;
	int number;
} calls[] = {
#ifdef SYS_access
	CALL(access),	 CALL(dup2),
#endif
	CALL(capget),	 CALL(capset),	   CALL(clone),	       CALL(close),
	CALL(fcntl),	 CALL(fstatfs),	   CALL(getcwd),       CALL(getpid),
	CALL(getresgid), CALL(getresuid),  CALL(kill),	       CALL(landlock_create_ruleset),
	CALL(mmap),	 CALL(openat2),	   CALL(pipe2),	       CALL(prctl),
	CALL(read),	 CALL(readlinkat), CALL(rt_sigaction), CALL(statfs),
	CALL(statx),	 CALL(uname),	   CALL(unshare),      CALL(wait4),
};

int main(void)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		printf("%s %d\n", calls[i].name, calls[i].number);
}
