/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next kernel's command line, and looking into one. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include <stdbool.h>

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

#endif
