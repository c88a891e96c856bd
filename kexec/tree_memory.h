/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory nodes of a device tree. */
#ifndef KEXEC_TREE_MEMORY_H
#define KEXEC_TREE_MEMORY_H

#include "hwpoison/hwpoison.h"

/* The RAM that Linux finds in the memory nodes of a good tree, normalised. The caller frees it.
 * HWPOISON_ENOMEM. */
int tree_memory_list(const void *fdt, struct hwpoison_map *memory);

/* What Linux lends to anyone who can move out again, all of it: regions under /reserved-memory that are
 * reusable, and not no-map (rmem_cma_setup() in kernel/dma/contiguous.c), as RAM of a normalised map.
 * The caller frees it. HWPOISON_ENOMEM. */
int tree_lent_list(const void *fdt, struct hwpoison_map *lent);

/* All that others may reserve in a tree, whatever Linux makes of it, as RESERVED: what entries of the
 * memory reserve block and regions under /reserved-memory have, to the byte, normalised. The caller frees
 * it. HWPOISON_ENOMEM. */
int tree_reserved_list(const void *fdt, struct hwpoison_map *reserved);

/* Gives a tree that has none the RAM of a map: in the first memory node, which a boot loader was to
 * fill in, or in a new one. 0, or a negative FDT_ERR_*: FDT_ERR_BADNCELLS when the root's cells
 * cannot express it, FDT_ERR_NOSPACE. */
int tree_memory_make(void *fdt, const struct hwpoison_map *ram);

/* The bytes that this may add to a tree. */
size_t tree_memory_room(const struct hwpoison_map *ram);

#endif
