/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --dry-run and --hwpoison-list print, for people and for programs. */
#ifndef KEXEC_REPORT_H
#define KEXEC_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "hwpoison/hwpoison.h"

struct learnt;
struct machine;
struct options;
struct plan;

/* How text is drawn. */
struct style {
	bool colour;
	bool utf8;
	unsigned int columns;
};

/* From the terminal, the locale, and NO_COLOR (https://no-color.org). */
struct style style_find(FILE *out);

/* One of two: 0, or an exit code after failure() (out of memory). Look at out for errors of
 * writing. */
int report_print(const struct plan *plan, const struct learnt *learnt, FILE *out);
int list_print(const struct machine *machine, const struct hwpoison_frames *frames,
	       const struct options *options, FILE *out);

void report_text(const struct plan *plan, const struct learnt *learnt, struct style style,
		 FILE *out);
/* A new reference, or NULL when out of memory. */
json_t *report_json(const struct plan *plan);
json_t *report_json_frames(const struct hwpoison_frames *frames);
json_t *list_json(const struct machine *machine, const struct hwpoison_frames *frames);

/* "4 KiB", "1.5 GiB": exact, or with one decimal when it is not whole. */
#define SIZE_TEXT 32
const char *size_text(uint64_t bytes, char text[SIZE_TEXT]);
/* "kpageflags, fdt" of a set of enum hwpoison_source. */
#define SOURCES_TEXT 128
const char *sources_text(uint32_t sources, char text[SOURCES_TEXT]);
/* The name of one carrier: "e820", "dtb", "kho". */
const char *mode_name(unsigned int mode);

/* One line: all memory in proportion, poison visible at a glance. */
void picture_print(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
		   struct style style, FILE *out);

#endif
