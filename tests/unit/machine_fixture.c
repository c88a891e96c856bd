/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the files of a snapshot. */
#include "tests/unit/machine_fixture.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			perror(#condition);                                                        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void fixture_start(struct machine_fixture *fixture)
{
	*fixture = (struct machine_fixture){.root = "/tmp/kexec-unit.XXXXXX"};
	CHECK(mkdtemp(fixture->root));
	fixture->options.machine = fixture->root;
	fixture->options.max_waste = UINT64_C(64) << 20;
	fixture->options.mem_max = UINT64_MAX;
	fixture->machine.root_fd = -1;
}

void fixture_bytes(struct machine_fixture *fixture, const char *path, const void *bytes,
		   size_t size)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", fixture->root, path);
	for (char *slash = strchr(full + strlen(fixture->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	CHECK(file);
	CHECK(fwrite(bytes, 1, size, file) == size);
	CHECK(fclose(file) == 0);
}

void fixture_text(struct machine_fixture *fixture, const char *path, const char *text)
{
	fixture_bytes(fixture, path, text, strlen(text));
}

void fixture_memmap(struct machine_fixture *fixture, unsigned int number, uint64_t start,
		    uint64_t end, const char *type)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "sys/firmware/memmap/%u/start", number);
	snprintf(text, sizeof(text), "0x%" PRIx64 "\n", start);
	fixture_text(fixture, path, text);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%u/end", number);
	snprintf(text, sizeof(text), "0x%" PRIx64 "\n", end - 1);
	fixture_text(fixture, path, text);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%u/type", number);
	fixture_text(fixture, path, type);
}

void fixture_poison(struct machine_fixture *fixture, uint64_t end, ...)
{
	static const uint64_t hwpoison = UINT64_C(1) << 19;
	char path[128];
	va_list frames;
	uint64_t frame;
	int fd;

	fixture_text(fixture, "proc/kpageflags", "");
	snprintf(path, sizeof(path), "%s/proc/kpageflags", fixture->root);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	CHECK(ftruncate(fd, (off_t)(end / 4096 * 8)) == 0);
	va_start(frames, end);
	while ((frame = va_arg(frames, uint64_t)))
		CHECK(pwrite(fd, &hwpoison, 8, (off_t)(frame / 4096 * 8)) == 8);
	va_end(frames);
	close(fd);
}

void fixture_x86_64(struct machine_fixture *fixture)
{
	fixture_start(fixture);
	fixture_text(
		fixture, "machine.json",
		"{\"arch\": \"x86_64\", \"page_size\": 4096, \"kernel_release\": \"6.1.0-40\"}");
	fixture_text(fixture, "proc/iomem",
		     "00000000-0009fbff : System RAM\n"
		     "0009fc00-0009ffff : Reserved\n"
		     "00100000-3fffffff : System RAM\n"
		     "  01000000-01e02fff : Kernel code\n");
	fixture_text(fixture, "proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda2 quiet\n");
	fixture_memmap(fixture, 0, 0, 0x9fc00, "System RAM");
	fixture_memmap(fixture, 1, 0x9fc00, 0xa0000, "Reserved");
	fixture_memmap(fixture, 2, 0x100000, 0x40000000, "System RAM");
}

void fixture_arm64(struct machine_fixture *fixture)
{
	fixture_start(fixture);
	fixture_text(fixture, "machine.json",
		     "{\"arch\": \"arm64\", \"page_size\": 4096, \"kernel_release\": \"6.12.43\"}");
	fixture_text(fixture, "proc/iomem",
		     "09000000-09000fff : pl011@9000000\n"
		     "40000000-7fffffff : System RAM\n"
		     "  48000000-480fffff : reserved\n");
}

static int path_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void fixture_remove(struct machine_fixture *fixture, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", fixture->root, path);
	CHECK(nftw(full, path_remove, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

int fixture_read(struct machine_fixture *fixture)
{
	return machine_read(&fixture->options, &fixture->machine, &fixture->warnings);
}

int fixture_warned(const struct machine_fixture *fixture, const char *text)
{
	for (size_t i = 0; i < fixture->warnings.count; i++) {
		if (strstr(fixture->warnings.lines[i], text))
			return 1;
	}
	return 0;
}

void fixture_free(struct machine_fixture *fixture)
{
	machine_free(&fixture->machine);
	warnings_free(&fixture->warnings);
	fixture_remove(fixture, "");
}
