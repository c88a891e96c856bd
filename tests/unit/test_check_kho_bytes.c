/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good hand-over by KHO is broken in the bytes of its segment: piece by piece, as a fault in the
 * writer might, and then bit by bit over all of it, for each version and page size (all bits with
 * FULL=1). Whatever was changed, the checks must find it.
 */
#include "tests/unit/kho_scene.h"

/* --- what is written -------------------------------------------------------------------------------- */

/* The piece of the segment at an address. */
static uint8_t *at(struct scene *s, uint64_t address)
{
	assert_true(address >= 0x41000000 && address < 0x41000000 + s->size);
	return s->bytes + (address - 0x41000000);
}

static uint8_t *root_property(struct scene *s, const char *node, const char *name)
{
	int offset = *node ? fdt_subnode_offset(s->bytes, 0, node) : 0, length;
	const void *value = fdt_getprop(s->bytes, offset, name, &length);

	assert_non_null(value);
	return s->bytes + ((const uint8_t *)value - s->bytes);
}

#define RADIX at(s, get_le64(root_property(s, "", "preserved-memory-map")))
#define LIST at(s, get_le64(root_property(s, "hwpoison", "preserved-data")))
#define CHUNK at(s, get_le64(LIST + 16))
#define ARRAY at(s, get_le64(CHUNK + 8))
#define AREAS at(s, s->handed.scratch)

/* The first slot of a table that is taken. */
static uint8_t *slot(uint8_t *table)
{
	for (unsigned int i = 0; i < 512; i++) {
		if (get_le64(table + 8 * i))
			return table + 8 * i;
	}
	fail_msg("an empty table");
	return NULL;
}

/* The table above the leaves. */
static uint8_t *last_table(struct scene *s)
{
	uint8_t *table = RADIX;

	for (int i = 0; i < 4; i++)
		table = at(s, get_le64(slot(table)));
	return table;
}

#define LEAF_SLOT slot(last_table(s))
#define LEAF at(s, get_le64(LEAF_SLOT))

BREAK(radix_page_lost, LEAF[0x2000 / 8] = 0)
BREAK(radix_page_more, LEAF[0x2000 / 8] |= 2)
BREAK(radix_order, put_le64(slot(RADIX) - 8, get_le64(slot(RADIX))); put_le64(slot(RADIX) + 8, 0))
BREAK(radix_no_memory, put_le64(slot(RADIX) + 8, get_le64(slot(RADIX))); put_le64(slot(RADIX), 0))
BREAK(radix_shared_leaf, put_le64(LEAF_SLOT + 16, get_le64(LEAF_SLOT)))
BREAK(radix_cycle, put_le64(LEAF_SLOT, get_le64(root_property(s, "", "preserved-memory-map"))))
BREAK(radix_outside, put_le64(LEAF_SLOT, 0x50000000))
BREAK(radix_odd, put_le64(LEAF_SLOT, get_le64(LEAF_SLOT) + 8))
BREAK(radix_root, put_le64(root_property(s, "", "preserved-memory-map"), s->handed.fdt))
BREAK(radix_no_root, put_le64(root_property(s, "", "preserved-memory-map"), 0))
BREAK(radix_empty_leaf, memset(LEAF, 0, 4096))
BREAK(radix_empty_table, put_le64(RADIX, 0x41000000 + s->size - 0x1000))
BREAK(radix_slot_lost, put_le64(LEAF_SLOT, 0))
BREAK(list_version, LIST[0] = 2)
BREAK(list_pad, LIST[5] = 1)
BREAK(list_count, LIST[8]--)
BREAK(list_total, LIST[24]++)
BREAK(list_none, put_le32(LIST + 24, 0))
BREAK(list_flags, LIST[28] = 0)
BREAK(list_order, LIST[30] = 1)
BREAK(list_behind, LIST[32] = 1)
BREAK(list_size, put_le64(root_property(s, "hwpoison", "blob-size"), 40))
BREAK(list_huge,
      put_le64(root_property(s, "hwpoison", "blob-size"), UINT64_C(32) | UINT64_C(1) << 40))
