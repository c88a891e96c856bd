/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads RAM from /proc/kcore: an ELF core file whose program headers say which physical memory is
 * where in it (fs/proc/kcore.c in Linux). Lockdown forbids it only where it forbids kexec_load(2),
 * too: LOCKDOWN_KCORE is of confidentiality, LOCKDOWN_KEXEC of integrity (include/linux/security.h).
 */
#include "kexec/kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "kexec/file.h"
#include "kexec/machine.h"

static int all_read(int fd, void *bytes, size_t size, uint64_t offset)
{
	size_t got = 0;

	while (got < size) {
		ssize_t count = pread(fd, (char *)bytes + got, size - got, (off_t)(offset + got));

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -ENXIO;
		got += (size_t)count;
	}
	return 0;
}

/* What is not RAM, such as vmalloc space, has all ones as its physical address. */
static bool header_has(const Elf64_Phdr *header, uint64_t address, size_t size)
{
	return header->p_type == PT_LOAD && header->p_paddr != UINT64_MAX &&
	       header->p_paddr <= address && address - header->p_paddr < header->p_filesz &&
	       size <= header->p_filesz - (address - header->p_paddr);
}

int kcore_read(const struct machine *machine, uint64_t address, void *bytes, size_t size)
{
	AUTO_CLOSE int fd = openat(machine->root_fd, "proc/kcore", O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr file;
	Elf64_Phdr header;
	int error;

	if (fd < 0)
		return -errno;
	error = all_read(fd, &file, sizeof(file), 0);
	if (!error && (memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
		       file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_phentsize != sizeof(header)))
		error = -EINVAL;
	for (unsigned int i = 0; !error && i < file.e_phnum; i++) {
		error = all_read(fd, &header, sizeof(header), file.e_phoff + i * sizeof(header));
		if (!error && header_has(&header, address, size))
			return all_read(fd, bytes, size,
					header.p_offset + (address - header.p_paddr));
	}
	return error ? error : -ENXIO;
}
