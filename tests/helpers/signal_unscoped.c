/* SPDX-License-Identifier: ISC */
/* signal_unscoped COMMAND [ARG]...: the command on a kernel without Landlock. By
 * root without NO_NEW_PRIVS, so that a setuid program keeps its bit. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

int main(int argc, char **argv)
{
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		{ KERNEL_BPF_EQUAL, 0, 1, SYS_landlock_create_ruleset },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ERRNO | ENOSYS },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };

	if (argc < 2)
		return 2;
	if (getuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 1;
	if (syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, 0, &program)) {
		perror("seccomp");
		return 1;
	}
	execvp(argv[1], argv + 1);
	return 3;
}
