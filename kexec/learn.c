/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unites what every source says of bad frames, and takes back what the user says is good. */
#include "kexec/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/crosscheck.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/kho/learn.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/progress.h"
#include "kexec/report.h"

/* A list of a million frames with comments is 100 MB. */
#define LIST_LIMIT (256u << 20)

/* MAX_FDT_SIZE in arch/arm64/include/asm/boot.h of Linux. */
#define TREE_LIMIT (2u << 20)

static int kpageflags_open_failure(const struct machine *machine, int error)
{
	if (error == ENOENT)
		return failure(
			EXIT_USAGE,
			"%s/proc/kpageflags is not there: this kernel cannot tell which memory "
			"is bad (it lacks CONFIG_PROC_PAGE_MONITOR)",
			machine->prefix);
	return failure(EXIT_USAGE,
		       "cannot read %s/proc/kpageflags: %s; it takes root with CAP_SYS_ADMIN",
		       machine->prefix, strerror(error));
}

static int scan_failure(const struct machine *machine, int error,
			const struct hwpoison_problem *problem)
{
	if (error == HWPOISON_ESHORT)
		return failure(EXIT_USAGE,
			       "%s/proc/kpageflags ends before the RAM at 0x%" PRIx64 "-0x%" PRIx64
			       ": it cannot be known whether that is bad",
			       machine->prefix, problem->start, problem->end - 1);
	if (error == HWPOISON_EIO)
		return failure(EXIT_USAGE,
			       "cannot read %s/proc/kpageflags: %s; it takes root with "
			       "CAP_SYS_ADMIN",
			       machine->prefix, strerror(problem->os_error));
	return failure(EXIT_FAILED, "%s/proc/kpageflags: %s", machine->prefix,
		       hwpoison_strerror(error));
}

static int kpageflags_learn(const struct machine *machine, const struct options *options,
			    struct hwpoison_frames *frames, struct learnt *learnt,
			    struct warnings *warnings)
{
	AUTO_CLOSE int fd = openat(machine->root_fd, "proc/kpageflags",
				   O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error_open = fd < 0 ? errno : 0;
	struct progress progress = progress_start("reading /proc/kpageflags");
	struct hwpoison_scan_options scan = {
		.page_size = machine->page_size,
		.threads = options->threads,
		.progress = progress_show,
		.context = &progress,
	};
	struct hwpoison_scan_result result;
	struct hwpoison_problem problem = {0};
	int error;

	if (error_open == ENOENT && !machine->running) {
		warn(warnings,
		     "%s has no proc/kpageflags: what only the kernel knew to be bad is not "
		     "in this snapshot",
		     machine->prefix);
		return 0;
	}
	if (error_open)
		return kpageflags_open_failure(machine, error_open);
	error = hwpoison_scan(fd, &machine->ram, &scan, frames, &result, &problem);
	progress_end(&progress);
	if (error)
		return scan_failure(machine, error, &problem);
	learnt->scanned = true;
	learnt->scanned_bytes = result.frames_read * machine->page_size;
	learnt->hugetlb_bytes = result.hugetlb_extended;
	learnt->flagged_bytes = hwpoison_frames_bytes(frames) - result.hugetlb_extended;
	return 0;
}

/* It is called by a name of two words. */
static int tree_learn(const struct machine *machine, const void *tree, size_t size,
		      const char *name, const char *rest, struct hwpoison_frames *frames)
{
	struct hwpoison_problem problem = {0};
	int error = hwpoison_fdt_frames(tree, size, machine->page_size, frames, &problem);

	if (error == HWPOISON_EFDT)
		return failure(EXIT_USAGE, "%s%s is no good device tree: %s", name, rest,
			       fdt_strerror(problem.fdt_error));
	if (error == HWPOISON_ENOMEM)
		return out_of_memory();
	if (error)
		return failure(EXIT_USAGE, "%s%s: %s%s%s", name, rest, problem.what,
			       problem.what[0] ? ": " : "", hwpoison_strerror(error));
	return 0;
}

int carried_learn(const struct machine *machine, struct hwpoison_frames *frames,
		  struct warnings *spoilt)
{
	int error = hwpoison_map_frames(&machine->firmware, machine->page_size,
					HWPOISON_SOURCE_FIRMWARE_MAP, frames);

