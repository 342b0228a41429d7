/* SPDX-License-Identifier: ISC */
/* nothing: true(1) for starts by the hundred. It is loaded in a third of the time of busybox. */

int main(void)
{
	return 0;
}
