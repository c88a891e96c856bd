/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The radix tree of preserved pages: tables of addresses, the last of which lead to bitmaps. Pages come
 * in rising order, so that at each level only the newest table is ever added to.
 */
#include "hwpoison/kho.h"

struct radix_writer {
	const struct kho_plan *plan;
	uint64_t address; /* of the buffer */
	uint8_t *bytes;
	uint64_t used; /* bytes of plan->radix */
	/* At each level the newest node: where it is in the buffer, and the bits of the key above
	 * those that it decides. */
	uint64_t node[KHO_LEVELS_MAX], prefix[KHO_LEVELS_MAX];
};

/* The bits of a key that are decided below a level. */
static unsigned int level_shift(const struct kho_geometry *geometry, unsigned int level)
{
	return level ? geometry->bitmap_bits + (level - 1) * geometry->table_bits : 0;
}

static uint64_t node_take(struct radix_writer *writer)
{
	uint64_t node = writer->plan->radix.offset + writer->used;

	writer->used += writer->plan->options->page_size;
	return node;
}

/* Makes the nodes on the way to a key the newest ones, which they are or become. */
static void path_open(struct radix_writer *writer, uint64_t key)
{
	const struct kho_geometry *geometry = &writer->plan->geometry;

	for (unsigned int level = geometry->levels - 1; level > 0; level--) {
		uint64_t prefix = key >> level_shift(geometry, level);
		uint64_t index = prefix & ((UINT64_C(1) << geometry->table_bits) - 1);
		uint64_t below = level - 1;

		/* A prefix is never 0: it has the bit of the order. */
		if (writer->prefix[below] == prefix)
			continue;
		writer->prefix[below] = prefix;
		writer->node[below] = node_take(writer);
		kho_store(writer->bytes + writer->node[level] + index * KHO_ADDRESS_SIZE,
			  writer->address + writer->node[below]);
	}
}

static void pages_add(struct radix_writer *writer, uint64_t start, uint64_t end)
{
	const struct kho_geometry *geometry = &writer->plan->geometry;
	uint64_t order = UINT64_C(1) << geometry->key_bit;
	uint64_t last = (end >> geometry->page_shift) - 1;
	uint64_t bits = (UINT64_C(1) << geometry->bitmap_bits) - 1;

	for (uint64_t pfn = start >> geometry->page_shift; pfn <= last;) {
		uint64_t stop = hwpoison_min(last, pfn | bits);

		path_open(writer, order | pfn);
		for (; pfn <= stop; pfn++) {
			uint64_t bit = pfn & bits;

			writer->bytes[writer->node[0] + bit / 8] |= (uint8_t)(1u << bit % 8);
		}
	}
}

void hwpoison_kho_radix_write(const struct kho_plan *plan, uint64_t address, void *bytes)
{
	struct radix_writer writer = {.plan = plan, .address = address, .bytes = bytes};
	uint64_t own_end = address + plan->scratch.offset;
	bool own = false;

	writer.node[plan->geometry.levels - 1] = node_take(&writer);
	for (size_t i = 0; i < plan->kept.count; i++) {
		const struct hwpoison_frame_range *range = &plan->kept.ranges[i];

		if (!own && range->start >= own_end) {
			pages_add(&writer, address, own_end);
			own = true;
		}
		pages_add(&writer, range->start, range->end);
	}
	if (!own)
		pages_add(&writer, address, own_end);
}
