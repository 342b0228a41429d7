/* SPDX-License-Identifier: ISC */
#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The caller: the real ids this process was started with. */
uid_t privilege_uid(void);
gid_t privilege_gid(void);

/*
 * Outer side. First call of main: notes the caller and lowers the effective
 * uid to the caller's, so that what follows has the caller's rights only.
 */
void privilege_init(void);

/* Whether the setuid bit gave this process something the caller lacks. */
bool privilege_setuid(void);

/*
 * Whether a user namespace with an identity map can be made: permitted are
 * SETUID, SETGID and SETFCAP (Linux 5.12 asks for it to map uid 0; see
 * user_namespaces(7)). If not, the setuid power, if any, is dropped.
 */
bool privilege_available(void);

/* Outer side: from here to privilege_drop_all the effective uid is 0 again. */
void privilege_raise(void);

/* What the setuid bit gave is gone for good; verified. Root stays root. */
void privilege_drop(void);

/* Outer side, after the maps: the caller's ids, no capability, NO_NEW_PRIVS
 * and not dumpable, for good; verified. */
void privilege_drop_all(void);

/*
 * Inner side, in a new user namespace: three steps that only ever shrink.
 * SETUP and KEEP are sets of capabilities, as 1 << number.
 *
 * privilege_narrow, before the maps are written: permitted becomes SETUP.
 * privilege_become_caller, after: all ids become the caller's; bounding set
 *   becomes KEEP, permitted SETUP; NO_NEW_PRIVS; not dumpable; SIGKILL when
 *   the outer process ends (a change of ids would clear that, prctl(2)).
 * privilege_seal, last before execve: every set becomes KEEP; all of it, and
 *   NO_NEW_PRIVS and the ids, is read back.
 */
void privilege_narrow(uint64_t setup);
void privilege_become_caller(uint64_t setup, uint64_t keep);
void privilege_seal(uint64_t keep);

#endif
