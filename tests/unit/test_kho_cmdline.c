/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KHO and the next kernel's command line: kho=on is added where it has to be, and nowhere else; words
 * with which the next kernel would die are refused, but not when they are for init.
 */
#include <libfdt.h>

#include "kexec/arch.h"
#include "kexec/cmdline.h"
#include "kexec/kho/cmdline.h"
#include "tests/unit/capture.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/words.h"

#define MAP "0-9fc00 ram, 100000-40000000 ram"

static void start(struct plan_fixture *f)
{
	plan_fixture_start(f, MAP, "");
	f->plan.modes = MODE_KHO;
	f->plan.target.max_order = 10;
}

static void lines(const char *line, const char *made, const char *warning)
{
	struct plan_fixture f;

	start(&f);
	if (line)
		plan_fixture_command_line(&f, line);
	assert_int_equal(kho_command_line(&f.plan), 0);
	assert_string_equal(f.plan.command_line, made);
	assert_int_equal(f.plan.warnings.count, warning != NULL);
	if (warning && !strstr(f.plan.warnings.lines[0], warning))
		fail_msg("warned: %s", f.plan.warnings.lines[0]);
	plan_fixture_free(&f);
}

static void test_command_line(void **state)
{
	struct plan_fixture f;

	(void)state;
	lines(NULL, "kho=on", NULL);
	lines("", "kho=on", NULL);
	lines("quiet", "quiet kho=on", NULL);
	lines("quiet kho=on", "quiet kho=on", NULL);
	lines("kho=1 quiet", "kho=1 quiet", NULL);
	lines("kho=off", "kho=off", "kho=off");
	lines("kho=on kho=0", "kho=on kho=0", "kho=0");
	lines("kho=\"off\"", "kho=\"off\"", "kho=off");
	lines("\"kho=off\"", "\"kho=off\"", "kho=off");
	lines("kho=disabled", "kho=disabled", "kho=disabled");
	lines("kho=on kho=off kho=on", "kho=on kho=off kho=on", NULL);
	/* kstrtobool() makes nothing of these: what is said otherwise counts. */
	lines("kho=maybe", "kho=maybe kho=on", NULL);
	lines("kho=", "kho= kho=on", NULL);
	lines("kho=0 kho=o", "kho=0 kho=o", "kho=0");
	lines("quiet -- kho=off", "quiet kho=on -- kho=off", NULL);
	lines("x=\"y z", "kho=on x=\"y z", NULL);
	lines("notkho=off", "notkho=off kho=on", NULL);
	lines("hugepagesz=2M hugepages=4", "hugepagesz=2M hugepages=4 kho=on", NULL);
	lines("log-buf-len=1G", "log-buf-len=1G kho=on", "log_buf_len=1G");
	lines("cma=64M", "cma=64M kho=on", "cma=64M");
	lines("hugepagesz=1G", "hugepagesz=1G kho=on", NULL);
	lines("hugepagesz=1G hugepages=0 hugetlb_cma=0",
	      "hugepagesz=1G hugepages=0 hugetlb_cma=0 kho=on", NULL);
	lines("default_hugepagesz=1G hugepagesz=2M hugepages=4",
	      "default_hugepagesz=1G hugepagesz=2M hugepages=4 kho=on", NULL);
	lines("hugepagesz=1G hugepagesz=2M hugepages=4",
	      "hugepagesz=1G hugepagesz=2M hugepages=4 kho=on", NULL);
	lines("hugepages=4", "hugepages=4 kho=on", NULL);
	lines("crashkernel=1G,high", "crashkernel=1G,high kho=on", NULL);
	lines("mem=nopentium memtest=0", "mem=nopentium memtest=0 kho=on", NULL);
	lines("crashkernel=64M@16M", "crashkernel=64M@16M kho=on", "crashkernel=64M@16M");
	lines("x=\"-- mem=1G\" y", "x=\"-- mem=1G\" y kho=on", NULL);
	/* On by default: nothing has to be said. */
	start(&f);
	plan_fixture_command_line(&f, "quiet");
	f.plan.target.handover_on = CONFIG_YES;
	assert_int_equal(kho_command_line(&f.plan), 0);
	assert_string_equal(f.plan.command_line, "quiet");
	plan_fixture_free(&f);
}

/* A kernel that shows nothing of what it was handed, and one that nothing is known of. */
static void test_not_shown(void **state)
{
	static const enum config_answer answers[] = {CONFIG_NO, CONFIG_UNKNOWN, CONFIG_YES};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct plan_fixture f;

		start(&f);
		plan_fixture_command_line(&f, "quiet");
		f.plan.target.handover_shown = answers[i];
		assert_int_equal(kho_command_line(&f.plan), 0);
		assert_int_equal(f.plan.warnings.count, answers[i] == CONFIG_NO);
		if (f.plan.warnings.count)
			assert_non_null(strstr(f.plan.warnings.lines[0], "HANDOVER_DEBUGFS"));
		plan_fixture_free(&f);
	}
}

