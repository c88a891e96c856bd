/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of an x86_64 plan: what boot_params and setup_data say, read back from their bytes. */
#include "kexec/arch/x86_64/check.h"

#include <string.h>

#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/arch/x86_64/firmware.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/bytes.h"
#include "kexec/check_purgatory.h"
#include "kexec/image.h"
#include "kexec/options.h"

#define SENTINEL 0x1ef /* boot.rst: not 0 when boot_params was not cleared */
/* More nodes than any kernel is handed: the chain goes round. */
#define NODES_MAX 256

const uint8_t *zero_page_find(const struct plan *plan)
{
	const struct segment *segment = segment_find(plan, "boot_params");

	return segment && segment->bytes_size > BOOT_PARAMS_SIZE ? segment->bytes : NULL;
}

uint64_t zero_page_address(const uint8_t *page, size_t low, size_t high)
{
	return get_le32(page + low) | (uint64_t)get_le32(page + high) << 32;
}

bool setup_node_read(const struct plan *plan, uint64_t address, struct setup_node_view *node)
{
	const uint8_t *bytes = plan_memory(plan, address, SETUP_NODE_SIZE);

	if (!bytes)
		return false;
	*node = (struct setup_node_view){
		.address = address,
		.next = get_le64(bytes + SETUP_NODE_NEXT),
		.type = get_le32(bytes + SETUP_NODE_TYPE),
		.length = get_le32(bytes + SETUP_NODE_LENGTH),
	};
	node->data = plan_memory(plan, address + SETUP_NODE_SIZE, node->length);
	return node->data != NULL;
}

static int check_boot_params(const struct plan *plan, char *reason, size_t size)
{
	const uint8_t *page = zero_page_find(plan);
	const uint8_t *kernel;

	if (!plan->segment_count)
		return 0;
	if (!page || !plan->image)
		return check_failed(reason, size, "there is no boot_params");
	kernel = plan->image->kernel;
	if (memcmp(page + SETUP_MAGIC, "HdrS", 4) != 0 || page[SENTINEL])
		return check_failed(reason, size, "its setup header is damaged");
	/* What the decompressor goes by: all that the image says and a loader may not change. */
	if (memcmp(page + SETUP_VERSION, kernel + SETUP_VERSION, 2) != 0 ||
	    memcmp(page + SETUP_INITRD_MAX, kernel + SETUP_INITRD_MAX, 16) != 0 ||
	    memcmp(page + SETUP_PREF_ADDRESS, kernel + SETUP_PREF_ADDRESS, 12) != 0)
		return check_failed(reason, size, "its setup header is not the image's");
	if (page[SETUP_LOADER] == 0)
		return check_failed(reason, size, "it names no loader");
	return 0;
}

static int check_kernel(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *kernel = segment_find(plan, "kernel");
	const struct image *image = plan->image;
	const uint8_t *page = zero_page_find(plan);
	uint64_t alignment, pref;

	if (!page)
		return 0;
	if (!kernel)
		return check_failed(reason, size, "there is no kernel");
	alignment = get_le32(page + SETUP_ALIGNMENT);
	pref = get_le64(page + SETUP_PREF_ADDRESS);
	if (page[SETUP_RELOCATABLE] ? kernel->start % alignment || kernel->start < pref :
				      kernel->start != pref)
		return check_failed(reason, size, "0x%llx is not where it can run",
				    (unsigned long long)kernel->start);
	if (kernel->size < get_le32(page + SETUP_INIT_SIZE))
		return check_failed(reason, size, "it is not given all of its init_size");
	if (!(get_le16(page + SETUP_XLOADFLAGS) & SETUP_XLF_ABOVE_4G) &&
	    (kernel->start + kernel->size) >> 32)
		return check_failed(reason, size, "it cannot be loaded above 4 GiB");
	if (kernel->bytes_size != image->kernel_size - image->x86.setup_size ||
	    kernel->bytes != image->kernel + image->x86.setup_size)
		return check_failed(reason, size, "it is not the protected-mode kernel");
	return 0;
}

