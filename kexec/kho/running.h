/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel itself would hand over by Kexec HandOver. kexec_file_load(2) carries it;
 * a kernel that is loaded by kexec_load(2) never gets it.
 */
#ifndef KEXEC_KHO_RUNNING_H
#define KEXEC_KHO_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#include "kexec/failure.h"

struct host;
struct machine;
struct options;

struct kho_running {
	bool seen;	   /* the kernel has KHO on, and shows what it hands over */
	int error;	   /* KHO is on, and this negative errno hides it; else 0 */
	char lost[256];	   /* what kexec_load(2) would lose, as words; "" for nothing */
	bool updates_told; /* of LUO: whether open updates could be looked for */
	bool luo;
	bool list;	 /* the kernel has a list of bad frames of its own there */
	bool counted;	 /* count is known */
	uint64_t frames; /* that list's */
};

/* 0 or -ENOMEM. */
int kho_running_find(const struct machine *machine, struct kho_running *running);

/* Before a load by kexec_load(2): refuses when something would be lost, unless --kho-discard says
 * that it may; warns of what cannot be seen. 0, or an exit code after failure(). */
int kho_running_check(const struct machine *machine, const struct options *options,
		      struct warnings *warnings);

/* After a load by kexec_file_load(2): says when the kernel's own list of bad frames goes with it, and
 * what it lacks; without one, that what KHO told this kernel of does not go on. Never fails the
 * load. */
void kho_running_tell(const struct host *host, const struct options *options,
		      struct warnings *warnings);

#endif
