// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A load whose Kexec HandOver data have one wrong bit: a helper of kho_corrupted.sh, for guests.
 *
 *   flip FIELD BIT COMMAND...    the command's kexec_load(2) gets the segments with that bit of that
 *                                field turned (ptrace(2)): after all that the command checks by itself.
 *                                Bit 0 is the lowest of the first byte (of a data.* field: of the number),
 *                                "own" that of radix:PFN. The exit code is the command's; 124 when it
 *                                never came to a kexec_load(2) with KHO data
 *
 * Fields, found as Linux 7.2 finds them (include/linux/kho/abi/kexec_handover.h; on x86_64 struct kho_data
 * of arch/x86/include/uapi/asm/setup_data.h, on arm64 /chosen, drivers/of/fdt.c, early_init_dt_check_kho()):
 *   data.type data.fdt_addr data.fdt_size data.scratch_addr data.scratch_size
 *                                data.type is on arm64 the name of the property linux,kho-fdt
 *   fdt+OFFSET                   a byte of the root tree
 *   prop:NODE:NAME[:len|:name]   a property's value, length or name; NODE is empty for the root
 *   node:NAME                    a sub-node's name
 *   radix:PFN:LEVEL              the entry of level 5..1 on the way to a frame's bit, 0: the byte with it;
 *                                PFN in hexadecimal, or "fdt", or the name of a sub-node for its blob
 *   scratch:N:addr scratch:N:size
 *   blob:NODE+OFFSET             a byte of what the sub-node points to
 */
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETUP_KEXEC_KHO 10
#define PAGE 4096

struct segment { /* struct kexec_segment of include/uapi/linux/kexec.h */
	uint64_t buffer, buffer_size, start, size;
};

struct node { /* struct setup_data with struct kho_data */
	uint64_t next;
	uint32_t type, length;
	uint64_t fdt_addr, fdt_size, scratch_addr, scratch_size;
} __attribute__((packed));

/* The five that tell the next kernel of the tree; where they begin in the child. */
enum { DATA_TYPE, DATA_FDT_ADDR, DATA_FDT_SIZE, DATA_SCRATCH_ADDR, DATA_SCRATCH_SIZE, DATA_COUNT };

static const char *const data_names[DATA_COUNT] = {
	"data.type", "data.fdt_addr", "data.fdt_size", "data.scratch_addr", "data.scratch_size",
};

static struct segment segments[16];
static size_t segment_count;
static pid_t child;
static struct node node;
static uint64_t data[DATA_COUNT];
static char fdt[1 << 16];
static int big_endian; /* the field is a number of a device tree */
static unsigned int own_bit;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "flip: %s: %s\n", what, strerror(errno));
	if (child)
		kill(child, SIGKILL);
	exit(125);
}

static void child_read(uint64_t address, void *bytes, size_t size)
{
	char path[32];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)child);
	fd = open(path, O_RDONLY);
	got = pread(fd, bytes, size, (off_t)address);
	if (got < 0 || (size_t)got != size)
		die(path);
	close(fd);
}

/* Where in the child's memory the byte lies that will be at a physical address. */
static uint64_t child_address(uint64_t physical)
{
	for (size_t i = 0; i < segment_count; i++) {
		const struct segment *segment = &segments[i];

		if (physical >= segment->start && physical - segment->start < segment->buffer_size)
			return segment->buffer + (physical - segment->start);
	}
	fprintf(stderr, "flip: nothing is loaded at 0x%llx\n", (unsigned long long)physical);
	errno = EFAULT;
	die("a physical address");
}

static uint64_t word_read(uint64_t physical)
{
	uint64_t word;

	child_read(child_address(physical), &word, sizeof(word));
	return word;
}

/* Whether node points to a tree, which is read. */
static int root_read(void)
{
	if (!node.fdt_addr || node.fdt_addr % PAGE || node.fdt_size > sizeof(fdt) ||
	    node.scratch_size % 16)
		return 0;
	child_read(child_address(node.fdt_addr), fdt, node.fdt_size);
	return !fdt_check_header(fdt);
}

#ifdef __aarch64__

#define DATA_IS_BIG_ENDIAN 1
#define CALL(registers) ((registers).regs[8])
#define ARGUMENT_2(registers) ((registers).regs[1])
#define ARGUMENT_3(registers) ((registers).regs[2])

