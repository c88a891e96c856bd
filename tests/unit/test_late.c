/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that go bad between -l and -e: when it is looked for them, what each policy does, and
 * what makes a second load impossible. The log of the calls shows whether it was loaded again.
 */
#include <errno.h>
#include <unistd.h>

#include "kexec/late.h"
#include "tests/unit/fake_load.h"

static void unmoved_counters_need_no_look(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	assert_int_equal(fake.learnt, 0);
	fake_stop(&fake);
}

static void late_frames_are_loaded_for(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	fake.bad = "5000-6000, 9000-a000";
	fake_corrupted(&fake, 8);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync load start");
	assert_true(has_record(&fake, &record));
	assert_string_equal(frames_words(&record.frames), "5000-6000 1/1000, 9000-a000 1/1000");
	assert_int_equal(record.word_count, 6);
	assert_string_equal(record.words[1], "--preserve-hwpoison");
	record_free(&record);
	/* Once is enough. */
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	fake_stop(&fake);
}

static void counters_that_are_gone_make_it_look(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	fake.bad = "5000-6000, 9000-a000";
	fake_file(&fake, "proc/meminfo", "MemTotal: 1048576 kB\n");
	assert_int_equal(start_loaded(&fake), 0);
	assert_int_equal(fake.learnt, 2); /* once to see, once after the load */
	check_log(&fake, "sync load start");
	fake_stop(&fake);
}

static void node_counters_count(void **state)
{
	struct fake fake;

	(void)state;
	start(&fake);
	fake_file(&fake, "sys/devices/system/node/node0/memory_failure/total", "3\n");
	fake_file(&fake, "sys/devices/system/node/node1/memory_failure/total", "0\n");
	assert_int_equal(load(&fake), 0);
	fake_options(&fake, "kexec", "-e", NULL);
	fake.bad = "9000-a000";
	fake_file(&fake, "sys/devices/system/node/node1/memory_failure/total", "1\n");
	fake.log[0] = 0;
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync load start");
	fake_stop(&fake);
}

static void late_refuse_refuses(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, "--hwpoison-late=refuse");
	fake.bad = "5000-6000, 9000-a000";
	fake_corrupted(&fake, 8);
	assert_int_equal(start_loaded(&fake), EXIT_USAGE);
	check_log(&fake, "sync");
	check_message(&fake, "0x9000");
	fake_stop(&fake);
}

static void late_ignore_warns_and_goes(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, "--hwpoison-late=ignore");
	fake.bad = "5000-6000, 9000-a000";
	fake_corrupted(&fake, 8);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	check_message(&fake, "0x9000");
	fake_stop(&fake);
}

/* systemd runs `kexec -e` with no more words: what -l was given must hold. */
static void the_policy_of_the_load_holds(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, WORDS, fake_path(&fake, "kernel"), "--hwpoison-late=refuse", NULL);
	assert_int_equal(load(&fake), 0);
	fake.bad = "9000-a000";
	fake_corrupted(&fake, 8);
	fake.log[0] = 0;
	fake_options(&fake, "kexec", "-e", NULL);
	assert_int_equal(start_loaded(&fake), EXIT_USAGE);
	check_log(&fake, "sync");
	fake_options(&fake, "kexec", "-e", "--hwpoison-late=reload", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync load start");
	fake_stop(&fake);
}

static void changed_files_are_not_loaded(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	fake.bad = "5000-6000, 9000-a000";
	fake_corrupted(&fake, 8);
	fake_file(&fake, "initrd", "another  ");
	assert_int_equal(start_loaded(&fake), EXIT_USAGE);
	check_log(&fake, "sync");
	check_message(&fake, "/initrd changed");
	fake_file_remove(&fake, "initrd");
	assert_int_equal(start_loaded(&fake), EXIT_USAGE);
	check_log(&fake, "sync");
	check_message(&fake, "/initrd cannot be read");
	fake_stop(&fake);
}

