/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot is there whole or not at all: also when the program is told to end in the middle. Files
 * are written, and read within their bounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/file.h"
#include "kexec/snapshot.h"
#include "tests/unit/capture.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

static char taken[96];

static void start(struct machine_fixture *f)
{
	fixture_x86_64(f);
	fixture_poison(f, 0x40000000, UINT64_C(0x200000), UINT64_C(0));
	assert_int_equal(fixture_read(f), 0);
	snprintf(taken, sizeof(taken), "%s/taken", f->root);
}

/* snapshot_write() says on standard output what it took. */
static int take(struct machine_fixture *f)
{
	int code, quiet;

	fflush(stdout);
	quiet = dup(STDOUT_FILENO);
	assert_non_null(freopen("/dev/null", "w", stdout));
	code = snapshot_write(&f->machine, taken);
	fflush(stdout);
	dup2(quiet, STDOUT_FILENO);
	close(quiet);
	return code;
}

static size_t left(void)
{
	char pattern[100];
	size_t count;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s*", taken);
	count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return count;
}

static void a_snapshot_is_read_like_its_machine(void **state)
{
	struct machine_fixture f;
	struct options options;
	struct machine again;

	(void)state;
	start(&f);
	assert_int_equal(take(&f), 0);
	assert_int_equal(left(), 1);
	options = f.options;
	options.machine = taken;
	assert_int_equal(machine_read(&options, &again, &f.warnings), 0);
	assert_ptr_equal(again.arch, f.machine.arch);
	assert_string_equal(again.kernel_release, f.machine.kernel_release);
	assert_string_equal(again.command_line, f.machine.command_line);
	assert_string_equal(map_words(&again.memory),
			    "0-9fc00 ram, 9fc00-a0000 reserved, 100000-40000000 ram");
	machine_free(&again);
	fixture_free(&f);
}

static void a_signal_leaves_nothing(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct timespec now = {0};
	struct machine_fixture f;
	sigset_t set, before;

	(void)state;
	start(&f);
	for (size_t i = 0; i < 3; i++) {
		/* Among small files as well as in the one that takes long. */
		if (i == 2)
			fixture_remove(&f, "proc/kpageflags");
		sigemptyset(&set);
		sigaddset(&set, signals[i]);
		sigprocmask(SIG_BLOCK, &set, &before);
		raise(signals[i]);
		capture_start();
		assert_int_equal(take(&f), EXIT_USAGE);
		assert_non_null(strstr(capture_stop(), "Interrupted"));
		assert_int_equal(left(), 0);
		/* It is still there to end the program with. */
		assert_int_equal(sigtimedwait(&set, NULL, &now), signals[i]);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	assert_int_equal(take(&f), 0);
	fixture_free(&f);
}

static void nothing_is_written_over(void **state)
{
	struct machine_fixture f;

	(void)state;
	start(&f);
	assert_int_equal(mkdir(taken, 0700), 0);
	capture_start();
	assert_int_equal(take(&f), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "is there already"));
	assert_int_equal(rmdir(taken), 0);
	assert_int_equal(left(), 0);
	fixture_free(&f);
}

static void files_are_read_within_bounds(void **state)
{
	struct machine_fixture f;
	void *bytes;
	size_t size;

	(void)state;
	start(&f);
	fixture_text(&f, "ten", "0123456789");
	assert_int_equal(machine_file(&f.machine, "ten", 10, &bytes, &size), 0);
	assert_int_equal(size, 10);
	assert_string_equal(bytes, "0123456789");
	free(bytes);
	assert_int_equal(machine_file(&f.machine, "ten", 9, &bytes, &size), -EFBIG);
	assert_int_equal(machine_file(&f.machine, "none", 9, &bytes, &size), -ENOENT);
	assert_int_equal(machine_file(&f.machine, "sys", 9, &bytes, &size), -EISDIR);
	/* A file that does not say its size, and never ends. */
	assert_int_equal(file_read_at(AT_FDCWD, "/dev/zero", 1 << 20, &bytes, &size), -EFBIG);
	assert_int_equal(file_read_at(AT_FDCWD, "/dev/null", 1 << 20, &bytes, &size), 0);
	assert_int_equal(size, 0);
	free(bytes);
	fixture_free(&f);
}

static void files_are_written_whole_or_not(void **state)
{
	struct machine_fixture f;
	void *bytes;
	size_t size;

	(void)state;
	start(&f);
	assert_int_equal(file_write_at(f.machine.root_fd, "out", "first", 5), 0);
	assert_int_equal(file_write_at(f.machine.root_fd, "out", "2", 1), 0);
	assert_int_equal(machine_file(&f.machine, "out", 10, &bytes, &size), 0);
	assert_string_equal(bytes, "2");
	free(bytes);
	assert_int_equal(file_create_at(f.machine.root_fd, "out", "3", 1), -EEXIST);
	/* In place of a directory it cannot be put; what it wrote is gone again. */
	assert_int_equal(file_write_at(f.machine.root_fd, "proc", "4", 1), -EISDIR);
	snprintf(taken, sizeof(taken), "%s/proc.", f.root);
	assert_int_equal(left(), 0);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_is_read_like_its_machine),
		cmocka_unit_test(a_signal_leaves_nothing),
		cmocka_unit_test(nothing_is_written_over),
		cmocka_unit_test(files_are_read_within_bounds),
		cmocka_unit_test(files_are_written_whole_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
