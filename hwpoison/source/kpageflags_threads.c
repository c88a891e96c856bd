/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads /proc/kpageflags in large aligned pieces, by as many threads as were asked for. Pieces are
 * given out in rising order and what was found is sorted, so that neither the result nor the place
 * of a failure depends on how many threads there are.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "hwpoison/kpageflags.h"

/* The kernel takes some 64 ns for a PFN, whatever the size of the read, from 4 KiB on. */
#define BUFFER_DEFAULT (256 * 1024)
#define THREADS_MAX 256

/* Flags that are looked at together; a page of them, few enough to stay in the first cache. */
#define BLOCK 512

struct scan {
	const struct hwpoison_scan_work *work;
	size_t piece;	 /* PFNs of a piece: pieces start at multiples of it */
	uint64_t pieces; /* in all */
	atomic_uint_fast64_t next;
	atomic_bool stop;
	pthread_mutex_t lock; /* for progress */
	uint64_t done, total; /* PFNs */
};

struct worker {
	struct scan *scan;
	pthread_t thread;
	uint64_t *buffer;
	size_t at;	   /* the range of PFNs that its last piece was in, */
	uint64_t at_piece; /* and the number of that range's first piece */
	struct hwpoison_scan_found found;
	int error;
};

int hwpoison_hit_add(struct hwpoison_hits *hits, const struct hwpoison_hit *hit)
{
	struct hwpoison_hit *last = hits->count ? &hits->hits[hits->count - 1] : NULL;
	int error;

	if (last && last->hugetlb == hit->hugetlb && last->pfn + last->count == hit->pfn) {
		last->count += hit->count;
		return 0;
	}
	error = hwpoison_reserve(&hits->hits, &hits->capacity, hits->count + 1,
				 sizeof(*hits->hits));
	if (!error)
		hits->hits[hits->count++] = *hit;
	return error;
}

int hwpoison_flags_read(int file, uint64_t pfn, uint64_t *flags, size_t count, size_t *got)
{
	size_t size = count * sizeof(*flags), done = 0;
	char *bytes = (char *)flags;

	while (done < size) {
		ssize_t length = pread(file, bytes + done, size - done,
				       (off_t)(pfn * sizeof(*flags) + done));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno;
		if (!length)
			break;
		done += (size_t)length;
	}
	*got = done / sizeof(*flags);
	return 0;
}

static uint64_t pieces_of(const struct hwpoison_pfns *pfns, size_t piece)
{
	return (pfns->end + piece - 1) / piece - pfns->start / piece;
}

/* No page but a poisoned one has the bit, so a block is nearly always done with in one test. Four
 * sums, because each waits for itself alone. */
static bool block_poisoned(const uint64_t *flags, size_t count)
{
	uint64_t any[4] = {0};
	size_t i = 0;

	for (; i + 4 <= count; i += 4) {
		any[0] |= flags[i];
		any[1] |= flags[i + 1];
		any[2] |= flags[i + 2];
		any[3] |= flags[i + 3];
	}
	for (; i < count; i++)
		any[0] |= flags[i];
	return (any[0] | any[1] | any[2] | any[3]) & KPAGEFLAG(KPF_HWPOISON);
}

static int flags_look(struct hwpoison_hits *hits, uint64_t pfn, const uint64_t *flags, size_t count)
{
	size_t end;

	for (size_t block = 0; block < count; block = end) {
		end = count - block < BLOCK ? count : block + BLOCK;
		if (!block_poisoned(flags + block, end - block))
			continue;
		for (size_t i = block; i < end; i++) {
			struct hwpoison_hit hit = {pfn + i, 1, flags[i] & KPAGEFLAG(KPF_HUGE)};

			if (!(flags[i] & KPAGEFLAG(KPF_HWPOISON)))
				continue;
			if (hwpoison_hit_add(hits, &hit))
				return HWPOISON_ENOMEM;
		}
	}
	return 0;
}

static int piece_scan(struct worker *worker, uint64_t piece)
{
	const struct hwpoison_scan_work *work = worker->scan->work;
	const struct hwpoison_pfns *pfns = &work->pfns[worker->at];
	size_t size = worker->scan->piece, got;
	uint64_t base, start, end;

	while (piece - worker->at_piece >= pieces_of(pfns, size)) {
		worker->at_piece += pieces_of(pfns, size);
		pfns = &work->pfns[++worker->at];
	}
	base = (pfns->start / size + piece - worker->at_piece) * size;
	start = hwpoison_max(base, pfns->start);
	end = hwpoison_min(base + size, pfns->end);

	worker->found.failed_pfn = start;
	worker->found.os_error = hwpoison_flags_read(work->file, start, worker->buffer,
						     (size_t)(end - start), &got);
	if (worker->found.os_error)
		return HWPOISON_EIO;
	worker->found.frames_read += got;
	if (start + got < hwpoison_min(end, pfns->whole)) {
		worker->found.failed_pfn = start + got;
		return HWPOISON_ESHORT;
	}
	return flags_look(&worker->found.hits, start, worker->buffer, got);
}

