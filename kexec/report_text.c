/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan for people: what is bad, how the next kernel is told, and what becomes of its memory. */
#include <inttypes.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/kho/cmdline.h"
#include "kexec/learn.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct page {
	const struct plan *plan;
	struct style style;
	FILE *out;
};

static const char *colour(const struct page *page, const char *code)
{
	return page->style.colour ? code : "";
}

static void heading(const struct page *page, const char *text)
{
	fprintf(page->out, "\n%s%s%s\n", colour(page, BOLD), text, colour(page, PLAIN));
}

static void label(const struct page *page, const char *text)
{
	fprintf(page->out, "%s%-13s%s", colour(page, BOLD), text, colour(page, PLAIN));
}

static const char *limit_text(size_t limit, char text[24])
{
	if (limit == HWPOISON_NO_LIMIT)
		snprintf(text, 24, "any number");
	else
		snprintf(text, 24, "%zu", limit);
	return text;
}

static void machine_print(const struct page *page)
{
	const struct machine *machine = page->plan->machine;
	const struct target *target = &page->plan->target;
	const struct image *image = page->plan->image;
	char ram[SIZE_TEXT], size[SIZE_TEXT];

	label(page, "Machine");
	fprintf(page->out, "%s%s%s%s, %s pages, %s of RAM by %s\n", machine->arch->name,
		machine->running ? ", this one" : ", snapshot ", machine->prefix,
		machine->acpi ? ", described by ACPI" : "", size_text(machine->page_size, size),
		size_text(hwpoison_map_bytes(&machine->ram, HWPOISON_RAM), ram),
		machine->memory_source == MEMORY_FROM_FIRMWARE_MAP ? "/sys/firmware/memmap" :
								     "/proc/iomem");
	if (machine->description) {
		label(page, "");
		fprintf(page->out, "%s\n", machine->description);
	}
	label(page, "Next kernel");
	if (image)
		fprintf(page->out, "%s%s%s%s, ", image->path, image->layers[0] ? " (" : "",
			image->layers, image->layers[0] ? ")" : "");
	if (target->release[0])
		fprintf(page->out, "Linux %s (by %s), ", target->release, target->version_from);
	else
		fprintf(page->out, "of unknown version, ");
	fprintf(page->out, "%s pages\n", size_text(target->page_size, size));
	if (page->plan->command_line) {
		label(page, "Command line");
		fprintf(page->out, "%s\n", page->plan->command_line);
	}
}

static void e820_print(const struct page *page)
{
	const struct hwpoison_outcome *outcome = &page->plan->outcome;
	const struct target *target = &page->plan->target;
	bool config = strcmp(target->entries_from, "CONFIG_NODES_SHIFT") == 0;
	char limit[24];

	fprintf(page->out, "e820: %zu entries of %s (%s%s%s)\n", outcome->entries,
		limit_text(outcome->limit, limit), target->entries_from, config ? " in " : "",
		config ? target->config_from : "");
	label(page, "");
	fprintf(page->out, "%zu %s of RAM, of %s (%s)\n", outcome->ram_regions,
		outcome->ram_regions == 1 ? "region" : "regions",
		limit_text(target->max_ram_regions, limit), target->regions_from);
}

static void dtb_print(const struct page *page)
{
	const struct plan *plan = page->plan;
	char limit[24];

	fprintf(page->out, "dtb: %zu %s of %s (%s)\n", plan->outcome.entries,
		plan->outcome.entries == 1 ? "range" : "ranges",
		limit_text(plan->outcome.limit, limit), plan->target.ranges_from);
	label(page, "");
	fprintf(page->out, "%s\n", plan->fdt_way_why);
}

/* Whether the next kernel shows the list, and why. */
static void shown_print(const struct page *page)
{
	static const char shows[] = "/sys/kernel/debug/kho/in shows the list",
			  hides[] = "/sys/kernel/debug/kho/in does not show the list";
	char value[KHO_WORD_SIZE];
	enum kho_word word = kho_word_find(page->plan->command_line, value);

	if (word == KHO_WORD_OFF)
		fprintf(page->out, "kho=%s on its command line: %s\n", value, hides);
	else if (page->plan->target.handover_shown == CONFIG_NO)
		fprintf(page->out, "%s: it is built without CONFIG_KEXEC_HANDOVER_DEBUGFS\n",
			hides);
	else if (word == KHO_WORD_ON)
		fprintf(page->out, "kho=%s on its command line: %s\n", value, shows);
	else
		fprintf(page->out, "%s: KHO is on by default\n", shows);
}

