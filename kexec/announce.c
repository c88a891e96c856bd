/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the frames that earlier kernels handed over visible in this one. */
#include "kexec/announce.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hwpoison/hwpoison.h"
#include "kexec/file.h"
#include "kexec/host.h"
#include "kexec/learn.h"
#include "kexec/machine.h"
#include "kexec/options.h"

/* KPF_HWPOISON, include/uapi/linux/kernel-page-flags.h. */
#define FLAG_HWPOISON (UINT64_C(1) << 19)
#define FLAG_RESERVED (UINT64_C(1) << 32)

/* ------------------------------------------------------------------------------------ finding */

/* Those that are too large, out of the set. */
static int large_remove(struct hwpoison_frames *frames, struct warnings *warnings)
{
	for (size_t i = frames->count; i-- > 0;) {
		struct hwpoison_frame_range range = frames->ranges[i];

		if (range.end - range.start <= ANNOUNCE_RANGE_MAX ||
		    range.sources & HWPOISON_SOURCE_FILE)
			continue;
		warn(warnings,
		     "0x%" PRIx64 "-0x%" PRIx64 " is out of use, but too large to announce it "
		     "frame by frame",
		     range.start, range.end - 1);
		if (hwpoison_frames_remove(frames, range.start, range.end))
			return out_of_memory();
	}
	return 0;
}

int announce_frames_find(const struct machine *machine, const struct options *options,
			 struct hwpoison_frames *frames, struct warnings *warnings)
{
	int code = carried_learn(machine, frames, NULL);

	if (!code)
		code = large_remove(frames, warnings);
	for (size_t i = 0; !code && i < options->file_count; i++)
		code = file_learn(machine, options->files[i], frames, warnings);
	return code;
}

/* ---------------------------------------------------------------------------------- announcing */

struct announcer {
	const struct host *host;
	const struct machine *machine;
	int kpageflags;
	struct announcement *result;
};

/* 1 flagged, 0 not, -ENXIO past the end of the file, or another negative errno. *held: nobody has the
 * frame, and it is not free: no flag but that of reserved memory is set (KPF_RESERVED, of the kernel's
 * own, Linux include/linux/kernel-page-flags.h). */
static int is_flagged(const struct announcer *announcer, uint64_t address, bool *held)
{
	uint64_t flags;
	off_t offset = (off_t)(address / announcer->machine->page_size * sizeof(flags));
	ssize_t got = pread(announcer->kpageflags, &flags, sizeof(flags), offset);

	if (got < 0)
		return -errno;
	if (got != sizeof(flags))
		return -ENXIO;
	*held = !(flags & ~(FLAG_HWPOISON | FLAG_RESERVED));
	return flags & FLAG_HWPOISON ? 1 : 0;
}

/* Whether the running kernel may have given the frame to somebody: RAM, and nothing in it says
 * that it is reserved, as a memory reserve entry of a device tree does. */
static bool is_used(const struct machine *machine, uint64_t address)
{
	const struct hwpoison_map_entry *ram = hwpoison_map_find(&machine->ram, address);

	if (!ram || ram->type != HWPOISON_RAM)
		return false;
	for (size_t i = 0; i < machine->iomem.count; i++) {
		const struct hwpoison_iomem_entry *entry = &machine->iomem.entries[i];

		if (entry->kind == HWPOISON_IOMEM_RESERVED && address >= entry->start &&
		    address < entry->end)
			return false;
	}
	return true;
}

static void note_failed(struct announcement *result, uint64_t address, int error)
{
	if (!result->failed++) {
		result->first_failed = address;
		result->error = -error;
	}
}

/* 0 or a negative errno of kpageflags. */
static int frame_announce(const struct announcer *announcer, uint64_t address, uint32_t sources)
{
	struct announcement *result = announcer->result;
	bool held = false;
	int flagged = is_flagged(announcer, address, &held), error;

	if (flagged == -ENXIO) {
		result->outside++;
		return 0;
	}
	if (flagged < 0)
		return flagged;
	if (flagged) {
		result->before++;
		return 0;
	}
	/* To take memory out of use, and end who uses it, is for the administrator's list only. What
	 * KHO keeps is RAM that was never freed (kho_preserved_memory_reserve() in Linux). */
	held = held && sources & HWPOISON_SOURCE_KHO;
	if (!(sources & HWPOISON_SOURCE_FILE) && !held && is_used(announcer->machine, address)) {
		if (!result->in_use++)
			result->first_in_use = address;
		return 0;
	}
	/* A frame that is in no use cannot be handled, and fails with EBUSY once it is flagged
	 * (memory_failure() in mm/memory-failure.c sets PG_hwpoison first); so ask the flag. */
	error = announcer->host->calls->hard_offline(announcer->host->context, address);
	flagged = is_flagged(announcer, address, &held);
	if (flagged < 0)
		return flagged;
	if (flagged)
		result->announced++;
	else if (error == -ENXIO)
		result->outside++;
	else
		note_failed(result, address, error < 0 ? error : -EIO);
	return 0;
}

int announce_frames(const struct host *host, const struct machine *machine,
		    const struct hwpoison_frames *frames, struct announcement *result)
{
	AUTO_CLOSE int kpageflags = openat(host->root, "proc/kpageflags", O_RDONLY | O_CLOEXEC);
	struct announcer announcer = {host, machine, kpageflags, result};
	int error = 0;

	*result = (struct announcement){0};
	if (kpageflags < 0)
		return -errno;
	for (size_t i = 0; !error && i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		for (uint64_t address = range->start; !error && address < range->end;
		     address += machine->page_size)
			error = frame_announce(&announcer, address, range->sources);
	}
	return error;
}

static int result_print(const struct announcement *result)
{
	printf("%zu frames announced, %zu were flagged already", result->announced, result->before);
	if (result->outside)
		printf(", %zu are no memory of this kernel", result->outside);
	putchar('\n');
	if (fflush(stdout))
		return failure(EXIT_FAILED, "cannot write the result: %s", strerror(errno));
	if (result->in_use)
		return failure(EXIT_FAILED,
			       "%zu frames were handed over as bad and are used as RAM all "
			       "the same, first 0x%" PRIx64 ": list them in a file and "
			       "give it with --hwpoison-file to take them out of use",
			       result->in_use, result->first_in_use);
	if (result->failed)
		return failure(EXIT_FAILED,
			       "%zu frames could not be announced, first 0x%" PRIx64 ": %s%s",
			       result->failed, result->first_failed, strerror(result->error),
			       result->error == ENOENT ?
				       " (was this kernel built with CONFIG_MEMORY_FAILURE?)" :
				       "");
	return 0;
}

int announce(const struct host *host, const struct machine *machine, const struct options *options)
{
	struct hwpoison_frames frames = {0};
	struct warnings warnings = {0};
	struct announcement result;
	int code = announce_frames_find(machine, options, &frames, &warnings);
	int error;

	warnings_print(&warnings);
	warnings_free(&warnings);
	if (!code) {
		error = announce_frames(host, machine, &frames, &result);
		code = error ? failure(EXIT_FAILED, "cannot read /proc/kpageflags: %s",
				       strerror(-error)) :
			       result_print(&result);
	}
	hwpoison_frames_free(&frames);
	return code;
}
