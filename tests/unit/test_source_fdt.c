/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device tree says of bad frames: nodes, reserve entries, the record; and broken trees. */
#include "tests/unit/tree.h"

static void learn(void *tree, int expected, const char *words, const char *what)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};
	size_t size = fdt_totalsize(tree);

	frames_of_words("ff000-100000 1/1000", &frames);
	assert_int_equal(hwpoison_fdt_frames(tree, size, 4096, &frames, &problem), expected);
	if (expected)
		assert_string_equal(problem.what, what);
	assert_int_equal(hwpoison_frames_remove(&frames, 0xff000, 0x100000), 0);
	assert_string_equal(frames_words(&frames), words);
	assert_int_equal(hwpoison_fdt_frames(tree, size, 4096, &frames, NULL), expected);
	hwpoison_frames_free(&frames);
	free(tree);
}

static void good(void *tree, const char *words)
{
	learn(tree, 0, words, "");
}

static void bad(void *tree, int expected, const char *what)
{
	learn(tree, expected, "", what);
}

static void put_record(void *tree, const uint64_t *numbers, size_t count)
{
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,frames", numbers, count);
	OK(fdt_end_node(tree));
}

static void a_tree_without_poison_tells_nothing(void **state)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x1000, 0x1000, 0, 0});

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "firmware@2000", 0x2000, 0x1000, "no-map", NULL);
	put_node(tree, "hwpoisonous@3000", 0x3000, 0x1000, "no-map", NULL);
	put_node(tree, "not-hwpoison@4000", 0x4000, 0x1000, "no-map", NULL);
	OK(fdt_end_node(tree));
	good(tree_end(tree), "");
	good(tree_plain(), "");
}

static void nodes_are_known_by_name(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@5000", 0x5000, 0x1000, "no-map", NULL);
	put_node(tree, "firmware@2000", 0x2000, 0x1000, NULL);
	put_node(tree, "hwpoison@140000000", 0x140000000, 0x3000, NULL);
	put_node(tree, "hwpoison", 0x9000, 0x1000, NULL);
	OK(fdt_end_node(tree));
	good(tree_end(tree), "5000-6000 10/1000, 9000-a000 10/1000, 140000000-140003000 10/1000");
}

static void nodes_are_known_by_compatible(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "bad-dimm@5000"));
	OK(fdt_property(tree, "compatible", "vendor,x\0hwpoison", 18));
	put_numbers(tree, "reg", (uint64_t[]){0x5000, 0x1000}, 2);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	good(tree_end(tree), "5000-6000 10/1000");
}

static void nodes_elsewhere_are_not_ours(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	put_node(tree, "hwpoison@5000", 0x5000, 0x1000, NULL);
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "bank"));
	put_node(tree, "hwpoison@6000", 0x6000, 0x1000, NULL);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	good(tree_end(tree), "");
}

static void all_tuples_of_reg_are_read(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "hwpoison@5000"));
	put_numbers(tree, "reg", (uint64_t[]){0x5000, 0x1000, 0x9000, 0x2000, 0x1000, 0x1000}, 6);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	good(tree_end(tree), "1000-2000 10/1000, 5000-6000 10/1000, 9000-b000 10/1000");
}

static void cells_are_heeded(void **state)
{
	const uint32_t cells[][2] = {{1, 1}, {2, 1}, {1, 2}};
	const uint32_t words[][4] = {{0x5000, 0x1000}, {1, 0x5000, 0x1000}, {0x5000, 0, 0x1000}};
	const char *expected[] = {"5000-6000 10/1000", "100005000-100006000 10/1000",
				  "5000-6000 10/1000"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		void *tree = tree_begin(cells[i][0], cells[i][1], NULL);

		reserved_begin(tree, cells[i][0], cells[i][1]);
		OK(fdt_begin_node(tree, "hwpoison@5000"));
		put_words(tree, "reg", words[i], cells[i][0] + cells[i][1]);
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		good(tree_end(tree), expected[i]);
	}
}

/* Linux ignores such a node, but somebody meant it. */
static void cells_of_the_parent_rule(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 1, 1);
	OK(fdt_begin_node(tree, "hwpoison@5000"));
	put_words(tree, "reg", (uint32_t[]){0x5000, 0x1000}, 2);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	good(tree_end(tree), "5000-6000 10/1000");
}

