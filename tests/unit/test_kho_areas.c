/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where areas of scratch memory are found in holes: order, nodes, alignment, pieces; and when the running
 * kernel's own areas are refused.
 */
#include "kexec/kho/scratch.h"
#include "kexec/kho/machine.h"
#include "tests/unit/words.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define GIB(number) ((uint64_t)(number) << 30)

/* Two nodes of 32 GiB, one of them in two parts, and one without memory of this map. */
static const struct memory_node nodes[] = {
	{0, {0x0, 0x80000000}},
	{0, {0x100000000, 0x880000000}},
	{1, {0x880000000, 0x1080000000}},
	{2, {0x2000000000, 0x2100000000}},
};

struct found {
	struct hwpoison_range scratch[KHO_SCRATCH_MAX];
	size_t count;
	struct scratch_shortage shortage;
};

static struct scratch_need need_of(const struct scratch_part *parts, size_t count)
{
	struct scratch_need need = {.count = count, .align = MIB(4)};

	for (size_t i = 0; i < count; i++) {
		need.parts[i] = parts[i];
		need.total += parts[i].size;
	}
	return need;
}

static void assert_areas(const struct found *found, const char *wanted)
{
	char words[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < found->count; i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%llx-%llx",
					 i ? ", " : "", (unsigned long long)found->scratch[i].start,
					 (unsigned long long)found->scratch[i].end);
	assert_string_equal(words, wanted);
}

static bool choose(const struct scratch_part *parts, size_t count,
		   const struct hwpoison_range *holes, size_t hole_count, uint64_t prefer_below,
		   struct found *found)
{
	struct scratch_need need = need_of(parts, count);
	struct scratch_search search = {holes, hole_count, nodes, 4, prefer_below, KHO_SCRATCH_MAX};

	return scratch_choose(&need, &search, found->scratch, &found->count, &found->shortage);
}

static void test_order(void **state)
{
	static const struct hwpoison_range holes[] = {
		{0x101000, 0x10000000},
		{0x10001000, 0x7ffff000},
		{0x100000000, 0x180000000},
	};
	const struct scratch_part low = {.size = MIB(64), .max = GIB(4)}, rest = {.size = MIB(100)};
	const struct scratch_part both[] = {low, rest};
	struct found found;

	(void)state;
	/* As high as may be, at whole multiples. */
	assert_true(choose(both, 2, holes, 3, 0, &found));
	assert_areas(&found, "7bc00000-7fc00000, 179c00000-180000000");
	/* The highest below an address, else the lowest above it. */
	assert_true(choose(&rest, 1, holes, 3, 0x50000000, &found));
	assert_areas(&found, "49c00000-50000000");
	assert_true(choose(&rest, 1, holes + 2, 1, 0x50000000, &found));
	assert_areas(&found, "100000000-106400000");
	assert_true(choose(&rest, 1, holes, 3, 0x102000, &found));
	assert_areas(&found, "400000-6800000");
}

static void test_of_nodes(void **state)
{
	static const struct hwpoison_range holes[] = {
		{0x1000000, 0x80000000},
		{0x100000000, 0x1080000000},
	};
	static const struct hwpoison_range little[] = {
		{0x1000000, 0x80000000},
		{0x878000000, 0x881000000},
	};
	const struct scratch_part parts[] = {
		{.size = MIB(64), .of_node = true, .node = 0},
		{.size = MIB(64), .of_node = true, .node = 1},
		{.size = MIB(32)},
	};
	struct found found;

	(void)state;
	assert_true(choose(parts, 3, holes, 2, 0, &found));
	assert_areas(&found, "87c000000-880000000, 107a000000-107c000000, 107c000000-1080000000");
	/* Node 1 has 16 MiB of good memory: the rest of its 64 is where there is any. */
	assert_true(choose(parts, 3, little, 2, 0, &found));
	assert_areas(&found, "7b000000-80000000, 87c000000-880000000, 880000000-881000000");
}

/* Pieces: the largest first, none smaller than 8 MiB, no more than there may be. */
static void test_pieces(void **state)
{
	struct hwpoison_range holes[200];
	struct scratch_part part = {.size = MIB(64)};
	struct found found;

	(void)state;
	for (uint64_t i = 0; i < 200; i++)
		holes[i] = (struct hwpoison_range){i * MIB(64), i * MIB(64) + MIB(12)};
	holes[50].end = holes[50].start + MIB(32);
	assert_true(choose(&part, 1, holes, 200, 0, &found));
	assert_areas(&found, "0-c00000, 4000000-4c00000, c8000000-ca000000, 31c400000-31cc00000");
	part.size = MIB(32 + 63 * 12);
	assert_true(choose(&part, 1, holes, 200, 0, &found));
	assert_int_equal(found.count, 64);
	part.size += MIB(4);
	assert_false(choose(&part, 1, holes, 200, 0, &found));
	assert_int_equal(found.count, 0);
	assert_int_equal(found.shortage.part.size, part.size);
	assert_int_equal(found.shortage.found, MIB(32 + 63 * 12));
	/* Holes of 4 MiB are none, nor are those that are 8 MiB before they are aligned. */
	for (uint64_t i = 0; i < 200; i++)
		holes[i] = (struct hwpoison_range){i * MIB(64) + MIB(1), i * MIB(64) + MIB(9)};
	part.size = MIB(8);
	assert_false(choose(&part, 1, holes, 200, 0, &found));
	assert_int_equal(found.shortage.found, 0);
}

