/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a kernel file and takes its wrappers off, until a type of the architecture is found. */
#include "kexec/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/bytes.h"
#include "kexec/decompress.h"
#include "kexec/failure.h"
#include "kexec/file.h"
#include "kexec/pe.h"

/* A packed Image in a zboot file in a UKI that was packed once more. */
#define DEPTH_MAX 4

/* The header of an EFI zboot image (drivers/firmware/efi/libstub/zboot-header.S in Linux). */
enum zboot {
	ZBOOT_MAGIC = 4,	/* "zimg" */
	ZBOOT_OFFSET = 8,	/* u32: of the packed kernel */
	ZBOOT_SIZE = 12,	/* u32 */
	ZBOOT_COMPRESSION = 24, /* a string: gzip, lz4, lzma, lzo, xzkern, zstd22 */
	ZBOOT_HEADER_SIZE = 64,
};

/* What --type may name besides the architecture's own: the wrappers, as kexec-tools calls them. */
#define TYPE_UKI "uki"
#define TYPE_ZBOOT "vmlinuz"

/* Files that people give and that cannot be loaded. */
static const struct {
	const char *magic;
	size_t size;
	const char *what;
} strangers[] = {
	{"\177ELF", 4,
	 "an ELF file (vmlinux); give the bzImage, Image or vmlinuz that was built "
	 "with it"},
	{"\x27\x05\x19\x56", 4, "a uImage; give the Image that it was made from"},
	{"070701", 6, "an initramfs, not a kernel"},
	{"\xd0\x0d\xfe\xed", 4, "a device tree or a FIT image, not a kernel"},
};

void image_free(struct image *image)
{
	free(image->kernel);
	free(image->initrd);
	free(image->command_line);
	free(image->dtb);
	*image = (struct image){0};
}

static void layer_add(struct image *image, const char *name)
{
	size_t length = strlen(image->layers);

	snprintf(image->layers + length, sizeof(image->layers) - length, "%s%s", length ? ", " : "",
		 name);
}

/* The kernel becomes the packed or wrapped bytes' contents. */
static void kernel_replace(struct image *image, uint8_t *bytes, size_t size)
{
	free(image->kernel);
	image->kernel = bytes;
	image->kernel_size = size;
}

/* Part of the kernel becomes the kernel; nothing is copied elsewhere. */
static void kernel_narrow(struct image *image, size_t offset, size_t size)
{
	memmove(image->kernel, image->kernel + offset, size);
	image->kernel_size = size;
}

static int layer_decompress(struct image *image, const struct decoder *decoder, size_t limit)
{
	uint8_t *bytes;
	size_t size;
	int error = decompress(decoder, image->kernel, image->kernel_size, limit, &bytes, &size);

	if (error)
		return failure(EXIT_FAILED, "cannot unpack %s (%s): %s", image->path, decoder->name,
			       decode_strerror(error));
	layer_add(image, decoder->name);
	kernel_replace(image, bytes, size);
	return 0;
}

static bool zboot_probe(const struct image *image)
{
	return image->kernel_size >= ZBOOT_HEADER_SIZE && memcmp(image->kernel, "MZ", 2) == 0 &&
	       memcmp(image->kernel + ZBOOT_MAGIC, "zimg", 4) == 0;
}

static int layer_zboot(struct image *image, size_t limit)
{
	uint32_t offset = get_le32(image->kernel + ZBOOT_OFFSET);
	uint32_t size = get_le32(image->kernel + ZBOOT_SIZE);
	const struct decoder *decoder;
	char compression[16] = "";

	/* A name that is not printable is shown with marks; failure() sees to it. */
	memcpy(compression, image->kernel + ZBOOT_COMPRESSION, sizeof(compression) - 1);
	if (offset > image->kernel_size || size > image->kernel_size - offset || !size)
		return failure(EXIT_FAILED,
			       "cannot use %s: the kernel in this EFI zboot image reaches past "
			       "the end of the file",
			       image->path);
	layer_add(image, "zboot");
	image->zboot = true;
	kernel_narrow(image, offset, size);
	decoder = decoder_find(image->kernel, image->kernel_size);
	if (!decoder || !decoder->decode)
		return failure(EXIT_FAILED,
			       "cannot unpack %s: this EFI zboot image is packed with \"%s\", "
			       "which is not supported",
			       image->path, compression);
	return layer_decompress(image, decoder, limit);
}

