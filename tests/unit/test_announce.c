/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames are announced, which are left alone, and what counts as done. kpageflags is a
 * sparse file; the fake kernel flags a frame and answers EBUSY, as Linux does for a frame that
 * is in no use.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "kexec/announce.h"
#include "kexec/machine.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/words.h"

#define FLAG_HWPOISON (UINT64_C(1) << 19)
#define MEMORY (UINT64_C(256) << 20)

/* The frames that kpageflags calls bad, and how far it reaches. */
static void flag_set(struct fake *fake, uint64_t address)
{
	const uint64_t flags = FLAG_HWPOISON;
	int descriptor = open(fake_path(fake, "proc/kpageflags"), O_WRONLY | O_CREAT, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, &flags, 8, (off_t)(address / 4096 * 8)), 8);
	close(descriptor);
}

static int flags_and_is_busy(struct fake *fake, uint64_t address)
{
	flag_set(fake, address);
	return -EBUSY;
}

static int flags(struct fake *fake, uint64_t address)
{
	flag_set(fake, address);
	return 0;
}

static int only_fails(struct fake *fake, uint64_t address)
{
	(void)fake;
	(void)address;
	return -EIO;
}

static int says_success_and_does_nothing(struct fake *fake, uint64_t address)
{
	(void)fake;
	(void)address;
	return 0;
}

static int has_no_struct_page(struct fake *fake, uint64_t address)
{
	(void)fake;
	(void)address;
	return -ENXIO;
}

/* RAM up to 256 MiB but for the frames at 1 MiB + 4 KiB to + 16 KiB, which are unusable; a
 * reserved child at 2 MiB. */
static const char iomem[] = "00000000-00100fff : System RAM\n"
			    "00101000-00103fff : Unusable memory\n"
			    "00104000-0fffffff : System RAM\n"
			    "  00200000-00200fff : reserved\n"
			    "  01000000-01ffffff : Kernel code\n";

static void machine_make(struct fake *fake, struct machine *machine)
{
	struct hwpoison_problem problem;

	*machine = (struct machine){.running = true, .page_size = 4096, .root_fd = -1};
	assert_int_equal(hwpoison_iomem_parse(iomem, strlen(iomem), &machine->iomem, &problem), 0);
	assert_int_equal(hwpoison_iomem_ram(&machine->iomem, &machine->ram), 0);
	fake_file(fake, "proc/kpageflags", "%s", "");
	assert_int_equal(truncate(fake_path(fake, "proc/kpageflags"), MEMORY / 4096 * 8), 0);
}

static void check(struct fake *fake, struct machine *machine, const char *words, const char *log,
		  const struct announcement *expected)
{
	struct hwpoison_frames frames = {0};
	struct announcement got;

	fake->log[0] = 0;
	frames_of_words(words, &frames);
	assert_int_equal(announce_frames(&fake->host, machine, &frames, &got), 0);
	assert_string_equal(fake->log, log);
	assert_int_equal(got.announced, expected->announced);
	assert_int_equal(got.before, expected->before);
	assert_int_equal(got.outside, expected->outside);
	assert_int_equal(got.failed, expected->failed);
	assert_int_equal(got.in_use, expected->in_use);
	assert_int_equal(got.first_failed, expected->first_failed);
	assert_int_equal(got.first_in_use, expected->first_in_use);
	assert_int_equal(got.error, expected->error);
	hwpoison_frames_free(&frames);
}

static void busy_is_success_once_it_is_flagged(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	fake.on_offline = flags_and_is_busy;
	check(&fake, &machine, "101000-104000 8/1000",
	      "offline-101000 offline-102000 offline-103000",
	      &(struct announcement){.announced = 3});
	check(&fake, &machine, "101000-104000 8/1000", "", &(struct announcement){.before = 3});
	machine_free(&machine);
	fake_stop(&fake);
}

/* kpageflags of one frame; 0x400: of a free page (KPF_BUDDY). */
static void flags_set(struct fake *fake, uint64_t address, uint64_t flags)
{
	int descriptor = open(fake_path(fake, "proc/kpageflags"), O_WRONLY, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, &flags, 8, (off_t)(address / 4096 * 8)), 8);
	close(descriptor);
}

/* What KHO keeps is RAM that nobody has; what was handed over and is free or used, is not kept. */
static void frames_that_kho_keeps_are_announced(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	fake.on_offline = flags_and_is_busy;
	flags_set(&fake, 0x801000, UINT64_C(1) << 32);
	flags_set(&fake, 0x802000, 0x400);
	flags_set(&fake, 0x803000, 0x60);
	check(&fake, &machine, "800000-804000 40/1000", "offline-800000 offline-801000",
	      &(struct announcement){.announced = 2, .in_use = 2, .first_in_use = 0x802000});
	check(&fake, &machine, "800000-801000 40/1000", "", &(struct announcement){.before = 1});
	/* Not by another's word. */
	check(&fake, &machine, "900000-901000 8/1000", "",
	      &(struct announcement){.in_use = 1, .first_in_use = 0x900000});
	machine_free(&machine);
	fake_stop(&fake);
}

