/* SPDX-License-Identifier: ISC */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include <stdbool.h>

/*
 * What a user namespace shows. IDMAP_IDENTITY: every id as itself, if our own namespace has all
 * ids. That needs CAP_SETUID, CAP_SETGID and CAP_SETFCAP in it. IDMAP_CALLER: only the caller's uid
 * and gid, as themselves. IDMAP_ROOT: the same two, as 0. For these the caller only has to own the
 * new namespace, and setgroups(2) is denied in it.
 */
enum idmap { IDMAP_IDENTITY, IDMAP_CALLER, IDMAP_ROOT };

/* Writes the maps of the user namespace of PROCESS, a pid in PROC, a descriptor of procfs;
 * user_namespaces(7). Returns false and errno. */
bool idmap_write(int proc, const char *process, enum idmap map);

/* Whether the maps of PROCESS, a pid in PROC, are the identity maps that idmap_write writes for the
 * caller. Only root can write them, and for another caller they differ. Needs no privilege. */
bool idmap_names_caller(int proc, const char *process);

/* Whether the map of PROCESS, a pid in PROC, shows the caller as uid 0 and nobody else. Every user
 * can write such a map. Needs no privilege. */
bool idmap_shows_root(int proc, const char *process);

#endif
