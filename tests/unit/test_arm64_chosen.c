/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of the device tree beside the bad frames: /chosen's leftovers, EFI in a tree of
 * somebody else's, memory nodes, seeds, and the tree that is found. Everything that is not named here must stay as it was.
 */
#include "kexec/arch/arm64/chosen.h"
#include "kexec/tree_memory.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/tree.h"

static void assert_chosen(struct arm64_fixture *f, const char *name, const void *value, int length)
{
	int found;
	const void *bytes = arm64_chosen(f, name, &found);

	if (!value) {
		assert_null(bytes);
		return;
	}
	assert_non_null(bytes);
	assert_int_equal(found, length);
	assert_memory_equal(bytes, value, (size_t)length);
}

static void assert_chosen_text(struct arm64_fixture *f, const char *name, const char *text)
{
	assert_chosen(f, name, text, (int)strlen(text) + 1);
}

static bool has_entry(const void *tree, uint64_t base, uint64_t size)
{
	uint64_t start, length;

	for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
		if (fdt_get_mem_rsv(tree, i, &start, &length) == 0 && start == base &&
		    length == size)
			return true;
	}
	return false;
}

static void test_leftovers(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "50000000-50001000");
	arm64_places(&f);
	for (size_t i = 0; chosen_leftovers[i]; i++)
		assert_chosen(&f, chosen_leftovers[i], NULL, 0);
	assert_chosen_text(&f, "bootargs", "quiet");
	assert_chosen_text(&f, "vendor,thing", "as it is");
	/* What reserved the old initrd goes with it, and nothing else does. */
	assert_false(has_entry(f.plan.next_dtb, 0x7c000000, 0x5123));
	assert_true(has_entry(f.plan.next_dtb, 0x7d000000, 0x1000));
	arm64_fixture_free(&f);
}

/* A frame that went bad in an old initrd's memory must be told: the entry there is gone. */
static void test_frame_in_old_initrd(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "7c001000-7c002000");
	arm64_places(&f);
	assert_true(fdt_path_offset(f.plan.next_dtb, "/reserved-memory/hwpoison@7c001000") > 0);
	arm64_fixture_free(&f);
}

static void test_measurements(void **state)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x60000000, 0x3000, 0x61000000, 0x3000, 0, 0});

	(void)state;
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "linux,ima-kexec-buffer", (uint64_t[]){0x61000000, 0x3000}, 2);
	OK(fdt_end_node(tree));
	tree_end(tree);
	OK(chosen_clean(tree));
	assert_true(has_entry(tree, 0x60000000, 0x3000));
	assert_false(has_entry(tree, 0x61000000, 0x3000));
	free(tree);
}

/* Without a line of our own the old one stays, as with kexec-tools. */
static void test_command_line(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	f.files.options.append = NULL;
	arm64_places(&f);
	assert_chosen_text(&f, "bootargs", "old line");
	f.files.options.append = "";
	arm64_places(&f);
	assert_chosen_text(&f, "bootargs", "old line");
	arm64_fixture_free(&f);
}

static void test_initrd(void **state)
{
	struct arm64_fixture f;
	fdt64_t start, end;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI, "50000000-50001000");
	f.files.options.initrd = arm64_fixture_file(&f, "initrd", "0123456789", 10);
	arm64_places(&f);
	start = cpu_to_fdt64(arm64_start(&f, "initrd"));
	end = cpu_to_fdt64(arm64_start(&f, "initrd") + 10);
	assert_chosen(&f, "linux,initrd-start", &start, 8);
	assert_chosen(&f, "linux,initrd-end", &end, 8);
	/* ACPI: no node beside /chosen, or Linux would believe in the tree. */
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_RESERVE);
	assert_true(fdt_path_offset(f.plan.next_dtb, "/reserved-memory") < 0);
	assert_true(has_entry(f.plan.next_dtb, 0x50000000, 0x1000));
	arm64_fixture_free(&f);
}

