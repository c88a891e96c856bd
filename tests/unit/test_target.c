/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next kernel bears, from its release, its image and its config, by the rules of each
 * architecture. */
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
	struct target target = {0};
	char path[128];

	(void)state;
	fixture_x86_64(&f);
	fixture_text(&f, "boot/config-6.1.0-40",
		     "CONFIG_X86_64=y\nCONFIG_NUMA=y\n"
		     "CONFIG_NODES_SHIFT=6\n");
	fixture_text(&f, "boot/vmlinuz-7.2.0", "");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(target_find(&f.machine, &f.options, NULL, &target, &f.warnings), 0);
	assert_string_equal(target.release, "6.1.0-40");
	assert_string_equal(target.version_from, "the running kernel");
	assert_int_equal(target.max_entries, 320);
	assert_true(target.max_ram_regions == HWPOISON_NO_LIMIT);
	assert_non_null(strstr(target.config_from, "/boot/config-6.1.0-40"));

	snprintf(path, sizeof(path), "%s/boot/vmlinuz-7.2.0", f.root);
	image.path = path;
	strcpy(image.release, "7.2.0");
	assert_int_equal(target_find(&f.machine, &f.options, &image, &target, &f.warnings), 0);
	assert_string_equal(target.version_from, "its image");
	assert_int_equal(target.max_entries, 320);
	assert_string_equal(target.config_from, "");
	assert_int_equal(target.max_ram_regions, 120);

	fixture_text(&f, "boot/config-7.2.0", config);
	assert_int_equal(target_find(&f.machine, &f.options, &image, &target, &f.warnings), 0);
	assert_int_equal(target.max_entries, 3200);
	assert_non_null(strstr(target.config_from, "/boot/config-7.2.0"));
	/* What the user says goes before all. */
	f.options.max_entries = 5;
	f.options.max_regions = 6;
	assert_int_equal(target_find(&f.machine, &f.options, &image, &target, &f.warnings), 0);
	assert_int_equal(target.max_entries, 5);
	assert_int_equal(target.max_ram_regions, 6);
	fixture_free(&f);
}

static void pages_are_the_next_kernels(void **state)
{
	struct machine_fixture f;
	struct image image = {.page_size = 65536};
	struct target target = {0};

	(void)state;
	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(target_find(&f.machine, &f.options, &image, &target, &f.warnings), 0);
	assert_int_equal(target.page_size, 65536);
	assert_true(fixture_warned(&f, "65536-byte pages"));
	image.page_size = 0;
	assert_int_equal(target_find(&f.machine, &f.options, &image, &target, &f.warnings), 0);
	assert_int_equal(target.page_size, 4096);
	fixture_free(&f);
}

#define TABLES "CONFIG_EFI=y\nCONFIG_ARM_GIC_V3_ITS=y\n"

static size_t arm64_ranges(const char *release, const char *text, bool reserve)
{
	struct machine_fixture f;
	struct target target = {.reserve_way = reserve};
	size_t ranges;

	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	release_parse(release, &target.version, &target.patchlevel);
	arch_arm64.limits(&f.machine, &f.options, text, &target);
	ranges = target.max_ranges;
	fixture_free(&f);
	return ranges;
}

static void arm64_counts_what_memblock_holds(void **state)
{
	(void)state;
	assert_int_equal(arm64_ranges("7.2", NULL, false), 450);
	assert_int_equal(arm64_ranges("7.2", "CONFIG_ARM64=y\n# CONFIG_EFI is not set\n", false),
			 51);
	assert_int_equal(arm64_ranges("7.2", NULL, true), 560);
	assert_int_equal(arm64_ranges("6.12", NULL, true), 560);
	assert_int_equal(arm64_ranges("6.1", NULL, true), 304);
	assert_int_equal(arm64_ranges("6.1", TABLES "CONFIG_NR_CPUS=64\n", true), 112);
	assert_int_equal(arm64_ranges("7.2", TABLES "CONFIG_NR_CPUS=4096\n", true), 560);
	/* Without either word there is no room for tables of processors. */
	assert_int_equal(arm64_ranges("7.2", "CONFIG_EFI=y\nCONFIG_NR_CPUS=512\n", true), 47);
	assert_int_equal(arm64_ranges("7.2", "CONFIG_ARM_GIC_V3_ITS=y\nCONFIG_NR_CPUS=512\n", true),
			 47);
}

/* On a machine with EFI each processor's table has a region of the room that is there for them. */
static void arm64_leaves_room_for_tables(void **state)
{
	struct machine_fixture f;
	struct target target = {.reserve_way = true, .version = 6, .patchlevel = 12};

	(void)state;
	fixture_arm64(&f);
	assert_int_equal(fixture_read(&f), 0);
	f.machine.cpus = 256;
	f.machine.efi = false;
	arch_arm64.limits(&f.machine, &f.options, NULL, &target);
	assert_int_equal(target.max_ranges, 560);
	f.machine.efi = true;
	arch_arm64.limits(&f.machine, &f.options, NULL, &target);
	assert_int_equal(target.max_ranges, 641 - 79 - 257);
	f.machine.cpus = 1024;
	arch_arm64.limits(&f.machine, &f.options, NULL, &target);
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
		cmocka_unit_test(arm64_counts_what_memblock_holds),
		cmocka_unit_test(arm64_leaves_room_for_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