static void the_flag_is_asked_and_not_the_answer(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	fake.on_offline = says_success_and_does_nothing;
	check(&fake, &machine, "101000-102000 8/1000", "offline-101000",
	      &(struct announcement){.failed = 1, .first_failed = 0x101000, .error = EIO});
	fake.on_offline = only_fails;
	check(&fake, &machine, "101000-103000 8/1000", "offline-101000 offline-102000",
	      &(struct announcement){.failed = 2, .first_failed = 0x101000, .error = EIO});
	machine_free(&machine);
	fake_stop(&fake);
}

static void memory_in_use_is_left_alone_unless_listed(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	fake.on_offline = flags;
	/* From a device tree, say, that this kernel did not obey. */
	check(&fake, &machine, "300000-302000 10/1000", "",
	      &(struct announcement){.in_use = 2, .first_in_use = 0x300000});
	check(&fake, &machine, "1000000-1001000 10/1000", "",
	      &(struct announcement){.in_use = 1, .first_in_use = 0x1000000});
	/* A memory reserve entry stays a child of System RAM. */
	check(&fake, &machine, "200000-201000 10/1000", "offline-200000",
	      &(struct announcement){.announced = 1});
	check(&fake, &machine, "300000-301000 20/1000", "offline-300000",
	      &(struct announcement){.announced = 1});
	machine_free(&machine);
	fake_stop(&fake);
}

static void what_is_no_memory_is_no_failure(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	check(&fake, &machine, "10000000-10002000 8/1000", "",
	      &(struct announcement){.outside = 2});
	fake.on_offline = has_no_struct_page;
	check(&fake, &machine, "101000-102000 8/1000", "offline-101000",
	      &(struct announcement){.outside = 1});
	machine_free(&machine);
	fake_stop(&fake);
}

static void sources_are_iomem_firmware_and_lists(void **state)
{
	struct hwpoison_frames frames = {0};
	struct warnings warnings = {0};
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	assert_int_equal(hwpoison_map_add(&machine.firmware, 0x101000, 0x102000, HWPOISON_UNUSABLE),
			 0);
	assert_int_equal(hwpoison_map_add(&machine.firmware, 0x102000, 0x103000, HWPOISON_RESERVED),
			 0);
	/* 65 MiB: the firmware's own. */
	assert_int_equal(hwpoison_map_add(&machine.firmware, 0x20000000, 0x24100000,
					  HWPOISON_UNUSABLE),
			 0);
	fake_file(&fake, "list", "0x500000+4K # bad\n");
	fake_options(&fake, "kexec", "--hwpoison-announce", "--hwpoison-file",
		     fake_path(&fake, "list"), NULL);
	assert_int_equal(announce_frames_find(&machine, &fake.options, &frames, &warnings), 0);
	assert_string_equal(frames_words(&frames),
			    "101000-102000 c/1000, 102000-104000 8/1000, 500000-501000 20/1000");
	assert_int_equal(warnings.count, 1);
	fake_contains(warnings.lines[0], "0x20000000-0x240fffff");
	hwpoison_frames_free(&frames);
	warnings_free(&warnings);
	machine_free(&machine);
	fake_stop(&fake);
}

static void exit_codes_tell(void **state)
{
	struct machine machine;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	machine_make(&fake, &machine);
	fake_options(&fake, "kexec", "--hwpoison-announce", NULL);
	fake.on_offline = only_fails;
	assert_int_equal(announce(&fake.host, &machine, &fake.options), EXIT_FAILED);
	fake_contains(fake_messages(&fake), "0x101000");
	fake.on_offline = flags_and_is_busy;
	assert_int_equal(announce(&fake.host, &machine, &fake.options), 0);
	assert_string_equal(fake_messages(&fake), "");
	fake_file_remove(&fake, "proc/kpageflags");
	assert_int_equal(announce(&fake.host, &machine, &fake.options), EXIT_FAILED);
	fake_contains(fake_messages(&fake), "kpageflags");
	machine_free(&machine);
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(busy_is_success_once_it_is_flagged),
		fake_test(frames_that_kho_keeps_are_announced),
		fake_test(the_flag_is_asked_and_not_the_answer),
		fake_test(memory_in_use_is_left_alone_unless_listed),
		fake_test(what_is_no_memory_is_no_failure),
		fake_test(sources_are_iomem_firmware_and_lists),
		fake_test(exit_codes_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
