/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that a tree in which ACPI described the machine leaves that to ACPI. */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/arch/arm64/check_nodes.h"
#include "kexec/cmdline.h"

static bool all_ours(const void *fdt, int reserved)
{
	int node;

	fdt_for_each_subnode(node, fdt, reserved)
	{
		if (!reserved_node_is_ours(fdt, node))
			return false;
	}
	return true;
}

/* dt_is_stub() in arch/arm64/kernel/acpi.c: what else is in the root; of a tree as it was found,
 * but for what we have put in. */
static const char *root_stranger(const void *fdt, bool found)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *name = fdt_get_name(fdt, node, NULL);

		if (found && strcmp(name, "reserved-memory") == 0 && all_ours(fdt, node))
			continue;
		if (strcmp(name, "chosen") != 0 &&
		    (strcmp(name, "hypervisor") != 0 ||
		     fdt_node_check_compatible(fdt, node, "xen,xen") != 0))
			return name;
	}
	return NULL;
}

int check_tree_acpi(const struct plan *plan, char *reason, size_t size)
{
	const char *line, *stranger;
	int chosen, length;

	if (!plan->next_dtb || !plan->source_dtb || root_stranger(plan->source_dtb, true))
		return 0;
	stranger = root_stranger(plan->next_dtb, false);
	chosen = fdt_path_offset(plan->next_dtb, "/chosen");
	/* EFI alone leads to ACPI's tables (acpi_os_get_root_pointer()). */
	if (!fdt_getprop(plan->next_dtb, chosen, "linux,uefi-system-table", NULL))
		return 0;
	line = fdt_getprop(plan->next_dtb, chosen, "bootargs", &length);
	if (plan->command_line && *plan->command_line)
		line = plan->command_line;
	else if (line && (length < 1 || line[length - 1]))
		line = NULL;
	/* acpi_boot_table_init() there: off rules, in whatever order they stand. */
	if (stranger &&
	    (command_line_has(line, "acpi=off") ||
	     (!command_line_has(line, "acpi=on") && !command_line_has(line, "acpi=force"))))
		return check_failed(reason, size,
				    "with %s in the tree Linux would not use ACPI, "
				    "which describes the machine",
				    stranger);
	return 0;
}
