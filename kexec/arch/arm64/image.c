/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the header of an arm64 Image (Documentation/arch/arm64/booting.rst in Linux, section 4). */
#include "kexec/image.h"

#include <string.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/bytes.h"
#include "kexec/failure.h"

enum header {
	TEXT_OFFSET = 8, /* u64 */
	IMAGE_SIZE = 16, /* u64; 0 before Linux 3.17 */
	FLAGS = 24,	 /* u64 */
	MAGIC = 56,	 /* "ARM\x64" */
	HEADER_SIZE = 64,
};

enum flags {
	FLAG_BIG_ENDIAN = 1 << 0,
	FLAG_PAGE_SIZE_SHIFT = 1, /* two bits: 0 unknown, 1 4K, 2 16K, 3 64K */
	FLAG_ANYWHERE = 1 << 3,
};

/* What booting.rst says to assume where image_size is 0: "as much memory as possible" beyond the
 * image at text_offset 0x80000. The peer takes 16 MiB for it. */
#define OLD_TEXT_OFFSET 0x80000
#define OLD_BSS (UINT64_C(16) << 20)

/* arch/arm64/include/uapi/asm/setup.h: with the 0 byte. */
#define COMMAND_LINE_SIZE 2048

static bool image_probe(const uint8_t *bytes, size_t size)
{
	return size >= HEADER_SIZE && memcmp(bytes + MAGIC, "ARM\x64", 4) == 0;
}

/* init/version-timestamp.c: linux_banner begins with these words, then the release. */
static void release_read(struct image *image)
{
	static const char banner[] = "Linux version ";
	const uint8_t *at = image->kernel, *end = image->kernel + image->kernel_size;

	while ((at = memmem(at, (size_t)(end - at), banner, sizeof(banner) - 1))) {
		size_t length = 0;

		at += sizeof(banner) - 1;
		while (length < sizeof(image->release) - 1 && at + length < end &&
		       at[length] > ' ' && at[length] < 0x7f)
			length++;
		if (!length || at[0] < '0' || at[0] > '9')
			continue;
		memcpy(image->release, at, length);
		image->release[length] = 0;
		return;
	}
}

static const char *header_read(struct image *image)
{
	static const uint32_t page_sizes[] = {0, 4096, 16384, 65536};
	uint64_t flags = get_le64(image->kernel + FLAGS);

	image->arm64.text_offset = get_le64(image->kernel + TEXT_OFFSET);
	image->memory_size = get_le64(image->kernel + IMAGE_SIZE);
	image->arm64.big_endian = flags & FLAG_BIG_ENDIAN;
	image->arm64.anywhere = flags & FLAG_ANYWHERE;
	/* efi_signature_nop in arch/arm64/kernel/efi-header.S: the code is an "MZ", too. */
	image->arm64.efi = memcmp(image->kernel, "MZ", 2) == 0;
	image->page_size = page_sizes[flags >> FLAG_PAGE_SIZE_SHIFT & 3];
	if (!image->memory_size) {
		image->arm64.text_offset = OLD_TEXT_OFFSET;
		image->memory_size = image->kernel_size + OLD_BSS;
	}
	if (image->arm64.big_endian)
		return "it is a big-endian kernel";
	if (image->memory_size < image->kernel_size)
		return "its header is damaged: image_size is smaller than the file";
	if (image->memory_size >= HWPOISON_ADDRESS_LIMIT)
		return "its header is damaged: image_size is no size";
	/* Within the 2 MiB unit that the kernel is placed in (booting.rst). */
	if (image->arm64.text_offset >= UINT64_C(2) << 20 || image->arm64.text_offset % 4096)
		return "its header is damaged: text_offset is not a page within 2 MiB";
	return NULL;
}

static int image_parse_header(struct image *image)
{
	const char *problem = header_read(image);

	if (problem)
		return failure(EXIT_FAILED, "cannot use %s: %s", image->path, problem);
	image->command_line_max = COMMAND_LINE_SIZE - 1;
	release_read(image);
	return 0;
}

static const struct image_type type = {
	.name = "Image",
	.probe = image_probe,
	.parse = image_parse_header,
};

const struct image_type *const arm64_image_types[] = {&type, NULL};
