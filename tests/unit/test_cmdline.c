/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next kernel's command line: what is reused, appended and left out, and which words stand in a
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/cmdline.h"
#include "kexec/failure.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "tests/unit/capture.h"

static void lines_are_made_as_in_kexec_tools(void **state)
{
	static const struct {
		const char *running, *append, *image;
		bool reuse;
		const char *line; /* NULL: none */
	} cases[] = {
		{"root=/dev/sda", NULL, NULL, false, NULL},
		{"root=/dev/sda", "quiet", NULL, false, "quiet"},
		{"root=/dev/sda", "", NULL, false, ""},
		{"root=/dev/sda", NULL, NULL, true, "root=/dev/sda"},
		{"root=/dev/sda", "quiet", NULL, true, "root=/dev/sda quiet"},
		{"root=/dev/sda", "", NULL, true, "root=/dev/sda"},
		{"BOOT_IMAGE=/vmlinuz root=x", NULL, NULL, true, "root=x"},
		{"root=x BOOT_IMAGE=/vmlinuz quiet", NULL, NULL, true, "root=x quiet"},
		{"BOOT_IMAGE=\"/a b\" root=x", NULL, NULL, true, "root=x"},
		{"root=x a=\"b  c\"  d", NULL, NULL, true, "root=x a=\"b  c\" d"},
		{"xBOOT_IMAGE=y", NULL, NULL, true, "xBOOT_IMAGE=y"},
		{"BOOT_IMAGE=/vmlinuz", "quiet", NULL, true, "quiet"},
		{"", "quiet", NULL, true, "quiet"},
		{"root=x", NULL, "own", false, "own"},
		{"root=x", "quiet", "own", false, "quiet"},
		{"root=x", NULL, "own", true, "root=x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct machine machine = {.prefix = "", .command_line = (char *)cases[i].running};
		struct options options = {.append = cases[i].append,
					  .reuse_command_line = cases[i].reuse};
		struct image image = {.command_line = (char *)cases[i].image};
		char *line;

		assert_int_equal(command_line_make(&machine, &options, &image, &line), 0);
		if (cases[i].line)
			assert_string_equal(line, cases[i].line);
		else
			assert_null(line);
		free(line);
	}
}

static void nothing_to_reuse_is_an_error(void **state)
{
	struct machine machine = {.prefix = "/snap"};
	struct options options = {.reuse_command_line = true};
	char *line;

	(void)state;
	capture_start();
	assert_int_equal(command_line_make(&machine, &options, NULL, &line), EXIT_USAGE);
	assert_string_equal(capture_stop(),
			    "kexec: --reuse-cmdline: cannot read /snap/proc/cmdline\n");
}

static void words_are_whole(void **state)
{
	static const struct {
		const char *line;
		bool has;
	} cases[] = {
		{"acpi=on", true},
		{"quiet acpi=on", true},
		{"acpi=on quiet", true},
		{"\tacpi=on\t", true},
		{"", false},
		{NULL, false},
		{"acpi=only", false},
		{"xacpi=on", false},
		{"acpi=off", false},
		{"a=\"x acpi=on y\"", false},
		{"quiet -- acpi=on", false},
		{"--quiet acpi=on", true},
		{"a=\"x acpi=on", false},
		{"\"acpi=on\"", true},
		{"\"acpi=on", true},
		{"\"acpi=only\"", false},
		{"\"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(command_line_has(cases[i].line, "acpi=on"), cases[i].has);
}

/* As next_arg() and parameq() in Linux take it apart. */
static void values_are_unquoted(void **state)
{
	static const struct {
		const char *line, *value; /* value: of the last; NULL when there is none */
	} cases[] = {
		{"log_buf_len=1M", "1M"},
		{"log-buf-len=1M", "1M"},
		{"log_buf-len=1M log_buf_len=2M", "2M"},
		{"log_buf_len=\"1M\"", "1M"},
		{"\"log_buf_len=1M\"", "1M"},
		{"\"log_buf_len=1 M\" x", "1 M"},
		{"log_buf_len=\"1 M\" x", "1 M"},
		{"log_buf_len=\"1M", "1M"},
		{"log_buf_len=", ""},
		{"log_buf_len=\"\"", ""},
		{"log_buf_len=\"", ""},
		{"log_buf_len", NULL},
		{"log_buf_len_=1M", NULL},
		{"x=\"log_buf_len=1M\"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char value[16] = "none";
		bool found = command_line_value(cases[i].line, "log_buf_len=", value,
						sizeof(value));

		if (found != (cases[i].value != NULL) ||
		    (found && strcmp(value, cases[i].value) != 0))
			fail_msg("%s: %s", cases[i].line, value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_made_as_in_kexec_tools),
		cmocka_unit_test(nothing_to_reuse_is_an_error),
		cmocka_unit_test(words_are_whole),
		cmocka_unit_test(values_are_unquoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
