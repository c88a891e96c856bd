/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this architecture share. */
#ifndef KEXEC_ARCH_ARM64_H
#define KEXEC_ARCH_ARM64_H

#include "kexec/arch.h"

extern const struct image_type *const arm64_image_types[]; /* image.c; NULL at the end */

extern const struct plan_check arm64_checks[]; /* check.c; name NULL at the end */

int arm64_map(struct machine *machine, struct warnings *warnings);
void arm64_limits(const struct plan *plan, const char *config, struct target *target);
int arm64_tree(struct plan *plan);
int arm64_unseen(struct plan *plan);
/* Refuses bad frames in RAM that was not there at the start, of ways that mark what is; warns where
 * nobody can say. 0 or an exit code. After arm64_unseen(). */
int arm64_later_check(struct plan *plan);
int arm64_place(struct plan *plan);

/* Whether a bad frame may lie in what Linux reserves before it reads the tree's nodes; plan->reserved_early,
 * 0 or an exit code; and of a plan that tells by nodes, that none of them does, or an exit code. */
bool arm64_reserved_early(const struct plan *plan);
int arm64_early_list(struct plan *plan);
int arm64_nodes_check(const struct plan *plan);

#endif
