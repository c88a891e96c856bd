/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /sys/kernel/debug/kho/in: the list that an earlier kexec of ours made, and what else counts. */
#include "kexec/kho/learn.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "kexec/file.h"
#include "kexec/kho/files.h"
#include "kexec/machine.h"

#define SETUP_KEXEC_KHO 10 /* arch/x86/include/uapi/asm/setup_data.h */
#define NODE_TEXT 32

#define RANGES "in/sub_fdts/hwpoison-ranges"
#define WHY 160

/* What is wrong with the list, as words; 0 when there is no list, or its frames were added. */
static int list_read(const struct machine *machine, struct hwpoison_frames *frames, char why[WHY])
{
	struct hwpoison_problem problem = {0};
	AUTO_FREE void *blob = NULL;
	size_t size;
	int error = kho_file(machine, RANGES, &blob, &size);

	/* Whether there should be one is for kho_in_warn(). */
	if (error == -ENOENT)
		return 0;
	/* Nothing of debugfs can be opened: it is not known that there is a list. */
	if (error && error != -ENOMEM && kho_files_hidden(machine))
		return 0;
	if (error) {
		snprintf(why, WHY, "cannot be read: %s", strerror(-error));
		return error == -ENOMEM ? HWPOISON_ENOMEM : HWPOISON_EIO;
	}
	error = hwpoison_kho_frames(blob, size, frames, &problem);
	if (error == HWPOISON_EFDT)
		snprintf(why, WHY, "is no good device tree: %s", fdt_strerror(problem.fdt_error));
	else if (error)
		snprintf(why, WHY, "is damaged: %s%s%s", problem.what, problem.what[0] ? ": " : "",
			 hwpoison_strerror(error));
	return error;
}

int kho_in_learn(const struct machine *machine, struct hwpoison_frames *frames,
		 struct warnings *spoilt)
{
	struct hwpoison_frames list = {0};
	char why[WHY];
	int error = list_read(machine, &list, why);

	/* Of a damaged one nothing is taken. */
	if (!error)
		error = hwpoison_frames_unite(frames, &list);
	hwpoison_frames_free(&list);
	if (error == HWPOISON_ENOMEM)
		return out_of_memory();
	if (error && !spoilt)
		return failure(EXIT_USAGE,
			       "%s/sys/kernel/debug/kho/" RANGES
			       " %s: which bad frames this kernel "
			       "was told of cannot be known; --hwpoison-forget=all goes on without "
			       "it, and without all others that are known",
			       machine->prefix, why);
	if (error)
		warn(spoilt,
		     "%s/sys/kernel/debug/kho/" RANGES
		     " %s: the bad frames in it are forgotten, as "
		     "all others are",
		     machine->prefix, why);
	return 0;
}

/* --- what there should be ----------------------------------------------------------------------- */

/* A kernel with kho=off, or without KHO, was handed something it does not show. */
static bool handed_by_tree(const struct machine *machine)
{
	int chosen;

	if (!machine->fdt || fdt_check_full(machine->fdt, machine->fdt_size))
		return false;
	chosen = fdt_path_offset(machine->fdt, "/chosen");
	return chosen >= 0 && fdt_getprop(machine->fdt, chosen, "linux,kho-fdt", NULL);
}

/* The kernel shows each node of setup_data by number (arch/x86/kernel/ksysfs.c). */
static bool handed_by_setup_data(const struct machine *machine)
{
	char path[80], wanted[NODE_TEXT];
	bool found = false;
	int error = 0;

	snprintf(wanted, sizeof(wanted), "0x%x", SETUP_KEXEC_KHO);
	for (unsigned int i = 0; !error && !found; i++) {
		AUTO_FREE void *text = NULL;
		size_t size;

		snprintf(path, sizeof(path), "sys/kernel/boot_params/setup_data/%u/type", i);
		error = machine_file(machine, path, NODE_TEXT, &text, &size);
		found = !error && strncmp(text, wanted, strlen(wanted)) == 0;
	}
	return found;
}

/* A list that a kernel made, or we did for one. 0 when there is none; false when it cannot be told. */
static bool handed_count(const struct machine *machine, uint64_t *count, struct warnings *warnings)
{
	struct hwpoison_problem problem = {0};
	AUTO_FREE void *blob = NULL;
	size_t size;
	int error = kho_file(machine, "in/sub_fdts/hwpoison", &blob, &size);

	*count = 0;
	if (error == -ENOENT || (error && kho_files_hidden(machine)))
		return true;
	if (error)
		warn(warnings,
		     "cannot read %s/sys/kernel/debug/kho/in/sub_fdts/hwpoison, a list of bad frames: "
		     "%s; it may have frames that nothing else tells of",
		     machine->prefix, strerror(-error));
	else if (hwpoison_kho_count(blob, size, count, &problem))
		warn(warnings,
		     "%s/sys/kernel/debug/kho/in/sub_fdts/hwpoison, a list of bad frames, is of an "
		     "unknown form (%s): it may have frames that nothing else tells of",
		     machine->prefix, problem.what);
	else
		return true;
	return false;
}

static void count_warn(const struct machine *machine, const struct hwpoison_frames *known,
		       struct warnings *warnings)
{
	bool ours = kho_file_is_there(machine, RANGES);
	struct hwpoison_frames rounded = {0};
	uint64_t count, pages = 0;

	if (!handed_count(machine, &count, warnings) || !count)
		return;
	if (!hwpoison_frames_round(known, machine->page_size, &rounded))
		pages = hwpoison_frames_bytes(&rounded) / machine->page_size;
	hwpoison_frames_free(&rounded);
	/* Of a list that is not ours only the number can be read: as many may be others. */
	if (count > pages || !ours)
		warn(warnings,
		     "the kernel was handed a list of %" PRIu64
		     " bad frames by Kexec HandOver, and %" PRIu64
		     " are known%s: the list itself cannot be read from here; see the kernel's log, "
		     "and give what is missing with --hwpoison-file",
		     count, pages, ours ? "" : ", which may be others");
}

void kho_in_warn(const struct machine *machine, const struct hwpoison_frames *known,
		 struct warnings *warnings)
{
	AUTO_CLOSE int directory = kho_files_open(machine);
	AUTO_FREE void *fdt = NULL;
	size_t size;
	int error = directory < 0 ? directory :
				    file_read_at(directory, "in/fdt", KHO_FILE_LIMIT, &fdt, &size);

	count_warn(machine, known, warnings);
	if (!error || !(handed_by_setup_data(machine) || handed_by_tree(machine)))
		return;
	warn(warnings,
	     "this kernel was handed something by Kexec HandOver that %s/sys/kernel/debug/kho/in does "
	     "not show (%s): if it was a list of bad frames, they are not known; start it with "
	     "kho=on (it needs CONFIG_KEXEC_HANDOVER_DEBUGFS), or give them with "
	     "--hwpoison-file",
	     machine->prefix, strerror(-error));
}
