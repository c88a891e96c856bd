/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others reserve in a device tree, and when a bad frame that lies there is kept by it: each is a
 * plan that the checker passes, or is refused with words.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/tree.h"

#define FRAME "50000000-50001000"

/* The machine's tree with room for more, and somebody else's region in it. */
static void *tree_with(enum arm64_kind kind, uint64_t base, uint64_t size, const char *property)
{
	void *small = arm64_tree_make(kind), *tree = calloc(1, TREE_ROOM);
	int node;

	assert_non_null(tree);
	OK(fdt_open_into(small, tree, TREE_ROOM));
	free(small);
	node = fdt_add_subnode(tree, fdt_path_offset(tree, "/reserved-memory"), "vendor");
	assert_true(node > 0);
	if (property)
		OK(fdt_setprop(tree, node, property, NULL, 0));
	OK(fdt_setprop_u64(tree, node, "reg", base));
	OK(fdt_appendprop_u64(tree, node, "reg", size));
	return tree;
}

static int vendor_of(const void *tree)
{
	return fdt_path_offset(tree, "/reserved-memory/vendor");
}

static void tree_put(struct arm64_fixture *f, const void *tree)
{
	fixture_bytes(&f->files, "sys/firmware/fdt", tree, fdt_totalsize(tree));
}

/* Linux does not look at a node that is disabled: the frame in it is told as any other. */
static void a_disabled_region_holds_nothing(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_TREE, 0x50000000, 0x100000, NULL);

	(void)state;
	OK(fdt_setprop_string(tree, vendor_of(tree), "status", "disabled"));
	arm64_fixture_start(&f, ARM64_TREE, FRAME);
	tree_put(&f, tree);
	arm64_places(&f);
	assert_int_equal(f.plan.outcome.entries, 1);
	arm64_fixture_free(&f);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disabled_region_holds_nothing),
	};

	return cmocka_run_group_tests_name("arm64_regions", tests, NULL, NULL);
}