/* A copy of a section, ended by a 0 byte that size does not count; the first one found, from the
 * outside, stays. */
static int section_keep(struct image *image, const char *name, uint8_t **kept, size_t *kept_size)
{
	struct pe_section section;

	if (*kept)
		return 0;
	if (pe_section_find(image->kernel, image->kernel_size, name, &section) < 0)
		return failure(EXIT_FAILED,
			       "cannot use %s: section %s reaches past the end of the file",
			       image->path, name);
	if (!section.bytes || !section.size)
		return 0;
	*kept = malloc(section.size + 1);
	if (!*kept)
		return out_of_memory();
	memcpy(*kept, section.bytes, section.size);
	(*kept)[section.size] = 0;
	*kept_size = section.size;
	return 0;
}

/* Unified kernel images end the line with a newline, or many. */
static void line_trim(char *line)
{
	size_t length = strlen(line);

	while (length && strchr(" \t\r\n", line[length - 1]))
		line[--length] = 0;
	for (size_t i = 0; i < length; i++) {
		if (strchr("\t\r\n", line[i]))
			line[i] = ' ';
	}
}

static bool uki_probe(const struct image *image)
{
	struct pe_section section;

	return pe_probe(image->kernel, image->kernel_size) &&
	       pe_section_find(image->kernel, image->kernel_size, ".linux", &section) == 0 &&
	       section.bytes;
}

/* UAPI.5, Unified Kernel Image: .linux, .initrd, .cmdline and .dtb. */
static int layer_uki(struct image *image)
{
	struct pe_section section;
	uint8_t *line = (uint8_t *)image->command_line;
	size_t line_size = 0;
	int error;

	error = section_keep(image, ".initrd", &image->initrd, &image->initrd_size);
	if (!error)
		error = section_keep(image, ".dtb", &image->dtb, &image->dtb_size);
	if (!error)
		error = section_keep(image, ".cmdline", &line, &line_size);
	image->command_line = (char *)line;
	if (error)
		return error;
	if (line_size)
		line_trim(image->command_line);
	if (pe_section_find(image->kernel, image->kernel_size, ".linux", &section) < 0 ||
	    !section.bytes)
		return failure(EXIT_FAILED, "cannot use %s: it has no .linux section", image->path);
	layer_add(image, "UKI");
	image->uki = true;
	kernel_narrow(image, (size_t)(section.bytes - image->kernel), section.size);
	return 0;
}

/* NULL, or the type that is wanted and fits, or the first that fits. */
static const struct image_type *type_find(const struct arch *arch, const struct image *image,
					  const char *name)
{
	for (size_t i = 0; arch->image_types[i]; i++) {
		const struct image_type *type = arch->image_types[i];

		if ((!name || strcmp(type->name, name) == 0) &&
		    type->probe(image->kernel, image->kernel_size))
			return type;
	}
	return NULL;
}

static int type_unknown(const struct arch *arch, const struct image *image)
{
	if (!image->kernel_size)
		return failure(EXIT_FAILED, "cannot determine the file type of %s: it is empty",
			       image->path);
	for (size_t i = 0; arches[i]; i++) {
		const struct image_type *type = type_find(arches[i], image, NULL);

		if (arches[i] != arch && type)
			return failure(EXIT_FAILED,
				       "cannot use %s: it is a kernel for %s (%s), but this "
				       "machine is %s",
				       image->path, arches[i]->name, type->name, arch->name);
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (image->kernel_size >= strangers[i].size &&
		    memcmp(image->kernel, strangers[i].magic, strangers[i].size) == 0)
			return failure(EXIT_FAILED, "cannot use %s: it is %s", image->path,
				       strangers[i].what);
	}
	return failure(EXIT_FAILED,
		       "cannot determine the file type of %s: it is no kernel for %s, nor a "
		       "packed one that is known",
		       image->path, arch->name);
}