static void test_command_line_refused(void **state)
{
	static const struct {
		const char *words, *said;
	} rows[] = {
		{"mem=1G", "mem=1G"},
		{"memmap=4K$0x1000", "memmap=4K$0x1000"},
		{"memtest", "memtest"},
		{"memtest=4", "memtest=4"},
		{"movable_node", "movable_node"},
		{"movable_node=1", "movable_node=1"},
		{"movable-node", "movable_node"},
		{"\"mem=1G\"", "mem=1G"},
		{"mem=\"1G\"", "mem=1G"},
		{"mem=1G mem=nopentium", "mem=1G"},
		/* What eats scratch memory before there are struct pages. */
		{"hugepagesz=1G hugepages=4", "hugepages=4"},
		{"hugepagesz=1024M hugepages=4", "hugepages=4"},
		{"hugepagesz=1048576K hugepages=0:2,1:2", "hugepages=0:2,1:2"},
		{"hugepagesz=0x40000000 hugepages=4", "hugepages=4"},
		{"hugepagesz=1G hugepages=4 hugepagesz=2M", "hugepages=4"},
		{"hugepagesz=2M hugepages=8 hugepagesz=1G hugepages=4", "hugepages=4"},
		{"hugepagesz=\"1G\" \"hugepages=4\"", "hugepages=4"},
		{"hugepagesz=32M hugepages=4", "hugepages=4"},
		{"default_hugepagesz=1G hugepages=4", "hugepages=4"},
		{"default-hugepagesz=1G hugepages=4", "hugepages=4"},
		{"hugepages=4 default_hugepagesz=1G", "hugepages=4"},
		{"hugepages=4 hugepagesz=2M default_hugepagesz=1G", "hugepages=4"},
		{"hugetlb_cma=2G", "hugetlb_cma=2G"},
		{"hugetlb_cma=0:1G,1:1G", "hugetlb_cma=0:1G,1:1G"},
		{"crashkernel=512M,cma", "crashkernel=512M,cma"},
		{"crashkernel=256M crashkernel=512M,cma", "crashkernel=512M,cma"},
		{"crashkernel=512M,cma crashkernel=256M", "crashkernel=512M,cma"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct plan_fixture f;
		char line[96];
		const char *said;
		int code;

		start(&f);
		/* More of it makes none of them safe. */
		f.options.kho_scratch = i % 2 ? UINT64_C(1) << 32 : 0;
		snprintf(line, sizeof(line), "quiet %s", rows[i].words);
		plan_fixture_command_line(&f, line);
		capture_start();
		code = kho_command_line(&f.plan);
		said = capture_stop();
		if (code != EXIT_USAGE || !strstr(said, rows[i].said))
			fail_msg("%s: %d, %s", rows[i].words, code, said);
		/* For init, and not for the kernel. */
		snprintf(line, sizeof(line), "quiet -- %s", rows[i].words);
		plan_fixture_command_line(&f, line);
		assert_int_equal(kho_command_line(&f.plan), 0);
		plan_fixture_free(&f);
	}
}

/* Up to the page allocator's largest block pages are taken later: 32 MiB of pages of 16 KiB are, and 512
 * MiB of pages of 64 KiB. */
static void test_gigantic(void **state)
{
	static const struct {
		uint32_t page_size;
		unsigned int max_order;
		const char *line;
		int code;
	} rows[] = {
		{16384, 11, "hugepagesz=32M hugepages=4", 0},
		{16384, 11, "hugepagesz=1G hugepages=4", EXIT_USAGE},
		{65536, 13, "hugepagesz=512M hugepages=4", 0},
		{65536, 13, "hugepagesz=16G hugepages=4", EXIT_USAGE},
		{65536, 6, "hugepagesz=512M hugepages=4", EXIT_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct plan_fixture f;

		start(&f);
		f.plan.target.page_size = rows[i].page_size;
		f.plan.target.max_order = rows[i].max_order;
		plan_fixture_command_line(&f, rows[i].line);
		capture_start();
		assert_int_equal(kho_command_line(&f.plan), rows[i].code);
		capture_stop();
		plan_fixture_free(&f);
	}
}

/* A tree's own line stays when nothing else is given, and gets the word, too. */
static void test_command_line_of_tree(void **state)
{
	char tree[1024];
	struct plan_fixture f;
	int chosen;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	chosen = fdt_add_subnode(tree, 0, "chosen");
	assert_int_equal(fdt_setprop_string(tree, chosen, "bootargs", "earlycon root=/dev/vda"), 0);
	start(&f);
	f.plan.base_dtb = tree;
	f.plan.base_dtb_size = sizeof(tree);
	assert_int_equal(kho_command_line(&f.plan), 0);
	assert_string_equal(f.plan.command_line, "earlycon root=/dev/vda kho=on");
	plan_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_line),	     cmocka_unit_test(test_not_shown),
		cmocka_unit_test(test_command_line_refused), cmocka_unit_test(test_gigantic),
		cmocka_unit_test(test_command_line_of_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
