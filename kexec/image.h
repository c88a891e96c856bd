/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel image, unpacked and understood, of any architecture on any machine. Hostile until parsed. */
#ifndef KEXEC_IMAGE_H
#define KEXEC_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arch;
struct image_type;

struct image {
	const char *path; /* for messages; borrowed */
	const struct arch *arch;
	const struct image_type *type; /* "bzImage", "Image", … what was found innermost */
	char layers[96]; /* how it was wrapped: "UKI, gzip, Image"; "" when it was not */
	bool uki, zboot; /* a wrapper that --type can name */
	uint8_t *kernel; /* the unpacked image; owned */
	size_t kernel_size;
	uint8_t *initrd; /* sections of a UKI; owned; NULL when absent */
	size_t initrd_size;
	char *command_line;
	uint8_t *dtb;
	size_t dtb_size;
	char release[65]; /* the kernel's version as its image says ("6.1.0-40-amd64 …" cut at the blank); "" */
	uint32_t page_size; /* that it runs with; 0 when the image does not say */
	/* Bytes from its first one on that it takes before it reads its map: init_size of bzImage,
	 * image_size of Image. */
	uint64_t memory_size;
	/* Of its command line, without the 0 byte: cmdline_size of bzImage. 0: as long as you like. */
	size_t command_line_max;
	/* x86_64, from the setup header (Documentation/arch/x86/boot.rst): */
	struct {
		uint16_t protocol;
		uint32_t setup_size; /* bytes of real-mode code before the protected-mode kernel */
		uint64_t pref_address, kernel_alignment;
		uint32_t initrd_addr_max;
		uint16_t xloadflags;
		bool relocatable;
	} x86;
	/* arm64, from the Image header (Documentation/arch/arm64/booting.rst): */
	struct {
		uint64_t text_offset;
		bool big_endian, anywhere;
		bool efi; /* built with CONFIG_EFI */
	} arm64;
};

struct image_type {
	const char *name; /* as --type=NAME has it: "bzImage64", "bzImage", "Image", … */
	bool (*probe)(const uint8_t *bytes, size_t size);
	/* 0, or an exit code after failure(). */
	int (*parse)(struct image *image);
	/* Where image->kernel has the kernel itself, packed, which it unpacks when it starts; false
	 * when its header tells of none. NULL where image->kernel is the kernel as it runs. */
	bool (*payload)(const struct image *image, size_t *offset, size_t *size);
};

/* No kernel is larger, packed or not, whatever a file says that it unpacks to. */
#define IMAGE_LIMIT ((size_t)1 << 30)

/* Reads, unwraps (compression, UKI, zboot, any depth up to 4) and parses a kernel file.
 * 0, or an exit code after failure(). */
int image_read(const struct arch *arch, const char *path, const char *type, struct image *image);
/* The same from memory; bytes are copied where kept. limit bounds what is unpacked; 0 takes
 * IMAGE_LIMIT. For tests and fuzzing. */
int image_parse(const struct arch *arch, const char *path, const void *bytes, size_t size,
		const char *type, size_t limit, struct image *image);
void image_free(struct image *image);

#endif
