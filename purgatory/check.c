/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks that are the same for every architecture: parameters, digests, the poison table. */
#include "purgatory/check.h"

#include <string.h>

/* No x86_64 or arm64 processor has more physical address bits (HWPOISON_ADDRESS_LIMIT). */
#define ADDRESS_LIMIT (UINT64_C(1) << 52)
#define FRAME 4096

static const char *segment_why(const struct purgatory_segment *segment)
{
	if (segment->bytes_size > segment->memory_size)
		return "a segment has more bytes than memory";
	if (segment->memory_size == 0)
		return "a segment is empty";
	if (segment->start >= ADDRESS_LIMIT ||
	    segment->memory_size > ADDRESS_LIMIT - segment->start)
		return "a segment lies past the address limit";
	if (segment->hashed > 1)
		return "a segment's hashed flag is neither 0 nor 1";
	if (segment->name[sizeof(segment->name) - 1] != '\0' || segment->name[0] == '\0')
		return "a segment has no proper name";
	return NULL;
}

static bool segments_meet(const struct purgatory_segment *a, const struct purgatory_segment *b)
{
	return a->start < b->start + b->memory_size && b->start < a->start + a->memory_size;
}

static const char *segments_why(const struct purgatory_parameters *parameters)
{
	const struct purgatory_segment *segments = parameters->segments;

	if (parameters->segment_count > PURGATORY_SEGMENTS_MAX)
		return "there are too many segments";
	for (uint32_t i = 0; i < parameters->segment_count; i++) {
		const char *why = segment_why(&segments[i]);

		if (why)
			return why;
		for (uint32_t j = 0; j < i; j++)
			if (segments_meet(&segments[i], &segments[j]))
				return "two segments overlap";
	}
	return NULL;
}

const char *purgatory_parameters_check(const struct purgatory_parameters *parameters)
{
	const char *why;

	if (parameters->magic != PURGATORY_MAGIC)
		return "they do not start with the magic number";
	if (parameters->version != PURGATORY_VERSION || parameters->size != sizeof(*parameters))
		return "they are of another version";
	if (parameters->flags & ~(uint32_t)(PURGATORY_SKIP_DIGESTS | PURGATORY_CONSOLE_VGA |
					    PURGATORY_RESET_VGA | PURGATORY_CONSOLE_UART))
		return "a flag is unknown";
	if (parameters->psci > PURGATORY_PSCI_SMC)
		return "the way to the firmware is none";
	if ((parameters->uart_kind == PURGATORY_UART_NONE) != (parameters->uart_address == 0) ||
	    parameters->uart_kind > PURGATORY_UART_8250_32 || parameters->uart_shift > 4 ||
	    parameters->uart_address >= ADDRESS_LIMIT - FRAME)
		return "the UART is none";
	if (parameters->serial_port > 0xfff8)
		return "the serial port is not an I/O port";
	if (parameters->serial_baud > 115200 ||
	    (parameters->serial_baud > 0 &&
	     (115200 % parameters->serial_baud != 0 || 115200 / parameters->serial_baud > 0xffff)))
		return "the serial speed is not a divisor of 115200";
	if (parameters->reset_delay > PURGATORY_RESET_DELAY_MAX)
		return "the delay is too long";
	why = segments_why(parameters);
	if (why)
		return why;
	if (!purgatory_range_loaded(parameters, parameters->kernel_entry, 1))
		return "the kernel's entry is in no segment";
	if (!purgatory_range_loaded(parameters, parameters->handover, FRAME))
		return "what the kernel is handed is in no segment";
	if ((parameters->poison_count == 0) != (parameters->poison_address == 0) ||
	    parameters->poison_address % sizeof(uint64_t) != 0 ||
	    parameters->poison_address >= ADDRESS_LIMIT ||
	    parameters->poison_count >
		    (ADDRESS_LIMIT - parameters->poison_address) / sizeof(struct purgatory_poison))
		return "the poison table cannot be where they say";
	return NULL;
}

