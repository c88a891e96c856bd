/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a memory map an x86_64 kernel bears. */
#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/options.h"
#include "kexec/target.h"

/* E820_MAX_ENTRIES in arch/x86/include/asm/e820/types.h: E820_MAX_ENTRIES_ZEROPAGE and three for
 * each of 1 << CONFIG_NODES_SHIFT nodes; past it, entries are ignored ("e820 table full"). */
#define ENTRIES_ZERO_PAGE 128
#define ENTRIES_FOR_NODE 3
/* NODES_SHIFT of the defconfig is 6. */
#define NODES_SHIFT_USUAL 6
/* The range of CONFIG_NODES_SHIFT in Kconfig: 1 to 10. */
#define NODES_SHIFT_MAX 10

/* Later kernels walk memblock's array of regions when it has been freed already
 * (register_memory_blocks_under_nodes() in drivers/base/node.c; x86 lacks ARCH_KEEP_MEMBLOCK),
 * which is seen only once the array had to grow past its first 128. A few are left for what the
 * kernel adds itself. */
#define REGIONS_SAFE 120

static void entries_limit(const struct options *options, const char *config, struct target *target)
{
	unsigned long shift = 0;

	if (options->max_entries) {
		target->max_entries = options->max_entries;
		target->entries_from = "--hwpoison-max-entries";
		return;
	}
	target->max_entries = ENTRIES_ZERO_PAGE + (ENTRIES_FOR_NODE << NODES_SHIFT_USUAL);
	target->entries_from = "what kernels have at least: no config file was found";
	if (!config)
		return;
	if (config_enabled(config, "CONFIG_NUMA") &&
	    (!config_number(config, "CONFIG_NODES_SHIFT", &shift) || shift > NODES_SHIFT_MAX))
		return;
	target->max_entries = ENTRIES_ZERO_PAGE + ((size_t)ENTRIES_FOR_NODE << shift);
	target->entries_from = "CONFIG_NODES_SHIFT";
}

static void regions_limit(const struct options *options, const char *config, struct target *target)
{
	bool known = target->version != 0;
	bool later = target->version > 6 || (target->version == 6 && target->patchlevel > 12);

	target->max_ram_regions = HWPOISON_NO_LIMIT;
	if (options->max_regions) {
		target->max_ram_regions = options->max_regions;
		target->regions_from = "--hwpoison-max-regions";
	} else if (known && !later) {
		target->regions_from = "no limit up to Linux 6.12";
	} else if (config && config_enabled(config, "CONFIG_ARCH_KEEP_MEMBLOCK")) {
		target->regions_from = "no limit with CONFIG_ARCH_KEEP_MEMBLOCK";
	} else {
		target->max_ram_regions = REGIONS_SAFE;
		target->regions_from = known ? "Linux later than 6.12 may hang at boot with more" :
					       "its version is not known, and Linux later than 6.12 "
					       "may hang at boot with more";
	}
}

void x86_64_limits(const struct plan *plan, const char *config, struct target *target)
{
	entries_limit(plan->options, config, target);
	regions_limit(plan->options, config, target);
}
