/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is handed to kexec_load(2), what is done with each of its answers, and what becomes of
 * frames that go bad during the load. The kernel is a table of functions; plans come without an
 * image. A log of the calls shows what was done, in order.
 */
#include <errno.h>

#include "kexec/arch.h"
#include "kexec/prepare.h"
#include "kexec/unload.h"
#include "tests/unit/fake_load.h"

static void the_plan_is_handed_over_as_it_stands(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	fake.bad = "5000-6000";
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load");
	assert_int_equal(fake.load_entry, 0x100000);
	assert_int_equal(fake.load_flags, arch_native()->kexec_arch);
	assert_int_equal(fake.load_count, 2);
	assert_memory_equal(fake.load_segments[0].buf, "kernel", 6);
	assert_int_equal(fake.load_segments[0].bufsz, 6);
	assert_ptr_equal(fake.load_segments[0].mem, (void *)0x100000);
	assert_int_equal(fake.load_segments[0].memsz, 0x2000);
	assert_ptr_equal(fake.load_segments[1].mem, (void *)0x200000);
	assert_true(has_record(&fake, &record));
	assert_true(record.preserve);
	assert_int_equal(record.file_count, 2);
	assert_string_equal(frames_words(&record.frames), "5000-6000 1/1000");
	assert_int_equal(record.counters.corrupted, 4096);
	assert_int_equal(record.word_count, 6);
	record_free(&record);
	assert_string_equal(fake_messages(&fake), "");
	fake_stop(&fake);
}

static void a_failure_keeps_what_was_loaded(void **state)
{
	static const int errors[] = {EPERM, EINVAL, EADDRNOTAVAIL, ENOMEM, ENOSYS, EIO};
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	assert_int_equal(load(&fake), 0);
	fake_options(&fake, WORDS, fake_path(&fake, "other"), NULL);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.log[0] = 0;
		fake.load_answers[fake.loads] = -errors[i];
		assert_int_equal(load(&fake), EXIT_FAILED);
		check_message(&fake, strerror(errors[i]));
		/* Nothing unloads, and the record is still that of the first. */
		check_log(&fake, "load");
		assert_true(has_record(&fake, &record));
		assert_int_equal(record.word_count, 6);
		record_free(&record);
	}
	fake.prepare_code = EXIT_USAGE;
	assert_int_equal(load(&fake), EXIT_USAGE);
	check_log(&fake, "");
	assert_true(has_record(&fake, &record));
	record_free(&record);
	fake_stop(&fake);
}

static void another_load_is_waited_for(void **state)
{
	struct fake fake;

	(void)state;
	start(&fake);
	fake.load_answers[0] = fake.load_answers[1] = -EBUSY;
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load wait load wait load");
	fake_stop(&fake);

	start(&fake);
	for (size_t i = 0; i < FAKE_ANSWERS; i++)
		fake.load_answers[i] = -EBUSY;
	assert_int_equal(load(&fake), EXIT_FAILED);
	assert_int_equal(fake.loads, LOAD_BUSY_TRIES);
	check_message(&fake, "another load");
	fake_stop(&fake);
}

static void the_debug_flag_is_left_out_where_it_is_not_known(void **state)
{
	uint64_t arch = (uint64_t)arch_native()->kexec_arch;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, WORDS, "-d", fake_path(&fake, "kernel"), NULL);
	assert_int_equal(load(&fake), 0);
	assert_int_equal(fake.load_flags, arch | LOAD_FLAG_DEBUG);
	fake.load_answers[1] = -EINVAL;
	assert_int_equal(load(&fake), 0);
	assert_int_equal(fake.load_flags, arch);
	assert_int_equal(fake.loads, 3);
	fake_stop(&fake);
}

static void plans_of_other_machines_are_not_loaded(void **state)
{
	struct preparation preparation = {0};
	struct fake fake;

	(void)state;
	start(&fake);
	assert_int_equal(fake_prepare(&fake.options, &preparation), 0);
	preparation.machine.running = false;
	assert_int_equal(load_plan(&fake.host, &preparation.plan), EXIT_USAGE);
	preparation.machine.running = true;
	preparation.machine.arch = arch_native() == &arch_x86_64 ? &arch_arm64 : &arch_x86_64;
	assert_int_equal(load_plan(&fake.host, &preparation.plan), EXIT_USAGE);
	/* Without segments the call would unload. */
	preparation.machine.arch = arch_native();
	preparation.plan.segment_count = 0;
	assert_int_equal(load_plan(&fake.host, &preparation.plan), EXIT_FAILED);
	check_log(&fake, "");
	preparation_free(&preparation);
	fake_stop(&fake);
}

