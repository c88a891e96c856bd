// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Poison that a process brings upon its own memory: a static helper of the VM tests.
 *
 *   poison hard        a touched anonymous page, MADV_HWPOISON
 *   poison soft        the same, MADV_SOFT_OFFLINE
 *   poison huge FILE   page 5 of a huge page of FILE on hugetlbfs, MADV_HWPOISON
 *   poison hold        prints a frame of this process and waits: for a machine check from outside
 *
 * Each prints the PFN of the frame that goes bad, in hexadecimal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

#define HUGE_PAGE (2UL << 20)

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "poison: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Linux from 6.12 on tells the process that asked for it at once. */
static void killed(int signal)
{
	_exit(signal != SIGBUS);
}

static unsigned long long frame_of(const char *address)
{
	long page_size = sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	if (fd < 0 || pread(fd, &entry, 8, (off_t)((uintptr_t)address / page_size * 8)) != 8)
		die("/proc/self/pagemap");
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

static char *memory_map(size_t size, int fd)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	memset(memory, 1, size);
	return memory;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	char *page;
	int fd;

	if (!strcmp(what, "huge") && argc == 3) {
		fd = open(argv[2], O_RDWR | O_CREAT, 0600);
		if (fd < 0 || ftruncate(fd, HUGE_PAGE))
			die(argv[2]);
		page = memory_map(HUGE_PAGE, fd) + 5 * page_size;
	} else {
		page = memory_map(page_size, -1);
	}
	printf("%llx\n", frame_of(page));
	fflush(stdout);
	if (!strcmp(what, "hold")) {
		for (;;)
			pause();
	}
	signal(SIGBUS, killed);
	if (madvise(page, page_size, strcmp(what, "soft") ? MADV_HWPOISON : MADV_SOFT_OFFLINE))
		die("madvise");
	return 0;
}
