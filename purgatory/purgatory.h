/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command and purgatory agree on: the parameters that the loader writes into the blob,
 * and the blobs themselves. Purgatory is the code that runs between the two kernels: it checks
 * what was really loaded, and starts the next kernel or resets the machine.
 *
 * What a loader does, in this order:
 *  1. Copies blob->bytes (bytes_size) to the start of a buffer of memory_size bytes; what lies
 *     beyond bytes_size is zero. The poison table may follow in the same buffer, 8-aligned.
 *  2. Makes a struct purgatory_parameters on the side: purgatory_parameters_start(), each segment
 *     but purgatory's own by purgatory_segment_add() (the unhashed ones too: purgatory follows
 *     setup_data only within them), purgatory_poison_set(), and the plain members.
 *  3. purgatory_seal(): checks the parameters, computes their digests and writes them into the copy.
 *  4. Places the buffer page-aligned anywhere below 2^52, poison-free, for memory_size bytes (and
 *     the table), and has the kernel jump to its start + entry_offset.
 * No byte of the buffer depends on where it is placed, save poison_address.
 */
#ifndef PURGATORY_PURGATORY_H
#define PURGATORY_PURGATORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PURGATORY_MAGIC UINT64_C(0x79726f7461677275) /* "urgatory", little-endian */
#define PURGATORY_VERSION 1
/* KEXEC_SEGMENT_MAX of Linux, include/uapi/linux/kexec.h. */
#define PURGATORY_SEGMENTS_MAX 16
#define PURGATORY_RESET_DELAY_MAX 60000

struct purgatory_segment {
	uint64_t start;	      /* physical */
	uint64_t bytes_size;  /* what is hashed: the file's bytes, without zero padding */
	uint64_t memory_size; /* bytes_size and padding */
	uint32_t hashed;      /* 0 or 1 */
	char name[28];	      /* for messages; cut, always ended by a 0 */
	uint8_t sha256[32];   /* of bytes_size bytes at start; zero when not hashed */
};

/* [start, end), whole 4 KiB frames; sorted, disjoint. On x86_64 no RAM entry of the map handed over
 * may touch one. On arm64 each lies wholly in what the device tree at handover keeps out: entries
 * of its memory reserve block, and the first (base, size) of nodes with no-map below
 * /reserved-memory; several of them may make up one. */
struct purgatory_poison {
	uint64_t start, end;
};

enum purgatory_flag {
	PURGATORY_SKIP_DIGESTS = 1 << 0, /* -i: of the segments only; the poison table is checked */
	PURGATORY_CONSOLE_VGA = 1 << 1,	 /* --console-vga: the line of success goes there too */
	PURGATORY_RESET_VGA = 1 << 2,	 /* --reset-vga: program text mode 3 first */
	PURGATORY_CONSOLE_UART = 1 << 3, /* --serial (arm64): the line of success goes to the UART;
					  * failures go there in any case */
};

/* What answers at uart_address. */
enum purgatory_uart {
	PURGATORY_UART_NONE = 0,
	PURGATORY_UART_PL011 = 1,   /* Arm PL011 or SBSA's part of it: 32-bit registers */
	PURGATORY_UART_8250 = 2,    /* byte registers, each 1 << uart_shift bytes wide */
	PURGATORY_UART_8250_32 = 3, /* the same, to be read and written as 32 bits */
};

/* How the firmware is asked to reset the machine (PSCI, Arm DEN 0022). */
enum purgatory_psci {
	PURGATORY_PSCI_NONE = 0, /* nobody said; both are tried */
	PURGATORY_PSCI_HVC = 1,
	PURGATORY_PSCI_SMC = 2,
};

