/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan of /proc/kpageflags, on copies that are made in memory. The program has a pread() of
 * its own, which can cut reads short at any byte, interrupt them, fail them, and which remembers
 * the PFNs that were asked for; below it is the real system call.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/words.h"

#define BIT(n) (UINT64_C(1) << (n))
#define BAD BIT(KPF_HWPOISON)
#define HEAD (BIT(KPF_HUGE) | BIT(KPF_COMPOUND_HEAD))
#define TAIL (BIT(KPF_HUGE) | BIT(KPF_COMPOUND_TAIL))
#define PAGE 4096u

enum trouble { NONE, SHORT, INTERRUPTED, FAILING };

static enum trouble trouble;
static off_t failing_from; /* FAILING: reads that reach behind this offset */
static atomic_uint calls;
static atomic_ullong highest;  /* offset behind what was asked for */
static atomic_bool misaligned; /* what the kernel refuses: kpage_read() */

ssize_t pread(int file, void *bytes, size_t size, off_t offset)
{
	unsigned int call = atomic_fetch_add(&calls, 1);
	unsigned long long end = (unsigned long long)offset + size, before;

	before = atomic_load(&highest);
	while (before < end && !atomic_compare_exchange_weak(&highest, &before, end))
		;
	if (trouble != SHORT && (size % 8 || offset % 8))
		atomic_store(&misaligned, true);
	if (trouble == INTERRUPTED && call % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	if (trouble == FAILING && end > (unsigned long long)failing_from) {
		errno = EIO;
		return -1;
	}
	if (trouble == SHORT && size > 3)
		size = size / 3 + 1;
	return syscall(SYS_pread64, file, bytes, size, offset);
}

static int setup(void **state)
{
	(void)state;
	trouble = NONE;
	atomic_store(&calls, 0);
	atomic_store(&highest, 0);
	atomic_store(&misaligned, false);
	return 0;
}

static int file_make(uint64_t pfns)
{
	int file = memfd_create("kpageflags", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)(pfns * 8)), 0);
	return file;
}

static void flag(int file, uint64_t pfn, uint64_t flags)
{
	assert_int_equal(pwrite(file, &flags, 8, (off_t)(pfn * 8)), 8);
}

/* A folio of count pages; every page of it, or only the one at `bad`, is flagged. */
static void folio(int file, uint64_t pfn, uint64_t count, uint64_t bad, bool all)
{
	for (uint64_t i = 0; i < count; i++)
		flag(file, pfn + i, (i ? TAIL : HEAD) | (all || i == bad ? BAD : 0));
}

static int scan_with(int file, const char *ram, struct hwpoison_scan_options options,
		     struct hwpoison_frames *frames, struct hwpoison_scan_result *result,
		     struct hwpoison_problem *problem)
{
	struct hwpoison_map map = {0};
	int error;

	map_of_words(ram, &map);
	error = hwpoison_scan(file, &map, &options, frames, result, problem);
	hwpoison_map_free(&map);
	return error;
}

/* Scans in every way of dividing the work, which must not make a difference. */
static void check(int file, const char *ram, uint32_t page_size, const char *expected,
		  uint64_t extended)
{
	const unsigned int threads[] = {1, 2, 3, 7, 0};
	const size_t buffers[] = {0, 8, 24, 4096, 64 * 1024};

	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		for (size_t j = 0; j < sizeof(buffers) / sizeof(buffers[0]); j++) {
			struct hwpoison_frames frames = {0};
			struct hwpoison_scan_result result = {0};
			struct hwpoison_problem problem;

			assert_int_equal(
				scan_with(file, ram,
					  (struct hwpoison_scan_options){.page_size = page_size,
									 .threads = threads[i],
									 .buffer = buffers[j]},
					  &frames, &result, &problem),
				0);
			assert_string_equal(frames_words(&frames), expected);
			assert_int_equal(result.hugetlb_extended, extended);
			assert_int_equal(result.missing.end, 0);
			hwpoison_frames_free(&frames);
		}
	}
	assert_false(atomic_load(&misaligned));
	close(file);
}

