/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Purgatory's look at the device tree that an arm64 kernel is handed, by a reader of its own. The
 * trees are libfdt's and those of the carrier itself: what it keeps out must pass, and must not when
 * a frame more is asked for. Trees with random bytes in them must be read to an end and within their
 * bounds, which the sanitizer watches over.
 */
#include "tests/unit/purgatory_scene.h"

#include "hwpoison/hwpoison.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define IN_RAM "a poisoned frame is RAM in the device tree"
#define DAMAGED "the device tree is damaged"

/* The tree as it would lie in memory: just so many bytes, but for the least that a segment has. */
static const char *tree_fault(struct scene *scene, const void *tree, size_t size)
{
	size_t memory = size < FRAME ? FRAME : size;
	void *loaded = NULL;
	const char *what;

	assert_int_equal(posix_memalign(&loaded, 8, memory), 0);
	memset(loaded, 0, memory);
	memcpy(loaded, tree, size);
	scene->parameters.segments[1].start = address_of(loaded);
	scene->parameters.segments[1].memory_size = memory;
	scene->parameters.handover = address_of(loaded);
	memset(&scene->fault, 0, sizeof(scene->fault));
	what = purgatory_fdt_check(&scene->parameters, &scene->fault) ? "" : scene->fault.what;
	free(loaded);
	return what;
}

static void poison_is(struct scene *scene, size_t count, const struct purgatory_poison *table)
{
	memcpy(scene->poison, table, count * sizeof(*table));
	purgatory_poison_set(&scene->parameters, address_of(scene->poison), scene->poison, count);
}
#define POISON(...)                                                                                \
	poison_is(scene,                                                                           \
		  sizeof((struct purgatory_poison[]){__VA_ARGS__}) /                               \
			  sizeof(struct purgatory_poison),                                         \
		  (struct purgatory_poison[]){__VA_ARGS__})

/* Takes the tree. */
#define VERDICT(wanted)                                                                            \
	do {                                                                                       \
		assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), wanted);         \
		free(tree);                                                                        \
	} while (0)

static void *tree_of_nodes(uint32_t address_cells, uint32_t size_cells)
{
	void *tree = tree_begin(2, 2, NULL);

	reserved_begin(tree, address_cells, size_cells);
	return tree;
}

static void *tree_finish(void *tree)
{
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static void nodes_keep_out(void **state)
{
	struct scene *scene = *state;
	void *tree = tree_of_nodes(2, 2);

	put_node(tree, "other@7e000000", 0x7e000000, 0x100000, "reusable", NULL);
	put_node(tree, "pool", 0, 0, "no-map", NULL);
	put_node(tree, "b@51000000", 0x51000000, 0x3000, "no-map", NULL);
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	tree = tree_finish(tree);
	POISON({0x50000000, 0x50001000}, {0x51000000, 0x51003000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x51001000, 0x51002000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x50000000, 0x50002000}, {0x51000000, 0x51003000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	assert_int_equal(scene->fault.start, 0x50001000);
	assert_int_equal(scene->fault.end, 0x50002000);
	/* Mapped, so not kept from speculation. */
	POISON({0x7e000000, 0x7e001000});
	VERDICT(IN_RAM);
}

static void entries_keep_out(void **state)
{
	const uint64_t entries[] = {0x50001000,		0x1000, 0x50000000, 0x1000,
				    UINT64_MAX - 0xfff, 0x2000, 0,	    0};
	struct scene *scene = *state;
	void *tree = tree_end(tree_begin(2, 2, entries));

	POISON({0x50000000, 0x50002000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x50000000, 0x50003000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	assert_int_equal(scene->fault.start, 0x50002000);
	/* Not by an entry that goes round. */
	POISON({0, 0x1000});
	VERDICT(IN_RAM);
}

static void both_make_up_one(void **state)
{
	const uint64_t entries[] = {0x50001000, 0x1000, 0x50003000, 0x1000, 0, 0};
	struct scene *scene = *state;
	void *tree = tree_begin(2, 2, entries);

	reserved_begin(tree, 2, 2);
	put_node(tree, "a@50000000", 0x50000000, 0x1800, "no-map", NULL);
	put_node(tree, "c@50002000", 0x50002000, 0x1000, "no-map", NULL);
	tree = tree_finish(tree);
	POISON({0x50000000, 0x50004000});
	VERDICT("");
}

/* Linux 7.2 takes the first tuple, and none when the last is not whole. */
static void the_first_tuple_counts(void **state)
{
	struct scene *scene = *state;
	void *tree = tree_of_nodes(2, 2);

	OK(fdt_begin_node(tree, "two"));
	put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x1000, 0x51000000, 0x1000}, 4);
	OK(fdt_property(tree, "no-map", "", 0));
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "ragged"));
	put_numbers(tree, "reg", (uint64_t[]){0x52000000, 0x1000, 0x53000000}, 3);
	OK(fdt_property(tree, "no-map", "", 0));
	OK(fdt_end_node(tree));
	tree = tree_finish(tree);
	POISON({0x50000000, 0x50001000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x51000000, 0x51001000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	POISON({0x52000000, 0x52001000});
	VERDICT(IN_RAM);
}

static void status_counts(void **state)
{
	static const struct {
		const char *status;
		int size;
		const char *verdict;
	} cases[] = {
		{"okay", 5, ""},      {"ok", 3, ""},	   {"disabled", 9, IN_RAM},
		{"okay!", 6, IN_RAM}, {"okay", 4, IN_RAM}, {"", 0, IN_RAM},
	};
	struct scene *scene = *state;

	POISON({0x50000000, 0x50001000});
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		void *tree = tree_of_nodes(2, 2);

		OK(fdt_begin_node(tree, "a"));
		put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x1000}, 2);
		OK(fdt_property(tree, "no-map", "", 0));
		OK(fdt_property(tree, "status", cases[i].status, cases[i].size));
		OK(fdt_end_node(tree));
		tree = tree_finish(tree);
		VERDICT(cases[i].verdict);
	}
}

