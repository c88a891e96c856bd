/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record that -l leaves, read by -e. What is taken comes out again as it went in: parsed,
 * written and parsed once more, it is the same text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record = {0}, again = {0};
	char reason[160] = "", *text, *same;

	if (record_parse((const char *)data, size, &record, reason, sizeof(reason))) {
		if (!*reason || record.words || record.frames.ranges)
			abort();
		return 0;
	}
	text = record_format(&record);
	if (!text || record_parse(text, strlen(text), &again, reason, sizeof(reason)))
		abort();
	same = record_format(&again);
	if (!same || strcmp(text, same))
		abort();
	free(text);
	free(same);
	record_free(&record);
	record_free(&again);
	return 0;
}
