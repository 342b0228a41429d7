/* SPDX-License-Identifier: ISC */
/* lifetime_pause [WORD]...: waits for ever, whatever its command line says. */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
