/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of kexec(8), parsed: a value that nothing changes afterwards. */
#ifndef KEXEC_OPTIONS_H
#define KEXEC_OPTIONS_H

#include <stdio.h>

#include "hwpoison/hwpoison.h"

struct arch;

enum action {
	ACTION_LOAD_AND_REBOOT, /* no action option: load, then shutdown -r */
	ACTION_LOAD,		/* -l */
	ACTION_EXEC,		/* -e */
	ACTION_FORCE,		/* -f: load and exec */
	ACTION_UNLOAD,		/* -u */
	ACTION_STATUS,		/* -S: exit code only, as kexec-tools */
	ACTION_SHOW_STATUS,	/* --status-long: text or json */
	ACTION_DRY_RUN,		/* --dry-run */
	ACTION_LIST,		/* --hwpoison-list */
	ACTION_SNAPSHOT,	/* --snapshot=DIR */
	ACTION_ANNOUNCE,	/* --hwpoison-announce */
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_CRASH_SIZE, /* --print-ckr-size */
};

enum report_format { REPORT_TEXT, REPORT_JSON };

/* --hwpoison-fdt-way. */
enum fdt_way_choice { FDT_WAY_AUTO, FDT_WAY_NODES, FDT_WAY_RESERVE, FDT_WAY_EFI };

enum late_policy { LATE_RELOAD, LATE_REFUSE, LATE_IGNORE };

struct options {
	enum action action;
	enum report_format format; /* of --dry-run, --hwpoison-list, --status-long */
	bool debug;		   /* -d */
	bool panic;		   /* -p; with -S also without -l: kexec-tools' default */
	bool unload_first;	   /* -u before -l or -f: unload, then do what action says */
	bool no_ifdown, no_sync;   /* -x, -y */
	bool no_checks;		   /* -i: purgatory checks no digests (the poison table it does) */
	bool file_syscall;	   /* -s */
	bool no_cma, force_dtb;	   /* --no-cma, --force-dtb: flags for -s */
	const char *kernel;	   /* first argument that is no option; NULL */
	const char *type;	   /* -t; NULL */
	const char *initrd;	   /* NULL */
	const char *append;	   /* --append, --command-line; NULL */
	bool reuse_command_line;
	const char *dtb;
	uint64_t mem_min, mem_max; /* 0, UINT64_MAX; max inclusive as in kexec-tools */
	bool no_efi;		   /* --noefi */
	bool reset_vga, console_vga, console_serial;
	const char *serial;	  /* --serial=ttyS0|ttyS1|0xPORT (x86), ttyAMA0 (arm64); NULL */
	unsigned int serial_baud; /* 0: as it is */
	bool reuse_video_type;

	bool preserve;	    /* --preserve-hwpoison */
	unsigned int modes; /* bits of enum hwpoison_mode; 0 is auto */
	const char **files; /* --hwpoison-file, in order */
	size_t file_count;
	const char **forget; /* --hwpoison-forget words */
	size_t forget_count;
	bool forget_all;
	enum fdt_way_choice fdt_way;
	uint64_t max_waste;			     /* 64 MiB by default */
	size_t max_entries, max_regions, max_ranges; /* 0: found out */
	unsigned int kho_abi; /* --kho-abi: enum hwpoison_kho_abi; 0: found out */
	uint64_t kho_scratch; /* --kho-scratch, bytes; 0: by rule */
	bool kho_discard;     /* --kho-discard: what the running kernel preserves may be lost */
	enum late_policy late;
	bool late_given;	 /* --hwpoison-late was among the words */
	unsigned int threads;	 /* --hwpoison-threads; 0: one for each processor */
	bool offline_blocks;	 /* --hwpoison-offline-blocks: take them as bad */
	const char *machine;	 /* --machine=DIR, "/" by default */
	const char *snapshot;	 /* --snapshot=DIR */
	const char *dump;	 /* --dump=DIR; NULL */
	const char *run_dir;	 /* where the record is kept: /run/kexec */
	const char *x86_64_only; /* the first option given that is of x86_64 alone; NULL */
	/* The words as given, for the record and for loading again. */
	int argc;
	char **argv;
};

/* 0, or an exit code after a message. The caller frees with options_free(). Words point into
 * argv; native is the architecture whose rules of -u, -e and -S hold. */
int options_parse(int argc, char **argv, const struct arch *native, struct options *options);
void options_free(struct options *options);

/* Whether all that was given means something for an architecture: 0, or EXIT_USAGE after
 * failure(). */
int options_check(const struct options *options, const struct arch *arch);

/* Usage, made from the same table as the parser. */
void options_help(FILE *out);

#endif
