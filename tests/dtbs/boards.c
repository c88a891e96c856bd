/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every device tree below a directory goes through the dtb carrier: with 1, 10 and 100 bad frames by
 * nodes on a small machine, and with 10 by entries of the reserve block on a large one. What comes
 * out is looked at by the rules of Linux (rules.c, kernel.c), which know nothing of the library.
 * The carrier may refuse only what those rules say cannot be told: a frame that some kernels hand
 * out and some do not, or a /reserved-memory that Linux does not heed.
 *
 * boards DIR: prints TAP. Frames are chosen at random, by each tree's name, so always the same.
 * dtc reads one of the trees that each board gives, with 1, 10 and 100 frames by turns. With FULL=1 there
 * are six, and it reads all.
 */
#include <fts.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hwpoison/hwpoison.h"
#include "tests/dtbs/board.h"
#include "tests/dtbs/dtc.h"
#include "tests/dtbs/rules.h"

#define FRAME UINT64_C(4096)
#define TREES_MIN 500
#define TOLD_MAX 5

static const size_t frame_counts[] = {1, 10, 100};
#define FRAME_COUNTS (sizeof(frame_counts) / sizeof(*frame_counts))

enum { CLAIM_FOUND, CLAIM_REFUSALS, CLAIM_TAKEN_BACK, CLAIM_DTC, CLAIMS_OWN };
static const char *const claims_own[] = {
	"there are trees",
	"the carrier refuses only what cannot be told, and all of it",
	"without frames the tree is the old one again",
	"dtc accepts it",
};
#define CLAIMS_MAX 16

struct totals {
	size_t trees, runs, frames, contested_runs, unheeded_trees, no_memory, dtc_runs;
	size_t broken[CLAIMS_MAX];
	const char *tree; /* its path below DIR */
};

/* One board and what is bad on it. */
struct run {
	struct totals *totals;
	const void *base;
	const struct kernel_memory *before;
	const struct kernel_verdict *verdict;
	struct spans frames;
	enum way way;
	enum kernel running;
	bool take_back, dtc; /* whether to look at that, too */
};

static void claim_broken(struct totals *totals, size_t claim, const struct run *run,
			 const char *why)
{
	if (totals->broken[claim]++ >= TOLD_MAX)
		return;
	printf("# %s: %s", totals->tree, why);
	if (run)
		printf(" (%zu frames, by %s)", (size_t)(spans_bytes(&run->frames) / FRAME),
		       run->way == WAY_NODES ? "nodes" : "entries");
	printf("\n");
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	printf("Bail out! %s: %s\n", what, hwpoison_strerror(error));
	exit(1);
}

/* --- the library's part ---------------------------------------------------------------------- */

/* What the running kernel shows in /proc/iomem: no-map is no System RAM. */
static struct hwpoison_map map_of(const struct kernel_memory *memory)
{
	struct hwpoison_map map = {0};
	struct spans ram = {0};

	spans_add_all(&ram, &memory->memory);
	spans_remove_all(&ram, &memory->no_map);
	for (size_t i = 0; i < ram.count; i++)
		must(hwpoison_map_add(&map, ram.list[i].start, ram.list[i].end, HWPOISON_RAM),
		     "map");
	for (size_t i = 0; i < memory->no_map.count; i++)
		must(hwpoison_map_add(&map, memory->no_map.list[i].start,
				      memory->no_map.list[i].end, HWPOISON_RESERVED),
		     "map");
	must(hwpoison_map_normalise(&map), "map");
	spans_free(&ram);
	return map;
}

static struct hwpoison_frames frames_of(const struct spans *spans)
{
	struct hwpoison_frames frames = {0};

	for (size_t i = 0; i < spans->count; i++)
		must(hwpoison_frames_add(&frames, spans->list[i].start, spans->list[i].end,
					 HWPOISON_SOURCE_FILE, FRAME),
		     "frames");
	return frames;
}