static void without_cells_they_are_one_and_one(void **state)
{
	void *tree = tree_create();

	(void)state;
	OK(fdt_finish_reservemap(tree));
	OK(fdt_begin_node(tree, ""));
	OK(fdt_begin_node(tree, "reserved-memory"));
	OK(fdt_begin_node(tree, "hwpoison@5000"));
	put_words(tree, "reg", (uint32_t[]){0x5000, 0x1000}, 2);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	good(tree_end(tree), "5000-6000 10/1000");
}

static void impossible_cells_are_refused(void **state)
{
	const uint32_t cells[][2] = {{0, 1}, {1, 0}, {3, 2}, {2, 4}, {5, 1}, {1, 0xffffffff}};

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		void *tree = tree_begin(2, 2, NULL);

		reserved_begin(tree, cells[i][0], cells[i][1]);
		put_node(tree, "hwpoison@5000", 0x5000, 0x1000, NULL);
		OK(fdt_end_node(tree));
		bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison@5000");
	}
	for (uint32_t more = 3; more <= 4; more++) {
		void *tree = tree_begin(2, 2, NULL);

		reserved_begin(tree, 1, more);
		OK(fdt_begin_node(tree, "hwpoison@5000"));
		put_words(tree, "reg", (uint32_t[]){0x5000, 0x1000, 0, 0x1000, 0}, 1 + more);
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison@5000");
	}
	bad(tree_end(tree_begin(5, 1, NULL)), HWPOISON_EPARSE, "/");
	bad(tree_end(tree_begin(1, 0x80000000, NULL)), HWPOISON_EPARSE, "/");
}

static void cells_that_are_no_number_are_refused(void **state)
{
	void *tree = tree_create();

	(void)state;
	OK(fdt_finish_reservemap(tree));
	OK(fdt_begin_node(tree, ""));
	OK(fdt_property(tree, "#address-cells", "\0\0\2", 3));
	bad(tree_end(tree), HWPOISON_EPARSE, "/");
}

static void odd_cells_do_not_matter_without_poison(void **state)
{
	void *tree = tree_begin(3, 0, NULL);

	(void)state;
	reserved_begin(tree, 4, 4);
	put_node(tree, "firmware@5000", 0x5000, 0x1000, NULL);
	OK(fdt_end_node(tree));
	good(tree_end(tree), "");
}

static void nodes_without_a_place_are_refused(void **state)
{
	const int lengths[] = {0, 1, 8, 12, 15, 17, 31};
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@5000", 0, 0, NULL);
	OK(fdt_end_node(tree));
	bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison@5000");

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		tree = tree_begin(2, 2, NULL);
		reserved_begin(tree, 2, 2);
		OK(fdt_begin_node(tree, "hwpoison@5000"));
		OK(fdt_property(tree, "reg", "abcdefghijklmnopqrstuvwxyzabcdef", lengths[i]));
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison@5000");
	}
}

static void ranges_that_are_none_are_refused(void **state)
{
	const uint64_t reg[][2] = {{0x5000, 0},
				   {UINT64_MAX, 0x1000},
				   {0x1000, UINT64_MAX},
				   {UINT64_C(1) << 52, 0x1000},
				   {0, (UINT64_C(1) << 52) + 1},
				   {UINT64_MAX - 0xfff, 0x1000}};

	(void)state;
	for (size_t i = 0; i < sizeof(reg) / sizeof(reg[0]); i++) {
		void *tree = tree_begin(2, 2, NULL);

		reserved_begin(tree, 2, 2);
		OK(fdt_begin_node(tree, "hwpoison@x"));
		put_numbers(tree, "reg", reg[i], 2);
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		bad(tree_end(tree), HWPOISON_ERANGE, "hwpoison@x");
	}
}

static void the_record_is_exact(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@10000", 0x10000, 0x20000, "no-map", "hwpoison,recorded", NULL);
	OK(fdt_end_node(tree));
	put_record(tree, (uint64_t[]){0x11000, 0x1000, 0x1000, 0x24000, 0x4000, 0x4000}, 6);
	good(tree_end(tree), "11000-12000 10/1000, 24000-28000 10/4000");
}

