/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad memory told by a copy of the EFI memory map. The copy is compared as text with what must be
 * said, descriptor by descriptor; the tree that goes with it must give the next hop the same frames,
 * the same RAM and, when nothing is bad any more, the firmware's own map.
 */
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define RAM "40000000-80000000 ram"

static const struct efi_row rows[] = {
	{7, 0x40000000, 0x48000000, 0xf, 0},
	{4, 0x48000000, 0x48010000, EFI_WB, 0x1000000000},
	{9, 0x48010000, 0x48020000, EFI_WB, 0},
	{1, 0x48020000, 0x50000000, EFI_WB, 0},
	{6, 0x50000000, 0x50010000, EFI_WB | EFI_RUNTIME, 0x2000000000},
	{7, 0x50010000, 0x50020000, 1, 0},
	{7, 0x50020000, 0x50030000, EFI_WB | EFI_SP, 0},
	{14, 0x50030000, 0x80000000, EFI_WB, 0},
	{11, 0x9000000, 0x9001000, 1 | EFI_RUNTIME, 0x9000000},
};
#define ROWS (sizeof(rows) / sizeof(*rows))
#define FIRST "7 40000000-48000000 f, 4 48000000-48010000 8 @1000000000, "
#define RECLAIM "9 48010000-48020000 8, "
#define CODE "1 48020000-50000000 8, "
#define OTHERS                                                                                     \
	"6 50000000-50010000 8000000000000008 @2000000000, 7 50010000-50020000 1, "                \
	"7 50020000-50030000 40008, "
#define PMEM "14 50030000-80000000 8, "
#define MMIO "11 9000000-9001000 8000000000000001 @9000000"
#define WHOLE FIRST RECLAIM CODE OTHERS PMEM MMIO

static struct hwpoison_fdt_options efi = {
	.way = HWPOISON_FDT_EFI,
	.max_ranges = HWPOISON_NO_LIMIT,
	.max_waste = UINT64_MAX,
	.page_size = 4096,
};

static int setup(void **state)
{
	(void)state;
	efi.efi_map = (struct hwpoison_efi_map){efi_map_of_rows(rows, ROWS), ROWS * EFI_STEP,
						EFI_STEP};
	return efi.efi_map.bytes ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free((void *)(uintptr_t)efi.efi_map.bytes);
	return 0;
}

/* What an EFI stub leaves of a map of so many bytes. */
static void *tree_of_stub(uint32_t size, uint32_t step)
{
	void *tree = tree_begin(2, 2, NULL);

	OK(fdt_begin_node(tree, "chosen"));
	OK(fdt_property_u64(tree, "linux,uefi-system-table", 0x7fff0018));
	OK(fdt_property_u64(tree, "linux,uefi-mmap-start", 0x7ffe09c0));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-size", size));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-size", step));
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static void *tree_usual(void)
{
	return tree_of_stub(ROWS * EFI_STEP, EFI_STEP);
}

/* Plans for these frames; an error of planning or writing. Takes neither tree nor next. */
static int tell(const void *tree, const char *bad, const struct hwpoison_fdt_options *options,
		void **next, struct hwpoison_problem *problem)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	size_t size;
	int error;

	*next = NULL;
	map_of_words(RAM, &map);
	frames_of_words(bad, &frames);
	error = hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, options, &outcome,
				  problem);
	if (!error)
		error = hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, options,
					   next, &size, problem);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
	return error;
}

/* The map that goes with a tree, and that its size is what the tree says. */
static void assert_map(const void *tree, const char *expected)
{
	void *map;
	size_t size;
	int length;
	const void *said = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"),
				       "linux,uefi-mmap-size", &length);
	char *text;

	OK(hwpoison_fdt_efi_map(tree, fdt_totalsize(tree), &map, &size, NULL));
	if (!expected) {
		assert_null(map);
		return;
	}
	assert_non_null(map);
	assert_int_equal(length, 4);
	assert_int_equal(fdt32_ld(said), size);
	text = efi_map_text(map, size);
	assert_string_equal(text, expected);
	free(text);
	free(map);
}

