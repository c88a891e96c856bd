/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation tables that arm64's purgatory makes for itself. A walk of its own goes through
 * every descriptor, as the Arm ARM says a processor would, and what it finds must be what was asked
 * for, to the page: every byte, its kind, itself as its address, and not one page more (poison is
 * what lies beside). Ranges are random, over pages, 2 MiB, 1 GiB and the ends of everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "purgatory/arch/arm64/page_tables.h"

#define ROOM 64
#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

struct found {
	uint64_t start, end, attributes;
};

struct walk {
	struct found found[ROOM];
	size_t count, leaves, smallest_leaves;
};

static int room_make(void **state)
{
	return posix_memalign(state, 4096, ROOM * 4096);
}

static int room_free(void **state)
{
	free(*state);
	return 0;
}

static struct page_tables tables_start(void **state, size_t room, bool alone)
{
	struct page_tables tables = {.tables = *state, .room = room, .alone = alone};

	/* Rubbish, as it lies in memory. */
	memset(*state, 0xa5, ROOM * 4096);
	page_tables_start(&tables);
	return tables;
}

static void leaf_take(struct walk *walk, uint64_t address, uint64_t size, uint64_t descriptor)
{
	uint64_t attributes = descriptor & ~UINT64_C(0x0000fffffffff002);
	struct found *last = walk->count ? &walk->found[walk->count - 1] : NULL;

	assert_int_equal(descriptor & UINT64_C(0x0000fffffffff000), address);
	walk->leaves++;
	walk->smallest_leaves += size == 4096;
	if (last && last->end == address && last->attributes == attributes) {
		last->end += size;
		return;
	}
	assert_in_range(walk->count, 0, ROOM - 1);
	walk->found[walk->count++] = (struct found){address, address + size, attributes};
}

/* Arm ARM, D8.3.1: what the lowest two bits of a descriptor mean at each level. */
static void walk_level(struct walk *walk, const uint64_t *table, int level, uint64_t base)
{
	static const uint64_t sizes[] = {GIB(512), GIB(1), MIB(2), KIB(4)};

	for (uint64_t i = 0; i < 512; i++) {
		uint64_t descriptor = table[i], address = base + i * sizes[level];

		if (!(descriptor & 1))
			assert_int_equal(descriptor, 0);
		else if (level == 3)
			assert_int_equal(descriptor & 3, 3);
		if (!(descriptor & 1))
			continue;
		if (level < 3 && (descriptor & 2)) {
			/* No limits on what lies below, by bits 59 to 63. */
			assert_int_equal(descriptor & UINT64_C(0xffff000000000ffc), 0);
			walk_level(walk,
				   (const uint64_t *)(uintptr_t)(descriptor &
								 UINT64_C(0xfffffffff000)),
				   level + 1, address);
			continue;
		}
		assert_int_not_equal(level, 0);
		leaf_take(walk, address, sizes[level], descriptor);
	}
}

static struct walk walk_all(const struct page_tables *tables)
{
	struct walk walk = {0};

	walk_level(&walk, tables->tables[0], 0, 0);
	return walk;
}

/* D8.4 and D8.5, bit by bit: valid, attribute, AP, shareable, accessed, PXN, UXN or XN. */
static uint64_t attributes_of(enum page_kind kind, bool alone)
{
	bool device = kind == PAGE_DEVICE, read_only = kind == PAGE_CODE || kind == PAGE_CONSTANT;
	bool code = kind == PAGE_CODE;

	return UINT64_C(1) | (device ? 1U << 2 : 0) | (alone ? 1U << 6 : 0) |
	       (read_only ? 1U << 7 : 0) | (device ? 0 : 3U << 8) | 1U << 10 |
	       (!alone && !code ? UINT64_C(1) << 53 : 0) |
	       (!alone || !code ? UINT64_C(1) << 54 : 0);
}

static void kinds_have_their_attributes(void **state)
{
	for (int alone = 0; alone < 2; alone++) {
		struct page_tables tables = tables_start(state, ROOM, alone);
		struct walk walk;

		for (int kind = PAGE_CODE; kind <= PAGE_DEVICE; kind++)
			assert_true(page_tables_map(&tables, MIB(kind) + 5, MIB(kind) + 6,
						    (enum page_kind)kind));
		walk = walk_all(&tables);
		assert_int_equal(walk.count, 4);
		for (int kind = PAGE_CODE; kind <= PAGE_DEVICE; kind++) {
			assert_int_equal(walk.found[kind].start, MIB(kind));
			assert_int_equal(walk.found[kind].end, MIB(kind) + 4096);
			assert_int_equal(walk.found[kind].attributes,
					 attributes_of((enum page_kind)kind, alone));
		}
	}
	/* Attribute 0 of MAIR is write-back (0xff), 1 is Device-nGnRE (0x04). */
	assert_int_equal(PAGE_TABLES_MAIR, 0x04ff);
}

static void blocks_are_as_large_as_fits(void **state)
{
	struct page_tables tables = tables_start(state, ROOM, false);
	struct walk walk;

	assert_true(page_tables_map(&tables, GIB(1) - MIB(2) - KIB(4), GIB(3) + MIB(2) + KIB(4),
				    PAGE_CONSTANT));
	walk = walk_all(&tables);
	assert_int_equal(walk.count, 1);
	/* A page, 2 MiB, 1 GiB, 1 GiB, 2 MiB, a page. */
	assert_int_equal(walk.leaves, 6);
	assert_int_equal(walk.smallest_leaves, 2);
	assert_int_equal(tables.count, 6);
}

