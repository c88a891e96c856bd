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
/* In /chosen: what is unusable in the EFI memory map by our doing, as the entries above. */
#define TREE_EFI_RANGES "hwpoison,efi-ranges"
/* In /chosen: the EFI memory map as the firmware made it. Linux is pointed at a copy. */
#define TREE_EFI_MAP "hwpoison,efi-map"
/* Of Linux, in /chosen: where its EFI memory map is (drivers/firmware/efi/fdtparams.c). */
#define TREE_MMAP_START "linux,uefi-mmap-start"
#define TREE_MMAP_SIZE "linux,uefi-mmap-size"
#define TREE_MMAP_DESCRIPTOR_SIZE "linux,uefi-mmap-desc-size"
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

/* What our copy of the EFI memory map keeps out, as UNUSABLE. HWPOISON_EPARSE, ERANGE, ENOMEM. */
int hwpoison_tree_efi_ranges(const struct hwpoison_tree *tree, struct hwpoison_map *ranges,
			     struct hwpoison_problem *problem);

/* The EFI memory map of the firmware, checked: the tree's if it carries one, else the other, if that
 * fits /chosen. Its bytes are NULL when there is neither. HWPOISON_EPARSE. */
int hwpoison_tree_efi_map(const struct hwpoison_tree *tree, const struct hwpoison_efi_map *other,
			  struct hwpoison_efi_map *map, struct hwpoison_problem *problem);

/* All that our nodes, entries and EFI memory map keep out at present, as UNUSABLE; ranges that are
 * empty or past the limit fail. HWPOISON_EPARSE, ERANGE, ENOMEM. */
int hwpoison_tree_ranges(const struct hwpoison_tree *tree, struct hwpoison_map *ranges,
			 struct hwpoison_problem *problem);

/* Whether Linux heeds the nodes of /reserved-memory; no error when there is none. Its cells must
 * be the root's (HWPOISON_ECELLS) and ranges must be there (HWPOISON_EPARSE), or all of it is
 * ignored: __reserved_mem_check_root() in drivers/of/of_reserved_mem.c. */
int hwpoison_tree_reserved_check(const struct hwpoison_tree *tree,
				 struct hwpoison_problem *problem);

/* What others reserve in a tree, or in the firmware's memory map. Initialise with {0}. */
struct hwpoison_tree_regions {
	/* Kept from the page allocator by any kernel: a frame in it needs nothing more. */
	struct hwpoison_frames held;
	/* Handed out all the same (reusable), or kept by some kernels alone (all tuples of a reg
	 * but the first; no-map over what is reserved besides, or may be): a frame in it cannot be
	 * told. */
	struct hwpoison_frames contested;
};

void hwpoison_tree_regions_free(struct hwpoison_tree_regions *regions);

/* Ours are not among them. HWPOISON_ENOMEM. */
int hwpoison_tree_regions_list(const struct hwpoison_tree *tree,
			       const struct hwpoison_fdt_options *options,
			       struct hwpoison_tree_regions *regions);

/* Takes from what is held all pages of 4 KiB that are held in part, so that they are told whole: the
 * EFI memory map has no smaller pieces, and what has no mapping may well be reserved once more
 * (memblock_reserve()). HWPOISON_ENOMEM. */
int hwpoison_tree_held_pages(struct hwpoison_tree_regions *regions);

/* As hwpoison_fdt_restore_ram(). */
int hwpoison_tree_restore_ram(const struct hwpoison_tree *tree, struct hwpoison_map *map,
			      struct hwpoison_problem *problem);

/* A normalised map in which the parts of entries of one type that frames cover are of another.
 * HWPOISON_ENOMEM. */
int hwpoison_map_retype(const struct hwpoison_map *map, uint32_t from,
			const struct hwpoison_frames *frames, uint32_t to,
			struct hwpoison_map *retyped);

/* The ranges of an outcome that the tree is told, each a node or an entry. HWPOISON_ENOMEM. */
int hwpoison_tree_told(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
		       struct hwpoison_map *told);

/* Whether a way of telling can express the ranges in this tree. HWPOISON_ECELLS, EPARSE,
 * EFIRMWARE, ENOMEM. */
int hwpoison_tree_told_check(const struct hwpoison_tree *tree,
			     const struct hwpoison_fdt_options *options,
			     const struct hwpoison_map *told, struct hwpoison_problem *problem);

#pragma GCC visibility pop

#endif
