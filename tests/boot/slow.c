/* SPDX-License-Identifier: ISC */
/* slow: takes the lowest priority, and exits with 7. */
#include <sys/resource.h>

int main(void)
{
	return setpriority(PRIO_PROCESS, 0, 19) ? 1 : 7;
}
