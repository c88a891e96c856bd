/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /chosen of a device tree: what a boot loader tells the kernel. */
#ifndef KEXEC_ARCH_ARM64_CHOSEN_H
#define KEXEC_ARCH_ARM64_CHOSEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;

/* What an earlier boot loader or kernel told in /chosen, and must not be told again: properties that
 * point into memory which by then is used otherwise. NULL at the end. */
extern const char *const chosen_leftovers[];

/* Bytes of the seeds. Linux takes 8 for KASLR (get_kaslr_seed() in arch/arm64/kernel/pi) and any
 * number for its random numbers (early_init_dt_scan_chosen()). */
#define CHOSEN_KASLR_SEED_SIZE 8
#define CHOSEN_RNG_SEED_SIZE 32

/* The functions return 0 or a negative FDT_ERR_*. */

/* Takes the leftovers out, and entries of the memory reserve block for what they pointed at: an old
 * initrd, a list of measurements. */
int chosen_clean(void *fdt);

/* Copies what hands EFI over ("linux,uefi-…", and what we noted of it) from one tree to another. */
int chosen_copy_efi(void *fdt, const void *from);

/* Takes out what was noted of an EFI memory map that was replaced: of another boot's, in a tree that was
 * saved. */
int chosen_drop_efi_map(void *fdt);

/* Bytes that chosen_copy_efi() may add to a tree. */
size_t chosen_efi_room(const void *from);

/* Puts plan->next_dtb in place of itself with the command line, seeds and, when there is an initrd,
 * room for its addresses. 0 or an exit code after failure(). */
int chosen_write(struct plan *plan, bool initrd);

/* Fills that room in. */
void chosen_initrd_set(struct plan *plan, uint64_t start, uint64_t end);

/* The same for what KHO hands over, for which there is room with MODE_KHO: an address and a size, in
 * the cells of the root. 0, or an exit code after failure(). */
int chosen_kho_set(struct plan *plan);

#endif
