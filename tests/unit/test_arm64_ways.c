/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the way in which an arm64 machine tells of bad frames meets what is there already: memory that
 * Linux reserves before it reads nodes, entries of ours, the EFI memory map of another boot or a damaged
 * one, and reservations that are not of whole pages. Each is a plan of a snapshot that the checker passes,
 * or is refused with words.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define FRAME "50000000-50001000"

/* The first descriptors of the copy, or NULL when there must be none. */
static void assert_map(struct arm64_fixture *f, const char *expected)
{
	const struct segment *segment = arm64_segment(f, "efi-map");
	char *text;

	if (!expected) {
		assert_null(segment);
		return;
	}
	assert_non_null(segment);
	text = efi_map_text(segment->bytes, segment->bytes_size);
	assert_memory_equal(text, expected, strlen(expected));
	free(text);
}

#define MAP "7 40000000-50000000 8, 8 50000000-50001000 8, 7 50001000-7b000000 8, "

/* Linux ignores a node over memory that it has reserved by then, as EFI makes it do: here what is
 * reserved inside of System RAM. */
static void nodes_give_way_to_what_is_reserved_early(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "47fff000-48001000");
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_RESERVE);
	assert_non_null(strstr(f.plan.fdt_way_why, "ignores a node there"));
	f.files.options.fdt_way = FDT_WAY_NODES;
	arm64_refuses(&f, "ignores a node there");
	/* Without being asked to, it is as it was; and without EFI nothing is reserved so early. */
	f.files.options.fdt_way = FDT_WAY_AUTO;
	f.files.options.preserve = false;
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_NODES);
	arm64_fixture_free(&f);
	arm64_fixture_start(&f, ARM64_TREE, "47fff000-48001000");
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_NODES);
	arm64_fixture_free(&f);
	arm64_fixture_start(&f, ARM64_ACPI_MAP, "47fff000-48001000");
	f.files.options.append = "acpi=on";
	f.files.options.fdt_way = FDT_WAY_NODES;
	arm64_refuses(&f, "ignores a node there");
	arm64_fixture_free(&f);
}

static void hop_by_entries(struct arm64_fixture *f, const char *reserved)
{
	char iomem[256];

	f->files.options.fdt_way = FDT_WAY_RESERVE;
	arm64_places(f);
	fixture_bytes(&f->files, "sys/firmware/fdt", f->plan.next_dtb, f->plan.next_dtb_size);
	snprintf(iomem, sizeof(iomem), "40000000-7fffffff : System RAM\n  %s : reserved\n",
		 reserved);
	fixture_text(&f->files, "proc/iomem", iomem);
	f->files.options.fdt_way = FDT_WAY_NODES;
}

/* What is reserved because the kernel before was told so by us is none; but what lies in several
 * pages may hide one. */
static void entries_of_ours_become_nodes(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, FRAME);
	hop_by_entries(&f, "50000000-50000fff");
	arm64_places(&f);
	assert_int_equal(fdt_num_mem_rsv(f.plan.next_dtb), 1);
	arm64_fixture_free(&f);
	arm64_fixture_start(&f, ARM64_EFI_TREE, "50000000-50002000");
	hop_by_entries(&f, "50000000-50001fff");
	arm64_refuses(&f, "ignores a node there");
	arm64_fixture_free(&f);
}

/* Of another boot, as in a copy of /sys/firmware/fdt that was kept for --dtb. */
static void a_map_in_anothers_tree_is_not_taken(void **state)
{
	static const uint8_t stale[EFI_STEP] = {7, [9] = 0x10, [24] = 1, [32] = 8};
	static const char noted[16] = "";
	struct arm64_fixture f;
	void *tree = calloc(1, 4096);

	(void)state;
	assert_non_null(tree);
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	arm64_places(&f);
	assert_int_equal(fdt_open_into(f.plan.source_dtb, tree, 4096), 0);
	assert_int_equal(fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,efi-map",
				     stale, sizeof(stale)),
			 0);
	assert_int_equal(fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,efi-ranges",
				     noted, sizeof(noted)),
			 0);
	f.files.options.dtb = arm64_fixture_file(&f, "old.dtb", tree, 4096);
	arm64_places(&f);
	assert_map(&f, MAP);
	f.files.options.preserve = false;
	arm64_places(&f);
	assert_map(&f, NULL);
	arm64_fixture_free(&f);
	free(tree);
}

