/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record from JSON: hostile until it is read. */
#include "kexec/record.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/plan.h"
#include "kexec/report.h"

void record_files_free(struct record *record)
{
	for (size_t i = 0; i < record->file_count; i++) {
		free(record->files[i].role);
		free(record->files[i].path);
		record->files[i] = (struct record_file){0};
	}
	record->file_count = 0;
}

void record_free(struct record *record)
{
	free(record->tool);
	free(record->directory);
	for (size_t i = 0; i < record->word_count; i++)
		free(record->words[i]);
	free(record->words);
	record_files_free(record);
	hwpoison_frames_free(&record->frames);
	hwpoison_frames_free(&record->excluded);
	*record = (struct record){0};
}

struct reader {
	char *reason;
	size_t reason_size;
	int error;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct reader *reader, const char *format,
						       ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reader->reason, reader->reason_size, format, arguments);
	va_end(arguments);
	return reader->error = -EINVAL;
}

static int string_read(struct reader *reader, const json_t *object, const char *name, char **text)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value)
		return wrong(reader, "\"%s\" is missing or no string", name);
	*text = strdup(value);
	return *text ? 0 : (reader->error = -ENOMEM);
}

static int path_read(struct reader *reader, const json_t *object, const char *name, char **path)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || *value != '/')
		return wrong(reader, "\"%s\" is missing or no absolute path", name);
	return string_read(reader, object, name, path);
}

static int number_read(struct reader *reader, const json_t *object, const char *name, int64_t least,
		       int64_t *number)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < least)
		return wrong(reader, "\"%s\" is missing or out of range", name);
	*number = json_integer_value(value);
	return 0;
}

static int flag_read(struct reader *reader, const json_t *object, const char *name, bool *flag)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_boolean(value))
		return wrong(reader, "\"%s\" is missing or neither true nor false", name);
	*flag = json_is_true(value);
	return 0;
}