	if (!error)
		error = hwpoison_iomem_frames(&machine->iomem, machine->page_size, frames);
	if (error)
		return failure(EXIT_FAILED, "%s", hwpoison_strerror(error));
	error = kho_in_learn(machine, frames, spoilt);
	if (error || !machine->fdt)
		return error;
	return tree_learn(machine, machine->fdt, machine->fdt_size, machine->prefix,
			  "/sys/firmware/fdt", frames);
}

/* The tree that the next kernel is handed when it is not the machine's: what it tells of bad frames is
 * written anew, as in any tree, and would be gone. */
static int other_tree_learn(const struct machine *machine, const struct options *options,
			    const struct image *image, struct hwpoison_frames *frames)
{
	AUTO_FREE void *tree = NULL;
	size_t size;

	if (!options->preserve || !machine->arch->tree)
		return 0;
	if (!options->dtb)
		return image && image->dtb ? tree_learn(machine, image->dtb, image->dtb_size,
							image->path ? image->path : "the image",
							": its device tree", frames) :
					     0;
	/* What cannot be read, whoever plans complains of. */
	if (file_read_at(AT_FDCWD, options->dtb, TREE_LIMIT, &tree, &size))
		return 0;
	return tree_learn(machine, tree, size, "--dtb=", options->dtb, frames);
}

int file_learn(const struct machine *machine, const char *path, struct hwpoison_frames *frames,
	       struct warnings *warnings)
{
	AUTO_FREE void *text = NULL;
	struct hwpoison_problem problem = {0};
	struct hwpoison_frames listed = {0};
	size_t size;
	int error = file_read_at(AT_FDCWD, path, LIST_LIMIT, &text, &size);

	if (error)
		return failure(file_code(error), "--hwpoison-file=%s: %s", path, strerror(-error));
	error = hwpoison_list_parse(text, size, machine->page_size, &listed, &problem);
	if (error == HWPOISON_ENOMEM)
		error = out_of_memory();
	else if (error)
		error = failure(EXIT_USAGE, "%s, line %lu: %s%s%s", path, problem.line,
				hwpoison_strerror(error), problem.what[0] ? ": " : "",
				problem.what);
	else if (!listed.count)
		warn(warnings, "%s names no frame", path);
	if (!error && hwpoison_frames_unite(frames, &listed))
		error = out_of_memory();
	hwpoison_frames_free(&listed);
	return error;
}

/* Of the frames of earlier kernels, what is not RAM of this one: the scan of RAM did not see it. */
static int outside_add(const struct hwpoison_map *ram, const struct hwpoison_frames *announced,
		       struct hwpoison_map *carried)
{
	size_t at = 0;
	int error = 0;

	for (size_t i = 0; i < announced->count; i++) {
		uint64_t start = announced->ranges[i].start, end = announced->ranges[i].end;

		while (at < ram->count && ram->entries[at].end <= start)
			at++;
		for (size_t j = at; start < end && !error; j++) {
			bool last = j == ram->count || ram->entries[j].start >= end;
			uint64_t stop = last ? end : ram->entries[j].start;

			if (start < stop)
				error = hwpoison_map_add(carried, start, stop, HWPOISON_RAM);
			start = last ? end : ram->entries[j].end;
		}
	}
	return error ? error : hwpoison_map_normalise(carried);
}

/* The frames of earlier kernels that this one was told of (--hwpoison-announce): they are counted
 * and flagged, but most lie outside of its RAM. What cannot be read is not flagged. */
static int announced_learn(const struct machine *machine, const struct options *options,
			   struct hwpoison_frames *frames, struct learnt *learnt)
{
	AUTO_CLOSE int fd = openat(machine->root_fd, "proc/kpageflags",
				   O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct hwpoison_scan_options scan = {
		.page_size = machine->page_size,
		.threads = options->threads,
	};
	struct hwpoison_frames flagged = {0}, announced = {0};
	struct hwpoison_map carried = {0};
	struct hwpoison_scan_result result;
	struct warnings again = {0};
	int code = fd < 0 ? 0 : carried_learn(machine, &announced, &again), error = 0;

	error = outside_add(&machine->ram, &announced, &carried);
	if (!error && carried.count &&
	    !hwpoison_scan(fd, &carried, &scan, &flagged, &result, NULL)) {
		learnt->announced_bytes = hwpoison_frames_bytes(&flagged);
		error = hwpoison_frames_unite(frames, &flagged);
	}
	warnings_free(&again);
	hwpoison_frames_free(&announced);
	hwpoison_frames_free(&flagged);
	hwpoison_map_free(&carried);
	if (code)
		return code;
	return error ? out_of_memory() : 0;
}

static int offline_learn(const struct machine *machine, const struct hwpoison_map *blocks,
			 struct hwpoison_frames *frames)
{
	for (size_t i = 0; i < blocks->count; i++) {
		if (hwpoison_frames_add(frames, blocks->entries[i].start, blocks->entries[i].end,
					HWPOISON_SOURCE_OFFLINE, machine->page_size))
			return out_of_memory();
	}
	return 0;
}

/* Takes one range out of frames, and keeps what that was. */
static int range_forget(struct hwpoison_frames *frames, uint64_t start, uint64_t end,
			struct learnt *learnt)
{
	const struct hwpoison_frame_range *range;
	int error = 0;

