/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checker finds by itself which memory the next kernel has at its start: what the planner noted of it is
 * falsified in a good plan, or what is handed over is, and it must be seen.
 */
#include "kexec/bytes.h"
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define FRAME "70000000-70001000"
#define LITTLE "40000000-5fffffff : System RAM\n" /* mem= left the rest */

static enum check_state state_of(const struct arm64_fixture *f, const char *name)
{
	struct check_report report;

	checks_run(&f->plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		if (strcmp(report.results[i].check->name, name) == 0)
			return report.results[i].state;
	}
	return CHECK_WAITING;
}

/* As if the planner had found nothing. */
static void notes_drop(struct plan *plan)
{
	hwpoison_map_free(&plan->tree_memory);
	hwpoison_map_free(&plan->unseen);
	hwpoison_map_free(&plan->present);
	hwpoison_map_free(&plan->at_start);
}

static void memory_nodes_are_read_anew(void **state)
{
	struct arm64_fixture f;
	int node;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, FRAME);
	fixture_text(&f.files, "proc/iomem", LITTLE);
	arm64_places(&f);
	notes_drop(&f.plan);
	assert_int_equal(state_of(&f, "tree-frames"), CHECK_PASSED);
	node = fdt_path_offset(f.plan.next_dtb, "/reserved-memory/hwpoison@70000000");
	OK(fdt_nop_node(f.plan.next_dtb, node));
	assert_int_equal(state_of(&f, "tree-frames"), CHECK_FAILED);
	arm64_fixture_free(&f);
}

static void the_efi_memory_map_is_read_anew(void **state)
{
	struct arm64_fixture f;
	uint8_t *map;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	fixture_text(&f.files, "proc/iomem", LITTLE);
	arm64_places(&f);
	notes_drop(&f.plan);
	assert_int_equal(state_of(&f, "tree-frames"), CHECK_PASSED);
	/* The second descriptor is the frame's. */
	map = (uint8_t *)(uintptr_t)arm64_segment(&f, "efi-map")->bytes + EFI_STEP;
	assert_int_equal(get_le64(map + 8), 0x70000000);
	put_le32(map, 7);
	assert_int_equal(state_of(&f, "tree-frames"), CHECK_FAILED);
	arm64_fixture_free(&f);
}

/* What the planner says of RAM that nobody shows excuses nothing but what is told. */
static void what_is_unseen_is_not_believed(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, FRAME);
	fixture_text(&f.files, "proc/iomem", LITTLE);
	arm64_places(&f);
	assert_int_equal(state_of(&f, "nothing-else"), CHECK_PASSED);
	for (size_t i = 0; i < f.plan.outcome.map.count; i++) {
		if (f.plan.outcome.map.entries[i].start == 0x70000000)
			f.plan.outcome.map.entries[i].type = HWPOISON_RAM;
	}
	assert_int_equal(state_of(&f, "nothing-else"), CHECK_FAILED);
	arm64_fixture_free(&f);
}

/* A DIMM that was added later: what marks it marks nothing. */
static void memory_that_is_added_is_found(void **state)
{
	struct arm64_fixture f;
	void *tree = calloc(1, TREE_ROOM), *own = arm64_tree_make(ARM64_TREE);
	const char *const memory = "/memory@40000000";
	void *trees[2];

	(void)state;
	OK(fdt_open_into(own, tree, TREE_ROOM));
	OK(fdt_appendprop_u64(tree, fdt_path_offset(tree, memory), "reg", UINT64_C(0x100000000)));
	OK(fdt_appendprop_u64(tree, fdt_path_offset(tree, memory), "reg", 0x10000000));
	arm64_fixture_start(&f, ARM64_TREE, "100001000-100002000");
	fixture_bytes(&f.files, "sys/firmware/fdt", tree, TREE_ROOM);
	fixture_text(&f.files, "proc/iomem", LITTLE "100000000-10fffffff : System RAM\n");
	arm64_places(&f);
	trees[0] = f.plan.next_dtb;
	trees[1] = f.files.machine.fdt;
	for (size_t i = 0; i < 2; i++) {
		int node = fdt_path_offset(trees[i], memory);

		assert_int_equal(state_of(&f, "tree-frames"), CHECK_PASSED);
		fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(trees[i], node, "reg", NULL) + 16,
			 UINT64_C(0x200000000));
	}
	assert_int_equal(state_of(&f, "tree-frames"), CHECK_FAILED);
	arm64_fixture_free(&f);
	free(tree);
	free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_nodes_are_read_anew),
		cmocka_unit_test(the_efi_memory_map_is_read_anew),
		cmocka_unit_test(what_is_unseen_is_not_believed),
		cmocka_unit_test(memory_that_is_added_is_found),
	};

	return cmocka_run_group_tests_name("arm64_boot_memory", tests, NULL, NULL);
}