static void without_the_record_marked_nodes_are_taken_whole(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@10000", 0x10000, 0x10000, "hwpoison,recorded", NULL);
	OK(fdt_end_node(tree));
	good(tree_end(tree), "10000-20000 10/1000");
}

/* Widening to a page leaves such pieces beside what others reserve. */
static void marked_nodes_without_a_frame_are_good_memory(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@10000", 0x10000, 0x8000, "hwpoison,recorded", NULL);
	put_node(tree, "hwpoison@19000", 0x19000, 0x7000, "hwpoison,recorded", NULL);
	OK(fdt_end_node(tree));
	put_record(tree, (uint64_t[]){0x11000, 0x1000, 0x1000}, 3);
	good(tree_end(tree), "11000-12000 10/1000");
}

static void a_node_that_is_not_marked_is_taken_whole(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@10000", 0x10000, 0x3000, NULL);
	OK(fdt_end_node(tree));
	put_record(tree, (uint64_t[]){0x11000, 0x1000, 0x1000}, 3);
	good(tree_end(tree), "10000-13000 10/1000");
}

static void a_record_without_nodes_still_tells(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	put_record(tree, (uint64_t[]){0x11000, 0x1000, 0x1000}, 3);
	good(tree_end(tree), "11000-12000 10/1000");
}

static void broken_records_are_refused(void **state)
{
	const uint64_t records[][3] = {
		{0x1000, 0x1000, 0},
		{0x1000, 0x1000, 5000},
		{0x1000, 0x1000, 2048},
		{0x1000, 0x1000, UINT64_C(0x100001000)},
	};
	const uint64_t ranges[][3] = {
		{0x1000, 0, 0x1000},
		{UINT64_MAX - 0xfff, 0x1000, 0x1000},
		{0x1000, UINT64_MAX, 0x1000},
		{UINT64_C(1) << 52, 0x1000, 0x1000},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		void *tree = tree_begin(2, 2, NULL);

		put_record(tree, records[i], 3);
		bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison,frames");
		tree = tree_begin(2, 2, NULL);
		put_record(tree, ranges[i], 3);
		bad(tree_end(tree), HWPOISON_ERANGE, "hwpoison,frames");
		tree = tree_begin(2, 2, NULL);
		OK(fdt_begin_node(tree, "chosen"));
		OK(fdt_property(tree, "hwpoison,frames", "abcdefghijklmnopqrstuvwxyz",
				(int[]){1, 8, 23, 25}[i]));
		OK(fdt_end_node(tree));
		bad(tree_end(tree), HWPOISON_EPARSE, "hwpoison,frames");
	}
}

static void put_entries(void *tree, const uint64_t *noted, size_t count)
{
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,reserve-entries", noted, count);
	OK(fdt_end_node(tree));
}

static void reserve_entries_are_ours_when_noted(void **state)
{
	const uint64_t reserve[] = {0x1000, 0x1000, 0x5000, 0x2000, 0x9000,
				    0x1000, 0xc000, 0x1000, 0,	    0};
	void *tree = tree_begin(2, 2, reserve);

	(void)state;
	put_entries(tree,
		    (uint64_t[]){0x5000, 0x2000, 0x9000, 0x3000, 0xa000, 0x1000, 0xc000, 0x1000},
		    8);
	good(tree_end(tree), "5000-7000 10/1000, c000-d000 10/1000");
}

static void reserve_entries_have_a_record_too(void **state)
{
	const uint64_t reserve[] = {0x10000, 0x10000, 0x30000, 0x10000, 0, 0};
	void *tree = tree_begin(2, 2, reserve);

	(void)state;
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,frames", (uint64_t[]){0x12000, 0x1000, 0x1000}, 3);
	put_numbers(tree, "hwpoison,reserve-entries",
		    (uint64_t[]){0x10000, 0x10000, 0x30000, 0x10000}, 4);
	OK(fdt_end_node(tree));
	/* A range that no recorded frame accounts for is believed all the same. */
	good(tree_end(tree), "12000-13000 10/1000, 30000-40000 10/1000");
}

