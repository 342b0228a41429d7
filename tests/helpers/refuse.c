/* SPDX-License-Identifier: ISC */
/* refuse NUMBER|userns|noreplace ERRNO COMMAND...: runs the command where the kernel answers
 * that system call, or a clone or unshare(2) of a user namespace, or a rename that is to replace
 * nothing, with the error: as an older kernel does, or one that is set up so, or another file
 * system. Started by root, it leaves NO_NEW_PRIVS alone, and with that the set-user-ID bit its
 * effect. */
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { JUMP_IF_ANY_BIT = 0x45 }; /* BPF_JMP | BPF_JSET | BPF_K */

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int userns = !strcmp(argv[1], "userns"), noreplace = !strcmp(argv[1], "noreplace");
	unsigned number = userns      ? SYS_unshare
			  : noreplace ? SYS_renameat2
				      : (unsigned)atoi(argv[1]);
	unsigned bits = userns ? CLONE_NEWUSER : noreplace ? KERNEL_RENAME_NOREPLACE : 0;
	unsigned error = KERNEL_SECCOMP_RET_ERRNO | (unsigned)atoi(argv[2]);
	/* A filter cannot read the flags of clone3, and a start does without it. */
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		{ KERNEL_BPF_EQUAL, 0, 1, userns ? SYS_clone3 : INT32_MAX },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ERRNO | ENOSYS },
		{ KERNEL_BPF_EQUAL, 1, 0, userns ? SYS_clone : number },
		{ KERNEL_BPF_EQUAL, 0, 3, number },
		{ KERNEL_BPF_LOAD, 0, 0,
		  offsetof(struct kernel_seccomp_data, args[0]) + (noreplace ? 4 * 8 : 0) },
		{ JUMP_IF_ANY_BIT, 0, bits ? 1 : 0, bits },
		{ KERNEL_BPF_RETURN, 0, 0, error },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };

	if (geteuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 2;
	if (syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, 0, &program))
		return 2;
	execvp(argv[3], argv + 3);
	return 2;
}