static int check_command_line(const struct plan *plan, char *reason, size_t size)
{
	const uint8_t *page = zero_page_find(plan), *line;
	const char *wanted = plan->command_line ? plan->command_line : "";
	size_t length = strlen(wanted);
	uint64_t address;

	if (!page)
		return 0;
	address = zero_page_address(page, SETUP_CMDLINE, BOOT_EXT_CMDLINE);
	line = plan_memory(plan, address, length + 1);
	if (!line || line < page || line >= page + segment_find(plan, "boot_params")->bytes_size)
		return check_failed(reason, size, "its address lies outside of boot_params");
	if (memcmp(line, wanted, length + 1) != 0)
		return check_failed(reason, size, "it is not what was planned");
	if (get_le32(page + SETUP_CMDLINE_SIZE) && length > get_le32(page + SETUP_CMDLINE_SIZE))
		return check_failed(reason, size, "it is longer than the kernel takes");
	return 0;
}

static int check_initrd(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *initrd = segment_find(plan, "initrd");
	const uint8_t *page = zero_page_find(plan);
	uint64_t address, length;

	if (!page)
		return 0;
	address = zero_page_address(page, SETUP_RAMDISK_IMAGE, BOOT_EXT_RAMDISK_IMAGE);
	length = zero_page_address(page, SETUP_RAMDISK_SIZE, BOOT_EXT_RAMDISK_SIZE);
	if (!initrd) {
		if (address || length || (!plan->options->initrd && plan->image->initrd))
			return check_failed(reason, size, "there is none, but there should be");
		return 0;
	}
	if (initrd->start != address || initrd->bytes_size != length)
		return check_failed(reason, size, "boot_params says another place or size");
	if (!(get_le16(page + SETUP_XLOADFLAGS) & SETUP_XLF_ABOVE_4G) &&
	    address + length - 1 > get_le32(page + SETUP_INITRD_MAX))
		return check_failed(reason, size, "it lies above initrd_addr_max");
	return 0;
}

/* The nodes lie one behind another and fill their segment: none can be left out, or be another's
 * bytes. */
static int check_setup_data(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *segment = segment_find(plan, "setup_data");
	const uint8_t *page = zero_page_find(plan);
	uint64_t address, seen = 0, end = segment ? segment->start : 0;
	struct setup_node_view node;
	int nodes = 0;

	if (!page)
		return 0;
	for (address = get_le64(page + SETUP_DATA); address; address = node.next) {
		if (address % 8 || !setup_node_read(plan, address, &node))
			return check_failed(reason, size, "the node at 0x%llx lies in no segment",
					    (unsigned long long)address);
		if (++nodes > NODES_MAX)
			return check_failed(reason, size, "the chain has no end");
		if (address < end || address - end >= SETUP_NODE_SIZE)
			return check_failed(reason, size, "the node at 0x%llx is not the next one",
					    (unsigned long long)address);
		end = address + SETUP_NODE_SIZE + node.length;
		if (node.type == SETUP_E820_EXT)
			continue;
		/* The kernel takes the first and leaks the rest. */
		if (!node.type || node.type >= 64 || seen & UINT64_C(1) << node.type)
			return check_failed(reason, size, "type %u is there twice or not known",
					    node.type);
		seen |= UINT64_C(1) << node.type;
	}
	if (segment && end != segment->start + segment->bytes_size)
		return check_failed(reason, size, "there is more than the chain");
	return 0;
}

/* --- the map that is handed over --------------------------------------------------------------- */

/* Compares entries with the outcome's from *at on. */
static int entries_compare(const struct plan *plan, const uint8_t *bytes, size_t count, size_t *at,
			   char *reason, size_t size)
{
	const struct hwpoison_map *map = &plan->outcome.map;

	for (size_t i = 0; i < count; i++, ++*at) {
		const uint8_t *entry = bytes + i * HWPOISON_E820_ENTRY_SIZE;

		if (*at >= map->count)
			return check_failed(reason, size, "it has more than %zu entries",
					    map->count);
		if (get_le64(entry) != map->entries[*at].start ||
		    get_le64(entry + 8) != map->entries[*at].end - map->entries[*at].start ||
		    get_le32(entry + 16) != map->entries[*at].type)
			return check_failed(reason, size,
					    "entry %zu (0x%llx, type %u) is not what was planned",
					    *at, (unsigned long long)get_le64(entry),
					    get_le32(entry + 16));
	}
	return 0;
}

