/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record as JSON. */
#include "kexec/record.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "kexec/plan.h"
#include "kexec/report.h"

/* A list, or NULL as soon as an item is: out of memory, or a word that is no UTF-8. */
static json_t *list_append(json_t *list, json_t *item)
{
	if (list && !json_array_append(list, item)) {
		json_decref(item);
		return list;
	}
	json_decref(item);
	json_decref(list);
	return NULL;
}

static json_t *frames_json(const struct hwpoison_frames *frames)
{
	json_t *list = json_array();

	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];
		json_t *sources = json_array();
		char start[24];

		for (uint32_t bit = 1; bit && bit <= range->sources; bit <<= 1) {
			if (range->sources & bit)
				sources = list_append(sources,
						      json_string(hwpoison_source_name(bit)));
		}
		snprintf(start, sizeof(start), "0x%" PRIx64, range->start);
		list = list_append(list,
				   json_pack("{s:s, s:I, s:I, s:o}", "start", start, "size",
					     (json_int_t)(range->end - range->start), "page_size",
					     (json_int_t)range->page_size, "sources", sources));
	}
	return list;
}

static json_t *words_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->word_count; i++)
		list = list_append(list, json_string(record->words[i]));
	return list;
}

static json_t *files_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->file_count; i++) {
		const struct record_file *file = &record->files[i];

		list = list_append(list, json_pack("{s:s, s:s, s:I, s:s}", "role", file->role,
						   "path", file->path, "size",
						   (json_int_t)file->size, "sha256", file->sha256));
	}
	return list;
}

static json_t *modes_json(unsigned int modes)
{
	json_t *list = json_array();

	for (unsigned int mode = MODE_E820; mode <= MODE_KHO; mode <<= 1) {
		if (modes & mode)
			list = list_append(list, json_string(mode_name(mode)));
	}
	return list;
}

static json_t *counters_json(const struct counters *counters)
{
	json_t *object = json_object();

	if (counters->known)
		json_object_set_new(object, "hardware_corrupted",
				    json_integer((json_int_t)counters->corrupted));
	if (counters->nodes_known)
		json_object_set_new(object, "memory_failures",
				    json_integer((json_int_t)counters->failures));
	return object;
}

char *record_format(const struct record *record)
{
	json_t *root = json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:o, s:b, s:b, s:o, s:o, s:o, "
				 "s:o, s:o}",
				 "version", RECORD_VERSION, "tool", record->tool, "boot_id",
				 record->boot_id, "time", (json_int_t)record->time, "boot_time_ns",
				 (json_int_t)record->boot_time, "directory", record->directory,
				 "words", words_json(record), "file_call", record->file_call,
				 "preserve", record->preserve, "modes", modes_json(record->modes),
				 "files", files_json(record), "frames",
				 frames_json(&record->frames), "excluded",
				 frames_json(&record->excluded), "counters",
				 counters_json(&record->counters));
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;

	json_decref(root);
	return text;
}
