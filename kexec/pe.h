/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of a PE file, in which unified kernel images come. Input is hostile. */
#ifndef KEXEC_PE_H
#define KEXEC_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pe_section {
	const uint8_t *bytes; /* within the file; NULL when there is no such section */
	size_t size;
};

/* Starts as a PE file. */
bool pe_probe(const uint8_t *bytes, size_t size);

/* The first section of a name of at most 8 characters. 0, also when there is none; -1 when the
 * file's headers or the section reach past its end. */
int pe_section_find(const uint8_t *bytes, size_t size, const char *name,
		    struct pe_section *section);

#endif