static void kho_print(const struct page *page)
{
	const struct plan_kho *kho = &page->plan->kho;
	size_t runs = hwpoison_frames_runs(&kho->kept);
	char text[SIZE_TEXT];
	uint64_t scratch = 0;

	if (runs)
		fprintf(page->out,
			runs == 1 ? "kho: %zu range (%s) stays RAM and is kept by its tree, " :
				    "kho: %zu ranges (%s) stay RAM and are kept by its tree, ",
			runs, size_text(hwpoison_frames_bytes(&kho->kept), text));
	else
		fprintf(page->out, "kho: the list of all bad memory, ");
	if (kho->abi)
		fprintf(page->out, "%s (by %s)\n", hwpoison_kho_abi_name(kho->abi), kho->abi_from);
	else
		fprintf(page->out, "in a version that is not known (%s)\n", kho->abi_from);
	for (size_t i = 0; i < kho->scratch_count; i++)
		scratch += kho->scratch[i].end - kho->scratch[i].start;
	label(page, "");
	if (scratch)
		fprintf(page->out, "it starts in %s of scratch memory, %s%s%s%s\n",
			size_text(scratch, text), kho->scratch_from,
			kho->own_refused ? " (not the running kernel's own: " : "",
			kho->own_refused ? kho->own_refused : "", kho->own_refused ? ")" : "");
	else
		fprintf(page->out, "its scratch memory is chosen when a kernel is named\n");
	label(page, "");
	shown_print(page);
}

static void carrier_print(const struct page *page)
{
	static const struct {
		enum hwpoison_mode mode;
		void (*print)(const struct page *page);
	} carriers[] = {{MODE_E820, e820_print}, {MODE_DTB, dtb_print}, {MODE_KHO, kho_print}};
	const struct hwpoison_outcome *outcome = &page->plan->outcome;
	const char *told = "Told by";
	char text[SIZE_TEXT];

	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
		if (!(page->plan->modes & carriers[i].mode))
			continue;
		label(page, told);
		carriers[i].print(page);
		told = "and by";
	}
	if (!page->plan->modes) {
		label(page, told);
		fprintf(page->out,
			"nothing: without --preserve-hwpoison bad memory is not looked for\n");
		return;
	}
	label(page, "Given up");
	if (!outcome->given_up_bytes && !outcome->rounded_bytes) {
		fprintf(page->out, "nothing\n");
		return;
	}
	fprintf(page->out, "%s between bad frames, to fit",
		size_text(outcome->given_up_bytes, text));
	if (outcome->rounded_bytes)
		fprintf(page->out, "; %s beside them, to whole pages",
			size_text(outcome->rounded_bytes, text));
	fputc('\n', page->out);
}

static void range_print(const struct page *page, uint64_t start, uint64_t end)
{
	char text[SIZE_TEXT];

	fprintf(page->out, "0x%013" PRIx64 "-0x%013" PRIx64 "  %10s", start, end - 1,
		size_text(end - start, text));
}

static void frames_print(const struct page *page, const struct learnt *learnt)
{
	const struct hwpoison_frames *frames = &page->plan->frames;
	char text[SIZE_TEXT], sources[SOURCES_TEXT];

	if (!page->plan->modes)
		return;
	label(page, "Bad memory");
	if (frames->count)
		fprintf(page->out, "%s in %zu %s", size_text(hwpoison_frames_bytes(frames), text),
			frames->count, frames->count == 1 ? "range" : "ranges");
	else
		fprintf(page->out, "none is known");
	if (learnt->scanned)
		fprintf(page->out, "; %s looked at in /proc/kpageflags",
			size_text(learnt->scanned_bytes, text));
	fputc('\n', page->out);
	if (learnt->hugetlb_bytes) {
		label(page, "");
		fprintf(page->out, "%s of it because a huge page is bad as a whole\n",
			size_text(learnt->hugetlb_bytes, text));
	}
	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		fprintf(page->out, "    ");
		range_print(page, range->start, range->end);
		fprintf(page->out, "  %s\n", sources_text(range->sources, sources));
	}
	for (size_t i = 0; i < learnt->forgotten.count; i++) {
		const struct hwpoison_frame_range *range = &learnt->forgotten.ranges[i];

		fprintf(page->out, "    %s", colour(page, GREEN));
		range_print(page, range->start, range->end);
		fprintf(page->out, "  taken back (%s)%s\n", sources_text(range->sources, sources),
			colour(page, PLAIN));
	}
}

/* Who is to blame for a part of the map that changed. */
static void blame_print(const struct page *page, uint64_t start, uint64_t end)
{
	const struct hwpoison_frames *frames = &page->plan->frames;
	const struct hwpoison_frame_range *range = hwpoison_frames_find(frames, start, end);
	const struct hwpoison_frame_range *last = frames->ranges + frames->count;
	char sources[SOURCES_TEXT], text[SIZE_TEXT];
	uint64_t bad = 0;
	uint32_t bits = 0;

	for (; range && range < last && range->start < end; range++) {
		bits |= range->sources;
		bad += (range->end < end ? range->end : end) -
		       (range->start > start ? range->start : start);
	}
	fprintf(page->out, "  %s", sources_text(bits, sources));
	if (bits && bad < end - start)
		fprintf(page->out, ", and %s of good memory", size_text(end - start - bad, text));
	else if (!bits)
		fprintf(page->out, "good memory that was given up");
}

