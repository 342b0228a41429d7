/* SPDX-License-Identifier: ISC */
/*
 * Credentials: the only file that changes a uid, a gid, a capability set, NO_NEW_PRIVS or the
 * dumpable flag (make lint proves it). Rules:
 *
 *  1. Authority comes from the real ids and from nothing else.
 *  2. Between privilege_init and privilege_raise the effective uid is the caller's: the command
 *     line is parsed with the caller's rights.
 *  3. Each change is checked where it is made, and the last changes are read back: a drop that did
 *     not happen must never go unnoticed.
 *  4. System calls are used instead of the C library's functions. Those signal every thread of the
 *     process, and the inner and the outer process share one memory here.
 *  5. Supplementary groups are never touched. They are the caller's, and giving one up can gain
 *     access (to a file of mode 0604).
 */
#include "core/linux/privilege.h"

#include <errno.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/path.h"
#include "core/linux/process.h"

struct capabilities {
	uint64_t effective, permitted, inheritable;
};

/* Set by privilege_init. Later only privilege_renounce, privilege_look_for_root and
 * privilege_appear_as_root change it. */
static struct {
	uid_t uid;
	gid_t gid;
	uid_t started_euid; /* of this process, when it was executed */
	bool hides_root;    /* uid 0 is not the machine's root here */
} caller;

uid_t privilege_uid(void)
{
	return caller.uid;
}

gid_t privilege_gid(void)
{
	return caller.gid;
}

static void set_uids(uid_t real, uid_t effective, uid_t saved)
{
	if (syscall(KERNEL_SYS_SETRESUID, real, effective, saved))
		die_errno("cannot change the user id");
}

static void check_ids(void)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) || getresgid(&gid[0], &gid[1], &gid[2]))
		die_errno("cannot read the user and group ids back");
	for (int i = 0; i < 3; i++)
		if (uid[i] != caller.uid || gid[i] != caller.gid)
			die("the user and group ids are not the caller's after the drop");
}

/* Whether the kernel gave this process anything at its execution that the caller lacks, or may have
 * done so. No filter around can change what it says. */
static bool is_secure(void)
{
	return getauxval(AT_SECURE);
}

/* Where a filter around refuses to tell, the result is all there are, so that no check passes. A
 * process that was given anything dies. */
static struct capabilities get_capabilities(void)
{
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	struct kernel_cap_data data[2] = { { ~0U, ~0U, ~0U }, { ~0U, ~0U, ~0U } };

	if (syscall(SYS_capget, &header, data) && is_secure())
		die_errno("cannot read the capabilities");
	return (struct capabilities){
		.effective = data[0].effective | (uint64_t)data[1].effective << 32,
		.permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
		.inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
}

static bool has_capabilities(uint64_t effective, uint64_t permitted)
{
	struct capabilities now = get_capabilities();

	return now.effective == effective && now.permitted == permitted && !now.inheritable;
}

/* Empties the inheritable set, and with it the ambient set. A filter around may refuse the call;
 * that is no failure if nothing is left to reduce. */
static void set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	struct kernel_cap_data data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, 0 },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0 },
	};

	if (syscall(SYS_capset, &header, data) && !has_capabilities(effective, permitted))
		die_errno("cannot reduce the capabilities");
}

/* It must not clear errno first: the outer side calls this while the inner one, which shares errno,
 * looks at an error of its own. */
static void check_capabilities(uint64_t effective, uint64_t permitted)
{
	if (!has_capabilities(effective, permitted))
		die_errno("the capabilities are not seen to be reduced after the drop");
}

/* No call sets the whole bounding set. The kernel refuses a number beyond its last capability with
 * EINVAL; every kernel has the first 32. */
static bool is_beyond_last(int cap)
{
	return errno == EINVAL && cap >= 32;
}

static bool set_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap))
			return is_beyond_last(cap);
	return true;
}

static void check_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap);
		if (has < 0 && is_beyond_last(cap))
			break;
		if (has != (int)(keep >> cap & 1))
			die("the bounding set is not reduced after the drop");
	}
}

void privilege_hide(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		die_errno("cannot make the process undumpable");
}

static void set_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die_errno("cannot set NO_NEW_PRIVS");
	if (caller.started_euid == 0 && !caller.hides_root)
		privilege_hide();
}

/* Refuses states in which the kernel does not keep a privileged process as this file expects. With
 * securebits, a change of ids need not change the capabilities. A dumpable process can be traced by
 * the caller as soon as its ids are the caller's. This comes before anything of the caller's is
 * looked at, and before an id changes. If root cannot tell, only a start is refused, later. */
