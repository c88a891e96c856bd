/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what the running kernel hands over by Kexec HandOver, and who would miss it. */
#include "kexec/kho/running.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kexec/arch.h"
#include "kexec/cmdline.h"
#include "kexec/file.h"
#include "kexec/host.h"
#include "kexec/kho/cmdline.h"
#include "kexec/kho/files.h"
#include "kexec/learn.h"
#include "kexec/kho/learn.h"
#include "kexec/kho/luo.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/target.h"

/* Of the kernel itself, and always there (kho_out_kexec_metadata() in kernel/liveupdate/). */
#define METADATA "kexec-metadata"
#define LUO "LUO"
#define LIST "hwpoison"
#define RANGES "hwpoison-ranges"

static void lost_add(struct kho_running *running, const char *name, const char *what)
{
	size_t used = strlen(running->lost);

	snprintf(running->lost + used, sizeof(running->lost) - used, "%s%s%s%s%s", used ? ", " : "",
		 name, *what ? " (" : "", what, *what ? ")" : "");
}

static int node_note(void *context, const char *name)
{
	struct kho_running *running = context;

	if (strcmp(name, METADATA) == 0 || strcmp(name, RANGES) == 0)
		return 0;
	if (strcmp(name, LUO) == 0)
		running->luo = true;
	else if (strcmp(name, LIST) == 0)
		running->list = true;
	else
		lost_add(running, name,
			 strcmp(name, "memblock") == 0 ? "memory of reserve_mem=" : "");
	return 0;
}

/*
 * Whether a kernel that shows nothing has KHO on: its command line, else how it was built, says so.
 * kho_init() makes the directory when it is; CONFIG_KEXEC_HANDOVER_DEBUGFS may leave it out.
 */
static bool is_on(const struct machine *machine)
{
	AUTO_FREE char *config = config_of_running(machine);
	char said[KHO_WORD_SIZE];
	enum kho_word word = kho_word_find(machine->command_line, said);

	if (config && !config_enabled(config, "CONFIG_KEXEC_HANDOVER"))
		return false;
	if (word != KHO_WORD_NONE)
		return word == KHO_WORD_ON;
	return config && config_enabled(config, "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT");
}

static void list_count(const struct machine *machine, struct kho_running *running)
{
	AUTO_FREE void *blob = NULL;
	size_t size;

	running->counted = running->list &&
			   !kho_file(machine, "out/sub_fdts/" LIST, &blob, &size) &&
			   !hwpoison_kho_count(blob, size, &running->frames, NULL);
}

/* LUO's node is there whenever it is on, and its blob says nothing of updates before the reboot
 * (luo_session_serialize() in kernel/liveupdate/luo_session.c); each is an open file, which also tells
 * of them where the kernel shows no node. */
static void luo_note(const struct machine *machine, struct kho_running *running)
{
	char updates[160];
	int count = luo_updates_find(machine, updates, sizeof(updates));

	running->updates_told = count >= 0;
	if (count > 0)
		lost_add(running, LUO, updates);
	if (count < 0 && running->luo && machine->running)
		lost_add(running, LUO, "whose open updates cannot be seen");
}

int kho_running_find(const struct machine *machine, struct kho_running *running)
{
	char value[8];
	int error;

	*running = (struct kho_running){0};
	error = kho_names(machine, "out/sub_fdts", node_note, running);
	if (error == -ENOMEM)
		return error;
	running->seen = !error;
	if (error && is_on(machine)) {
		running->error = error;
		/* reserve_mem_kho_finalize() in mm/memblock.c. */
		if (command_line_value(machine->command_line, "reserve_mem=", value, sizeof(value)))
			node_note(running, "memblock");
	}
	list_count(machine, running);
	luo_note(machine, running);
	return 0;
}

static int lost_check(const struct kho_running *running, const struct options *options,
		      struct warnings *warnings)
{
	if (!*running->lost)
		return 0;
	if (!options->kho_discard)
		return failure(
			EXIT_USAGE,
			"the running kernel preserves by Kexec HandOver: %s; a kernel that is "
			"loaded this way does not get it: use -s (kexec_file_load)%s, or say "
			"--kho-discard to lose it",
			running->lost,
			options->preserve ? ", which cannot keep bad memory out" : "");
	warn(warnings,
	     "what the running kernel preserves by Kexec HandOver is lost, as you say: %s",
	     running->lost);
	return 0;
}

int kho_running_check(const struct machine *machine, const struct options *options,
		      struct warnings *warnings)
{
	struct kho_running running;