static void one_more_goes_bad(struct fake *fake)
{
	if (fake->loads > 1)
		return;
	fake->bad = "5000-6000, 7000-8000";
	fake_corrupted(fake, 8);
}

static void ever_more_go_bad(struct fake *fake)
{
	static char words[32];

	snprintf(words, sizeof(words), "%x000-%x000", fake->loads + 16, fake->loads + 17);
	fake->bad = words;
	fake_corrupted(fake, 4 * fake->loads + 8);
}

static void only_the_counter_moves(struct fake *fake)
{
	fake_corrupted(fake, 4 * fake->loads + 8);
}

static void frames_that_go_bad_meanwhile_are_planned_for(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	fake.bad = "5000-6000";
	fake.on_load = one_more_goes_bad;
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load load");
	assert_int_equal(fake.prepared, 2);
	assert_true(has_record(&fake, &record));
	assert_string_equal(frames_words(&record.frames), "5000-6000 1/1000, 7000-8000 1/1000");
	assert_int_equal(record.counters.corrupted, 8192);
	record_free(&record);
	fake_stop(&fake);
}

static void a_counter_alone_makes_no_new_plan(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	fake.bad = "5000-6000";
	fake.on_load = only_the_counter_moves;
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load");
	assert_int_equal(fake.learnt, 1);
	assert_true(has_record(&fake, &record));
	assert_int_equal(record.counters.corrupted, 12288);
	record_free(&record);
	fake_stop(&fake);
}

static void without_the_option_nobody_looks(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, "kexec", "-l", fake_path(&fake, "kernel"), NULL);
	fake.on_load = ever_more_go_bad;
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load");
	assert_int_equal(fake.learnt, 0);
	assert_true(has_record(&fake, &record));
	assert_false(record.preserve);
	record_free(&record);
	fake_stop(&fake);
}

static void what_never_ends_is_given_up(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	fake.on_load = ever_more_go_bad;
	assert_int_equal(load(&fake), EXIT_FAILED);
	/* The kernel must not be left with an image that would use bad memory. */
	check_log(&fake, "load load load load load unload");
	check_message(&fake, "went bad");
	assert_false(has_record(&fake, &record));
	fake_stop(&fake);
}

static void a_record_that_cannot_be_left_is_told(void **state)
{
	struct fake fake;

	(void)state;
	start(&fake);
	fake_file(&fake, "run/kexec", "in the way");
	assert_int_equal(load(&fake), 0);
	check_log(&fake, "load");
	check_message(&fake, "no record");
	fake_stop(&fake);
}

static void unloading_forgets_the_record(void **state)
{
	struct record record;
	struct fake fake;

	(void)state;
	start(&fake);
	assert_int_equal(load(&fake), 0);
	fake.log[0] = 0;
	fake_options(&fake, "kexec", "-u", NULL);
	fake.load_answers[1] = -EINVAL;
	assert_int_equal(unload_kernel(&fake.host, &fake.options), EXIT_FAILED);
	assert_true(has_record(&fake, &record));
	record_free(&record);
	assert_int_equal(unload_kernel(&fake.host, &fake.options), 0);
	assert_false(has_record(&fake, &record));
	check_log(&fake, "unload unload");
	fake_stop(&fake);
}

static void lockdown_is_unloaded_by_the_file_call(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, "kexec", "-u", NULL);
	fake.load_answers[0] = -EPERM;
	assert_int_equal(unload_kernel(&fake.host, &fake.options), 0);
	check_log(&fake, "unload file-unload");
	fake.load_answers[1] = -EPERM;
	fake.file_answers[1] = -EPERM;
	assert_int_equal(unload_kernel(&fake.host, &fake.options), EXIT_FAILED);
	check_message(&fake, "cannot unload");
	fake_options(&fake, "kexec", "-u", "-s", NULL);
	fake.log[0] = 0;
	assert_int_equal(unload_kernel(&fake.host, &fake.options), 0);
	check_log(&fake, "file-unload");
	assert_int_equal(fake.load_flags, KEXEC_FILE_UNLOAD);
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(the_plan_is_handed_over_as_it_stands),
		fake_test(a_failure_keeps_what_was_loaded),
		fake_test(another_load_is_waited_for),
		fake_test(the_debug_flag_is_left_out_where_it_is_not_known),
		fake_test(plans_of_other_machines_are_not_loaded),
		fake_test(frames_that_go_bad_meanwhile_are_planned_for),
		fake_test(a_counter_alone_makes_no_new_plan),
		fake_test(without_the_option_nobody_looks),
		fake_test(what_never_ends_is_given_up),
		fake_test(a_record_that_cannot_be_left_is_told),
		fake_test(unloading_forgets_the_record),
		fake_test(lockdown_is_unloaded_by_the_file_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
