/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loader's side of purgatory: parameters are filled, sealed and written into the blob's copy. */
#include <string.h>

#include "purgatory/check.h"

#define RESET_DELAY_USUAL 5000

static enum sha256_path path_fastest(void)
{
	return sha256_has_hardware() ? SHA256_HARDWARE : SHA256_PORTABLE;
}

const struct purgatory_blob *purgatory_find(const char *name)
{
	for (const struct purgatory_named *named = purgatory_blobs; named->name; named++) {
		if (strcmp(named->name, name) == 0)
			return named->blob;
	}
	return NULL;
}

void purgatory_parameters_start(struct purgatory_parameters *parameters)
{
	memset(parameters, 0, sizeof(*parameters));
	parameters->magic = PURGATORY_MAGIC;
	parameters->version = PURGATORY_VERSION;
	parameters->size = sizeof(*parameters);
	parameters->reset_delay = RESET_DELAY_USUAL;
	purgatory_poison_set(parameters, 0, NULL, 0);
}

int purgatory_segment_add(struct purgatory_parameters *parameters, const char *name, uint64_t start,
			  const void *bytes, uint64_t bytes_size, uint64_t memory_size, bool hashed)
{
	struct purgatory_segment *segment;

	if (parameters->segment_count >= PURGATORY_SEGMENTS_MAX)
		return -1;
	segment = &parameters->segments[parameters->segment_count++];
	*segment = (struct purgatory_segment){
		.start = start,
		.bytes_size = bytes_size,
		.memory_size = memory_size,
		.hashed = hashed,
	};
	for (size_t i = 0; i < sizeof(segment->name) - 1 && name[i] != '\0'; i++)
		segment->name[i] = name[i];
	if (hashed)
		sha256_of(path_fastest(), bytes, bytes_size, segment->sha256);
	return 0;
}

void purgatory_poison_set(struct purgatory_parameters *parameters, uint64_t address,
			  const struct purgatory_poison *table, uint64_t count)
{
	parameters->poison_address = count > 0 ? address : 0;
	parameters->poison_count = count;
	sha256_of(path_fastest(), table, count * sizeof(*table), parameters->poison_sha256);
}

const char *purgatory_seal(const struct purgatory_blob *blob,
			   struct purgatory_parameters *parameters, void *image)
{
	enum sha256_path path = path_fastest();
	const char *why = purgatory_parameters_check(parameters);

	if (why)
		return why;
	sha256_of(path, blob->bytes, blob->parameters_offset, parameters->code_sha256);
	purgatory_parameters_digest(parameters, path, parameters->sha256);
	memcpy((uint8_t *)image + blob->parameters_offset, parameters, sizeof(*parameters));
	return NULL;
}