static void nothing_is_mapped_of_nothing(void **state)
{
	struct page_tables tables = tables_start(state, 1, false);

	assert_true(page_tables_map(&tables, 0, 0, PAGE_DATA));
	assert_true(page_tables_map(&tables, GIB(5), GIB(5), PAGE_DATA));
	assert_int_equal(walk_all(&tables).count, 0);
	assert_false(page_tables_map(&tables, 4096, 0, PAGE_DATA));
}

static void room_and_limit_are_kept(void **state)
{
	struct page_tables tables = tables_start(state, 4, false);
	const uint64_t limit = UINT64_C(1) << 48;
	uint64_t *after = (uint64_t *)((uint8_t *)*state + 4 * 4096), before = *after;

	assert_true(page_tables_map(&tables, 0, 1, PAGE_DATA));
	assert_int_equal(tables.count, 4);
	assert_false(page_tables_map(&tables, GIB(600), GIB(600) + 1, PAGE_DATA));
	assert_int_equal(*after, before);
	tables = tables_start(state, ROOM, false);
	assert_false(page_tables_map(&tables, limit, limit + 1, PAGE_DATA));
	assert_false(page_tables_map(&tables, limit - 1, limit + 1, PAGE_DATA));
	assert_false(page_tables_map(&tables, 0, UINT64_MAX, PAGE_DATA));
	assert_true(page_tables_map(&tables, limit - 1, limit, PAGE_DATA));
	assert_int_equal(walk_all(&tables).found[0].start, limit - 4096);
}

static void a_page_has_one_kind(void **state)
{
	struct page_tables tables = tables_start(state, ROOM, false);

	assert_true(page_tables_map(&tables, 0, MIB(4), PAGE_CONSTANT));
	assert_true(page_tables_map(&tables, MIB(2), MIB(4), PAGE_CONSTANT));
	assert_false(page_tables_map(&tables, MIB(2), MIB(4), PAGE_DATA));
	assert_false(page_tables_map(&tables, KIB(4), KIB(8), PAGE_CONSTANT));
	assert_true(page_tables_map(&tables, MIB(6), MIB(6) + 5, PAGE_DATA));
	assert_true(page_tables_map(&tables, MIB(6), MIB(6) + 5, PAGE_DATA));
	assert_false(page_tables_map(&tables, MIB(6) + 6, MIB(6) + 8, PAGE_DEVICE));
	assert_false(page_tables_map(&tables, MIB(6), MIB(8), PAGE_DATA));
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Up to an edge of some size, from a few bytes or pages on either side of one. */
static uint64_t random_edge(uint64_t *seed)
{
	static const unsigned int shifts[] = {12, 21, 30, 39};
	unsigned int shift = shifts[random_next(seed) % 4];
	uint64_t edge = random_next(seed) % 6 << shift;

	switch (random_next(seed) % 4) {
	case 0:
		return edge;
	case 1:
		return edge + random_next(seed) % 9000;
	case 2:
		return edge + (random_next(seed) % 5 << 12);
	default:
		return edge >= 9000 ? edge - random_next(seed) % 9000 : edge;
	}
}

/* Ranges that do not share a page, in random order: what is found is what was asked for. */
static void random_ranges(void **state)
{
	uint64_t seed = 88172645463325252;
	unsigned int refused = 0, ranges = 0;

	for (unsigned int round = 0; round < 3000; round++) {
		bool alone = random_next(&seed) % 2;
		struct page_tables tables = tables_start(state, ROOM, alone);
		struct found wanted[6] = {0};
		struct walk walk;
		size_t count = 0, at = 0;
		bool fits = true;

		for (unsigned int i = 0; i < 6 && fits; i++) {
			uint64_t start = random_edge(&seed), end = random_edge(&seed);
			enum page_kind kind = (enum page_kind)(random_next(&seed) % 4);
			struct found new = {start & ~UINT64_C(4095), (end + 4095) & ~UINT64_C(4095),
					    attributes_of(kind, alone)};
			size_t place = 0;

			if (start >= end)
				continue;
			while (place < count && wanted[place].end <= new.start)
				place++;
			if (place < count && wanted[place].start < new.end)
				continue;
			memmove(&wanted[place + 1], &wanted[place],
				(count - place) * sizeof(*wanted));
			wanted[place] = new;
			count++;
			fits = page_tables_map(&tables, start, end, kind);
		}
		refused += !fits;
		if (!fits)
			continue;
		walk = walk_all(&tables);
		for (size_t i = 0; i < walk.count; i++) {
			/* Neighbours of a kind are found as one. */
			uint64_t reached = walk.found[i].start;

			while (at < count && wanted[at].start == reached &&
			       reached < walk.found[i].end) {
				assert_int_equal(wanted[at].attributes, walk.found[i].attributes);
				reached = wanted[at++].end;
			}
			assert_int_equal(reached, walk.found[i].end);
		}
		assert_int_equal(at, count);
		ranges += (unsigned int)count;
	}
	assert_in_range(ranges, 3000, 18000);
	assert_in_range(refused, 0, 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_make, room_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kinds_have_their_attributes),  TEST(blocks_are_as_large_as_fits),
		TEST(nothing_is_mapped_of_nothing), TEST(room_and_limit_are_kept),
		TEST(a_page_has_one_kind),	    TEST(random_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
