/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The union of all sources, what each of them failing comes to, and taking frames back: whole
 * frames, of whatever page size. */
#include "kexec/learn.h"
#include "tests/unit/capture.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

#define END 0x40000000

/* Sources as words.h prints them. */
#define FLAGS "1"
#define FILE_ "20"

struct lesson {
	struct machine_fixture f;
	struct hwpoison_frames frames;
	struct learnt learnt;
};

static int learn(struct lesson *lesson)
{
	int code = fixture_read(&lesson->f);

	lesson->frames = (struct hwpoison_frames){0};
	lesson->learnt = (struct learnt){0};
	return code ? code :
		      learn_frames(&lesson->f.machine, &lesson->f.options, &lesson->frames,
				   &lesson->learnt, &lesson->f.warnings);
}

static void lesson_free(struct lesson *lesson)
{
	hwpoison_frames_free(&lesson->frames);
	learnt_free(&lesson->learnt);
	fixture_free(&lesson->f);
}

static void sources_are_united(void **state)
{
	struct lesson lesson;
	char path[128];
	const char *files[] = {path};

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0x201000), UINT64_C(0));
	fixture_memmap(&lesson.f, 3, 0x201000, 0x203000, "Unusable memory");
	fixture_text(&lesson.f, "proc/iomem",
		     "00100000-00201fff : System RAM\n"
		     "00202000-00203fff : Unusable memory\n"
		     "00204000-3fffffff : System RAM\n");
	fixture_text(&lesson.f, "list", "0x203000\n0x5000000\n");
	snprintf(path, sizeof(path), "%s/list", lesson.f.root);
	lesson.f.options.files = files;
	lesson.f.options.file_count = 1;
	assert_int_equal(learn(&lesson), 0);
	assert_string_equal(frames_words(&lesson.frames),
			    "200000-201000 " FLAGS "/1000, 201000-202000 5/1000, "
			    "202000-203000 c/1000, 203000-204000 28/1000, "
			    "5000000-5001000 " FILE_ "/1000");
	assert_true(lesson.learnt.scanned);
	assert_int_equal(lesson.learnt.flagged_bytes, 8192);
	assert_int_equal(lesson.learnt.hugetlb_bytes, 0);
	assert_int_equal(lesson.learnt.scanned_bytes, END - 0x100000 - 0x2000);
	lesson_free(&lesson);
}

static void a_snapshot_without_kpageflags_warns(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.frames.count, 0);
	assert_false(lesson.learnt.scanned);
	assert_true(fixture_warned(&lesson.f, "has no proc/kpageflags"));
	lesson_free(&lesson);
}

/* On the running machine it is an error: all poison would be forgotten. */
static void a_machine_without_kpageflags_fails(void **state)
{
	struct lesson lesson = {0};

	(void)state;
	fixture_x86_64(&lesson.f);
	assert_int_equal(fixture_read(&lesson.f), 0);
	lesson.f.machine.running = true;
	lesson.f.machine.prefix = "";
	capture_start();
	assert_int_equal(learn_frames(&lesson.f.machine, &lesson.f.options, &lesson.frames,
				      &lesson.learnt, &lesson.f.warnings),
			 EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "CONFIG_PROC_PAGE_MONITOR"));
	lesson_free(&lesson);
}

static void what_cannot_be_read_fails(void **state)
{
	struct lesson lesson;
	const char *said, *files[] = {"/nowhere/list"};

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END - 4096, UINT64_C(0));
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	said = capture_stop();
	assert_non_null(strstr(said, "ends before the RAM at 0x3ffff000-0x3fffffff"));
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	lesson.f.options.files = files;
	lesson.f.options.file_count = 1;
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	assert_string_equal(capture_stop(),
			    "kexec: --hwpoison-file=/nowhere/list: No such file or directory\n");
	lesson_free(&lesson);

	fixture_arm64(&lesson.f);
	fixture_text(&lesson.f, "sys/firmware/fdt", "this is no tree, long as it may be: no magic");
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "sys/firmware/fdt is no good device tree"));
	lesson_free(&lesson);
}

static void forget(const char *word, bool all, const char *left, const char *taken)
{
	struct lesson lesson;
	const char *words[] = {word};

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0x201000), UINT64_C(0x202000),
		       UINT64_C(0x300000), UINT64_C(0));
	lesson.f.options.forget = words;
	lesson.f.options.forget_count = word ? 1 : 0;
	lesson.f.options.forget_all = all;
	assert_int_equal(learn(&lesson), 0);
	assert_string_equal(frames_words(&lesson.frames), left);
	assert_string_equal(frames_words(&lesson.learnt.forgotten), taken);
	lesson_free(&lesson);
}

static void frames_are_taken_back_whole(void **state)
{
	(void)state;
	forget("0x201000", false,
	       "200000-201000 1/1000, 202000-203000 1/1000, 300000-301000 1/1000",
	       "201000-202000 1/1000");
	forget("0x200fff+2", false, "202000-203000 1/1000, 300000-301000 1/1000",
	       "200000-202000 1/1000");
	forget("0x0-0xffffffff", false, "", "200000-203000 1/1000, 300000-301000 1/1000");
	forget("pfn 0x300", false, "200000-203000 1/1000", "300000-301000 1/1000");
	forget("0x400000", false, "200000-203000 1/1000, 300000-301000 1/1000", "");
	forget(NULL, true, "", "200000-203000 1/1000, 300000-301000 1/1000");
}

static void taking_back_firmware_s_word_warns(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_memmap(&lesson.f, 3, 0x50000000, 0x50001000, "Unusable memory");
	lesson.f.options.forget_all = true;
	assert_int_equal(learn(&lesson), 0);
	assert_true(fixture_warned(&lesson.f, "0x50000000-0x50000fff (4 KiB) becomes RAM again"));
	lesson_free(&lesson);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_united),
		cmocka_unit_test(a_snapshot_without_kpageflags_warns),
		cmocka_unit_test(a_machine_without_kpageflags_fails),
		cmocka_unit_test(what_cannot_be_read_fails),
		cmocka_unit_test(frames_are_taken_back_whole),
		cmocka_unit_test(taking_back_firmware_s_word_warns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
