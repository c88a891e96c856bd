/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, word by word: what -l, -f, -e and their like come to in each order is what
 * kexec-tools makes of it; every option of the table is taken and does what it says; what it does
 * not take is refused with one line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kexec/arch.h"
#include "kexec/failure.h"
#include "kexec/options_table.h"
#include "kexec/plan.h"
#include "tests/unit/capture.h"

#define WORDS_MAX 16

/* Splits at blanks; words point into line. */
static int parse_on(const struct arch *arch, char *line, struct options *options)
{
	static char *argv[WORDS_MAX + 1];
	int argc = 0, code;

	for (char *word = strtok(line, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	code = options_parse(argc, argv, arch, options);
	return code;
}

static int parse(char *line, struct options *options)
{
	return parse_on(&arch_x86_64, line, options);
}

static void actions_are_those_of_kexec_tools(void **state)
{
	static const struct {
		char line[64];
		enum action action;
		bool no_ifdown, no_sync, unload_first, panic;
	} cases[] = {
		{"kexec K", ACTION_LOAD_AND_REBOOT, true, false, false, false},
		{"kexec -l K", ACTION_LOAD, true, false, false, false},
		{"kexec K -l", ACTION_LOAD, true, false, false, false},
		{"kexec -f K", ACTION_FORCE, false, false, false, false},
		{"kexec -l -f K", ACTION_FORCE, false, false, false, false},
		{"kexec -f -l K", ACTION_LOAD, false, false, false, false},
		{"kexec -lf K", ACTION_FORCE, false, false, false, false},
		{"kexec -e", ACTION_EXEC, false, false, false, false},
		{"kexec -l -e K", ACTION_EXEC, false, false, false, false},
		{"kexec -e -l K", ACTION_LOAD, false, false, false, false},
		{"kexec -e -f K", ACTION_FORCE, false, false, false, false},
		{"kexec -f -e K", ACTION_EXEC, false, false, false, false},
		{"kexec -e -x", ACTION_EXEC, true, false, false, false},
		{"kexec -x -e", ACTION_EXEC, false, false, false, false},
		{"kexec -e -y", ACTION_EXEC, false, true, false, false},
		{"kexec -y -e", ACTION_EXEC, false, false, false, false},
		{"kexec -f -x -y K", ACTION_FORCE, true, true, false, false},
		{"kexec -u", ACTION_UNLOAD, true, true, false, false},
		{"kexec -l -u K", ACTION_UNLOAD, true, true, false, false},
		{"kexec -u -l K", ACTION_LOAD, true, true, true, false},
		{"kexec -u -e", ACTION_EXEC, false, false, true, false},
		{"kexec -p -u", ACTION_UNLOAD, true, true, false, true},
		{"kexec -p -s K", ACTION_LOAD, true, true, false, true},
		{"kexec -S", ACTION_STATUS, true, false, false, true},
		{"kexec -S -S", ACTION_STATUS, true, false, false, true},
		{"kexec -S -l", ACTION_STATUS, true, false, false, false},
		{"kexec -lS", ACTION_STATUS, true, false, false, false},
		{"kexec -S -p", ACTION_STATUS, true, true, false, true},
		{"kexec --dry-run -e", ACTION_DRY_RUN, false, false, false, false},
		{"kexec -f --dry-run K", ACTION_DRY_RUN, false, false, false, false},
		{"kexec --hwpoison-list", ACTION_LIST, true, false, false, false},
		{"kexec --snapshot=x", ACTION_SNAPSHOT, true, false, false, false},
		{"kexec --print-ckr-size", ACTION_CRASH_SIZE, true, false, false, false},
		{"kexec --hwpoison-announce", ACTION_ANNOUNCE, true, false, false, false},
		{"kexec --status-long", ACTION_SHOW_STATUS, true, false, false, false},
		{"kexec -l --help", ACTION_HELP, true, false, false, false},
		{"kexec -?", ACTION_HELP, true, false, false, false},
		{"kexec -v --no-such", ACTION_VERSION, true, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[64];

		strcpy(line, cases[i].line);
		assert_int_equal(parse(line, &options), 0);
		assert_int_equal(options.action, cases[i].action);
		if (options.action != ACTION_HELP && options.action != ACTION_VERSION)
			assert_int_equal(options.no_ifdown, cases[i].no_ifdown);
		assert_int_equal(options.no_sync, cases[i].no_sync);
		assert_int_equal(options.unload_first, cases[i].unload_first);
		assert_int_equal(options.panic, cases[i].panic);
		options_free(&options);
	}
}

static void values_arrive(void **state)
{
	struct options options;
	char line[] = "kexec -l -t bzImage --initrd I --append=A=B --dtb=D --mem-min=0x1000 "
		      "--mem-max 65535 --serial=ttyS1 --serial-baud=9600 -d -i K other";
	char more[] = "kexec --preserve-hwpoison --hwpoison-file=a --hwpoison-file b "
		      "--hwpoison-forget=0x1000 --hwpoison-forget=all --hwpoison-max-waste=1M "
		      "--hwpoison-max-entries=7 --hwpoison-max-regions=8 --hwpoison-threads=9 "
		      "--hwpoison-late=refuse --dry-run=json --run-dir=R";

	(void)state;
	assert_int_equal(parse(line, &options), 0);
	assert_string_equal(options.kernel, "K");
	assert_string_equal(options.type, "bzImage");
	assert_string_equal(options.initrd, "I");
	assert_string_equal(options.append, "A=B");
	assert_string_equal(options.dtb, "D");
	assert_int_equal(options.mem_min, 0x1000);
	assert_int_equal(options.mem_max, 65535);
	assert_string_equal(options.serial, "ttyS1");
	assert_int_equal(options.serial_baud, 9600);
	assert_true(options.debug && options.no_checks && !options.preserve);
	options_free(&options);

	assert_int_equal(parse(more, &options), 0);
	assert_true(options.preserve && options.forget_all);
	assert_int_equal(options.file_count, 2);
	assert_string_equal(options.files[0], "a");
	assert_string_equal(options.files[1], "b");
	assert_int_equal(options.forget_count, 1);
	assert_string_equal(options.forget[0], "0x1000");
	assert_int_equal(options.max_waste, 1 << 20);
	assert_int_equal(options.max_entries, 7);
	assert_int_equal(options.max_regions, 8);
	assert_int_equal(options.threads, 9);
	assert_int_equal(options.late, LATE_REFUSE);
	assert_int_equal(options.format, REPORT_JSON);
	assert_string_equal(options.run_dir, "R");
	options_free(&options);
}

static void what_is_not_said_is_as_documented(void **state)
{
	struct options options;
	char line[] = "kexec -l K";

	(void)state;
	assert_int_equal(parse(line, &options), 0);
	assert_int_equal(options.max_waste, 64 << 20);
	assert_int_equal(options.mem_min, 0);
	assert_true(options.mem_max == UINT64_MAX);
	assert_int_equal(options.late, LATE_RELOAD);
	assert_string_equal(options.machine, "/");
	assert_string_equal(options.run_dir, "/run/kexec");
	assert_int_equal(options.modes, MODE_AUTO);
	assert_null(options.append);
	options_free(&options);
}

static void versions_of_kho(void **state)
{
	static const struct {
		const char *words;
		unsigned int abi; /* 0: refused */
	} cases[] = {
		{"kho-v2", 2}, {"kho-v3", 3}, {"kho-v4", 4}, {"v4", 4},	  {"4", 4},
		{"2", 2},      {"kho-v1", 0}, {"kho-v5", 0}, {"1", 0},	  {"kho-v44", 0},
		{"44", 0},     {"kho-v", 0},  {"kho-", 0},   {"kho4", 0}, {"KHO-V4", 0},
		{"v", 0},      {"", 0},	      {"-4", 0},
	};
	char both[] = "kexec --preserve-hwpoison --hwpoison-mode=kho --kho-scratch=96M "
		      "--kho-discard -l K";
	char abi[] = "kexec --kho-abi=4 -l K", scratch[] = "kexec --kho-scratch=96M -l K";
	char discard[] = "kexec --kho-discard -l K";
	struct options options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char line[120];
		int code;

		snprintf(line, sizeof(line),
			 "kexec --preserve-hwpoison --hwpoison-mode=e820,kho --kho-abi=%s -l K",
			 cases[i].words);
		capture_start();
		code = parse(line, &options);
		capture_stop();
		assert_int_equal(code, cases[i].abi ? 0 : EXIT_USAGE);
		if (!code) {
			assert_int_equal(options.kho_abi, cases[i].abi);
			options_free(&options);
		}
	}
	assert_int_equal(parse(both, &options), 0);
	assert_int_equal(options.kho_scratch, 96 << 20);
	assert_true(options.kho_discard);
	assert_int_equal(options.kho_abi, 0);
	options_free(&options);
	/* They mean nothing without the other; what is discarded may be lost by any load. */
	capture_start();
	assert_int_equal(parse(abi, &options), EXIT_USAGE);
	assert_int_equal(parse(scratch, &options), EXIT_USAGE);
	capture_stop();
	assert_int_equal(parse(discard, &options), 0);
	options_free(&options);
}

/* Options of one mode mean nothing in another. */
static void options_of_kho(void **state)
{
	static const struct {
		const char *words;
		int code;
	} cases[] = {
		{"--hwpoison-mode=kho --kho-scratch=1G", 0},
		{"--hwpoison-mode=kho --kho-scratch=1", 0},
		{"--hwpoison-mode=dtb,kho --kho-scratch=4096T", 0},
		{"--hwpoison-mode=kho --kho-scratch=0", EXIT_USAGE},
		{"--hwpoison-mode=kho --kho-scratch=0x10000000000001", EXIT_USAGE},
		{"--hwpoison-mode=kho --kho-scratch=17592186044415M", EXIT_USAGE},
		{"--hwpoison-mode=kho --kho-scratch=18446744073709551615", EXIT_USAGE},
		{"--kho-scratch=1G", EXIT_USAGE},
		{"--hwpoison-mode=e820 --kho-scratch=1G", EXIT_USAGE},
		{"--hwpoison-mode=auto --kho-abi=4", EXIT_USAGE},
		{"--kho-abi=4 --hwpoison-mode=e820,kho", 0},
		{"--hwpoison-mode=kho --hwpoison-fdt-way=nodes", EXIT_USAGE},
		{"--hwpoison-mode=kho --hwpoison-fdt-way=auto", 0},
		{"--hwpoison-mode=dtb,kho --hwpoison-fdt-way=nodes", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[120];
		int code;

		snprintf(line, sizeof(line), "kexec --preserve-hwpoison %s -l K", cases[i].words);
		capture_start();
		code = parse(line, &options);
		capture_stop();
		if (code != cases[i].code)
			fail_msg("%s: %d", cases[i].words, code);
		if (!code)
			options_free(&options);
	}
}

static void modes_are_lists(void **state)
{
	static const struct {
		const char *words;
		int modes; /* negative: refused */
	} cases[] = {
		{"auto", 0},
		{"e820", MODE_E820},
		{"dtb", MODE_DTB},
		{"kho", MODE_KHO},
		{"e820,kho", MODE_E820 | MODE_KHO},
		{"kho,e820,kho", MODE_E820 | MODE_KHO},
		{"", -1},
		{",", -1},
		{"e820,", -1},
		{"e82", -1},
		{"e8200", -1},
		{"auto,e820", -1},
		{"e820,auto", -1},
		{"E820", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[80];
		int code;

		snprintf(line, sizeof(line), "kexec --preserve-hwpoison --hwpoison-mode=%s -l K",
			 cases[i].words);
		capture_start();
		code = parse(line, &options);
		capture_stop();
		assert_int_equal(code, cases[i].modes < 0 ? EXIT_USAGE : 0);
		if (!code)
			assert_int_equal(options.modes, cases[i].modes);
		options_free(&options);
	}
}

static void names_may_be_cut_short(void **state)
{
	static const struct {
		char line[48];
		enum action action;
	} cases[] = {
		{"kexec --stat", ACTION_STATUS}, /* in spite of --status-long */
		{"kexec --pri", ACTION_CRASH_SIZE},
		{"kexec --pr", ACTION_CRASH_SIZE}, /* in spite of --preserve-hwpoison */
		{"kexec --dry", ACTION_DRY_RUN},
		{"kexec --unl", ACTION_UNLOAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[48];

		strcpy(line, cases[i].line);
		assert_int_equal(parse(line, &options), 0);
		assert_int_equal(options.action, cases[i].action);
		options_free(&options);
	}
}

static void wrong_words_are_refused(void **state)
{
	static const struct {
		const char *line;
		int code;
		const char *says;
	} cases[] = {
		{"kexec", EXIT_FAILED, "No kernel specified"},
		{"kexec -l", EXIT_FAILED, "No kernel specified"},
		{"kexec --lo K", EXIT_USAGE, "ambiguous"},
		{"kexec --p K", EXIT_USAGE, "ambiguous"}, /* two of theirs, and one of ours */
		{"kexec --nothing", EXIT_USAGE, "unrecognized option '--nothing'"},
		{"kexec -Q", EXIT_USAGE, "invalid option -- 'Q'"},
		{"kexec -l K -t", EXIT_USAGE, "requires an argument"},
		{"kexec -l K --type", EXIT_USAGE, "requires an argument"},
		{"kexec -l=K", EXIT_USAGE, "invalid option -- '='"},
		{"kexec --load=K", EXIT_USAGE, "doesn't allow an argument"},
		{"kexec -u --append=x", EXIT_USAGE, "nothing is loaded"},
		{"kexec -p K", EXIT_USAGE, "-p is refused"},
		{"kexec --dry-run -p K", EXIT_USAGE, "--dry-run cannot go with -p"},
		{"kexec -p --dry-run", EXIT_USAGE, "--dry-run cannot go with -p"},
		{"kexec -s --preserve-hwpoison -l K", EXIT_USAGE, "cannot be told of bad memory"},
		{"kexec -l --machine=/tmp K", EXIT_USAGE, "not be loaded, started or asked"},
		{"kexec -f --machine=/tmp K", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec --machine=/tmp K", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec -e --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec -u --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec -u -f --machine=/tmp K", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec -S --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec --status-long --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec --print-ckr-size --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec --hwpoison-announce --machine=/tmp", EXIT_USAGE, "--machine=/tmp: "},
		{"kexec --dry-run --snapshot=x", EXIT_USAGE, "cannot go together"},
		{"kexec -l --entry=5 K", EXIT_USAGE, "--entry is refused"},
		{"kexec -l K --mem-min=-1", EXIT_USAGE, "an address is wanted"},
		{"kexec -l K --mem-min=18446744073709551616", EXIT_USAGE, "an address is wanted"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[80];
		const char *said;
		int code, quiet;

		strcpy(line, cases[i].line);
		fflush(stdout);
		quiet = dup(STDOUT_FILENO);
		assert_non_null(freopen("/dev/null", "w", stdout)); /* the usage */
		capture_start();
		code = parse(line, &options);
		said = capture_stop();
		fflush(stdout);
		dup2(quiet, STDOUT_FILENO);
		close(quiet);
		assert_int_equal(code, cases[i].code);
		assert_non_null(strstr(said, cases[i].says));
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
		options_free(&options);
	}
}

/* On arm64 a loader's options are the architecture's in kexec-tools, and pass. */
static void loader_options_pass_on_arm64(void **state)
{
	struct options options;
	char line[] = "kexec -u --append=x";

	(void)state;
	assert_int_equal(parse_on(&arch_arm64, line, &options), 0);
	assert_int_equal(options.action, ACTION_UNLOAD);
	options_free(&options);
}

/* The table itself: nothing twice, every row does something and says what. */
static void the_table_is_sound(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct option_row *row = option_table; row->name; row++, count++) {
		assert_non_null(row->apply);
		assert_true(row->help && *row->help);
		assert_int_equal(row->argument == ARGUMENT_NONE, row->value_name == NULL);
		for (const struct option_row *other = option_table; other < row; other++) {
			assert_string_not_equal(row->name, other->name);
			assert_true(!row->letter || row->letter != other->letter);
		}
	}
	assert_true(count > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_are_those_of_kexec_tools),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(what_is_not_said_is_as_documented),
		cmocka_unit_test(modes_are_lists),
		cmocka_unit_test(versions_of_kho),
		cmocka_unit_test(options_of_kho),
		cmocka_unit_test(names_may_be_cut_short),
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(loader_options_pass_on_arm64),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
