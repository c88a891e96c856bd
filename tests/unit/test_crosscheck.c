/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's counters and its offline memory blocks, against what was found: they warn when they
 * know of more, and are quiet when they agree, know of less, or are not there. */
#include "kexec/crosscheck.h"
#include "kexec/learn.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

static void counted(const char *corrupted, const char *failures, uint64_t flagged, bool scanned,
		    const char *warning)
{
	struct machine_fixture f;
	struct learnt learnt = {.scanned = scanned, .flagged_bytes = flagged};
	struct hwpoison_map blocks = {0};

	fixture_x86_64(&f);
	if (corrupted)
		fixture_text(&f, "proc/meminfo", corrupted);
	if (failures) {
		fixture_text(&f, "sys/devices/system/node/node0/memory_failure/total", failures);
		fixture_text(&f, "sys/devices/system/node/node1/memory_failure/total", "1\n");
		fixture_text(&f, "sys/devices/system/node/nodes/memory_failure/total", "99\n");
	}
	assert_int_equal(fixture_read(&f), 0);
	crosscheck_warn(&f.machine, &learnt, &blocks, false, &f.warnings);
	assert_int_equal(f.warnings.count, warning ? 1 : 0);
	if (warning)
		assert_true(fixture_warned(&f, warning));
	fixture_free(&f);
}

static void counters_warn_of_more(void **state)
{
	(void)state;
	counted(NULL, NULL, 0, true, NULL);
	counted("HardwareCorrupted:     0 kB\n", NULL, 0, true, NULL);
	counted("MemTotal: 1 kB\nHardwareCorrupted:     8 kB\n", NULL, 8192, true, NULL);
	counted("HardwareCorrupted:     4 kB\n", NULL, 2 << 20, true, NULL);
	counted("HardwareCorrupted:    12 kB\n", NULL, 8192, true,
		"counts 12 KiB as HardwareCorrupted, and /proc/kpageflags shows 8 KiB");
	counted("HardwareCorrupted:     4 kB\n", NULL, 0, false, "shows 0 bytes");
	counted("HardwareCorrupted: many kB\n", NULL, 0, true, NULL);
	counted(NULL, "1\n", 8192, true, NULL);
	counted(NULL, "2\n", 8192, true, "counts 3 memory failures");
	counted(NULL, "x\n", 4096, true, NULL);
}

static void blocks(const char *size, const char *expected)
{
	struct machine_fixture f;
	struct hwpoison_map found = {0};

	fixture_x86_64(&f);
	fixture_text(&f, "sys/devices/system/memory/block_size_bytes", size);
	fixture_text(&f, "sys/devices/system/memory/memory0/state", "online\n");
	fixture_text(&f, "sys/devices/system/memory/memory1/state", "offline\n");
	fixture_text(&f, "sys/devices/system/memory/memory2/state", "offline\n");
	fixture_text(&f, "sys/devices/system/memory/memory4/state", "going-offline\n");
	fixture_text(&f, "sys/devices/system/memory/memory7/state", "offline\n");
	fixture_text(&f, "sys/devices/system/memory/memory9/state", "offline\n");
	fixture_text(&f, "sys/devices/system/memory/memory99999999999999999999/state", "offline\n");
	fixture_text(&f, "sys/devices/system/memory/memoryx/state", "offline\n");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(offline_blocks_find(&f.machine, &found), 0);
	assert_string_equal(map_words(&found), expected);
	hwpoison_map_free(&found);
	fixture_free(&f);
}

static void offline_blocks_are_found(void **state)
{
	(void)state;
	/* Of the ninth there is no RAM, and of all only what would be RAM. */
	blocks("8000000\n", "8000000-18000000 ram, 38000000-40000000 ram");
	blocks("10000\n", "10000-30000 ram, 70000-80000 ram, 90000-9fc00 ram");
	blocks("0\n", "");
	blocks("", "");
	blocks("ffffffffffffffff\n", "");
}

static void offline_blocks_are_named(void **state)
{
	struct machine_fixture f;
	struct learnt learnt = {.scanned = true};
	struct hwpoison_map offline = {0};

	(void)state;
	fixture_x86_64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(hwpoison_map_add(&offline, 0x8000000, 0x10000000, HWPOISON_RAM), 0);
	crosscheck_warn(&f.machine, &learnt, &offline, true, &f.warnings);
	assert_int_equal(f.warnings.count, 0);
	crosscheck_warn(&f.machine, &learnt, &offline, false, &f.warnings);
	assert_int_equal(f.warnings.count, 1);
	assert_true(fixture_warned(&f, "0x8000000-0xfffffff (128 MiB) is offline"));
	assert_true(fixture_warned(&f, "--hwpoison-offline-blocks"));
	hwpoison_map_free(&offline);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_warn_of_more),
		cmocka_unit_test(offline_blocks_are_found),
		cmocka_unit_test(offline_blocks_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
