/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setup header of a bzImage: where its members are, and what their bits mean. All from
 * Documentation/arch/x86/boot.rst in Linux. */
#ifndef KEXEC_ARCH_X86_64_IMAGE_H
#define KEXEC_ARCH_X86_64_IMAGE_H

/* Offsets from the start of the file, which are those from the start of boot_params. */
enum setup_header {
	SETUP_HEADER = 0x1f1,
	SETUP_SECTS = 0x1f1,	      /* u8 */
	SETUP_ROOT_FLAGS = 0x1f2,     /* u16 */
	SETUP_ROOT_DEV = 0x1fc,	      /* u16 */
	SETUP_BOOT_FLAG = 0x1fe,      /* u16: 0xaa55 */
	SETUP_JUMP_OFFSET = 0x201,    /* u8: the header ends at 0x202 and this */
	SETUP_MAGIC = 0x202,	      /* "HdrS" */
	SETUP_VERSION = 0x206,	      /* u16 */
	SETUP_KERNEL_VERSION = 0x20e, /* u16: a string at 0x200 and this */
	SETUP_LOADER = 0x210,	      /* u8 */
	SETUP_LOADFLAGS = 0x211,      /* u8 */
	SETUP_RAMDISK_IMAGE = 0x218,  /* u32 */
	SETUP_RAMDISK_SIZE = 0x21c,   /* u32 */
	SETUP_CMDLINE = 0x228,	      /* u32 */
	SETUP_INITRD_MAX = 0x22c,     /* u32 */
	SETUP_ALIGNMENT = 0x230,      /* u32 */
	SETUP_RELOCATABLE = 0x234,    /* u8 */
	SETUP_XLOADFLAGS = 0x236,     /* u16 */
	SETUP_CMDLINE_SIZE = 0x238,   /* u32 */
	SETUP_SUBARCH = 0x23c,	      /* u32, then u64 of data */
	SETUP_PAYLOAD_OFFSET =
		0x248, /* u32: of the packed kernel, from the protected-mode code on */
	SETUP_PAYLOAD_LENGTH = 0x24c, /* u32 */
	SETUP_DATA = 0x250,	      /* u64 */
	SETUP_PREF_ADDRESS = 0x258,   /* u64 */
	SETUP_INIT_SIZE = 0x260,      /* u32 */
	SETUP_HEADER_END = 0x290,     /* where boot_params goes on with something else */
};

enum setup_loadflags {
	SETUP_LOADED_HIGH = 1 << 0,
};

enum setup_xloadflags {
	SETUP_XLF_KERNEL_64 = 1 << 0, /* has the 64-bit entry */
	SETUP_XLF_ABOVE_4G = 1 << 1,  /* all pieces may lie above 4 GiB */
	SETUP_XLF_EFI_KEXEC = 1 << 4, /* takes the EFI runtime map from the kernel before it */
	SETUP_XLF_5LEVEL = 1 << 5,    /* may be entered with 5-level paging on */
};

#define SETUP_PROTOCOL_MIN 0x020c /* the 64-bit entry, xloadflags, ext_* members */

#endif
