/* SPDX-License-Identifier: ISC */
#ifndef CORE_ENVIRONMENT_H
#define CORE_ENVIRONMENT_H

/* The effects of -e NAME VALUE, -E NAME, --clearenv and --keep-env NAME, for option tables:
 * they change this process's environment, which the program inherits. They die. */
void environment_set(char **value);
void environment_unset(char **value);
void environment_clear(char **value);
void environment_keep(char **value);

#endif
