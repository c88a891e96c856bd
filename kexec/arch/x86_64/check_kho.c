/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what x86_64 hands over for Kexec HandOver: one node in the setup_data chain. */
#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/arch/x86_64/check.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/bytes.h"
#include "kexec/kho/check.h"

#define TYPE_KEXEC_KHO 10 /* SETUP_KEXEC_KHO, arch/x86/include/uapi/asm/setup_data.h */
#define KHO_DATA_SIZE 32  /* struct kho_data: addresses and sizes of the tree and of scratch */
#define ONE_MIB (UINT64_C(1) << 20)

/* Linux takes memory there too before it has read the tree (e820__memblock_setup() in
 * arch/x86/kernel/e820.c marks it as scratch). */
static int low_check(const struct plan *plan, char *reason, size_t size)
{
	const struct hwpoison_frame_range *kept = hwpoison_frames_find(&plan->kho.kept, 0, ONE_MIB);
	const struct segment *segment = segment_find(plan, KHO_CHECKED_SEGMENT);

	if (segment && segment->start < ONE_MIB)
		return check_failed(reason, size, "it lies below 1 MiB, where it is overwritten");
	if (plan->modes & MODE_KHO && kept)
		return check_failed(reason, size,
				    "poisoned 0x%llx below 1 MiB is RAM: nothing is kept there",
				    (unsigned long long)kept->start);
	return 0;
}

int check_kho_node(const struct plan *plan, char *reason, size_t size)
{
	const uint8_t *page = zero_page_find(plan);
	struct setup_node_view node;
	struct kho_handed handed;
	bool found = false;

	if (low_check(plan, reason, size))
		return -1;
	if (!page)
		return check_kho_absent(plan, reason, size);
	for (uint64_t at = get_le64(page + SETUP_DATA); at; at = node.next) {
		if (!setup_node_read(plan, at, &node))
			return check_failed(reason, size, "the chain breaks");
		if (node.type != TYPE_KEXEC_KHO)
			continue;
		if (found || node.length != KHO_DATA_SIZE)
			return check_failed(reason, size, "its node is there twice or not %u bytes",
					    KHO_DATA_SIZE);
		found = true;
		handed = (struct kho_handed){
			.fdt = get_le64(node.data),
			.fdt_size = get_le64(node.data + 8),
			.scratch = get_le64(node.data + 16),
			.scratch_size = get_le64(node.data + 24),
		};
	}
	return found ? check_kho_handed(plan, &handed, reason, size) :
		       check_kho_absent(plan, reason, size);
}
