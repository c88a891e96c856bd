/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /sys/firmware/memmap, made anew for each test in a directory of its own. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/words.h"

static char directory[256];

static int setup(void **state)
{
	const char *scratch = getenv("TEST_TMP");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/memmap.XXXXXX", scratch ? scratch : "/tmp");
	return mkdtemp(directory) ? 0 : -1;
}

static int file_remove(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(directory, file_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *entry, const char *name)
{
	static char path[400];

	snprintf(path, sizeof(path), "%s/%s/%s", directory, entry, name);
	return path;
}

static void put_bytes(const char *entry, const char *name, const char *bytes, size_t size)
{
	FILE *file;

	mkdir(path_of(entry, ""), 0700);
	file = fopen(path_of(entry, name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void put(const char *entry, const char *start, const char *end, const char *type)
{
	put_bytes(entry, "start", start, strlen(start));
	put_bytes(entry, "end", end, strlen(end));
	put_bytes(entry, "type", type, strlen(type));
}

static int read_map(struct hwpoison_map *map, struct hwpoison_problem *problem)
{
	int file = open(directory, O_RDONLY | O_DIRECTORY), error;

	assert_true(file >= 0);
	error = hwpoison_firmware_map_read(file, map, problem);
	assert_int_equal(close(file), 0);
	return error;
}

static void good(const char *expected)
{
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem;

	assert_int_equal(read_map(&map, &problem), 0);
	assert_int_equal(hwpoison_map_normalise(&map), 0);
	assert_string_equal(map_words(&map), expected);
	hwpoison_map_free(&map);
}

static void bad(int expected, const char *what, int os_error)
{
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem = {0};

	map_of_words("0-1000 ram", &map);
	assert_int_equal(read_map(&map, &problem), expected);
	assert_string_equal(problem.what, what);
	assert_int_equal(problem.os_error, os_error);
	assert_string_equal(map_words(&map), "0-1000 ram");
	assert_int_equal(read_map(&map, NULL), expected);
	hwpoison_map_free(&map);
}

static void every_type_is_known_by_its_name(void **state)
{
	(void)state;
	put("0", "0x0\n", "0xfff\n", "System RAM\n");
	put("1", "0x1000\n", "0x1fff\n", "Reserved\n");
	put("2", "0x2000\n", "0x2fff\n", "ACPI Tables\n");
	put("3", "0x3000\n", "0x3fff\n", "ACPI Non-volatile Storage\n");
	put("4", "0x4000\n", "0x4fff\n", "Unusable memory\n");
	put("5", "0x5000\n", "0x5fff\n", "Persistent Memory\n");
	put("6", "0x6000\n", "0x6fff\n", "Persistent Memory (legacy)\n");
	put("17", "0x7000\n", "0x7fff\n", "Soft Reserved\n");
	good("0-1000 ram, 1000-2000 reserved, 2000-3000 acpi, 3000-4000 nvs, 4000-5000 unusable, "
	     "5000-6000 pmem, 6000-7000 pram, 7000-8000 soft-reserved");
}

static void types_without_a_name_are_reserved(void **state)
{
	(void)state;
	put("0", "0x0\n", "0xfff\n", "Unknown E820 type\n");
	put("1", "0x2000\n", "0x2fff\n", "reserved\n");
	put("2", "0x4000\n", "0x4fff\n", "Memory of tomorrow\n");
	good("0-1000 reserved, 2000-3000 reserved, 4000-5000 reserved");
}

static void newlines_may_be_missing(void **state)
{
	(void)state;
	put("0", "0x1000", "0x1fff", "Unusable memory");
	good("1000-2000 unusable");
}

static void an_unknown_type_without_newline_looks_cut_off(void **state)
{
	(void)state;
	put("0", "0x1000\n", "0x1fff\n", "Unusable mem");
	bad(HWPOISON_EPARSE, "0/type", 0);
}

static void the_map_is_as_it_was_read(void **state)
{
	struct hwpoison_map map = {0};

	(void)state;
	put("0", "0x1000\n", "0x3fff\n", "System RAM\n");
	put("1", "0x2000\n", "0x2fff\n", "System RAM\n");
	assert_int_equal(read_map(&map, NULL), 0);
	assert_int_equal(map.count, 2);
	hwpoison_map_free(&map);
}

static void an_empty_directory_is_an_empty_map(void **state)
{
	(void)state;
	good("");
}

static void hidden_files_are_passed_over(void **state)
{
	(void)state;
	put(".git", "x", "x", "x");
	put("0", "0x1000\n", "0x1fff\n", "System RAM\n");
	good("1000-2000 ram");
}

static void other_names_are_refused(void **state)
{
	(void)state;
	put("0", "0x1000\n", "0x1fff\n", "System RAM\n");
	put("zero", "0x1000\n", "0x1fff\n", "System RAM\n");
	bad(HWPOISON_EPARSE, "zero/", 0);
}

static void missing_files_are_named(void **state)
{
	(void)state;
	put("5", "0x1000\n", "0x1fff\n", "System RAM\n");
	unlink(path_of("5", "type"));
	bad(HWPOISON_EIO, "5/type", ENOENT);
	unlink(path_of("5", "end"));
	bad(HWPOISON_EIO, "5/end", ENOENT);
	unlink(path_of("5", "start"));
	bad(HWPOISON_EIO, "5/start", ENOENT);
}

static void an_entry_that_is_a_file_is_refused(void **state)
{
	FILE *file = fopen(path_of(".", "7"), "w");

	(void)state;
	fclose(file);
	bad(HWPOISON_EIO, "7/start", ENOTDIR);
}

static void files_that_are_none_are_refused(void **state)
{
	(void)state;
	put("0", "0x1000\n", "0x1fff\n", "System RAM\n");
	unlink(path_of("0", "end"));
	assert_int_equal(mkfifo(path_of("0", "end"), 0600), 0);
	bad(HWPOISON_EIO, "0/end", EINVAL);
	unlink(path_of("0", "end"));
	assert_int_equal(mkdir(path_of("0", "end"), 0700), 0);
	bad(HWPOISON_EIO, "0/end", EISDIR);
}

static void garbage_in_an_address_is_refused(void **state)
{
	static const char *const garbage[] = {
		"",
		"\n",
		"0x",
		"0x\n",
		"x",
		"1000\n",
		"0x1000 \n",
		" 0x1000\n",
		"0x1000\n\n",
		"0x1000\r\n",
		"0x1000,\n",
		"-0x1000\n",
		"0x10g0\n",
		"0x1000\n0x2000\n",
		"0X1000\n",
		"0xx1000\n",
		"0x00000000000000000000000000000000000000000000000000000000000000000000001000\n",
	};

	(void)state;
	put("0", "0x1000\n", "0x1fff\n", "System RAM\n");
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		put_bytes("0", "start", garbage[i], strlen(garbage[i]));
		bad(HWPOISON_EPARSE, "0/start", 0);
	}
	put_bytes("0", "start", "0x10\0\n", 6);
	bad(HWPOISON_EPARSE, "0/start", 0);
}

static void empty_types_are_refused(void **state)
{
	(void)state;
	put("0", "0x1000\n", "0x1fff\n", "");
	bad(HWPOISON_EPARSE, "0/type", 0);
	put("0", "0x1000\n", "0x1fff\n", "\n");
	bad(HWPOISON_EPARSE, "0/type", 0);
}

static void ranges_that_are_none_are_refused(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem;

	(void)state;
	put("0", "0x2000\n", "0x1fff\n", "System RAM\n");
	bad(HWPOISON_ERANGE, "0/end", 0);
	put("0", "0x1000\n", "0x10000000000000\n", "System RAM\n");
	bad(HWPOISON_ERANGE, "0/end", 0);
	put("0", "0x1000\n", "0x1ffffffffffffffff\n", "System RAM\n");
	bad(HWPOISON_ERANGE, "0/end", 0);
	put("0", "0x1000\n", "0xffffffffffffffff\n", "Unusable memory\n");
	assert_int_equal(read_map(&map, &problem), HWPOISON_ERANGE);
	assert_true(problem.start == 0x1000 && problem.end == UINT64_MAX);
}

static void a_directory_that_cannot_be_opened_says_why(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem;
	int file;

	(void)state;
	assert_int_equal(hwpoison_firmware_map_read(-1, &map, &problem), HWPOISON_EIO);
	assert_int_equal(problem.os_error, EBADF);
	assert_string_equal(problem.what, "memmap");
	put("0", "0x1000\n", "0x1fff\n", "System RAM\n");
	file = open(path_of("0", "type"), O_RDONLY);
	assert_true(file >= 0);
	assert_int_equal(hwpoison_firmware_map_read(file, &map, &problem), HWPOISON_EIO);
	assert_int_equal(problem.os_error, ENOTDIR);
	close(file);
}

static void real_machines_are_read(void **state)
{
	const char *top = getenv("TOP");
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	char path[600];
	int file;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/machines/x86_64/server-64g/sys/firmware/memmap",
		 top ? top : ".");
	file = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(file >= 0);
	assert_int_equal(hwpoison_firmware_map_read(file, &map, NULL), 0);
	close(file);
	assert_true(map.count > 10);
	assert_true(hwpoison_map_bytes(&map, HWPOISON_RAM) > (uint64_t)1 << 30);
	assert_int_equal(hwpoison_map_frames(&map, 4096, HWPOISON_SOURCE_FIRMWARE_MAP, &frames), 0);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_type_is_known_by_its_name),
		TEST(types_without_a_name_are_reserved),
		TEST(newlines_may_be_missing),
		TEST(an_unknown_type_without_newline_looks_cut_off),
		TEST(the_map_is_as_it_was_read),
		TEST(an_empty_directory_is_an_empty_map),
		TEST(hidden_files_are_passed_over),
		TEST(other_names_are_refused),
		TEST(missing_files_are_named),
		TEST(an_entry_that_is_a_file_is_refused),
		TEST(files_that_are_none_are_refused),
		TEST(garbage_in_an_address_is_refused),
		TEST(empty_types_are_refused),
		TEST(ranges_that_are_none_are_refused),
		TEST(a_directory_that_cannot_be_opened_says_why),
		TEST(real_machines_are_read),
	};

	return cmocka_run_group_tests_name("firmware_memmap", tests, NULL, NULL);
}
