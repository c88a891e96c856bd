/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words for errors and for the sources of frames. */
#include <string.h>

#include "hwpoison/internal.h"

const char *hwpoison_strerror(int error)
{
	static const char *const words[] = {
		[-HWPOISON_OK] = "no error",
		[-HWPOISON_ENOMEM] = "out of memory",
		[-HWPOISON_EIO] = "cannot be read",
		[-HWPOISON_EPARSE] = "does not have the form that it must have",
		[-HWPOISON_ERANGE] = "address or size out of range",
		[-HWPOISON_ESHORT] = "ends before what must be in it",
		[-HWPOISON_EFULL] = "more ranges than can be told, whatever is given up",
		[-HWPOISON_EWASTE] = "more good memory would have to be given up than is allowed",
		[-HWPOISON_ENORAM] = "no memory would be left for the next kernel",
		[-HWPOISON_EFDT] = "the device tree is refused by libfdt",
		[-HWPOISON_ECELLS] = "the device tree's cells cannot express an address or a size",
		[-HWPOISON_EOVERLAP] = "lies in memory that the device tree reserves in another way",
		[-HWPOISON_EARGUMENT] = "an argument is outside of what is documented",
		[-HWPOISON_EFIRMWARE] = "is no RAM in the firmware's memory map",
	};

	if (error > 0 || error <= -(int)(sizeof(words) / sizeof(words[0])))
		return "unknown error";
	return words[-error];
}

const char *hwpoison_source_name(enum hwpoison_source source)
{
	switch (source) {
	case HWPOISON_SOURCE_KPAGEFLAGS:
		return "kpageflags";
	case HWPOISON_SOURCE_HUGETLB:
		return "hugetlb";
	case HWPOISON_SOURCE_FIRMWARE_MAP:
		return "firmware-map";
	case HWPOISON_SOURCE_IOMEM:
		return "iomem";
	case HWPOISON_SOURCE_FDT:
		return "fdt";
	case HWPOISON_SOURCE_FILE:
		return "file";
	case HWPOISON_SOURCE_KHO:
		return "kho";
	case HWPOISON_SOURCE_OFFLINE:
		return "offline";
	}
	return "unknown";
}

void hwpoison_problem_set(struct hwpoison_problem *problem, const char *what, size_t what_size)
{
	size_t i;

	if (!problem)
		return;
	memset(problem, 0, sizeof(*problem));
	for (i = 0; i < what_size && i < sizeof(problem->what) - 1; i++)
		problem->what[i] = what[i] >= ' ' && what[i] <= '~' ? what[i] : '?';
}