static bool is_hexadecimal(const char *text, size_t length)
{
	return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static uint32_t source_find(const char *name)
{
	for (uint32_t bit = 1; bit && bit <= HWPOISON_SOURCE_OFFLINE; bit <<= 1) {
		if (!strcmp(name, hwpoison_source_name(bit)))
			return bit;
	}
	return 0;
}

/* *last: the end of the range before, then of this one. They were written in rising order;
 * anything else would cost quadratic time to add. */
static int range_read(struct reader *reader, const json_t *item, uint64_t *last,
		      struct hwpoison_frames *frames)
{
	const char *start = json_string_value(json_object_get(item, "start"));
	const json_t *sources = json_object_get(item, "sources"), *source;
	int64_t size, page_size;
	uint32_t bits = 0;
	uint64_t address;
	size_t index;
	char *end;
	int error;

	if (!start || strncmp(start, "0x", 2) || strlen(start) > 18)
		return wrong(reader, "a range has no start");
	address = strtoull(start, &end, 16);
	if (*end || end == start + 2 || address >= HWPOISON_ADDRESS_LIMIT)
		return wrong(reader, "a range starts at \"%s\"", start);
	if (address < *last)
		return wrong(reader, "the range at %s is out of order", start);
	if (number_read(reader, item, "size", 1, &size) ||
	    number_read(reader, item, "page_size", 4096, &page_size))
		return reader->error;
	if ((uint64_t)size > HWPOISON_ADDRESS_LIMIT - address || page_size > INT64_C(1) << 31)
		return wrong(reader, "the range at %s is too large", start);
	json_array_foreach(sources, index, source)
	{
		const char *name = json_string_value(source);

		bits |= name ? source_find(name) : 0;
	}
	if (!bits)
		return wrong(reader, "the range at %s has no known source", start);
	*last = address + (uint64_t)size;
	error = hwpoison_frames_add(frames, address, *last, bits, (uint32_t)page_size);
	if (error == HWPOISON_ENOMEM)
		return reader->error = -ENOMEM;
	return error ? wrong(reader, "the range at %s: %s", start, hwpoison_strerror(error)) : 0;
}

static int frames_read(struct reader *reader, const json_t *root, const char *name,
		       struct hwpoison_frames *frames)
{
	const json_t *list = json_object_get(root, name), *item;
	uint64_t last = 0;
	size_t index;

	if (!json_is_array(list))
		return wrong(reader, "\"%s\" is missing or no list", name);
	json_array_foreach(list, index, item)
	{
		if (range_read(reader, item, &last, frames))
			return reader->error;
	}
	return 0;
}

static int words_read(struct reader *reader, const json_t *root, struct record *record)
{
	const json_t *list = json_object_get(root, "words"), *item;
	size_t index, count = json_array_size(list);

	if (!count || count > RECORD_WORDS_MAX)
		return wrong(reader, "\"words\" is missing, empty or too long");
	record->words = calloc(count + 1, sizeof(*record->words));
	if (!record->words)
		return reader->error = -ENOMEM;
	json_array_foreach(list, index, item)
	{
		const char *word = json_string_value(item);

		if (!word)
			return wrong(reader, "a word is no string");
		record->words[index] = strdup(word);
		if (!record->words[index])
			return reader->error = -ENOMEM;
		record->word_count++;
	}
	return 0;
}

static int file_read(struct reader *reader, const json_t *item, struct record *record)
{
	struct record_file *file = &record->files[record->file_count];
	const char *sha256 = json_string_value(json_object_get(item, "sha256"));
	int64_t size;

	if (!sha256 || !is_hexadecimal(sha256, 64))
		return wrong(reader, "a file has no SHA-256");
	if (number_read(reader, item, "size", 0, &size))
		return reader->error;
	file->size = (uint64_t)size;
	memcpy(file->sha256, sha256, sizeof(file->sha256));
	record->file_count++;
	if (string_read(reader, item, "role", &file->role) ||
	    path_read(reader, item, "path", &file->path))
		return reader->error;
	return 0;
}

static int files_read(struct reader *reader, const json_t *root, struct record *record)
{
	const json_t *list = json_object_get(root, "files"), *item;
	size_t index;

	if (!json_is_array(list) || json_array_size(list) > RECORD_FILES_MAX)
		return wrong(reader, "\"files\" is missing or too long");
	json_array_foreach(list, index, item)
	{
		if (file_read(reader, item, record))
			return reader->error;
	}
	return 0;
}

static int modes_read(struct reader *reader, const json_t *root, unsigned int *modes)
{
	const json_t *list = json_object_get(root, "modes"), *item;
	size_t index;

	if (!json_is_array(list))
		return wrong(reader, "\"modes\" is missing or no list");
	json_array_foreach(list, index, item)
	{
		const char *name = json_string_value(item);
		unsigned int mode = MODE_E820;

		while (name && mode <= MODE_KHO && strcmp(name, mode_name(mode)))
			mode <<= 1;
		if (!name || mode > MODE_KHO)
			return wrong(reader, "an unknown mode");
		*modes |= mode;
	}
	return 0;
}

static int counters_parse(struct reader *reader, const json_t *root, struct counters *counters)
{
	const json_t *object = json_object_get(root, "counters");
	int64_t number;

	if (!json_is_object(object))
		return wrong(reader, "\"counters\" is missing");
	if (json_object_get(object, "hardware_corrupted")) {
		if (number_read(reader, object, "hardware_corrupted", 0, &number))
			return reader->error;
		counters->known = true;
		counters->corrupted = (uint64_t)number;
	}
	if (json_object_get(object, "memory_failures")) {
		if (number_read(reader, object, "memory_failures", 0, &number))
			return reader->error;
		counters->nodes_known = true;
		counters->failures = (uint64_t)number;
	}
	return 0;
}

static int root_read(struct reader *reader, const json_t *root, struct record *record)
{
	const char *boot_id = json_string_value(json_object_get(root, "boot_id"));
	int64_t version;

	if (number_read(reader, root, "version", 1, &version))
		return reader->error;
	if (version != RECORD_VERSION)
		return wrong(reader, "version %" PRId64 ", and this is version %d", version,
			     RECORD_VERSION);
	if (!boot_id || strlen(boot_id) != sizeof(record->boot_id) - 1)
		return wrong(reader, "\"boot_id\" is missing or no UUID");
	memcpy(record->boot_id, boot_id, sizeof(record->boot_id));
	if (string_read(reader, root, "tool", &record->tool) ||
	    path_read(reader, root, "directory", &record->directory) ||
	    number_read(reader, root, "time", 0, &record->time) ||
	    number_read(reader, root, "boot_time_ns", 0, &record->boot_time) ||
	    flag_read(reader, root, "file_call", &record->file_call) ||
	    flag_read(reader, root, "preserve", &record->preserve) ||
	    modes_read(reader, root, &record->modes) || words_read(reader, root, record) ||
	    files_read(reader, root, record) ||
	    frames_read(reader, root, "frames", &record->frames) ||
	    frames_read(reader, root, "excluded", &record->excluded) ||
	    counters_parse(reader, root, &record->counters))
		return reader->error;
	return 0;
}

int record_parse(const char *text, size_t size, struct record *record, char *reason,
		 size_t reason_size)
{
	struct reader reader = {.reason = reason, .reason_size = reason_size};
	struct record parsed = {0};
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		return wrong(&reader, "line %d: %s", error.line, error.text);
	if (root_read(&reader, root, &parsed))
		record_free(&parsed);
	else
		*record = parsed;
	json_decref(root);
	return reader.error;
}
