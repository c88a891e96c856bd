/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what arm64 hands over for Kexec HandOver: two properties of /chosen. */
#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/kho/check.h"

/* early_init_dt_check_kho() in drivers/of/fdt.c: one address and one size, in cells of the root. */
static const uint8_t *pair_find(const void *tree, const char *name, int *length)
{
	return fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, length);
}

static int cells_of(const void *tree, const char *name)
{
	int length;
	const fdt32_t *value = fdt_getprop(tree, 0, name, &length);

	return value && length == 4 ? (int)fdt32_ld(value) : 1;
}

static uint64_t cells_read(const uint8_t *at, int cells)
{
	uint64_t number = 0;

	for (int i = 0; i < 4 * cells; i++)
		number = number << 8 | at[i];
	return number;
}

static int pair_read(const void *tree, const char *name, uint64_t *address, uint64_t *bytes)
{
	int address_cells = cells_of(tree, "#address-cells"), length;
	int size_cells = cells_of(tree, "#size-cells");
	const uint8_t *value = pair_find(tree, name, &length);

	if (!value || address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2 ||
	    length != 4 * (address_cells + size_cells))
		return -1;
	*address = cells_read(value, address_cells);
	*bytes = cells_read(value + 4 * address_cells, size_cells);
	return 0;
}

int check_kho_chosen(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *segment = segment_find(plan, "dtb");
	struct kho_handed handed;
	int length;

	if (!segment || (!pair_find(segment->bytes, "linux,kho-fdt", &length) &&
			 !pair_find(segment->bytes, "linux,kho-scratch", &length)))
		return check_kho_absent(plan, reason, size);
	if (pair_read(segment->bytes, "linux,kho-fdt", &handed.fdt, &handed.fdt_size) ||
	    pair_read(segment->bytes, "linux,kho-scratch", &handed.scratch, &handed.scratch_size))
		return check_failed(reason, size,
				    "linux,kho-fdt and linux,kho-scratch are not one address and "
				    "one size each");
	return check_kho_handed(plan, &handed, reason, size);
}
