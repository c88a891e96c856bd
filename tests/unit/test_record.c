/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record comes back as it was written, is believed only in its own boot and when nobody else
 * can have written it, and notices files that changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/plan.h"
#include "kexec/record.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/words.h"

static char *const words[] = {(char *)"kexec", (char *)"--preserve-hwpoison", (char *)"-l",
			      (char *)"kern\"el \xc3\xa9", NULL};

static void record_make(struct fake *fake, struct record *record)
{
	*record = (struct record){0};
	assert_int_equal(record_begin(record, &fake->host, 4, words), 0);
	assert_int_equal(record_file_add(record, "kernel", fake_path(fake, "kernel"), NULL, 0), 0);
	assert_int_equal(record_file_add(record, "initrd", fake_path(fake, "initrd"), NULL, 0), 0);
	record->preserve = true;
	record->modes = MODE_E820 | MODE_KHO;
	frames_of_words("1000-3000 1/1000, 200000-400000 3/200000", &record->frames);
	frames_of_words("1000-5000 1/1000, 200000-400000 42/1000", &record->excluded);
	record->counters = (struct counters){true, 12288, true, 7};
}

static int read_back(struct fake *fake, struct record *record)
{
	char reason[100];

	*record = (struct record){0};
	return record_read(fake->run_dir, &fake->host, record, reason, sizeof(reason));
}

