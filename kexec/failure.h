/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told to the user: failures, and warnings that are gathered for the report. */
#ifndef KEXEC_FAILURE_H
#define KEXEC_FAILURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* The exit codes of kexec-tools (kexec/kexec.h there: EFAILED is -1). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 1,	   /* bad option, missing file, no room, nothing loaded */
	EXIT_FAILED = 255, /* no kernel given, unknown image, a system call failed */
	EXIT_NO_CRASH = 254,
	EXIT_FALLBACK = 253, /* -s, and there is no kexec_file_load */
};

/*
 * Prints "kexec: " and one line to standard error and returns code, which is never 0, so that
 * a function ends with: return failure(EXIT_FAILED, "cannot read %s: %s", path, ...).
 * The line says what failed, on what, why, and what to do.
 */
int failure(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for memory that ran out: EXIT_FAILED. */
int out_of_memory(void);

/* The exit code for a file that could not be read or written: EXIT_USAGE, but EXIT_FAILED where memory
 * ran out. error: a negative errno. */
enum exit_code file_code(int error);

/* Warnings, in the order in which they came up. Initialise with {0}. */
struct warnings {
	char **lines;
	size_t count;
};

/* Keeps a line, once. Out of memory it is printed at once instead. */
void warn(struct warnings *warnings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warnings_free(struct warnings *warnings);

/* To standard error, each as "kexec: warning: LINE". */
void warnings_print(const struct warnings *warnings);

/* With -d: one line to standard error. */
void debug_enable(void);
void debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