/* Plans and writes: NULL with the error. */
static void *carry(const void *tree, const struct hwpoison_map *map, const struct spans *spans,
		   enum way way, int *error)
{
	struct hwpoison_frames frames = frames_of(spans);
	struct hwpoison_outcome outcome;
	struct hwpoison_fdt_options options = {
		.way = way == WAY_NODES ? HWPOISON_FDT_NODES : HWPOISON_FDT_RESERVE,
		.max_ranges = 450,
		.page_size = FRAME,
	};
	void *next = NULL;
	size_t next_size;

	*error = hwpoison_fdt_plan(tree, fdt_totalsize(tree), map, &frames, &options, &outcome,
				   NULL);
	if (!*error)
		*error = hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &options,
					    &next, &next_size, NULL);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	return next;
}

/* --- the checks ------------------------------------------------------------------------------ */

static void taken_back_check(struct run *run, const struct hwpoison_map *map, const void *next)
{
	struct added added = {0};
	int error;
	void *again = carry(next, map, &(struct spans){0}, run->way, &error);

	if (!again)
		claim_broken(run->totals, CLAIM_TAKEN_BACK, run, hwpoison_strerror(error));
	else if (!tree_has_all_of(run->base, again, &added) ||
		 !tree_has_all_of(again, run->base, &added))
		claim_broken(run->totals, CLAIM_TAKEN_BACK, run, added.why);
	free(again);
}

static void next_check(struct run *run, const struct hwpoison_map *map, const void *next)
{
	struct kernel_memory after[KERNELS];
	struct rules rules = {
		.base = run->base,
		.next = next,
		.before = run->before,
		.after = after,
		.verdict = run->verdict,
		.frames = &run->frames,
		.way = run->way,
	};
	char why[WHY_SIZE];

	kernels_read(next, after);
	for (size_t i = 0; rules_all[i].name; i++) {
		if (!rules_all[i].holds(&rules, why))
			claim_broken(run->totals, CLAIMS_OWN + i, run, why);
	}
	if (run->take_back)
		taken_back_check(run, map, next);
	if (run->dtc) {
		run->totals->dtc_runs++;
		if (!dtc_accepts(next, fdt_totalsize(next), rules.added.made_reserved_memory, why))
			claim_broken(run->totals, CLAIM_DTC, run, why);
	}
	kernels_free(after);
}

/* Frames that some kernels hand out and others do not cannot be told: takes them out, and says
 * whether there were any. */
static bool contested_take(struct run *run)
{
	struct spans contested = {0};

	spans_add_all(&contested, &run->frames);
	spans_remove_all(&contested, &run->verdict->held);
	spans_remove_all(&contested, &run->verdict->open);
	for (size_t i = 0; i < contested.count; i++)
		spans_remove(&run->frames, contested.list[i].start & ~(FRAME - 1),
			     (contested.list[i].end + FRAME - 1) & ~(FRAME - 1));
	spans_free(&contested);
	return contested.count > 0;
}

static bool is_unheeded(const struct run *run)
{
	return run->way == WAY_NODES && !run->before[0].heeded &&
	       fdt_path_offset(run->base, "/reserved-memory") >= 0;
}

static void run_once(struct run *run)
{
	struct hwpoison_map map = map_of(&run->before[run->running]);
	struct spans all = {0};
	int error;
	void *next;

	run->totals->runs++;
	spans_add_all(&all, &run->frames);
	if (contested_take(run)) {
		run->totals->contested_runs++;
		next = carry(run->base, &map, &all, run->way, &error);
		if (error != HWPOISON_EOVERLAP)
			claim_broken(run->totals, CLAIM_REFUSALS, run,
				     error ? hwpoison_strerror(error) :
					     "carries a frame that cannot be told");
		free(next);
	}
	run->totals->frames += spans_bytes(&run->frames) / FRAME;
	next = carry(run->base, &map, &run->frames, run->way, &error);
	if (next)
		next_check(run, &map, next);
	else if (!is_unheeded(run) || (error != HWPOISON_ECELLS && error != HWPOISON_EPARSE))
		claim_broken(run->totals, CLAIM_REFUSALS, run, hwpoison_strerror(error));
	free(next);
	spans_free(&all);
	hwpoison_map_free(&map);
}

