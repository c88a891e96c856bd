/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what the firmware told the running kernel, from sysfs and /proc below the machine's root. */
#include "kexec/arch/x86_64/firmware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/bytes.h"
#include "kexec/failure.h"
#include "kexec/file.h"
#include "kexec/machine.h"

#define FILE_BOOT_PARAMS "sys/kernel/boot_params/data"
#define FILE_EFI_VENDOR "sys/firmware/efi/fw_vendor"
#define FILE_EFI_RUNTIME "sys/firmware/efi/runtime"
#define FILE_EFI_TABLES "sys/firmware/efi/config_table"
#define FILE_EFI_SYSTAB "sys/firmware/efi/systab"
#define FILE_FRAMEBUFFER "proc/fb"
#define FILE_CPUINFO "proc/cpuinfo"
#define EFI_RUNTIME_MAP "sys/firmware/efi/runtime-map"

/* A runtime map has a dozen entries or two; the kernel's own table holds no more than this. */
#define EFI_RANGES_MAX 1024
/* cpuinfo of the first processor lies at its front. */
#define TEXT_LIMIT ((size_t)64 << 20)

/* In the order of struct firmware_efi_range. */
static const char *const efi_range_files[] = {
	"type", "phys_addr", "virt_addr", "num_pages", "attribute", NULL,
};

void firmware_free(struct firmware *firmware)
{
	free(firmware->boot_params);
	free(firmware->efi_map);
	*firmware = (struct firmware){0};
}

/* A text, which machine_file() ends by a 0 byte; NULL when it cannot be read. */
static char *text_read(const struct machine *machine, const char *path)
{
	void *bytes;
	size_t size;

	return machine_file(machine, path, TEXT_LIMIT, &bytes, &size) ? NULL : bytes;
}

static bool number_parse(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return end != text && !errno && (*end == 0 || *end == '\n');
}

static bool number_read(const struct machine *machine, const char *path, uint64_t *number)
{
	AUTO_FREE char *text = text_read(machine, path);

	return text && number_parse(text, number);
}

/* A line NAME=0x… of the systab file (drivers/firmware/efi/efi.c: systab_show()). */
static bool systab_find(const char *systab, const char *name, uint64_t *number)
{
	size_t length = strlen(name);
	const char *line = systab;

	while (line && *line) {
		if (strncmp(line, name, length) == 0 && line[length] == '=')
			return number_parse(line + length + 1, number);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

static int boot_params_read(const struct machine *machine, struct firmware *firmware)
{
	void *bytes;
	size_t size;
	int error = machine_file(machine, FILE_BOOT_PARAMS, BOOT_PARAMS_SIZE, &bytes, &size);

	if (error == -ENOENT)
		return 0;
	if (error)
		return failure(file_code(error), "cannot read %s/%s: %s", machine->prefix,
			       FILE_BOOT_PARAMS, strerror(-error));
	firmware->boot_params = bytes;
	if (size != BOOT_PARAMS_SIZE)
		return failure(EXIT_USAGE, "%s/%s has %zu bytes, not %d", machine->prefix,
			       FILE_BOOT_PARAMS, size, BOOT_PARAMS_SIZE);
	return 0;
}

/* One directory of the runtime map. 1 when there is no such one, -1 when it is not readable. */
static int efi_range_read(const struct machine *machine, size_t index,
			  struct firmware_efi_range *range)
{
	uint64_t numbers[5];
	char path[96];

	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), EFI_RUNTIME_MAP "/%zu/%s", index, efi_range_files[i]);
		if (!number_read(machine, path, &numbers[i]))
			return i ? -1 : 1;
	}
	*range = (struct firmware_efi_range){(uint32_t)numbers[0], numbers[1], numbers[2],
					     numbers[3], numbers[4]};
	return 0;
}

static const char *efi_map_read(const struct machine *machine, struct firmware *firmware)
{
	int result = 0;

	firmware->efi_map = calloc(EFI_RANGES_MAX, sizeof(*firmware->efi_map));
	if (!firmware->efi_map)
		return "out of memory";
	while (firmware->efi_map_count < EFI_RANGES_MAX) {
		result = efi_range_read(machine, firmware->efi_map_count,
					&firmware->efi_map[firmware->efi_map_count]);
		if (result)
			break;
		firmware->efi_map_count++;
	}
	if (!result)
		return EFI_RUNTIME_MAP " has too many entries";
	if (result < 0)
		return EFI_RUNTIME_MAP " is not complete";
	return firmware->efi_map_count ? NULL : EFI_RUNTIME_MAP " is empty or not there";
}