/* An address and a size in each of two properties of /chosen; #address-cells and #size-cells are 2. */
static int data_find(const struct segment *segment, const char *bytes)
{
	const struct fdt_property *tree, *scratch;
	int chosen, length;

	if (segment->buffer_size < sizeof(struct fdt_header) ||
	    fdt_check_full(bytes, segment->buffer_size))
		return 0;
	chosen = fdt_path_offset(bytes, "/chosen");
	tree = fdt_get_property(bytes, chosen, "linux,kho-fdt", &length);
	if (!tree || length != 16)
		return 0;
	scratch = fdt_get_property(bytes, chosen, "linux,kho-scratch", &length);
	if (!scratch || length != 16)
		return 0;
	node.fdt_addr = fdt64_ld((const fdt64_t *)tree->data);
	node.fdt_size = fdt64_ld((const fdt64_t *)tree->data + 1);
	node.scratch_addr = fdt64_ld((const fdt64_t *)scratch->data);
	node.scratch_size = fdt64_ld((const fdt64_t *)scratch->data + 1);
	data[DATA_TYPE] = segment->buffer + fdt_off_dt_strings(bytes) + fdt32_to_cpu(tree->nameoff);
	data[DATA_FDT_ADDR] = segment->buffer + (uint64_t)(tree->data - bytes);
	data[DATA_FDT_SIZE] = data[DATA_FDT_ADDR] + 8;
	data[DATA_SCRATCH_ADDR] = segment->buffer + (uint64_t)(scratch->data - bytes);
	data[DATA_SCRATCH_SIZE] = data[DATA_SCRATCH_ADDR] + 8;
	return root_read();
}

#else /* x86_64 */

#define DATA_IS_BIG_ENDIAN 0
#define CALL(registers) ((registers).orig_rax)
#define ARGUMENT_2(registers) ((registers).rsi)
#define ARGUMENT_3(registers) ((registers).rdx)

/* The node of setup_data is the only thing of this shape. */
static int data_find(const struct segment *segment, const char *bytes)
{
	static const size_t offsets[DATA_COUNT] = {
		offsetof(struct node, type),	     offsetof(struct node, fdt_addr),
		offsetof(struct node, fdt_size),     offsetof(struct node, scratch_addr),
		offsetof(struct node, scratch_size),
	};

	for (uint64_t at = 0; at + sizeof(node) <= segment->buffer_size; at += 4) {
		memcpy(&node, bytes + at, sizeof(node));
		if (node.type != SETUP_KEXEC_KHO || node.length != 32 || !root_read())
			continue;
		for (size_t i = 0; i < DATA_COUNT; i++)
			data[i] = segment->buffer + at + offsets[i];
		return 1;
	}
	return 0;
}

#endif