static void nothing_is_found_where_nothing_is_bad(void **state)
{
	int file = file_make(4096);

	(void)state;
	for (uint64_t pfn = 0; pfn < 4096; pfn++)
		flag(file, pfn, ~(uint64_t)0 & ~BAD);
	check(file, "0-1000000 ram", PAGE, "", 0);
}

static void single_frames_and_runs_are_found(void **state)
{
	int file = file_make(4096);

	(void)state;
	flag(file, 0, BAD);
	flag(file, 7, BAD | BIT(KPF_LRU));
	flag(file, 511, BAD);
	flag(file, 512, BAD);
	flag(file, 513, BAD);
	flag(file, 4095, BAD);
	check(file, "0-1000000 ram", PAGE,
	      "0-1000 1/1000, 7000-8000 1/1000, 1ff000-202000 1/1000, fff000-1000000 1/1000", 0);
}

static void only_ram_is_looked_at(void **state)
{
	int file = file_make(64);

	(void)state;
	for (uint64_t pfn = 0; pfn < 64; pfn++)
		flag(file, pfn, BAD);
	check(file, "0-4000 ram, 4000-8000 reserved, 8000-9000 ram, 20000-21000 ram", PAGE,
	      "0-4000 1/1000, 8000-9000 1/1000, 20000-21000 1/1000", 0);
}

static void reads_end_where_ram_ends(void **state)
{
	struct hwpoison_scan_options options = {.page_size = PAGE, .threads = 1};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};
	int file = file_make(100000);

	(void)state;
	assert_int_equal(scan_with(file, "1000-9000 ram, 10000-11000 ram", options, &frames,
				   &result, NULL),
			 0);
	assert_int_equal(atomic_load(&highest), 0x11 * 8);
	assert_int_equal(result.frames_read, 9);
	assert_int_equal(atomic_load(&calls), 2);
	close(file);
}

static void larger_pages_are_larger_frames(void **state)
{
	int file = file_make(64);

	(void)state;
	flag(file, 3, BAD);
	check(file, "0-400000 ram", 65536, "30000-40000 1/10000", 0);
	file = file_make(64);
	flag(file, 3, BAD);
	check(file, "0-100000 ram", 16384, "c000-10000 1/4000", 0);
}

static void a_page_that_is_ram_in_part_is_looked_at(void **state)
{
	int file = file_make(64);

	(void)state;
	flag(file, 1, BAD);
	flag(file, 3, BAD);
	flag(file, 5, BAD);
	check(file, "1800-3400 ram, 3c00-4000 ram, 5fff-6000 ram", PAGE,
	      "1000-2000 1/1000, 3000-4000 1/1000, 5000-6000 1/1000", 0);
	file = file_make(64);
	flag(file, 3, BAD);
	check(file, "1000-3400 ram", PAGE, "3000-4000 1/1000", 0);
}

static void a_page_of_two_pieces_of_ram_is_looked_at_once(void **state)
{
	struct hwpoison_scan_options options = {.page_size = PAGE};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	int file = file_make(64);

	(void)state;
	assert_int_equal(scan_with(file, "1800-3400 ram, 3c00-4000 ram, 5fff-6000 ram", options,
				   &frames, &result, NULL),
			 0);
	assert_int_equal(result.frames_read, 4);
	close(file);
}

static void a_partial_last_page_need_not_be_in_the_file(void **state)
{
	int file = file_make(4);

	(void)state;
	flag(file, 3, BAD);
	check(file, "0-4800 ram", PAGE, "3000-4000 1/1000", 0);
}

static void unsorted_and_overlapping_ram_is_scanned_once(void **state)
{
	struct hwpoison_scan_options options = {.page_size = PAGE};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	int file = file_make(64);

	(void)state;
	flag(file, 2, BAD);
	assert_int_equal(scan_with(file, "8000-9000 ram, 0-4000 ram, 2000-6000 ram", options,
				   &frames, &result, NULL),
			 0);
	assert_string_equal(frames_words(&frames), "2000-3000 1/1000");
	assert_int_equal(result.frames_read, 7);
	hwpoison_frames_free(&frames);
	close(file);
}

