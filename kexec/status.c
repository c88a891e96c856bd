/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether a kernel is loaded: which, when, with which frames, and whether that still holds. */
#include "kexec/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kexec/failure.h"
#include "kexec/host.h"
#include "kexec/json.h"
#include "kexec/late.h"
#include "kexec/options.h"
#include "kexec/plan.h"
#include "kexec/record.h"
#include "kexec/report.h"

/* Whether the loaded kernel still keeps out all that is bad. */
enum staleness { STALE_NO, STALE_YES, STALE_UNKNOWN };

struct status {
	int64_t loaded;
	int64_t crash_loaded; /* -1: cannot be read */
	bool recorded;
	char reason[160]; /* why there is no record; "" when there just is none */
	struct record record;
	enum staleness stale;
	struct hwpoison_frames fresh; /* bad, and not kept out */
};

int status_code(const struct host *host, const struct options *options)
{
	int64_t loaded;
	int error = options->panic ? host_crash_loaded(host, &loaded) : host_loaded(host, &loaded);

	if (error)
		return failure(EXIT_FAILED,
			       "cannot read whether a kernel is loaded from /sys/kernel: "
			       "%s (was this kernel built with CONFIG_KEXEC?)",
			       strerror(-error));
	return loaded ? 1 : 0;
}

static void record_find(const struct host *host, const struct options *options,
			struct status *status)
{
	int error = record_read(options->run_dir, host, &status->record, status->reason,
				sizeof(status->reason));

	status->recorded = !error;
	if (error && error != -ENOENT && !*status->reason)
		snprintf(status->reason, sizeof(status->reason), "%s", strerror(-error));
}

static void status_find(const struct host *host, const struct load_steps *steps,
			const struct options *options, struct status *status)
{
	if (host_crash_loaded(host, &status->crash_loaded))
		status->crash_loaded = -1;
	if (!status->loaded)
		return;
	record_find(host, options, status);
	if (!status->recorded || !status->record.preserve) {
		status->stale = STALE_UNKNOWN;
		return;
	}
	if (late_find(host, steps, &status->record, &status->fresh))
		status->stale = STALE_UNKNOWN;
	else
		status->stale = status->fresh.count ? STALE_YES : STALE_NO;
}

/* What has become of a file since the load. */
static const char *file_state(const struct record_file *file)
{
	struct record one = {.file_count = 1};
	const struct record_file *which;
	int error;

	one.files[0] = *file;
	error = record_files_check(&one, &which);
	if (!error)
		return "unchanged";
	return error == -ESTALE ? "changed" : "unreadable";
}

static void time_text(int64_t seconds, char text[32])
{
	time_t when = (time_t)seconds;
	struct tm fields;

	if (!gmtime_r(&when, &fields) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &fields))
		snprintf(text, 32, "@%" PRId64, seconds);
}

/* -------------------------------------------------------------------------------------- JSON */

static json_t *files_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->file_count; i++) {
		const struct record_file *file = &record->files[i];

		list = json_item_add(list,
				     json_pack("{s:s, s:s, s:I, s:s, s:s}", "role", file->role,
					       "path", file->path, "size", (json_int_t)file->size,
					       "sha256", file->sha256, "state", file_state(file)));
	}
	return list;
}

static json_t *record_json(const struct status *status)
{
	const struct record *record = &status->record;
	char *text = record_format(record);
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;
	char when[32];

	free(text);
	/* Kept as numbers in the record; told as the rest of the JSON is. */
	time_text(record->time, when);
	object = json_member_add(object, "time", json_string(when));
	return json_member_add(object, "files", files_json(record));
}

static int print_json(const struct status *status, FILE *out)
{
	json_t *root = json_pack("{s:b, s:o, s:o, s:o, s:o}", "loaded", status->loaded != 0,
				 "crash_loaded",
				 status->crash_loaded < 0 ? json_null() :
							    json_boolean(status->crash_loaded),
				 "record", status->recorded ? record_json(status) : json_null(),
				 "stale",
				 status->stale == STALE_UNKNOWN || !status->loaded ?
					 json_null() :
					 json_boolean(status->stale == STALE_YES),
				 "went_bad", report_json_frames(&status->fresh));

	return json_print(root, out);
}

/* -------------------------------------------------------------------------------------- text */

static void print_modes(unsigned int modes, FILE *out)
{
	static const enum hwpoison_mode all[] = {MODE_E820, MODE_DTB, MODE_KHO};
	const char *separator = "";

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!(modes & all[i]))
			continue;
		fprintf(out, "%s%s", separator, mode_name(all[i]));
		separator = ", ";
	}
}

static void print_frames(const struct status *status, FILE *out)
{
	const struct record *record = &status->record;
	char size[SIZE_TEXT];

	if (!record->preserve) {
		fputs("bad memory    not kept out: loaded without --preserve-hwpoison\n", out);
		return;
	}
	fprintf(out, "bad memory    %s in %zu ranges, kept out (",
		size_text(hwpoison_frames_bytes(&record->frames), size),
		hwpoison_frames_runs(&record->frames));
	print_modes(record->modes, out);
	fputs(")\n", out);
	if (status->stale == STALE_NO)
		fputs("since then    nothing went bad that is not kept out\n", out);
	else if (status->stale == STALE_YES)
		fprintf(out,
			"since then    %s went bad, first at 0x%" PRIx64
			": stale; kexec -e settles it as --hwpoison-late says\n",
			size_text(hwpoison_frames_bytes(&status->fresh), size),
			status->fresh.ranges[0].start);
	else
		fputs("since then    not known: the bad memory of now could not be learnt\n", out);
}

static void print_record(const struct status *status, FILE *out)
{
	const struct record *record = &status->record;
	char when[32];

	time_text(record->time, when);
	fprintf(out, "loaded        yes, at %s by %s (%s)\n", when,
		record->file_call ? "kexec_file_load" : "kexec_load", record->tool);
	for (size_t i = 0; i < record->file_count; i++)
		fprintf(out, "%-13s %s (%s since then)\n", record->files[i].role,
			record->files[i].path, file_state(&record->files[i]));
	fputs("command       ", out);
	for (size_t i = 0; i < record->word_count; i++)
		fprintf(out, "%s%s", i ? " " : "", record->words[i]);
	fputc('\n', out);
	print_frames(status, out);
}

static void print_text(const struct status *status, FILE *out)
{
	if (!status->loaded)
		fputs("loaded        no\n", out);
	else if (status->recorded)
		print_record(status, out);
	else if (*status->reason)
		fprintf(out, "loaded        yes; the record of it cannot be used: %s\n",
			status->reason);
	else
		fputs("loaded        yes, by another program: there is no record of it\n", out);
	if (status->crash_loaded >= 0)
		fprintf(out, "crash kernel  %s\n", status->crash_loaded ? "loaded" : "not loaded");
}

int status_print(const struct host *host, const struct load_steps *steps,
		 const struct options *options, FILE *out)
{
	struct options reboot = {.panic = false};
	struct status status = {0};
	int code = status_code(host, &reboot), error = 0;

	if (code == EXIT_FAILED)
		return code;
	status.loaded = code;
	status_find(host, steps, options, &status);
	if (options->format == REPORT_JSON)
		error = print_json(&status, out);
	else
		print_text(&status, out);
	if (error)
		code = error;
	else if (fflush(out) || ferror(out))
		code = failure(EXIT_FAILED, "cannot write the status: %s", strerror(errno));
	hwpoison_frames_free(&status.fresh);
	record_free(&status.record);
	return code;
}
