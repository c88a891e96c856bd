/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds frames that went bad after the next kernel was loaded, and settles what is to be done. */
#include "kexec/late.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/counters.h"
#include "kexec/failure.h"
#include "kexec/load.h"
#include "kexec/options.h"
#include "kexec/record.h"

/* The parts of a range that the set does not have. */
static int rest_add(const struct hwpoison_frames *set, const struct hwpoison_frame_range *range,
		    struct hwpoison_frames *rest)
{
	uint64_t position = range->start;
	int error = 0;

	while (!error && position < range->end) {
		const struct hwpoison_frame_range *next = hwpoison_frames_find(set, position,
									       range->end);
		uint64_t end = next ? next->start : range->end;

		if (end > position)
			error = hwpoison_frames_add(rest, position, end, range->sources,
						    range->page_size);
		position = next ? next->end : range->end;
	}
	return error;
}

int late_frames_find(const struct hwpoison_frames *now, const struct hwpoison_frames *known,
		     const struct hwpoison_frames *excluded, struct hwpoison_frames *fresh)
{
	struct hwpoison_frames kept = {0}, found = {0};
	int error = hwpoison_frames_unite(&kept, known);

	if (!error)
		error = hwpoison_frames_unite(&kept, excluded);
	for (size_t i = 0; !error && i < now->count; i++)
		error = rest_add(&kept, &now->ranges[i], &found);
	hwpoison_frames_free(&kept);
	if (error)
		hwpoison_frames_free(&found);
	else
		*fresh = found;
	return error;
}

/* ------------------------------------------------------------------------------ again, by the record */

/* The options of the load that the record is of; they borrow its words. 0, then
 * options_free(), or an exit code after failure(). */
static int record_options_parse(const struct record *record, const char *run_dir,
				struct options *options)
{
	int code = options_parse((int)record->word_count, record->words, arch_native(), options);

	if (code) {
		options_free(options);
		return code;
	}
	options->action = ACTION_LOAD;
	options->run_dir = run_dir;
	return 0;
}

/* The working directory while the record's words are gone by, and back. */
static int directory_enter(const char *path, int *before)
{
	*before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (chdir(path)) {
		int error = errno;

		if (*before >= 0)
			close(*before);
		return failure(EXIT_USAGE,
			       "cannot go back to %s, where the kernel was loaded from: "
			       "%s; load it again",
			       path, strerror(error));
	}
	return 0;
}

static void directory_leave(int before)
{
	if (before < 0)
		return;
	if (fchdir(before))
		debug("cannot return to the working directory: %s", strerror(errno));
	close(before);
}

static int learn_by_record(const struct load_steps *steps, const struct record *record,
			   struct hwpoison_frames *frames)
{
	struct options again;
	int before, code = record_options_parse(record, NULL, &again);

	if (code)
		return code;
	code = directory_enter(record->directory, &before);
	if (!code) {
		code = steps->learn(&again, frames);
		directory_leave(before);
	}
	options_free(&again);
	return code;
}

int late_find(const struct host *host, const struct load_steps *steps, const struct record *record,
	      struct hwpoison_frames *fresh)
{
	struct hwpoison_frames now = {0};
	struct counters counters;
	int code;

	counters_read(host, &counters);
	if (counters_equal(&record->counters, &counters))
		return 0;
	code = learn_by_record(steps, record, &now);
	if (!code && late_frames_find(&now, &record->frames, &record->excluded, fresh))
		code = out_of_memory();
	hwpoison_frames_free(&now);
	return code;
}

/* ---------------------------------------------------------------------------------- settling */

static int reload(const struct host *host, const struct load_steps *steps,
		  const struct record *record, const char *run_dir)
{
	const struct record_file *file = NULL;
	struct options again;
	int before, code, error = record_files_check(record, &file);

	if (error == -ESTALE)
		return failure(EXIT_USAGE,
			       "memory went bad after the load, and %s changed since then: "
			       "load the kernel again (or go without: "
			       "--hwpoison-late=ignore)",
			       file->path);
	if (error)
		return failure(file_code(error),
			       "memory went bad after the load, and %s cannot be read to "
			       "load it again: %s (to go without: "
			       "--hwpoison-late=ignore)",
			       file->path, strerror(-error));
	code = record_options_parse(record, run_dir, &again);
	if (code)
		return code;
	code = directory_enter(record->directory, &before);
	if (!code) {
		code = load_kernel(host, steps, &again);
		directory_leave(before);
	}
	options_free(&again);
	return code;
}

/* The policy that holds: of this command line, else of the one that loaded. */
static int policy_find(const struct options *options, const struct record *record,
		       enum late_policy *policy)
{
	struct options again;
	int code;

	*policy = options->late;
	if (options->late_given)
		return 0;
	code = record_options_parse(record, NULL, &again);
	if (code)
		return code;
	*policy = again.late;
	options_free(&again);
	return 0;
}

static int settle(const struct host *host, const struct load_steps *steps,
		  const struct options *options, const struct record *record)
{
	struct warnings warnings = {0};
	struct hwpoison_frames fresh = {0};
	enum late_policy policy;
	uint64_t bytes, first;
	int code = policy_find(options, record, &policy);

	if (!code)
		code = late_find(host, steps, record, &fresh);
	if (code && policy == LATE_IGNORE)
		code = 0;
	bytes = hwpoison_frames_bytes(&fresh);
	first = fresh.count ? fresh.ranges[0].start : 0;
	hwpoison_frames_free(&fresh);
	if (code || !bytes)
		return code;
	if (policy == LATE_REFUSE)
		return failure(EXIT_USAGE,
			       "memory went bad after the load (%" PRIu64
			       " bytes, first at 0x%" PRIx64
			       "), and the loaded kernel would use it: load again",
			       bytes, first);
	warn(&warnings,
	     "memory went bad after the load (%" PRIu64 " bytes, first at 0x%" PRIx64 "): %s",
	     bytes, first,
	     policy == LATE_IGNORE ? "the next kernel will use it, as --hwpoison-late=ignore says" :
				     "the kernel is loaded again, to keep it out");
	warnings_print(&warnings);
	warnings_free(&warnings);
	return policy == LATE_IGNORE ? 0 : reload(host, steps, record, options->run_dir);
}

int late_settle(const struct host *host, const struct load_steps *steps,
		const struct options *options)
{
	struct record record = {0};
	struct warnings warnings = {0};
	char reason[160];
	int error = record_read(options->run_dir, host, &record, reason, sizeof(reason));
	int code = 0;

	if (!error) {
		if (record.preserve)
			code = settle(host, steps, options, &record);
		record_free(&record);
		return code;
	}
	if (error == -ENOENT)
		return 0;
	warn(&warnings,
	     "the record in %s cannot be used (%s): whether memory went bad since the load "
	     "was not looked at",
	     options->run_dir, *reason ? reason : strerror(-error));
	warnings_print(&warnings);
	warnings_free(&warnings);
	return 0;
}
