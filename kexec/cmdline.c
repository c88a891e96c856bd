/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the next kernel's command line, and looks into one. */
#include "kexec/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hwpoison/hwpoison.h"
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

/* The next word of a line, from *line on, which moves behind it; NULL at the end, and where what is for
 * init begins. */
static const char *word_next(const char **line, size_t *length)
{
	const char *word = *line ? *line + strspn(*line, " \t") : "";

	*length = word_length(word);
	if (!*length || (*length == 2 && strncmp(word, "--", 2) == 0))
		return NULL;
	*line = word + *length;
	return word;
}

/* Less the quotes around all of it, which next_arg() takes off. Returns the length. */
static size_t unquote(const char **word, size_t length)
{
	if (!length || **word != '"')
		return length;
	++*word;
	length--;
	return length && (*word)[length - 1] == '"' ? length - 1 : length;
}

/* Whether a word begins as wanted; in names, - and _ are the same (parameq() in kernel/params.c). */
static bool word_begins(const char *word, size_t length, const char *wanted)
{
	bool in_name = true;
	size_t i;

	for (i = 0; i < length && wanted[i]; i++) {
		bool same = word[i] == wanted[i] ||
			    (in_name && word[i] == '-' && wanted[i] == '_') ||
			    (in_name && word[i] == '_' && wanted[i] == '-');

		if (!same)
			return false;
		in_name &= wanted[i] != '=';
	}
	return !wanted[i];
}

bool command_line_has(const char *line, const char *word)
{
	size_t length = strlen(word), found;
	const char *at;

	while ((at = word_next(&line, &found))) {
		found = unquote(&at, found);
		if (found == length && word_begins(at, found, word))
			return true;
	}
	return false;
}

bool command_line_value_at(const char *line, const char *name, size_t number, char *value,
			   size_t size)
{
	size_t length = strlen(name), found;
	const char *at;

	while ((at = word_next(&line, &found))) {
		found = unquote(&at, found);
		if (!word_begins(at, found, name) || number--)
			continue;
		at += length;
		found = unquote(&at, found - length);
		snprintf(value, size, "%.*s", (int)found, at);
		return true;
	}
	return false;
}

bool command_line_value(const char *line, const char *name, char *value, size_t size)
{
	bool any = false;

	for (size_t i = 0; command_line_value_at(line, name, i, value, size); i++)
		any = true;
	return any;
}

int command_line_value_next(const char **line, const char *const *names, char *value, size_t size)
{
	size_t found;
	const char *at;

	while ((at = word_next(line, &found))) {
		found = unquote(&at, found);
		for (int i = 0; names[i]; i++) {
			if (!word_begins(at, found, names[i]))
				continue;
			at += strlen(names[i]);
			found = unquote(&at, found - strlen(names[i]));
			snprintf(value, size, "%.*s", (int)found, at);
			return i;
		}
	}
	return -1;
}

uint64_t command_line_size(const char **text)
{
	size_t length = strspn(*text, "0123456789abcdefABCDEFxX");
	uint64_t size = 0;
	char word[32];

	if ((*text)[length] && strchr("kKmMgGtT", (*text)[length]))
		length++;
	snprintf(word, sizeof(word), "%.*s", (int)length, *text);
	*text += length;
	if (!length || length >= sizeof(word) || hwpoison_size_parse(word, &size) ||
	    size > HWPOISON_ADDRESS_LIMIT)
		return 0;
	return size;
}

/* Whether the line ends within quotes: what is added behind would be of the last word. */
static bool ends_quoted(const char *line)
{
	bool quoted = false;

	for (; *line; line++)
		quoted ^= *line == '"';
	return quoted;
}

char *command_line_add(const char *line, const char *word)
{
	const char *start = line ? line : "", *rest = start;
	char *longer;
	size_t length, before;

	while (!ends_quoted(start) && word_next(&rest, &length))
		;
	before = (size_t)(rest - start);
	rest += strspn(rest, " \t");
	if (asprintf(&longer, "%.*s%s%s%s%s", (int)before, start, before ? " " : "", word,
		     *rest ? " " : "", rest) < 0)
		return NULL;
	return longer;
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
		return out_of_memory();
	if (asprintf(line, "%s%s%s", old, *old && append && *append ? " " : "",
		     append ? append : "") < 0) {
		*line = NULL;
		return out_of_memory();
	}
	return 0;
}