static int check_e820(const struct plan *plan, char *reason, size_t size)
{
	const uint8_t *page = zero_page_find(plan);
	struct setup_node_view node;
	size_t at = 0;

	if (!page)
		return 0;
	if (page[BOOT_E820_ENTRIES] > BOOT_E820_MAX)
		return check_failed(reason, size, "the zero page has %u entries",
				    page[BOOT_E820_ENTRIES]);
	if (entries_compare(plan, page + BOOT_E820_TABLE, page[BOOT_E820_ENTRIES], &at, reason,
			    size))
		return -1;
	for (uint64_t address = get_le64(page + SETUP_DATA); address; address = node.next) {
		if (!setup_node_read(plan, address, &node))
			return check_failed(reason, size, "the chain breaks");
		if (node.type != SETUP_E820_EXT)
			continue;
		if (node.length % HWPOISON_E820_ENTRY_SIZE)
			return check_failed(reason, size, "the extension is not whole entries");
		if (entries_compare(plan, node.data, node.length / HWPOISON_E820_ENTRY_SIZE, &at,
				    reason, size))
			return -1;
	}
	if (at != plan->outcome.map.count)
		return check_failed(reason, size, "%zu of %zu entries are handed over", at,
				    plan->outcome.map.count);
	return 0;
}

static int check_efi(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *segment = segment_find(plan, "efi_map");
	const uint8_t *page = zero_page_find(plan), *info;
	struct setup_node_view node;
	uint64_t address, length;
	bool told = false;

	if (!page)
		return 0;
	info = page + BOOT_EFI_INFO;
	address = zero_page_address(info, EFI_INFO_MAP, EFI_INFO_MAP_HI);
	length = get_le32(info + EFI_INFO_MAP_SIZE);
	for (uint64_t at = get_le64(page + SETUP_DATA); at; at = node.next) {
		if (!setup_node_read(plan, at, &node))
			return check_failed(reason, size, "the chain breaks");
		told |= node.type == SETUP_EFI && node.length == SETUP_EFI_SIZE;
	}
	if (memcmp(info, "EL64", 4) != 0) {
		if (address || length || told || segment)
			return check_failed(reason, size, "it is there in part only");
		return 0;
	}
	if (plan->options->no_efi)
		return check_failed(reason, size, "it is handed over in spite of --noefi");
	if (!segment || segment->start != address || segment->bytes_size != length || !told)
		return check_failed(reason, size, "boot_params says another place or size");
	if (get_le32(info + EFI_INFO_DESCRIPTOR_SIZE) != FIRMWARE_EFI_DESCRIPTOR_SIZE || !length ||
	    length % FIRMWARE_EFI_DESCRIPTOR_SIZE)
		return check_failed(reason, size, "it is not whole descriptors");
	return 0;
}

const struct plan_check x86_64_checks[] = {
	{"boot-params", check_boot_params, {"segments"}},
	{"kernel", check_kernel, {"boot-params"}},
	{"command-line", check_command_line, {"boot-params"}},
	{"initrd", check_initrd, {"boot-params"}},
	{"setup-data", check_setup_data, {"boot-params"}},
	{"e820", check_e820, {"setup-data", "map"}},
	{"efi", check_efi, {"setup-data"}},
	{"kho", check_kho_node, {"setup-data", "kho-kept", "kho-scratch"}},
	{"trampoline", check_trampoline, {"e820", "frames"}},
	{"purgatory", check_purgatory, {"boot-params", "entry"}},
	{"digests", check_digests, {"purgatory"}},
	{"poison-table", check_poison_table, {"purgatory", "frames"}},
	{NULL, NULL, {NULL}},
};
