/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bad memory Kexec HandOver cannot keep from the next kernel, or not without killing it. */
#ifndef KEXEC_KHO_KEEPABLE_H
#define KEXEC_KHO_KEEPABLE_H

#include "kexec/plan.h"

/* Whether what of [start, end) is RAM of a map can be kept; end is exclusive. */
bool kho_keepable(const struct plan *plan, const struct hwpoison_map *map, uint64_t start,
		  uint64_t end);

/* Refuses when KHO alone cannot keep it, and says why and what to do. lent: what tree_lent_list() has
 * found. 0, or an exit code after failure(). */
int kho_keepable_check(const struct plan *plan, const struct hwpoison_map *map,
		       const struct hwpoison_map *lent, uint64_t start, uint64_t end);

#endif
