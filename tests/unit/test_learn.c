/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The union of all sources, what each of them failing comes to, and taking frames back: whole
 * frames, of whatever page size. */
#include "kexec/learn.h"
#include "tests/unit/capture.h"
#include "tests/unit/kho_blobs.h"
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
		      learn_frames(&lesson->f.machine, &lesson->f.options, NULL, &lesson->frames,
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
	assert_int_equal(learn_frames(&lesson.f.machine, &lesson.f.options, NULL, &lesson.frames,
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

#define KHO_IN "sys/kernel/debug/kho/in/"

static void ranges_put(struct lesson *lesson, const char *words)
{
	uint8_t blob[4096];
	size_t size = ranges_blob(words, blob);

	fixture_bytes(&lesson->f, KHO_IN "sub_fdts/hwpoison-ranges", blob, size);
	fixture_bytes(&lesson->f, KHO_IN "fdt", blob, size);
}

static void count_put(struct lesson *lesson, uint64_t count)
{
	uint8_t blob[COUNT_BLOB];

	count_blob(count, blob);
	fixture_bytes(&lesson->f, KHO_IN "sub_fdts/hwpoison", blob, sizeof(blob));
}

/* Whoever said so first, it is KHO that tells this kernel; also of what is no RAM of it. */
static void handed_over_frames_are_learnt(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0));
	ranges_put(&lesson, "200000-201000 1/1000, 300000-310000 12/10000, "
			    "5000000000-5000001000 20/1000");
	count_put(&lesson, 18);
	assert_int_equal(learn(&lesson), 0);
	assert_string_equal(frames_words(&lesson.frames),
			    "200000-201000 41/1000, 300000-310000 40/10000, "
			    "5000000000-5000001000 40/1000");
	assert_int_equal(lesson.f.warnings.count, 0);
	lesson_free(&lesson);
}

static void handed_over_frames_are_taken_back(void **state)
{
	const char *words[] = {"0x300000"};
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	ranges_put(&lesson, "200000-201000 1/1000, 300000-302000 1/1000");
	lesson.f.options.forget = words;
	lesson.f.options.forget_count = 1;
	assert_int_equal(learn(&lesson), 0);
	assert_string_equal(frames_words(&lesson.frames),
			    "200000-201000 40/1000, 301000-302000 40/1000");
	assert_string_equal(frames_words(&lesson.learnt.forgotten), "300000-301000 40/1000");
	lesson_free(&lesson);
}

/* Announced frames that are RAM are seen by the scan of RAM, and are counted once; what is missing
 * shows. */
static void flagged_frames_in_ram_count_once(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0x3000000), UINT64_C(0));
	ranges_put(&lesson, "200000-202000 1/1000");
	fixture_text(&lesson.f, "proc/meminfo", "HardwareCorrupted:   12 kB\n");
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.learnt.flagged_bytes, 8192);
	assert_int_equal(lesson.learnt.announced_bytes, 0);
	assert_true(fixture_warned(&lesson.f, "counts 12 KiB"));
	lesson_free(&lesson);
}

/* The same outside of RAM, also in a hole of it and across its ends. */
static void flagged_frames_outside_of_ram_count(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_text(&lesson.f, "proc/iomem",
		     "00100000-001fffff : System RAM\n"
		     "00202000-003fffff : System RAM\n"
		     "00401000-3fffefff : System RAM\n");
	fixture_poison(&lesson.f, END, UINT64_C(0x1ff000), UINT64_C(0x200000), UINT64_C(0x201000),
		       UINT64_C(0x202000), UINT64_C(0x400000), UINT64_C(0x3ffff000), UINT64_C(0));
	ranges_put(&lesson, "1ff000-203000 1/1000, 400000-401000 1/1000, 3ffff000-40000000 1/1000");
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.learnt.flagged_bytes, 2 * 4096);
	assert_int_equal(lesson.learnt.announced_bytes, 4 * 4096);
	lesson_free(&lesson);
}

