/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a device tree is another with nothing but what doc/formats.md names put in. */
#ifndef TESTS_DTBS_SAME_H
#define TESTS_DTBS_SAME_H

#include <stdbool.h>
#include <stddef.h>

#define ADDED_NODES_MAX 512
#define WHY_SIZE 256

struct added {
	int nodes[ADDED_NODES_MAX]; /* offsets in next: new last children of /reserved-memory */
	size_t node_count;
	bool made_reserved_memory, made_chosen;
	size_t entries;	    /* of the memory reserve block, behind those that were there */
	char why[WHY_SIZE]; /* of false */
};

/* Each node, property and entry of base is in next, in its order; added is what else is there. */
bool tree_has_all_of(const void *base, const void *next, struct added *added);

#endif
