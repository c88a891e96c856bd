/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints failures, and gathers warnings for the report. */
#include "kexec/failure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Set once by main() from the command line, before anything else runs. */
static bool debug_enabled;

/* One line whatever is in it: names of files and words of hostile input may hold anything. */
static void line_print(const char *prefix, const char *line)
{
	fprintf(stderr, "kexec: %s", prefix);
	for (; *line; line++) {
		unsigned char byte = (unsigned char)*line;

		fputc(byte < 0x20 || byte == 0x7f ? '?' : byte, stderr);
	}
	fputc('\n', stderr);
}

static void line_format(const char *prefix, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void line_format(const char *prefix, const char *format, va_list arguments)
{
	char *line;

	if (vasprintf(&line, format, arguments) < 0) {
		line_print(prefix, "out of memory");
		return;
	}
	line_print(prefix, line);
	free(line);
}

int failure(enum exit_code code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_format("", format, arguments);
	va_end(arguments);
	return code;
}

int out_of_memory(void)
{
	return failure(EXIT_FAILED, "out of memory");
}

enum exit_code file_code(int error)
{
	return error == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

void warn(struct warnings *warnings, const char *format, ...)
{
	va_list arguments;
	char **lines;
	char *line;

	va_start(arguments, format);
	if (vasprintf(&line, format, arguments) < 0)
		line = NULL;
	va_end(arguments);
	if (!line) {
		line_print("warning: ", format);
		return;
	}
	for (size_t i = 0; i < warnings->count; i++) {
		if (strcmp(warnings->lines[i], line) == 0) {
			free(line);
			return;
		}
	}
	lines = realloc(warnings->lines, (warnings->count + 1) * sizeof(*lines));
	if (!lines) {
		line_print("warning: ", line);
		free(line);
		return;
	}
	lines[warnings->count++] = line;
	warnings->lines = lines;
}

void warnings_free(struct warnings *warnings)
{
	for (size_t i = 0; i < warnings->count; i++)
		free(warnings->lines[i]);
	free(warnings->lines);
	*warnings = (struct warnings){0};
}

void warnings_print(const struct warnings *warnings)
{
	for (size_t i = 0; i < warnings->count; i++)
		line_print("warning: ", warnings->lines[i]);
}

void debug_enable(void)
{
	debug_enabled = true;
}

void debug(const char *format, ...)
{
	va_list arguments;

	if (!debug_enabled)
		return;
	va_start(arguments, format);
	line_format("debug: ", format, arguments);
	va_end(arguments);
}
