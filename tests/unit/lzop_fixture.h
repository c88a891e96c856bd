/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lzop archives with any flags, made from the description of the format. */
#ifndef TESTS_UNIT_LZOP_FIXTURE_H
#define TESTS_UNIT_LZOP_FIXTURE_H

#include "tests/unit/image_fixture.h"

/* Of the header (conf.h of lzop). */
enum lzop_flag {
	LZOP_ADLER32_D = 0x1, /* _D: of a block's bytes; _C: of what they are packed to */
	LZOP_ADLER32_C = 0x2,
	LZOP_STDIN = 0x4,
	LZOP_STDOUT = 0x8,
	LZOP_H_EXTRA_FIELD = 0x40,
	LZOP_CRC32_D = 0x100,
	LZOP_CRC32_C = 0x200,
	LZOP_MULTIPART = 0x400,
	LZOP_H_FILTER = 0x800,
	LZOP_H_CRC32 = 0x1000,
	LZOP_H_PATH = 0x2000,
	LZOP_OS_UNIX = 0x3000000,
};

struct lzop {
	uint32_t flags;
	size_t block;		  /* bytes in each but the last; 0: 256 KiB, as lzop has it */
	uint8_t method;		  /* 0: 3, as lzop -9 has it */
	uint16_t version, needed; /* 0: 0x1040 and 0x0940 */
	const char *name;
};

struct blob blob_lzop(const void *bytes, size_t size, const struct lzop *how);

#endif
