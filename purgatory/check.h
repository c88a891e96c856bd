/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks that purgatory makes, apart from where they run: pure functions over memory whose
 * physical addresses are its pointers. In purgatory that is so; in tests the "physical" addresses
 * are those of buffers.
 */
#ifndef PURGATORY_CHECK_H
#define PURGATORY_CHECK_H

#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

/* What was found wrong. Zero members are not said. */
struct purgatory_fault {
	const char *what;		   /* static words; they end where the range is said */
	uint64_t start, end;		   /* [start, end) */
	const char *segment;		   /* borrowed from the parameters */
	uint64_t poison_start, poison_end; /* the first poisoned range that is in RAM */
};

/* Whether the parameters make sense by themselves: magic, counts, ranges, names that end, entry
 * and hand-over within segments. NULL, or why not. Reads nothing outside of them. */
const char *purgatory_parameters_check(const struct purgatory_parameters *parameters);

/* The digest that the parameters must bear in their sha256 member. */
void purgatory_parameters_digest(const struct purgatory_parameters *parameters,
				 enum sha256_path path, uint8_t digest[SHA256_SIZE]);

/* Whether [start, start + size) lies within one loaded segment. */
bool purgatory_range_loaded(const struct purgatory_parameters *parameters, uint64_t start,
			    uint64_t size);

/* One segment's bytes against its digest. */
bool purgatory_segment_check(const struct purgatory_segment *segment, enum sha256_path path,
			     struct purgatory_fault *fault);

/* The poison table against its digest, and its order. */
bool purgatory_poison_check(const struct purgatory_parameters *parameters, enum sha256_path path,
			    struct purgatory_fault *fault);

/* The first range of the sorted table that meets [start, end), or NULL. */
const struct purgatory_poison *purgatory_poison_find(const struct purgatory_poison *table,
						     uint64_t count, uint64_t start, uint64_t end);

/* The sum of the table, in frames of 4 KiB. */
uint64_t purgatory_poison_frames(const struct purgatory_parameters *parameters);

/* Whether no segment lies on poison: what lies there is not to be read. Call it only with parameters
 * and a poison table that passed their checks. */
bool purgatory_place_check(const struct purgatory_parameters *parameters,
			   struct purgatory_fault *fault);

/* x86_64: the map in boot_params (handover) and its SETUP_E820_EXT nodes against the table. Call
 * it only with parameters and a poison table that passed their checks. */
bool purgatory_e820_check(const struct purgatory_parameters *parameters,
			  struct purgatory_fault *fault);

/* arm64: the device tree (handover), which must keep each frame of the table out, by the same
 * rules. */
bool purgatory_fdt_check(const struct purgatory_parameters *parameters,
			 struct purgatory_fault *fault);

#endif
