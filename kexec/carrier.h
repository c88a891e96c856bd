/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the next kernel: runs the library's carrier of a plan and says why it refused. */
#ifndef KEXEC_CARRIER_H
#define KEXEC_CARRIER_H

#include "kexec/plan.h"

/* Which carriers a plan takes: plan->modes from what the user says. 0 or an exit code after
 * failure(). */
int carrier_choose(struct plan *plan);

/* plan->outcome, and on arm64 plan->next_dtb, from what the next kernel has (base) and what is bad
 * (plan->frames). tree is NULL on x86_64. 0 or an exit code after failure(). */
int carrier_run(struct plan *plan, const struct hwpoison_map *base, const void *tree,
		size_t tree_size);

#endif