/* What Linux ignores as a whole keeps nothing out. */
static void the_format_counts(void **state)
{
	struct scene *scene = *state;
	void *tree;

	POISON({0x50000000, 0x50001000});
	for (uint32_t cells = 0; cells < 16; cells++) {
		tree = tree_of_nodes(cells / 4, cells % 4);
		put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
		tree = tree_finish(tree);
		VERDICT(cells == 10 ? "" : IN_RAM);
	}
	/* No ranges. */
	tree = tree_begin(2, 2, NULL);
	OK(fdt_begin_node(tree, "reserved-memory"));
	put_cells(tree, 2, 2);
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	tree = tree_finish(tree);
	VERDICT(IN_RAM);
	/* Another node of that name, deeper or second, and a child's child. */
	tree = tree_begin(2, 2, NULL);
	OK(fdt_begin_node(tree, "soc"));
	reserved_begin(tree, 2, 2);
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "child"));
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	reserved_begin(tree, 2, 2);
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	tree = tree_finish(tree);
	VERDICT(IN_RAM);
}

static void other_cells(void **state)
{
	struct scene *scene = *state;
	void *tree = tree_begin(1, 1, NULL);

	reserved_begin(tree, 1, 1);
	OK(fdt_begin_node(tree, "a"));
	put_words(tree, "reg", (uint32_t[]){0x50000000, 0x1000}, 2);
	OK(fdt_property(tree, "no-map", "", 0));
	OK(fdt_end_node(tree));
	tree = tree_finish(tree);
	POISON({0x50000000, 0x50001000});
	VERDICT("");
}

/* What the carrier writes is what purgatory wants, by nodes and by entries. */
static void agrees_with_the_carrier(void **state)
{
	struct scene *scene = *state;
	uint32_t seed = 7;

	for (unsigned int round = 0; round < 200; round++) {
		const struct hwpoison_fdt_options options = {
			.way = round % 2 ? HWPOISON_FDT_NODES : HWPOISON_FDT_RESERVE,
			.max_ranges = HWPOISON_NO_LIMIT,
			.page_size = 4096,
		};
		struct hwpoison_frames frames = {0};
		struct hwpoison_outcome outcome = {0};
		struct hwpoison_problem problem = {0};
		struct hwpoison_map map = {0};
		void *plain = tree_plain(), *tree = NULL;
		size_t size = 0, count = 0;
		struct purgatory_poison table[40];
		uint64_t at = 0x40000;

		OK(hwpoison_map_add(&map, 0x40000000, 0x80000000, HWPOISON_RAM));
		while (count < 1 + round % 40) {
			uint64_t frames_many = 1 + (seed >> 12) % 3;

			seed = seed * 1664525 + 1013904223;
			at += 1 + (seed >> 9) % 2000;
			OK(hwpoison_frames_add(&frames, at << 12, (at + frames_many) << 12, 1,
					       4096));
			table[count++] = (struct purgatory_poison){at << 12, (at + frames_many)
										     << 12};
			at += frames_many;
		}
		OK(hwpoison_fdt_plan(plain, fdt_totalsize(plain), &map, &frames, &options, &outcome,
				     &problem));
		OK(hwpoison_fdt_write(plain, fdt_totalsize(plain), &outcome, &frames, &options,
				      &tree, &size, &problem));
		purgatory_poison_set(&scene->parameters, address_of(table), table, count);
		assert_string_equal(tree_fault(scene, tree, size), "");
		table[count - 1].end += 4096;
		assert_string_equal(tree_fault(scene, tree, size), IN_RAM);
		assert_int_equal(scene->fault.start, table[count - 1].end - 4096);
		table[count - 1].end -= 4096;
		table[0].start -= 4096;
		assert_string_equal(tree_fault(scene, tree, size), IN_RAM);
		assert_int_equal(scene->fault.start, table[0].start);
		hwpoison_outcome_free(&outcome);
		hwpoison_frames_free(&frames);
		hwpoison_map_free(&map);
		free(plain);
		free(tree);
	}
}