static void a_load_that_fails_late_starts_nothing(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	fake.bad = "5000-6000, 9000-a000";
	fake_corrupted(&fake, 8);
	fake.load_answers[fake.loads] = -ENOMEM;
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_log(&fake, "sync load");
	/* The image is still there, and so is what is known of it. */
	assert_true(has_record(&fake, &record));
	assert_string_equal(frames_words(&record.frames), "5000-6000 1/1000");
	record_free(&record);
	fake_stop(&fake);
}

/* Paths on the command line are relative to where -l was run. */
static void the_directory_of_the_load_is_gone_back_to(void **state)
{
	struct record record;
	struct fake fake;
	char before[500], after[500];

	(void)state;
	fake_start(&fake);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(fake.root), 0);
	fake_options(&fake, WORDS, "kernel", "--initrd=initrd", NULL);
	assert_int_equal(load(&fake), 0);
	assert_int_equal(chdir("/"), 0);
	fake.bad = "9000-a000";
	fake_corrupted(&fake, 8);
	fake.log[0] = 0;
	fake_options(&fake, "kexec", "-e", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync load start");
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(after, "/");
	assert_true(has_record(&fake, &record));
	assert_string_equal(record.words[3], "kernel");
	assert_string_equal(record.files[0].path, fake_path(&fake, "kernel"));
	record_free(&record);
	assert_int_equal(chdir(before), 0);
	fake_stop(&fake);
}

static void without_a_record_it_goes(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_loaded(&fake, 1);
	fake_options(&fake, "kexec", "-e", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	assert_string_equal(fake_messages(&fake), "");
	/* One that cannot be used is told of. */
	fake_file(&fake, "run/kexec/" RECORD_NAME, "{");
	assert_int_equal(start_loaded(&fake), 0);
	check_message(&fake, "record");
	fake_stop(&fake);
}

static void the_record_of_a_load_without_the_option_is_no_matter(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, "kexec", "-l", fake_path(&fake, "kernel"), NULL);
	assert_int_equal(load(&fake), 0);
	fake.log[0] = 0;
	fake.bad = "9000-a000";
	fake_corrupted(&fake, 8);
	fake_options(&fake, "kexec", "-e", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	fake_stop(&fake);
}

static void fresh_frames_are_what_is_not_kept_out(void **state)
{
	struct hwpoison_frames now = {0}, known = {0}, excluded = {0}, fresh = {0};

	(void)state;
	frames_of_words("1000-4000, 8000-a000, 10000-20000", &now);
	frames_of_words("1000-2000, 3000-4000 2/1000", &known);
	frames_of_words("2000-3000, 9000-11000, 18000-19000, 1f000-30000", &excluded);
	assert_int_equal(late_frames_find(&now, &known, &excluded, &fresh), 0);
	assert_string_equal(frames_words(&fresh),
			    "8000-9000 1/1000, 11000-18000 1/1000, 19000-1f000 1/1000");
	hwpoison_frames_free(&fresh);
	assert_int_equal(late_frames_find(&known, &known, &excluded, &fresh), 0);
	assert_int_equal(fresh.count, 0);
	hwpoison_frames_free(&now);
	hwpoison_frames_free(&known);
	hwpoison_frames_free(&excluded);
	hwpoison_frames_free(&fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(unmoved_counters_need_no_look),
		fake_test(late_frames_are_loaded_for),
		fake_test(counters_that_are_gone_make_it_look),
		fake_test(node_counters_count),
		fake_test(late_refuse_refuses),
		fake_test(late_ignore_warns_and_goes),
		fake_test(the_policy_of_the_load_holds),
		fake_test(changed_files_are_not_loaded),
		fake_test(a_load_that_fails_late_starts_nothing),
		fake_test(the_directory_of_the_load_is_gone_back_to),
		fake_test(without_a_record_it_goes),
		fake_test(the_record_of_a_load_without_the_option_is_no_matter),
		fake_test(fresh_frames_are_what_is_not_kept_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
