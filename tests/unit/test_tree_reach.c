/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Up to where a device tree lets devices have memory: trees of a few nodes, as boards have them, and
 * trees that say nothing, or nonsense.
 */
#include <libfdt.h>

#include "kexec/tree.h"
#include "tests/unit/words.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define OK(call) assert_int_equal(call, 0)

static char tree[4096];

static void begin(void)
{
	OK(fdt_create_empty_tree(tree, sizeof(tree)));
	OK(fdt_setprop_u32(tree, 0, "#address-cells", 2));
	OK(fdt_setprop_u32(tree, 0, "#size-cells", 2));
}

/* A bus below a node, with cells of its own, and dma-ranges of these cells. */
static void bus(const char *above, const char *name, uint32_t address, uint32_t size,
		const uint32_t *cells, size_t count)
{
	int node = fdt_add_subnode(tree, fdt_path_offset(tree, above), name);

	assert_true(node > 0);
	OK(fdt_setprop_u32(tree, node, "#address-cells", address));
	OK(fdt_setprop_u32(tree, node, "#size-cells", size));
	OK(fdt_setprop_empty(tree, node, "dma-ranges"));
	for (size_t i = 0; i < count; i++)
		OK(fdt_appendprop_u32(tree, node, "dma-ranges", cells[i]));
}

static uint64_t low_end(void)
{
	return tree_low_end(tree, sizeof(tree));
}

static void test_buses(void **state)
{
	/* A Raspberry Pi 4: of 1 GiB, of more, and behind the latter PCI with 3 GiB. */
	static const uint32_t soc[] = {0xc0000000, 0, 0, 0x40000000};
	static const uint32_t scb[] = {0, 0, 0, 0, 0, 0xfc000000};
	static const uint32_t pcie[] = {0x02000000, 0, 0, 0, 0, 0, 0xc0000000};
	/* What a bus behind a bus reaches is where that puts it. */
	static const uint32_t moved[] = {0, 0xc0000000, 0x20000000};
	static const uint32_t nowhere[] = {0, 0x10000000, 0x1000};

	(void)state;
	begin();
	assert_true(low_end() == UINT64_MAX);
	bus("/", "plain", 1, 1, NULL, 0);
	assert_true(low_end() == UINT64_MAX);
	bus("/", "scb", 2, 2, scb, 6);
	assert_int_equal(low_end(), 0xfc000000);
	bus("/scb", "pcie", 3, 2, pcie, 7);
	assert_int_equal(low_end(), 0xc0000000);
	bus("/", "soc", 1, 1, soc, 4);
	assert_int_equal(low_end(), MIB(1024));
	bus("/soc", "moved", 1, 1, moved, 3);
	assert_int_equal(low_end(), MIB(512));
	bus("/soc", "nowhere", 1, 1, nowhere, 3);
	assert_int_equal(low_end(), MIB(512));
	/* One that is not there, or behind one that is not, counts for nothing. */
	OK(fdt_setprop_string(tree, fdt_path_offset(tree, "/soc/moved"), "status", "disabled"));
	assert_int_equal(low_end(), MIB(1024));
	OK(fdt_setprop_string(tree, fdt_path_offset(tree, "/soc/moved"), "status", "okay"));
	OK(fdt_setprop_string(tree, fdt_path_offset(tree, "/soc"), "status", "disabled"));
	assert_int_equal(low_end(), 0xc0000000);
}

static void test_reserved(void **state)
{
	int node;

	(void)state;
	begin();
	assert_true(fdt_add_subnode(tree, 0, "reserved-memory") > 0);
	node = fdt_add_subnode(tree, fdt_path_offset(tree, "/reserved-memory"), "linux,cma");
	OK(fdt_setprop_u64(tree, node, "size", MIB(64)));
	assert_true(low_end() == UINT64_MAX);
	OK(fdt_setprop_u64(tree, node, "alloc-ranges", 0));
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", 0x30000000));
	assert_int_equal(low_end(), 0x30000000);
	/* Of several any will do. */
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", 0x40000000));
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", 0x20000000));
	assert_int_equal(low_end(), 0x60000000);
	/* Cut short, past the end of all addresses, with a place, and elsewhere. */
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", 0x90000000));
	assert_int_equal(low_end(), 0x60000000);
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", UINT64_MAX));
	assert_int_equal(low_end(), 0x60000000);
	OK(fdt_setprop_u64(tree, node, "reg", 0x1000));
	assert_true(low_end() == UINT64_MAX);
	begin();
	node = fdt_add_subnode(tree, 0, "other");
	OK(fdt_setprop_u64(tree, node, "size", MIB(64)));
	OK(fdt_setprop_u64(tree, node, "alloc-ranges", 0));
	OK(fdt_appendprop_u64(tree, node, "alloc-ranges", 0x30000000));
	assert_true(low_end() == UINT64_MAX);
}

static void test_nonsense(void **state)
{
	static const uint32_t cells[] = {0, 0, 0, 0x40000000};

	(void)state;
	assert_true(tree_low_end(NULL, 0) == UINT64_MAX);
	begin();
	bus("/", "soc", 1, 1, cells, 4);
	assert_int_equal(low_end(), MIB(1024));
	assert_true(tree_low_end(tree, 40) == UINT64_MAX);
	OK(fdt_setprop_u32(tree, fdt_path_offset(tree, "/soc"), "#address-cells", 9));
	assert_true(low_end() == UINT64_MAX);
	OK(fdt_setprop_u32(tree, fdt_path_offset(tree, "/soc"), "#address-cells", 0));
	assert_true(low_end() == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buses),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
