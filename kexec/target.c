/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what the next kernel can bear, from its image and from its config file. */
#include "kexec/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "kexec/arch.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"

/* Debian's are 300 KiB; one with every comment of Kconfig would be 10 MiB. */
#define CONFIG_LIMIT (16u << 20)

void release_parse(const char *release, unsigned int *version, unsigned int *patchlevel)
{
	unsigned int first, second;

	*version = *patchlevel = 0;
	if (sscanf(release, "%3u.%5u", &first, &second) == 2) {
		*version = first;
		*patchlevel = second;
	}
}

/* The text after "NAME=" at the start of a line, or NULL. */
static const char *config_value(const char *config, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = config; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == '=')
			return line + length + 1;
		if (!*line)
			break;
	}
	return NULL;
}

bool config_number(const char *config, const char *name, unsigned long *number)
{
	const char *value = config_value(config, name);
	char *end;

	if (!value || *value < '0' || *value > '9')
		return false;
	errno = 0;
	*number = strtoul(value, &end, 0);
	return !errno && (*end == '\n' || *end == '\r' || !*end);
}

bool config_enabled(const char *config, const char *name)
{
	const char *value = config_value(config, name);

	return value && value[0] == 'y' && (!value[1] || value[1] == '\n' || value[1] == '\r');
}

/* Whether it is the config of a kernel of this architecture, and not any file of that name. */
static bool config_is_of(const char *config, const struct arch *arch)
{
	return config_enabled(config, arch->config_option);
}

/* Unpacks /proc/config.gz. NULL when it is not gzip or too long. */
static char *config_inflate(void *packed, size_t size)
{
	z_stream stream = {.next_in = packed, .avail_in = (unsigned int)size};
	char *text = malloc(CONFIG_LIMIT + 1);
	int result;

	if (!text)
		return NULL;
	stream.next_out = (unsigned char *)text;
	stream.avail_out = CONFIG_LIMIT;
	/* 16: a gzip header, not zlib's own (inflateInit2() in zlib.h). */
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
		free(text);
		return NULL;
	}
	result = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	if (result != Z_STREAM_END) {
		free(text);
		return NULL;
	}
	text[stream.total_out] = 0;
	return text;
}

/* Reads a config file, packed or not. NULL when there is none that fits the architecture. */
static char *config_read(int directory, const char *path, const struct arch *arch,
			 struct target *target, const char *prefix)
{
	void *bytes;
	char *text;
	size_t size;

	if (file_read_at(directory, path, CONFIG_LIMIT, &bytes, &size))
		return NULL;
	if (size > 2 && memcmp(bytes, "\x1f\x8b", 2) == 0) {
		text = config_inflate(bytes, size);
		free(bytes);
	} else {
		text = bytes;
	}
	if (text && !config_is_of(text, arch)) {
		free(text);
		text = NULL;
	}
	if (text)
		snprintf(target->config_from, sizeof(target->config_from), "%s%s", prefix, path);
	return text;
}

/* Beside the image: vmlinuz-X has config-X, and a file without a version has "config". */
static char *config_beside(const char *kernel, const struct arch *arch, struct target *target)
{
	AUTO_FREE char *real = realpath(kernel, NULL);
	AUTO_FREE char *path = NULL;
	const char *name, *suffix;

	if (!real)
		return NULL;
	name = strrchr(real, '/') + 1;
	suffix = strchr(name, '-');
	if (asprintf(&path, "%.*sconfig%s", (int)(name - real), real, suffix ? suffix : "") < 0) {
		path = NULL;
		return NULL;
	}
	return config_read(AT_FDCWD, path, arch, target, "");
}

static char *config_running(const struct machine *machine, struct target *target)
{
	static const char *const places[] = {"boot/config-%s", "lib/modules/%s/config"};
	AUTO_FREE char *prefix = NULL;
	const char *release = machine->kernel_release;
	char *text = NULL;

	if (asprintf(&prefix, "%s/", machine->prefix) < 0) {
		prefix = NULL;
		return NULL;
	}
	for (size_t i = 0; release && !strchr(release, '/') && i < 2 && !text; i++) {
		char path[PATH_MAX];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, sizeof(path), places[i], release);
#pragma GCC diagnostic pop
		text = config_read(machine->root_fd, path, machine->arch, target, prefix);
	}
	if (!text)
		text = config_read(machine->root_fd, "proc/config.gz", machine->arch, target,
				   prefix);
	return text;
}

char *config_of_running(const struct machine *machine)
{
	struct target ignored;

	return config_running(machine, &ignored);
}

static enum config_answer config_answer(const char *config, const char *name)
{
	if (!config)
		return CONFIG_UNKNOWN;
	return config_enabled(config, name) ? CONFIG_YES : CONFIG_NO;
}

/* What Kexec HandOver has to know. MAX_PAGE_ORDER is 10, but for larger pages on arm64
 * (ARCH_FORCE_MAX_ORDER in arch/arm64/Kconfig). */
static void handover_find(const struct arch *arch, const char *config, struct target *target)
{
	unsigned long number;

	target->handover = config_answer(config, "CONFIG_KEXEC_HANDOVER");
	target->handover_on = config_answer(config, "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT");
	target->handover_shown = config_answer(config, "CONFIG_KEXEC_HANDOVER_DEBUGFS");
	target->kasan = config_answer(config, "CONFIG_KASAN");
	target->max_order = target->page_size == 65536 ? 13 : target->page_size == 16384 ? 11 : 10;
	if (config && config_number(config, "CONFIG_ARCH_FORCE_MAX_ORDER", &number) && number < 20)
		target->max_order = (unsigned int)number;
	target->cma_mib = config ? 0 : arch->cma_mib;
	if (config && config_number(config, "CONFIG_CMA_SIZE_MBYTES", &number) && number < 65536)
		target->cma_mib = (unsigned int)number;
}

static void release_find(const struct machine *machine, const struct image *image,
			 struct target *target)
{
	const char *release = "";

	if (image && image->release[0]) {
		release = image->release;
		target->version_from = "its image";
	} else if (machine->kernel_release) {
		release = machine->kernel_release;
		target->version_from = image ? "the running kernel, as its image does not say" :
					       "the running kernel";
	} else {
		target->version_from = "not known";
	}
	snprintf(target->release, sizeof(target->release), "%s", release);
	release_parse(target->release, &target->version, &target->patchlevel);
}

int target_find(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	const struct image *image = plan->image;
	struct target *target = &plan->target;
	AUTO_FREE char *config = NULL;
	const char *running = machine->kernel_release;

	*target = (struct target){
		.page_size = image ? image->page_size : machine->page_size,
		.max_entries = HWPOISON_NO_LIMIT,
		.max_ram_regions = HWPOISON_NO_LIMIT,
		.max_ranges = HWPOISON_NO_LIMIT,
		.entries_from = "no limit",
		.regions_from = "no limit",
		.ranges_from = "no limit",
	};
	release_find(machine, image, target);
	if (!target->page_size)
		target->page_size = machine->arch->page_size;
	if (image && image->path)
		config = config_beside(image->path, machine->arch, target);
	if (!config && (!image || (running && strcmp(running, target->release) == 0)))
		config = config_running(machine, target);
	machine->arch->limits(plan, config, target);
	handover_find(machine->arch, config, target);
	if (target->page_size > machine->page_size)
		warn(&plan->warnings,
		     "the next kernel has %u-byte pages and this one %u: bad frames are "
		     "widened to whole pages of the next kernel",
		     target->page_size, machine->page_size);
	return 0;
}