	/* A crash kernel gets nothing of it either way (kho_fill_kimage()). */
	if (options->panic || options->file_syscall)
		return 0;
	if (kho_running_find(machine, &running))
		return out_of_memory();
	if (running.error && !options->kho_discard)
		warn(warnings,
		     "the running kernel has Kexec HandOver on, and what it preserves cannot be "
		     "seen (%s/sys/kernel/debug/kho/out: %s): it would be lost",
		     machine->prefix, strerror(-running.error));
	if (running.luo && !running.updates_told && !machine->running)
		warn(warnings,
		     "the machine has LUO on; whether it has open live updates, which a load "
		     "would lose, is not in %s",
		     machine->prefix);
	if (running.list && !options->preserve)
		warn(warnings,
		     "the running kernel hands a list of bad memory over by Kexec HandOver, which "
		     "this load does not: add --preserve-hwpoison");
	return lost_check(&running, options, warnings);
}

/* --- with kexec_file_load(2) ------------------------------------------------------------------- */

/* Frames of the running kernel's pages. */
struct known {
	uint64_t all;	 /* that any source knows */
	uint64_t handed; /* that KHO told this kernel of and that are its RAM */
};

/* What of frames is RAM, in pages. */
static uint64_t pages_in_ram(const struct machine *machine, const struct hwpoison_frames *frames)
{
	uint64_t bytes = 0;
	size_t at = 0;

	for (size_t i = 0; i < frames->count; i++) {
		uint64_t start = frames->ranges[i].start, end = frames->ranges[i].end;

		while (at < machine->ram.count && machine->ram.entries[at].end <= start)
			at++;
		for (size_t j = at; j < machine->ram.count && machine->ram.entries[j].start < end;
		     j++) {
			const struct hwpoison_map_entry *ram = &machine->ram.entries[j];

			bytes += (ram->end < end ? ram->end : end) -
				 (ram->start > start ? ram->start : start);
		}
	}
	return (bytes + machine->page_size - 1) / machine->page_size;
}

static int known_count(const struct machine *machine, const struct options *options,
		       struct known *known, struct warnings *warnings)
{
	struct hwpoison_frames frames = {0}, rounded = {0}, handed = {0};
	struct learnt learnt = {0};
	int error = learn_frames(machine, options, NULL, &frames, &learnt, warnings);

	if (!error)
		error = kho_in_learn(machine, &handed, options->forget_all ? warnings : NULL);
	if (!error)
		error = hwpoison_frames_round(&frames, machine->page_size, &rounded);
	known->all = hwpoison_frames_bytes(&rounded) / machine->page_size;
	known->handed = pages_in_ram(machine, &handed);
	hwpoison_frames_free(&frames);
	hwpoison_frames_free(&rounded);
	hwpoison_frames_free(&handed);
	learnt_free(&learnt);
	return error;
}

/* What is there to be known; false, after a message, when it cannot be. */
static bool known_find(const struct options *options, struct known *known)
{
	struct machine machine = {.root_fd = -1};
	struct warnings ignored = {0};
	bool good = !machine_read(options, &machine, &ignored) &&
		    !known_count(&machine, options, known, &ignored);

	warnings_free(&ignored);
	machine_free(&machine);
	return good;
}

static bool is_this_machine(int root)
{
	struct stat here, there;

	return fstat(root, &here) == 0 && stat("/", &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

/* The kernel hands nothing on that it was handed (nothing takes the frames that it kept). */
static void handed_tell(const struct known *known, struct warnings *warnings)
{
	if (known->handed)
		warn(warnings,
		     "%" PRIu64
		     " bad frames that this kernel was told of by Kexec HandOver are not "
		     "handed on by -s (kexec_file_load): the next kernel will use them; to keep "
		     "them out, load without -s and with --preserve-hwpoison",
		     known->handed);
}

static void list_tell(const struct kho_running *running, const struct known *known,
		      struct warnings *warnings)
{
	if (known->all > running->frames)
		warn(warnings,
		     "the running kernel hands its own list of %" PRIu64
		     " bad frames over by Kexec HandOver, and %" PRIu64
		     " are known: the next kernel may use the others; to keep them out, load "
		     "without -s and with --preserve-hwpoison",
		     running->frames, known->all);
	else
		warn(warnings,
		     "the running kernel hands its own list of %" PRIu64
		     " bad frames over by Kexec HandOver; %" PRIu64 " are known",
		     running->frames, known->all);
}

void kho_running_tell(const struct host *host, const struct options *options,
		      struct warnings *warnings)
{
	const struct machine machine = {
		.root_fd = host->root,
		.running = is_this_machine(host->root),
		.arch = arch_native(),
		.prefix = "",
	};
	struct kho_running running;
	struct known known;

	if (options->panic || kho_running_find(&machine, &running) ||
	    !(running.list || kho_file_is_there(&machine, "in/sub_fdts/" RANGES)))
		return;
	if (running.list && !running.counted) {
		warn(warnings,
		     "the running kernel hands a list of bad memory over by Kexec HandOver; "
		     "how many frames it has cannot be read");
		return;
	}
	if (!known_find(options, &known)) {
		warn(warnings, "which memory is known to be bad cannot be read: whether -s "
			       "(kexec_file_load) hands it on is not known");
		return;
	}
	if (running.list)
		list_tell(&running, &known, warnings);
	else
		handed_tell(&known, warnings);
}
