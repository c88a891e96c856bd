/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is carved out of RAM before anything is placed. */
#ifndef KEXEC_PLACE_CUTS_H
#define KEXEC_PLACE_CUTS_H

#include "kexec/plan.h"

#define PLACE_PAGE UINT64_C(4096)

/* Why memory is not to be had; each can be left away to find out what stands in the way. */
enum cut_rule {
	CUT_POISON = 1 << 0, /* frames, and what carriers gave up */
	CUT_LIMITS = 1 << 1, /* --mem-min, --mem-max */
	CUT_IN_USE = 1 << 2, /* held or not used by the running kernel */
	CUT_TOLD =
		1 << 3, /* not in the memory of the device tree that is handed over, or reserved */
	CUT_ALL = CUT_POISON | CUT_LIMITS | CUT_IN_USE | CUT_TOLD,
};

struct cuts {
	struct hwpoison_range *ranges; /* whole pages, sorted by their starts; may overlap */
	size_t count, capacity;
};

/* 0, or -1 out of memory. cuts_free() in every case. */
int cuts_gather(const struct plan *plan, unsigned int rules, struct cuts *cuts);
void cuts_free(struct cuts *cuts);

/* The map whose RAM is there to be cut: without CUT_POISON, as if there were none. */
const struct hwpoison_map *cuts_ram(const struct plan *plan, unsigned int rules);

#endif
