/* SPDX-License-Identifier: ISC */
/*
 * Landlock: scopes only. Rules for files would forbid every mount, and so every instance inside the
 * instance.
 */
#include "core/linux/landlock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/filter.h"
#include "core/linux/kernel.h"

bool landlock_knows_scopes(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, KERNEL_LANDLOCK_VERSION);

	if (abi < 0 && !filter_lacks(errno) && errno != EOPNOTSUPP)
		die_errno("cannot ask for the version of Landlock");
	return abi >= KERNEL_LANDLOCK_ABI_SCOPED;
}

bool landlock_scope(uint64_t scopes)
{
	struct kernel_landlock_ruleset_attr attr = { .scoped = scopes };

	if (!scopes || !landlock_knows_scopes())
		return false;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	bool scoped = ruleset >= 0 && !syscall(SYS_landlock_restrict_self, ruleset, 0);
	if (!scoped && errno == E2BIG)
		die("this is the 17th instance inside another, and Landlock knows 16 levels");
	if (!scoped && !filter_lacks(errno))
		die_errno("cannot enter a Landlock scope");
	close(ruleset);
	return scoped;
}