static void a_record_that_has_lost_a_frame_hides_none(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,frames", (uint64_t[]){0x12000, 0x1000, 0x1000}, 3);
	put_numbers(tree, "hwpoison,efi-ranges", (uint64_t[]){0x12000, 0x1000, 0x50000, 0x1000}, 4);
	OK(fdt_end_node(tree));
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@10000", 0x10000, 0x10000, "hwpoison,recorded", NULL);
	put_node(tree, "hwpoison@70000", 0x70000, 0x1000, "hwpoison,recorded", NULL);
	OK(fdt_end_node(tree));
	good(tree_end(tree), "12000-13000 10/1000, 50000-51000 10/1000, 70000-71000 10/1000");
}

static void broken_notes_are_refused(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	put_entries(tree, (uint64_t[]){0x5000, 0x1000, 0x9000}, 3);
	bad(tree_end(tree), HWPOISON_EPARSE, "chosen");
	tree = tree_begin(2, 2, NULL);
	put_entries(tree, (uint64_t[]){0x5000, 0x1000, 0x4000, 0x1000}, 4);
	bad(tree_end(tree), HWPOISON_EPARSE, "chosen");
	tree = tree_begin(2, 2, (uint64_t[]){0x5000, UINT64_MAX, 0, 0});
	put_entries(tree, (uint64_t[]){0x5000, UINT64_MAX}, 2);
	bad(tree_end(tree), HWPOISON_ERANGE, "chosen");
}

static void other_page_sizes_widen_what_has_no_record(void **state)
{
	struct hwpoison_frames frames = {0};
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@5000", 0x5000, 0x1000, NULL);
	OK(fdt_end_node(tree));
	tree_end(tree);
	assert_int_equal(hwpoison_fdt_frames(tree, TREE_ROOM, 65536, &frames, NULL), 0);
	assert_string_equal(frames_words(&frames), "0-10000 10/10000");
	assert_int_equal(hwpoison_fdt_frames(tree, TREE_ROOM, 6, &frames, NULL),
			 HWPOISON_EARGUMENT);
	hwpoison_frames_free(&frames);
	free(tree);
}

static int refused(const void *tree, size_t size)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};
	int error = hwpoison_fdt_frames(tree, size, 4096, &frames, &problem);

	assert_int_equal(frames.count, 0);
	assert_true((error == HWPOISON_EFDT) == (problem.fdt_error != 0));
	return error;
}

static void trees_cut_short_are_refused(void **state)
{
	void *tree = tree_plain();
	size_t size = fdt_totalsize(tree);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		void *copy = malloc(cut ? cut : 1);

		memcpy(copy, tree, cut);
		assert_int_equal(refused(copy, cut), HWPOISON_EFDT);
		free(copy);
	}
	free(tree);
}

static void headers_that_lie_are_refused(void **state)
{
	const size_t fields[] = {0, 4, 8, 12, 16, 20, 24, 32, 36};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		void *tree = tree_plain();
		size_t size = fdt_totalsize(tree);

		fdt32_st((char *)tree + fields[i], fields[i] == 20 ? 1 : 0xfffffff8);
		assert_int_equal(refused(tree, size), HWPOISON_EFDT);
		free(tree);
	}
}

static void old_versions_are_refused(void **state)
{
	void *tree = tree_plain();

	(void)state;
	fdt_set_version(tree, 3);
	fdt_set_last_comp_version(tree, 2);
	assert_int_equal(refused(tree, fdt_totalsize(tree)), HWPOISON_EFDT);
	free(tree);
}

static void trees_of_no_root_or_two_are_refused(void **state)
{
	for (int roots = 0; roots <= 2; roots++) {
		void *tree = tree_create();

		(void)state;
		OK(fdt_finish_reservemap(tree));
		for (int i = 0; i < roots; i++) {
			OK(fdt_begin_node(tree, ""));
			OK(fdt_end_node(tree));
		}
		OK(fdt_finish(tree));
		assert_int_equal(refused(tree, fdt_totalsize(tree)),
				 roots == 1 ? 0 : HWPOISON_EFDT);
		free(tree);
	}
}

static void properties_of_negative_length_are_refused(void **state)
{
	void *tree = tree_begin(2, 2, NULL);
	size_t size;
	char *place;

	OK(fdt_property(tree, "dma-coherent", "", 0));
	tree_end(tree);
	size = fdt_totalsize(tree);
	place = (char *)fdt_get_property_w(tree, 0, "dma-coherent", NULL) + 4;
	(void)state;
	for (uint32_t length = 0xfffffff0; length; length++) {
		fdt32_st(place, length);
		assert_int_equal(refused(tree, size), HWPOISON_EFDT);
	}
	free(tree);
}

