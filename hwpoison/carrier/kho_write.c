/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole of a KHO tree, in one buffer: checks where it comes to lie, and puts in the pieces. */
#include "hwpoison/kho.h"

static bool overlaps(const struct hwpoison_range *range, uint64_t start, uint64_t end)
{
	return range->start < end && start < range->end;
}

/* The page of address 0 is taken for "none" by the kernel (kho_get_fdt()). */
static int place_check(const struct kho_plan *plan, uint64_t address)
{
	const struct hwpoison_kho_options *options = plan->options;
	uint64_t end = address + plan->size;

	if (!address || address % options->page_size)
		return HWPOISON_EARGUMENT;
	if (address >= HWPOISON_ADDRESS_LIMIT || plan->size > HWPOISON_ADDRESS_LIMIT - address)
		return HWPOISON_ERANGE;
	if (!options->scratch_count)
		return HWPOISON_EARGUMENT;
	for (size_t i = 0; i < options->scratch_count; i++) {
		const struct hwpoison_range *scratch = &options->scratch[i];

		if (!hwpoison_range_valid(scratch->start, scratch->end))
			return HWPOISON_ERANGE;
		if ((scratch->start | scratch->end) % options->page_size)
			return HWPOISON_EARGUMENT;
		if (overlaps(scratch, address, end) ||
		    hwpoison_frames_find(&plan->kept, scratch->start, scratch->end))
			return HWPOISON_EOVERLAP;
	}
	return hwpoison_frames_find(&plan->kept, address, end) ? HWPOISON_EOVERLAP : 0;
}

static void scratch_put(const struct kho_plan *plan, uint8_t *bytes)
{
	for (size_t i = 0; i < plan->options->scratch_count; i++) {
		const struct hwpoison_range *scratch = &plan->options->scratch[i];
		const struct kho_scratch entry = {
			.address = htole64(scratch->start),
			.size = htole64(scratch->end - scratch->start),
		};

		memcpy(bytes + i * sizeof(entry), &entry, sizeof(entry));
	}
}

static int number_put(void *fdt, const char *name, uint64_t value)
{
	uint8_t bytes[sizeof(value)];

	kho_store(bytes, value);
	return fdt_property(fdt, name, bytes, sizeof(bytes));
}

static int node_put(const struct kho_plan *plan, void *fdt, const char *name, uint64_t address,
		    const struct kho_piece *blob)
{
	int error = fdt_begin_node(fdt, name);

	if (!error)
		error = number_put(fdt, KHO_BLOB, address + blob->offset);
	if (!error && plan->options->abi >= KHO_BLOB_SIZE_SINCE)
		error = number_put(fdt, KHO_BLOB_SIZE, blob->size);
	return error ? error : fdt_end_node(fdt);
}

static int root_put(const struct kho_plan *plan, uint64_t address, void *fdt)
{
	uint64_t used;
	int error = hwpoison_kho_tree_begin(fdt, plan->root.size,
					    hwpoison_kho_abi_name(plan->options->abi));

	if (!error)
		error = number_put(fdt, KHO_MEMORY_MAP, address + plan->radix.offset);
	if (!error)
		error = node_put(plan, fdt, KHO_HWPOISON, address, &plan->hwpoison);
	if (!error)
		error = node_put(plan, fdt, KHO_RANGES, address, &plan->ranges);
	return error ? error : hwpoison_kho_tree_end(fdt, plan->root.size, &used);
}

int hwpoison_kho_write(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
		       const struct hwpoison_kho_options *options, uint64_t address, void *bytes,
		       size_t size, struct hwpoison_kho_layout *layout)
{
	struct kho_plan plan;
	int error = hwpoison_kho_plan_make(kept, known, options, &plan);

	if (!error && size != plan.size)
		error = HWPOISON_EARGUMENT;
	if (!error)
		error = place_check(&plan, address);
	if (!error) {
		memset(bytes, 0, size);
		error = hwpoison_kho_blobs_write(&plan, address, bytes);
	}
	if (!error) {
		hwpoison_kho_radix_write(&plan, address, bytes);
		scratch_put(&plan, (uint8_t *)bytes + plan.scratch.offset);
		error = root_put(&plan, address, (uint8_t *)bytes + plan.root.offset) ?
				HWPOISON_EFDT :
				0;
	}
	if (!error)
		*layout = (struct hwpoison_kho_layout){
			.fdt = address + plan.root.offset,
			.fdt_size = plan.root.size,
			.scratch = address + plan.scratch.offset,
			.scratch_size = plan.scratch.size,
		};
	hwpoison_kho_plan_free(&plan);
	return error;
}
