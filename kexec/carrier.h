/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the next kernel: runs the library's carriers of a plan and says why one refused. */
#ifndef KEXEC_CARRIER_H
#define KEXEC_CARRIER_H

#include "kexec/plan.h"

/* Which carriers a plan takes: plan->modes from what the user says. 0 or an exit code after
 * failure(). */
int carrier_choose(struct plan *plan);

/* plan->outcome, on arm64 plan->next_dtb, and with MODE_KHO plan->kho.kept, from what the next kernel
 * has (base) and what is bad (plan->frames). tree is NULL on x86_64. 0 or an exit code after
 * failure(). */
int carrier_run(struct plan *plan, const struct hwpoison_map *base, const void *tree,
		size_t tree_size);

/* --- for kho/carrier.c ---------------------------------------------------------------------- */

/* What the next kernel has, and on arm64 its tree. Borrowed. */
struct carrier_base {
	const struct hwpoison_map *map;
	const void *tree;
	size_t tree_size;
};

/* What the carrier of the map, e820 or dtb, comes to with these frames. Returns what it does. */
int carrier_try(const struct plan *plan, const struct carrier_base *base,
		const struct hwpoison_frames *frames, uint64_t max_waste,
		struct hwpoison_outcome *outcome, struct hwpoison_problem *problem);

/* Writes plan->next_dtb from plan->outcome with these frames, where there is a tree to write. 0, or an
 * exit code after failure(). */
int carrier_tell(struct plan *plan, const struct carrier_base *base,
		 const struct hwpoison_frames *frames);

/* plan->outcome becomes a map as it is, and plan->next_dtb a copy of a tree. */
int carrier_copy(struct plan *plan, const struct hwpoison_map *map, const void *tree,
		 size_t tree_size);

/* Says what carrier_try() has refused. Its code. */
int carrier_failure(const struct plan *plan, int error, const struct hwpoison_problem *problem);

#endif