static void a_head_that_is_flagged_stands_for_its_folio(void **state)
{
	int file = file_make(2048);

	(void)state;
	folio(file, 512, 512, 0, false);
	check(file, "0-800000 ram", PAGE, "200000-201000 1/1000, 201000-400000 2/1000", 511 * PAGE);
}

static void a_tail_that_is_flagged_stands_for_its_folio(void **state)
{
	int file = file_make(2048);

	(void)state;
	folio(file, 512, 512, 5, false);
	check(file, "0-800000 ram", PAGE,
	      "200000-205000 2/1000, 205000-206000 1/1000, 206000-400000 2/1000", 511 * PAGE);
}

static void a_folio_that_is_flagged_whole_is_not_extended(void **state)
{
	int file = file_make(2048);

	(void)state;
	folio(file, 512, 512, 0, true);
	folio(file, 1024, 512, 0, false);
	flag(file, 1024, HEAD);
	check(file, "0-800000 ram", PAGE, "200000-400000 1/1000", 0);
}

static void neighbouring_folios_are_not_mixed_up(void **state)
{
	int file = file_make(64);

	(void)state;
	folio(file, 8, 8, 0, false);
	flag(file, 8, HEAD);
	folio(file, 16, 8, 7, false);
	folio(file, 24, 8, 0, false);
	folio(file, 32, 8, 0, false);
	flag(file, 32, HEAD);
	check(file, "0-40000 ram", PAGE,
	      "10000-17000 2/1000, 17000-19000 1/1000, 19000-20000 2/1000", 14 * PAGE);
}

static void a_folio_over_a_border_of_ram_is_taken_whole(void **state)
{
	int file = file_make(64);

	(void)state;
	folio(file, 8, 16, 4, false);
	check(file, "0-c000 ram, c000-d000 reserved, d000-e000 ram", PAGE, "", 0);
	file = file_make(64);
	folio(file, 8, 16, 4, false);
	check(file, "0-d000 ram", PAGE, "8000-c000 2/1000, c000-d000 1/1000, d000-18000 2/1000",
	      15 * PAGE);
}

static void a_folio_at_the_ends_of_the_file_is_taken(void **state)
{
	int file = file_make(64);

	(void)state;
	folio(file, 0, 8, 3, false);
	folio(file, 56, 8, 60 - 56, false);
	check(file, "0-40000 ram", PAGE,
	      "0-3000 2/1000, 3000-4000 1/1000, 4000-8000 2/1000, "
	      "38000-3c000 2/1000, 3c000-3d000 1/1000, 3d000-40000 2/1000",
	      14 * PAGE);
}

static void several_flagged_pages_of_a_folio_extend_it_once(void **state)
{
	int file = file_make(64);

	(void)state;
	folio(file, 16, 16, 0, false);
	flag(file, 18, TAIL | BAD);
	flag(file, 31, TAIL | BAD);
	check(file, "0-40000 ram", PAGE,
	      "10000-11000 1/1000, 11000-12000 2/1000, 12000-13000 1/1000, 13000-1f000 2/1000, "
	      "1f000-20000 1/1000",
	      13 * PAGE);
}

/* Transparent huge pages have a flag for each page (PG_has_hwpoisoned is another thing). */
static void other_compound_pages_are_exact(void **state)
{
	int file = file_make(64);

	(void)state;
	for (uint64_t i = 0; i < 16; i++)
		flag(file, 16 + i, BIT(KPF_THP) | BIT(i ? KPF_COMPOUND_TAIL : KPF_COMPOUND_HEAD));
	flag(file, 20, BAD | BIT(KPF_THP) | BIT(KPF_COMPOUND_TAIL));
	check(file, "0-40000 ram", PAGE, "14000-15000 1/1000", 0);
}

