/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all JSON of ours is made of. */
#include "kexec/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/failure.h"

#define ADDRESS_TEXT 19
#define REPLACEMENT "\xef\xbf\xbd"

json_t *json_item_add(json_t *array, json_t *value)
{
	if (array && !json_array_append(array, value)) {
		json_decref(value);
		return array;
	}
	json_decref(array);
	json_decref(value);
	return NULL;
}

json_t *json_member_add(json_t *object, const char *name, json_t *value)
{
	if (object && !json_object_set(object, name, value)) {
		json_decref(value);
		return object;
	}
	json_decref(object);
	json_decref(value);
	return NULL;
}

/* How many bytes the character at text has; 0 when it is none (Unicode, table 3-7: no surrogates, none
 * past U+10FFFF, none longer than it need be). */
static size_t character_size(const unsigned char *text)
{
	unsigned char least = 0x80, most = 0xbf;
	size_t size;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (text[0] == 0xe0)
		least = 0xa0;
	else if (text[0] == 0xed)
		most = 0x9f;
	else if (text[0] == 0xf0)
		least = 0x90;
	else if (text[0] == 0xf4)
		most = 0x8f;
	if (text[1] < least || text[1] > most)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	}
	return size;
}

json_t *json_text(const char *text)
{
	char *good = text ? malloc(strlen(text) * strlen(REPLACEMENT) + 1) : NULL, *end = good;
	json_t *string;

	if (!good)
		return NULL;
	while (*text) {
		size_t size = character_size((const unsigned char *)text);

		end = mempcpy(end, size ? text : REPLACEMENT, size ? size : strlen(REPLACEMENT));
		text += size ? size : 1;
	}
	*end = 0;
	string = json_string(good);
	free(good);
	return string;
}

json_t *json_address(uint64_t address)
{
	char text[ADDRESS_TEXT];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_string(text);
}

json_t *json_range(uint64_t start, uint64_t end)
{
	return json_pack("{so sI}", "start", json_address(start), "size",
			 (json_int_t)(end - start));
}

/* Not by json_dumps(): jansson 2.14 leaves out what it finds no memory for, and says nothing. */
char *json_format(const json_t *object)
{
	size_t size = object ? json_dumpb(object, NULL, 0, JSON_INDENT(2)) : 0;
	char *text = size ? malloc(size + 1) : NULL;

	if (!text)
		return NULL;
	if (json_dumpb(object, text, size, JSON_INDENT(2)) != size) {
		free(text);
		return NULL;
	}
	text[size] = 0;
	return text;
}

int json_print(json_t *object, FILE *out)
{
	char *text = json_format(object);

	json_decref(object);
	if (!text)
		return out_of_memory();
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
