/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next kernel bears, from its release, its image and its config, by the rules of each
 * architecture. */
#include <libfdt.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/target.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

static const char config[] = "# comment CONFIG_NODES_SHIFT=3\n"
			     "CONFIG_X86_64=y\n"
			     "CONFIG_NUMA=y\n"
			     "CONFIG_MY_NODES_SHIFT=4\n"
			     "CONFIG_NODES_SHIFT=10\n"
			     "CONFIG_MODULE=m\n"
			     "CONFIG_TEXT=\"y\"";

static void configs_are_read(void **state)
{
	unsigned long number = 0;

	(void)state;
	assert_true(config_number(config, "CONFIG_NODES_SHIFT", &number));
	assert_int_equal(number, 10);
	assert_false(config_number(config, "CONFIG_NODES", &number));
	assert_false(config_number(config, "CONFIG_NUMA", &number));
	assert_false(config_number("CONFIG_A=99999999999999999999\n", "CONFIG_A", &number));
	assert_false(config_number("CONFIG_A=5x\n", "CONFIG_A", &number));
	assert_false(config_number("", "CONFIG_A", &number));
	assert_true(config_enabled(config, "CONFIG_NUMA"));
	assert_false(config_enabled(config, "CONFIG_MODULE"));
	assert_false(config_enabled(config, "CONFIG_TEXT"));
	assert_false(config_enabled("CONFIG_A=yes\n", "CONFIG_A"));
	assert_true(config_enabled("CONFIG_A=y", "CONFIG_A"));
}