static int kho_find(void)
{
	for (size_t i = 0; i < segment_count; i++) {
		const struct segment *segment = &segments[i];
		char *bytes = malloc(segment->buffer_size + 1);
		int found;

		if (!bytes)
			die("malloc");
		child_read(segment->buffer, bytes, segment->buffer_size);
		found = data_find(segment, bytes);
		free(bytes);
		if (found)
			return 1;
	}
	return 0;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

/* Depth 6, 512 entries a table, 32768 bits a leaf: pages of 4 KiB. */
static uint64_t radix_find(uint64_t pfn, unsigned int level)
{
	uint64_t key = UINT64_C(1) << 52 | pfn;
	const char *root = fdt_getprop(fdt, 0, "preserved-memory-map", NULL);
	uint64_t page, at;

	own_bit = pfn & 7;
	if (!root)
		die("preserved-memory-map");
	memcpy(&page, root, sizeof(page));
	for (unsigned int i = 5; i > 0; i--) {
		at = page + (key >> ((i - 1) * 9 + 15) & 511) * 8;
		if (i == level)
			return child_address(at);
		page = word_read(at);
	}
	return child_address(page + (key & 32767) / 8);
}

static uint64_t property_find(char *text)
{
	char *name = strchr(text, ':'), *part;
	const struct fdt_property *property;
	int offset, length;

	if (!name)
		die("prop");
	*name++ = 0;
	part = strchr(name, ':');
	if (part)
		*part++ = 0;
	offset = *text ? fdt_subnode_offset(fdt, 0, text) : 0;
	property = offset < 0 ? NULL : fdt_get_property(fdt, offset, name, &length);
	if (!property)
		die(name);
	offset = (int)((const char *)property - fdt);
	if (!part)
		offset += sizeof(*property);
	else if (!strcmp(part, "len"))
		offset += offsetof(struct fdt_property, len);
	else
		offset = (int)(fdt_off_dt_strings(fdt) + fdt32_to_cpu(property->nameoff));
	return child_address(node.fdt_addr + (uint64_t)offset);
}

/* The physical address of what a sub-node points to. */
static uint64_t blob_address(const char *name)
{
	int offset = fdt_subnode_offset(fdt, 0, name);
	const char *data = offset < 0 ? NULL : fdt_getprop(fdt, offset, "preserved-data", NULL);
	uint64_t address;

	if (!data)
		die(name);
	memcpy(&address, data, sizeof(address));
	return address;
}

static uint64_t blob_find(char *text)
{
	char *plus = strchr(text, '+');

	if (!plus)
		die("blob");
	*plus++ = 0;
	return child_address(blob_address(text) + number(plus));
}

static uint64_t radix_field(char *text)
{
	char *level = strchr(text, ':'), *end;
	uint64_t pfn;

	if (level)
		*level++ = 0;
	pfn = strtoull(text, &end, 16);
	if (*end)
		pfn = (strcmp(text, "fdt") ? blob_address(text) : node.fdt_addr) / PAGE;
	return radix_find(pfn, level ? (unsigned int)number(level) : 0);
}

/* Where in the child the field begins. */
static uint64_t field_find(char *field)
{
	for (size_t i = 0; i < DATA_COUNT; i++) {
		if (strcmp(field, data_names[i]))
			continue;
		big_endian = DATA_IS_BIG_ENDIAN && i != DATA_TYPE;
		return data[i];
	}
	if (!strncmp(field, "fdt+", 4))
		return child_address(node.fdt_addr + number(field + 4));
	if (!strncmp(field, "prop:", 5))
		return property_find(field + 5);
	if (!strncmp(field, "node:", 5)) {
		int offset = fdt_subnode_offset(fdt, 0, field + 5);

		if (offset < 0)
			die(field);
		return child_address(node.fdt_addr + fdt_off_dt_struct(fdt) + (uint64_t)offset + 4);
	}
	if (!strncmp(field, "radix:", 6))
		return radix_field(field + 6);
	if (!strncmp(field, "scratch:", 8))
		return child_address(node.scratch_addr + number(field + 8) * 16 +
				     (strstr(field, ":size") ? 8 : 0));
	if (!strncmp(field, "blob:", 5))
		return blob_find(field + 5);
	fprintf(stderr, "flip: no field is called %s\n", field);
	exit(125);
}

static int flip(uint64_t table, char *field, const char *bit_word)
{
	uint64_t address;
	unsigned int bit;
	long word;

	child_read(table, segments, segment_count * sizeof(*segments));
	if (!kho_find())
		return 0;
	address = field_find(field);
	bit = strcmp(bit_word, "own") ? (unsigned int)number(bit_word) : own_bit;
	address += big_endian ? 7 - bit / 8 : bit / 8;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, child, address, NULL);
	if (errno || ptrace(PTRACE_POKEDATA, child, address, word ^ (1L << bit % 8)))
		die("PTRACE_POKEDATA");
	return 1;
}

int main(int argc, char **argv)
{
	struct user_regs_struct registers;
	struct iovec part = {&registers, sizeof(registers)};
	int status, done = 0;

	if (argc < 4) {
		fprintf(stderr, "flip: see the head of flip.c\n");
		return 125;
	}
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[3], argv + 3);
		die(argv[3]);
	}
	while (child > 0 && waitpid(child, &status, 0) == child) {
		if (WIFEXITED(status))
			return done ? WEXITSTATUS(status) : 124;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &part))
			die("PTRACE_GETREGSET");
		if (!done && CALL(registers) == SYS_kexec_load && ARGUMENT_2(registers)) {
			segment_count = ARGUMENT_2(registers) < 16 ? ARGUMENT_2(registers) : 16;
			done = flip(ARGUMENT_3(registers), argv[1], argv[2]);
		}
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	}
	return 125;
}
