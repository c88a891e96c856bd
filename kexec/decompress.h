/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacks what a kernel file may be packed with. Input is hostile; output is bounded. */
#ifndef KEXEC_DECOMPRESS_H
#define KEXEC_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decode_error {
	DECODE_OK = 0,
	DECODE_ECORRUPT = -1,	/* not what its first bytes promise, or a checksum is wrong */
	DECODE_ETRUNCATED = -2, /* ends before its end */
	DECODE_ELARGE = -3,	/* unpacks to more than the limit, or wants too large a window */
	DECODE_ENOMEM = -4,
	DECODE_EUNSUPPORTED = -5, /* known, but this build cannot unpack it */
	DECODE_EFILTER = -6,	  /* lzop --filter */
	DECODE_EPARTS = -7,	  /* a part of an lzop archive that was split */
};

/* One phrase in English. Static. */
const char *decode_strerror(int error);

/* What grows while a decoder writes to it. */
struct decode_buffer {
	uint8_t *bytes; /* malloc()ed */
	size_t size, capacity, limit;
};

struct decoder {
	const char *name; /* "gzip" */
	bool (*probe)(const uint8_t *bytes, size_t size);
	/* Appends what the packed bytes unpack to. What follows their end is ignored, as kernels
	 * have a length there. NULL: known by its first bytes, and no more than that. */
	int (*decode)(const uint8_t *bytes, size_t size, struct decode_buffer *out);
};

/* By the first bytes; NULL when they are none of a packed file. */
const struct decoder *decoder_find(const uint8_t *bytes, size_t size);

/* Unpacks to at most limit bytes, malloc()ed and never NULL on success. 0 or enum decode_error. */
int decompress(const struct decoder *decoder, const uint8_t *bytes, size_t size, size_t limit,
	       uint8_t **unpacked, size_t *unpacked_size);

/* --- for decoders -------------------------------------------------------------------------- */

/* Makes room for at least one more byte: DECODE_ELARGE at the limit, DECODE_ENOMEM. */
int decode_buffer_grow(struct decode_buffer *buffer);

/* Makes room for wanted more bytes. Errors as above. */
int decode_buffer_reserve(struct decode_buffer *buffer, size_t wanted);

int decode_gzip(const uint8_t *bytes, size_t size, struct decode_buffer *out);
int decode_xz(const uint8_t *bytes, size_t size, struct decode_buffer *out);
int decode_lzma(const uint8_t *bytes, size_t size, struct decode_buffer *out);
int decode_zstd(const uint8_t *bytes, size_t size, struct decode_buffer *out);
int decode_lz4(const uint8_t *bytes, size_t size, struct decode_buffer *out);	     /* frames */
int decode_lz4_legacy(const uint8_t *bytes, size_t size, struct decode_buffer *out); /* lz4 -l */
int decode_lzo(const uint8_t *bytes, size_t size, struct decode_buffer *out);	     /* lzop */

#endif