BREAK(chunk_cycle, put_le64(CHUNK, get_le64(LIST + 16)))
BREAK(chunk_more, put_le64(CHUNK + 16, get_le64(CHUNK + 8)))
BREAK(chunk_elsewhere, put_le64(CHUNK + 8, s->handed.scratch & ~UINT64_C(4095)))
BREAK(array_other, put_le64(ARRAY, 0x2001))
BREAK(array_swapped, put_le64(ARRAY, get_le64(ARRAY + 8)); put_le64(ARRAY + 8, 0x2000))
BREAK(array_more, put_le64(ARRAY + 4088, 0x2000))
BREAK(areas_other, put_le64(AREAS + 8, 0x2000000 - 0x1000))
BREAK(areas_behind, AREAS[32] = 1)
BREAK(ranges_lost, put_le64(root_property(s, "hwpoison-ranges", "blob-size"), 16))
BREAK(ranges_elsewhere, put_le64(root_property(s, "hwpoison-ranges", "preserved-data"), 0x50000000))
BREAK(ranges_wrap,
      put_le64(root_property(s, "hwpoison-ranges", "preserved-data"), UINT64_MAX - 4095))
BREAK(root_compatible, root_property(s, "", "compatible")[5] = '3')
BREAK(rest, s->bytes[s->size - 1] = 1)

/* A root tree of its own making, in the place of the library's. */
static void root_replace(struct scene *s, const char *second, const char *property, bool reserve)
{
	uint8_t page[4096] = {0};
	uint64_t map = get_le64(root_property(s, "", "preserved-memory-map"));
	static const char *const names[] = {"preserved-data", "blob-size"};

	assert_int_equal(fdt_create(page, sizeof(page)), 0);
	if (reserve)
		assert_int_equal(fdt_add_reservemap_entry(page, 0x1000, 0x1000), 0);
	assert_int_equal(fdt_finish_reservemap(page), 0);
	assert_int_equal(fdt_begin_node(page, ""), 0);
	assert_int_equal(fdt_property_string(page, "compatible", "kho-v4"), 0);
	assert_int_equal(fdt_property(page, "preserved-memory-map", &map, 8), 0);
	if (property)
		assert_int_equal(fdt_property(page, property, &map, 8), 0);
	for (int i = 0; i < (second ? 2 : 1); i++) {
		const char *from = i ? "hwpoison-ranges" : "hwpoison";

		assert_int_equal(fdt_begin_node(page, i ? second : from), 0);
		for (int j = 0; j < 2; j++)
			assert_int_equal(fdt_property(page, names[j],
						      root_property(s, from, names[j]), 8),
					 0);
		assert_int_equal(fdt_end_node(page), 0);
	}
	assert_int_equal(fdt_end_node(page), 0);
	assert_int_equal(fdt_finish(page), 0);
	memset(page + fdt_totalsize(page), 0, sizeof(page) - fdt_totalsize(page));
	memcpy(s->bytes, page, sizeof(page));
}

BREAK(root_name_more, s->bytes[fdt_totalsize(s->bytes)] = 'x';
      fdt_set_size_dt_strings(s->bytes, fdt_size_dt_strings(s->bytes) + 2);
      fdt_set_totalsize(s->bytes, fdt_totalsize(s->bytes) + 2))
static void root_struct_more(struct scene *s)
{
	uint32_t strings = fdt_off_dt_strings(s->bytes);

	memmove(s->bytes + strings + 4, s->bytes + strings, fdt_size_dt_strings(s->bytes));
	memset(s->bytes + strings, 0, 4);
	fdt_set_off_dt_strings(s->bytes, strings + 4);
	fdt_set_size_dt_struct(s->bytes, fdt_size_dt_struct(s->bytes) + 4);
	fdt_set_totalsize(s->bytes, fdt_totalsize(s->bytes) + 4);
}

BREAK(root_node_lost, root_replace(s, NULL, NULL, false))
BREAK(root_node_other, root_replace(s, "hwpoison-rangez", NULL, false))
BREAK(root_node_longer, root_replace(s, "hwpoison-ranges1", NULL, false))
BREAK(root_node_twice, root_replace(s, "hwpoison", NULL, false))
BREAK(root_property_more, root_replace(s, "hwpoison-ranges", "more", false))
BREAK(root_reserves, root_replace(s, "hwpoison-ranges", NULL, true))