/* New ones each time; none that anybody could know from a dry run. */
static void test_seeds(void **state)
{
	static const uint8_t zero[CHOSEN_RNG_SEED_SIZE];
	uint8_t first[CHOSEN_KASLR_SEED_SIZE];
	struct arm64_fixture f;
	int length;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	arm64_places(&f);
	memcpy(first, arm64_chosen(&f, "kaslr-seed", &length), sizeof(first));
	assert_int_equal(length, sizeof(first));
	assert_memory_not_equal(first, zero, sizeof(first));
	assert_memory_not_equal(arm64_chosen(&f, "rng-seed", &length), zero, sizeof(zero));
	assert_int_equal(length, sizeof(zero));
	arm64_places(&f);
	assert_memory_not_equal(arm64_chosen(&f, "kaslr-seed", &length), first, sizeof(first));
	f.files.options.action = ACTION_DRY_RUN;
	arm64_places(&f);
	assert_chosen(&f, "kaslr-seed", zero, CHOSEN_KASLR_SEED_SIZE);
	assert_chosen(&f, "rng-seed", zero, CHOSEN_RNG_SEED_SIZE);
	arm64_fixture_free(&f);
}

/* Somebody else's tree on a machine with EFI: what hands EFI over is carried into it. */
static void test_efi_carried(void **state)
{
	void *tree = tree_end(tree_begin(2, 2, NULL));
	fdt64_t table = cpu_to_fdt64(0x7fff0018);
	fdt32_t secure = cpu_to_fdt32(2);
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "50000000-50001000");
	f.files.options.dtb = arm64_fixture_file(&f, "own.dtb", tree, fdt_totalsize(tree));
	arm64_places(&f);
	assert_chosen(&f, "linux,uefi-system-table", &table, 8);
	assert_chosen(&f, "linux,uefi-secure-boot", &secure, 4);
	/* Nothing but EFI: seeds and the line are new, the machine's own things are its tree's. */
	assert_chosen(&f, "vendor,thing", NULL, 0);
	assert_true(fdt_path_offset(f.plan.next_dtb, "/memory@40000000") < 0);
	free(tree);
	arm64_fixture_free(&f);
}

static void assert_memory(struct arm64_fixture *f, const char *words)
{
	struct hwpoison_map memory = {0};

	assert_int_equal(tree_memory_list(f->plan.next_dtb, &memory), 0);
	assert_string_equal(map_words(&memory), words);
	hwpoison_map_free(&memory);
}

/* Without EFI a tree must have memory; one that has none gets the machine's. */
static void test_memory_made(void **state)
{
	void *empty = tree_end(tree_begin(2, 2, NULL)), *zero = tree_begin(2, 1, NULL);
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "50000000-50001000");
	f.files.options.dtb = arm64_fixture_file(&f, "own.dtb", empty, fdt_totalsize(empty));
	arm64_places(&f);
	assert_memory(&f, "40000000-7e000000 ram, 7e100000-80000000 ram");
	assert_true(arm64_warned(&f, "own.dtb has no memory"));
	/* One that a boot loader was to fill in, in cells of its own. */
	OK(fdt_begin_node(zero, "memory"));
	OK(fdt_property_string(zero, "device_type", "memory"));
	put_words(zero, "reg", (uint32_t[]){0, 0, 0}, 3);
	OK(fdt_end_node(zero));
	tree_end(zero);
	f.files.options.dtb = arm64_fixture_file(&f, "zero.dtb", zero, fdt_totalsize(zero));
	arm64_places(&f);
	assert_memory(&f, "40000000-7e000000 ram, 7e100000-80000000 ram");
	assert_true(fdt_path_offset(f.plan.next_dtb, "/memory") > 0);
	assert_true(fdt_path_offset(f.plan.next_dtb, "/memory@40000000") < 0);
	/* RAM past 4 GiB does not go into one cell. */
	fixture_text(&f.files, "proc/iomem", "140000000-17fffffff : System RAM\n");
	free(zero);
	zero = tree_end(tree_begin(1, 1, NULL));
	f.files.options.dtb = arm64_fixture_file(&f, "narrow.dtb", zero, fdt_totalsize(zero));
	hwpoison_frames_free(&f.frames);
	arm64_refuses(&f, "cannot express this machine's");
	free(zero);
	free(empty);
	arm64_fixture_free(&f);
}

