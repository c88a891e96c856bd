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
	lines("hugepagesz=1G hugepages=4", "hugepagesz=1G hugepages=4 kho=on", "hugepagesz=1G");
	lines("hugepagesz=1G hugepages=4 hugepagesz=2M",
	      "hugepagesz=1G hugepages=4 hugepagesz=2M kho=on", "hugepagesz=1G");
	lines("log-buf-len=1G", "log-buf-len=1G kho=on", "log_buf_len=1G");
	lines("cma=64M", "cma=64M kho=on", "cma=64M");
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
	static const char *const words[] = {"mem=1G",	    "memmap=4K$0x1000",
					    "memtest",	    "memtest=4",
					    "movable_node", "movable_node=1",
					    "movable-node", "\"mem=1G\"",
					    "mem=\"1G\"",   "mem=1G mem=nopentium"};
	static const char *const said_of[] = {"mem=1G",	      "memmap=4K$0x1000", "memtest",
					      "memtest=4",    "movable_node",	  "movable_node=1",
					      "movable_node", "mem=1G",		  "mem=1G",
					      "mem=1G"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct plan_fixture f;
		char line[64];
		const char *said;
		int code;

		start(&f);
		snprintf(line, sizeof(line), "quiet %s", words[i]);
		plan_fixture_command_line(&f, line);
		capture_start();
		code = kho_command_line(&f.plan);
		said = capture_stop();
		assert_int_equal(code, EXIT_USAGE);
		if (!strstr(said, said_of[i]))
			fail_msg("%s: %s", words[i], said);
		/* For init, and not for the kernel. */
		snprintf(line, sizeof(line), "quiet -- %s", words[i]);
		plan_fixture_command_line(&f, line);
		assert_int_equal(kho_command_line(&f.plan), 0);
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
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_not_shown),
		cmocka_unit_test(test_command_line_refused),
		cmocka_unit_test(test_command_line_of_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