/* The flags of a folio that is being dissolved need not fit together. */
static void torn_folios_do_not_run_away(void **state)
{
	int file = file_make(64);

	(void)state;
	flag(file, 10, BAD | BIT(KPF_HUGE));
	folio(file, 11, 4, 9, false);
	flag(file, 11, TAIL);
	flag(file, 30, BAD | TAIL);
	flag(file, 29, BIT(KPF_COMPOUND_HEAD));
	check(file, "0-40000 ram", PAGE, "a000-b000 1/1000, 1e000-1f000 1/1000", 0);
}

static void pages_without_a_struct_page_are_nothing(void **state)
{
	int file = file_make(64);

	(void)state;
	for (uint64_t pfn = 8; pfn < 16; pfn++)
		flag(file, pfn, BIT(KPF_NOPAGE));
	check(file, "0-40000 ram", PAGE, "", 0);
}

static void short_reads_are_gone_on_with(void **state)
{
	struct hwpoison_scan_options options = {.page_size = PAGE, .threads = 2};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	int file = file_make(70000);

	(void)state;
	flag(file, 69999, BAD);
	flag(file, 23, BAD);
	trouble = SHORT;
	assert_int_equal(scan_with(file, "0-11170000 ram", options, &frames, &result, NULL), 0);
	assert_string_equal(frames_words(&frames), "17000-18000 1/1000, 1116f000-11170000 1/1000");
	assert_int_equal(result.frames_read, 70000);
	hwpoison_frames_free(&frames);
	close(file);
}

static void interrupted_reads_are_done_again(void **state)
{
	int file = file_make(64);

	(void)state;
	folio(file, 16, 16, 0, false);
	trouble = INTERRUPTED;
	check(file, "0-40000 ram", PAGE, "10000-11000 1/1000, 11000-20000 2/1000", 15 * PAGE);
}

static void a_file_that_ends_too_early_is_refused(void **state)
{
	const unsigned int threads[] = {1, 2, 5};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hwpoison_frames frames = {0};
		struct hwpoison_scan_result result = {0};
		struct hwpoison_problem problem;
		int file = file_make(100);

		flag(file, 5, BAD);
		assert_int_equal(scan_with(file, "0-20000 ram, 40000-80000 ram, 90000-a0000 ram",
					   (struct hwpoison_scan_options){.page_size = PAGE,
									  .threads = threads[i],
									  .buffer = 64},
					   &frames, &result, &problem),
				 HWPOISON_ESHORT);
		assert_int_equal(problem.start, 0x64000);
		assert_int_equal(problem.end, 0x80000);
		assert_string_equal(problem.what, "kpageflags");
		assert_int_equal(result.missing.start, 0x64000);
		assert_int_equal(result.missing.end, 0x80000);
		assert_int_equal(frames.count, 0);
		close(file);
	}
}

static void an_empty_file_lacks_the_first_ram(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};
	int file = file_make(0);

	(void)state;
	assert_int_equal(scan_with(file, "1000-5000 ram",
				   (struct hwpoison_scan_options){.page_size = PAGE}, &frames,
				   &result, NULL),
			 HWPOISON_ESHORT);
	assert_int_equal(result.missing.start, 0x1000);
	assert_int_equal(result.missing.end, 0x5000);
	close(file);
}

static void a_file_cut_inside_a_number_lacks_it(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};
	int file = file_make(8);

	(void)state;
	assert_int_equal(ftruncate(file, 61), 0);
	assert_int_equal(scan_with(file, "0-8000 ram",
				   (struct hwpoison_scan_options){.page_size = PAGE}, &frames,
				   &result, NULL),
			 HWPOISON_ESHORT);
	assert_int_equal(result.missing.start, 0x7000);
	close(file);
}

