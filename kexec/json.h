/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that is whole or not there at all: each function takes NULL for what could not be made,
 * and then makes nothing of it.
 */
#ifndef KEXEC_JSON_H
#define KEXEC_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Adds a value and returns what it was added to. Takes both references; when one of both is NULL, or
 * memory runs out, all of it is freed and the result is NULL. */
json_t *json_item_add(json_t *array, json_t *value);
json_t *json_member_add(json_t *object, const char *name, json_t *value);

/* A string; each byte of text that is not UTF-8 becomes U+FFFD, as JSON has no other text. */
json_t *json_text(const char *text);

/* Its text, malloc()ed; NULL when out of memory. */
char *json_format(const json_t *object);

/* Prints an object and a newline, or nothing, and frees it. 0, or an exit code after failure(): out of
 * memory. Of an out that cannot be written its stream tells. */
int json_print(json_t *object, FILE *out);

/* An address: a string in hex. */
json_t *json_address(uint64_t address);

/* {"start": …, "size": …} of [start, end). */
json_t *json_range(uint64_t start, uint64_t end);

#endif