static const struct scene_break breaks[] = {
	ROW(radix_page_lost, "the tree lacks 0x2000000"),
	ROW(radix_page_more, "the tree has 0x2001000"),
	ROW(radix_order, "no order 0"),
	ROW(radix_no_memory, "is no memory"),
	ROW(radix_shared_leaf, "lies on something else"),
	ROW(radix_cycle, "lies on something else"),
	ROW(radix_outside, "not in the segment"),
	ROW(radix_odd, "not in the segment"),
	ROW(radix_root, "lies on something else"),
	ROW(radix_no_root, "no preserved-memory-map"),
	ROW(radix_empty_leaf, "leaf without a page"),
	ROW(radix_empty_table, "an empty table"),
	ROW(radix_slot_lost, "the tree lacks"),
	ROW(list_version, "version 1"),
	ROW(list_pad, "version 1"),
	ROW(list_count, "hwpoison counts"),
	ROW(list_total, "the array of PFNs has 2 pages, not 1"),
	ROW(list_none, "the array of PFNs has 0 pages, not 1"),
	ROW(list_flags, "other flags"),
	ROW(list_order, "other flags"),
	ROW(list_behind, "behind hwpoison"),
	ROW(list_size, "version 1"),
	ROW(list_huge, "not in the segment"),
	ROW(chunk_cycle, "more chunks"),
	ROW(chunk_more, "more pages"),
	ROW(chunk_elsewhere, "the array of PFNs has"),
	ROW(array_other, "the array of PFNs has 0x2001"),
	ROW(array_swapped, "the array of PFNs has"),
	ROW(array_more, "the array of PFNs has 0x2000, not 0x0"),
	ROW(areas_other, "scratch area 0"),
	ROW(areas_behind, "behind the scratch array"),
	ROW(ranges_lost, "another size"),
	ROW(ranges_elsewhere, "not in the segment"),
	ROW(ranges_wrap, "not in the segment"),
	ROW(root_compatible, "another version"),
	ROW(rest, "nothing of it"),
	ROW(root_name_more, "a name too many"),
	ROW(root_struct_more, "more than it may"),
	ROW(root_node_lost, "another sub-node"),
	ROW(root_node_other, "another sub-node"),
	ROW(root_node_longer, "another sub-node"),
	ROW(root_node_twice, "another sub-node"),
	ROW(root_property_more, "another sub-node"),
	ROW(root_reserves, "blocks"),
};

static void test_broken(void **state)
{
	(void)state;
	breaks_try(breaks, sizeof(breaks) / sizeof(*breaks));
}

/* --- bit by bit -------------------------------------------------------------------------------------- */

/* stride: of bytes that are 0, each stride-th alone, and of it one bit unless FULL is set. */
static void flips_find(unsigned int abi, uint32_t page, size_t stride)
{
	bool full = getenv("FULL") && page == 4096;
	struct scene scene;

	scene_start(&scene, abi, page);
	for (size_t i = 0; i < scene.size; i++) {
		if (!scene.bytes[i] && i % stride && !full)
			continue;
		for (unsigned int bit = 0; bit < 9; bit++) {
			/* The last one: all of them. */
			uint8_t mask = bit < 8 ? (uint8_t)(1u << bit) : 0xff;

			if (!scene.bytes[i] && !full && bit != i / stride % 8)
				continue;
			scene.bytes[i] ^= mask;
			if (!check_kho_handed(&scene.plan, &scene.handed, reason, sizeof(reason)))
				fail_msg("byte 0x%zx: 0x%x passes for 0x%x", i, scene.bytes[i],
					 scene.bytes[i] ^ mask);
			scene.bytes[i] ^= mask;
		}
	}
	assert_string_equal(scene_check(&scene), ok);
	scene_free(&scene);
}

static void test_flips_v4(void **state)
{
	(void)state;
	flips_find(4, 4096, 5);
}

static void test_flips_older(void **state)
{
	(void)state;
	flips_find(3, 4096, 29);
	flips_find(2, 4096, 29);
}

static void test_flips_large_pages(void **state)
{
	(void)state;
	flips_find(4, 16384, 509);
	flips_find(4, 65536, 9001);
	flips_find(2, 65536, 20011);
}

/* Of what is planned: each number of it. */
static void test_flips_planned(void **state)
{
	struct scene scene;
	uint64_t *numbers[8];

	(void)state;
	scene_start(&scene, 4, 4096);
	numbers[0] = &scene.handed.fdt;
	numbers[1] = &scene.handed.fdt_size;
	numbers[2] = &scene.handed.scratch;
	numbers[3] = &scene.handed.scratch_size;
	numbers[4] = &scene.plan.kho.scratch[0].start;
	numbers[5] = &scene.plan.kho.scratch[1].end;
	numbers[6] = &scene.plan.kho.layout.fdt;
	numbers[7] = &scene.plan.segments[0].start;
	for (size_t i = 0; i < 8; i++) {
		for (unsigned int bit = 0; bit < 64; bit++) {
			*numbers[i] ^= UINT64_C(1) << bit;
			if (scene_check(&scene) == ok)
				fail_msg("bit %u of number %zu", bit, i);
			*numbers[i] ^= UINT64_C(1) << bit;
		}
	}
	assert_string_equal(scene_check(&scene), ok);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),	      cmocka_unit_test(test_flips_v4),
		cmocka_unit_test(test_flips_older),   cmocka_unit_test(test_flips_large_pages),
		cmocka_unit_test(test_flips_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
