/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bad ranges an arm64 kernel bears in its device tree: what memblock's first arrays hold,
 * which cannot grow until paging_init() (mm/memblock.c: "cannot resize memory array"). Past it the
 * kernel panics before any console, or (6.1) quietly uses the frames.
 */
#include "kexec/arch/arm64/arm64.h"
#include "kexec/arch/arm64/tree.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/target.h"

/* INIT_MEMBLOCK_MEMORY_REGIONS in arch/arm64/include/asm/memory.h with CONFIG_EFI, else
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

static size_t nodes_limit(const struct machine *machine, const char *config)
{
	size_t regions = MEMORY_REGIONS_EFI, own = machine->bare.count, limit;

	if (config && !config_enabled(config, "CONFIG_EFI"))
		regions = MEMORY_REGIONS;
	/* Each range inside of RAM makes two regions more of one. */
	limit = own + REGIONS_SPARE < regions ? (regions - own - REGIONS_SPARE) / 2 : 0;
	return limit < NODES_MAX ? limit : NODES_MAX;
}

/* For tables of processors, of the next kernel. */
static size_t regions_for_tables(const char *config, const struct target *target)
{
	bool old = target->version &&
		   (target->version < 6 || (target->version == 6 && target->patchlevel < 12));
	unsigned long cpus = old ? CPUS_USUAL_OLD : CPUS_USUAL;

	if (!config)
		return cpus + 1;
	if (!config_enabled(config, "CONFIG_EFI") ||
	    !config_enabled(config, "CONFIG_ARM_GIC_V3_ITS"))
		return 0;
	return (config_number(config, "CONFIG_NR_CPUS", &cpus) ? cpus : CPUS_USUAL_OLD) + 1;
}

static size_t reserve_limit(const struct machine *machine, const char *config,
			    const struct target *target)
{
	size_t regions = RESERVED_REGIONS + regions_for_tables(config, target);
	/* Where nobody says how many processors there are, one. */
	size_t tables = machine->efi ? (machine->cpus ? machine->cpus : 1) + 1 : 2;
	size_t limit = tables + RESERVED_SPARE < regions ? regions - tables - RESERVED_SPARE : 0;

	return limit < RESERVE_MAX ? limit : RESERVE_MAX;
}

void arm64_limits(const struct machine *machine, const struct options *options, const char *config,
		  struct target *target)
{
	if (options->max_ranges) {
		target->max_ranges = options->max_ranges;
		target->ranges_from = "--hwpoison-max-ranges";
	} else if (target->reserve_way) {
		target->max_ranges = reserve_limit(machine, config, target);
		target->ranges_from = "reserved regions that Linux bears early at boot";
	} else {
		target->max_ranges = nodes_limit(machine, config);
		target->ranges_from = "no-map regions that Linux bears early at boot";
	}
}
