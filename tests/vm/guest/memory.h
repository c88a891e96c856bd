/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's memory as its kernel shows it: for the helpers of the VM tests. */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* include/uapi/linux/kernel-page-flags.h and include/linux/kernel-page-flags.h */
#define KPF_SLAB (1ULL << 7)
#define KPF_BUDDY (1ULL << 10)
#define KPF_HWPOISON (1ULL << 19)
#define KPF_PGTABLE (1ULL << 26)
#define KPF_RESERVED (1ULL << 32)

struct area {
	uint64_t start, end; /* PFNs, end exclusive */
	uint64_t bytes;
	bool ram;
	bool top; /* not inside another resource */
	char name[48];
};

extern uint64_t page_size;
/* More fail: 25,000 frames that Kexec HandOver keeps are so many lines on arm64. */
#define AREAS_MAX 65536
extern struct area areas[AREAS_MAX];
extern size_t area_count;

/* Says what failed, and errno, and ends the process with 2. */
void die(const char *what) __attribute__((noreturn));

/* Fills areas from /proc/iomem, and page_size. */
void areas_read(void);

/* Bytes of System RAM. */
uint64_t ram_bytes(void);

/* The top-level resource that the frame lies in, or one called "nothing". */
const struct area *area_find(uint64_t pfn);

/* The innermost resource in System RAM that the frame lies in, or one called "nothing". */
const struct area *area_find_inner(uint64_t pfn);

/* /proc/kpageflags, and a frame's entry in it; all ones when there is none. */
int flags_open(void);
uint64_t flags_read(int fd, uint64_t pfn);

/*
 * Poison on a page of a process or of the page cache takes that page away from its user, which in a
 * guest whose root is its page cache may be the test itself. So only these are picked: free,
 * or of the kernel's own, where simulated poison does no harm.
 */
bool harmless(uint64_t flags);

#endif
