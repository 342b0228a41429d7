/* SPDX-License-Identifier: ISC */
#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/kernel.h"

#define PRIVILEGE_CAP(name) (UINT64_C(1) << KERNEL_CAP_##name)

/* What building a root file system needs: root's, only when it builds, and only
 * over a user namespace. */
#define PRIVILEGE_TO_BUILD                                                                         \
	(PRIVILEGE_CAP(CHOWN) | PRIVILEGE_CAP(DAC_OVERRIDE) | PRIVILEGE_CAP(FOWNER) |              \
	 PRIVILEGE_CAP(FSETID) | PRIVILEGE_CAP(SETUID) | PRIVILEGE_CAP(SETGID) |                   \
	 PRIVILEGE_CAP(SETFCAP) | PRIVILEGE_CAP(SETPCAP) | PRIVILEGE_CAP(KILL) |                   \
	 PRIVILEGE_CAP(SYS_CHROOT) | PRIVILEGE_CAP(NET_BIND_SERVICE))

/* The caller: the real ids this process was started with. */
uid_t privilege_uid(void);
gid_t privilege_gid(void);

/*
 * Outer side. First call of main: notes the caller, lowers the effective uid to the
 * caller's and, unless that is root, empties the effective capabilities, so that what
 * follows has the caller's rights only; read back. Dies where securebits are set in a
 * process that has capabilities, and where the setuid bit works and fs.suid_dumpable is 1.
 */
void privilege_init(void);

/* Whether the setuid bit gave this process something the caller lacks. */
bool privilege_setuid(void);

/*
 * Whether a user namespace with an identity map can be made: permitted are
 * SETUID, SETGID and SETFCAP (Linux 5.12 asks for it to map uid 0; see
 * user_namespaces(7)).
 */
bool privilege_available(void);

/*
 * Outer side: from here to privilege_drop_all the effective and the saved uid are 0, and the
 * real one is REAL: the caller's or, around the clone, 0. For that alone the kernel sets no
 * limit on the processes of a new user namespace, user_namespaces(7): it would be the caller's
 * RLIMIT_NPROC, compared with what root has (Linux 5.14). Whose real and saved uid are 0 takes
 * no signal of the caller's, kill(2): or starts that are stopped there would count for root.
 */
void privilege_raise(uid_t real);

/* What the setuid bit gave is gone for good, and so is every capability; verified. Root
 * stays root, and keeps its own. */
void privilege_drop(void);

/* Outer side, last: the caller's ids, no capability, NO_NEW_PRIVS, for good;
 * verified. Not dumpable, if there was any privilege. */
void privilege_drop_all(void);

/*
 * Steps that only ever shrink. SETUP and KEEP are sets of capabilities, as
 * PRIVILEGE_CAP(name).
 *
 * privilege_narrow, while the ids are still root's: permitted becomes SETUP,
 *   SETPCAP, and SETUID for the change of ids, which it outlasts.
 * privilege_become_caller: all ids become the caller's, permitted SETUP, both read back;
 *   NO_NEW_PRIVS; not dumpable, if there was any privilege.
 * privilege_tie: SIGKILL when the parent ends, which is behind PIDFD unless that is -1; if it has
 * ended before, this process exits. A change of ids would clear that, prctl(2). privilege_bound:
 * the bounding set becomes KEEP, permitted SETUP. Needs SETPCAP; false and errno where a policy
 * refuses that. privilege_seal, last before execve: every set becomes KEEP; all of it, and
 *   NO_NEW_PRIVS and the ids, is read back.
 */
void privilege_narrow(uint64_t setup);
void privilege_become_caller(uint64_t setup);
void privilege_tie(int pidfd);
bool privilege_bound(uint64_t setup, uint64_t keep);
void privilege_seal(uint64_t keep);

/* Nobody but root can trace this process, or read its memory and descriptors. */
void privilege_hide(void);

#endif