static void *tree_of_all(void)
{
	const uint64_t entries[] = {0x50001000, 0x1000, 0x50003000, 0x1000, 0, 0};
	void *tree = tree_begin(2, 2, entries);

	reserved_begin(tree, 2, 2);
	put_node(tree, "a@50000000", 0x50000000, 0x1000, "no-map", NULL);
	put_node(tree, "c@50002000", 0x50002000, 0x1000, "no-map", "x", NULL);
	return tree_finish(tree);
}

static void headers_are_doubted(void **state)
{
	static const struct {
		unsigned int word;
		uint32_t value;
	} wrongs[] = {
		{0, 0},		 {1, 0},
		{1, 39},	 {1, (2 << 20) + 1},
		{1, UINT32_MAX}, {2, UINT32_MAX - 3},
		{2, 2},		 {3, UINT32_MAX},
		{4, 44},	 {4, UINT32_MAX - 7},
		{5, 16},	 {6, 18},
		{8, UINT32_MAX}, {9, 0},
		{9, 6},		 {9, UINT32_MAX - 3},
	};
	struct scene *scene = *state;
	void *tree = tree_of_all();
	uint32_t *words = tree;

	POISON({0x50000000, 0x50004000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		uint32_t before = words[wrongs[i].word];
		size_t size = fdt_totalsize(tree);

		words[wrongs[i].word] = cpu_to_fdt32(wrongs[i].value);
		assert_string_equal(tree_fault(scene, tree, size), DAMAGED);
		words[wrongs[i].word] = before;
	}
	/* Where it is not aligned. */
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	scene->parameters.segments[1].start = address_of(scene->boot_params);
	scene->parameters.segments[1].memory_size = FRAME;
	scene->parameters.handover = address_of(scene->boot_params) + 4;
	memcpy(scene->boot_params + 4, tree, fdt_totalsize(tree));
	assert_false(purgatory_fdt_check(&scene->parameters, &scene->fault));
	assert_string_equal(scene->fault.what, DAMAGED);
	free(tree);
}

/* Every way to cut the structure, and every word made something else. */
static void damage_is_found(void **state)
{
	static const uint32_t values[] = {0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, UINT32_MAX};
	struct scene *scene = *state;
	void *tree = tree_of_all();
	uint32_t size = fdt_totalsize(tree), structure = fdt_size_dt_struct(tree);
	unsigned int damaged = 0;

	POISON({0x50000000, 0x50004000});
	for (uint32_t cut = 4; cut < structure; cut += 4) {
		fdt_set_size_dt_struct(tree, cut);
		assert_string_equal(tree_fault(scene, tree, size), DAMAGED);
	}
	fdt_set_size_dt_struct(tree, structure);
	for (uint32_t at = 0; at < size / 4; at++) {
		for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
			uint32_t *word = (uint32_t *)tree + at, before = *word;

			*word = cpu_to_fdt32(values[i]);
			damaged += strcmp(tree_fault(scene, tree, size), DAMAGED) == 0;
			*word = before;
		}
	}
	assert_in_range(damaged, 100, 9 * size / 4);
	assert_string_equal(tree_fault(scene, tree, size), "");
	free(tree);
}

static void random_bytes(void **state)
{
	struct scene *scene = *state;
	void *tree = tree_of_all();
	uint32_t seed = 3, size = fdt_totalsize(tree);
	uint8_t *copy = malloc(size);

	assert_non_null(copy);
	POISON({0x50000000, 0x50004000});
	for (unsigned int round = 0; round < 20000; round++) {
		memcpy(copy, tree, size);
		for (unsigned int i = 0; i < 1 + round % 4; i++) {
			seed = seed * 1664525 + 1013904223;
			copy[(seed >> 8) % size] = (uint8_t)(seed >> 3);
		}
		tree_fault(scene, copy, size);
	}
	free(copy);
	free(tree);
}