/* What must be in one piece: whole, or the largest piece is enough for that. */
static void test_one(void **state)
{
	struct hwpoison_range holes[] = {{0, MIB(32)},
					 {MIB(64), MIB(96)},
					 {MIB(128), MIB(192)},
					 {GIB(4), GIB(5)}};
	struct scratch_part parts[] = {{.size = MIB(96), .max = GIB(4), .one = MIB(64)},
				       {.size = MIB(32)}};
	struct found found;

	(void)state;
	assert_true(choose(parts, 2, holes, 4, 0, &found));
	assert_areas(&found, "4000000-6000000, 8000000-c000000, 13e000000-140000000");
	holes[2].end -= MIB(4);
	assert_false(choose(parts, 2, holes, 4, 0, &found));
	assert_int_equal(found.shortage.part.one, MIB(64));
	assert_int_equal(found.shortage.found, 0);
	parts[0].one = MIB(60);
	assert_true(choose(parts, 2, holes, 4, 0, &found));
}

/* What one part has taken is not taken again, and the last piece is not larger than it must be. */
static void test_disjoint(void **state)
{
	static const struct hwpoison_range hole = {0x10000000, 0x12000000};
	const struct scratch_part parts[] = {{.size = MIB(8), .max = GIB(4)},
					     {.size = MIB(16)},
					     {.size = MIB(8)}};
	struct found found;

	(void)state;
	assert_true(choose(parts, 3, &hole, 1, 0, &found));
	assert_areas(&found, "10000000-10800000, 10800000-11800000, 11800000-12000000");
}

/* As many as the next kernel bears, and why it is no more. */
static void test_bounded(void **state)
{
	struct hwpoison_range holes[8];
	struct scratch_search search = {holes, 8, NULL, 0, 0, 4};
	const struct scratch_part part = {.size = MIB(32)};
	struct scratch_need need = need_of(&part, 1);
	struct found found;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		holes[i] = (struct hwpoison_range){MIB(16 * i), MIB(16 * i + 8)};
	assert_true(scratch_choose(&need, &search, found.scratch, &found.count, &found.shortage));
	assert_int_equal(found.count, 4);
	search.max_areas = 3;
	assert_false(scratch_choose(&need, &search, found.scratch, &found.count, &found.shortage));
	assert_int_equal(found.count, 0);
	assert_int_equal(found.shortage.areas, 3);
	assert_true(found.shortage.full);
	assert_int_equal(found.shortage.found, MIB(24));
	/* With that many there is no more room: that is why. */
	search.max_areas = 4;
	search.hole_count = 3;
	assert_false(scratch_choose(&need, &search, found.scratch, &found.count, &found.shortage));
	assert_int_equal(found.shortage.areas, 3);
	assert_false(found.shortage.full);
	/* None at all. */
	search.max_areas = 0;
	assert_false(scratch_choose(&need, &search, found.scratch, &found.count, &found.shortage));
	assert_true(found.shortage.full);
	assert_int_equal(found.shortage.areas, 0);
	assert_string_equal(scratch_refused(&need, &search, holes, 1), "it has too many areas");
}

/* --- the running kernel's own ------------------------------------------------------------------- */

static void test_own(void **state)
{
	static const struct hwpoison_range holes[] = {{0x1000000, 0x80000000},
						      {0x100000000, 0x180000000}};
	struct scratch_part parts[] = {{.size = MIB(128), .max = GIB(4)}, {.size = MIB(256)}};
	struct scratch_need need = need_of(parts, 2);
	struct scratch_search search = {holes, 2, NULL, 0, 0, KHO_SCRATCH_MAX};
	struct hwpoison_range own[] = {{0x10000000, 0x14000000}, {0x100000000, 0x108000000}};
	struct hwpoison_range pieces[] = {{0x10000000, 0x14000000},
					  {0x20000000, 0x24000000},
					  {0x100000000, 0x108000000}};

	(void)state;
	need.least = MIB(192);
	need.low_least = MIB(64);
	assert_null(scratch_refused(&need, &search, own, 2));
	assert_non_null(scratch_refused(&need, &search, own, 0));
	need.least++;
	assert_string_equal(scratch_refused(&need, &search, own, 2),
			    "it is too small for the next kernel");
	need.least = MIB(100);
	search.max_areas = 1;
	assert_string_equal(scratch_refused(&need, &search, own, 2), "it has too many areas");
	search.max_areas = 2;
	assert_null(scratch_refused(&need, &search, own, 2));
	assert_string_equal(scratch_refused(&need, &search, own + 1, 1),
			    "too little of it lies below 4 GiB in one piece");
	/* As much in two pieces is not one. */
	need.low_least++;
	search.max_areas = 3;
	assert_string_equal(scratch_refused(&need, &search, pieces, 3),
			    "too little of it lies below 4 GiB in one piece");
	pieces[1].end += MIB(4);
	assert_null(scratch_refused(&need, &search, pieces, 3));
	own[0].start += MIB(2);
	assert_string_equal(scratch_refused(&need, &search, own, 2),
			    "it is not aligned for the next kernel");
	own[0] = (struct hwpoison_range){0x7c000000, 0x80400000};
	assert_string_equal(scratch_refused(&need, &search, own, 2),
			    "bad memory, or what is in use otherwise, lies in it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),  cmocka_unit_test(test_of_nodes),
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_disjoint),
		cmocka_unit_test(test_own),    cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
