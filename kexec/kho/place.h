/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts what is handed over by Kexec HandOver in place: scratch memory, and the segment with the trees. */
#ifndef KEXEC_KHO_PLACE_H
#define KEXEC_KHO_PLACE_H

#include "kexec/place.h"

/* All do nothing when a plan has not MODE_KHO. They return 0, or an exit code after failure(). */

/* Before anything else is placed: takes the running kernel's own scratch memory, if it will do, and
 * carves it out of the placement. initrd: bytes. */
int kho_own_scratch_take(struct placement *placement, size_t initrd);

/* When the kernel and its initrd are placed: takes areas by the rule, if there are none yet. */
int kho_scratch_place(struct placement *placement, size_t initrd, uint64_t prefer_below);

/* The segment "kho", and plan->kho.layout. where: name and size are not looked at. */
int kho_segment_place(struct placement *placement, const struct hole_request *where);

#endif
