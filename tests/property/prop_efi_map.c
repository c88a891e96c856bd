/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of the EFI memory map against a model of what Linux does with one, on random small cases: a
 * map of up to 12 descriptors of any type, in any order, that may overlap; random bad frames. Both
 * maps are spelt out page by page, in the order of the descriptors: they must say the same of each,
 * but that bad pages of RAM are unusable, and only those. The model adds and marks as
 * reserve_regions() in drivers/firmware/efi/efi-init.c does: every bad page is kept out, every other
 * is as without us. A second hop, with other frames, must come to what a first one would.
 * Each case is made from its number: to see one again, PROP_CASE=number.
 */
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define PAGES 64
#define BASE 0x40000000u
#define ROWS 12
#define CASES 4000

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static struct efi_row random_row(bool apart, uint64_t *at)
{
	static const uint32_t types[] = {7, 7, 7, 1, 2, 3, 4, 14, 9, 6, 8, 0};
	static const uint64_t attributes[] = {EFI_WB, EFI_WB, 0xf, 1, EFI_WB, EFI_WB | EFI_SP, 0xf};
	uint64_t start = apart ? *at : random_below(PAGES - 1);
	uint64_t pages = 1 + random_below(apart ? 6 : PAGES - start);

	if (start + pages > PAGES)
		pages = PAGES - start;
	*at = start + pages;
	return (struct efi_row){
		types[random_below(12)],
		BASE + start * 4096,
		BASE + (start + pages) * 4096,
		attributes[random_below(7)],
		random_below(3) ? 0 : 0x1000000000 + random_below(9) * 0x10000,
	};
}

static size_t random_rows(struct efi_row *rows)
{
	bool apart = random_below(4) != 0;
	size_t count = 0;
	uint64_t at = 0;

	do
		rows[count++] = random_row(apart, &at);
	while (count < ROWS && random_below(8) && (!apart || at < PAGES));
	for (size_t i = 0; i < count && random_below(3) == 0; i++) {
		size_t other = random_below(count);
		struct efi_row row = rows[i];

		rows[i] = rows[other];
		rows[other] = row;
	}
	return count;
}

static bool row_is_ram(uint32_t type, uint64_t attributes)
{
	return (type == 14 || type == 7 || (type >= 1 && type <= 4)) && attributes & EFI_WB &&
	       !(attributes & EFI_SP);
}

/* What Linux comes to for each page, and the map spelt out. */
struct model {
	bool memory[PAGES], nomap[PAGES], reserved[PAGES], reclaim[PAGES];
	char text[ROWS * PAGES * 48];
};

static void model_read(struct model *model, const void *map, size_t size, const bool *bad)
{
	const uint8_t *bytes = map;
	char *out = model->text;

	memset(model, 0, sizeof(*model));
	for (size_t i = 0; i < size; i += EFI_STEP) {
		uint64_t start, virtual, pages, attributes;
		uint32_t type;

		memcpy(&type, bytes + i, 4);
		memcpy(&start, bytes + i + 8, 8);
		memcpy(&virtual, bytes + i + 16, 8);
		memcpy(&pages, bytes + i + 24, 8);
		memcpy(&attributes, bytes + i + 32, 8);
		for (uint64_t page = 0; page < pages; page++) {
			uint64_t unit = (start - BASE) / 4096 + page;
			uint32_t said = bad && bad[unit] && row_is_ram(type, attributes) ? 8 : type;

			out += sprintf(out, "%u %x %llx %llx %x,", said, (unsigned int)unit,
				       (unsigned long long)(virtual ? virtual + page * 4096 : 0),
				       (unsigned long long)attributes, bytes[i + EFI_STEP - 1]);
			model->memory[unit] |= (attributes & 0xe) != 0 && !(attributes & EFI_SP);
			model->nomap[unit] |= (attributes & 0xe) && !(attributes & EFI_SP) &&
					      !row_is_ram(type, attributes) && type != 9;
			model->reserved[unit] |= type == 9 && attributes & 0xe;
			model->reclaim[unit] |= type == 9 && attributes & 0xe;
		}
	}
}

