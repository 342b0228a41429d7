/* SPDX-License-Identifier: ISC */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include <stdbool.h>

/*
 * Writes the maps of the user namespace of PROCESS, a pid in PROC, a descriptor of procfs;
 * user_namespaces(7). With IDENTITY every id is mapped to itself, if our own namespace has all ids;
 * that needs CAP_SETUID, CAP_SETGID and CAP_SETFCAP in it. Otherwise only the caller's uid and gid
 * are mapped. Without IDENTITY setgroups(2) is denied first, and the caller only has to own the new
 * namespace. Returns false and errno.
 */
bool idmap_write(int proc, const char *process, bool identity);

/* Whether the maps of PROCESS, a pid in PROC, are the identity maps that idmap_write writes for the
 * caller. Only root can write them, and for another caller they differ. Needs no privilege. */
bool idmap_names_caller(int proc, const char *process);

#endif