static void a_damaged_copy_is_refused(void **state)
{
	static const char words[] = "start the machine by its firmware";
	struct arm64_fixture f;
	int chosen;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	arm64_places(&f);
	chosen = fdt_path_offset(f.plan.next_dtb, "/chosen");
	assert_int_equal(fdt_setprop(f.plan.next_dtb, chosen, "hwpoison,efi-map", "damaged", 8), 0);
	fixture_bytes(&f.files, "sys/firmware/fdt", f.plan.next_dtb, f.plan.next_dtb_size);
	arm64_refuses(&f, words);
	f.files.options.preserve = false;
	arm64_refuses(&f, words);
	arm64_fixture_free(&f);
}

/* Somebody else's reservation that is not of whole pages: the map has no smaller pieces. */
static void a_page_that_is_held_in_part_is_told(void **state)
{
	static const struct {
		enum fdt_way_choice way;
		uint64_t start, size, entries;
		const char *frames;
	} cases[] = {
		{FDT_WAY_EFI, 0x50000800, 0x100, 1, FRAME},
		{FDT_WAY_EFI, 0x50000000, 0x900, 1, FRAME},
		{FDT_WAY_RESERVE, 0x50000800, 0x100, 2, FRAME},
		{FDT_WAY_RESERVE, 0x50000000, 0x900, 1, FRAME},
		{FDT_WAY_NODES, 0x50000800, 0x100, 2, "50000000-50002000"},
		{FDT_WAY_NODES, 0x50000700, 0x900, 1, FRAME},
	};
	struct arm64_fixture f;
	void *tree;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		arm64_fixture_start(&f, ARM64_ACPI_MAP, cases[i].frames);
		tree = calloc(1, 4096);
		assert_non_null(tree);
		arm64_places(&f);
		assert_int_equal(fdt_open_into(f.plan.source_dtb, tree, 4096), 0);
		assert_int_equal(fdt_add_mem_rsv(tree, cases[i].start, cases[i].size), 0);
		fixture_bytes(&f.files, "sys/firmware/fdt", tree, 4096);
		f.files.options.append = "acpi=on";
		f.files.options.fdt_way = cases[i].way;
		arm64_places(&f);
		assert_map(&f, cases[i].way == FDT_WAY_EFI ? MAP : NULL);
		assert_int_equal(f.plan.outcome.entries, cases[i].entries);
		free(tree);
		arm64_fixture_free(&f);
	}
}

/* A tree that describes the machine, and carries this map. */
static void carry(struct arm64_fixture *f, const struct efi_row *rows, size_t count)
{
	int size = (int)(count * EFI_STEP), chosen;
	void *map = efi_map_of_rows(rows, count), *tree = calloc(1, (size_t)size + 8192);

	assert_non_null(map);
	assert_non_null(tree);
	arm64_places(f);
	assert_int_equal(fdt_open_into(f->plan.source_dtb, tree, size + 8192), 0);
	chosen = fdt_path_offset(tree, "/chosen");
	assert_int_equal(fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-desc-size", EFI_STEP), 0);
	assert_int_equal(fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-size", (uint32_t)size), 0);
	assert_int_equal(fdt_setprop(tree, chosen, "hwpoison,efi-map", map, size), 0);
	fixture_bytes(&f->files, "sys/firmware/fdt", tree, (size_t)size + 8192);
	free(tree);
	free(map);
}

/* Where there is a copy already it goes on with one: what it keeps out hides the tables of ACPI that
 * lie in the same page, over which Linux ignores a node. */
static void a_copy_is_followed_by_a_copy(void **state)
{
	static const struct efi_row rows[] = {
		{7, 0x40000000, 0x60000000, EFI_WB, 0},
		{9, 0x60000000, 0x60001000, EFI_WB, 0},
		{7, 0x60001000, 0x80000000, EFI_WB, 0},
	};
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "60001000-60011000");
	carry(&f, rows, 3);
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_EFI);
	f.files.options.fdt_way = FDT_WAY_NODES;
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_NODES);
	/* With pages of 64 KiB the node would meet the tables. */
	f.kernel.bytes[24] = (uint8_t)((f.kernel.bytes[24] & ~6u) | 3u << 1);
	arm64_refuses(&f, "ignores a node there");
	arm64_fixture_free(&f);
}