static void refuse_odd_states(uint64_t permitted)
{
	errno = 0; /* a bit that is set is no error */
	if (permitted && prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) && (!errno || is_secure()))
		die_errno("securebits must be clear, see capabilities(7)");
	if (privilege_setuid() && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
		die("fs.suid_dumpable is 1, so users could trace it: set it to 0 or 2");
}

void privilege_init(void)
{
	caller.uid = (uid_t)getauxval(AT_UID);
	caller.gid = (gid_t)getauxval(AT_GID);
	caller.started_euid = (uid_t)getauxval(AT_EUID);
	uint64_t permitted = get_capabilities().permitted;

	refuse_odd_states(permitted);

	/* A set-group-ID bit has no use here, whoever set it. */
	if (getauxval(AT_EGID) != caller.gid &&
	    syscall(KERNEL_SYS_SETRESGID, caller.gid, caller.gid, caller.gid))
		die_errno("cannot change the group id");

	/* privilege_raise returns to a saved uid of 0. A set-user-ID bit for another user than root
	 * is as useless as a set-group-ID bit. */
	if (caller.started_euid != caller.uid)
		set_uids((uid_t)-1, caller.uid, caller.started_euid == 0 ? (uid_t)-1 : caller.uid);

	/* Rule 1: capabilities that the file gave, or that a caller other than root has, are no
	 * authority either. If they cannot be told, they are the caller's. */
	if (caller.uid != 0 && ~permitted) {
		permitted = caller.started_euid == 0 ? permitted : 0;
		set_capabilities(0, permitted);
		check_capabilities(0, permitted);
	}
}

bool privilege_setuid(void)
{
	return caller.started_euid != caller.uid;
}

bool privilege_available(uint64_t needed)
{
	if (caller.started_euid != 0)
		return false;
	uint64_t permitted = get_capabilities().permitted;
	if (!~permitted || (!privilege_setuid() && prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)))
		die_errno("cannot read the capabilities");
	return (permitted & needed) == needed;
}

void privilege_look_for_root(void)
{
	caller.hides_root = caller.uid == 0 && !path_shows_root();
}

bool privilege_is_root(void)
{
	return caller.uid == 0 && !caller.hides_root;
}

void privilege_appear_as_root(void)
{
	caller.hides_root = !privilege_is_root();
	caller.uid = caller.started_euid = 0;
	caller.gid = 0;
}

void privilege_raise(uid_t real)
{
	if (caller.started_euid != caller.uid)
		set_uids(real, 0, 0);
}

void privilege_drop(void)
{
	if (caller.started_euid != caller.uid)
		set_uids(caller.uid, caller.uid, caller.uid);
	/* What was given is read back. Where nothing was, the ids are the caller's already, and the
	 * sets are read back unless a filter refuses to tell them. */
	if (is_secure())
		check_ids();
	if (caller.uid != 0) {
		set_capabilities(0, 0);
		if (is_secure() || ~get_capabilities().permitted)
			check_capabilities(0, 0);
	}
}

void privilege_drop_all(void)
{
	set_uids(caller.uid, caller.uid, caller.uid);
	set_capabilities(0, 0);
	set_no_new_privs();
	check_ids();
	check_capabilities(0, 0);
}

void privilege_renounce(void)
{
	privilege_drop_all();
	caller.started_euid = caller.uid;
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die_errno("cannot make the process dumpable");
}

void privilege_narrow(uint64_t setup)
{
	/* SETPCAP empties the bounding set later, and nothing can be gained by it. SETUID is for
	 * the change from root's ids to the caller's, where they differ. */
	setup |= PRIVILEGE_CAP(SETPCAP) | (privilege_setuid() ? PRIVILEGE_CAP(SETUID) : 0);
	set_capabilities(setup, setup);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		die_errno("cannot keep the capabilities over the change of ids");
}

void privilege_become_caller(uint64_t setup)
{
	set_uids(caller.uid, caller.uid, caller.uid);
	set_no_new_privs();
	set_capabilities(setup, setup);
	check_ids();
	check_capabilities(setup, setup);
}

void privilege_tie(int pidfd)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		die_errno("cannot tie the instance to its monitor");
	if (process_has_ended(pidfd))
		_exit(EXIT_SELFDOCK);
}

bool privilege_bound(uint64_t setup, uint64_t keep)
{
	if (!set_bounding(keep))
		return false;
	set_capabilities(setup, setup);
	return true;
}

void privilege_seal(uint64_t keep)
{
	set_capabilities(keep, keep);
	check_capabilities(keep, keep);
	check_bounding(keep);
	check_ids();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		die("NO_NEW_PRIVS was set, and is not set");
}