static void every_flipped_byte_is_survived(void **state)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x5000, 0x2000, 0, 0});
	size_t size;

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@9000", 0x9000, 0x1000, "hwpoison,recorded", NULL);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,frames", (uint64_t[]){0x9000, 0x1000, 0x1000}, 3);
	put_numbers(tree, "hwpoison,reserve-entries", (uint64_t[]){0x5000, 0x2000}, 2);
	OK(fdt_end_node(tree));
	tree_end(tree);
	size = fdt_totalsize(tree);
	for (size_t i = 0; i < size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct hwpoison_frames frames = {0};
			char *copy = malloc(size);
			int error;

			memcpy(copy, tree, size);
			copy[i] = (char)(copy[i] ^ 1 << bit);
			error = hwpoison_fdt_frames(copy, size, 4096, &frames, NULL);
			assert_true(error <= 0 && error >= HWPOISON_EARGUMENT);
			hwpoison_frames_free(&frames);
			free(copy);
		}
	}
	free(tree);
}

static void assert_tells_nothing(void *tree, size_t size)
{
	struct hwpoison_frames frames = {0};

	assert_int_equal(hwpoison_fdt_frames(tree, size, 4096, &frames, NULL), 0);
	assert_int_equal(frames.count, 0);
	free(tree);
}

static void machines_trees_tell_nothing(void **state)
{
	static const char *const names[] = {"guest-dt-2g", "guest-acpi-2g", "server-32g"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t size;
		void *tree = tree_of_machine(names[i], &size);

		assert_tells_nothing(tree, size);
	}
}

static void boards_trees_tell_nothing(void **state)
{
	static const char *const names[] = {"rockchip/rk3588-rock-5b.dtb", "arm/juno-r2.dtb",
					    "cavium/thunder-88xx.dtb"};

	(void)state;
	boards_or_skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t size;
		void *tree = tree_of_board(names[i], &size);

		assert_tells_nothing(tree, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_without_poison_tells_nothing),
		cmocka_unit_test(nodes_are_known_by_name),
		cmocka_unit_test(nodes_are_known_by_compatible),
		cmocka_unit_test(nodes_elsewhere_are_not_ours),
		cmocka_unit_test(all_tuples_of_reg_are_read),
		cmocka_unit_test(cells_are_heeded),
		cmocka_unit_test(cells_of_the_parent_rule),
		cmocka_unit_test(without_cells_they_are_one_and_one),
		cmocka_unit_test(impossible_cells_are_refused),
		cmocka_unit_test(cells_that_are_no_number_are_refused),
		cmocka_unit_test(odd_cells_do_not_matter_without_poison),
		cmocka_unit_test(nodes_without_a_place_are_refused),
		cmocka_unit_test(ranges_that_are_none_are_refused),
		cmocka_unit_test(the_record_is_exact),
		cmocka_unit_test(without_the_record_marked_nodes_are_taken_whole),
		cmocka_unit_test(marked_nodes_without_a_frame_are_good_memory),
		cmocka_unit_test(a_node_that_is_not_marked_is_taken_whole),
		cmocka_unit_test(a_record_without_nodes_still_tells),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(reserve_entries_are_ours_when_noted),
		cmocka_unit_test(reserve_entries_have_a_record_too),
		cmocka_unit_test(a_record_that_has_lost_a_frame_hides_none),
		cmocka_unit_test(broken_notes_are_refused),
		cmocka_unit_test(other_page_sizes_widen_what_has_no_record),
		cmocka_unit_test(trees_cut_short_are_refused),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(trees_of_no_root_or_two_are_refused),
		cmocka_unit_test(properties_of_negative_length_are_refused),
		cmocka_unit_test(every_flipped_byte_is_survived),
		cmocka_unit_test(machines_trees_tell_nothing),
		cmocka_unit_test(boards_trees_tell_nothing),
	};

	return cmocka_run_group_tests_name("source_fdt", tests, NULL, NULL);
}