static void comes_back_as_it_was(void **state)
{
	struct record record, back;
	struct fake fake;
	struct stat status;

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	assert_int_equal(stat(fake.run_dir, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(read_back(&fake, &back), 0);
	assert_string_equal(back.tool, record.tool);
	assert_string_equal(back.boot_id, record.boot_id);
	assert_int_equal(back.time, record.time);
	assert_int_equal(back.boot_time, record.boot_time);
	assert_string_equal(back.directory, record.directory);
	assert_int_equal(back.word_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(back.words[i], words[i]);
	assert_null(back.words[4]);
	assert_true(back.preserve);
	assert_false(back.file_call);
	assert_int_equal(back.modes, MODE_E820 | MODE_KHO);
	assert_int_equal(back.file_count, 2);
	assert_string_equal(back.files[0].role, "kernel");
	assert_int_equal(back.files[0].size, 8);
	/* printf 'a kernel' | sha256sum */
	assert_string_equal(back.files[0].sha256,
			    "4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126");
	assert_string_equal(frames_words(&back.frames), "1000-3000 1/1000, 200000-400000 3/200000");
	assert_string_equal(frames_words(&back.excluded),
			    "1000-5000 1/1000, 200000-400000 42/1000");
	assert_true(counters_equal(&back.counters, &record.counters));
	assert_int_equal(back.counters.corrupted, 12288);
	assert_int_equal(back.counters.failures, 7);
	record_free(&record);
	record_free(&back);
	fake_stop(&fake);
}

static void is_of_one_boot_only(void **state)
{
	struct record record, back;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	assert_int_equal(read_back(&fake, &back), -ENOENT);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	fake_file(&fake, "proc/sys/kernel/random/boot_id",
		  "01234567-89ab-cdef-0123-456789abcdee\n");
	assert_int_equal(read_back(&fake, &back), -ENOENT);
	record_free(&record);
	fake_stop(&fake);
}

static void is_removed(void **state)
{
	struct record record, back;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	assert_int_equal(record_remove(fake.run_dir), 0);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	assert_int_equal(record_remove(fake.run_dir), 0);
	assert_int_equal(read_back(&fake, &back), -ENOENT);
	assert_int_equal(record_remove(fake.run_dir), 0);
	record_free(&record);
	fake_stop(&fake);
}

static void is_believed_only_from_its_owner(void **state)
{
	struct record record, back;
	struct fake fake;
	char path[400];

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	snprintf(path, sizeof(path), "%s/" RECORD_NAME, fake.run_dir);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(read_back(&fake, &back), -EPERM);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(fake.run_dir, 0777), 0);
	assert_int_equal(read_back(&fake, &back), -EPERM);
	assert_int_equal(record_write(fake.run_dir, &record), -EPERM);
	assert_int_equal(chmod(fake.run_dir, 0700), 0);
	assert_int_equal(read_back(&fake, &back), 0);
	record_free(&back);
	/* Nor through a link to somewhere else. */
	assert_int_equal(rename(path, fake_path(&fake, "elsewhere")), 0);
	assert_int_equal(symlink(fake_path(&fake, "elsewhere"), path), 0);
	assert_int_equal(read_back(&fake, &back), -ELOOP);
	record_free(&record);
	fake_stop(&fake);
}

static void what_cannot_be_written_leaves_the_one_before(void **state)
{
	static char *const raw[] = {(char *)"kexec", (char *)"\xff\xfe", NULL};
	struct record record, unfit = {0}, back;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	assert_int_equal(record_begin(&unfit, &fake.host, 2, raw), 0);
	assert_int_equal(record_write(fake.run_dir, &unfit), -EILSEQ);
	assert_int_equal(read_back(&fake, &back), 0);
	assert_int_equal(back.word_count, 4);
	record_free(&back);
	record_free(&unfit);
	record_free(&record);
	fake_stop(&fake);
}

static void files_that_changed_are_noticed(void **state)
{
	const struct record_file *file;
	struct record record;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	assert_int_equal(record_files_check(&record, &file), 0);
	fake_file(&fake, "initrd", "an initrD"); /* of the same size */
	assert_int_equal(record_files_check(&record, &file), -ESTALE);
	assert_string_equal(file->role, "initrd");
	fake_file(&fake, "initrd", "an initrd");
	assert_int_equal(record_files_check(&record, &file), 0);
	fake_file_remove(&fake, "kernel");
	assert_int_equal(record_files_check(&record, &file), -ENOENT);
	assert_string_equal(file->role, "kernel");
	record_free(&record);
	fake_stop(&fake);
}

static void only_files_have_digests(void **state)
{
	static const uint8_t known[32] = {[0] = 0xab, [31] = 0x0f};
	struct record record = {0};
	struct fake fake;
	char path[400];

	(void)state;
	fake_start(&fake);
	assert_int_equal(record_file_add(&record, "kernel", fake.root, NULL, 0), -EINVAL);
	snprintf(path, sizeof(path), "%s/pipe", fake.root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(record_file_add(&record, "kernel", path, NULL, 0), -EINVAL);
	assert_int_equal(record_file_add(&record, "kernel", fake_path(&fake, "none"), NULL, 0),
			 -ENOENT);
	fake_file(&fake, "empty", "%s", "");
	assert_int_equal(record_file_add(&record, "initrd", fake_path(&fake, "empty"), NULL, 0), 0);
	/* sha256sum </dev/null */
	assert_string_equal(record.files[0].sha256,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* One that is known is taken, if it is of as many bytes as there are. */
	assert_int_equal(record_file_add(&record, "kernel", fake_path(&fake, "kernel"), known, 9),
			 -ESTALE);
	assert_int_equal(record_file_add(&record, "kernel", fake_path(&fake, "kernel"), known, 8),
			 0);
	assert_int_equal(record.files[1].size, 8);
	assert_string_equal(record.files[1].sha256,
			    "ab0000000000000000000000000000000000000000000000000000000000000f");
	record_free(&record);
	fake_stop(&fake);
}

/* A record with one member replaced, or taken out (NULL). */
static void check_refused(const char *text, const char *from, const char *to, const char *reason)
{
	const char *at = strstr(text, from);
	struct record record = {0};
	char changed[8192], why[160] = "";

	assert_non_null(at);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to,
		 at + strlen(from));
	assert_int_equal(record_parse(changed, strlen(changed), &record, why, sizeof(why)),
			 -EINVAL);
	fake_contains(why, reason);
	assert_null(record.words);
}

static void hostile_text_is_refused(void **state)
{
	struct record record;
	struct fake fake;
	char *text;

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	text = record_format(&record);
	assert_non_null(text);
	check_refused(text, "{", "", "line 2");
	check_refused(text, "{", "[", "line");
	check_refused(text, "\"version\": 1", "\"version\": 2", "version 2");
	check_refused(text, "\"version\": 1", "\"version\": \"1\"", "version");
	check_refused(text, "\"version\": 1", "\"version\": 1, \"version\": 1", "duplicate");
	check_refused(text, "01234567-89ab", "0123456-89ab", "boot_id");
	check_refused(text, "\"words\": [", "\"words\": [1,", "word");
	check_refused(text, "\"words\"", "\"wordy\"", "words");
	check_refused(text, "\"0x1000\"", "\"4096\"", "start");
	check_refused(text, "\"0x1000\"", "\"0x\"", "starts at");
	check_refused(text, "\"0x1000\"", "\"0x1000g\"", "starts at");
	check_refused(text, "\"0x1000\"", "\"0x10000000000000\"", "starts at");
	check_refused(text, "\"size\": 8192", "\"size\": 0", "size");
	check_refused(text, "\"size\": 8192", "\"size\": -1", "size");
	check_refused(text, "\"size\": 8192", "\"size\": 4503599627370496", "too large");
	check_refused(text, "\"page_size\": 4096", "\"page_size\": 4097", "0x1000");
	check_refused(text, "\"kpageflags\"", "\"nobody\"", "source");
	check_refused(text, "\"0x1000\"", "\"0x500000\"", "order");
	check_refused(text, "\"e820\"", "\"e821\"", "mode");
	check_refused(text, "\"sha256\": \"4", "\"sha256\": \"G", "SHA-256");
	check_refused(text, "\"sha256\": \"4", "\"sha256\": \"", "SHA-256");
	check_refused(text, "\"path\": \"/", "\"path\": \"", "absolute");
	check_refused(text, "\"directory\": \"/", "\"directory\": \"", "absolute");
	check_refused(text, "\"hardware_corrupted\": 12288", "\"hardware_corrupted\": -1",
		      "hardware_corrupted");
	check_refused(text, "\"preserve\": true", "\"preserve\": 1", "preserve");
	free(text);
	record_free(&record);
	fake_stop(&fake);
}

static void a_torn_file_is_refused(void **state)
{
	struct record record, back;
	struct fake fake;
	char path[400], reason[100];
	struct stat status;

	(void)state;
	fake_start(&fake);
	record_make(&fake, &record);
	assert_int_equal(record_write(fake.run_dir, &record), 0);
	snprintf(path, sizeof(path), "%s/" RECORD_NAME, fake.run_dir);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size / 2), 0);
	assert_int_equal(record_read(fake.run_dir, &fake.host, &back, reason, sizeof(reason)),
			 -EINVAL);
	fake_contains(reason, "line");
	assert_int_equal(truncate(path, (off_t)RECORD_SIZE_MAX + 1), 0);
	assert_int_equal(record_read(fake.run_dir, &fake.host, &back, reason, sizeof(reason)),
			 -EFBIG);
	record_free(&record);
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(comes_back_as_it_was),
		fake_test(is_of_one_boot_only),
		fake_test(is_removed),
		fake_test(is_believed_only_from_its_owner),
		fake_test(what_cannot_be_written_leaves_the_one_before),
		fake_test(files_that_changed_are_noticed),
		fake_test(only_files_have_digests),
		fake_test(hostile_text_is_refused),
		fake_test(a_torn_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
