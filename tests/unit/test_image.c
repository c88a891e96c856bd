/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images as they come: bare, packed by everything, in EFI zboot images and unified kernel
 * images, in each other; what their headers say arrives, and what cannot be loaded is refused with
 * a line that says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/arch.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/bytes.h"
#include "kexec/failure.h"
#include "kexec/image.h"
#include "tests/unit/capture.h"
#include "tests/unit/image_fixture.h"

#define SIZE 40000

static int parse(const struct arch *arch, const struct blob *blob, const char *type,
		 struct image *image)
{
	return image_parse(arch, "vmlinuz", blob->bytes, blob->size, type, 0, image);
}

/* Refused, with these words; the blob is freed. */
static void assert_refused(const struct arch *arch, struct blob blob, const char *type,
			   const char *words)
{
	struct image image;
	int error;

	capture_start();
	error = parse(arch, &blob, type, &image);
	if (!strstr(capture_stop(), words))
		fail_msg("exit code %d, without: %s", error, words);
	assert_int_equal(error, EXIT_FAILED);
	free(blob.bytes);
}

/* Taken, the innermost being what was put in. */
static void assert_taken(const struct arch *arch, struct blob blob, const struct blob *inner,
			 const char *type, const char *layers)
{
	struct image image;

	assert_int_equal(parse(arch, &blob, type, &image), 0);
	assert_string_equal(image.layers, layers);
	assert_int_equal(image.kernel_size, inner->size);
	assert_memory_equal(image.kernel, inner->bytes, inner->size);
	image_free(&image);
	free(blob.bytes);
}

static void test_bzimage(void **state)
{
	struct blob blob = blob_bzimage(SIZE);
	struct image image;

	(void)state;
	assert_int_equal(parse(&arch_x86_64, &blob, NULL, &image), 0);
	assert_string_equal(image.type->name, "bzImage64");
	assert_string_equal(image.release, "6.1.0-test");
	assert_string_equal(image.layers, "");
	assert_int_equal(image.page_size, 4096);
	assert_int_equal(image.x86.protocol, 0x20f);
	assert_int_equal(image.x86.setup_size, 5 * 512);
	assert_int_equal(image.x86.pref_address, 0x1000000);
	assert_int_equal(image.memory_size, SIZE + (4 << 20));
	assert_int_equal(image.x86.kernel_alignment, 0x200000);
	assert_int_equal(image.x86.initrd_addr_max, 0x7fffffff);
	assert_int_equal(image.command_line_max, 2047);
	assert_int_equal(image.x86.xloadflags, 0x7f);
	assert_true(image.x86.relocatable);
	image_free(&image);
	assert_int_equal(parse(&arch_x86_64, &blob, "bzImage", &image), 0);
	assert_string_equal(image.type->name, "bzImage");
	image_free(&image);
	/* setup_sects 0 means 4. */
	blob.bytes[0x1f1] = 0;
	assert_int_equal(parse(&arch_x86_64, &blob, "bzImage64", &image), 0);
	assert_int_equal(image.x86.setup_size, 5 * 512);
	image_free(&image);
	free(blob.bytes);
}

static struct blob bzimage_with(size_t offset, size_t width, uint64_t value)
{
	struct blob blob = blob_bzimage(SIZE);

	for (size_t i = 0; i < width; i++)
		blob.bytes[offset + i] = (uint8_t)(value >> (8 * i));
	return blob;
}

/* A packed kernel that ends with the file is whole. */
static void test_bzimage_payload(void **state)
{
	struct blob blob = bzimage_with(SETUP_PAYLOAD_LENGTH, 4, SIZE);
	struct image image;

	(void)state;
	assert_int_equal(parse(&arch_x86_64, &blob, "bzImage64", &image), 0);
	image_free(&image);
	free(blob.bytes);
}

static void test_bzimage_refused(void **state)
{
	const struct arch *arch = &arch_x86_64;
	struct blob cut = blob_bzimage(SIZE);

	(void)state;
	assert_refused(arch, bzimage_with(SETUP_VERSION, 2, 0x20b), NULL, "older than 2.12");
	assert_refused(arch, bzimage_with(SETUP_XLOADFLAGS, 2, 0x7e), NULL, "32-bit kernel");
	assert_refused(arch, bzimage_with(SETUP_LOADFLAGS, 1, 0), NULL, "zImage");
	assert_refused(arch, bzimage_with(SETUP_ALIGNMENT, 4, 0x300000), NULL, "power of two");
	assert_refused(arch, bzimage_with(SETUP_ALIGNMENT, 4, 16), NULL, "power of two");
	assert_refused(arch, bzimage_with(SETUP_INIT_SIZE, 4, 100), NULL, "init_size");
	assert_refused(arch, bzimage_with(SETUP_PREF_ADDRESS, 8, UINT64_MAX), NULL, "no address");
	assert_refused(arch, bzimage_with(SETUP_SECTS, 1, 255), NULL, "ends before");
	assert_refused(arch, bzimage_with(SETUP_PAYLOAD_LENGTH, 4, SIZE + 1), NULL, "was cut off");
	assert_refused(arch, bzimage_with(SETUP_PAYLOAD_OFFSET, 4, SIZE + 1), NULL, "was cut off");
	assert_refused(arch, bzimage_with(SETUP_PAYLOAD_OFFSET, 8, UINT64_MAX), NULL,
		       "was cut off");
	assert_refused(arch, bzimage_with(SETUP_MAGIC, 1, 'h'), NULL, "cannot determine");
	cut.size = 0x250;
	assert_refused(arch, cut, NULL, "within the setup header");
	cut = blob_bzimage(SIZE);
	cut.size = 5 * 512 + 0x200;
	assert_refused(arch, cut, NULL, "ends before");
}