static void board_check(struct totals *totals, const void *base, enum memory_size size,
			uint64_t seed)
{
	const char *word = getenv("FULL");
	bool full = word && *word;
	struct kernel_memory before[KERNELS];
	struct kernel_verdict verdict;

	kernels_read(base, before);
	verdict = kernel_judge(before);
	for (size_t i = 0; i < FRAME_COUNTS; i++) {
		bool middle = i == 1;
		struct run run = {
			.totals = totals,
			.base = base,
			.before = before,
			.verdict = &verdict,
			.way = size == MEMORY_LARGE && middle ? WAY_ENTRIES : WAY_NODES,
			.running = (enum kernel)(random_next(&seed) % KERNELS),
			.take_back = full || middle,
			.dtc = full ||
			       (size == MEMORY_AS_SHIPPED && i == totals->trees % FRAME_COUNTS),
		};

		if (size == MEMORY_LARGE && !middle && !full)
			continue;
		run.frames = board_frames(before, frame_counts[i], &seed);
		run_once(&run);
		spans_free(&run.frames);
	}
	spans_free(&verdict.held);
	spans_free(&verdict.open);
	kernels_free(before);
}

/* --- the trees ------------------------------------------------------------------------------- */

static void *file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	void *bytes = NULL;
	long end;

	if (file && !fseek(file, 0, SEEK_END) && (end = ftell(file)) > 0) {
		rewind(file);
		bytes = malloc((size_t)end);
		*size = bytes ? fread(bytes, 1, (size_t)end, file) : 0;
	}
	if (file)
		fclose(file);
	return bytes;
}

static void tree_check(struct totals *totals, const char *path)
{
	size_t size = 0;
	void *dtb = file_read(path, &size);
	const char *why = "";
	uint64_t seed = 0;

	for (const char *at = totals->tree; *at; at++)
		seed = seed * 31 + (unsigned char)*at;
	if (!dtb || fdt_check_full(dtb, size)) {
		claim_broken(totals, CLAIM_FOUND, NULL, "cannot be read, or is no device tree");
		free(dtb);
		return;
	}
	totals->trees++;
	for (int i = 0; i < MEMORY_SIZES; i++) {
		void *base = board_make(dtb, (enum memory_size)i, &why);

		if (base)
			board_check(totals, base, (enum memory_size)i, seed);
		else if (!totals->no_memory++)
			printf("# %s: cannot be given memory: %s\n", totals->tree, why);
		free(base);
	}
	free(dtb);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void trees_check(struct totals *totals, char *directory)
{
	char *roots[] = {directory, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *file;

	while (walk && (file = fts_read(walk))) {
		size_t length = strlen(file->fts_name);

		if (file->fts_info != FTS_F || length < 4 ||
		    strcmp(file->fts_name + length - 4, ".dtb") != 0)
			continue;
		totals->tree = file->fts_path + strlen(directory) + 1;
		tree_check(totals, file->fts_path);
	}
	if (walk)
		fts_close(walk);
}

int main(int argc, char **argv)
{
	struct totals totals = {0};
	size_t claims = CLAIMS_OWN, failed = 0;

	if (argc != 2)
		return 2;
	while (rules_all[claims - CLAIMS_OWN].name)
		claims++;
	printf("1..%zu\n", claims);
	trees_check(&totals, argv[1]);
	if (totals.trees < TREES_MIN)
		claim_broken(&totals, CLAIM_FOUND, NULL, "there are too few trees");
	printf("# %zu trees, %zu runs, %zu frames; %zu runs with frames that cannot be told, %zu "
	       "boards without memory; %zu runs of dtc\n",
	       totals.trees, totals.runs, totals.frames, totals.contested_runs, totals.no_memory,
	       totals.dtc_runs);
	for (size_t i = 0; i < claims; i++) {
		printf("%sok %zu - %s\n", totals.broken[i] ? "not " : "", i + 1,
		       i < CLAIMS_OWN ? claims_own[i] : rules_all[i - CLAIMS_OWN].name);
		if (totals.broken[i])
			printf("# %zu times\n", totals.broken[i]);
		failed += totals.broken[i] > 0;
	}
	return failed > 0;
}
