/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the registry of checks on a plan, and what the checks share. */
#include "kexec/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kexec/kho/check.h"
#include "kexec/machine.h"

#define PAGE_MIN UINT64_C(4096)

int check_failed(char *reason, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, size, format, arguments);
	va_end(arguments);
	return -1;
}

const struct segment *segment_find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, name) == 0)
			return &plan->segments[i];
	}
	return NULL;
}

const uint8_t *plan_memory(const struct plan *plan, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (address >= segment->start && address - segment->start <= segment->bytes_size &&
		    size <= segment->bytes_size - (address - segment->start))
			return (const uint8_t *)segment->bytes + (address - segment->start);
	}
	return NULL;
}

bool map_covers(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < map->count && start < end; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->end <= start)
			continue;
		if (entry->start > start || entry->type != HWPOISON_RAM)
			return false;
		start = entry->end;
	}
	return start >= end;
}

struct hwpoison_range frame_widen(const struct hwpoison_frame_range *frame, uint64_t page_size)
{
	return (struct hwpoison_range){
		.start = frame->start / page_size * page_size,
		.end = (frame->end + page_size - 1) / page_size * page_size,
	};
}

uint64_t plan_page_size(const struct plan *plan)
{
	return plan->target.page_size > PAGE_MIN ? plan->target.page_size : PAGE_MIN;
}

bool plan_poisoned(const struct plan *plan, uint64_t start, uint64_t end,
		   struct hwpoison_range *poisoned)
{
	for (size_t i = 0; i < plan->frames.count; i++) {
		*poisoned = frame_widen(&plan->frames.ranges[i], plan_page_size(plan));
		if (poisoned->start < end && start < poisoned->end)
			return true;
	}
	return false;
}

static void checks_add(struct check_report *report, const struct plan_check *checks)
{
	for (; checks && checks->name && report->count < CHECKS_MAX; checks++)
		report->results[report->count++].check = checks;
}

static struct check_result *result_find(struct check_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->results[i].check->name, name) == 0)
			return &report->results[i];
	}
	return NULL;
}

static void check_run(const struct plan *plan, struct check_report *report,
		      struct check_result *result)
{
	const struct plan_check *check = result->check;

	if (result->state != CHECK_WAITING)
		return;
	result->state = CHECK_RUNNING;
	for (size_t i = 0; i < sizeof(check->needs) / sizeof(*check->needs) && check->needs[i];
	     i++) {
		struct check_result *needed = result_find(report, check->needs[i]);

		if (needed)
			check_run(plan, report, needed);
		if (!needed || needed->state != CHECK_PASSED) {
			/* A need that is not there, or goes round in a circle, is a fault in the
			 * registry: the check fails, so that it cannot be overlooked. */
			bool faulty = !needed || needed->state == CHECK_RUNNING;

			result->state = faulty ? CHECK_FAILED : CHECK_SKIPPED;
			report->failed += faulty;
			check_failed(result->reason, sizeof(result->reason), "it needs %s",
				     check->needs[i]);
			return;
		}
	}
	result->state = check->run(plan, result->reason, sizeof(result->reason)) ? CHECK_FAILED :
										   CHECK_PASSED;
	report->failed += result->state == CHECK_FAILED;
}

void checks_run(const struct plan *plan, struct check_report *report)
{
	memset(report, 0, sizeof(*report));
	checks_add(report, map_checks);
	checks_add(report, segment_checks);
	checks_add(report, kho_checks);
	checks_add(report, plan->machine->arch->checks);
	for (size_t i = 0; i < report->count; i++)
		check_run(plan, report, &report->results[i]);
}

int plan_check(const struct plan *plan)
{
	struct check_report report;

	checks_run(plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		const struct check_result *result = &report.results[i];

		if (result->state == CHECK_FAILED)
			failure(EXIT_FAILED,
				"the plan is wrong and will not be loaded (check %s): %s; this is a "
				"fault in this program, please report it with a --snapshot",
				result->check->name, result->reason);
	}
	return report.failed ? EXIT_FAILED : 0;
}
