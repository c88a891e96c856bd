/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of what runs between the kernels, on any architecture. */
#include "kexec/check_purgatory.h"

#include <string.h>

#include "kexec/arch.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "purgatory/sha256.h"

/* The parameters in the segment's bytes, as purgatory will read them. */
static bool parameters_read(const struct plan *plan, struct purgatory_parameters *parameters)
{
	const struct segment *purgatory = segment_find(plan, "purgatory");
	const struct purgatory_blob *blob = purgatory_find(plan->machine->arch->name);

	if (!blob || !purgatory ||
	    purgatory->bytes_size < blob->parameters_offset + sizeof(*parameters))
		return false;
	memcpy(parameters, (const uint8_t *)purgatory->bytes + blob->parameters_offset,
	       sizeof(*parameters));
	return parameters->magic == PURGATORY_MAGIC && parameters->version == PURGATORY_VERSION &&
	       parameters->size == sizeof(*parameters) &&
	       parameters->segment_count <= PURGATORY_SEGMENTS_MAX;
}

int check_purgatory_code(const struct plan *plan, struct purgatory_parameters *parameters,
			 char *reason, size_t size)
{
	const struct segment *purgatory = segment_find(plan, "purgatory");
	const struct purgatory_blob *blob = purgatory_find(plan->machine->arch->name);

	if (!parameters_read(plan, parameters))
		return check_failed(reason, size, "it, or its parameters, are not there");
	if (memcmp(purgatory->bytes, blob->bytes, blob->parameters_offset) != 0 ||
	    purgatory->size < blob->memory_size)
		return check_failed(reason, size, "its code or memory is not whole");
	if (plan->entry != purgatory->start + blob->entry_offset)
		return check_failed(reason, size, "0x%llx is not its entry",
				    (unsigned long long)plan->entry);
	if (!!(parameters->flags & PURGATORY_SKIP_DIGESTS) != plan->options->no_checks)
		return check_failed(reason, size,
				    "it checks digests against the user's will, or "
				    "does not");
	return 0;
}

/* What is made here is small, and may have been written to after its digest was taken. The files'
 * own bytes are not, and hashing them once more would cost as much as all the rest of a load. */
#define DIGEST_AGAIN_MAX (1u << 20)

static int digest_check(const struct segment *segment, const struct purgatory_segment *told,
			char *reason, size_t size)
{
	enum sha256_path path = sha256_has_hardware() ? SHA256_HARDWARE : SHA256_PORTABLE;
	uint8_t digest[SHA256_SIZE];

	if (told->start != segment->start || told->bytes_size != segment->bytes_size ||
	    told->memory_size != segment->size || told->hashed != segment->hashed)
		return check_failed(reason, size, "%s lies elsewhere", segment->name);
	if (!segment->hashed)
		return check_failed(reason, size, "%s has no digest", segment->name);
	if (segment->bytes_size <= DIGEST_AGAIN_MAX)
		sha256_of(path, segment->bytes, segment->bytes_size, digest);
	else
		memcpy(digest, segment->sha256, sizeof(digest));
	if (memcmp(digest, told->sha256, sizeof(digest)) != 0)
		return check_failed(reason, size, "that of %s is wrong", segment->name);
	return 0;
}

/* Every segment but purgatory is checked before the next kernel starts. */
int check_digests(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *purgatory = segment_find(plan, "purgatory");
	struct purgatory_parameters parameters;
	size_t at = 0;

	if (!plan->segment_count)
		return 0;
	if (!parameters_read(plan, &parameters))
		return check_failed(reason, size, "there are no parameters");
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (segment == purgatory)
			continue;
		if (at == parameters.segment_count)
			return check_failed(reason, size, "%s is not listed", segment->name);
		if (digest_check(segment, &parameters.segments[at++], reason, size))
			return -1;
	}
	if (at != parameters.segment_count)
		return check_failed(reason, size, "%u segments are listed, %zu are there",
				    parameters.segment_count, at);
	return 0;
}