static void *told(const void *tree, const char *bad, const char *expected)
{
	struct hwpoison_problem problem;
	void *next;

	OK(tell(tree, bad, &efi, &next, &problem));
	OK(fdt_check_full(next, fdt_totalsize(next)));
	/* What makes Linux believe in a tree: anything beside /chosen. */
	assert_true(fdt_path_offset(next, "/reserved-memory") < 0);
	assert_int_equal(fdt_num_mem_rsv(next), 0);
	assert_map(next, expected);
	return next;
}

static void frames_are_split_out(void **state)
{
	static const struct {
		const char *bad, *expected;
	} cases[] = {
		/* Inside, at both edges, all of one, and several. */
		{"41000000-41001000",
		 "7 40000000-41000000 f, 8 41000000-41001000 f, 7 41001000-48000000 f, "
		 "4 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS PMEM MMIO},
		{"40000000-40001000",
		 "8 40000000-40001000 f, 7 40001000-48000000 f, "
		 "4 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS PMEM MMIO},
		{"47fff000-48001000",
		 "7 40000000-47fff000 f, 8 47fff000-48000000 f, "
		 "8 48000000-48001000 8 @1000000000, "
		 "4 48001000-48010000 8 @1000001000, " RECLAIM CODE OTHERS PMEM MMIO},
		{"48000000-48010000",
		 "7 40000000-48000000 f, 8 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS
			 PMEM MMIO},
		{"48003000-48004000, 48005000-48007000",
		 "7 40000000-48000000 f, 4 48000000-48003000 8 @1000000000, "
		 "8 48003000-48004000 8 @1000003000, 4 48004000-48005000 8 @1000004000, "
		 "8 48005000-48007000 8 @1000005000, "
		 "4 48007000-48010000 8 @1000007000, " RECLAIM CODE OTHERS PMEM MMIO},
		{"7ffff000-80000000",
		 FIRST RECLAIM CODE OTHERS "14 50030000-7ffff000 8, 8 7ffff000-80000000 8, " MMIO},
	};
	void *tree = tree_usual();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		free(told(tree, cases[i].bad, cases[i].expected));
	free(tree);
}

/* Without a bad frame, or with none but where Linux reserves what it finds, it is the firmware's. */
static void nothing_bad_changes_nothing(void **state)
{
	void *tree = tree_usual(), *next;
	char *before = tree_text(tree, true), *after;

	(void)state;
	next = told(tree, "", NULL);
	after = tree_text(next, true);
	assert_string_equal(after, before);
	free(after);
	free(next);
	free(told(tree, "48010000-48011000", NULL));
	free(before);
	free(tree);
}

/* Tables of ACPI stay in one descriptor, and what lies beside them in the same range is told. */
static void tables_of_acpi_are_held(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	void *tree = tree_usual();

	(void)state;
	map_of_words(RAM, &map);
	frames_of_words("4801f000-48021000", &frames);
	OK(hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, &efi, &outcome, NULL));
	assert_string_equal(map_words(&outcome.map),
			    "40000000-4801f000 ram, 4801f000-48020000 reserved, "
			    "48020000-48021000 unusable, 48021000-80000000 ram");
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
	free(told(tree, "4801f000-48021000",
		  FIRST RECLAIM "8 48020000-48021000 8, 1 48021000-50000000 8, " OTHERS PMEM MMIO));
	free(tree);
}

static void assert_learnt(const void *tree, const char *bad)
{
	struct hwpoison_frames learnt = {0};
	char words[WORDS_SIZE], *at;

	OK(hwpoison_fdt_frames(tree, fdt_totalsize(tree), 4096, &learnt, NULL));
	strcpy(words, "");
	for (size_t i = 0; i < learnt.count; i++) {
		at = words + strlen(words);
		snprintf(at, sizeof(words) - (size_t)(at - words), "%s%llx-%llx", i ? ", " : "",
			 (unsigned long long)learnt.ranges[i].start,
			 (unsigned long long)learnt.ranges[i].end);
	}
	assert_string_equal(words, bad);
	hwpoison_frames_free(&learnt);
}

/* The next hop knows the frames, has their RAM to start from, and makes its copy from the firmware's
 * map, whatever it would find elsewhere. */
static void the_next_hop_starts_from_the_firmware(void **state)
{
	struct hwpoison_fdt_options other = efi;
	struct hwpoison_map map = {0};
	void *tree = tree_usual(), *next, *third;

	(void)state;
	next = told(tree, "41000000-41001000",
		    "7 40000000-41000000 f, 8 41000000-41001000 f, 7 41001000-48000000 f, "
		    "4 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS PMEM MMIO);
	assert_learnt(next, "41000000-41001000");
	map_of_words("40000000-41000000 ram, 41000000-41001000 reserved, 41001000-80000000 ram",
		     &map);
	OK(hwpoison_fdt_restore_ram(next, fdt_totalsize(next), &map, NULL));
	assert_string_equal(map_words(&map), RAM);
	hwpoison_map_free(&map);
	other.efi_map.bytes = "not this one";
	OK(tell(next, "42000000-42001000", &other, &third, NULL));
	assert_map(third, "7 40000000-42000000 f, 8 42000000-42001000 f, 7 42001000-48000000 f, "
			  "4 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS PMEM MMIO);
	assert_learnt(third, "42000000-42001000");
	free(third);
	/* Nothing is bad any more: what lies where the firmware's was is not known, so it is copied. */
	third = told(next, "", WHOLE);
	assert_learnt(third, "");
	free(third);
	/* The same when all is told in another way. */
	other.way = HWPOISON_FDT_RESERVE;
	OK(tell(next, "42000000-42001000", &other, &third, NULL));
	assert_int_equal(fdt_num_mem_rsv(third), 1);
	assert_map(third, WHOLE);
	assert_learnt(third, "42000000-42001000");
	free(third);
	free(next);
	free(tree);
}

/* Rounded, a range is told whole and the record has the frame; without the record, what was told. */
static void the_record_is_exact(void **state)
{
	struct hwpoison_fdt_options wide = efi;
	void *tree = tree_usual(), *next;

	(void)state;
	wide.page_size = 16384;
	OK(tell(tree, "41001000-41002000", &wide, &next, NULL));
	assert_map(next, "7 40000000-41000000 f, 8 41000000-41004000 f, 7 41004000-48000000 f, "
			 "4 48000000-48010000 8 @1000000000, " RECLAIM CODE OTHERS PMEM MMIO);
	assert_learnt(next, "41001000-41002000");
	OK(fdt_delprop(next, fdt_path_offset(next, "/chosen"), "hwpoison,frames"));
	assert_learnt(next, "41000000-41004000");
	free(next);
	free(tree);
}

static void expect_error(void *tree, const struct hwpoison_efi_map *map, const char *bad, int error,
			 uint64_t start)
{
	struct hwpoison_fdt_options options = efi;
	struct hwpoison_problem problem = {0};
	void *next;

	if (map)
		options.efi_map = *map;
	assert_int_equal(tell(tree, bad, &options, &next, &problem), error);
	assert_null(next);
	if (error == HWPOISON_EFIRMWARE)
		assert_int_equal(problem.start, start);
	free(tree);
}

static void what_cannot_be_told_is_refused(void **state)
{
	static const char bad[] = "41000000-41001000";
	const struct hwpoison_efi_map none = {0}, good = efi.efi_map;
	struct hwpoison_efi_map map;
	uint64_t *words;

	(void)state;
	/* No RAM there: runtime services', not cached, for a special purpose, beyond. */
	expect_error(tree_usual(), NULL, "50000000-50001000", HWPOISON_EFIRMWARE, 0x50000000);
	expect_error(tree_usual(), NULL, "50010000-50011000", HWPOISON_EFIRMWARE, 0x50010000);
	expect_error(tree_usual(), NULL, "50020000-50021000", HWPOISON_EFIRMWARE, 0x50020000);
	expect_error(tree_usual(), NULL, "4ffff000-50001000", HWPOISON_EFIRMWARE, 0x4ffff000);
	/* No map, and one that is not the tree's. */
	expect_error(tree_usual(), &none, bad, HWPOISON_EPARSE, 0);
	expect_error(tree_plain(), NULL, bad, HWPOISON_EPARSE, 0);
	expect_error(tree_of_stub(ROWS * EFI_STEP - EFI_STEP, EFI_STEP), NULL, bad, HWPOISON_EPARSE,
		     0);
	expect_error(tree_of_stub(ROWS * EFI_STEP, EFI_STEP / 2), NULL, bad, HWPOISON_EPARSE, 0);
	/* Descriptors that are none. */
	for (uint32_t step = 8; step < 512; step += 4) {
		map = good;
		map.descriptor_size = step;
		if (step == EFI_STEP ||
		    (step >= 40 && step % 8 == 0 && step <= 256 && map.size % step == 0))
			continue;
		assert_int_equal(hwpoison_efi_map_check(&map, NULL), HWPOISON_EPARSE);
	}
	map = good;
	map.size = 0;
	assert_int_equal(hwpoison_efi_map_check(&map, NULL), HWPOISON_EPARSE);
	map = good;
	map.size -= 8;
	assert_int_equal(hwpoison_efi_map_check(&map, NULL), HWPOISON_EPARSE);
	words = (uint64_t *)(uintptr_t)good.bytes;
	for (size_t i = 0; i < 4; i++) {
		static const struct {
			size_t word;
			uint64_t value;
		} wrong[] = {{3, 0}, {3, UINT64_MAX / 2}, {1, 0x40000800}, {3, UINT64_MAX >> 12}};
		uint64_t before = words[wrong[i].word];

		words[wrong[i].word] = wrong[i].value;
		assert_int_equal(hwpoison_efi_map_check(&good, NULL), HWPOISON_EPARSE);
		words[wrong[i].word] = before;
	}
	OK(hwpoison_efi_map_check(&good, NULL));
}

/* A tree that was tampered with. */
static void a_damaged_tree_is_refused(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_efi_map map;
	void *tree = tree_usual(), *next, *bytes;
	size_t size;
	int chosen;

	(void)state;
	OK(tell(tree, "41000000-41001000", &efi, &next, NULL));
	chosen = fdt_path_offset(next, "/chosen");
	OK(hwpoison_fdt_efi_original(next, fdt_totalsize(next), &map, NULL));
	assert_int_equal(map.size, ROWS * EFI_STEP);
	assert_memory_equal(map.bytes, efi.efi_map.bytes, map.size);
	OK(fdt_setprop(next, chosen, "hwpoison,efi-map", map.bytes, 47));
	assert_int_equal(hwpoison_fdt_efi_original(next, fdt_totalsize(next), &map, NULL),
			 HWPOISON_EPARSE);
	assert_int_equal(hwpoison_fdt_efi_map(next, fdt_totalsize(next), &bytes, &size, NULL),
			 HWPOISON_EPARSE);
	OK(fdt_setprop(next, chosen, "hwpoison,efi-ranges", "12345678", 8));
	assert_int_equal(hwpoison_fdt_frames(next, fdt_totalsize(next), 4096, &frames, NULL),
			 HWPOISON_EPARSE);
	free(next);
	free(tree);
}

/* Past what Linux maps early. */
static void too_many_are_refused(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	void *tree = tree_usual(), *next = NULL;
	size_t size;

	(void)state;
	map_of_words(RAM, &map);
	for (uint64_t i = 0; i < 2100; i++)
		OK(hwpoison_frames_add(&frames, 0x51000000 + i * 8192, 0x51000000 + i * 8192 + 4096,
				       HWPOISON_SOURCE_FILE, 4096));
	OK(hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, &efi, &outcome, NULL));
	assert_int_equal(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &efi,
					    &next, &size, NULL),
			 HWPOISON_EFULL);
	assert_null(next);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_split_out),
		cmocka_unit_test(nothing_bad_changes_nothing),
		cmocka_unit_test(tables_of_acpi_are_held),
		cmocka_unit_test(the_next_hop_starts_from_the_firmware),
		cmocka_unit_test(the_record_is_exact),
		cmocka_unit_test(what_cannot_be_told_is_refused),
		cmocka_unit_test(a_damaged_tree_is_refused),
		cmocka_unit_test(too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
