/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device trees for tests: made in a few words, and written out as text to be compared. */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

#include <libfdt.h>
#include <unistd.h>

#include "tests/unit/words.h"

#define TREE_ROOM 65536
#define OK(expression) assert_int_equal(expression, 0)

static inline void *tree_create(void)
{
	void *tree = calloc(1, TREE_ROOM);

	assert_non_null(tree);
	OK(fdt_create(tree, TREE_ROOM));
	return tree;
}

static inline void put_cells(void *tree, uint32_t address_cells, uint32_t size_cells)
{
	OK(fdt_property_u32(tree, "#address-cells", address_cells));
	OK(fdt_property_u32(tree, "#size-cells", size_cells));
}

/* A root with cells; memory reserve entries are pairs of base and size, ended by a size of 0. */
static inline void *tree_begin(uint32_t address_cells, uint32_t size_cells, const uint64_t *reserve)
{
	void *tree = tree_create();

	for (; reserve && reserve[1]; reserve += 2)
		OK(fdt_add_reservemap_entry(tree, reserve[0], reserve[1]));
	OK(fdt_finish_reservemap(tree));
	OK(fdt_begin_node(tree, ""));
	put_cells(tree, address_cells, size_cells);
	OK(fdt_property_string(tree, "compatible", "test,machine"));
	return tree;
}

static inline void reserved_begin(void *tree, uint32_t address_cells, uint32_t size_cells)
{
	OK(fdt_begin_node(tree, "reserved-memory"));
	put_cells(tree, address_cells, size_cells);
	OK(fdt_property(tree, "ranges", "", 0));
}

/* reg of count numbers in words of 32 bits, as they are given. */
static inline void put_words(void *tree, const char *name, const uint32_t *words, size_t count)
{
	void *place;

	OK(fdt_property_placeholder(tree, name, (int)(count * 4), &place));
	for (size_t i = 0; i < count; i++)
		fdt32_st((uint8_t *)place + 4 * i, words[i]);
}

static inline void put_numbers(void *tree, const char *name, const uint64_t *numbers, size_t count)
{
	void *place;

	OK(fdt_property_placeholder(tree, name, (int)(count * 8), &place));
	for (size_t i = 0; i < count; i++)
		fdt64_st((uint8_t *)place + 8 * i, numbers[i]);
}

/* A node below /reserved-memory of cells 2/2, with further empty properties, ended by NULL. */
static inline void put_node(void *tree, const char *name, uint64_t base, uint64_t size, ...)
{
	const uint64_t reg[] = {base, size};
	const char *property;
	va_list more;

	OK(fdt_begin_node(tree, name));
	if (size)
		put_numbers(tree, "reg", reg, 2);
	va_start(more, size);
	while ((property = va_arg(more, const char *)) != NULL)
		OK(fdt_property(tree, property, "", 0));
	va_end(more);
	OK(fdt_end_node(tree));
}

/* Ends the root. */
static inline void *tree_end(void *tree)
{
	OK(fdt_end_node(tree));
	OK(fdt_finish(tree));
	return tree;
}

/* A tree of one memory node, cells 2/2, and nothing else. */
static inline void *tree_plain(void)
{
	void *tree = tree_begin(2, 2, NULL);

	OK(fdt_begin_node(tree, "memory@40000000"));
	OK(fdt_property_string(tree, "device_type", "memory"));
	put_numbers(tree, "reg", (uint64_t[]){0x40000000, 0x40000000}, 2);
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

/* All that a tree says, in its order, a line for each thing; walked by offsets and tags, not in
 * the way in which the library walks it. The caller frees it. */
static inline char *tree_text(const void *fdt, bool with_header)
{
	char *text, path[1024];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	uint64_t base, length;

	assert_non_null(out);
	if (with_header)
		fprintf(out, "boot cpu %u\n", fdt_boot_cpuid_phys(fdt));
	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		assert_int_equal(fdt_get_mem_rsv(fdt, i, &base, &length), 0);
		fprintf(out, "reserve %llx %llx\n", (unsigned long long)base,
			(unsigned long long)length);
	}
	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		int property;

		assert_int_equal(fdt_get_path(fdt, node, path, sizeof(path)), 0);
		fprintf(out, "%s\n", path);
		fdt_for_each_property_offset(property, fdt, node)
		{
			int bytes;
			const char *name;
			const unsigned char *value = fdt_getprop_by_offset(fdt, property, &name,
									   &bytes);

			fprintf(out, "%s:%s=", path, name);
			for (int i = 0; i < bytes; i++)
				fprintf(out, "%02x", value[i]);
			fprintf(out, "\n");
		}
	}
	fclose(out);
	return text;
}

static inline void *tree_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	void *bytes;

	if (!file)
		return NULL;
	bytes = malloc(4 << 20);
	assert_non_null(bytes);
	*size = fread(bytes, 1, 4 << 20, file);
	fclose(file);
	return bytes;
}

/* The tree of a machine below tests/machines. */
static inline void *tree_of_machine(const char *name, size_t *size)
{
	const char *top = getenv("TOP");
	char path[600];
	void *tree;

	snprintf(path, sizeof(path), "%s/tests/machines/arm64/%s/sys/firmware/fdt", top ? top : ".",
		 name);
	tree = tree_read(path, size);
	assert_non_null(tree);
	return tree;
}

static inline void board_path(char path[600], const char *name)
{
	const char *build = getenv("BUILD");

	snprintf(path, 600, "%s/dtbs/trixie-backports/%s", build ? build : "build", name);
}

/* The tree of a board, of those that Debian's kernel comes with: "arm/juno-r2.dtb". */
static inline void *tree_of_board(const char *name, size_t *size)
{
	char path[600];
	void *tree;

	board_path(path, name);
	tree = tree_read(path, size);
	if (!tree)
		fail_msg("there is no %s", path);
	return tree;
}

/* Ends a test about boards where there are none: it counts as skipped. */
static inline void boards_or_skip(void)
{
	char path[600];

	board_path(path, "release");
	if (access(path, R_OK) == 0)
		return;
	print_message("# no boards' trees: run tools/test-dtbs trixie-backports\n");
	skip();
}

#endif
