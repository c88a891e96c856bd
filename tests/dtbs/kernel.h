/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux makes of a device tree before it hands out memory: its own rules, written down from
 * its sources (drivers/of/fdt.c, drivers/of/of_reserved_mem.c, mm/memblock.c of 6.1, 6.12 and
 * 7.2), with nothing of the library's code in it.
 */
#ifndef TESTS_DTBS_KERNEL_H
#define TESTS_DTBS_KERNEL_H

#include "tests/dtbs/spans.h"

enum kernel { LINUX_6_1, LINUX_6_12, LINUX_7_2, KERNELS };
extern const char *const kernel_names[KERNELS];

/* MAX_RESERVED_REGIONS in drivers/of/. */
#define KERNEL_RECORDS_MAX 64

struct kernel_memory {
	struct spans memory;   /* what memory nodes have: memblock.memory */
	struct spans no_map;   /* of it, MEMBLOCK_NOMAP: neither mapped nor handed out */
	struct spans reserved; /* memblock.reserved: mapped, not handed out */
	struct spans lent;     /* of that, reusable: handed out to whoever can move away again */
	bool heeded;	       /* the nodes of /reserved-memory are */
	unsigned int refused;  /* no-map over what is reserved: -EBUSY */
	/* Nodes that have a record for drivers (6.1), or that are given a place (later), in order;
	 * names in the tree. What comes after the 64th is forgotten. */
	const char *records[KERNEL_RECORDS_MAX];
	size_t record_count;
	unsigned int forgotten;
};

/* As each kernel sees it. The caller frees them, before the tree. */
void kernels_read(const void *tree, struct kernel_memory memory[KERNELS]);
void kernels_free(struct kernel_memory memory[KERNELS]);

/* early_init_dt_scan_root(). */
struct kernel_cells {
	unsigned int address, size;
};
struct kernel_cells kernel_root_cells(const void *tree);

/* of_read_number(): the next number of some cells. */
uint64_t kernel_number(const uint8_t **cells, unsigned int count);

/* Whether early_init_dt_scan_memory() takes a node for memory. */
bool kernel_is_memory(const void *tree, int node);

/* What of memory no kernel at all hands out, and what all of them do. The caller frees both. */
struct kernel_verdict {
	struct spans held, open;
};
struct kernel_verdict kernel_judge(const struct kernel_memory memory[KERNELS]);

#endif
