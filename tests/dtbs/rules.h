/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checker: whether a tree that a carrier made keeps frames out by Linux's rules, and no more. */
#ifndef TESTS_DTBS_RULES_H
#define TESTS_DTBS_RULES_H

#include "tests/dtbs/kernel.h"
#include "tests/dtbs/same.h"

enum way { WAY_NODES, WAY_ENTRIES };

struct rules {
	const void *base, *next;
	const struct kernel_memory *before, *after; /* KERNELS of each: of base, of next */
	const struct kernel_verdict *verdict;	    /* of before */
	const struct spans *frames;
	enum way way;
	struct added added;
};

struct rule {
	const char *name;
	/* On false why[WHY_SIZE] says why. */
	bool (*holds)(struct rules *rules, char *why);
};

/* The last one has no name. The first one fills added, which the others need. */
extern const struct rule rules_all[];

#endif
