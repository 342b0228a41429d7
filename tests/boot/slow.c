/* SPDX-License-Identifier: ISC */
/* slow: takes the lowest priority, and ends with 7. */
#include <sys/resource.h>

int main(void)
{
	return setpriority(PRIO_PROCESS, 0, 19) ? 1 : 7;
}
