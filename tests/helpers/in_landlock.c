/* SPDX-License-Identifier: ISC */
/* in_landlock RIGHT COMMAND...: runs the command in a Landlock domain that allows the file-system
 * rights up to this one, as a bit, beneath "/" and nowhere else. Every mount is forbidden in it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	struct kernel_landlock_ruleset_attr attr = {
		.handled_access_fs = 2 * strtoul(argv[1], NULL, 0) - 1,
	};
	struct {
		uint64_t allowed;
		int32_t parent;
	} __attribute__((packed)) rule = { attr.handled_access_fs, open("/", O_PATH) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0 || syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0))
		return 2;
	execvp(argv[2], argv + 2);
	return 2;
}
