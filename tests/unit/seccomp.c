/* SPDX-License-Identifier: ISC */
/* What the filters answer to each call, computed as the kernel does. Not every kernel has all the
 * calls, nor another ABI, so that a program inside would not see the difference. With:
 * core/linux/seccomp.c core/base/error.c core/base/filter.c core/base/text.c */
#include "core/linux/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

#if defined(__x86_64__) && defined(__LP64__)
#define ARCH 0xc000003e
#elif defined(__aarch64__)
#define ARCH 0xc00000b7
#else
#define ARCH 0x40000028
#endif

static struct kernel_sock_fprog installed[2];
static int count;

/* Instead of the C library's: nothing is installed. */
long syscall(long number, ...)
{
	va_list rest;

	assert(number == SYS_seccomp && count < 2);
	va_start(rest, number);
	assert(va_arg(rest, int) == KERNEL_SECCOMP_SET_MODE_FILTER);
	assert(va_arg(rest, int) == KERNEL_SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	installed[count++] = *va_arg(rest, const struct kernel_sock_fprog *);
	va_end(rest);
	return 0;
}

static uint32_t run(const struct kernel_sock_fprog *program, const struct kernel_seccomp_data *call)
{
	uint32_t value = 0;

	for (size_t at = 0;; at++) {
		assert(at < program->length);
		struct kernel_sock_filter step = program->filter[at];
		bool holds = (step.code == KERNEL_BPF_EQUAL && value == step.value) ||
			     (step.code == KERNEL_BPF_AT_LEAST && value >= step.value) ||
			     (step.code == KERNEL_BPF_ANY_BIT && value & step.value);
		if (step.code == KERNEL_BPF_RETURN)
			return step.value;
		if (step.code == KERNEL_BPF_LOAD)
			memcpy(&value, (const char *)call + step.value, sizeof value);
		else
			at += holds ? step.jump_true : step.jump_false;
	}
}

/* The error of the last filter that has one, or 0. */
static int answer(const struct kernel_seccomp_data *call)
{
	int error = 0;

	for (int i = 0; i < count; i++) {
		uint32_t verdict = run(&installed[i], call);
		if (verdict == KERNEL_SECCOMP_RET_ALLOW)
			continue;
		assert((verdict & 0xffff0000) == KERNEL_SECCOMP_RET_ERRNO);
		error = (int)(verdict & 0xffff);
	}
	return error;
}

/* The upper half of an argument does not count, and no other argument does. */
static int ask(long number, int place, uint32_t value)
{
	struct kernel_seccomp_data call = { .nr = (int32_t)number, .arch = ARCH };
	const uint64_t others[] = { 0, 1, 2, 38, 40, TIOCSTI, CLONE_NEWCGROUP, O_ASYNC };
	int error = -1;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		for (uint64_t upper = 0; upper < 2; upper++) {
			for (int each = 0; each < 6; each++)
				call.args[each] = others[i];
			call.args[place] = upper << 32 | value;
			int now = answer(&call);
			assert(error < 0 || error == now);
			error = now;
		}
	return error;
}

static void other_abis(void)
{
	struct kernel_seccomp_data call = { .nr = SYS_getpid };

	for (int bit = 0; bit < 32; bit++) {
		call.arch = ARCH ^ 1U << bit;
		assert(answer(&call) == ENOSYS);
	}
#ifdef __x86_64__
	assert(!ask(0x3fffffff, 0, 0) && !ask(-1, 0, 0));
	for (int bit = 0; bit < 30; bit++)
		assert(ask(0x40000000 | 1L << bit, 0, 0) == ENOSYS);
	assert(ask(0x40000000, 0, 0) == ENOSYS && ask(-2, 0, 0) == ENOSYS);
#endif
}

/* Whether the filters for all programs refuse this call for some arguments or for all. */
static bool is_watched(long number)
{
	const long watched[] = { SYS_ioctl,	    SYS_socket,	 SYS_setpriority, SYS_ioprio_set,
				 SYS_clone,	    SYS_unshare, SYS_clone3,	  SYS_keyctl,
				 SYS_add_key,	    SYS_kill,	 SYS_fcntl,	  SYS_request_key,
				 SYS_io_uring_setup };

	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		if (number == watched[i])
			return true;
	return false;
}

/* Asks for the value that is to be refused, and those beside it. */
static void refused(long number, int place, int error, uint32_t wanted)
{
	for (uint32_t value = wanted - 2; value != wanted + 3; value++)
		assert(ask(number, place, value) == (value == wanted ? error : 0));
}

/* AF_ALG, AF_VSOCK, AF_QIPCRTR, and of AF_NETLINK the connector. */
static void sockets(void)
{
	struct kernel_seccomp_data call = { .nr = SYS_socket, .arch = ARCH };

	for (uint64_t family = 0; family < 64; family++)
		for (uint64_t protocol = 0; protocol < 64; protocol++) {
			bool is_refused = family == 38 || family == 40 || family == 42 ||
					  (family == 16 && protocol == 11);
			call.args[0] = 1ULL << 32 | family;
			call.args[2] = 1ULL << 32 | protocol;
			assert(answer(&call) == (is_refused ? EAFNOSUPPORT : 0));
		}
}

static void calls(void)
{
	refused(SYS_ioctl, 1, EPERM, TIOCSTI);
	refused(SYS_ioctl, 1, EPERM, 0x541c);
	refused(SYS_ioctl, 1, EPERM, 0xc0406618);
	refused(SYS_setpriority, 0, EPERM, PRIO_PGRP);
	refused(SYS_ioprio_set, 0, EPERM, 2);
	for (int bit = 0; bit < 32; bit++) {
		int error = 1U << bit == CLONE_NEWCGROUP ? EPERM : 0;
		assert(ask(SYS_clone, 0, 1U << bit) == error);
		assert(ask(SYS_unshare, 0, 1U << bit) == error);
	}
	assert(ask(SYS_clone, 0, ~0U) == EPERM && !ask(SYS_clone, 0, ~CLONE_NEWCGROUP & ~0U));
	assert(ask(SYS_clone3, 0, 0) == ENOSYS && ask(SYS_keyctl, 0, 0) == ENOSYS);
	assert(ask(SYS_add_key, 0, 0) == ENOSYS && ask(SYS_request_key, 0, 0) == ENOSYS);
	assert(ask(SYS_io_uring_setup, 0, 0) == ENOSYS);
	for (long number = 0; number < 2000; number++)
		assert(is_watched(number) || !ask(number, 0, 0));
}

static void signals(bool refuses)
{
	int error = refuses ? EPERM : 0;

	refused(SYS_kill, 0, error, 0);
	refused(SYS_ioctl, 1, error, FIOASYNC);
	for (int bit = 0; bit < 32; bit++) {
		struct kernel_seccomp_data call = { .nr = SYS_fcntl, .arch = ARCH };
		call.args[2] = 1U << bit;
		for (call.args[1] = 0; call.args[1] < 16; call.args[1]++)
			assert(answer(&call) ==
			       (call.args[1] == F_SETFL && 1U << bit == O_ASYNC ? error : 0));
	}
}

int main(void)
{
	seccomp_install(true);
	assert(count == 1);
	other_abis();
	sockets();
	calls();
	signals(false);
	count = 0;
	seccomp_install(false);
	assert(count == 2);
	other_abis();
	sockets();
	calls();
	signals(true);
	return 0;
}
