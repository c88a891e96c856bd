/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of checks of this architecture share. */
#ifndef KEXEC_ARCH_X86_64_CHECK_H
#define KEXEC_ARCH_X86_64_CHECK_H

#include "kexec/check.h"

/* The zero page's bytes in the segment "boot_params"; NULL when there is none. */
const uint8_t *zero_page_find(const struct plan *plan);

/* A number of which boot_params has the low and the high half apart. */
uint64_t zero_page_address(const uint8_t *page, size_t low, size_t high);

/* A node of the setup_data chain. */
struct setup_node_view {
	uint64_t address, next;
	uint32_t type, length;
	const uint8_t *data;
};

/* Reads the node at an address. false when it lies in no segment's bytes. */
bool setup_node_read(const struct plan *plan, uint64_t address, struct setup_node_view *node);

int check_purgatory(const struct plan *plan, char *reason, size_t size);
int check_trampoline(const struct plan *plan, char *reason, size_t size);

/* In check_kho.c: what is handed over by Kexec HandOver. */
int check_kho_node(const struct plan *plan, char *reason, size_t size);

#endif
