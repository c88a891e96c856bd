/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, made from the table of options. */
#include <stdio.h>
#include <string.h>

#include "kexec/options_table.h"

#define HELP_COLUMN 34
#define HELP_WIDTH 96

/* Breaks text at blanks; the cursor stands at column. */
static void wrap(FILE *out, const char *text, size_t column)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, length, out);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void row_print(FILE *out, const struct option_row *row)
{
	char word[80];
	const char *value = row->value_name ? row->value_name : "";
	bool optional = row->argument == ARGUMENT_OPTIONAL;
	size_t length;

	if (row->letter)
		snprintf(word, sizeof(word), "  -%c, --%s%s%s%s", row->letter, row->name,
			 optional ? "[" : "", row->value_name ? "=" : "", value);
	else
		snprintf(word, sizeof(word), "      --%s%s%s%s", row->name, optional ? "[" : "",
			 row->value_name ? "=" : "", value);
	if (optional)
		strcat(word, "]");
	length = strlen(word);
	fputs(word, out);
	/* The ellipsis of a list is three bytes and one column. */
	if (strstr(word, "…"))
		length -= 2;
	if (length + 2 > HELP_COLUMN) {
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	} else {
		fprintf(out, "%*s", (int)(HELP_COLUMN - length), "");
	}
	wrap(out, row->help, HELP_COLUMN);
}

void options_help(FILE *out)
{
	fputs("Usage: kexec [OPTION]... KERNEL\n"
	      "Loads a kernel and starts it from the running one; with --preserve-hwpoison it never\n"
	      "gets memory that is known to be bad.\n",
	      out);
	for (const struct option_row *row = option_table; row->name; row++) {
		if (row->heading)
			fprintf(out, "\n%s:\n", row->heading);
		row_print(out, row);
	}
	fputs("\nExit codes: 0 done; 1 wrong usage, a file that is missing or wrong, or no room;\n"
	      "255 no kernel given, an unknown kind of kernel, or a system call that failed;\n"
	      "253 -s, and this kernel has no kexec_file_load(2).\n",
	      out);
}
