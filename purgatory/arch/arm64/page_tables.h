/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation tables that map addresses to themselves: 4 KiB granule, 48 bits, four levels
 * (Arm ARM DDI 0487, chapter D8). Nothing is mapped but what was asked for, to the page, so the
 * processor cannot go near anything else, not even by speculation. Pure functions: in tests the
 * tables are a buffer.
 */
#ifndef PURGATORY_ARCH_ARM64_PAGE_TABLES_H
#define PURGATORY_ARCH_ARM64_PAGE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE UINT64_C(4096)
#define PAGE_TABLES_LIMIT (UINT64_C(1) << 48)

/* The index is that of MAIR: attribute 0 is normal write-back memory, 1 is Device-nGnRE. */
#define PAGE_TABLES_MAIR UINT64_C(0x04ff)

enum page_kind {
	PAGE_CODE,     /* read and run */
	PAGE_CONSTANT, /* read */
	PAGE_DATA,     /* read and write */
	PAGE_DEVICE,   /* read and write, in order, no speculation */
};

struct page_tables {
	uint64_t (*tables)[512]; /* room, aligned to a page; the first is the root */
	size_t room, count;
	/* EL2 without E2H: its translation regime has no EL0, and its descriptors other bits. */
	bool alone;
};

/* An empty root; room is at least 1. What tables holds does not matter. */
void page_tables_start(struct page_tables *tables);

/* Maps every page that [start, end) touches. false when the room does not do, an address is past
 * the limit, or a page is mapped as another kind: then the tables are of no use. */
bool page_tables_map(struct page_tables *tables, uint64_t start, uint64_t end, enum page_kind kind);

#endif
