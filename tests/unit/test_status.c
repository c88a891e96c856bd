/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exit codes of -S, and what --status-long tells of the record: in JSON, and in the words of
 * the text.
 */
#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include "kexec/record.h"
#include "kexec/status.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/words.h"

static char printed[8192];

static int print(struct fake *fake, const char *format)
{
	FILE *out = fmemopen(printed, sizeof(printed), "w");
	char word[40];
	int code;

	assert_non_null(out);
	snprintf(word, sizeof(word), "--status-long=%s", format);
	fake_options(fake, "kexec", word, NULL);
	code = status_print(&fake->host, &fake_steps, &fake->options, out);
	assert_int_equal(fclose(out), 0);
	return code;
}

static json_t *print_json(struct fake *fake, int code)
{
	json_t *root;

	assert_int_equal(print(fake, "json"), code);
	root = json_loads(printed, 0, NULL);
	assert_non_null(root);
	return root;
}

static void load(struct fake *fake)
{
	fake_options(fake, "kexec", "--preserve-hwpoison", "-l", fake_path(fake, "kernel"),
		     "--initrd", fake_path(fake, "initrd"), NULL);
	assert_int_equal(load_kernel(&fake->host, &fake_steps, &fake->options), 0);
}

static void check_text(const char *expected)
{
	fake_contains(printed, expected);
}

static void exit_codes_are_those_of_kexec_tools(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_file(&fake, "sys/kernel/kexec_crash_loaded", "1\n");
	fake_options(&fake, "kexec", "-S", NULL); /* of the crash kernel */
	assert_int_equal(status_code(&fake.host, &fake.options), 1);
	fake_options(&fake, "kexec", "-S", "-l", NULL);
	assert_int_equal(status_code(&fake.host, &fake.options), 0);
	fake_loaded(&fake, 1);
	assert_int_equal(status_code(&fake.host, &fake.options), 1);
	fake_file(&fake, "sys/kernel/kexec_crash_loaded", "0\n");
	fake_options(&fake, "kexec", "-S", NULL);
	assert_int_equal(status_code(&fake.host, &fake.options), 0);
	fake_file_remove(&fake, "sys/kernel/kexec_crash_loaded");
	assert_int_equal(status_code(&fake.host, &fake.options), EXIT_FAILED);
	/* Linux 7.2 has it here, and a link in the old place that may go. */
	fake_file(&fake, "sys/kernel/kexec/crash_loaded", "1\n");
	assert_int_equal(status_code(&fake.host, &fake.options), 1);
	fake_stop(&fake);
}

static void nothing_loaded(void **state)
{
	struct fake fake;
	json_t *root;

	(void)state;
	fake_start(&fake);
	root = print_json(&fake, 0);
	assert_true(json_is_false(json_object_get(root, "loaded")));
	assert_true(json_is_null(json_object_get(root, "record")));
	assert_true(json_is_null(json_object_get(root, "stale")));
	assert_true(json_is_null(json_object_get(root, "crash_loaded")));
	json_decref(root);
	assert_int_equal(print(&fake, "text"), 0);
	check_text("loaded        no\n");
	fake_stop(&fake);
}

/* A record stays when something else unloads; the kernel is believed. */
static void the_kernel_is_believed_and_not_the_record(void **state)
{
	struct fake fake;
	json_t *root;

	(void)state;
	fake_start(&fake);
	load(&fake);
	fake_loaded(&fake, 0);
	root = print_json(&fake, 0);
	assert_true(json_is_false(json_object_get(root, "loaded")));
	assert_true(json_is_null(json_object_get(root, "record")));
	json_decref(root);
	fake_stop(&fake);
}

static void loaded_by_another_program(void **state)
{
	struct fake fake;
	json_t *root;

	(void)state;
	fake_start(&fake);
	fake_loaded(&fake, 1);
	root = print_json(&fake, 1);
	assert_true(json_is_true(json_object_get(root, "loaded")));
	assert_true(json_is_null(json_object_get(root, "record")));
	assert_true(json_is_null(json_object_get(root, "stale")));
	json_decref(root);
	assert_int_equal(print(&fake, "text"), 1);
	check_text("another program");
	fake_file(&fake, "run/kexec/" RECORD_NAME, "{]");
	assert_int_equal(print(&fake, "text"), 1);
	check_text("cannot be used: line 1");
	fake_stop(&fake);
}

static void loaded_and_fresh(void **state)
{
	const json_t *record;
	struct fake fake;
	json_t *root;

	(void)state;
	fake_start(&fake);
	fake.bad = "5000-7000";
	load(&fake);
	root = print_json(&fake, 1);
	assert_true(json_is_false(json_object_get(root, "stale")));
	record = json_object_get(root, "record");
	assert_int_equal(json_array_size(json_object_get(record, "frames")), 1);
	assert_int_equal(json_array_size(json_object_get(record, "files")), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(record, "files"), 1), "state")),
			    "unchanged");
	assert_int_equal(json_string_length(json_object_get(record, "time")),
			 strlen("2026-01-01T00:00:00Z"));
	json_decref(root);
	assert_int_equal(print(&fake, "text"), 1);
	check_text("8 KiB in 1 ranges, kept out (e820)");
	check_text("nothing went bad");
	check_text("kexec --preserve-hwpoison -l");
	fake_stop(&fake);
}

static void loaded_and_stale(void **state)
{
	const json_t *went_bad;
	struct fake fake;
	json_t *root;

	(void)state;
	fake_start(&fake);
	fake.bad = "5000-7000";
	load(&fake);
	fake.bad = "5000-7000, 9000-a000";
	fake_corrupted(&fake, 8);
	fake_file(&fake, "initrd", "changed");
	root = print_json(&fake, 1);
	assert_true(json_is_true(json_object_get(root, "stale")));
	went_bad = json_object_get(root, "went_bad");
	assert_int_equal(json_integer_value(json_object_get(went_bad, "bytes")), 4096);
	went_bad = json_object_get(went_bad, "ranges");
	assert_int_equal(json_array_size(went_bad), 1);
	assert_string_equal(json_string_value(
				    json_object_get(json_array_get(went_bad, 0), "start")),
			    "0x9000");
	json_decref(root);
	assert_int_equal(print(&fake, "text"), 1);
	check_text("4 KiB went bad, first at 0x9000: stale");
	check_text("initrd (changed since then)");
	/* Looking changes nothing. */
	assert_string_equal(fake.log, "load");
	fake.learn_code = EXIT_FAILED;
	root = print_json(&fake, 1);
	assert_true(json_is_null(json_object_get(root, "stale")));
	json_decref(root);
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(exit_codes_are_those_of_kexec_tools),
		fake_test(nothing_loaded),
		fake_test(the_kernel_is_believed_and_not_the_record),
		fake_test(loaded_by_another_program),
		fake_test(loaded_and_fresh),
		fake_test(loaded_and_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