/* The part of *start to *end that KHO does not keep: what it keeps stays RAM. */
static bool part_not_kept(const struct plan *plan, uint64_t *start, uint64_t *end)
{
	const struct hwpoison_frame_range *kept;

	while (*start < *end && (kept = hwpoison_frames_find(&plan->kho.kept, *start, *end))) {
		if (kept->start > *start) {
			*end = kept->start;
			return true;
		}
		*start = kept->end;
	}
	return *start < *end;
}

/* What of a frame purgatory is to look for, from an address on: *start to *end. A tree is told of RAM
 * alone, and not of what others keep out; without it there is an e820 map, or nothing to look for. */
static bool frame_part(const struct plan *plan, const struct hwpoison_frame_range *frame,
		       uint64_t from, uint64_t *start, uint64_t *end)
{
	const struct hwpoison_map *map = &plan->outcome.map;

	*start = from > frame->start ? from : frame->start;
	*end = frame->end;
	if (*start >= *end)
		return false;
	if (!(plan->modes & MODE_DTB))
		return plan->machine->arch->modes & MODE_E820 && part_not_kept(plan, start, end);
	for (size_t i = 0; i < map->count && map->entries[i].start < frame->end; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->type != HWPOISON_UNUSABLE || entry->end <= *start)
			continue;
		if (entry->start > *start)
			*start = entry->start;
		if (entry->end < *end)
			*end = entry->end;
		return true;
	}
	return false;
}

#define PURGATORY_FRAME UINT64_C(4096)

/* Goes through the table along with the frames. */
struct table_walk {
	const uint8_t *next;
	uint64_t left, listed, bad, bad_end;
	struct purgatory_poison entry;
};

/* A region of somebody else's may end within a frame; purgatory looks for all of that. */
static bool table_has(struct table_walk *walk, uint64_t start, uint64_t end)
{
	start &= ~(PURGATORY_FRAME - 1);
	end = (end + PURGATORY_FRAME - 1) & ~(PURGATORY_FRAME - 1);
	while (walk->entry.end <= start && walk->left) {
		memcpy(&walk->entry, walk->next, sizeof(walk->entry));
		walk->next += sizeof(walk->entry);
		walk->left--;
		walk->listed += walk->entry.end - walk->entry.start;
	}
	if (end > walk->bad_end)
		walk->bad += end - (start > walk->bad_end ? start : walk->bad_end);
	walk->bad_end = end;
	return walk->entry.start <= start && end <= walk->entry.end;
}

int check_poison_table(const struct plan *plan, char *reason, size_t size)
{
	struct purgatory_parameters parameters;
	struct table_walk walk = {0};

	if (!plan->segment_count || !plan->modes)
		return 0;
	if (!parameters_read(plan, &parameters))
		return check_failed(reason, size, "there are no parameters");
	if (parameters.poison_count > SIZE_MAX / sizeof(walk.entry))
		return check_failed(reason, size, "it is endless");
	walk.left = parameters.poison_count;
	walk.next = plan_memory(plan, parameters.poison_address, walk.left * sizeof(walk.entry));
	if (walk.left && (!walk.next || parameters.poison_address % 8))
		return check_failed(reason, size, "it lies in no segment");
	for (size_t i = 0; i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &plan->frames.ranges[i];
		uint64_t start, end;

		for (uint64_t from = 0; frame_part(plan, frame, from, &start, &end); from = end) {
			if (!table_has(&walk, start, end))
				return check_failed(reason, size, "0x%llx-0x%llx is not in it",
						    (unsigned long long)start,
						    (unsigned long long)end - 1);
		}
	}
	/* Purgatory would refuse good RAM that is listed. */
	if (walk.left || walk.listed != walk.bad)
		return check_failed(reason, size, "it has more than the bad frames");
	return 0;
}
