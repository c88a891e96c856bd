/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is not there from the start: what drivers add (dax, virtio-mem). A bad frame in it cannot be
 * told to the next kernel before that adds it too, and is refused on either architecture, with the range and
 * the way out.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/words.h"

#define REFUSED "is what a driver makes RAM after the start"

/* iomem's lines of such memory; the firmware's map has its type on x86_64, or nothing (NULL). */
static const struct memory {
	const char *iomem, *type, *said;
} memories[] = {
	{"880000000-8ffffffff : Soft Reserved\n"
	 "  880000000-8ffffffff : dax0.0\n"
	 "    888000000-8f7ffffff : System RAM (kmem)\n",
	 "Soft Reserved", "it is soft-reserved in the memory map"},
	{"880000000-8ffffffff : Persistent Memory\n"
	 "  880000000-8ffffffff : dax0.0\n"
	 "    888000000-8f7ffffff : System RAM (kmem)\n",
	 "Persistent Memory", "it is pmem in the memory map"},
	{"880000000-8ffffffff : virtio_mem\n"
	 "  888000000-88fffffff : System RAM (virtio_mem)\n",
	 NULL, "it is nothing in the memory map"},
};

static void machine_make(struct machine_fixture *f, bool arm64, const struct memory *memory)
{
	char iomem[512];

	if (arm64)
		fixture_arm64(f);
	else
		fixture_x86_64(f);
	snprintf(iomem, sizeof(iomem), "%s : System RAM\n%s",
		 arm64 ? "40000000-7fffffff" : "00100000-3fffffff", memory->iomem);
	fixture_text(f, "proc/iomem", iomem);
	if (!arm64 && memory->type)
		fixture_memmap(f, 3, UINT64_C(0x880000000), UINT64_C(0x900000000), memory->type);
	f->options.preserve = true;
}

static int plan_of(struct machine_fixture *f, const char *words, struct plan *plan)
{
	struct hwpoison_frames frames = {0};

	assert_int_equal(fixture_read(f), 0);
	frames_of_words(words, &frames);
	return plan_make(&f->machine, &f->options, NULL, &frames, plan);
}

static void what_drivers_add_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(memories) / sizeof(*memories); i++) {
		const struct memory *memory = &memories[i / 2];
		struct machine_fixture f;
		struct plan plan = {0};
		const char *said;

		machine_make(&f, i % 2, memory);
		capture_start();
		assert_int_equal(plan_of(&f, "41000000-41001000, 888000000-888002000", &plan),
				 EXIT_USAGE);
		said = capture_stop();
		if (!strstr(said, "0x888000000-0x888001fff " REFUSED) ||
		    !strstr(said, memory->said) ||
		    !strstr(said, "--hwpoison-forget=0x888000000-0x888001fff"))
			fail_msg("said: %s", said);
		plan_free(&plan);
		/* Without being asked to, it is as it was. */
		f.options.preserve = false;
		machine_free(&f.machine);
		assert_int_equal(plan_of(&f, "888000000-888002000", &plan), 0);
		plan_free(&plan);
		fixture_free(&f);
	}
}

/* What is soft-reserved is there to be added; what is persistent need not be. */
static void what_drivers_may_add_is_refused(void **state)
{
	static const bool refused[] = {true, false};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct machine_fixture f;
		struct plan plan = {0};

		machine_make(&f, i % 2, &memories[i / 2]);
		capture_start();
		assert_int_equal(plan_of(&f, "880000000-880001000", &plan),
				 refused[i / 2] ? EXIT_USAGE : 0);
		assert_true(!!strstr(capture_stop(), REFUSED) == refused[i / 2]);
		plan_free(&plan);
		fixture_free(&f);
	}
}

/* The checker finds it by itself. */
static void the_checker_looks_at_added_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(memories) / sizeof(*memories); i++) {
		struct machine_fixture f;
		struct plan plan = {0};

		machine_make(&f, i % 2, &memories[i / 2]);
		assert_int_equal(plan_of(&f, "50000000-50001000", &plan), 0);
		assert_int_equal(plan_check(&plan), 0);
		plan.frames.ranges[0].start = UINT64_C(0x888000000);
		plan.frames.ranges[0].end = UINT64_C(0x888001000);
		capture_start();
		assert_int_equal(plan_check(&plan), EXIT_FAILED);
		assert_non_null(strstr(capture_stop(), "(check reachable)"));
		plan_free(&plan);
		fixture_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_drivers_add_is_refused),
		cmocka_unit_test(what_drivers_may_add_is_refused),
		cmocka_unit_test(the_checker_looks_at_added_memory),
	};

	return cmocka_run_group_tests_name("added_memory", tests, NULL, NULL);
}
