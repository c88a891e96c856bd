/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out which version of Kexec HandOver's ABI the next kernel wants. */
#define _GNU_SOURCE
#include "kexec/kho/abi.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/decompress.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/kho/files.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"

/* KHO_FDT_COMPATIBLE in include/linux/kho/abi/kexec_handover.h. */
#define PREFIX "kho-v"
#define PREFIX_SIZE (sizeof(PREFIX) - 1)

static bool is_text(uint8_t byte)
{
	return byte >= ' ' && byte < 0x7f;
}

/* How long the string is of which the prefix is the start: 0 when it is none, or goes on otherwise
 * than with a number. What stands before it must not be of it: the linker lets a string be the end of
 * a longer one, but none in Linux ends so. */
static size_t word_length(const uint8_t *bytes, size_t size, size_t at)
{
	size_t length = PREFIX_SIZE;

	if (at && is_text(bytes[at - 1]))
		return 0;
	while (at + length < size && bytes[at + length] >= '0' && bytes[at + length] <= '9')
		length++;
	if (length == PREFIX_SIZE || length >= KHO_ABI_NAME || at + length >= size ||
	    bytes[at + length] != 0)
		return 0;
	return length;
}

/* One more string of that form. */
static void word_take(struct kho_found *found, const char *word, size_t length)
{
	if (found->answer != KHO_NONE &&
	    (strlen(found->name) != length || memcmp(found->name, word, length) != 0))
		found->answer = KHO_SEVERAL;
	memcpy(found->name, word, length);
	found->name[length] = 0;
	if (found->answer != KHO_NONE)
		return;
	found->answer = KHO_STRANGE;
	for (unsigned int abi = HWPOISON_KHO_V2; abi <= HWPOISON_KHO_V4; abi++) {
		if (strcmp(found->name, hwpoison_kho_abi_name(abi)) == 0) {
			found->answer = KHO_SAYS;
			found->abi = abi;
		}
	}
}

void kho_abi_search(const void *bytes, size_t size, struct kho_found *found)
{
	const uint8_t *start = bytes, *at = start;

	*found = (struct kho_found){.answer = KHO_NONE};
	while (size && (at = memmem(at, size - (size_t)(at - start), PREFIX, PREFIX_SIZE))) {
		size_t length = word_length(start, size, (size_t)(at - start));

		if (length)
			word_take(found, (const char *)at, length);
		at += PREFIX_SIZE;
	}
}

static void unreadable(struct kho_found *found, const char *why)
{
	*found = (struct kho_found){.answer = KHO_UNREADABLE, .why = why};
}

/* The kernel itself within one that unpacks it: the vmlinux in a bzImage. */
static void payload_search(const struct image *image, struct kho_found *found)
{
	const struct decoder *decoder;
	const uint8_t *payload;
	uint8_t *unpacked;
	size_t offset, length, size;
	int error;

	if (!image->type->payload(image, &offset, &length)) {
		unreadable(found, "its setup header tells of no packed kernel in it");
		return;
	}
	payload = image->kernel + offset;
	decoder = decoder_find(payload, length);
	if (!decoder && length > 4 && memcmp(payload, "\177ELF", 4) == 0) {
		kho_abi_search(payload, length, found);
	} else if (!decoder || !decoder->decode) {
		unreadable(found, "the kernel in it is packed in a way that is not supported");
	} else if ((error = decompress(decoder, payload, length, IMAGE_LIMIT, &unpacked, &size))) {
		unreadable(found, error == DECODE_ENOMEM ?
					  "there is no memory to unpack the kernel in it" :
					  "the kernel in it cannot be unpacked");
	} else {
		kho_abi_search(unpacked, size, found);
		free(unpacked);
	}
}

void kho_abi_of_image(const struct image *image, struct kho_found *found)
{
	if (image->type->payload)
		payload_search(image, found);
	else
		kho_abi_search(image->kernel, image->kernel_size, found);
}

void kho_abi_of_tree(const void *fdt, size_t size, struct kho_found *found)
{
	const char *compatible = NULL;
	int length = 0;

	if (fdt_check_full(fdt, size) == 0)
		compatible = fdt_getprop(fdt, 0, "compatible", &length);
	if (!compatible || length < 1 || compatible[length - 1]) {
		unreadable(found, "its tree is damaged");
		return;
	}
	*found = (struct kho_found){.answer = KHO_NONE};
	length = (int)strnlen(compatible, KHO_ABI_NAME - 1);
	word_take(found, compatible, (size_t)length);
}

/* What the running kernel itself speaks: its own tree, else the one that it was handed, which it has
 * then understood. A kernel that was started with kho=off, or without debugfs, does not say. */