void purgatory_parameters_digest(const struct purgatory_parameters *parameters,
				 enum sha256_path path, uint8_t digest[SHA256_SIZE])
{
	sha256_of(path, parameters, offsetof(struct purgatory_parameters, sha256), digest);
}

bool purgatory_range_loaded(const struct purgatory_parameters *parameters, uint64_t start,
			    uint64_t size)
{
	for (uint32_t i = 0; i < parameters->segment_count; i++) {
		const struct purgatory_segment *segment = &parameters->segments[i];

		if (start >= segment->start && start - segment->start <= segment->memory_size &&
		    size <= segment->memory_size - (start - segment->start))
			return true;
	}
	return false;
}

static const struct purgatory_poison *poison_table(const struct purgatory_parameters *parameters)
{
	return (const struct purgatory_poison *)(uintptr_t)parameters->poison_address;
}

bool purgatory_place_check(const struct purgatory_parameters *parameters,
			   struct purgatory_fault *fault)
{
	for (uint32_t i = 0; i < parameters->segment_count; i++) {
		const struct purgatory_segment *segment = &parameters->segments[i];
		uint64_t end = segment->start + segment->memory_size;
		const struct purgatory_poison *poison = purgatory_poison_find(
			poison_table(parameters), parameters->poison_count, segment->start, end);

		if (!poison)
			continue;
		*fault = (struct purgatory_fault){
			.what = "it lies on a poisoned frame",
			.segment = segment->name,
			.start = segment->start,
			.end = end,
			.poison_start = poison->start,
			.poison_end = poison->end,
		};
		return false;
	}
	return true;
}

bool purgatory_segment_check(const struct purgatory_segment *segment, enum sha256_path path,
			     struct purgatory_fault *fault)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(path, (const void *)(uintptr_t)segment->start, segment->bytes_size, digest);
	if (memcmp(digest, segment->sha256, sizeof(digest)) == 0)
		return true;
	*fault = (struct purgatory_fault){
		.what = "what lies there is not what was loaded",
		.segment = segment->name,
		.start = segment->start,
		.end = segment->start + segment->bytes_size,
	};
	return false;
}

bool purgatory_poison_check(const struct purgatory_parameters *parameters, enum sha256_path path,
			    struct purgatory_fault *fault)
{
	const struct purgatory_poison *table = poison_table(parameters);
	uint64_t size = parameters->poison_count * sizeof(*table);
	uint8_t digest[SHA256_SIZE];
	uint64_t last = 0;

	sha256_of(path, table, size, digest);
	if (memcmp(digest, parameters->poison_sha256, sizeof(digest)) != 0) {
		*fault = (struct purgatory_fault){
			.what = "the poison table is not what was loaded",
			.start = parameters->poison_address,
			.end = parameters->poison_address + size,
		};
		return false;
	}
	for (uint64_t i = 0; i < parameters->poison_count; i++) {
		if (table[i].start < last || table[i].end <= table[i].start ||
		    table[i].end > ADDRESS_LIMIT || (table[i].start | table[i].end) % FRAME != 0) {
			*fault = (struct purgatory_fault){
				.what = "the poison table is out of order",
				.start = table[i].start,
				.end = table[i].end,
			};
			return false;
		}
		last = table[i].end;
	}
	return true;
}

const struct purgatory_poison *purgatory_poison_find(const struct purgatory_poison *table,
						     uint64_t count, uint64_t start, uint64_t end)
{
	uint64_t low = 0, high = count;

	if (start >= end)
		return NULL;
	/* The first range that ends past start; it is the only one that can be the first to meet. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (table[middle].end <= start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && table[low].start < end ? &table[low] : NULL;
}

uint64_t purgatory_poison_frames(const struct purgatory_parameters *parameters)
{
	const struct purgatory_poison *table = poison_table(parameters);
	uint64_t frames = 0;

	for (uint64_t i = 0; i < parameters->poison_count; i++)
		frames += (table[i].end - table[i].start) / FRAME;
	return frames;
}