/* A tree that points at an EFI memory map, and nothing beside /chosen. */
static void *tree_of_map(uint64_t start, uint32_t size, uint32_t step)
{
	void *tree = tree_begin(2, 2, NULL);

	OK(fdt_begin_node(tree, "chosen"));
	OK(fdt_property_u64(tree, "linux,uefi-mmap-start", start));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-size", size));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-size", step));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-ver", 1));
	return tree_finish(tree);
}

static const struct efi_row efi_rows[] = {
	{7, 0x40000000, 0x50000000, EFI_WB, 0}, {8, 0x50000000, 0x50001000, EFI_WB, 0},
	{7, 0x50001000, 0x60000000, EFI_WB, 0}, {9, 0x60000000, 0x60010000, EFI_WB, 0},
	{8, 0x60010000, 0x60012000, EFI_WB, 0},
};
#define EFI_ROWS (sizeof(efi_rows) / sizeof(*efi_rows))

static void efi_map_load(struct scene *scene)
{
	const size_t size = EFI_ROWS * EFI_STEP;
	void *map = efi_map_of_rows(efi_rows, EFI_ROWS);

	memcpy(scene->setup_data, map, size);
	free(map);
}

static void the_efi_map_keeps_out(void **state)
{
	struct scene *scene = *state;
	void *tree = tree_of_map(address_of(scene->setup_data), EFI_ROWS * EFI_STEP, EFI_STEP);

	efi_map_load(scene);
	POISON({0x50000000, 0x50001000}, {0x6000f000, 0x60012000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x60011000, 0x60012000}, {0x50000000, 0x50001000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), "");
	POISON({0x50000000, 0x50002000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	assert_int_equal(scene->fault.start, 0x50001000);
	POISON({0x60012000, 0x60013000});
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	/* What is not cacheable is no memory to Linux, and it takes no notice. */
	POISON({0x6000f000, 0x60010000});
	scene->setup_data[3 * EFI_STEP + 32] = 1;
	assert_string_equal(tree_fault(scene, tree, fdt_totalsize(tree)), IN_RAM);
	/* A range that goes round keeps nothing out. */
	memset(scene->setup_data + EFI_STEP + 24, 0xff, 8);
	POISON({0x50000000, 0x50001000});
	VERDICT(IN_RAM);
}

/* The firmware's own, which nobody has loaded, is not even read; nor is what reaches out. */
static void only_a_map_that_was_loaded_counts(void **state)
{
	struct scene *scene = *state;
	uint64_t at = address_of(scene->setup_data);
	void *tree = tree_of_map(at, EFI_ROWS * EFI_STEP, EFI_STEP);

	efi_map_load(scene);
	POISON({0x50000000, 0x50001000});
	VERDICT("");
	tree = tree_of_map(at + FRAME, EFI_ROWS * EFI_STEP, EFI_STEP);
	VERDICT(IN_RAM);
	tree = tree_of_map(at, FRAME + EFI_STEP, EFI_STEP);
	VERDICT(IN_RAM);
	tree = tree_of_map(at, 0, EFI_STEP);
	VERDICT(IN_RAM);
	tree = tree_of_map(at, EFI_ROWS * EFI_STEP, 0);
	VERDICT("the EFI memory map is damaged");
	tree = tree_of_map(at, EFI_ROWS * EFI_STEP, 32);
	VERDICT("the EFI memory map is damaged");
	tree = tree_of_map(at, EFI_ROWS * EFI_STEP - 8, EFI_STEP);
	VERDICT("the EFI memory map is damaged");
	/* Words of another node are nobody's. */
	tree = tree_begin(2, 2, NULL);
	OK(fdt_begin_node(tree, "chosen2"));
	OK(fdt_property_u64(tree, "linux,uefi-mmap-start", at));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-size", EFI_ROWS * EFI_STEP));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-size", EFI_STEP));
	tree = tree_finish(tree);
	VERDICT(IN_RAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_keep_out),
		TEST(entries_keep_out),
		TEST(both_make_up_one),
		TEST(the_first_tuple_counts),
		TEST(status_counts),
		TEST(the_format_counts),
		TEST(other_cells),
		TEST(agrees_with_the_carrier),
		TEST(headers_are_doubted),
		TEST(damage_is_found),
		TEST(random_bytes),
		TEST(the_efi_map_keeps_out),
		TEST(only_a_map_that_was_loaded_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
