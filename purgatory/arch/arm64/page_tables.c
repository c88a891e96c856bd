/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes translation tables of identity, with blocks of 1 GiB and 2 MiB where they fit whole. */
#include "purgatory/arch/arm64/page_tables.h"

/* Arm ARM, D8.3: descriptors of stage 1. */
#define DESCRIPTOR_VALID (UINT64_C(1) << 0)
#define DESCRIPTOR_TABLE (UINT64_C(1) << 1) /* at level 3: a page */
#define DESCRIPTOR_ATTRIBUTE(index) ((uint64_t)(index) << 2)
#define DESCRIPTOR_AP1 (UINT64_C(1) << 6) /* EL0 too; without an EL0 it reads as one */
#define DESCRIPTOR_READ_ONLY (UINT64_C(1) << 7)
#define DESCRIPTOR_INNER_SHAREABLE (UINT64_C(3) << 8)
#define DESCRIPTOR_ACCESSED (UINT64_C(1) << 10)
#define DESCRIPTOR_PXN (UINT64_C(1) << 53)
#define DESCRIPTOR_UXN (UINT64_C(1) << 54) /* without an EL0: XN */
#define DESCRIPTOR_ADDRESS UINT64_C(0x0000fffffffff000)

#define LAST_LEVEL 3

static uint64_t *table_take(struct page_tables *tables)
{
	uint64_t *table;

	if (tables->count == tables->room)
		return NULL;
	table = tables->tables[tables->count++];
	for (size_t i = 0; i < 512; i++)
		table[i] = 0;
	return table;
}

static uint64_t attributes_of(const struct page_tables *tables, enum page_kind kind)
{
	uint64_t attributes = DESCRIPTOR_VALID | DESCRIPTOR_ACCESSED;

	if (kind == PAGE_DEVICE)
		attributes |= DESCRIPTOR_ATTRIBUTE(1);
	else
		attributes |= DESCRIPTOR_ATTRIBUTE(0) | DESCRIPTOR_INNER_SHAREABLE;
	if (kind == PAGE_CODE || kind == PAGE_CONSTANT)
		attributes |= DESCRIPTOR_READ_ONLY;
	if (tables->alone)
		return attributes | DESCRIPTOR_AP1 | (kind == PAGE_CODE ? 0 : DESCRIPTOR_UXN);
	return attributes | DESCRIPTOR_UXN | (kind == PAGE_CODE ? 0 : DESCRIPTOR_PXN);
}

/* [start, end) are whole pages below one entry of the level above. */
static bool level_map(struct page_tables *tables, uint64_t *table, unsigned int level,
		      uint64_t start, uint64_t end, uint64_t attributes)
{
	unsigned int shift = 39 - 9 * level;
	uint64_t span = UINT64_C(1) << shift, next;

	for (; start < end; start = next) {
		uint64_t *entry = &table[start >> shift & 511];
		uint64_t leaf = start | attributes | (level == LAST_LEVEL ? DESCRIPTOR_TABLE : 0);

		next = (start | (span - 1)) + 1;
		if (next > end)
			next = end;
		if (level > 0 && next - start == span) {
			if (*entry != 0 && *entry != leaf)
				return false;
			*entry = leaf;
			continue;
		}
		if (*entry == 0) {
			const uint64_t *below = table_take(tables);

			if (!below)
				return false;
			*entry = (uintptr_t)below | DESCRIPTOR_VALID | DESCRIPTOR_TABLE;
		} else if (!(*entry & DESCRIPTOR_TABLE)) {
			return false;
		}
		if (!level_map(tables, (uint64_t *)(uintptr_t)(*entry & DESCRIPTOR_ADDRESS),
			       level + 1, start, next, attributes))
			return false;
	}
	return true;
}

void page_tables_start(struct page_tables *tables)
{
	tables->count = 0;
	table_take(tables);
}

bool page_tables_map(struct page_tables *tables, uint64_t start, uint64_t end, enum page_kind kind)
{
	if (start > end || end > PAGE_TABLES_LIMIT)
		return false;
	start &= ~(PAGE_SIZE - 1);
	end = (end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	return level_map(tables, tables->tables[0], 0, start, end, attributes_of(tables, kind));
}
