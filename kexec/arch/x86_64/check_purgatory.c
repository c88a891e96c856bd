/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of where purgatory goes, and of what the next kernel touches first. */
#include <string.h>

#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/arch/x86_64/check.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/bytes.h"
#include "kexec/check_purgatory.h"

#define ENTRY_64 0x200

int check_purgatory(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *kernel = segment_find(plan, "kernel");
	const struct segment *page = segment_find(plan, "boot_params");
	struct purgatory_parameters parameters;

	if (!plan->segment_count)
		return 0;
	if (check_purgatory_code(plan, &parameters, reason, size))
		return -1;
	if (!kernel || !page)
		return check_failed(reason, size, "there is nothing for it to start");
	if (parameters.kernel_entry != kernel->start + ENTRY_64)
		return check_failed(reason, size, "it would jump to 0x%llx, not to the kernel",
				    (unsigned long long)parameters.kernel_entry);
	if (parameters.handover != page->start)
		return check_failed(reason, size, "it would hand over 0x%llx, not boot_params",
				    (unsigned long long)parameters.handover);
	return 0;
}

/* --- the decompressor's pages below 1 MiB ----------------------------------------------------- */

/* find_trampoline_placement() in arch/x86/boot/compressed/pgtable_64.c, followed step by step over
 * the bytes of the zero page. */
static uint64_t trampoline_follow(const uint8_t *page, bool *found)
{
	uint64_t bios_start = 0x9f000;

	*found = false;
	for (int i = page[BOOT_E820_ENTRIES] - 1; i >= 0; i--) {
		const uint8_t *entry = page + BOOT_E820_TABLE + i * HWPOISON_E820_ENTRY_SIZE;
		uint64_t start = get_le64(entry), end = start + get_le64(entry + 8);
		uint64_t top = bios_start;

		if (bios_start <= start || get_le32(entry + 16) != HWPOISON_RAM)
			continue;
		if (top > end)
			top = end;
		top -= top % 4096;
		if (top < 0x2000 || top - 0x2000 < start)
			continue;
		bios_start = top;
		*found = true;
		break;
	}
	return bios_start - 0x2000;
}

int check_trampoline(const struct plan *plan, char *reason, size_t size)
{
	const uint8_t *page = zero_page_find(plan);
	struct hwpoison_range poisoned;
	uint64_t start;
	bool found, listed = false;

	if (!page)
		return 0;
	start = trampoline_follow(page, &found);
	if (plan_poisoned(plan, start, start + 0x2000, &poisoned))
		return check_failed(reason, size, "at 0x%llx it lies on poisoned 0x%llx-0x%llx",
				    (unsigned long long)start, (unsigned long long)poisoned.start,
				    (unsigned long long)poisoned.end - 1);
	for (size_t i = 0; i < plan->area_count; i++)
		listed |= plan->areas[i].start <= start && start + 0x2000 <= plan->areas[i].end;
	if (found && !listed)
		return check_failed(reason, size, "0x%llx is not among the areas",
				    (unsigned long long)start);
	return 0;
}
