/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes kernel images and wrappers up, each from the description of its format. */
#include "tests/unit/image_fixture.h"

#include <assert.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "kexec/bytes.h"
#include "tests/unit/lzop_fixture.h"

#define PE_ALIGN 512

static struct blob blob_make(size_t size)
{
	struct blob blob = {calloc(1, size + 1), size};

	assert(blob.bytes);
	return blob;
}

struct blob blob_noise(size_t size, uint32_t seed)
{
	struct blob blob = blob_make(size);

	/* Half of it repeats, so that packers have something to do. */
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1103515245 + 12345;
		blob.bytes[i] = i % 8 < 4 ? (uint8_t)(seed >> 24) : (uint8_t)i;
	}
	return blob;
}

struct blob blob_bzimage(size_t protected_size)
{
	const char *version = "6.1.0-test (someone@somewhere) #1 SMP";
	size_t setup_size = 5 * 512;
	struct blob blob = blob_noise(setup_size + protected_size, 7);
	uint8_t *b = blob.bytes;

	memset(b, 0, setup_size);
	b[0x1f1] = 4;
	put_le16(b + 0x1fe, 0xaa55);
	b[0x200] = 0xeb;
	b[0x201] = 0x6a; /* the header ends at 0x26c */
	memcpy(b + 0x202, "HdrS", 4);
	put_le16(b + 0x206, 0x20f);
	put_le16(b + 0x20e, 0x400); /* at 0x600 */
	strcpy((char *)b + 0x600, version);
	b[0x211] = 1;
	put_le32(b + 0x22c, 0x7fffffff);
	put_le32(b + 0x230, 0x200000);
	b[0x234] = 1;
	put_le16(b + 0x236, 0x7f);
	put_le32(b + 0x238, 2047);
	put_le64(b + 0x258, 0x1000000);
	put_le32(b + 0x260, (uint32_t)protected_size + (4u << 20));
	return blob;
}

struct blob blob_arm64(size_t size)
{
	struct blob blob = blob_noise(size, 9);
	uint8_t *b = blob.bytes;

	memset(b, 0, 64);
	put_le64(b + 16, size + (1u << 20));
	put_le64(b + 24, 1 << 1 | 1 << 3);
	memcpy(b + 56, "ARM\x64", 4);
	strcpy((char *)b + size / 2, "%s version %s Linux version Linux version 6.12.1-test (x)");
	return blob;
}

static struct blob pack_gzip(const void *bytes, size_t size)
{
	z_stream stream = {0};
	struct blob blob;
	int result;

	result = deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	assert(result == Z_OK);
	blob = blob_make(deflateBound(&stream, size));
	stream.next_in = (Bytef *)(uintptr_t)bytes;
	stream.avail_in = (uInt)size;
	stream.next_out = blob.bytes;
	stream.avail_out = (uInt)blob.size;
	result = deflate(&stream, Z_FINISH);
	assert(result == Z_STREAM_END);
	blob.size = stream.total_out;
	deflateEnd(&stream);
	return blob;
}

static struct blob pack_xz(const void *bytes, size_t size)
{
	struct blob blob = blob_make(lzma_stream_buffer_bound(size));
	size_t used = 0;
	lzma_ret result = lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, bytes, size,
						  blob.bytes, &used, blob.size);

	assert(result == LZMA_OK);
	blob.size = used;
	return blob;
}

static struct blob pack_lzma(const void *bytes, size_t size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	struct blob blob = blob_make(size + size / 2 + 4096);
	lzma_options_lzma options;
	lzma_ret result;

	lzma_lzma_preset(&options, 0);
	result = lzma_alone_encoder(&stream, &options);
	assert(result == LZMA_OK);
	stream.next_in = bytes;
	stream.avail_in = size;
	stream.next_out = blob.bytes;
	stream.avail_out = blob.size;
	result = lzma_code(&stream, LZMA_FINISH);
	assert(result == LZMA_STREAM_END);
	blob.size = stream.total_out;
	lzma_end(&stream);
	return blob;
}

static struct blob pack_zstd(const void *bytes, size_t size)
{
	struct blob blob = blob_make(ZSTD_compressBound(size));
	ZSTD_CCtx *context = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	blob.size = ZSTD_compress2(context, blob.bytes, blob.size, bytes, size);
	assert(!ZSTD_isError(blob.size));
	ZSTD_freeCCtx(context);
	return blob;
}