/* Takes one wrapper off. *done when there is none. */
static int layer_peel(struct image *image, size_t limit, bool *done)
{
	const struct decoder *decoder = decoder_find(image->kernel, image->kernel_size);

	*done = false;
	if (decoder)
		return layer_decompress(image, decoder, limit);
	if (zboot_probe(image))
		return layer_zboot(image, limit);
	if (uki_probe(image))
		return layer_uki(image);
	*done = true;
	return 0;
}

static bool type_known(const struct arch *arch, const char *name)
{
	for (size_t i = 0; arch->image_types[i]; i++) {
		if (strcmp(arch->image_types[i]->name, name) == 0)
			return true;
	}
	return strcmp(name, TYPE_UKI) == 0 || strcmp(name, TYPE_ZBOOT) == 0;
}

/* The architecture's type to look for: NULL for any. Wrappers were seen to by then. */
static int type_wanted(const struct image *image, const char **type)
{
	bool wrong = false;

	if (!*type)
		return 0;
	if (strcmp(*type, TYPE_UKI) == 0)
		wrong = !image->uki;
	else if (strcmp(*type, TYPE_ZBOOT) == 0)
		wrong = !image->zboot;
	else
		return 0;
	if (wrong)
		return failure(EXIT_FAILED, "cannot use %s as --type=%s says: it is none",
			       image->path, *type);
	*type = NULL;
	return 0;
}

/* image->kernel is the file as it was read. Frees nothing on failure. */
static int image_unwrap(struct image *image, const char *type, size_t limit)
{
	bool done = false;
	int error;

	for (int depth = 0; !done; depth++) {
		if (depth > DEPTH_MAX)
			return failure(EXIT_FAILED,
				       "cannot use %s: it is wrapped more than %d times (%s)",
				       image->path, DEPTH_MAX, image->layers);
		error = layer_peel(image, limit, &done);
		if (error)
			return error;
	}
	error = type_wanted(image, &type);
	if (error)
		return error;
	image->type = type_find(image->arch, image, type);
	if (!image->type && type && type_find(image->arch, image, NULL))
		return failure(EXIT_FAILED, "cannot use %s as --type=%s says: it is a %s",
			       image->path, type, type_find(image->arch, image, NULL)->name);
	if (!image->type)
		return type_unknown(image->arch, image);
	if (image->layers[0])
		layer_add(image, image->type->name);
	return image->type->parse(image);
}

static int image_take(const struct arch *arch, const char *path, uint8_t *bytes, size_t size,
		      const char *type, size_t limit, struct image *image)
{
	struct image found = {.path = path, .arch = arch, .kernel = bytes, .kernel_size = size};
	int error;

	if (type && !type_known(arch, type)) {
		free(bytes);
		return failure(EXIT_FAILED,
			       "unsupported type %s: for %s there are %s, " TYPE_UKI
			       " and " TYPE_ZBOOT,
			       type, arch->name, arch->image_types[0]->name);
	}
	error = image_unwrap(&found, type, limit);
	if (error) {
		image_free(&found);
		return error;
	}
	*image = found;
	return 0;
}

int image_parse(const struct arch *arch, const char *path, const void *bytes, size_t size,
		const char *type, size_t limit, struct image *image)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return out_of_memory();
	memcpy(copy, bytes, size);
	return image_take(arch, path, copy, size, type, limit ? limit : IMAGE_LIMIT, image);
}

int image_read(const struct arch *arch, const char *path, const char *type, struct image *image)
{
	void *bytes;
	size_t size;
	int error = file_read_at(AT_FDCWD, path, IMAGE_LIMIT, &bytes, &size);

	if (error)
		return failure(file_code(error), "cannot read kernel %s: %s", path,
			       error == -EFBIG ? "it is larger than 1 GiB" : strerror(-error));
	return image_take(arch, path, bytes, size, type, IMAGE_LIMIT, image);
}