	while (!error && (range = hwpoison_frames_find(frames, start, end))) {
		uint64_t from = range->start > start ? range->start : start;
		uint64_t to = range->end < end ? range->end : end;

		/* Both take whole frames. */
		error = hwpoison_frames_add(&learnt->forgotten, from, to, range->sources,
					    range->page_size);
		if (!error)
			error = hwpoison_frames_remove(frames, from, to);
	}
	return error ? failure(EXIT_FAILED, "%s", hwpoison_strerror(error)) : 0;
}

static int frames_forget(const struct machine *machine, const struct options *options,
			 struct hwpoison_frames *frames, struct learnt *learnt,
			 struct warnings *warnings)
{
	char text[SIZE_TEXT];

	for (size_t i = 0; i < options->forget_count; i++) {
		struct hwpoison_range range;
		int error = hwpoison_range_parse(options->forget[i], machine->page_size, &range);

		if (error)
			return failure(EXIT_USAGE, "--hwpoison-forget=%s: %s", options->forget[i],
				       hwpoison_strerror(error));
		if (!hwpoison_frames_find(frames, range.start, range.end))
			warn(warnings, "--hwpoison-forget=%s: nothing there is known to be bad",
			     options->forget[i]);
		error = range_forget(frames, range.start, range.end, learnt);
		if (error)
			return error;
	}
	if (options->forget_all && range_forget(frames, 0, HWPOISON_ADDRESS_LIMIT, learnt))
		return EXIT_FAILED;
	for (size_t i = 0; i < learnt->forgotten.count; i++) {
		const struct hwpoison_frame_range *range = &learnt->forgotten.ranges[i];

		if (range->sources & HWPOISON_SOURCE_FIRMWARE_MAP)
			warn(warnings,
			     "0x%" PRIx64 "-0x%" PRIx64 " (%s) becomes RAM again, as you say; the "
			     "machine's own firmware may have called it unusable, which looks the "
			     "same as what an earlier kexec was told",
			     range->start, range->end - 1,
			     size_text(range->end - range->start, text));
	}
	return 0;
}

int learn_frames(const struct machine *machine, const struct options *options,
		 const struct image *image, struct hwpoison_frames *frames, struct learnt *learnt,
		 struct warnings *warnings)
{
	struct hwpoison_map blocks = {0};
	int error = kpageflags_learn(machine, options, frames, learnt, warnings);

	if (!error)
		error = carried_learn(machine, frames, options->forget_all ? warnings : NULL);
	if (!error)
		error = other_tree_learn(machine, options, image, frames);
	if (!error && learnt->scanned)
		error = announced_learn(machine, options, frames, learnt);
	for (size_t i = 0; i < options->file_count && !error; i++)
		error = file_learn(machine, options->files[i], frames, warnings);
	if (!error)
		kho_in_warn(machine, frames, warnings);
	if (!error && offline_blocks_find(machine, &blocks))
		error = out_of_memory();
	if (!error)
		crosscheck_warn(machine, learnt, &blocks, options->offline_blocks, warnings);
	if (!error && options->offline_blocks)
		error = offline_learn(machine, &blocks, frames);
	if (!error)
		error = frames_forget(machine, options, frames, learnt, warnings);
	hwpoison_map_free(&blocks);
	return error;
}

void learnt_free(struct learnt *learnt)
{
	hwpoison_frames_free(&learnt->forgotten);
}
