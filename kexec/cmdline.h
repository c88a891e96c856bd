/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next kernel's command line, and looking into one. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

struct image;
struct machine;
struct options;

/* What --reuse-cmdline and --append make together, as kexec-tools does it: the running kernel's
 * line without BOOT_IMAGE=, a blank, what is appended; a UKI's own line when neither is given.
 * *line is malloc()ed, or NULL when nothing gives one. 0, or an exit code after failure(). */
int command_line_make(const struct machine *machine, const struct options *options,
		      const struct image *image, char **line);

/* Whether a word stands in it ("acpi=on"), quoting aside. line may be NULL. */
bool command_line_has(const char *line, const char *word);

/* The last value of "NAME=" in it, cut to size bytes with its 0; false when there is none. line may be
 * NULL. */
bool command_line_value(const char *line, const char *name, char *value, size_t size);

/* The same of the one with this number, from 0 on. */
bool command_line_value_at(const char *line, const char *name, size_t number, char *value,
			   size_t size);

/* A copy with one more word, in front of what is for init; malloc()ed, or NULL out of memory. line
 * may be NULL. */
char *command_line_add(const char *line, const char *word);

#endif
