/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next kernel's command line, and looking into one. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The next word from *line on that has one of these names ("a=", NULL at the end): its value, and which
 * name it is; *line moves behind it. -1 when there is none left. *line may be NULL. */
int command_line_value_next(const char **line, const char *const *names, char *value, size_t size);

/* A size at the front of *text as memparse() reads it (lib/cmdline.c), which moves behind it; 0 where
 * there is none that makes sense. */
uint64_t command_line_size(const char **text);

/* A copy with one more word, in front of what is for init; malloc()ed, or NULL out of memory. line
 * may be NULL. */
char *command_line_add(const char *line, const char *word);

#endif
