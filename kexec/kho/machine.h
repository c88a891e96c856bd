/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Kexec HandOver's scratch memory is made from: the running kernel's own, memory nodes, processors. */
#ifndef KEXEC_KHO_MACHINE_H
#define KEXEC_KHO_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "hwpoison/hwpoison.h"

struct machine;

/* Memory of one NUMA node. A node may have several. */
struct memory_node {
	unsigned int id;
	struct hwpoison_range range;
};

/* Fills machine->nodes, cpus and kho_scratch from the files below its root, where they are there
 * and make sense. 0, or an exit code after failure() (out of memory). */
int machine_kho_read(struct machine *machine);
void machine_kho_free(struct machine *machine);

/* The text of /proc/zoneinfo: the spans of all zones, sorted; none when spans of different nodes
 * overlap, or it is not such a text. The caller frees *nodes. 0, or -1 out of memory. */
int memory_nodes_parse(const char *text, uint32_t page_size, struct memory_node **nodes,
		       size_t *count);

/* The texts of debugfs's kho/out/scratch_phys and scratch_len, a number in each line: as many
 * ranges, sorted and merged where they touch; none when the texts do not fit together. The caller frees
 * *scratch. 0, or -1 out of memory. */
int kho_scratch_parse(const char *starts, const char *sizes, struct hwpoison_range **scratch,
		      size_t *count);

/* How many "0-3,8" lists; 0 when it is no such list. */
unsigned int cpu_list_count(const char *text);

#endif
