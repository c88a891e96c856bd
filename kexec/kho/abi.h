/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which version of Kexec HandOver's ABI a kernel wants. A kernel that is handed another than its own
 * says so in its log, and protects nothing: it is found out, or told, and never guessed. */
#ifndef KEXEC_KHO_ABI_H
#define KEXEC_KHO_ABI_H

#include <stddef.h>

#include "hwpoison/hwpoison.h"
#include "kexec/plan.h"

struct image;
struct machine;
struct options;

enum kho_answer {
	KHO_SAYS,      /* one version that can be written */
	KHO_NONE,      /* it is a kernel without CONFIG_KEXEC_HANDOVER */
	KHO_STRANGE,   /* one version that cannot be written: name says which */
	KHO_SEVERAL,   /* more than one version */
	KHO_UNREADABLE /* it cannot be looked into: why says why */
};

#define KHO_ABI_NAME 24

struct kho_found {
	enum kho_answer answer;
	unsigned int abi;	 /* KHO_SAYS: enum hwpoison_kho_abi */
	char name[KHO_ABI_NAME]; /* "kho-v5" of what was found last */
	const char *why;	 /* KHO_UNREADABLE; static */
};

/* Looks through a kernel as it lies in memory for the word that it compares the tree's compatible
 * with: "kho-vN", a whole string. */
void kho_abi_search(const void *bytes, size_t size, struct kho_found *found);

/* The same for an image, unpacked where it has the kernel packed within. */
void kho_abi_of_image(const struct image *image, struct kho_found *found);

/* The compatible of a root tree as the running kernel's debugfs shows it. */
void kho_abi_of_tree(const void *fdt, size_t size, struct kho_found *found);

/*
 * Settles the version for a plan whose modes have MODE_KHO: kho->abi and abi_from, or, when the next
 * kernel has no KHO and another mode is there, MODE_KHO is taken out of plan->modes with a warning.
 * plan->target must be found. 0, or an exit code after failure().
 */
int kho_abi_settle(struct plan *plan);

#endif
