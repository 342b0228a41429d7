/* SPDX-License-Identifier: ISC */
/* The outer side drops its privileges while the inner one runs. They share errno, so a drop that
 * succeeds must not write it. With: core/linux/privilege.c core/linux/process.c core/base/error.c
 * core/base/filter.c core/base/text.c core/linux/path.c */
#include "core/linux/privilege.h"

#include <assert.h>
#include <errno.h>

int main(void)
{
	privilege_init();
	errno = EINVAL;
	privilege_drop_all();
	assert(errno == EINVAL);
	return 0;
}
