/* SPDX-License-Identifier: ISC */
/* Ends by a fault, which kills even a pid 1. */
int main(void)
{
	*(volatile int *)0 = 0;
	return 0;
}
