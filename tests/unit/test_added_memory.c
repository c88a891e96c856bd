/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is not there from the start: what drivers add (dax, virtio-mem). A bad frame in it cannot be
 * told to the next kernel before that adds it too, and is refused on either architecture, with the range and
 * the way out.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/tree.h"
#include "tests/unit/words.h"

#define REFUSED "is what a driver makes RAM after the start"

/* iomem's lines of such memory; the firmware's map has its type on x86_64, or nothing (NULL). */
static const struct memory {
	const char *iomem, *type, *said;
} memories[] = {
	{"880000000-8ffffffff : Soft Reserved\n"
	 "  880000000-8ffffffff : dax0.0\n"
	 "    888000000-8f7ffffff : System RAM (kmem)\n",
	 "Soft Reserved", "it is soft-reserved in the memory map"},
	{"880000000-8ffffffff : Persistent Memory\n"
	 "  880000000-8ffffffff : dax0.0\n"
	 "    888000000-8f7ffffff : System RAM (kmem)\n",
	 "Persistent Memory", "it is pmem in the memory map"},
	{"880000000-8ffffffff : virtio_mem\n"
	 "  888000000-88fffffff : System RAM (virtio_mem)\n",
	 NULL, "it is nothing in the memory map"},
};

static void machine_make(struct machine_fixture *f, bool arm64, const struct memory *memory)
{
	char iomem[512];

	if (arm64)
		fixture_arm64(f);
	else
		fixture_x86_64(f);
	snprintf(iomem, sizeof(iomem), "%s : System RAM\n%s",
		 arm64 ? "40000000-7fffffff" : "00100000-3fffffff", memory->iomem);
	fixture_text(f, "proc/iomem", iomem);
	if (!arm64 && memory->type)
		fixture_memmap(f, 3, UINT64_C(0x880000000), UINT64_C(0x900000000), memory->type);
	f->options.preserve = true;
}

static int plan_of(struct machine_fixture *f, const char *words, struct plan *plan)
{
	struct hwpoison_frames frames = {0};

	assert_int_equal(fixture_read(f), 0);
	frames_of_words(words, &frames);
	return plan_make(&f->machine, &f->options, NULL, &frames, plan);
}

static void what_drivers_add_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(memories) / sizeof(*memories); i++) {
		const struct memory *memory = &memories[i / 2];
		struct machine_fixture f;
		struct plan plan = {0};
		const char *said;

		machine_make(&f, i % 2, memory);
		capture_start();
		assert_int_equal(plan_of(&f, "41000000-41001000, 888000000-888002000", &plan),
				 EXIT_USAGE);
		said = capture_stop();
		if (!strstr(said, "0x888000000-0x888001fff " REFUSED) ||
		    !strstr(said, memory->said) ||
		    !strstr(said, "--hwpoison-forget=0x888000000-0x888001fff"))
			fail_msg("said: %s", said);
		plan_free(&plan);
		/* Without being asked to, it is as it was. */
		f.options.preserve = false;
		machine_free(&f.machine);
		assert_int_equal(plan_of(&f, "888000000-888002000", &plan), 0);
		plan_free(&plan);
		fixture_free(&f);
	}
}

/* What is soft-reserved is there to be added; what is persistent need not be. */
static void what_drivers_may_add_is_refused(void **state)
{
	static const bool refused[] = {true, false};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct machine_fixture f;
		struct plan plan = {0};

		machine_make(&f, i % 2, &memories[i / 2]);
		capture_start();
		assert_int_equal(plan_of(&f, "880000000-880001000", &plan),
				 refused[i / 2] ? EXIT_USAGE : 0);
		assert_true(!!strstr(capture_stop(), REFUSED) == refused[i / 2]);
		plan_free(&plan);
		fixture_free(&f);
	}
}