static void running_find(const struct machine *machine, struct kho_found *found)
{
	static const char *const trees[] = {"out/fdt", "in/fdt"};

	unreadable(found, "it does not show its tree in /sys/kernel/debug/kho");
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		AUTO_FREE void *fdt = NULL;
		size_t size;

		if (kho_file(machine, trees[i], &fdt, &size))
			continue;
		kho_abi_of_tree(fdt, size, found);
		return;
	}
}

/* --- settling ------------------------------------------------------------------------------- */

static int not_known(const struct plan *plan, const char *why)
{
	return failure(EXIT_USAGE,
		       "--hwpoison-mode=kho: which version of Kexec HandOver %s wants is not known: "
		       "%s; say it with --kho-abi=kho-vN (Linux 7.2 has kho-v4), or leave kho out",
		       plan->image->path, why);
}

/* The next kernel has no KHO: its image says so, or where that cannot be read, its config. */
static int without(struct plan *plan, const struct kho_found *found)
{
	char why[320] = "";

	if (found->answer == KHO_UNREADABLE)
		snprintf(why, sizeof(why), " (by %s)", plan->target.config_from);
	else if (plan->target.handover == CONFIG_YES)
		snprintf(why, sizeof(why), " (although %s has it)", plan->target.config_from);
	if (plan->modes == MODE_KHO)
		return failure(
			EXIT_USAGE,
			"--hwpoison-mode=kho: %s is built without CONFIG_KEXEC_HANDOVER%s, and "
			"would use every bad frame; take another mode, or a kernel that has it",
			plan->image->path, why);
	plan->modes &= ~(unsigned int)MODE_KHO;
	warn(&plan->warnings,
	     "%s is built without CONFIG_KEXEC_HANDOVER%s: nothing is handed over by KHO, and %s "
	     "alone tells it of bad frames",
	     plan->image->path, why, mode_name(plan->modes));
	return 0;
}

static int take(struct plan *plan, const struct kho_found *found, const char *from)
{
	switch (found->answer) {
	case KHO_SAYS:
		plan->kho.abi = found->abi;
		plan->kho.abi_from = from;
		return 0;
	case KHO_STRANGE:
		return failure(EXIT_USAGE,
			       "--hwpoison-mode=kho: %s wants %s of Kexec HandOver (by %s), and "
			       "kho-v2 to kho-v4 are known; leave kho out, or take a newer kexec",
			       plan->image->path, found->name, from);
	case KHO_SEVERAL:
		return not_known(plan, "it has more than one version's name in it");
	case KHO_UNREADABLE:
	case KHO_NONE: /* not from here: kho_abi_settle() has gone without it */
		break;
	}
	return not_known(plan, found->why);
}

/* Without an image that can be read, the running kernel stands for one of the same release. */
static int running_take(struct plan *plan, const char *why)
{
	const char *running = plan->machine->kernel_release;
	struct kho_found found;

	if (!running || strcmp(running, plan->target.release) != 0 || !plan->target.release[0])
		return not_known(plan, why);
	running_find(plan->machine, &found);
	if (found.answer == KHO_UNREADABLE)
		return not_known(plan, why);
	return take(plan, &found, "the running kernel's tree, which is the same release");
}

/* A plan that no kernel was named for is never loaded: it says what it can. */
static int nothing_take(struct plan *plan)
{
	struct kho_found found;

	running_find(plan->machine, &found);
	plan->kho.abi = found.answer == KHO_SAYS ? found.abi : 0;
	plan->kho.abi_from = found.answer == KHO_SAYS ? "the running kernel's tree" :
							"no kernel was named";
	return 0;
}

int kho_abi_settle(struct plan *plan)
{
	unsigned int told = plan->options->kho_abi;
	struct kho_found found;

	if (plan->image)
		kho_abi_of_image(plan->image, &found);
	else
		unreadable(&found, "");
	/* What it is without cannot be told into it. */
	if (found.answer == KHO_NONE ||
	    (found.answer == KHO_UNREADABLE && plan->target.handover == CONFIG_NO))
		return without(plan, &found);
	if (told) {
		plan->kho.abi = told;
		plan->kho.abi_from = "--kho-abi";
		if ((found.answer == KHO_SAYS || found.answer == KHO_STRANGE) &&
		    strcmp(found.name, hwpoison_kho_abi_name(told)) != 0)
			return failure(EXIT_USAGE,
				       "--kho-abi=%s: %s wants %s, and would protect nothing when "
				       "it is told otherwise; leave --kho-abi out",
				       hwpoison_kho_abi_name(told), plan->image->path, found.name);
		return 0;
	}
	if (!plan->image)
		return nothing_take(plan);
	if (found.answer == KHO_UNREADABLE)
		return running_take(plan, found.why);
	return take(plan, &found, "its image");
}