static void releases_are_parsed(void **state)
{
	static const struct {
		const char *text;
		unsigned int version, patchlevel;
	} cases[] = {
		{"6.12.107+deb13-amd64", 6, 12},
		{"7.2", 7, 2},
		{"5.10.0", 5, 10},
		{"", 0, 0},
		{"six", 0, 0},
		{"6", 0, 0},
		{"6.x", 0, 0},
		{"v6.1", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned int version = 9, patchlevel = 9;

		release_parse(cases[i].text, &version, &patchlevel);
		assert_int_equal(version, cases[i].version);
		assert_int_equal(patchlevel, cases[i].patchlevel);
	}
}

/* The image's own release and the config beside it go before the running kernel's. */
static void the_image_goes_first(void **state)
{
	struct machine_fixture f;
	struct image image = {0};
	struct plan plan = {.machine = &f.machine, .options = &f.options};
	struct target *target = &plan.target;
	char path[128];

	(void)state;
	fixture_x86_64(&f);
	fixture_text(&f, "boot/config-6.1.0-40",
		     "CONFIG_X86_64=y\nCONFIG_NUMA=y\n"
		     "CONFIG_NODES_SHIFT=6\n");
	fixture_text(&f, "boot/vmlinuz-7.2.0", "");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(target_find(&plan), 0);
	assert_string_equal(target->release, "6.1.0-40");
	assert_string_equal(target->version_from, "the running kernel");
	assert_int_equal(target->max_entries, 320);
	assert_true(target->max_ram_regions == HWPOISON_NO_LIMIT);
	assert_non_null(strstr(target->config_from, "/boot/config-6.1.0-40"));

	snprintf(path, sizeof(path), "%s/boot/vmlinuz-7.2.0", f.root);
	image.path = path;
	strcpy(image.release, "7.2.0");
	plan.image = &image;
	assert_int_equal(target_find(&plan), 0);
	assert_string_equal(target->version_from, "its image");
	assert_int_equal(target->max_entries, 320);
	assert_string_equal(target->config_from, "");
	assert_int_equal(target->max_ram_regions, 120);

	fixture_text(&f, "boot/config-7.2.0", config);
	assert_int_equal(target_find(&plan), 0);
	assert_int_equal(target->max_entries, 3200);
	assert_non_null(strstr(target->config_from, "/boot/config-7.2.0"));
	/* What the user says goes before all. */
	f.options.max_entries = 5;
	f.options.max_regions = 6;
	assert_int_equal(target_find(&plan), 0);
	assert_int_equal(target->max_entries, 5);
	assert_int_equal(target->max_ram_regions, 6);
	fixture_free(&f);
}

static void pages_are_the_next_kernels(void **state)
{
	struct machine_fixture f;
	struct image image = {.page_size = 65536};
	struct plan plan = {.machine = &f.machine, .options = &f.options, .image = &image};

	(void)state;
	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(target_find(&plan), 0);
	assert_int_equal(plan.target.page_size, 65536);
	assert_int_equal(plan.warnings.count, 1);
	assert_non_null(strstr(plan.warnings.lines[0], "65536-byte pages"));
	image.page_size = 0;
	assert_int_equal(target_find(&plan), 0);
	assert_int_equal(plan.target.page_size, 4096);
	warnings_free(&plan.warnings);
	fixture_free(&f);
}

#define TABLES "CONFIG_EFI=y\nCONFIG_ARM_GIC_V3_ITS=y\n"

/* What a kernel with this config bears; NULL: there is none. */
static size_t arm64_ranges(const struct plan *like, const char *release, const char *text)
{
	struct machine_fixture f;
	struct target target = {0};
	struct plan plan = *like;

	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	plan.machine = &f.machine;
	plan.options = &f.options;
	release_parse(release, &target.version, &target.patchlevel);
	arch_arm64.limits(&plan, text, &target);
	fixture_free(&f);
	return target.max_ranges;
}

static void arm64_nodes_are_what_memblock_holds(void **state)
{
	struct image image = {.arm64.efi = true};
	struct plan plan = {.fdt_way = HWPOISON_FDT_NODES}, efi = {.fdt_way = HWPOISON_FDT_EFI};

	(void)state;
	assert_int_equal(arm64_ranges(&plan, "7.2", NULL), 450);
	assert_int_equal(arm64_ranges(&efi, "7.2", NULL), 450);
	assert_int_equal(arm64_ranges(&plan, "7.2", "CONFIG_ARM64=y\n# CONFIG_EFI is not set\n"),
			 51);
	assert_int_equal(arm64_ranges(&plan, "6.0", NULL), 450);
	assert_int_equal(arm64_ranges(&plan, "5.15.0", NULL), 51);
	assert_int_equal(arm64_ranges(&efi, "5.15.0", TABLES), 51);
	plan.image = &image;
	assert_int_equal(arm64_ranges(&plan, "7.2", NULL), 450);
	/* Its first bytes tell, where there is no config. */
	image.arm64.efi = false;
	assert_int_equal(arm64_ranges(&plan, "7.2", NULL), 51);
}

static void arm64_entries_are_what_memblock_holds(void **state)
{
	struct image image = {.arm64.efi = false};
	struct plan plan = {.fdt_way = HWPOISON_FDT_RESERVE};

	(void)state;
	assert_int_equal(arm64_ranges(&plan, "7.2", NULL), 560);
	assert_int_equal(arm64_ranges(&plan, "6.12", NULL), 560);
	assert_int_equal(arm64_ranges(&plan, "6.1", NULL), 304);
	assert_int_equal(arm64_ranges(&plan, "6.1", TABLES "CONFIG_NR_CPUS=64\n"), 112);
	assert_int_equal(arm64_ranges(&plan, "7.2", TABLES "CONFIG_NR_CPUS=4096\n"), 560);
	/* Without either word there is no room for tables of processors. */
	assert_int_equal(arm64_ranges(&plan, "7.2", "CONFIG_EFI=y\nCONFIG_NR_CPUS=512\n"), 47);
	assert_int_equal(arm64_ranges(&plan, "7.2",
				      "CONFIG_ARM_GIC_V3_ITS=y\nCONFIG_NR_CPUS=512\n"),
			 47);
	plan.image = &image;
	assert_int_equal(arm64_ranges(&plan, "7.2", NULL), 47);
}

/* On a machine with EFI each processor's table has a region of the room that is there for them; what
 * the tree reserves for others takes some, too. */
static void arm64_leaves_room_for_others(void **state)
{
	struct machine_fixture f;
	struct target target = {.version = 6, .patchlevel = 12};
	struct plan plan = {.machine = &f.machine,
			    .options = &f.options,
			    .fdt_way = HWPOISON_FDT_RESERVE};
	char tree[4096];
	int reserved;

	(void)state;
	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	f.machine.cpus = 256;
	f.machine.efi = false;
	arch_arm64.limits(&plan, NULL, &target);
	assert_int_equal(target.max_ranges, 560);
	f.machine.efi = true;
	arch_arm64.limits(&plan, NULL, &target);
	assert_int_equal(target.max_ranges, 641 - 79 - 257);

	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(fdt_add_mem_rsv(tree, i << 20, 4096), 0);
	/* The first one is of an earlier kexec. */
	fdt_add_subnode(tree, 0, "chosen");
	fdt_appendprop_u64(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,reserve-entries",
			   1 << 20);
	fdt_appendprop_u64(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,reserve-entries",
			   4096);
	reserved = fdt_add_subnode(tree, 0, "reserved-memory");
	fdt_setprop_empty(tree, fdt_add_subnode(tree, reserved, "secret@40000000"), "no-map");
	fdt_add_subnode(tree, reserved, "shared@50000000");
	plan.base_dtb = tree;
	plan.base_dtb_size = sizeof(tree);
	arch_arm64.limits(&plan, NULL, &target);
	assert_int_equal(target.max_ranges, 641 - 79 - 257 - 3);

	f.machine.cpus = 1024;
	arch_arm64.limits(&plan, NULL, &target);
	assert_int_equal(target.max_ranges, 0);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configs_are_read),
		cmocka_unit_test(releases_are_parsed),
		cmocka_unit_test(the_image_goes_first),
		cmocka_unit_test(pages_are_the_next_kernels),
		cmocka_unit_test(arm64_nodes_are_what_memblock_holds),
		cmocka_unit_test(arm64_entries_are_what_memblock_holds),
		cmocka_unit_test(arm64_leaves_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
