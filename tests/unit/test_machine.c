/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of a machine: which files make its memory map on each architecture, what is told
 * apart in it, and that what is wrong is one line and an exit code.
 */
#include <libfdt.h>

#include "kexec/arch.h"
#include "kexec/arch/arm64/stub.h"
#include "kexec/tree.h"
#include "tests/unit/capture.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

#define X86_64_MAP "0-9fc00 ram, 9fc00-a0000 reserved, 100000-40000000 ram"

static void x86_64_takes_the_firmware_map(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_ptr_equal(f.machine.arch, &arch_x86_64);
	assert_int_equal(f.machine.page_size, 4096);
	assert_string_equal(f.machine.kernel_release, "6.1.0-40");
	assert_string_equal(f.machine.command_line, "BOOT_IMAGE=/vmlinuz root=/dev/sda2 quiet");
	assert_int_equal(f.machine.memory_source, MEMORY_FROM_FIRMWARE_MAP);
	assert_string_equal(map_words(&f.machine.memory), X86_64_MAP);
	assert_string_equal(map_words(&f.machine.bare), X86_64_MAP);
	assert_false(f.machine.running || f.machine.efi);
	assert_int_equal(f.warnings.count, 0);
	fixture_free(&f);
}

/* kexec-tools makes these reserved, all of them. */
static void x86_64_carries_every_type(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	fixture_memmap(&f, 3, 0x50000000, 0x50001000, "Unusable memory");
	fixture_memmap(&f, 4, 0x51000000, 0x51001000, "Soft Reserved");
	fixture_memmap(&f, 5, 0x52000000, 0x52001000, "Persistent Memory");
	fixture_memmap(&f, 6, 0x53000000, 0x53001000, "Persistent Memory (legacy)");
	fixture_memmap(&f, 7, 0x54000000, 0x54001000, "Unknown E820 type");
	fixture_memmap(&f, 8, 0x55000000, 0x55001000, "ACPI Non-volatile Storage");
	fixture_memmap(&f, 9, 0x56000000, 0x56001000, "ACPI Tables");
	assert_int_equal(fixture_read(&f), 0);
	assert_string_equal(
		map_words(&f.machine.memory), X86_64_MAP
		", 50000000-50001000 unusable, 51000000-51001000 soft-reserved, "
		"52000000-52001000 pmem, 53000000-53001000 pram, 54000000-54001000 reserved, "
		"55000000-55001000 nvs, 56000000-56001000 acpi");
	fixture_free(&f);
}

static void x86_64_falls_back_to_iomem(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	fixture_remove(&f, "sys/firmware/memmap");
	fixture_text(&f, "proc/iomem",
		     "00001000-0009fbff : System RAM\n"
		     "00100000-3fffffff : System RAM\n"
		     "  00200000-00200fff : Reserved\n"
		     "50000000-50000fff : Unusable memory\n"
		     "60000000-6fffffff : Soft Reserved\n"
		     "  60000000-6fffffff : dax0.0\n"
		     "    60000000-6fffffff : System RAM (kmem)\n");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(f.machine.memory_source, MEMORY_FROM_IOMEM);
	assert_string_equal(map_words(&f.machine.memory),
			    "1000-9fc00 ram, 100000-200000 ram, 200000-201000 reserved, "
			    "201000-40000000 ram, 50000000-50001000 unusable, "
			    "60000000-70000000 soft-reserved");
	assert_true(fixture_warned(&f, "the memory map is taken from /proc/iomem"));
	fixture_free(&f);
}

static void add_efi_memmap_means_iomem(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	fixture_text(&f, "proc/cmdline", "quiet add_efi_memmap\n");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(f.machine.memory_source, MEMORY_FROM_IOMEM);
	assert_int_equal(f.warnings.count, 0);
	fixture_free(&f);
}

static void arm64_takes_iomem(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_ptr_equal(f.machine.arch, &arch_arm64);
	/* To the next kernel, what is reserved in RAM is RAM; but nothing is placed there. */
	assert_string_equal(map_words(&f.machine.memory), "40000000-80000000 ram");
	assert_string_equal(map_words(&f.machine.in_use), "48000000-48100000 reserved");
	assert_false(f.machine.acpi);
	fixture_free(&f);
}

