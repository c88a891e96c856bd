/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What purgatory does, in order: itself, the poison table, each segment, the map; then one line. */
#include <string.h>

#include "purgatory/machine.h"

/* For parameters that are damaged just there. */
#define RESET_DELAY_USUAL 5000

struct tally {
	uint64_t bytes;
	unsigned int segments, faults;
};

_Noreturn void purgatory_give_up(void)
{
	uint32_t delay = purgatory_parameters.reset_delay;

	if (delay > PURGATORY_RESET_DELAY_MAX)
		delay = RESET_DELAY_USUAL;
	say("purgatory: the next kernel is not started; resetting the machine in ");
	say_number(delay);
	say(" ms\n");
	machine_reset(delay);
}

static void fault_say(const struct purgatory_fault *fault)
{
	console_open_all();
	say("purgatory: ");
	if (fault->segment) {
		say("segment ");
		say(fault->segment);
		say(": ");
	}
	say(fault->what);
	say(": ");
	say_hex(fault->start);
	say("-");
	say_hex(fault->end);
	if (fault->poison_end > 0) {
		say(" holds ");
		say_hex(fault->poison_start);
		say("-");
		say_hex(fault->poison_end);
	}
	say("\n");
}

/* Damage of purgatory's own is told in one breath: what is damaged may be what would tell more. */
static _Noreturn void damaged(const char *what, const char *why)
{
	console_open_all();
	say("purgatory: its own ");
	say(what);
	say(" are not what was loaded");
	if (why) {
		say(": ");
		say(why);
	}
	say("\n");
	purgatory_give_up();
}

/* This is little, and the memory may still be slow and not bear the processor's instructions. */
static void self_check(const struct purgatory_parameters *parameters)
{
	const enum sha256_path path = SHA256_PORTABLE;
	uint8_t digest[SHA256_SIZE];
	const char *why;

	purgatory_parameters_digest(parameters, path, digest);
	if (memcmp(digest, parameters->sha256, sizeof(digest)) != 0)
		damaged("parameters", NULL);
	why = purgatory_parameters_check(parameters);
	if (why)
		damaged("parameters", why);
	console_open(parameters);
	sha256_of(path, purgatory_image, (uintptr_t)parameters - (uintptr_t)purgatory_image,
		  digest);
	if (memcmp(digest, parameters->code_sha256, sizeof(digest)) != 0)
		damaged("instructions", NULL);
}

static void segments_check(const struct purgatory_parameters *parameters, enum sha256_path path,
			   struct tally *tally)
{
	struct purgatory_fault fault;

	for (uint32_t i = 0; i < parameters->segment_count; i++) {
		const struct purgatory_segment *segment = &parameters->segments[i];

		if (!segment->hashed)
			continue;
		tally->segments++;
		tally->bytes += segment->bytes_size;
		if (!purgatory_segment_check(segment, path, &fault)) {
			fault_say(&fault);
			tally->faults++;
		}
	}
}

static void success_say(const struct purgatory_parameters *parameters, enum sha256_path path,
			const struct tally *tally)
{
	say("purgatory: ");
	if (parameters->flags & PURGATORY_SKIP_DIGESTS) {
		say("no digests checked");
	} else {
		say_number(tally->segments);
		say(" segments, ");
		say_number(tally->bytes);
		say(path == SHA256_HARDWARE ? " bytes verified (SHA instructions)" :
					      " bytes verified");
	}
	say(", ");
	say_number(purgatory_poison_frames(parameters));
	say(" poisoned frames kept out\n");
}

void purgatory_run(const struct purgatory_parameters *parameters)
{
	enum sha256_path path = SHA256_PORTABLE;
	struct purgatory_fault fault;
	struct tally tally = {0};

	self_check(parameters);
	if (!purgatory_poison_check(parameters, path, &fault) ||
	    !purgatory_place_check(parameters, &fault)) {
		fault_say(&fault);
		purgatory_give_up();
	}
	if (!(parameters->flags & PURGATORY_SKIP_DIGESTS)) {
		if (machine_reading_start(parameters))
			path = SHA256_HARDWARE;
		segments_check(parameters, path, &tally);
	}
	if (!machine_map_check(parameters, &fault)) {
		fault_say(&fault);
		tally.faults++;
	}
	if (tally.faults > 0)
		purgatory_give_up();
	success_say(parameters, path, &tally);
}
