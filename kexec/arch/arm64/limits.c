/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bad ranges an arm64 kernel bears in its device tree: what memblock's first arrays hold,
 * which cannot grow until paging_init() (mm/memblock.c: "cannot resize memory array"). Past it the
 * kernel panics before any console, or (6.1) quietly uses the frames.
 */
#include "kexec/arch/arm64/arm64.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/target.h"
#include "kexec/tree.h"

/* INIT_MEMBLOCK_MEMORY_REGIONS in arch/arm64/include/asm/memory.h with CONFIG_EFI, since Linux 6.0; else
 * INIT_MEMBLOCK_REGIONS in mm/memblock.c. */
#define MEMORY_REGIONS_EFI 1024
#define MEMORY_REGIONS 128
/* 480 isolated no-map frames were seen to boot, on a machine with few regions of its own. */
#define NODES_MAX 450
#define REGIONS_SPARE 24

/* INIT_MEMBLOCK_RESERVED_REGIONS in asm/memory.h: 128 + NR_CPUS + 1 with EFI and the GICv3's ITS, for a
 * table of each processor that stays reserved over a kexec (efi_mem_reserve_persistent()); else
 * INIT_MEMBLOCK_REGIONS. With one processor and NR_CPUS at 512, 565 entries were seen to boot and 705 to
 * panic: the kernel itself wants some 80. */
#define RESERVED_REGIONS 128
#define RESERVED_SPARE 79
#define RESERVE_MAX 560
#define CPUS_USUAL 512
#define CPUS_USUAL_OLD 256 /* up to Linux 6.1 */

static bool is_without_efi(const struct plan *plan, const char *config)
{
	return (plan->image && !plan->image->arm64.efi) ||
	       (config && !config_enabled(config, "CONFIG_EFI"));
}

static bool is_before(const struct target *target, unsigned int version, unsigned int patchlevel)
{
	return target->version && (target->version < version ||
				   (target->version == version && target->patchlevel < patchlevel));
}

static void regions_find(const struct plan *plan, const char *config, struct target *target)
{
	size_t regions = MEMORY_REGIONS_EFI, own = plan->machine->bare.count + REGIONS_SPARE;

	if (is_without_efi(plan, config) || is_before(target, 6, 0))
		regions = MEMORY_REGIONS;
	target->first_regions = regions;
	target->free_regions = own < regions ? regions - own : 0;
}

/* Each range inside of RAM makes two regions more of one. */
static size_t nodes_limit(const struct target *target)
{
	return target->free_regions / 2 < NODES_MAX ? target->free_regions / 2 : NODES_MAX;
}

/* For tables of processors, of the next kernel. */
static size_t regions_for_tables(const struct plan *plan, const char *config,
				 const struct target *target)
{
	unsigned long cpus = is_before(target, 6, 12) ? CPUS_USUAL_OLD : CPUS_USUAL;

	if (is_without_efi(plan, config) ||
	    (config && !config_enabled(config, "CONFIG_ARM_GIC_V3_ITS")))
		return 0;
	if (config && !config_number(config, "CONFIG_NR_CPUS", &cpus))
		cpus = CPUS_USUAL_OLD;
	return cpus + 1;
}

static size_t reserve_limit(const struct plan *plan, const char *config,
			    const struct target *target)
{
	const struct machine *machine = plan->machine;
	size_t regions = RESERVED_REGIONS + regions_for_tables(plan, config, target);
	/* Where nobody says how many processors there are, one. */
	size_t own = machine->efi && machine->cpus ? machine->cpus + 1 : 2, limit;

	own += tree_reservations(plan->base_dtb, plan->base_dtb_size) + RESERVED_SPARE;
	limit = own < regions ? regions - own : 0;
	return limit < RESERVE_MAX ? limit : RESERVE_MAX;
}

void arm64_limits(const struct plan *plan, const char *config, struct target *target)
{
	regions_find(plan, config, target);
	if (plan->options->max_ranges) {
		target->max_ranges = plan->options->max_ranges;
		target->ranges_from = "--hwpoison-max-ranges";
	} else if (plan->fdt_way == HWPOISON_FDT_RESERVE) {
		target->max_ranges = reserve_limit(plan, config, target);
		target->ranges_from = "reserved regions that Linux bears early at boot";
	} else {
		target->max_ranges = nodes_limit(target);
		target->ranges_from = "no-map regions that Linux bears early at boot";
	}
}
