/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits /chosen; all properties that are not named here are carried as they are. */
#include "kexec/arch/arm64/chosen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <libfdt.h>

#include "kexec/options.h"
#include "kexec/plan.h"

#define EFI_PREFIX "linux,uefi-"
#define EFI_MAP_PREFIX "hwpoison,efi-" /* of a memory map that was put in the place of firmware's */

/* MAX_FDT_SIZE in arch/arm64/include/asm/boot.h. */
#define TREE_SIZE_MAX (UINT32_C(2) << 20)

/* Names, lengths and values of all that chosen_write() may set, but for the command line. */
#define CHOSEN_ROOM 640

const char *const chosen_leftovers[] = {
	"linux,initrd-start",
	"linux,initrd-end",
	"linux,elfcorehdr",	     /* of a crash kernel: the dead kernel's memory */
	"linux,usable-memory-range", /* of a crash kernel: all that it may use */
	"linux,kho-fdt",	     /* preserved memory that the kernel before has handed over */
	"linux,kho-scratch",
	"linux,ima-kexec-buffer", /* its measurements: freed once read */
	NULL,
};

/* Numbers of one cell or two, as of_read_number() in Linux takes them. */
static bool number_get(const void *fdt, int node, const char *name, uint64_t *number)
{
	int length;
	const void *value = fdt_getprop(fdt, node, name, &length);

	if (!value || (length != 4 && length != 8))
		return false;
	*number = length == 4 ? fdt32_ld(value) : fdt64_ld(value);
	return true;
}

/* Exactly this range: one that somebody else reserves as well stays. */
static int entry_remove(void *fdt, uint64_t start, uint64_t size)
{
	int entries = fdt_num_mem_rsv(fdt);
	uint64_t base, length;

	for (int i = 0; i < entries; i++) {
		if (fdt_get_mem_rsv(fdt, i, &base, &length) == 0 && base == start && length == size)
			return fdt_del_mem_rsv(fdt, i);
	}
	return 0;
}

/* U-Boot reserves the initrd, and of_kexec_alloc_and_setup_fdt() in drivers/of/kexec.c takes the
 * entry out as we do. */
static int initrd_release(void *fdt, int chosen)
{
	uint64_t start, end;

	if (!number_get(fdt, chosen, "linux,initrd-start", &start) ||
	    !number_get(fdt, chosen, "linux,initrd-end", &end) || end <= start)
		return 0;
	return entry_remove(fdt, start, end - start);
}

/* An address and a size, each of two cells (setup_ima_buffer() in drivers/of/kexec.c, with the cells
 * of any arm64 machine's root). */
static int measurements_release(void *fdt, int chosen)
{
	int length;
	const fdt64_t *range = fdt_getprop(fdt, chosen, "linux,ima-kexec-buffer", &length);

	if (!range || length != 2 * (int)sizeof(*range))
		return 0;
	return entry_remove(fdt, fdt64_ld(range), fdt64_ld(range + 1));
}

int chosen_clean(void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen"), error;

	if (chosen < 0)
		return 0;
	error = initrd_release(fdt, chosen);
	chosen = fdt_path_offset(fdt, "/chosen");
	if (!error)
		error = measurements_release(fdt, chosen);
	for (size_t i = 0; chosen_leftovers[i] && !error; i++) {
		error = fdt_delprop(fdt, fdt_path_offset(fdt, "/chosen"), chosen_leftovers[i]);
		if (error == -FDT_ERR_NOTFOUND)
			error = 0;
	}
	return error;
}

/* /chosen, made when it is not there. */
static int chosen_get(void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");

	return chosen == -FDT_ERR_NOTFOUND ? fdt_add_subnode(fdt, 0, "chosen") : chosen;
}

static bool hands_efi_over(const char *name)
{
	return strncmp(name, EFI_PREFIX, strlen(EFI_PREFIX)) == 0 ||
	       strncmp(name, EFI_MAP_PREFIX, strlen(EFI_MAP_PREFIX)) == 0;
}

int chosen_drop_efi_map(void *fdt)
{
	static const char *const names[] = {"hwpoison,efi-map", "hwpoison,efi-ranges"};
	int chosen = fdt_path_offset(fdt, "/chosen"), error = 0;

	for (size_t i = 0; i < 2 && chosen >= 0 && !error; i++) {
		error = fdt_delprop(fdt, chosen, names[i]);
		if (error == -FDT_ERR_NOTFOUND)
			error = 0;
	}
	return error;
}

int chosen_copy_efi(void *fdt, const void *from)
{
	int chosen = chosen_get(fdt), property, error = 0;

	if (chosen < 0)
		return chosen;
	fdt_for_each_property_offset(property, from, fdt_path_offset(from, "/chosen"))
	{
		int length;
		const char *name;
		const void *value = fdt_getprop_by_offset(from, property, &name, &length);

		if (value && hands_efi_over(name) && !error)
			error = fdt_setprop(fdt, chosen, name, value, length);
	}
	return error;
}

size_t chosen_efi_room(const void *from)
{
	size_t room = CHOSEN_ROOM;
	int property;

	fdt_for_each_property_offset(property, from, fdt_path_offset(from, "/chosen"))
	{
		int length;
		const char *name;

		if (fdt_getprop_by_offset(from, property, &name, &length) && hands_efi_over(name))
			room += strlen(name) + (size_t)length + 24;
	}
	return room;
}

/* Nothing is loaded by a dry run, and what it shows is the same every time. */
static bool seed_make(const struct plan *plan, void *seed, size_t size)
{
	memset(seed, 0, size);
	return plan->options->action == ACTION_DRY_RUN ||
	       getrandom(seed, size, GRND_NONBLOCK) == (ssize_t)size;
}