static void a_failing_read_says_why(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};
	struct hwpoison_problem problem;
	struct hwpoison_scan_options options = {.page_size = PAGE, .threads = 3, .buffer = 64};
	int file = file_make(4096);

	(void)state;
	trouble = FAILING;
	failing_from = 1000 * 8;
	assert_int_equal(scan_with(file, "0-1000000 ram", options, &frames, &result, &problem),
			 HWPOISON_EIO);
	assert_int_equal(problem.os_error, EIO);
	assert_int_equal(frames.count, 0);
	close(file);

	/* The lowest failure is the one that is told, whichever thread met it first. */
	assert_int_equal(scan_with(-1, "0-1000000 ram", options, &frames, &result, &problem),
			 HWPOISON_EIO);
	assert_int_equal(problem.os_error, EBADF);
}

static void a_failing_read_of_a_folio_is_a_failure(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};
	struct hwpoison_problem problem;
	struct hwpoison_scan_options options = {.page_size = PAGE, .threads = 1, .buffer = 64};
	int file = file_make(8192);

	(void)state;
	folio(file, 64, 16, 0, false);
	trouble = FAILING;
	failing_from = 80 * 8;
	assert_int_equal(scan_with(file, "40000-50000 ram", options, &frames, &result, &problem),
			 HWPOISON_EIO);
	assert_int_equal(problem.os_error, EIO);
	assert_int_equal(frames.count, 0);
	close(file);
}

static void arguments_are_checked(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {0};

	(void)state;
	assert_int_equal(scan_with(-1, "0-1000 ram", (struct hwpoison_scan_options){.page_size = 0},
				   &frames, &result, NULL),
			 HWPOISON_EARGUMENT);
	assert_int_equal(scan_with(-1, "0-1000 ram",
				   (struct hwpoison_scan_options){.page_size = 4097}, &frames,
				   &result, NULL),
			 HWPOISON_EARGUMENT);
	assert_int_equal(scan_with(-1, "0-1000 ram",
				   (struct hwpoison_scan_options){.page_size = PAGE,
								  .buffer = 4097},
				   &frames, &result, NULL),
			 HWPOISON_EARGUMENT);
}

static void no_ram_is_nothing_to_do(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result = {.frames_read = 99};

	(void)state;
	assert_int_equal(scan_with(-1, "", (struct hwpoison_scan_options){.page_size = PAGE},
				   &frames, &result, NULL),
			 0);
	assert_int_equal(result.frames_read, 0);
}

static void what_was_known_stays_known(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	int file = file_make(64);

	(void)state;
	frames_of_words("2000-5000 20/1000", &frames);
	flag(file, 3, BAD);
	assert_int_equal(scan_with(file, "0-40000 ram",
				   (struct hwpoison_scan_options){.page_size = PAGE}, &frames,
				   &result, NULL),
			 0);
	assert_string_equal(frames_words(&frames),
			    "2000-3000 20/1000, 3000-4000 21/1000, 4000-5000 20/1000");
	hwpoison_frames_free(&frames);
	close(file);
}

struct told {
	atomic_bool inside;
	bool twice, fell;
	uint64_t done, total;
	unsigned int times;
};

static void progress(void *context, uint64_t done, uint64_t total)
{
	struct told *told = context;

	if (atomic_exchange(&told->inside, true))
		told->twice = true;
	/* Whoever could come in comes in now. */
	for (int i = 0; i < 20; i++)
		sched_yield();
	if (done < told->done)
		told->fell = true;
	told->done = done;
	told->total = total;
	told->times++;
	atomic_store(&told->inside, false);
}

static void progress_is_told_by_one_at_a_time_and_rises(void **state)
{
	struct told told = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	struct hwpoison_scan_options options = {.page_size = PAGE,
						.threads = 4,
						.buffer = 512,
						.progress = progress,
						.context = &told};
	int file = file_make(8192);

	(void)state;
	assert_int_equal(scan_with(file, "0-2000000 ram", options, &frames, &result, NULL), 0);
	assert_false(told.twice);
	assert_false(told.fell);
	assert_int_equal(told.done, 0x2000000);
	assert_int_equal(told.total, 0x2000000);
	assert_int_equal(told.times, 8192 * 8 / 512);
	close(file);
}