static void progress_tell(struct scan *scan, uint64_t pfns)
{
	const struct hwpoison_scan_options *options = scan->work->options;

	if (!options->progress)
		return;
	pthread_mutex_lock(&scan->lock);
	scan->done += pfns;
	options->progress(options->context, scan->done * options->page_size,
			  scan->total * options->page_size);
	pthread_mutex_unlock(&scan->lock);
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct scan *scan = worker->scan;

	while (!worker->error && !atomic_load(&scan->stop)) {
		uint64_t piece = atomic_fetch_add(&scan->next, 1);
		uint64_t before = worker->found.frames_read;

		if (piece >= scan->pieces)
			break;
		worker->error = piece_scan(worker, piece);
		if (worker->error)
			atomic_store(&scan->stop, true);
		else
			progress_tell(scan, worker->found.frames_read - before);
	}
	return NULL;
}

static size_t workers_wanted(const struct scan *scan)
{
	unsigned int asked = scan->work->options->threads;
	long online = asked ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t wanted = online < 1 ? 1 : (uint64_t)online;

	return (size_t)hwpoison_max(1,
				    hwpoison_min(hwpoison_min(wanted, THREADS_MAX), scan->pieces));
}

/* Starts what can be started: one thread too few is no reason to fail. Signals are for the
 * threads of the caller, whose handlers know nothing of these. */
static size_t workers_start(struct worker *workers, size_t count)
{
	sigset_t all, before;
	size_t started = 1;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < count &&
	       !pthread_create(&workers[started].thread, NULL, worker_run, &workers[started]))
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static int hit_compare(const void *a, const void *b)
{
	const struct hwpoison_hit *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Takes what the workers found together, or the failure that lies lowest. */
static int workers_join(struct worker *workers, size_t count, struct hwpoison_scan_found *found)
{
	struct hwpoison_hits all = {0};
	const struct worker *failed = NULL;
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const struct worker *worker = &workers[i];

		found->frames_read += worker->found.frames_read;
		if (worker->error &&
		    (!failed || worker->found.failed_pfn < failed->found.failed_pfn))
			failed = worker;
		for (size_t j = 0; j < worker->found.hits.count && !error; j++)
			error = hwpoison_hit_add(&all, &worker->found.hits.hits[j]);
	}
	if (failed) {
		found->failed_pfn = failed->found.failed_pfn;
		found->os_error = failed->found.os_error;
		error = failed->error;
	}
	if (!error && all.count)
		qsort(all.hits, all.count, sizeof(*all.hits), hit_compare);
	for (size_t i = 0; i < all.count && !error; i++)
		error = hwpoison_hit_add(&found->hits, &all.hits[i]);
	free(all.hits);
	return error;
}

static struct worker *workers_make(struct scan *scan, size_t count)
{
	struct worker *workers = calloc(count, sizeof(*workers));
	bool complete = workers != NULL;

	for (size_t i = 0; i < count && complete; i++) {
		workers[i].scan = scan;
		complete = !posix_memalign((void **)&workers[i].buffer, 4096,
					   scan->piece * sizeof(uint64_t));
	}
	if (complete)
		return workers;
	for (size_t i = 0; workers && i < count; i++)
		free(workers[i].buffer);
	free(workers);
	return NULL;
}

int hwpoison_scan_run(const struct hwpoison_scan_work *work, struct hwpoison_scan_found *found)
{
	size_t buffer = work->options->buffer ? work->options->buffer : BUFFER_DEFAULT;
	struct scan scan = {.work = work, .piece = buffer / sizeof(uint64_t)};
	struct worker *workers;
	size_t wanted, started;
	int error;

	for (size_t i = 0; i < work->pfns_count; i++) {
		scan.pieces += pieces_of(&work->pfns[i], scan.piece);
		scan.total += work->pfns[i].end - work->pfns[i].start;
	}
	wanted = workers_wanted(&scan);
	workers = workers_make(&scan, wanted);
	if (!workers)
		return HWPOISON_ENOMEM;
	pthread_mutex_init(&scan.lock, NULL);
	started = workers_start(workers, wanted);
	worker_run(&workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_mutex_destroy(&scan.lock);

	error = workers_join(workers, started, found);
	for (size_t i = 0; i < wanted; i++) {
		free(workers[i].found.hits.hits);
		free(workers[i].buffer);
	}
	free(workers);
	if (error) {
		free(found->hits.hits);
		found->hits = (struct hwpoison_hits){0};
	}
	return error;
}
