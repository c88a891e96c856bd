/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the machine below a root directory: the running one, or a snapshot of any architecture. */
#include "kexec/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/file.h"
#include "kexec/flatten.h"
#include "kexec/kho/machine.h"
#include "kexec/options.h"

/* Bounds of what is read whole. An iomem with 25,600 carried frames is 3 MB; Linux takes no tree
 * beyond 2 MiB on arm64 (arch/arm64/include/asm/boot.h), and 64 KiB of command line anywhere. */
#define IOMEM_LIMIT (64u << 20)
#define FDT_LIMIT (16u << 20)
#define TEXT_LIMIT (64u << 10)

int machine_file(const struct machine *machine, const char *path, size_t limit, void **bytes,
		 size_t *size)
{
	return file_read_at(machine->root_fd, path, limit, bytes, size);
}

bool machine_has(const struct machine *machine, const char *path)
{
	return faccessat(machine->root_fd, path, F_OK, 0) == 0;
}

/* A small text without its last newline; NULL when it is not there or not text. */
static char *text_read(const struct machine *machine, const char *path)
{
	void *bytes;
	size_t size;
	char *text;

	if (machine_file(machine, path, TEXT_LIMIT, &bytes, &size))
		return NULL;
	text = bytes;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static int json_failure(const struct machine *machine, const char *why)
{
	return failure(EXIT_USAGE, "%s/machine.json: %s", machine->root, why);
}

static int snapshot_members_read(struct machine *machine, const json_t *json)
{
	const char *arch = json_string_value(json_object_get(json, "arch"));
	const char *release = json_string_value(json_object_get(json, "kernel_release"));
	const char *description = json_string_value(json_object_get(json, "description"));
	json_t *page_size = json_object_get(json, "page_size");

	if (!arch)
		return json_failure(machine, "has no \"arch\": x86_64 or arm64 is wanted");
	machine->arch = arch_find(arch);
	if (!machine->arch)
		return json_failure(machine, "its \"arch\" is neither x86_64 nor arm64");
	machine->page_size = machine->arch->page_size;
	if (page_size) {
		json_int_t value = json_integer_value(page_size);

		if (value < 4096 || value > 65536 || (value & (value - 1)))
			return json_failure(machine,
					    "its \"page_size\" is not 4096, 16384 or 65536");
		machine->page_size = (uint32_t)value;
	}
	if (release && !(machine->kernel_release = strdup(release)))
		return out_of_memory();
	if (description && !(machine->description = strdup(description)))
		return out_of_memory();
	return 0;
}

/* A snapshot without machine.json still has what only one architecture has. */
static int snapshot_guess(struct machine *machine, struct warnings *warnings)
{
	size_t found = 0;

	for (size_t i = 0; arches[i]; i++) {
		if (machine_has(machine, arches[i]->firmware_file)) {
			machine->arch = arches[i];
			found++;
		}
	}
	if (found != 1)
		return failure(EXIT_USAGE,
			       "%s: no machine.json says which architecture this snapshot is of; "
			       "write one: {\"arch\": \"x86_64\", \"page_size\": 4096}",
			       machine->root);
	machine->page_size = machine->arch->page_size;
	warn(warnings, "%s: no machine.json: taken for %s with %u-byte pages, from %s",
	     machine->root, machine->arch->name, machine->page_size, machine->arch->firmware_file);
	return 0;
}

static int snapshot_identify(struct machine *machine, struct warnings *warnings)
{
	AUTO_FREE void *text = NULL;
	size_t size;
	json_error_t problem;
	json_t *json;
	int error = machine_file(machine, "machine.json", TEXT_LIMIT, &text, &size);

	if (error == -ENOENT)
		return snapshot_guess(machine, warnings);
	if (error == -ENOMEM)
		return out_of_memory();
	if (error)
		return json_failure(machine, strerror(-error));
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
	if (!json)
		return failure(EXIT_USAGE, "%s/machine.json: line %d: %s", machine->root,
			       problem.line, problem.text);
	if (json_is_object(json))
		error = snapshot_members_read(machine, json);
	else
		error = json_failure(machine, "is not a JSON object");
	json_decref(json);
	return error;
}

static int running_identify(struct machine *machine)
{
	struct utsname names;
	long page_size = sysconf(_SC_PAGESIZE);

	machine->arch = arch_native();
	machine->page_size = page_size > 0 ? (uint32_t)page_size : machine->arch->page_size;
	if (uname(&names) == 0) {
		machine->kernel_release = strdup(names.release);
		if (!machine->kernel_release)
			return out_of_memory();
	}
	return 0;
}

static int iomem_read(struct machine *machine)
{
	AUTO_FREE void *text = NULL;
	struct hwpoison_problem problem;
	size_t size;
	int error = machine_file(machine, "proc/iomem", IOMEM_LIMIT, &text, &size);

	if (error)
		return failure(file_code(error), "cannot read %s/proc/iomem: %s", machine->prefix,
			       strerror(-error));
	if (!size)
		return failure(EXIT_USAGE, "%s/proc/iomem is empty", machine->prefix);
	error = hwpoison_iomem_parse(text, size, &machine->iomem, &problem);
	if (error && strcmp(problem.what, "zeroed") == 0)
		return failure(
			EXIT_USAGE,
			"%s/proc/iomem has every address as 0: the kernel tells them to root with "
			"CAP_SYS_ADMIN only; run kexec as root",
			machine->prefix);
	if (error == HWPOISON_ENOMEM)
		return out_of_memory();
	if (error)
		return failure(EXIT_USAGE, "%s/proc/iomem, line %lu: %s", machine->prefix,
			       problem.line, hwpoison_strerror(error));
	if (hwpoison_iomem_ram(&machine->iomem, &machine->ram))
		return out_of_memory();
	if (!machine->ram.count)
		return failure(EXIT_USAGE, "%s/proc/iomem has no \"System RAM\"", machine->prefix);
	return 0;
}

static int firmware_map_read(struct machine *machine)
{
	AUTO_CLOSE int directory = openat(machine->root_fd, "sys/firmware/memmap",
					  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct hwpoison_problem problem = {0};
	int error;

	if (directory < 0 && errno == ENOENT)
		return 0;
	if (directory < 0)
		return failure(EXIT_USAGE, "cannot read %s/sys/firmware/memmap: %s",
			       machine->prefix, strerror(errno));
	error = hwpoison_firmware_map_read(directory, &machine->firmware, &problem);
	if (error == HWPOISON_EIO)
		return failure(file_code(-problem.os_error),
			       "cannot read %s/sys/firmware/memmap/%s: %s", machine->prefix,
			       problem.what, strerror(problem.os_error));
	if (error == HWPOISON_ENOMEM)
		return out_of_memory();
	if (error)
		return failure(EXIT_USAGE, "%s/sys/firmware/memmap/%s: %s", machine->prefix,
			       problem.what, hwpoison_strerror(error));
	if (hwpoison_map_normalise(&machine->firmware))
		return out_of_memory();
	return 0;
}

/* The kernel does not show the tree that it was booted with when the tree was changed by then
 * (of_fdt_raw_init() in drivers/of/fdt.c). */
static int device_tree_flatten(struct machine *machine, struct warnings *warnings)
{
	/* /proc/device-tree is a link to the first, which in a snapshot would lead out of it. */
	static const char *const places[] = {"sys/firmware/devicetree/base", "proc/device-tree"};
	AUTO_CLOSE int directory = -1;
	int error;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && directory < 0; i++)
		directory = openat(machine->root_fd, places[i],
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return 0;
	error = tree_flatten(directory, &machine->fdt, &machine->fdt_size);
	if (error)
		return failure(file_code(error),
			       "cannot make a device tree of %s/proc/device-tree: %s",
			       machine->prefix, strerror(-error));
	machine->fdt_flattened = true;
	warn(warnings,
	     "%s/sys/firmware/fdt is not there; %s/proc/device-tree is taken, which does not "
	     "show the memory reserve block: where firmware needs one, name the tree with "
	     "--dtb",
	     machine->prefix, machine->prefix);
	return 0;
}

static int fdt_read(struct machine *machine, struct warnings *warnings)
{
	int error = machine_file(machine, "sys/firmware/fdt", FDT_LIMIT, &machine->fdt,
				 &machine->fdt_size);

	if (error == -ENOENT)
		return machine->arch->tree ? device_tree_flatten(machine, warnings) : 0;
	if (error)
		return failure(file_code(error), "cannot read %s/sys/firmware/fdt: %s",
			       machine->prefix, strerror(-error));
	return 0;
}

static int root_open(struct machine *machine, const char *root)
{
	machine->root = strdup(root);
	if (!machine->root)
		return out_of_memory();
	machine->running = strspn(root, "/") == strlen(root) && *root;
	machine->prefix = machine->running ? "" : machine->root;
	machine->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (machine->root_fd < 0)
		return failure(EXIT_USAGE, "--machine=%s: %s", root, strerror(errno));
	return 0;
}

int machine_read(const struct options *options, struct machine *machine, struct warnings *warnings)
{
	int error;

	*machine = (struct machine){.root_fd = -1};
	error = root_open(machine, options->machine);
	if (!error)
		error = machine->running ? running_identify(machine) :
					   snapshot_identify(machine, warnings);
	if (!error)
		error = iomem_read(machine);
	if (!error)
		error = firmware_map_read(machine);
	if (!error)
		error = fdt_read(machine, warnings);
	if (!error)
		error = machine_kho_read(machine);
	if (error)
		return error;
	machine->command_line = text_read(machine, "proc/cmdline");
	machine->efi = machine_has(machine, "sys/firmware/efi");
	return machine->arch->map(machine, warnings);
}

void machine_free(struct machine *machine)
{
	if (machine->root)
		file_close(&machine->root_fd);
	free(machine->root);
	free(machine->kernel_release);
	free(machine->command_line);
	free(machine->description);
	free(machine->fdt);
	free((void *)machine->efi_map.bytes);
	free(machine->efi_map_why);
	machine_kho_free(machine);
	hwpoison_iomem_free(&machine->iomem);
	hwpoison_map_free(&machine->ram);
	hwpoison_map_free(&machine->memory);
	hwpoison_map_free(&machine->firmware);
	hwpoison_map_free(&machine->bare);
	hwpoison_map_free(&machine->in_use);
	*machine = (struct machine){.root_fd = -1};
}
