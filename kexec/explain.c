/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of kexec's system calls, and which of them was broken. */
#include "kexec/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kexec/host.h"
#include "kexec/plan.h"

/* What a rule looks at. */
struct question {
	const struct host *host;
	const struct plan *plan;
	char *answer;
	size_t answer_size;
};

/* Whether this rule is the one that was broken; then the answer says how. */
typedef bool rule(const struct question *question);

struct reason {
	int error;
	rule *const *rules;    /* NULL-terminated, in the order of the kernel; NULL: none */
	const char *otherwise; /* when no rule is seen to be broken */
};

__attribute__((format(printf, 2, 3))) static bool answer(const struct question *question,
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(question->answer, question->answer_size, format, arguments);
	va_end(arguments);
	return true;
}

/* ------------------------------------------------------- EPERM: kexec_load_permitted() and LSM */

static bool lacks_capability(const struct question *question)
{
	char text[4096];
	const char *line;
	uint64_t effective;

	if (host_text(question->host, "proc/self/status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nCapEff:");
	if (!line || sscanf(line + 8, "%" SCNx64, &effective) != 1 || effective >> CAP_SYS_BOOT & 1)
		return false;
	return answer(question, "this process lacks CAP_SYS_BOOT; run kexec as root");
}

/* capable() asks in the first user namespace only. */
static bool in_user_namespace(const struct question *question)
{
	char text[256];
	unsigned long long inside, outside, count;

	if (host_text(question->host, "proc/self/uid_map", text, sizeof(text)) < 0 ||
	    sscanf(text, "%llu %llu %llu", &inside, &outside, &count) != 3)
		return false;
	if (!inside && !outside && count == UINT32_MAX)
		return false;
	return answer(question, "this is root of a user namespace (a container) only; run kexec "
				"on the machine itself");
}

static bool is_disabled(const struct question *question)
{
	int64_t disabled;

	if (host_number(question->host, "proc/sys/kernel/kexec_load_disabled", &disabled) ||
	    !disabled)
		return false;
	return answer(question, "the sysctl kernel.kexec_load_disabled is set, and stays set until "
				"the machine boots anew");
}

static bool is_limited(const struct question *question)
{
	int64_t left;

	if (host_number(question->host, "proc/sys/kernel/kexec_load_limit_reboot", &left) || left)
		return false;
	return answer(question, "no load is left of the sysctl kernel.kexec_load_limit_reboot, "
				"which cannot be raised until the machine boots anew");
}

static bool lockdown_level(const struct question *question, char level[32])
{
	char text[128];
	const char *open;

	if (host_text(question->host, "sys/kernel/security/lockdown", text, sizeof(text)) < 0)
		return false;
	open = strchr(text, '[');
	return open && sscanf(open + 1, "%31[a-z]", level) == 1 && strcmp(level, "none");
}

static bool is_locked_down(const struct question *question)
{
	char level[32];

	if (!lockdown_level(question, level))
		return false;
	return answer(question,
		      "the kernel is locked down (%s, as with Secure Boot), which forbids "
		      "kexec_load; `kexec -s` can load a signed kernel, but cannot keep bad "
		      "memory out",
		      level);
}

static bool is_locked_down_to_signed(const struct question *question)
{
	char level[32];

	if (!lockdown_level(question, level))
		return false;
	return answer(question,
		      "the kernel is locked down (%s, as with Secure Boot) and takes signed "
		      "kernels only",
		      level);
}

/* -------------------------------- EADDRNOTAVAIL, EINVAL: sanity_check_segment_list() in Linux */

static uint64_t segment_end(const struct segment *segment)
{
	return segment->start + segment->size;
}

static bool is_unaligned(const struct question *question)
{
	uint64_t page = question->plan ? question->plan->target.page_size : 0;

	for (size_t i = 0; page && i < question->plan->segment_count; i++) {
		const struct segment *segment = &question->plan->segments[i];

		if (segment->start % page || segment->size % page)
			return answer(question,
				      "the segment %s at 0x%" PRIx64 " of 0x%" PRIx64
				      " bytes is not made of whole pages",
				      segment->name, segment->start, segment->size);
	}
	return false;
}

static bool is_out_of_reach(const struct question *question)
{
	const struct segment *highest = NULL;

	for (size_t i = 0; question->plan && i < question->plan->segment_count; i++) {
		const struct segment *segment = &question->plan->segments[i];

		if (segment_end(segment) < segment->start)
			return answer(question,
				      "the segment %s at 0x%" PRIx64
				      " wraps around the end of memory",
				      segment->name, segment->start);
		if (!highest || segment->start > highest->start)
			highest = segment;
	}
	if (!highest)
		return false;
	return answer(question,
		      "a segment may lie higher than the kernel copies to; the highest is %s "
		      "at 0x%" PRIx64 ": bound it with --mem-max",
		      highest->name, highest->start);
}

static bool are_too_many(const struct question *question)
{
	if (!question->plan || question->plan->segment_count <= KEXEC_SEGMENT_MAX)
		return false;
	return answer(question, "%zu segments, and the kernel takes at most %d",
		      question->plan->segment_count, KEXEC_SEGMENT_MAX);
}

static bool do_overlap(const struct question *question)
{
	const struct plan *plan = question->plan;

	for (size_t i = 0; plan && i < plan->segment_count; i++) {
		for (size_t j = i + 1; j < plan->segment_count; j++) {
			const struct segment *one = &plan->segments[i], *two = &plan->segments[j];

			if (one->start < segment_end(two) && two->start < segment_end(one))
				return answer(question,
					      "the segments %s at 0x%" PRIx64
					      " and %s at 0x%" PRIx64 " overlap",
					      one->name, one->start, two->name, two->start);
		}
	}
	return false;
}

static bool is_overfull(const struct question *question)
{
	for (size_t i = 0; question->plan && i < question->plan->segment_count; i++) {
		const struct segment *segment = &question->plan->segments[i];

		if (segment->bytes_size > segment->size)
			return answer(question,
				      "the segment %s has %" PRIu64 " bytes for %" PRIu64
				      " bytes of memory",
				      segment->name, segment->bytes_size, segment->size);
	}
	return false;
}

/* totalram_pages() / 2 bounds each segment and their sum; it is the MemTotal of /proc/meminfo. */
static bool is_too_large(const struct question *question)
{
	const struct plan *plan = question->plan;
	const struct segment *largest = NULL;
	uint64_t total = 0, memory;

	for (size_t i = 0; plan && i < plan->segment_count; i++) {
		total += plan->segments[i].size;
		if (!largest || plan->segments[i].size > largest->size)
			largest = &plan->segments[i];
	}
	if (!largest || host_meminfo(question->host, "MemTotal", &memory) || total <= memory / 2)
		return false;
	return answer(question,
		      "the segments take %" PRIu64 " KiB (%s alone %" PRIu64 " KiB), and "
		      "the kernel gives at most half of its %" PRIu64 " KiB of memory; "
		      "take a smaller initrd, or a machine with more memory",
		      total / 1024, largest->name, largest->size / 1024, memory / 1024);
}

/* --------------------------------------------------------------------------- ENOMEM, and others */

static bool is_short_of_memory(const struct question *question)
{
	uint64_t available, total = 0;

	for (size_t i = 0; question->plan && i < question->plan->segment_count; i++)
		total += question->plan->segments[i].size;
	if (host_meminfo(question->host, "MemAvailable", &available))
		return false;
	if (!total)
		return answer(question,
			      "the kernel found no room for the image; %" PRIu64
			      " KiB of memory are available: free some",
			      available / 1024);
	return answer(question,
		      "the kernel found no room for the image's %" PRIu64 " KiB; %" PRIu64
		      " KiB of memory are available: free some, or take a smaller initrd",
		      total / 1024, available / 1024);
}

static bool nothing_is_loaded(const struct question *question)
{
	int64_t loaded;

	if (host_loaded(question->host, &loaded) || loaded)
		return false;
	return answer(question, "nothing has been loaded");
}

static rule *const load_eperm[] = {lacks_capability, in_user_namespace, is_disabled,
				   is_limited,	     is_locked_down,	NULL};
static rule *const file_eperm[] = {lacks_capability, in_user_namespace,	       is_disabled,
				   is_limited,	     is_locked_down_to_signed, NULL};
static rule *const start_eperm[] = {lacks_capability, in_user_namespace, NULL};
static rule *const load_eaddrnotavail[] = {is_unaligned, is_out_of_reach, NULL};
static rule *const load_einval[] = {are_too_many, do_overlap, is_overfull, is_too_large, NULL};
static rule *const load_enomem[] = {is_short_of_memory, NULL};
static rule *const start_einval[] = {nothing_is_loaded, NULL};

static const char refused[] = "a security policy (seccomp, SELinux or another LSM) forbids it";
static const char busy[] = "the kernel is busy with another load, or changes its crash image; try "
			   "again when that has ended";

static const struct reason load_reasons[] = {
	{EPERM, load_eperm, refused},
	{EACCES, NULL, refused},
	{EADDRNOTAVAIL, load_eaddrnotavail, "the kernel does not copy to one of the segments"},
	{EINVAL, load_einval,
	 "no rule of the kernel's that is known here is broken; its log may "
	 "say more"},
	{EBUSY, NULL, busy},
	{ENOMEM, load_enomem, "the kernel found no room for the image"},
	{ENOSYS, NULL,
	 "this kernel was built without CONFIG_KEXEC (or a sandbox hides the call); "
	 "`kexec -s` may do, but cannot keep bad memory out"},
	{0, NULL, NULL},
};

static const struct reason file_reasons[] = {
	{EPERM, file_eperm, refused},
	{EACCES, NULL, refused},
	{EADDRNOTAVAIL, NULL, "the kernel found no place for the image"},
	{EINVAL, NULL, "the kernel cannot use this image, command line or flag"},
	{EBUSY, NULL, busy},
	{ENOMEM, load_enomem, "the kernel found no room for the image"},
	{ENOEXEC, NULL, "the kernel does not know this kind of image"},
	{ENOTSUP, NULL, "the kernel does not load this kind of image"},
	{ELIBBAD, NULL, "the image's signature is malformed"},
	{ENODATA, NULL, "the image is not signed, and this kernel takes signed ones only"},
	{ENOKEY, NULL, "the image is signed with a key that this kernel does not know"},
	{EKEYREJECTED, NULL, "the image's signature is wrong"},
	{ENOSYS, NULL, "this kernel was built without CONFIG_KEXEC_FILE; load without -s"},
	{0, NULL, NULL},
};

static const struct reason start_reasons[] = {
	{EPERM, start_eperm, refused},
	{EINVAL, start_einval, "the kernel has nothing that it can start"},
	{EBUSY, NULL,
	 "the kernel is busy with a load, or something in it forbids the start now; its "
	 "log may say what"},
	{ENOSYS, NULL, "this kernel was built without kexec"},
	{0, NULL, NULL},
};

/* Answers with the first rule that is broken; false when none is. */
static bool is_any_broken(rule *const *rules, const struct question *question)
{
	for (; rules && *rules; rules++) {
		if ((*rules)(question))
			return true;
	}
	return false;
}

static void explain(const struct reason *reasons, int error, const struct question *question)
{
	struct question rest = *question;
	const char *words = strerror(error);
	size_t length;

	while (reasons->error && reasons->error != error)
		reasons++;
	if (!reasons->error) {
		answer(question, "%s", words);
		return;
	}
	answer(question, "%s: ", words);
	length = strlen(question->answer);
	rest.answer += length;
	rest.answer_size -= length;
	if (!is_any_broken(reasons->rules, &rest))
		answer(question, "%s: %s", words, reasons->otherwise);
}

void explain_load(const struct host *host, int error, const struct plan *plan, char *text,
		  size_t size)
{
	explain(load_reasons, error, &(struct question){host, plan, text, size});
}

void explain_load_file(const struct host *host, int error, char *text, size_t size)
{
	explain(file_reasons, error, &(struct question){host, NULL, text, size});
}

void explain_unload(const struct host *host, int error, char *text, size_t size)
{
	explain(load_reasons, error, &(struct question){host, NULL, text, size});
}

void explain_start(const struct host *host, int error, char *text, size_t size)
{
	explain(start_reasons, error, &(struct question){host, NULL, text, size});
}

bool explain_start_forbidden(const struct host *host, char *text, size_t size)
{
	return is_any_broken(start_eperm, &(struct question){host, NULL, text, size});
}