/* What firmware should not do: memory for special purposes, and tables of which Linux takes no notice,
 * over RAM. */
static void descriptors_that_overlap_are_told(void **state)
{
	static const struct efi_row rows[] = {
		{7, 0x40000000, 0x80000000, EFI_WB, 0},
		{7, 0x50000000, 0x50010000, EFI_WB | EFI_SP, 0},
		{9, 0x60000000, 0x60010000, 1, 0},
	};
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "50000000-50001000, 60000000-60001000");
	carry(&f, rows, 3);
	arm64_places(&f);
	assert_map(&f, "7 40000000-50000000 8, 8 50000000-50001000 8, 7 50001000-60000000 8, "
		       "8 60000000-60001000 8, 7 60001000-80000000 8, "
		       "7 50000000-50010000 40008, 9 60000000-60010000 1");
	arm64_fixture_free(&f);
}

/* The copy may have 192 KiB, and says so; the reserve block is another way. */
static void a_copy_that_grows_too_large_is_refused(void **state)
{
	enum { ROWS = 196608 / EFI_STEP - 1 };
	struct efi_row *rows = calloc(ROWS, sizeof(*rows));
	struct arm64_fixture f;

	(void)state;
	assert_non_null(rows);
	arm64_fixture_start(&f, ARM64_EFI_TREE, FRAME);
	rows[0] = (struct efi_row){7, 0x40000000, 0x80000000, EFI_WB, 0};
	for (uint64_t i = 1; i < ROWS; i++)
		rows[i] = (struct efi_row){11, 0x100000000 + i * 8192, 0x100001000 + i * 8192, 1,
					   0};
	carry(&f, rows, ROWS);
	arm64_refuses(&f,
		      "the copy of the EFI memory map would be larger than Linux maps early; say "
		      "--hwpoison-fdt-way=reserve");
	f.files.options.fdt_way = FDT_WAY_RESERVE;
	arm64_places(&f);
	arm64_fixture_free(&f);
	free(rows);
}

/* Linux takes EfiPersistentMemory for RAM; the running kernel does not show it (mem=). */
static void persistent_memory_is_told_of_unseen(void **state)
{
	static const struct efi_row rows[] = {
		{7, 0x40000000, 0x60000000, EFI_WB, 0},
		{14, 0x60000000, 0x80000000, EFI_WB, 0},
	};
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "70000000-70001000");
	carry(&f, rows, 2);
	fixture_text(&f.files, "proc/iomem", "40000000-5fffffff : System RAM\n");
	arm64_places(&f);
	assert_map(&f, "7 40000000-60000000 8, 14 60000000-70000000 8, 8 70000000-70001000 8, ");
	arm64_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_give_way_to_what_is_reserved_early),
		cmocka_unit_test(entries_of_ours_become_nodes),
		cmocka_unit_test(a_map_in_anothers_tree_is_not_taken),
		cmocka_unit_test(a_damaged_copy_is_refused),
		cmocka_unit_test(a_page_that_is_held_in_part_is_told),
		cmocka_unit_test(a_copy_is_followed_by_a_copy),
		cmocka_unit_test(descriptors_that_overlap_are_told),
		cmocka_unit_test(a_copy_that_grows_too_large_is_refused),
		cmocka_unit_test(persistent_memory_is_told_of_unseen),
	};

	return cmocka_run_group_tests_name("arm64_ways", tests, NULL, NULL);
}