/* All of the machine's pages are RAM to the running kernel that are to the model. */
static void map_make(const struct model *model, struct hwpoison_map *map)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		if (model->memory[i] && !model->nomap[i])
			OK(hwpoison_map_add(map, BASE + i * 4096, BASE + (i + 1) * 4096,
					    HWPOISON_RAM));
	}
	OK(hwpoison_map_normalise(map));
}

static void frames_make(bool *bad, struct hwpoison_frames *frames)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		bad[i] = random_below(8) == 0;
		if (bad[i])
			OK(hwpoison_frames_add(frames, BASE + i * 4096, BASE + (i + 1) * 4096,
					       HWPOISON_SOURCE_FILE, 4096));
	}
}

static void *tree_make(size_t size)
{
	void *tree = tree_begin(2, 2, NULL);

	OK(fdt_begin_node(tree, "chosen"));
	OK(fdt_property_u64(tree, "linux,uefi-mmap-start", 0x7ffe0000));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-size", (uint32_t)size));
	OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-size", EFI_STEP));
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static size_t copies;

/* One hop: the copy is what it must be. Returns the tree that goes with it. */
static void *hop(const void *tree, const struct hwpoison_efi_map *efi_map, const void *original,
		 size_t original_size)
{
	static struct model was, wanted, is;
	struct hwpoison_fdt_options options = {
		.way = HWPOISON_FDT_EFI,
		.max_ranges = HWPOISON_NO_LIMIT,
		.max_waste = UINT64_MAX,
		.page_size = 4096,
		.efi_map = *efi_map,
	};
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	bool bad[PAGES], told[PAGES];
	void *next, *copy;
	size_t size, next_size;
	int error;

	model_read(&was, original, original_size, NULL);
	map_make(&was, &map);
	frames_make(bad, &frames);
	for (size_t i = 0; i < PAGES; i++)
		told[i] = bad[i] && was.memory[i] && !was.nomap[i] && !was.reclaim[i];
	error = hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, &options, &outcome,
				  NULL);
	/* Nothing is left, or there was nothing. */
	if (error) {
		assert_int_equal(error, HWPOISON_ENORAM);
		hwpoison_frames_free(&frames);
		hwpoison_map_free(&map);
		return NULL;
	}
	OK(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &options, &next,
			      &next_size, NULL));
	OK(hwpoison_fdt_efi_map(next, next_size, &copy, &size, NULL));
	model_read(&wanted, original, original_size, told);
	model_read(&is, copy ? copy : original, copy ? size : original_size, NULL);
	assert_string_equal(is.text, wanted.text);
	for (size_t i = 0; i < PAGES; i++) {
		bool handed_out = is.memory[i] && !is.nomap[i] && !is.reserved[i];

		if (handed_out != (was.memory[i] && !was.nomap[i] && !was.reserved[i] && !bad[i]))
			fail_msg("page %zu", i);
	}
	copies += copy != NULL;
	free(copy);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
	return next;
}

static void check_case(void)
{
	struct efi_row rows[ROWS];
	size_t count = random_rows(rows), size = count * EFI_STEP;
	void *bytes = efi_map_of_rows(rows, count), *tree = tree_make(size), *next, *third = NULL;
	struct hwpoison_efi_map map = {bytes, size, EFI_STEP};

	next = hop(tree, &map, bytes, size);
	if (next)
		third = hop(next, &map, bytes, size);
	free(third);
	free(next);
	free(tree);
	free(bytes);
}

static void copies_say_what_the_firmware_says(void **state)
{
	const char *only = getenv("PROP_CASE");
	uint64_t first = only ? strtoull(only, NULL, 10) : 1;

	(void)state;
	for (uint64_t number = first; number < (only ? first + 1 : CASES); number++) {
		random_state = number * 0x9e3779b97f4a7c15u;
		for (int i = 0; i < 8; i++)
			random_below(2);
		if (only)
			print_message("case %llu\n", (unsigned long long)number);
		check_case();
	}
	if (!only)
		assert_true(copies > CASES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_say_what_the_firmware_says),
	};

	return cmocka_run_group_tests_name("efi_map", tests, NULL, NULL);
}
