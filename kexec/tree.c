/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads from a device tree how a machine was booted. The tree is hostile until checked. */
#include "kexec/tree.h"

#include <string.h>

#include <libfdt.h>

bool tree_is_good(const void *fdt, size_t size)
{
	/* Of older versions the header does not say how long the structure is: libfdt 1.6.1 was seen
	 * to read past its end. */
	return size >= sizeof(struct fdt_header) && fdt_magic(fdt) == FDT_MAGIC &&
	       fdt_version(fdt) >= 17 && fdt_check_full(fdt, size) == 0;
}

bool tree_has_efi(const void *fdt, size_t size)
{
	int chosen;

	if (!tree_is_good(fdt, size))
		return false;
	chosen = fdt_path_offset(fdt, "/chosen");
	return chosen >= 0 && fdt_getprop(fdt, chosen, "linux,uefi-system-table", NULL);
}

bool tree_name_is(const char *name, const char *wanted)
{
	size_t length = strlen(wanted);

	return name && strncmp(name, wanted, length) == 0 && (!name[length] || name[length] == '@');
}

bool tree_node_is_ours(const void *fdt, int node)
{
	return tree_name_is(fdt_get_name(fdt, node, NULL), "hwpoison") ||
	       fdt_node_check_compatible(fdt, node, "hwpoison") == 0;
}

bool tree_entry_is_ours(const void *fdt, int index)
{
	int length = 0;
	const fdt64_t *noted = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"),
					   "hwpoison,reserve-entries", &length);
	uint64_t base, size;

	if (!noted || fdt_get_mem_rsv(fdt, index, &base, &size))
		return false;
	for (int i = 0; i + 2 <= length / (int)sizeof(*noted); i += 2) {
		if (fdt64_ld(noted + i) == base && fdt64_ld(noted + i + 1) == size)
			return true;
	}
	return false;
}

size_t tree_reservations(const void *fdt, size_t size)
{
	int node, entries;
	size_t count = 0;

	if (!tree_is_good(fdt, size))
		return 0;
	entries = fdt_num_mem_rsv(fdt);
	for (int i = 0; i < entries; i++)
		count += !tree_entry_is_ours(fdt, i);
	node = fdt_first_subnode(fdt, fdt_path_offset(fdt, "/reserved-memory"));
	for (; node >= 0; node = fdt_next_subnode(fdt, node))
		count += !fdt_getprop(fdt, node, "no-map", NULL);
	return count;
}

/* of_fdt_device_is_available() in drivers/of/fdt.c. */
static bool is_available(const void *fdt, int node)
{
	int length;
	const char *status = fdt_getprop(fdt, node, "status", &length);

	return !status || (length == 5 && memcmp(status, "okay", 5) == 0) ||
	       (length == 3 && memcmp(status, "ok", 3) == 0);
}

const char *tree_floating_region(const void *fdt, size_t size)
{
	int node;

	if (!tree_is_good(fdt, size))
		return NULL;
	fdt_for_each_subnode(node, fdt, fdt_path_offset(fdt, "/reserved-memory"))
	{
		if (is_available(fdt, node) && fdt_getprop(fdt, node, "size", NULL) &&
		    !fdt_getprop(fdt, node, "reg", NULL))
			return fdt_get_name(fdt, node, NULL);
	}
	return NULL;
}

const char *tree_command_line(const void *fdt, size_t size)
{
	const char *line;
	int chosen, length;

	if (!tree_is_good(fdt, size))
		return NULL;
	chosen = fdt_path_offset(fdt, "/chosen");
	line = chosen >= 0 ? fdt_getprop(fdt, chosen, "bootargs", &length) : NULL;
	return line && length > 0 && !line[length - 1] ? line : NULL;
}
