/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 by the processor's own instructions: SHA-NI on x86_64 (Intel SDM vol. 2,
 * SHA256RNDS2, SHA256MSG1, SHA256MSG2), FEAT_SHA256 on arm64 (Arm ARM, C7.2: SHA256H, SHA256H2,
 * SHA256SU0, SHA256SU1). Elsewhere there is none, and the portable path is taken.
 */
#include "purgatory/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

bool sha256_has_hardware(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

/* Four rounds with the schedule words w; the constants' index is in words. */
TARGET static inline __attribute__((always_inline)) void
rounds_four(__m128i *abef, __m128i *cdgh, __m128i w, unsigned int constants)
{
	__m128i wk = _mm_add_epi32(w,
				   _mm_loadu_si128((const __m128i *)&sha256_constants[constants]));

	*cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, wk);
	*abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* The next four words of the schedule out of the last sixteen. */
TARGET static inline __attribute__((always_inline)) __m128i schedule_next(__m128i w0, __m128i w4,
									  __m128i w8, __m128i w12)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));

	return _mm_sha256msg2_epu32(sum, w12);
}

TARGET static inline __attribute__((always_inline)) __m128i words_load(const uint8_t *p)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), big_endian);
}

TARGET void sha256_blocks_hardware(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	/* The instructions want the state as (a b e f) and (c d g h), highest word first. */
	__m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xb1);
	__m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1b);
	__m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
	__m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);

	for (; count > 0; count--, blocks += SHA256_BLOCK_SIZE) {
		__m128i abef_before = abef, cdgh_before = cdgh;
		__m128i w0 = words_load(blocks), w4 = words_load(blocks + 16);
		__m128i w8 = words_load(blocks + 32), w12 = words_load(blocks + 48);

#pragma GCC unroll 4
		for (unsigned int round = 0; round < 64; round += 16) {
			rounds_four(&abef, &cdgh, w0, round);
			rounds_four(&abef, &cdgh, w4, round + 4);
			rounds_four(&abef, &cdgh, w8, round + 8);
			rounds_four(&abef, &cdgh, w12, round + 12);
			if (round == 48)
				break;
			w0 = schedule_next(w0, w4, w8, w12);
			w4 = schedule_next(w4, w8, w12, w0);
			w8 = schedule_next(w8, w12, w0, w4);
			w12 = schedule_next(w12, w0, w4, w8);
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	badc = _mm_blend_epi16(_mm_shuffle_epi32(cdgh, 0xb1), _mm_shuffle_epi32(abef, 0x1b), 0x0f);
	hgfe = _mm_alignr_epi8(_mm_shuffle_epi32(cdgh, 0xb1), _mm_shuffle_epi32(abef, 0x1b), 8);
	_mm_storeu_si128((__m128i *)&state[0], badc);
	_mm_storeu_si128((__m128i *)&state[4], hgfe);
}

#elif defined(__aarch64__)

#include <arm_neon.h>

#if __STDC_HOSTED__

#include <asm/hwcap.h>
#include <sys/auxv.h>

bool sha256_has_hardware(void)
{
	const unsigned long wanted = HWCAP_ASIMD | HWCAP_SHA2;

	return (getauxval(AT_HWCAP) & wanted) == wanted;
}

#else

bool sha256_has_hardware(void)
{
	uint64_t processor, instructions;

	__asm__("mrs %0, id_aa64pfr0_el1" : "=r"(processor));
	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(instructions));
	return (processor >> 20 & 15) != 15 && (instructions >> 12 & 15) != 0;
}

#endif

/* By hand: compilers differ in how a function is given instructions that its file lacks. */
#define SHA(text, ...) __asm__(".arch_extension sha2\n\t" text : __VA_ARGS__)

/* Four rounds with the schedule words w; the constants' index is in words. */
static inline __attribute__((always_inline)) void rounds_four(uint32x4_t *abcd, uint32x4_t *efgh,
							      uint32x4_t w, unsigned int constants)
{
	uint32x4_t wk = vaddq_u32(w, vld1q_u32(&sha256_constants[constants])), before = *abcd;

	SHA("sha256h %q0, %q1, %2.4s", "+w"(*abcd) : "w"(*efgh), "w"(wk));
	SHA("sha256h2 %q0, %q1, %2.4s", "+w"(*efgh) : "w"(before), "w"(wk));
}

/* The next four words of the schedule out of the last sixteen. */
static inline __attribute__((always_inline)) uint32x4_t schedule_next(uint32x4_t w0, uint32x4_t w4,
								      uint32x4_t w8, uint32x4_t w12)
{
	SHA("sha256su0 %0.4s, %1.4s", "+w"(w0) : "w"(w4));
	SHA("sha256su1 %0.4s, %1.4s, %2.4s", "+w"(w0) : "w"(w8), "w"(w12));
	return w0;
}

static inline __attribute__((always_inline)) uint32x4_t words_load(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

void sha256_blocks_hardware(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	uint32x4_t abcd = vld1q_u32(&state[0]), efgh = vld1q_u32(&state[4]);

	for (; count > 0; count--, blocks += SHA256_BLOCK_SIZE) {
		uint32x4_t abcd_before = abcd, efgh_before = efgh;
		uint32x4_t w0 = words_load(blocks), w4 = words_load(blocks + 16);
		uint32x4_t w8 = words_load(blocks + 32), w12 = words_load(blocks + 48);

#pragma GCC unroll 4
		for (unsigned int round = 0; round < 64; round += 16) {
			rounds_four(&abcd, &efgh, w0, round);
			rounds_four(&abcd, &efgh, w4, round + 4);
			rounds_four(&abcd, &efgh, w8, round + 8);
			rounds_four(&abcd, &efgh, w12, round + 12);
			if (round == 48)
				break;
			w0 = schedule_next(w0, w4, w8, w12);
			w4 = schedule_next(w4, w8, w12, w0);
			w8 = schedule_next(w8, w12, w0, w4);
			w12 = schedule_next(w12, w0, w4, w8);
		}
		abcd = vaddq_u32(abcd, abcd_before);
		efgh = vaddq_u32(efgh, efgh_before);
	}
	vst1q_u32(&state[0], abcd);
	vst1q_u32(&state[4], efgh);
}

#else

bool sha256_has_hardware(void)
{
	return false;
}

void sha256_blocks_hardware(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	sha256_blocks_portable(state, blocks, count);
}

#endif
