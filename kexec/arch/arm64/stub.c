/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for what in a device tree makes Linux take it and not ACPI. */
#include "kexec/arch/arm64/stub.h"

#include <libfdt.h>

#include "kexec/tree.h"

static bool reserved_is_ours(const void *fdt, int reserved)
{
	int node;

	fdt_for_each_subnode(node, fdt, reserved)
	{
		if (!tree_node_is_ours(fdt, node))
			return false;
	}
	return true;
}

bool tree_is_stub(const void *fdt, size_t size)
{
	int node;

	if (!tree_is_good(fdt, size))
		return false;
	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *name = fdt_get_name(fdt, node, NULL);

		if (tree_name_is(name, "chosen"))
			continue;
		if (tree_name_is(name, "hypervisor") &&
		    fdt_node_check_compatible(fdt, node, "xen,xen") == 0)
			continue;
		if (tree_name_is(name, "reserved-memory") && reserved_is_ours(fdt, node))
			continue;
		return false;
	}
	return true;
}
