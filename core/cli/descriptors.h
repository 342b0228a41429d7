/* SPDX-License-Identifier: ISC */
#ifndef CORE_DESCRIPTORS_H
#define CORE_DESCRIPTORS_H

#include "core/cli/options.h"
#include "core/linux/process.h"

/*
 * Reads every --keep-fd of a command line into KEPT, which is empty: FD is a number from 3 on, or
 * the name of an environment variable that holds one. Whether it is open is not looked at. Dies.
 */
void descriptors_read(const struct option *table, char **words, struct process_kept *kept);

#endif
