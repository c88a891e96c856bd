/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands a plan to kexec_load(2), again while frames go bad meanwhile, and leaves the record. */
#include "kexec/load.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/counters.h"
#include "kexec/explain.h"
#include "kexec/late.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/prepare.h"
#include "kexec/record.h"
#include "kexec/unload.h"

static int learn_again(const struct options *options, struct hwpoison_frames *frames)
{
	struct warnings warnings = {0};
	struct machine machine = {0};
	struct learnt learnt = {0};
	int code = machine_read(options, &machine, &warnings);

	if (!code)
		code = learn_frames(&machine, options, NULL, frames, &learnt, &warnings);
	/* They were told when the image was loaded. */
	warnings_free(&warnings);
	learnt_free(&learnt);
	machine_free(&machine);
	return code;
}

const struct load_steps load_steps = {
	.prepare = preparation_make,
	.learn = learn_again,
};

/* The call, waiting for its turn where another load is in progress. A negative errno. */
static int load_in_turn(const struct host *host, const struct plan *plan,
			const struct kexec_segment *segments, uint64_t flags)
{
	int error = -EBUSY;

	for (unsigned int i = 0; error == -EBUSY && i < LOAD_BUSY_TRIES; i++) {
		if (i)
			host->calls->wait(host->context, LOAD_BUSY_WAIT);
		error = host->calls->load(host->context, plan->entry, plan->segment_count, segments,
					  flags);
	}
	return error;
}

int load_plan(const struct host *host, const struct plan *plan)
{
	const struct arch *arch = plan->machine->arch;
	struct kexec_segment segments[PLAN_SEGMENTS_MAX];
	char explanation[EXPLANATION_SIZE];
	uint64_t flags = arch->kexec_arch;
	int error;

	if (arch != arch_native() || !plan->machine->running)
		return failure(EXIT_USAGE,
			       "the plan is for %s (%s), not for this machine: it can "
			       "only be shown, by --dry-run",
			       plan->machine->root ? plan->machine->root : "another machine",
			       arch->name);
	/* Without segments the call would unload. */
	if (!plan->segment_count)
		return failure(EXIT_FAILED,
			       "kernels for %s cannot be loaded by this version, only "
			       "planned for with --dry-run",
			       arch->name);
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		segments[i] = (struct kexec_segment){
			.buf = segment->bytes,
			.bufsz = segment->bytes_size,
			.mem = (const void *)(uintptr_t)segment->start,
			.memsz = segment->size,
		};
		debug("segment %s: %" PRIu64 " bytes to 0x%" PRIx64 "-0x%" PRIx64, segment->name,
		      segment->bytes_size, segment->start, segment->start + segment->size - 1);
	}
	debug("entry 0x%" PRIx64, plan->entry);
	error = load_in_turn(host, plan, segments,
			     flags | (plan->options->debug ? LOAD_FLAG_DEBUG : 0));
	/* Kernels before the flag refuse what they do not know (kexec_load_check()). */
	if (error == -EINVAL && plan->options->debug)
		error = load_in_turn(host, plan, segments, flags);
	if (error >= 0)
		return 0;
	explain_load(host, -error, plan, explanation, sizeof(explanation));
	return failure(EXIT_FAILED, "kexec_load failed: %s", explanation);
}

/* -------------------------------------------------------------------------------- the record */

/* The initrd is a segment as it stands in its file: its digest was taken already. */
static const struct segment *initrd_find(const struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (segment->hashed && !strcmp(segment->name, "initrd"))
			return segment;
	}
	return NULL;
}

int load_record_files(const struct options *options, const struct plan *plan, struct record *record)
{
	const bool tree = plan && plan->machine->arch->tree;
	const struct {
		const char *role, *path;
	} files[] = {
		{"kernel", options->kernel},
		{"initrd", options->initrd},
		{"dtb", tree ? options->dtb : NULL}, /* else it was not read */
	};
	const struct segment *initrd = initrd_find(plan);
	int error = 0;

	record_files_free(record);
	for (size_t i = 0; !error && i < sizeof(files) / sizeof(files[0]); i++) {
		bool known = initrd && files[i].path == options->initrd;

		if (files[i].path)
			error = record_file_add(record, files[i].role, files[i].path,
						known ? initrd->sha256 : NULL,
						known ? initrd->bytes_size : 0);
	}
	return error;
}

static int plan_note(const struct plan *plan, const struct counters *counters,
		     struct record *record)
{
	record->preserve = plan->options->preserve;
	record->modes = plan->modes;
	record->counters = *counters;
	hwpoison_frames_free(&record->frames);
	hwpoison_frames_free(&record->excluded);
	if (hwpoison_frames_unite(&record->frames, &plan->frames) ||
	    hwpoison_frames_unite(&record->excluded, &plan->outcome.excluded))
		return -ENOMEM;
	return load_record_files(plan->options, plan, record);
}