static void a_garbled_hand_over_fails(void **state)
{
	static const uint8_t garbage[64] = "no device tree";
	uint8_t blob[4096];
	struct lesson lesson;
	const char *said;
	size_t size;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_bytes(&lesson.f, KHO_IN "sub_fdts/hwpoison-ranges", garbage, sizeof(garbage));
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	said = capture_stop();
	assert_non_null(strstr(said, "/sub_fdts/hwpoison-ranges is no good device tree"));
	assert_non_null(strstr(said, "--hwpoison-forget=all"));
	lesson_free(&lesson);

	/* The way out, which is said once. */
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_bytes(&lesson.f, KHO_IN "sub_fdts/hwpoison-ranges", garbage, sizeof(garbage));
	lesson.f.options.forget_all = true;
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.frames.count, 0);
	assert_true(fixture_warned(&lesson.f, "is no good device tree"));
	assert_int_equal(lesson.f.warnings.count, 1);
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	size = ranges_blob("200000-201000 1/1000", blob);
	/* The range's size becomes 0. */
	for (size_t i = 0; i + 8 <= size; i++) {
		if (get_le64(blob + i) == 0x200000)
			put_le64(blob + i + 8, 0);
	}
	fixture_bytes(&lesson.f, KHO_IN "sub_fdts/hwpoison-ranges", blob, size);
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "hwpoison-ranges is damaged: ranges: "));
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	/* A directory cannot be read. */
	fixture_bytes(&lesson.f, KHO_IN "sub_fdts/hwpoison-ranges/x", garbage, 1);
	capture_start();
	assert_int_equal(learn(&lesson), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "hwpoison-ranges cannot be read: "));
	lesson_free(&lesson);
}

static void a_list_that_counts_more_warns(void **state)
{
	static const uint8_t strange[32] = {2};
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0));
	ranges_put(&lesson, "300000-302000 1/1000");
	count_put(&lesson, 3);
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.f.warnings.count, 0);
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0));
	count_put(&lesson, 4);
	assert_int_equal(learn(&lesson), 0);
	assert_true(fixture_warned(&lesson.f,
				   "a list of 4 bad frames by Kexec HandOver, and 1 are known"));
	lesson_free(&lesson);

	/* As many are known, but of a list that cannot be read: they may be others. */
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0));
	count_put(&lesson, 1);
	assert_int_equal(learn(&lesson), 0);
	assert_true(fixture_warned(&lesson.f, "1 are known, which may be others"));
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0x200000), UINT64_C(0));
	count_put(&lesson, 0);
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.f.warnings.count, 0);
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_bytes(&lesson.f, KHO_IN "sub_fdts/hwpoison", strange, sizeof(strange));
	assert_int_equal(learn(&lesson), 0);
	assert_true(fixture_warned(&lesson.f, "of an unknown form (version)"));
	lesson_free(&lesson);
}

/* The kernel was handed something, and does not show it: kho=off, or no debugfs. */
static void a_hand_over_that_is_not_shown_warns(void **state)
{
	struct lesson lesson;

	(void)state;
	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_text(&lesson.f, "sys/kernel/boot_params/setup_data/0/type", "0x4\n");
	fixture_text(&lesson.f, "sys/kernel/boot_params/setup_data/1/type", "0xa\n");
	assert_int_equal(learn(&lesson), 0);
	assert_true(fixture_warned(&lesson.f, "was handed something by Kexec HandOver"));
	fixture_bytes(&lesson.f, KHO_IN "fdt", "", 0);
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_text(&lesson.f, "sys/kernel/boot_params/setup_data/0/type", "0xa\n");
	fixture_text(&lesson.f, KHO_IN "fdt", "x");
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.f.warnings.count, 0);
	lesson_free(&lesson);

	fixture_x86_64(&lesson.f);
	fixture_poison(&lesson.f, END, UINT64_C(0));
	fixture_text(&lesson.f, "sys/kernel/boot_params/setup_data/0/type", "0x9\n");
	assert_int_equal(learn(&lesson), 0);
	assert_int_equal(lesson.f.warnings.count, 0);
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
		cmocka_unit_test(handed_over_frames_are_learnt),
		cmocka_unit_test(handed_over_frames_are_taken_back),
		cmocka_unit_test(flagged_frames_in_ram_count_once),
		cmocka_unit_test(flagged_frames_outside_of_ram_count),
		cmocka_unit_test(a_garbled_hand_over_fails),
		cmocka_unit_test(a_list_that_counts_more_warns),
		cmocka_unit_test(a_hand_over_that_is_not_shown_warns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