static int seed_write(struct plan *plan, void *fdt, int chosen, const char *name, size_t size)
{
	uint8_t seed[CHOSEN_RNG_SEED_SIZE];
	int error;

	if (seed_make(plan, seed, size)) {
		error = fdt_setprop(fdt, chosen, name, seed, (int)size);
	} else {
		/* A seed that was used is worse than none. */
		warn(&plan->warnings, "there are no random numbers yet: the next kernel gets no %s",
		     name);
		error = fdt_delprop(fdt, chosen, name);
	}
	explicit_bzero(seed, sizeof(seed));
	return error == -FDT_ERR_NOTFOUND ? 0 : error;
}

#define KHO_FDT "linux,kho-fdt"
#define KHO_SCRATCH "linux,kho-scratch"

/* dt_root_addr_cells and dt_root_size_cells in drivers/of/fdt.c: 1 where the root says nothing. */
static unsigned int root_cells(const void *fdt, const char *name)
{
	int length;
	const void *value = fdt_getprop(fdt, 0, name, &length);
	uint32_t cells = value && length == 4 ? fdt32_ld(value) : 1;

	return cells == 2 ? 2 : 1;
}

static int kho_room(void *fdt, int chosen)
{
	unsigned int cells = root_cells(fdt, "#address-cells") + root_cells(fdt, "#size-cells");
	const char none[16] = "";
	int error = fdt_setprop(fdt, chosen, KHO_FDT, none, (int)(4 * cells));

	return error ? error : fdt_setprop(fdt, chosen, KHO_SCRATCH, none, (int)(4 * cells));
}

static int properties_write(struct plan *plan, void *fdt, bool initrd)
{
	const char *line = plan->command_line;
	int chosen = chosen_get(fdt), error = 0;

	if (chosen < 0)
		return chosen;
	/* Without one the tree's own stays, as with kexec-tools. */
	if (line && *line)
		error = fdt_setprop_string(fdt, chosen, "bootargs", line);
	if (!error && initrd)
		error = fdt_setprop_u64(fdt, chosen, "linux,initrd-start", 0);
	if (!error && initrd)
		error = fdt_setprop_u64(fdt, chosen, "linux,initrd-end", 0);
	if (!error && plan->modes & MODE_KHO)
		error = kho_room(fdt, chosen);
	if (!error)
		error = seed_write(plan, fdt, chosen, "kaslr-seed", CHOSEN_KASLR_SEED_SIZE);
	if (!error)
		error = seed_write(plan, fdt, chosen, "rng-seed", CHOSEN_RNG_SEED_SIZE);
	return error;
}

int chosen_write(struct plan *plan, bool initrd)
{
	size_t line = plan->command_line ? strlen(plan->command_line) + 1 : 0;
	size_t size = fdt_totalsize(plan->next_dtb) + line + CHOSEN_ROOM;
	void *fdt = calloc(1, size);
	int error;

	if (!fdt)
		return out_of_memory();
	error = fdt_open_into(plan->next_dtb, fdt, (int)size);
	if (!error)
		error = properties_write(plan, fdt, initrd);
	if (!error)
		error = fdt_pack(fdt);
	if (error) {
		free(fdt);
		return failure(EXIT_USAGE, "cannot write the device tree: %s", fdt_strerror(error));
	}
	size = fdt_totalsize(fdt);
	if (size > TREE_SIZE_MAX) {
		free(fdt);
		return failure(EXIT_USAGE,
			       "the device tree would have %zu bytes, and Linux takes "
			       "2 MiB",
			       size);
	}
	free(plan->next_dtb);
	plan->next_dtb = fdt;
	plan->next_dtb_size = size;
	return 0;
}

void chosen_initrd_set(struct plan *plan, uint64_t start, uint64_t end)
{
	int chosen = fdt_path_offset(plan->next_dtb, "/chosen");

	fdt_setprop_inplace_u64(plan->next_dtb, chosen, "linux,initrd-start", start);
	fdt_setprop_inplace_u64(plan->next_dtb, chosen, "linux,initrd-end", end);
}

/* A number in one cell or two; false when it does not fit. */
static bool cells_put(uint8_t **at, unsigned int cells, uint64_t number)
{
	if (cells == 2)
		fdt64_st(*at, number);
	else
		fdt32_st(*at, (uint32_t)number);
	*at += 4 * cells;
	return cells == 2 || number <= UINT32_MAX;
}

static bool range_set(void *fdt, const char *name, uint64_t start, uint64_t size)
{
	unsigned int address_cells = root_cells(fdt, "#address-cells");
	unsigned int size_cells = root_cells(fdt, "#size-cells");
	uint8_t value[16], *at = value;

	return cells_put(&at, address_cells, start) && cells_put(&at, size_cells, size) &&
	       fdt_setprop_inplace(fdt, fdt_path_offset(fdt, "/chosen"), name, value,
				   (int)(at - value)) == 0;
}

int chosen_kho_set(struct plan *plan)
{
	const struct hwpoison_kho_layout *layout = &plan->kho.layout;

	if (!(plan->modes & MODE_KHO))
		return 0;
	if (!range_set(plan->next_dtb, KHO_FDT, layout->fdt, layout->fdt_size) ||
	    !range_set(plan->next_dtb, KHO_SCRATCH, layout->scratch, layout->scratch_size))
		return failure(
			EXIT_USAGE,
			"the device tree's #address-cells cannot express where KHO's trees lie "
			"(0x%llx): say --mem-max=0xffffffff",
			(unsigned long long)layout->fdt);
	return 0;
}
