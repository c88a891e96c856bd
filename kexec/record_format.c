/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record as JSON. */
#include "kexec/record.h"

#include "kexec/json.h"
#include "kexec/plan.h"
#include "kexec/report.h"

static json_t *frames_json(const struct hwpoison_frames *frames)
{
	json_t *list = json_array();

	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];
		json_t *sources = json_array();
		json_t *object = json_range(range->start, range->end);

		for (uint32_t bit = 1; bit && bit <= range->sources; bit <<= 1) {
			if (range->sources & bit)
				sources = json_item_add(sources,
							json_string(hwpoison_source_name(bit)));
		}
		object = json_member_add(object, "page_size", json_integer(range->page_size));
		list = json_item_add(list, json_member_add(object, "sources", sources));
	}
	return list;
}

/* A word or a path is kept to the byte, or not at all: one that is no UTF-8 leaves no record. */
static json_t *words_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->word_count; i++)
		list = json_item_add(list, json_string(record->words[i]));
	return list;
}

static json_t *files_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->file_count; i++) {
		const struct record_file *file = &record->files[i];

		list = json_item_add(list,
				     json_pack("{s:s, s:s, s:I, s:s}", "role", file->role, "path",
					       file->path, "size", (json_int_t)file->size, "sha256",
					       file->sha256));
	}
	return list;
}

static json_t *modes_json(unsigned int modes)
{
	json_t *list = json_array();

	for (unsigned int mode = MODE_E820; mode <= MODE_KHO; mode <<= 1) {
		if (modes & mode)
			list = json_item_add(list, json_string(mode_name(mode)));
	}
	return list;
}

static json_t *counters_json(const struct counters *counters)
{
	json_t *object = json_object();

	if (counters->known)
		object = json_member_add(object, "hardware_corrupted",
					 json_integer((json_int_t)counters->corrupted));
	if (counters->nodes_known)
		object = json_member_add(object, "memory_failures",
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
	char *text = json_format(root);

	json_decref(root);
	return text;
}
