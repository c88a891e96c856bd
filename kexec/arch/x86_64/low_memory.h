/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an x86_64 kernel touches below 1 MiB before it looks at its memory map. */
#ifndef KEXEC_ARCH_X86_64_LOW_MEMORY_H
#define KEXEC_ARCH_X86_64_LOW_MEMORY_H

#include <stdbool.h>

struct plan;

/*
 * Adds the decompressor's two trampoline pages to the plan's areas, where it will put them, and
 * warns of poisoned frames that are read at fixed places when there is no EFI.
 * 0, or an exit code after failure() when the trampoline would lie on a poisoned frame.
 */
int low_memory_plan(struct plan *plan, bool efi);

#endif
