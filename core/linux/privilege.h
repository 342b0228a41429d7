/* SPDX-License-Identifier: ISC */
#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/kernel.h"

#define PRIVILEGE_CAP(name) (UINT64_C(1) << KERNEL_CAP_##name)

/* What building a root file system takes. Granted only over a user namespace: to root for build,
 * and to who appears as root. */
#define PRIVILEGE_TO_BUILD                                                                         \
	(PRIVILEGE_CAP(CHOWN) | PRIVILEGE_CAP(DAC_OVERRIDE) | PRIVILEGE_CAP(FOWNER) |              \
	 PRIVILEGE_CAP(FSETID) | PRIVILEGE_CAP(SETUID) | PRIVILEGE_CAP(SETGID) |                   \
	 PRIVILEGE_CAP(SETFCAP) | PRIVILEGE_CAP(SETPCAP) | PRIVILEGE_CAP(KILL) |                   \
	 PRIVILEGE_CAP(SYS_CHROOT) | PRIVILEGE_CAP(NET_BIND_SERVICE))

/* What making one from an archive takes, of these. */
#define PRIVILEGE_TO_UNPACK                                                                        \
	(PRIVILEGE_CAP(CHOWN) | PRIVILEGE_CAP(DAC_OVERRIDE) | PRIVILEGE_CAP(FOWNER) |              \
	 PRIVILEGE_CAP(FSETID) | PRIVILEGE_CAP(SETFCAP))

/* The caller: the real ids this process was started with, or 0 after privilege_appear_as_root. */
uid_t privilege_uid(void);
gid_t privilege_gid(void);

/* Notes whether uid 0 is the machine's root here: path_shows_root. Until then it is taken to be. */
void privilege_look_for_root(void);

/* Whether the caller is the machine's root. */
bool privilege_is_root(void);

/*
 * Outer side. First call of main: notes the caller, lowers the effective uid to the caller's and,
 * unless the caller is root, empties the effective capabilities, so that what follows has only the
 * caller's rights. Both are read back. Dies if securebits are set in a process that has
 * capabilities, or if the setuid bit works and fs.suid_dumpable is 1.
 */
void privilege_init(void);

/* Whether the setuid bit gave this process something that the caller lacks. */
bool privilege_setuid(void);

/* What an identity map takes: Linux 5.12 asks for SETFCAP to map uid 0; see user_namespaces(7). */
#define PRIVILEGE_TO_MAP (PRIVILEGE_CAP(SETUID) | PRIVILEGE_CAP(SETGID) | PRIVILEGE_CAP(SETFCAP))

/* Whether root's capabilities NEEDED are permitted: to root, or by the setuid bit. Dies if root's
 * cannot be read. */
bool privilege_available(uint64_t needed);

/*
 * Outer side: from here to privilege_drop_all the effective and the saved uid are 0, and the real
 * uid is REAL: the caller's or, around the clone, 0. Only for a real uid of 0 does the kernel set
 * no limit on the processes of a new user namespace, user_namespaces(7). Otherwise the limit is the
 * caller's RLIMIT_NPROC, compared with the number of root's processes (Linux 5.14). A process whose
 * real and saved uid are 0 takes no signal from the caller, kill(2). Otherwise the caller could
 * stop starts there, which would count for root.
 */
void privilege_raise(uid_t real);

/* Gives up for good what the setuid bit gave, and every capability; verified. Root stays root, and
 * keeps its own. Where a filter around refuses to read them, a process that its execution gave
 * nothing goes on: it has only what the caller has. */
void privilege_drop(void);

/* Outer side, last: the ids become the caller's, all capabilities are dropped, and NO_NEW_PRIVS is
 * set, for good; verified. Not dumpable, if there was any privilege of root's. */
void privilege_drop_all(void);

/* Does what privilege_drop_all does. Then this process is like one of the same binary without the
 * setuid bit: dumpable, and privilege_setuid says so. */
void privilege_renounce(void);

/*
 * Steps that only ever shrink. SETUP and KEEP are sets of capabilities, as PRIVILEGE_CAP(name).
 *
 * privilege_narrow, while the ids are still root's: permitted becomes SETUP, SETPCAP, and SETUID
 *   for the change of ids. Permitted survives that change.
 * privilege_become_caller: all ids become the caller's, and permitted SETUP; both are read back.
 *   Sets NO_NEW_PRIVS. Not dumpable, if there was any privilege of root's.
 * privilege_tie: SIGKILL when the parent ends. It is behind PIDFD, unless that is -1; if it has
 *   ended before, this process exits. A change of ids would clear that, prctl(2).
 * privilege_bound: the bounding set becomes KEEP, and permitted SETUP. Needs SETPCAP. Returns false
 *   and errno where a policy refuses that.
 * privilege_seal, last before execve: every set becomes KEEP. The sets, NO_NEW_PRIVS and the ids
 *   are read back.
 */
void privilege_narrow(uint64_t setup);
void privilege_become_caller(uint64_t setup);
void privilege_tie(int pidfd);
bool privilege_bound(uint64_t setup, uint64_t keep);
void privilege_seal(uint64_t keep);

/* From here on the caller's ids are 0. Call it without privilege, in the user namespace that shows
 * them so, or before that is mapped. */
void privilege_appear_as_root(void);

/* Only root can trace this process, or read its memory and descriptors, from here on. */
void privilege_hide(void);

#endif