/* Handlers of the caller must run in the caller's threads. */
static atomic_uint signals_open;

static void signal_look(void *context, uint64_t done, uint64_t total)
{
	sigset_t blocked;

	(void)done;
	(void)total;
	if (pthread_equal(pthread_self(), *(pthread_t *)context))
		return;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGUSR1))
		atomic_fetch_add(&signals_open, 1);
}

static void signals_are_left_to_the_caller(void **state)
{
	pthread_t self = pthread_self();
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	struct hwpoison_scan_options options = {.page_size = PAGE,
						.threads = 4,
						.buffer = 8,
						.progress = signal_look,
						.context = &self};
	sigset_t blocked;
	int file = file_make(8192);

	(void)state;
	assert_int_equal(scan_with(file, "0-2000000 ram", options, &frames, &result, NULL), 0);
	assert_int_equal(atomic_load(&signals_open), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGUSR1));
	close(file);
}

/* Random files: any number of threads and any buffer give what one thread gives. */
static void threads_make_no_difference(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct hwpoison_frames one = {0};
		struct hwpoison_scan_result result;
		struct hwpoison_scan_options options = {.page_size = PAGE, .threads = 1};
		int file = file_make(4096);
		char expected[WORDS_SIZE];

		for (int i = 0; i < 12; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			if (random % 3)
				flag(file, random / 8 % 4096, BAD);
			else
				folio(file, random / 8 % 60 * 64, 64, random / 4096 % 64, false);
		}
		assert_int_equal(scan_with(file, "0-400000 ram, 480000-1000000 ram", options, &one,
					   &result, NULL),
				 0);
		strcpy(expected, frames_words(&one));
		hwpoison_frames_free(&one);
		check(file, "0-400000 ram, 480000-1000000 ram", PAGE, expected,
		      result.hugetlb_extended);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_found_where_nothing_is_bad),
		TEST(single_frames_and_runs_are_found),
		TEST(only_ram_is_looked_at),
		TEST(reads_end_where_ram_ends),
		TEST(larger_pages_are_larger_frames),
		TEST(a_page_that_is_ram_in_part_is_looked_at),
		TEST(a_page_of_two_pieces_of_ram_is_looked_at_once),
		TEST(a_partial_last_page_need_not_be_in_the_file),
		TEST(unsorted_and_overlapping_ram_is_scanned_once),
		TEST(a_head_that_is_flagged_stands_for_its_folio),
		TEST(a_tail_that_is_flagged_stands_for_its_folio),
		TEST(a_folio_that_is_flagged_whole_is_not_extended),
		TEST(neighbouring_folios_are_not_mixed_up),
		TEST(a_folio_over_a_border_of_ram_is_taken_whole),
		TEST(a_folio_at_the_ends_of_the_file_is_taken),
		TEST(several_flagged_pages_of_a_folio_extend_it_once),
		TEST(other_compound_pages_are_exact),
		TEST(torn_folios_do_not_run_away),
		TEST(pages_without_a_struct_page_are_nothing),
		TEST(short_reads_are_gone_on_with),
		TEST(interrupted_reads_are_done_again),
		TEST(a_file_that_ends_too_early_is_refused),
		TEST(an_empty_file_lacks_the_first_ram),
		TEST(a_file_cut_inside_a_number_lacks_it),
		TEST(a_failing_read_says_why),
		TEST(a_failing_read_of_a_folio_is_a_failure),
		TEST(arguments_are_checked),
		TEST(no_ram_is_nothing_to_do),
		TEST(what_was_known_stays_known),
		TEST(progress_is_told_by_one_at_a_time_and_rises),
		TEST(signals_are_left_to_the_caller),
		TEST(threads_make_no_difference),
	};

	return cmocka_run_group_tests_name("kpageflags", tests, NULL, NULL);
}
