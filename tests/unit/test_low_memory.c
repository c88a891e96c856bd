/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decompressor's pages below 1 MiB, with bad frames where they would be, and the warnings of bad
 * frames that any kernel reads on machines without EFI.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/failure.h"
#include "tests/unit/capture.h"
#include "tests/unit/plan_fixture.h"

#define MAP "0-9fc00 ram, 9fc00-a0000 reserved, 100000-80000000 ram, 100000000-110000000 ram"

static bool warned(const struct plan *plan, const char *words)
{
	for (size_t i = 0; i < plan->warnings.count; i++) {
		if (strstr(plan->warnings.lines[i], words))
			return true;
	}
	return false;
}

static void test_low_memory(void **state)
{
	static const struct {
		const char *frames;
		bool efi;
		uint64_t trampoline;
		const char *warning;
	} cases[] = {
		{"", false, 0x9d000, NULL},
		{"9f000-a0000", false, 0x9d000, "0x9f000 lies where"},
		{"9e000-9f000", false, 0x9c000, "0x9e000 lies where"},
		{"9d000-9e000", true, 0x9b000, NULL},
		{"9c000-9d000", true, 0x9d000, NULL},
		{"0-1000", false, 0x9d000, "BIOS data area"},
		{"0-1000", true, 0x9d000, NULL},
		{"e8000-e9000", false, 0x9d000, "DMI"},
		{"2000-9f000", true, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan_fixture fixture;

		plan_fixture_start(&fixture, MAP, cases[i].frames);
		if (cases[i].efi)
			plan_fixture_efi(&fixture);
		assert_int_equal(arch_x86_64.place(&fixture.plan), 0);
		assert_int_equal(plan_check(&fixture.plan), 0);
		assert_int_equal(fixture.plan.areas[0].start, cases[i].trampoline);
		assert_int_equal(fixture.plan.areas[0].end, cases[i].trampoline + 0x2000);
		assert_int_equal(fixture.plan.warnings.count, cases[i].warning != NULL);
		assert_true(!cases[i].warning || warned(&fixture.plan, cases[i].warning));
		plan_fixture_free(&fixture);
	}
}

static void test_low_memory_gone(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	plan_fixture_start(&fixture, MAP, "1000-9f000");
	capture_start();
	assert_int_equal(arch_x86_64.place(&fixture.plan), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "no two pages of good RAM"));
	plan_fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_low_memory),
		cmocka_unit_test(test_low_memory_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
