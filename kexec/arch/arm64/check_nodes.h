/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tree's nodes say, as Linux reads them. For checks. */
#ifndef KEXEC_ARCH_ARM64_CHECK_NODES_H
#define KEXEC_ARCH_ARM64_CHECK_NODES_H

#include <libfdt.h>

#include "kexec/check.h"

struct cells {
	int address, size;
};

/* dt_root_addr_cells and dt_root_size_cells of early_init_dt_scan_root(). */
struct cells tree_cells(const void *fdt);
uint64_t cells_number(const fdt32_t *at, int cells);

/* A node's reg, in the cells of the root, which those of /reserved-memory must equal. */
struct reg {
	uint64_t start, end; /* of the first (base, size) */
	int tuples;	     /* 0: none that makes sense */
};

struct reg node_reg(const void *fdt, int node);
bool node_has(const void *fdt, int node, const char *name);
/* of_fdt_device_is_available(). */
bool node_is_available(const void *fdt, int node);

/* Why Linux ignores all nodes of /reserved-memory (__reserved_mem_check_root()), or NULL. */
const char *reserved_memory_why(const void *fdt, int reserved);

/* Whether a node below /reserved-memory stands for bad frames. */
bool reserved_node_is_ours(const void *fdt, int node);

/* Whether entry number index of the memory reserve block stands for bad frames, as
 * "hwpoison,reserve-entries" in /chosen says. */
bool reserve_entry_is_ours(const void *fdt, int index);

/* Whether an entry of a sorted map meets [start, end). */
bool map_meets(const struct hwpoison_map *map, uint64_t start, uint64_t end);

#endif