void load_record_leave(const struct options *options, const struct record *record, int error,
		       struct warnings *warnings)
{
	if (!error)
		error = record_write(options->run_dir, record);
	if (!error)
		return;
	/* The one before speaks of another image. */
	record_remove(options->run_dir);
	warn(warnings,
	     "no record of this load could be left in %s (%s): kexec -e will not notice "
	     "memory that goes bad until then",
	     options->run_dir, strerror(-error));
}

/* ------------------------------------------------------------------------------------ rounds */

enum round_result { ROUND_DONE, ROUND_AGAIN, ROUND_FAILED };

struct loading {
	const struct host *host;
	const struct load_steps *steps;
	const struct options *options;
	struct record record;
	int record_error;
	bool loaded; /* by an earlier round: the kernel has an image of ours */
	bool blocked;
	sigset_t signals; /* as they were before they were blocked */
	int code;
};

/* An image without its record, or with that of another, would be what a signal between the two
 * leaves. Until then, and that may be long, any signal may end us. */
static void signals_block(struct loading *loading)
{
	sigset_t all;

	if (loading->blocked)
		return;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &loading->signals);
	loading->blocked = true;
}

/* Whether frames went bad that the loaded plan does not keep out. */
static enum round_result round_verify(struct loading *loading, const struct plan *plan)
{
	struct hwpoison_frames now = {0}, fresh = {0};
	enum round_result result = ROUND_FAILED;
	struct counters counters;

	counters_read(loading->host, &counters);
	if (!plan->options->preserve || counters_equal(&loading->record.counters, &counters))
		return ROUND_DONE;
	loading->code = loading->steps->learn(loading->options, &now);
	if (!loading->code &&
	    late_frames_find(&now, &plan->frames, &plan->outcome.excluded, &fresh))
		loading->code = out_of_memory();
	if (!loading->code) {
		result = fresh.count ? ROUND_AGAIN : ROUND_DONE;
		/* Repeated hits of one frame move the counters of Linux 6.1 too. */
		if (result == ROUND_DONE)
			loading->record.counters = counters;
		else
			debug("0x%" PRIx64 " went bad while the image was loaded: planning anew",
			      fresh.ranges[0].start);
	}
	hwpoison_frames_free(&now);
	hwpoison_frames_free(&fresh);
	return result;
}

static enum round_result round_run(struct loading *loading)
{
	struct preparation preparation = {0};
	struct plan *plan = &preparation.plan;
	enum round_result result = ROUND_FAILED;
	struct counters counters;

	counters_read(loading->host, &counters);
	loading->code = loading->steps->prepare(loading->options, &preparation);
	if (loading->code)
		goto out;
	if (!loading->record_error)
		loading->record_error = plan_note(plan, &counters, &loading->record);
	loading->record.counters = counters;
	signals_block(loading);
	loading->code = load_plan(loading->host, plan);
	if (loading->code)
		goto out;
	loading->loaded = true;
	result = round_verify(loading, plan);
	if (result == ROUND_DONE)
		load_record_leave(loading->options, &loading->record, loading->record_error,
				  &plan->warnings);
out:
	if (result != ROUND_AGAIN)
		warnings_print(&plan->warnings);
	preparation_free(&preparation);
	return result;
}

static void rounds_run(struct loading *loading)
{
	enum round_result result = ROUND_AGAIN;

	for (unsigned int i = 0; result == ROUND_AGAIN && i < LOAD_ROUNDS; i++)
		result = round_run(loading);
	if (result == ROUND_AGAIN)
		loading->code = failure(EXIT_FAILED,
					"memory went bad during each of %d loads: try "
					"again when that has ended",
					LOAD_ROUNDS);
	if (result == ROUND_DONE || !loading->loaded)
		return;
	/* What the kernel has now would use a frame that is known to be bad. */
	if (!unload_kernel(loading->host, loading->options))
		failure(loading->code,
			"what had been loaded would use bad memory, and was unloaded");
}

int load_kernel(const struct host *host, const struct load_steps *steps,
		const struct options *options)
{
	struct loading loading = {.host = host, .steps = steps, .options = options};

	loading.record_error = record_begin(&loading.record, host, options->argc, options->argv);
	rounds_run(&loading);
	if (loading.blocked)
		sigprocmask(SIG_SETMASK, &loading.signals, NULL);
	record_free(&loading.record);
	return loading.code;
}