/* Little-endian, no implicit padding, the same for every architecture. */
struct purgatory_parameters {
	uint64_t magic;	  /* PURGATORY_MAGIC */
	uint32_t version; /* PURGATORY_VERSION */
	uint32_t size;	  /* sizeof(struct purgatory_parameters) */
	uint32_t flags;	  /* bits of enum purgatory_flag */
	uint32_t segment_count;
	uint64_t kernel_entry;	 /* x86_64: load address + 0x200; arm64: the Image's first byte;
				  * within a segment */
	uint64_t handover;	 /* x86_64: boot_params (rsi); arm64: the device tree (x0), whose
				  * header says how long it is; within a segment */
	uint64_t poison_address; /* of struct purgatory_poison[poison_count]; 0 when there are none */
	uint64_t poison_count;
	uint32_t serial_port;  /* x86_64: I/O port of a 16550 to speak on (--console-serial,
				 * --serial); 0: none */
	uint32_t serial_baud;  /* 0: as it is; else a divisor of 115200 */
	uint32_t reset_delay;  /* milliseconds between a failure's message and the reset; at most
				 * PURGATORY_RESET_DELAY_MAX; purgatory_parameters_start() gives 5000 */
	uint32_t uart_kind;    /* enum purgatory_uart; arm64 alone, as its two companions */
	uint64_t uart_address; /* physical, of its first register; 0: none */
	uint32_t uart_shift;
	uint32_t psci; /* enum purgatory_psci; arm64 alone */
	struct purgatory_segment segments[PURGATORY_SEGMENTS_MAX];
	uint8_t poison_sha256[32]; /* of the poison table */
	uint8_t code_sha256[32];   /* of the blob's first parameters_offset bytes */
	uint8_t sha256[32];	   /* of all members above */
};

_Static_assert(sizeof(struct purgatory_segment) == 88, "no padding: read by another program");
_Static_assert(sizeof(struct purgatory_parameters) == 88 + 16 * 88 + 96, "no padding either");

/* A position-independent program, linked at build time, with its loader's facts. */
struct purgatory_blob {
	const uint8_t *bytes;
	uint64_t bytes_size;
	uint64_t memory_size; /* bytes_size, zeroed data and the stack; a multiple of 4096 */
	uint64_t entry_offset;
	uint64_t parameters_offset; /* all before it is code and constants */
	/* void (*)(uint32_t state[8], const uint8_t *blocks, size_t count), callable where they are,
	 * by anything on a processor of the blob's architecture: for benchmarks and tests. */
	uint64_t sha256_portable_offset;
	uint64_t sha256_hardware_offset; /* needs the processor's SHA-256 instructions */
};

/* All blobs are in every build of the command, whatever it was built for. */
struct purgatory_named {
	const char *name; /* of the folder: "x86_64", "arm64" */
	const struct purgatory_blob *blob;
};
extern const struct purgatory_named purgatory_blobs[]; /* the last one has no name */
extern const struct purgatory_blob purgatory_x86_64, purgatory_arm64;

/* --- for loaders (hosted only) ------------------------------------------------------------- */

/* The blob of an architecture; NULL when there is none. */
const struct purgatory_blob *purgatory_find(const char *name);

/* All zero but for magic, version, size and a reset_delay of 5 s. */
void purgatory_parameters_start(struct purgatory_parameters *parameters);

/* Adds a segment; with hashed, its digest is taken of bytes here. -1 when there are too many. */
int purgatory_segment_add(struct purgatory_parameters *parameters, const char *name, uint64_t start,
			  const void *bytes, uint64_t bytes_size, uint64_t memory_size,
			  bool hashed);

/* Notes the table that will lie at address (8-aligned), and its digest. */
void purgatory_poison_set(struct purgatory_parameters *parameters, uint64_t address,
			  const struct purgatory_poison *table, uint64_t count);

/* Digests of code and parameters; copies the parameters to image + parameters_offset, where image
 * is the copy of blob->bytes. NULL, or why the parameters are refused (static words): then image
 * was not touched. */
const char *purgatory_seal(const struct purgatory_blob *blob,
			   struct purgatory_parameters *parameters, void *image);

#endif
