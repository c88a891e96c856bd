/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a plan in the form that was asked for, and the words that all forms share. */
#include "kexec/report.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kexec/failure.h"
#include "kexec/json.h"
#include "kexec/learn.h"
#include "kexec/options.h"
#include "kexec/plan.h"

#define COLUMNS_USUAL 100

const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	unsigned int unit = 0;
	uint64_t whole = bytes, rest = 0;

	while (whole >= 1024 && unit < 4) {
		rest = whole % 1024 | (rest ? 1 : 0);
		whole /= 1024;
		unit++;
	}
	/* A tenth, rounded down: never more than there is. */
	if (rest)
		snprintf(text, SIZE_TEXT, "%" PRIu64 ".%" PRIu64 " %s", whole, rest * 10 / 1024,
			 units[unit]);
	else
		snprintf(text, SIZE_TEXT, "%" PRIu64 " %s", whole, units[unit]);
	return text;
}

const char *sources_text(uint32_t sources, char text[SOURCES_TEXT])
{
	size_t used = 0;

	text[0] = 0;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		int length;

		if (!(sources & bit))
			continue;
		length = snprintf(text + used, SOURCES_TEXT - used, "%s%s", used ? ", " : "",
				  hwpoison_source_name((enum hwpoison_source)bit));
		if (length < 0 || (size_t)length >= SOURCES_TEXT - used)
			break;
		used += (size_t)length;
	}
	return text;
}

const char *mode_name(unsigned int mode)
{
	switch (mode) {
	case MODE_E820:
		return "e820";
	case MODE_DTB:
		return "dtb";
	case MODE_KHO:
		return "kho";
	default:
		return "auto";
	}
}

struct style style_find(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
	struct style style = {.columns = COLUMNS_USUAL};
	struct winsize size;

	style.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!isatty(fileno(out)))
		return style;
	style.colour = !(no_color && *no_color) && terminal && *terminal &&
		       strcmp(terminal, "dumb") != 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		style.columns = size.ws_col;
	return style;
}

int report_print(const struct plan *plan, const struct learnt *learnt, FILE *out)
{
	if (plan->options->format == REPORT_JSON)
		return json_print(report_json(plan), out);
	report_text(plan, learnt, style_find(out), out);
	return 0;
}

int list_print(const struct machine *machine, const struct hwpoison_frames *frames,
	       const struct options *options, FILE *out)
{
	char text[SIZE_TEXT], sources[SOURCES_TEXT];

	if (options->format == REPORT_JSON)
		return json_print(list_json(machine, frames), out);
	fprintf(out, "# %zu bad %s, %s\n", frames->count, frames->count == 1 ? "range" : "ranges",
		size_text(hwpoison_frames_bytes(frames), text));
	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		fprintf(out, "0x%016" PRIx64 "+0x%" PRIx64 "\t# %s, %s\n", range->start,
			range->end - range->start, size_text(range->end - range->start, text),
			sources_text(range->sources, sources));
	}
	return 0;
}