/* A version string that is not there, runs to the end of the file, or lies past it. */
static void test_release(void **state)
{
	static const struct {
		uint16_t offset;
		const char *release;
	} cases[] = {{0, ""}, {0xfff0, ""}, {0x400, "6.1.0-test"}, {0x500, ""}};
	struct image image;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct blob blob = bzimage_with(SETUP_KERNEL_VERSION, 2, cases[i].offset);

		assert_int_equal(parse(&arch_x86_64, &blob, NULL, &image), 0);
		assert_string_equal(image.release, cases[i].release);
		image_free(&image);
		free(blob.bytes);
	}
}

static void test_arm64(void **state)
{
	static const uint32_t page_sizes[] = {0, 4096, 16384, 65536};
	struct blob blob = blob_arm64(SIZE);
	struct image image;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		put_le64(blob.bytes + 24, i << 1 | 8);
		assert_int_equal(parse(&arch_arm64, &blob, "Image", &image), 0);
		assert_int_equal(image.page_size, page_sizes[i]);
		assert_true(image.arm64.anywhere);
		assert_string_equal(image.release, "6.12.1-test");
		assert_int_equal(image.arm64.text_offset, 0);
		assert_int_equal(image.memory_size, SIZE + (1 << 20));
		assert_int_equal(image.command_line_max, 2047);
		image_free(&image);
	}
	/* Before Linux 3.17. */
	put_le64(blob.bytes + 16, 0);
	assert_int_equal(parse(&arch_arm64, &blob, NULL, &image), 0);
	assert_int_equal(image.arm64.text_offset, 0x80000);
	assert_int_equal(image.memory_size, SIZE + (16 << 20));
	image_free(&image);
	free(blob.bytes);
}

static struct blob arm64_with(size_t offset, uint64_t value)
{
	struct blob blob = blob_arm64(SIZE);

	put_le64(blob.bytes + offset, value);
	return blob;
}

static void test_arm64_refused(void **state)
{
	const struct arch *arch = &arch_arm64;

	(void)state;
	assert_refused(arch, arm64_with(24, 1), NULL, "big-endian");
	assert_refused(arch, arm64_with(16, SIZE - 1), NULL, "smaller than the file");
	assert_refused(arch, arm64_with(16, UINT64_MAX), NULL, "no size");
	assert_refused(arch, arm64_with(8, 2 << 20), NULL, "text_offset");
	assert_refused(arch, arm64_with(8, 100), NULL, "text_offset");
	assert_refused(arch, arm64_with(56, 0), NULL, "cannot determine");
}

static void test_packed(void **state)
{
	struct blob x86 = blob_bzimage(SIZE), arm64 = blob_arm64(SIZE);
	char layers[64];

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(arm64.bytes, arm64.size);

		snprintf(layers, sizeof(layers), "%s, bzImage64", packer->name);
		assert_taken(&arch_x86_64, packer->pack(x86.bytes, x86.size), &x86, NULL, layers);
		snprintf(layers, sizeof(layers), "zboot, %s, Image", packer->name);
		assert_taken(&arch_arm64, blob_zboot(&packed, packer->zboot), &arm64, "vmlinuz",
			     layers);
		free(packed.bytes);
	}
	free(x86.bytes);
	free(arm64.bytes);
}

static void test_zboot_refused(void **state)
{
	struct blob noise = blob_noise(1000, 1), zboot = blob_zboot(&noise, "lzham");

	(void)state;
	assert_refused(&arch_arm64, blob_zboot(&noise, "lzham"), NULL, "\"lzham\"");
	put_le32(zboot.bytes + 12, 0x7fffffff);
	assert_refused(&arch_arm64, zboot, NULL, "past the end");
	assert_refused(&arch_arm64, blob_arm64(SIZE), "vmlinuz", "--type=vmlinuz");
	free(noise.bytes);
}