/* Which nodes Linux takes for memory, and which of their ranges. */
static void test_memory_list(void **state)
{
	struct hwpoison_map memory = {0};
	void *tree = tree_begin(2, 1, NULL);

	(void)state;
	OK(fdt_begin_node(tree, "memory@40000000"));
	OK(fdt_property_string(tree, "device_type", "memory"));
	put_words(tree, "reg",
		  (uint32_t[]){0, 0x40000800, 0x100000, 1, 0, 0x2000, 0, 0x50000000, 0}, 9);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "memory@60000000"));
	OK(fdt_property_string(tree, "device_type", "memory"));
	OK(fdt_property_string(tree, "status", "disabled"));
	put_words(tree, "reg", (uint32_t[]){0, 0x60000000, 0x100000}, 3);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "memory@70000000"));
	OK(fdt_property_string(tree, "device_type", "memory"));
	put_words(tree, "reg", (uint32_t[]){0, 0x70000000, 0x100000}, 3);
	put_words(tree, "linux,usable-memory", (uint32_t[]){0, 0x70010000, 0x10000}, 3);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "flash@8000000"));
	put_words(tree, "reg", (uint32_t[]){0, 0x8000000, 0x100000}, 3);
	OK(fdt_end_node(tree));
	tree_end(tree);
	assert_int_equal(tree_memory_list(tree, &memory), 0);
	assert_string_equal(map_words(&memory),
			    "40001000-40100000 ram, 70010000-70020000 ram, 100000000-100002000 ram");
	hwpoison_map_free(&memory);
	free(tree);
}

/* A user's tree reserves what is RAM of this machine: a frame there is kept out already. */
static void test_others_reserve(void **state)
{
	void *tree = arm64_tree_make(ARM64_TREE);
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "7e000000-7e001000, 50000000-50001000");
	fixture_text(&f.files, "proc/iomem", "40000000-7fffffff : System RAM\n");
	f.files.options.dtb = arm64_fixture_file(&f, "own.dtb", tree, fdt_totalsize(tree));
	arm64_places(&f);
	assert_int_equal(f.plan.outcome.entries, 1);
	free(tree);
	arm64_fixture_free(&f);
}

static void test_bad_trees(void **state)
{
	void *tree = tree_end(tree_begin(2, 2, NULL));
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	f.files.options.dtb = "/nonexistent/own.dtb";
	arm64_refuses(&f, "--dtb=/nonexistent/own.dtb: No such file");
	f.files.options.dtb = arm64_fixture_file(&f, "text.dtb", "/dts-v1/;", 9);
	arm64_refuses(&f, "text.dtb is no device tree that can be read");
	f.files.options.dtb = arm64_fixture_file(&f, "cut.dtb", tree, fdt_totalsize(tree) - 4);
	arm64_refuses(&f, "cut.dtb is no device tree that can be read");
	f.files.options.dtb = NULL;
	fixture_remove(&f.files, "sys/firmware/fdt");
	arm64_refuses(&f, "sys/firmware/fdt is not there: name the device tree with --dtb");
	free(tree);
	arm64_fixture_free(&f);
}

/* A tree of more than 2 MiB is not loaded, nor one that grows to be. */
static void test_too_large(void **state)
{
	size_t size = (2 << 20) - 4096;
	void *tree = calloc(1, 2 << 20), *filler = calloc(1, size);
	struct arm64_fixture f;

	(void)state;
	OK(fdt_create_empty_tree(tree, 2 << 20));
	OK(fdt_setprop(tree, 0, "filler", filler, (int)size));
	arm64_fixture_start(&f, ARM64_EFI_TREE, "");
	f.files.options.append = NULL;
	f.files.options.dtb = arm64_fixture_file(&f, "large.dtb", tree, 2 << 20);
	arm64_places(&f);
	f.files.options.append = filler;
	memset(filler, 'x', 2047);
	arm64_places(&f);
	OK(fdt_setprop(tree, 0, "filler2", filler, 2500));
	f.files.options.dtb = arm64_fixture_file(&f, "large.dtb", tree, 2 << 20);
	f.files.options.preserve = false;
	arm64_refuses(&f, "Linux takes 2 MiB");
	free(tree);
	free(filler);
	arm64_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leftovers),      cmocka_unit_test(test_frame_in_old_initrd),
		cmocka_unit_test(test_measurements),   cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_initrd),	       cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_efi_carried),    cmocka_unit_test(test_memory_made),
		cmocka_unit_test(test_others_reserve), cmocka_unit_test(test_bad_trees),
		cmocka_unit_test(test_too_large),      cmocka_unit_test(test_memory_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