/* What a node of ours holds is no RAM in iomem, and RAM to a carrier. */
static void arm64_restores_what_was_carried(void **state)
{
	static const struct hwpoison_fdt_options options = {
		.way = HWPOISON_FDT_NODES,
		.max_ranges = HWPOISON_NO_LIMIT,
		.max_waste = 1 << 20,
		.page_size = 4096,
	};
	struct machine_fixture f;
	struct hwpoison_map ram = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	char tree[4096];
	void *next;
	size_t size;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#size-cells", 2), 0);
	assert_true(fdt_add_subnode(tree, 0, "memory@40000000") > 0);
	assert_int_equal(hwpoison_map_add(&ram, 0x40000000, 0x80000000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_frames_add(&frames, 0x50000000, 0x50001000, HWPOISON_SOURCE_FILE,
					     4096),
			 0);
	assert_int_equal(hwpoison_fdt_plan(tree, sizeof(tree), &ram, &frames, &options, &outcome,
					   NULL),
			 0);
	assert_int_equal(hwpoison_fdt_write(tree, sizeof(tree), &outcome, &frames, &options, &next,
					    &size, NULL),
			 0);

	fixture_arm64(&f);
	fixture_bytes(&f, "sys/firmware/fdt", next, size);
	fixture_text(&f, "proc/iomem",
		     "40000000-4fffffff : System RAM\n"
		     "50000000-50000fff : reserved\n"
		     "50001000-7fffffff : System RAM\n");
	assert_int_equal(fixture_read(&f), 0);
	assert_string_equal(map_words(&f.machine.memory),
			    "40000000-50000000 ram, 50000000-50001000 unusable, "
			    "50001000-80000000 ram");
	assert_string_equal(map_words(&f.machine.bare), "40000000-80000000 ram");
	assert_false(f.machine.acpi);
	fixture_free(&f);
	free(next);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&ram);
}

static void stub_trees_mean_acpi(void **state)
{
	char tree[4096];
	int node;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_true(tree_is_stub(tree, sizeof(tree)));
	node = fdt_add_subnode(tree, 0, "chosen");
	assert_true(node > 0 && tree_is_stub(tree, sizeof(tree)));
	assert_false(tree_has_efi(tree, sizeof(tree)));
	assert_null(tree_command_line(tree, sizeof(tree)));
	assert_int_equal(fdt_setprop_string(tree, node, "bootargs", "quiet"), 0);
	assert_int_equal(fdt_setprop_u64(tree, node, "linux,uefi-system-table", 5), 0);
	assert_true(tree_has_efi(tree, sizeof(tree)));
	assert_string_equal(tree_command_line(tree, sizeof(tree)), "quiet");
	/* Our own nodes are written anew, and do not count; others' do. */
	node = fdt_add_subnode(tree, 0, "reserved-memory");
	assert_true(node > 0 && tree_is_stub(tree, sizeof(tree)));
	assert_true(fdt_add_subnode(tree, node, "hwpoison@50000000") > 0);
	assert_true(tree_is_stub(tree, sizeof(tree)));
	node = fdt_path_offset(tree, "/reserved-memory");
	assert_true(fdt_add_subnode(tree, node, "ramoops@60000000") > 0);
	assert_false(tree_is_stub(tree, sizeof(tree)));
	assert_false(tree_is_stub("no tree at all, but long enough to hold a header of one", 56));
	assert_false(tree_is_stub(tree, 10));
}

static void wrong_files_are_refused(void **state)
{
	static const struct {
		const char *path, *text, *says; /* text NULL: removed */
	} cases[] = {
		{"proc/iomem", NULL, "cannot read"},
		{"proc/iomem", "", "is empty"},
		{"proc/iomem", "00000000-00000000 : System RAM\n", "every address as 0"},
		{"proc/iomem", "00001000-00001fff : Reserved\n", "has no \"System RAM\""},
		{"proc/iomem", "hello\n", "proc/iomem, line 1"},
		{"sys/firmware/memmap/1/end", NULL, "memmap/1"},
		{"sys/firmware/memmap/1/start", "0x1234567890123456789\n", "memmap/1"},
		{"machine.json", "{}", "has no \"arch\""},
		{"machine.json", "{", "machine.json: line 1"},
		{"machine.json", "{\"arch\":\"s390x\"}", "neither x86_64 nor arm64"},
		{"machine.json", "{\"arch\":\"x86_64\",\"page_size\":1}", "page_size"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct machine_fixture f;
		const char *said;
		int code;

		fixture_x86_64(&f);
		if (cases[i].text)
			fixture_text(&f, cases[i].path, cases[i].text);
		else
			fixture_remove(&f, cases[i].path);
		capture_start();
		code = fixture_read(&f);
		said = capture_stop();
		assert_int_equal(code, EXIT_USAGE);
		assert_non_null(strstr(said, cases[i].says));
		fixture_free(&f);
	}
}

static void an_unnamed_snapshot_is_guessed(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	fixture_remove(&f, "machine.json");
	assert_int_equal(fixture_read(&f), 0);
	assert_ptr_equal(f.machine.arch, &arch_x86_64);
	assert_true(fixture_warned(&f, "no machine.json: taken for x86_64"));
	fixture_free(&f);

	fixture_arm64(&f);
	fixture_remove(&f, "machine.json");
	capture_start();
	assert_int_equal(fixture_read(&f), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "no machine.json says which architecture"));
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_64_takes_the_firmware_map),
		cmocka_unit_test(x86_64_carries_every_type),
		cmocka_unit_test(x86_64_falls_back_to_iomem),
		cmocka_unit_test(add_efi_memmap_means_iomem),
		cmocka_unit_test(arm64_takes_iomem),
		cmocka_unit_test(arm64_restores_what_was_carried),
		cmocka_unit_test(stub_trees_mean_acpi),
		cmocka_unit_test(wrong_files_are_refused),
		cmocka_unit_test(an_unnamed_snapshot_is_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
