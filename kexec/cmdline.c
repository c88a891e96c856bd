/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the next kernel's command line, and looks into one. */
#include "kexec/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/failure.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"

/* The length of the word at text, up to a blank outside of double quotes (next_arg() in Linux,
 * lib/cmdline.c). */
static size_t word_length(const char *text)
{
	bool quoted = false;
	size_t length = 0;

	for (; text[length] && (quoted || (text[length] != ' ' && text[length] != '\t')); length++)
		quoted ^= text[length] == '"';
	return length;
}

bool command_line_has(const char *line, const char *word)
{
	size_t length = strlen(word);

	while (line && *line) {
		size_t found;

		line += strspn(line, " \t");
		found = word_length(line);
		if (found == length && strncmp(line, word, length) == 0)
			return true;
		/* What follows is for init. */
		if (found == 2 && strncmp(line, "--", 2) == 0)
			return false;
		line += found;
	}
	return false;
}

/* A copy without the words that start with a prefix: the boot loader's own, which is not true of
 * the next kernel. */
static char *line_without(const char *line, const char *prefix)
{
	char *copy = malloc(strlen(line) + 1), *end = copy;

	if (!copy)
		return NULL;
	while (*line) {
		size_t blanks = strspn(line, " \t"), length = word_length(line + blanks);

		if (length && strncmp(line + blanks, prefix, strlen(prefix)) != 0) {
			if (end != copy)
				*end++ = ' ';
			memcpy(end, line + blanks, length);
			end += length;
		}
		line += blanks + length;
	}
	*end = 0;
	return copy;
}

int command_line_make(const struct machine *machine, const struct options *options,
		      const struct image *image, char **line)
{
	AUTO_FREE char *old = NULL;
	const char *append = options->append;

	*line = NULL;
	if (options->reuse_command_line) {
		if (!machine->command_line)
			return failure(EXIT_USAGE, "--reuse-cmdline: cannot read %s/proc/cmdline",
				       machine->prefix);
		old = line_without(machine->command_line, "BOOT_IMAGE=");
	} else if (append) {
		old = strdup("");
	} else if (image && image->command_line) {
		old = strdup(image->command_line);
	} else {
		return 0;
	}
	if (!old)
		return failure(EXIT_FAILED, "out of memory");
	if (asprintf(line, "%s%s%s", old, *old && append && *append ? " " : "",
		     append ? append : "") < 0) {
		*line = NULL;
		return failure(EXIT_FAILED, "out of memory");
	}
	return 0;
}