/* All that the next kernel needs to go on using the runtime services (SETUP_EFI). */
static const char *efi_read(const struct machine *machine, const char *systab,
			    struct firmware *firmware)
{
	const uint8_t *info;

	if (!machine->efi)
		return "the machine was not booted by UEFI";
	if (!firmware->boot_params)
		return "there is no " FILE_BOOT_PARAMS;
	info = firmware->boot_params + BOOT_EFI_INFO;
	/* The kernel does not take a runtime map over from 32-bit firmware
	 * (arch/x86/platform/efi/efi.c: kexec_enter_virtual_mode()). */
	if (memcmp(info + EFI_INFO_SIGNATURE, "EL64", 4) != 0)
		return "it is not 64-bit UEFI";
	if (!get_le32(info + EFI_INFO_MAP_SIZE) ||
	    get_le32(info + EFI_INFO_DESCRIPTOR_VERSION) != 1)
		return "its memory map has a version that is not known";
	if (!number_read(machine, FILE_EFI_VENDOR, &firmware->efi_vendor))
		return FILE_EFI_VENDOR " cannot be read";
	if (!number_read(machine, FILE_EFI_RUNTIME, &firmware->efi_runtime))
		return FILE_EFI_RUNTIME " cannot be read";
	if (!number_read(machine, FILE_EFI_TABLES, &firmware->efi_tables))
		return FILE_EFI_TABLES " cannot be read";
	if (!systab_find(systab, "SMBIOS", &firmware->efi_smbios))
		firmware->efi_smbios = 0; /* newer firmware has an SMBIOS3 table only */
	return efi_map_read(machine, firmware);
}

/* The running kernel's loader may have said where the RSDP is; else EFI's tables do. */
static uint64_t rsdp_find(const struct firmware *firmware, const char *systab)
{
	uint64_t rsdp = 0;

	if (firmware->boot_params)
		rsdp = get_le64(firmware->boot_params + BOOT_ACPI_RSDP);
	if (!rsdp && !systab_find(systab, "ACPI20", &rsdp) && !systab_find(systab, "ACPI", &rsdp))
		return 0;
	return rsdp;
}

/*
 * Drivers that draw where the boot loader's mode was left as it is; any other framebuffer driver
 * has set another mode, and what boot_params says of the display is no longer so.
 */
static bool framebuffer_lost(const char *drivers)
{
	static const char *const keepers[] = {
		"EFI VGA", "VESA VGA", "simple", "simpledrm", "efidrm", "vesadrm",
	};
	const char *name = drivers ? strchr(drivers, ' ') : NULL;

	if (!name) /* no framebuffer at all: text mode, or none */
		return false;
	name++;
	for (size_t i = 0; i < sizeof(keepers) / sizeof(*keepers); i++) {
		if (strncmp(name, keepers[i], strlen(keepers[i])) == 0)
			return false;
	}
	return true;
}

/* The kernel takes the flag away when it does not use the feature (no5lvl, or too old). */
static bool five_levels(const char *cpuinfo)
{
	const char *flags = cpuinfo ? strstr(cpuinfo, "\nflags") : NULL;
	const char *end = flags ? strchr(flags + 1, '\n') : NULL;
	const char *flag = flags ? strstr(flags, " la57") : NULL;

	return flag && (!end || flag < end) && (flag[5] == ' ' || flag[5] == '\n' || !flag[5]);
}

int firmware_read(const struct machine *machine, struct firmware *firmware)
{
	AUTO_FREE char *systab = text_read(machine, FILE_EFI_SYSTAB);
	AUTO_FREE char *drivers = text_read(machine, FILE_FRAMEBUFFER);
	AUTO_FREE char *cpuinfo = text_read(machine, FILE_CPUINFO);
	int error;

	*firmware = (struct firmware){0};
	error = boot_params_read(machine, firmware);
	if (error)
		return error;
	firmware->efi_problem = efi_read(machine, systab, firmware);
	firmware->rsdp = rsdp_find(firmware, systab);
	firmware->framebuffer_lost = framebuffer_lost(drivers);
	firmware->five_levels = five_levels(cpuinfo);
	return 0;
}
