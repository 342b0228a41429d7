/* SPDX-License-Identifier: ISC */
/* privilege_deny_userns ERRNO COMMAND [ARG]...: the command on a kernel where
 * a clone with CLONE_NEWUSER fails so. For root, without NO_NEW_PRIVS. */
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const uint32_t error = KERNEL_SECCOMP_RET_ERRNO | (uint32_t)atoi(argv[1]);
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		{ KERNEL_BPF_EQUAL, 0, 3, SYS_clone },
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, args[0]) },
		{ 0x45 /* BPF_JMP | BPF_JSET | BPF_K */, 0, 1, CLONE_NEWUSER },
		{ KERNEL_BPF_RETURN, 0, 0, error },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };

	if (syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, 0, &program)) {
		perror("seccomp");
		return 1;
	}
	execvp(argv[2], argv + 2);
	return 3;
}