/* How much of a part KHO keeps. */
static void kept_count_print(const struct page *page, uint64_t start, uint64_t end)
{
	const struct hwpoison_frames *kept = &page->plan->kho.kept;
	const struct hwpoison_frame_range *last = kept->ranges + kept->count;
	const struct hwpoison_frame_range *range = hwpoison_frames_find(kept, start, end);
	char text[SIZE_TEXT];
	uint64_t bytes = 0;

	for (; range && range < last && range->start < end; range++)
		bytes += (range->end < end ? range->end : end) -
			 (range->start > start ? range->start : start);
	if (bytes)
		fprintf(page->out, "  %s%s of it kept by KHO%s", colour(page, RED),
			size_text(bytes, text), colour(page, PLAIN));
}

static void part_print(const struct page *page, uint64_t start, uint64_t end, uint32_t before,
		       uint32_t after)
{
	bool gained = after == HWPOISON_RAM;

	if (before == after) {
		fprintf(page->out, "    ");
		range_print(page, start, end);
		fprintf(page->out, "  %s", hwpoison_type_name(after));
		if (after == HWPOISON_UNUSABLE && page->plan->modes)
			blame_print(page, start, end);
		else if (after == HWPOISON_RAM)
			kept_count_print(page, start, end);
		fputc('\n', page->out);
		return;
	}
	fprintf(page->out, "%s  %c ", colour(page, gained ? GREEN : RED), gained ? '+' : '-');
	range_print(page, start, end);
	fprintf(page->out, "  %s %s %s", hwpoison_type_name(before), page->style.utf8 ? "→" : "->",
		hwpoison_type_name(after));
	if (!gained)
		blame_print(page, start, end);
	fprintf(page->out, "%s\n", colour(page, PLAIN));
}

/* The map after, cut where the one before has other types; both cover the same memory. */
static void map_print(const struct page *page)
{
	const struct hwpoison_map *before = &page->plan->before;
	const struct hwpoison_map *after = &page->plan->outcome.map;
	size_t at = 0;

	heading(page,
		page->style.utf8 ? "Memory map, before → after" : "Memory map, before -> after");
	for (size_t i = 0; i < after->count; i++) {
		const struct hwpoison_map_entry *entry = &after->entries[i];
		uint64_t done = entry->start;

		while (at < before->count && before->entries[at].end <= done)
			at++;
		for (; at < before->count && before->entries[at].start < entry->end; at++) {
			uint64_t end = before->entries[at].end;

			end = end < entry->end ? end : entry->end;
			part_print(page, done, end, before->entries[at].type, entry->type);
			done = end;
			if (before->entries[at].end > entry->end)
				break;
		}
		if (done < entry->end)
			part_print(page, done, entry->end, entry->type, entry->type);
	}
}

static void placement_print(const struct page *page)
{
	const struct plan *plan = page->plan;

	if (!plan->segment_count)
		return;
	heading(page, "What lies where when it starts");
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		fprintf(page->out, "    ");
		range_print(page, segment->start, segment->start + segment->size);
		fprintf(page->out, "  %s\n", segment->name);
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		const struct working_area *area = &plan->areas[i];

		fprintf(page->out, "    ");
		range_print(page, area->start, area->end);
		fprintf(page->out, "  %s\n", area->name);
	}
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		fprintf(page->out, "    ");
		range_print(page, plan->kho.scratch[i].start, plan->kho.scratch[i].end);
		fprintf(page->out, "  KHO's scratch memory\n");
	}
}

static void warnings_text(const struct page *page)
{
	const struct warnings *warnings = &page->plan->warnings;

	if (!warnings->count)
		return;
	heading(page, warnings->count == 1 ? "Warning" : "Warnings");
	for (size_t i = 0; i < warnings->count; i++)
		fprintf(page->out, "  %s!%s %s\n", colour(page, YELLOW), colour(page, PLAIN),
			warnings->lines[i]);
}

void report_text(const struct plan *plan, const struct learnt *learnt, struct style style,
		 FILE *out)
{
	struct page page = {.plan = plan, .style = style, .out = out};

	machine_print(&page);
	carrier_print(&page);
	frames_print(&page, learnt);
	fputc('\n', out);
	picture_print(&plan->outcome.map, &plan->outcome.excluded, style, out);
	map_print(&page);
	placement_print(&page);
	warnings_text(&page);
}
