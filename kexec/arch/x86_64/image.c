/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the setup header of a bzImage (Documentation/arch/x86/boot.rst in Linux). */
#include "kexec/arch/x86_64/image.h"

#include <string.h>

#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/bytes.h"
#include "kexec/failure.h"
#include "kexec/image.h"

#define SECTOR 512
#define ENTRY_64 0x200 /* of the protected-mode kernel */
#define PAGE 4096

static bool bzimage_probe(const uint8_t *bytes, size_t size)
{
	return size > SETUP_MAGIC + 4 && memcmp(bytes + SETUP_MAGIC, "HdrS", 4) == 0 &&
	       get_le16(bytes + SETUP_BOOT_FLAG) == 0xaa55;
}

/* "6.1.0-40-amd64 (someone) #1 SMP …": the first word. */
static void release_read(struct image *image)
{
	size_t at = get_le16(image->kernel + SETUP_KERNEL_VERSION), length = 0;
	const uint8_t *text;

	if (!at || at + SECTOR >= image->kernel_size)
		return;
	at += SECTOR;
	text = image->kernel + at;
	while (length < sizeof(image->release) - 1 && at + length < image->kernel_size &&
	       text[length] > ' ' && text[length] < 0x7f)
		length++;
	memcpy(image->release, text, length);
	image->release[length] = 0;
}

/* Whether a file was cut off before the end of the packed kernel. Code follows it in a whole one. */
static bool is_payload_cut(const struct image *image)
{
	uint64_t offset = get_le32(image->kernel + SETUP_PAYLOAD_OFFSET);
	uint64_t length = get_le32(image->kernel + SETUP_PAYLOAD_LENGTH);

	return offset + length > image->kernel_size - image->x86.setup_size;
}

static const char *header_check(const struct image *image)
{
	const uint8_t *kernel = image->kernel;
	uint64_t alignment = image->x86.kernel_alignment;

	if (image->x86.protocol < SETUP_PROTOCOL_MIN)
		return "its boot protocol is older than 2.12 (Linux 3.8), the first with a 64-bit "
		       "entry";
	if (!(kernel[SETUP_LOADFLAGS] & SETUP_LOADED_HIGH))
		return "it is a zImage, which loads low; a bzImage is needed";
	if (!(image->x86.xloadflags & SETUP_XLF_KERNEL_64))
		return "it is a 32-bit kernel: it has no 64-bit entry";
	if (image->x86.setup_size + ENTRY_64 >= image->kernel_size)
		return "it ends before its protected-mode kernel";
	if (is_payload_cut(image))
		return "it ends before its packed kernel does (payload_length): it was cut off";
	if (alignment < PAGE || alignment & (alignment - 1))
		return "its setup header is damaged: kernel_alignment is not a power of two";
	if (image->memory_size < image->kernel_size - image->x86.setup_size)
		return "its setup header is damaged: init_size is smaller than the kernel";
	if (image->x86.pref_address >= HWPOISON_ADDRESS_LIMIT)
		return "its setup header is damaged: pref_address is no address";
	return NULL;
}

static int bzimage_parse(struct image *image)
{
	const uint8_t *kernel = image->kernel;
	const char *problem;

	if (image->kernel_size < SETUP_HEADER_END)
		return failure(EXIT_FAILED, "cannot use %s: it ends within the setup header",
			       image->path);
	/* 0 means 4: boot.rst, setup_sects. */
	image->x86.setup_size = ((kernel[SETUP_SECTS] ? kernel[SETUP_SECTS] : 4u) + 1) * SECTOR;
	image->x86.protocol = get_le16(kernel + SETUP_VERSION);
	image->x86.xloadflags = get_le16(kernel + SETUP_XLOADFLAGS);
	image->x86.initrd_addr_max = get_le32(kernel + SETUP_INITRD_MAX);
	image->command_line_max = get_le32(kernel + SETUP_CMDLINE_SIZE);
	image->x86.kernel_alignment = get_le32(kernel + SETUP_ALIGNMENT);
	image->x86.relocatable = kernel[SETUP_RELOCATABLE] != 0;
	image->x86.pref_address = get_le64(kernel + SETUP_PREF_ADDRESS);
	image->memory_size = get_le32(kernel + SETUP_INIT_SIZE);
	problem = header_check(image);
	if (problem)
		return failure(EXIT_FAILED, "cannot use %s: %s", image->path, problem);
	image->page_size = PAGE;
	release_read(image);
	return 0;
}

/* The packed vmlinux, which is counted from the protected-mode kernel on. */
static bool bzimage_payload(const struct image *image, size_t *offset, size_t *size)
{
	size_t room = image->kernel_size - image->x86.setup_size;

	*offset = get_le32(image->kernel + SETUP_PAYLOAD_OFFSET);
	*size = get_le32(image->kernel + SETUP_PAYLOAD_LENGTH);
	if (!*size || *offset > room || *size > room - *offset)
		return false;
	*offset += image->x86.setup_size;
	return true;
}

static const struct image_type bzimage64 = {
	.name = "bzImage64",
	.probe = bzimage_probe,
	.parse = bzimage_parse,
	.payload = bzimage_payload,
};

/* The other name that kexec-tools has for the same file; scripts pass either. */
static const struct image_type bzimage = {
	.name = "bzImage",
	.probe = bzimage_probe,
	.parse = bzimage_parse,
	.payload = bzimage_payload,
};

const struct image_type *const x86_64_image_types[] = {&bzimage64, &bzimage, NULL};
