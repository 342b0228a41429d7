/* SPDX-License-Identifier: ISC */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include <stdbool.h>

/*
 * Writes the maps of the user namespace of PROCESS, a pid in the procfs
 * that PROC is a descriptor of; user_namespaces(7). With IDENTITY every id is
 * mapped to itself, if our own namespace knows all: needs CAP_SETUID, CAP_SETGID
 * and CAP_SETFCAP in it. Else only the caller's uid and gid are; without
 * IDENTITY setgroups(2) is denied first, and nothing is needed but to be the
 * new namespace's owner. False and errno.
 */
bool idmap_write(int proc, const char *process, bool identity);

/* Whether the maps of PROCESS, a pid in PROC, are the identity as idmap_write writes it for
 * the caller: only root can, and for another caller they differ. Needs no privilege. */
bool idmap_names_caller(int proc, const char *process);

#endif
