/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts purgatory in place, which knows of everything else. */
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/place.h"
#include "kexec/poison_table.h"
#include "purgatory/purgatory.h"

static int segments_list(struct plan *plan, struct purgatory_parameters *parameters)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		struct segment *segment = &plan->segments[i];

		if (purgatory_segment_add(parameters, segment->name, segment->start, segment->bytes,
					  segment->bytes_size, segment->size, segment->hashed))
			return failure(EXIT_USAGE, "purgatory takes at most %d segments",
				       PURGATORY_SEGMENTS_MAX);
		memcpy(segment->sha256, parameters->segments[parameters->segment_count - 1].sha256,
		       sizeof(segment->sha256));
	}
	return 0;
}

int purgatory_place(struct placement *placement, const struct hole_request *where,
		    struct purgatory_parameters *parameters)
{
	struct plan *plan = placement->plan;
	const struct purgatory_blob *blob = purgatory_find(plan->machine->arch->name);
	size_t count = poison_table_write(plan, NULL);
	size_t table = count * sizeof(struct purgatory_poison), size;
	struct hole_request request = *where;
	struct segment segment = {.name = "purgatory"};
	const char *problem;
	uint8_t *bytes;
	uint64_t start;
	int error;

	if (!blob)
		return failure(EXIT_FAILED, "this kexec was built without purgatory for %s",
			       plan->machine->arch->name);
	size = blob->memory_size + table;
	bytes = plan_own(plan, calloc(1, size));
	if (!bytes)
		return out_of_memory();
	memcpy(bytes, blob->bytes, blob->bytes_size);
	poison_table_write(plan, (struct purgatory_poison *)(bytes + blob->memory_size));
	if (plan->options->no_checks)
		parameters->flags |= PURGATORY_SKIP_DIGESTS;
	error = segments_list(plan, parameters);
	if (error)
		return error;
	request.name = segment.name;
	request.size = size;
	segment.bytes = bytes;
	segment.bytes_size = table ? size : blob->bytes_size;
	error = placement_add(placement, &request, &segment, &start);
	if (error)
		return error;
	if (table)
		purgatory_poison_set(parameters, start + blob->memory_size,
				     (struct purgatory_poison *)(bytes + blob->memory_size), count);
	problem = purgatory_seal(blob, parameters, bytes);
	if (problem)
		return failure(EXIT_FAILED, "purgatory refuses its parameters: %s", problem);
	plan->entry = start + blob->entry_offset;
	return 0;
}
