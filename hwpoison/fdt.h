/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a flattened device tree is ours, for the source that reads it and the carrier that
 * writes it. The names are documented in doc/formats.md.
 */
#ifndef HWPOISON_FDT_H
#define HWPOISON_FDT_H

#include <libfdt.h>

#include "hwpoison/internal.h"

#pragma GCC visibility push(hidden)

/* Names and compatible strings of our nodes under /reserved-memory. */
#define TREE_NODE "hwpoison"
/* In /chosen: the exact frames, as triples of u64: start, size, page size. */
#define TREE_FRAMES "hwpoison,frames"
/* In /chosen: which entries of the memory reserve block are ours, as pairs of u64: base, size; rising. */
#define TREE_ENTRIES "hwpoison,reserve-entries"
/* In a node of ours, empty: that its frames are in TREE_FRAMES. */
#define TREE_RECORDED "hwpoison,recorded"
/* In /reserved-memory and /chosen, empty: that the node was not there before us. */
#define TREE_CREATED "hwpoison,created"

struct hwpoison_tree {
	const void *fdt;
	unsigned int address_cells, size_cells; /* of the root, as Linux takes them */
	int reserved_memory;			/* offset of the node, or negative */
	int chosen;				/* offset of the node, or negative */
};

/* Checks the whole blob and finds its way about it. HWPOISON_EFDT, HWPOISON_EPARSE. */
int hwpoison_tree_open(const void *fdt, size_t size, struct hwpoison_tree *tree,
		       struct hwpoison_problem *problem);

/* The offset behind a node and all below it, or a negative FDT_ERR_*. */
int hwpoison_tree_node_end(const void *fdt, int node);

/* Fills problem with what went wrong at a node; returns error. */
int hwpoison_tree_fail(const struct hwpoison_tree *tree, int node, int error,
		       struct hwpoison_problem *problem);

/* Whether a node, directly below /reserved-memory, stands for bad frames. */
bool hwpoison_tree_node_is_ours(const struct hwpoison_tree *tree, int node);

/* How many (base, size) tuples the reg of a node below /reserved-memory has; 0 without reg.
 * HWPOISON_EPARSE when its length or the cells make no sense. */
int hwpoison_tree_reg_count(const struct hwpoison_tree *tree, int node, size_t *count);

/* One of them; index is below the count. Neither is checked against anything. */
void hwpoison_tree_reg_get(const struct hwpoison_tree *tree, int node, size_t index, uint64_t *base,
			   uint64_t *size);

/* Whether entry number index of the memory reserve block is one that we noted as ours. */
bool hwpoison_tree_entry_is_ours(const struct hwpoison_tree *tree, int index);

/* All that our nodes and entries keep out at present, as UNUSABLE, in the order of the tree;
 * ranges that are empty or past the limit fail. HWPOISON_EPARSE, ERANGE, ENOMEM. */
int hwpoison_tree_ranges(const struct hwpoison_tree *tree, struct hwpoison_map *ranges,
			 struct hwpoison_problem *problem);

/* Whether Linux heeds the nodes of /reserved-memory; no error when there is none. Its cells must
 * be the root's (HWPOISON_ECELLS) and ranges must be there (HWPOISON_EPARSE), or all of it is
 * ignored: __reserved_mem_check_root() in drivers/of/of_reserved_mem.c. */
int hwpoison_tree_reserved_check(const struct hwpoison_tree *tree,
				 struct hwpoison_problem *problem);

/* What others reserve in a tree. Initialise with {0}. */
struct hwpoison_tree_regions {
	/* Kept from the page allocator by any kernel: a frame in it needs nothing more. */
	struct hwpoison_frames held;
	/* Handed out all the same (reusable), or kept by some kernels alone (all tuples of a reg
	 * but the first; no-map over what is reserved besides): a frame in it cannot be told. */
	struct hwpoison_frames contested;
};

void hwpoison_tree_regions_free(struct hwpoison_tree_regions *regions);

/* Ours are not among them. HWPOISON_ENOMEM. */
int hwpoison_tree_regions_list(const struct hwpoison_tree *tree,
			       struct hwpoison_tree_regions *regions);

/* A normalised map in which the parts of entries of one type that frames cover are of another.
 * HWPOISON_ENOMEM. */
int hwpoison_map_retype(const struct hwpoison_map *map, uint32_t from,
			const struct hwpoison_frames *frames, uint32_t to,
			struct hwpoison_map *retyped);

/* The ranges of an outcome that the tree is told, each a node or an entry. HWPOISON_ENOMEM. */
int hwpoison_tree_told(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
		       struct hwpoison_map *told);

/* Whether a way of telling can express the ranges in this tree. HWPOISON_ECELLS, EPARSE. */
int hwpoison_tree_told_check(const struct hwpoison_tree *tree, enum hwpoison_fdt_way way,
			     const struct hwpoison_map *told, struct hwpoison_problem *problem);

#pragma GCC visibility pop

#endif