static void test_uki(void **state)
{
	struct blob kernel = blob_arm64(SIZE);
	struct blob packed = packers[0].pack(kernel.bytes, kernel.size);
	const struct pe_part parts[] = {
		{".osrel", "ID=debian\n", 10, 0},
		{".cmdline", "root=/dev/sda1\nquiet \n", 22, 0},
		{".initrd", "initrd\0bytes", 12, 0},
		{".dtb", "dtb", 3, 0},
		{".linux", packed.bytes, packed.size, 0},
	};
	struct blob uki = blob_pe(parts, 5), bare = blob_pe(parts + 4, 1), none = blob_pe(parts, 4);
	struct image image;

	(void)state;
	assert_int_equal(parse(&arch_arm64, &uki, "uki", &image), 0);
	assert_string_equal(image.layers, "UKI, gzip, Image");
	assert_int_equal(image.kernel_size, kernel.size);
	assert_memory_equal(image.kernel, kernel.bytes, kernel.size);
	assert_string_equal(image.command_line, "root=/dev/sda1 quiet");
	assert_int_equal(image.initrd_size, 12);
	assert_memory_equal(image.initrd, "initrd\0bytes", 12);
	assert_int_equal(image.dtb_size, 3);
	assert_memory_equal(image.dtb, "dtb", 3);
	image_free(&image);
	assert_int_equal(parse(&arch_arm64, &bare, NULL, &image), 0);
	assert_null(image.initrd);
	assert_null(image.command_line);
	image_free(&image);
	assert_refused(&arch_arm64, none, NULL, "cannot determine");
	assert_refused(&arch_x86_64, bare, NULL, "kernel for arm64 (Image)");
	/* A section that reaches past the end. */
	put_le32(uki.bytes + 0x80 + 24 + 240 + 2 * 40 + 20, 0x7fffff00);
	assert_refused(&arch_arm64, uki, NULL, ".initrd reaches past");
	free(kernel.bytes);
	free(packed.bytes);
}

static struct blob wrap(struct blob blob, int times)
{
	for (int i = 0; i < times; i++) {
		struct blob packed = packers[0].pack(blob.bytes, blob.size);

		free(blob.bytes);
		blob = packed;
	}
	return blob;
}

static void test_depth(void **state)
{
	struct blob kernel = blob_bzimage(SIZE);

	(void)state;
	assert_taken(&arch_x86_64, wrap(blob_bzimage(SIZE), 4), &kernel, NULL,
		     "gzip, gzip, gzip, gzip, bzImage64");
	assert_refused(&arch_x86_64, wrap(blob_bzimage(SIZE), 5), NULL, "more than 4 times");
	free(kernel.bytes);
}

static void test_bomb(void **state)
{
	struct blob bomb = wrap(blob_noise((size_t)1 << 20, 1), 1);
	struct image image;

	(void)state;
	capture_start();
	assert_int_equal(image_parse(&arch_x86_64, "vmlinuz", bomb.bytes, bomb.size, NULL,
				     (size_t)1 << 19, &image),
			 EXIT_FAILED);
	assert_non_null(strstr(capture_stop(), "more than a kernel can be"));
	free(bomb.bytes);
}

static struct blob stranger(const char *magic, size_t size)
{
	struct blob blob = blob_noise(2000, 2);

	memcpy(blob.bytes, magic, size);
	return blob;
}

static void test_refused(void **state)
{
	struct blob cut = blob_bzimage(SIZE), packed = packers[0].pack(cut.bytes, cut.size);
	struct blob empty = blob_noise(0, 0);

	(void)state;
	assert_refused(&arch_x86_64, stranger("\177ELF", 4), NULL, "vmlinux");
	assert_refused(&arch_x86_64, stranger("070701", 6), NULL, "initramfs");
	assert_refused(&arch_arm64, stranger("\x27\x05\x19\x56", 4), NULL, "uImage");
	assert_refused(&arch_x86_64, stranger("BZh91AY&SY", 10), NULL, "not supported");
	assert_refused(&arch_x86_64, stranger("nothing", 7), NULL,
		       "cannot determine the file type");
	assert_refused(&arch_x86_64, empty, NULL, "it is empty");
	assert_refused(&arch_x86_64, blob_arm64(SIZE), NULL, "kernel for arm64");
	assert_refused(&arch_arm64, blob_bzimage(SIZE), NULL, "kernel for x86_64");
	assert_refused(&arch_x86_64, blob_bzimage(SIZE), "uki", "--type=uki");
	assert_refused(&arch_x86_64, blob_bzimage(SIZE), "multiboot-x86", "unsupported type");
	assert_refused(&arch_arm64, blob_arm64(SIZE), "bzImage64", "unsupported type");
	packed.size /= 2;
	assert_refused(&arch_x86_64, packed, NULL, "end too early");
	free(cut.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bzimage),
		cmocka_unit_test(test_bzimage_refused),
		cmocka_unit_test(test_bzimage_payload),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_arm64_refused),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_zboot_refused),
		cmocka_unit_test(test_uki),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