/* The checker finds it by itself. */
static void the_checker_looks_at_added_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(memories) / sizeof(*memories); i++) {
		struct machine_fixture f;
		struct plan plan = {0};

		machine_make(&f, i % 2, &memories[i / 2]);
		assert_int_equal(plan_of(&f, "50000000-50001000", &plan), 0);
		assert_int_equal(plan_check(&plan), 0);
		plan.frames.ranges[0].start = UINT64_C(0x888000000);
		plan.frames.ranges[0].end = UINT64_C(0x888001000);
		capture_start();
		assert_int_equal(plan_check(&plan), EXIT_FAILED);
		assert_non_null(strstr(capture_stop(), "(check reachable)"));
		plan_free(&plan);
		fixture_free(&f);
	}
}

static void later_put(struct arm64_fixture *f)
{
	fixture_text(&f->files, "proc/iomem",
		     "40000000-7dffffff : System RAM\n"
		     "  48000000-480fffff : reserved\n"
		     "7e000000-7e0fffff : reserved\n"
		     "7e100000-7fffffff : System RAM\n"
		     "100000000-13fffffff : System RAM\n");
}

#define LATER "0x100001000-0x100001fff was added after the start (it is not in the "

/* A DIMM, which nothing in iomem tells from what was there: the memory nodes, or the EFI memory map, do
 * not have it, and what is told of it is not looked at when it is added. */
static void on_arm64_memory_that_was_added_is_refused(void **state)
{
	static const struct {
		enum arm64_kind kind;
		enum fdt_way_choice way;
		const char *said;
	} cases[] = {
		{ARM64_TREE, FDT_WAY_AUTO, LATER "memory nodes of the device tree)"},
		{ARM64_TREE, FDT_WAY_RESERVE, LATER "memory nodes of the device tree)"},
		{ARM64_ACPI_MAP, FDT_WAY_NODES, LATER "EFI memory map)"},
		{ARM64_ACPI_MAP, FDT_WAY_RESERVE, LATER "EFI memory map)"},
		{ARM64_ACPI_MAP, FDT_WAY_AUTO, "is not RAM in the EFI memory map"},
	};
	struct arm64_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		arm64_fixture_start(&f, cases[i].kind, "100001000-100002000");
		f.files.options.append = "acpi=on";
		f.files.options.fdt_way = cases[i].way;
		later_put(&f);
		arm64_refuses(&f, cases[i].said);
		f.files.options.preserve = false;
		arm64_places(&f);
		arm64_fixture_free(&f);
		/* Any other frame is told. */
		arm64_fixture_start(&f, cases[i].kind, "50001000-50002000");
		f.files.options.append = "acpi=on";
		f.files.options.fdt_way = cases[i].way;
		later_put(&f);
		arm64_places(&f);
		assert_false(arm64_warned(&f, "added after the start"));
		arm64_fixture_free(&f);
	}
}

/* Nor is anything known where the EFI memory map cannot be read. */
static void on_arm64_it_is_said_where_nobody_knows(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI, "50001000-50002000");
	arm64_places(&f);
	assert_true(arm64_warned(&f, "it cannot be known which memory was added after the start"));
	arm64_fixture_free(&f);
	arm64_fixture_start(&f, ARM64_ACPI, "");
	arm64_places(&f);
	assert_false(arm64_warned(&f, "added after the start"));
	arm64_fixture_free(&f);
}

/* Memory of the machine's own tree that another leaves out is nobody's to add. */
static void on_arm64_another_tree_may_have_less(void **state)
{
	struct arm64_fixture f;
	void *tree = arm64_tree_make(ARM64_TREE);
	int memory = fdt_path_offset(tree, "/memory@40000000");

	(void)state;
	fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(tree, memory, "reg", NULL) + 8, 0x10000000);
	arm64_fixture_start(&f, ARM64_TREE, "50001000-50002000");
	f.files.options.dtb = arm64_fixture_file(&f, "less.dtb", tree, fdt_totalsize(tree));
	arm64_places(&f);
	arm64_fixture_free(&f);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_drivers_add_is_refused),
		cmocka_unit_test(what_drivers_may_add_is_refused),
		cmocka_unit_test(the_checker_looks_at_added_memory),
		cmocka_unit_test(on_arm64_memory_that_was_added_is_refused),
		cmocka_unit_test(on_arm64_it_is_said_where_nobody_knows),
		cmocka_unit_test(on_arm64_another_tree_may_have_less),
	};

	return cmocka_run_group_tests_name("added_memory", tests, NULL, NULL);
}
