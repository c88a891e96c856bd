/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small kernel images that are made up for tests, and the wrappers that they come in. */
#ifndef TESTS_UNIT_IMAGE_FIXTURE_H
#define TESTS_UNIT_IMAGE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *bytes; /* malloc()ed */
	size_t size;
};

/* A bzImage of protocol 2.15 that says "6.1.0-test", with protected_size bytes that look like
 * code: pref_address 16 MiB, alignment 2 MiB, init_size 4 MiB more than it, cmdline_size 2047,
 * all xloadflags. */
struct blob blob_bzimage(size_t protected_size);

/* An arm64 Image of Linux "6.12.1-test" with 4 KiB pages and image_size 1 MiB more than size. */
struct blob blob_arm64(size_t size);

/* What is not easily packed, the same for the same seed. */
struct blob blob_noise(size_t size, uint32_t seed);

struct packer {
	const char *name;  /* of the decoder that unpacks it */
	const char *zboot; /* as an EFI zboot header names it */
	bool checked;	   /* the format has a checksum, and it was written */
	struct blob (*pack)(const void *bytes, size_t size);
};

extern const struct packer packers[]; /* the last one has no name */

/* An EFI zboot image around a packed kernel. */
struct blob blob_zboot(const struct blob *packed, const char *compression);

struct pe_part {
	const char *name; /* of the section */
	const void *bytes;
	size_t size;
	uint32_t virtual_size; /* 0: as size */
};

/* A PE file of these sections, each padded to 512 bytes. */
struct blob blob_pe(const struct pe_part *parts, size_t count);

#endif