static struct blob pack_lz4(const void *bytes, size_t size)
{
	LZ4F_preferences_t preferences = {
		.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled,
	};
	struct blob blob = blob_make(LZ4F_compressFrameBound(size, &preferences));

	blob.size = LZ4F_compressFrame(blob.bytes, blob.size, bytes, size, &preferences);
	assert(!LZ4F_isError(blob.size));
	return blob;
}

/* Blocks of 8 MiB. */
static struct blob pack_lz4_legacy(const void *bytes, size_t size)
{
	const size_t step = (size_t)8 << 20;
	struct blob blob = blob_make((size_t)LZ4_compressBound((int)size) + 64 + size / step * 4);
	size_t at = 4;

	memcpy(blob.bytes, "\x02\x21\x4c\x18", 4);
	for (size_t done = 0; done < size; done += step) {
		size_t part = size - done < step ? size - done : step;
		int packed = LZ4_compress_default((const char *)bytes + done,
						  (char *)blob.bytes + at + 4, (int)part,
						  (int)(blob.size - at - 4));

		assert(packed > 0);
		put_le32(blob.bytes + at, (uint32_t)packed);
		at += 4 + (size_t)packed;
	}
	blob.size = at;
	return blob;
}

/* As Linux packs itself: lzop -9 in a pipe. */
static struct blob pack_lzo(const void *bytes, size_t size)
{
	const struct lzop how = {
		.flags = LZOP_OS_UNIX | LZOP_ADLER32_D | LZOP_STDIN | LZOP_STDOUT,
	};

	return blob_lzop(bytes, size, &how);
}

const struct packer packers[] = {
	{"gzip", "gzip", true, pack_gzip},  {"xz", "xzkern", true, pack_xz},
	{"lzma", "lzma", false, pack_lzma}, {"zstd", "zstd22", true, pack_zstd},
	{"lz4", "lz4", true, pack_lz4},	    {"lz4", "lz4", false, pack_lz4_legacy},
	{"lzo", "lzo", true, pack_lzo},	    {NULL, NULL, false, NULL},
};

struct blob blob_zboot(const struct blob *packed, const char *compression)
{
	struct blob blob = blob_make(4096 + packed->size + 512);

	memcpy(blob.bytes, "MZ\0\0zimg", 8);
	put_le32(blob.bytes + 8, 4096);
	put_le32(blob.bytes + 12, (uint32_t)packed->size);
	strcpy((char *)blob.bytes + 24, compression);
	put_le32(blob.bytes + 56, 0x818223cd);
	memcpy(blob.bytes + 4096, packed->bytes, packed->size);
	return blob;
}

struct blob blob_pe(const struct pe_part *parts, size_t count)
{
	size_t at = 0x80 + 24 + 240 + count * 40, total;
	struct blob blob;
	uint8_t *section;

	at = (at + PE_ALIGN - 1) / PE_ALIGN * PE_ALIGN;
	total = at;
	for (size_t i = 0; i < count; i++)
		total += (parts[i].size + PE_ALIGN - 1) / PE_ALIGN * PE_ALIGN;
	blob = blob_make(total);
	memcpy(blob.bytes, "MZ", 2);
	put_le32(blob.bytes + 0x3c, 0x80);
	memcpy(blob.bytes + 0x80, "PE\0\0", 4);
	put_le16(blob.bytes + 0x84, 0x8664);
	put_le16(blob.bytes + 0x86, (uint16_t)count);
	put_le16(blob.bytes + 0x80 + 20, 240);
	section = blob.bytes + 0x80 + 24 + 240;
	for (size_t i = 0; i < count; i++, section += 40) {
		size_t raw = (parts[i].size + PE_ALIGN - 1) / PE_ALIGN * PE_ALIGN;

		memcpy(section, parts[i].name, strnlen(parts[i].name, 8));
		put_le32(section + 8,
			 parts[i].virtual_size ? parts[i].virtual_size : (uint32_t)parts[i].size);
		put_le32(section + 12, (uint32_t)at + 0x100000);
		put_le32(section + 16, (uint32_t)raw);
		put_le32(section + 20, (uint32_t)at);
		memcpy(blob.bytes + at, parts[i].bytes, parts[i].size);
		at += raw;
	}
	return blob;
}
