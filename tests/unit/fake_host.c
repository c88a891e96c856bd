/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that is not there. */
#include "tests/unit/fake_host.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/prepare.h"
#include "purgatory/sha256.h"
#include "tests/unit/words.h"

static struct fake *current;
static int standard_error = -1;

__attribute__((format(printf, 2, 3))) static void note(struct fake *fake, const char *format, ...)
{
	size_t used = strlen(fake->log);
	va_list arguments;

	if (used)
		fake->log[used++] = ' ';
	va_start(arguments, format);
	vsnprintf(fake->log + used, sizeof(fake->log) - used, format, arguments);
	va_end(arguments);
}

static int fake_load(void *context, uint64_t entry, size_t count,
		     const struct kexec_segment *segments, uint64_t flags)
{
	struct fake *fake = context;
	int answer = fake->loads < FAKE_ANSWERS ? fake->load_answers[fake->loads] : 0;

	note(fake, count ? "load" : "unload");
	fake->loads++;
	fake->load_entry = entry;
	fake->load_flags = flags;
	fake->load_count = count;
	for (size_t i = 0; i < count; i++)
		fake->load_segments[i] = segments[i];
	if (answer < 0)
		return answer;
	fake_loaded(fake, count != 0);
	if (count && fake->on_load)
		fake->on_load(fake);
	return answer;
}

static int fake_load_file(void *context, int kernel, int initrd, const char *command_line,
			  uint64_t flags)
{
	struct fake *fake = context;
	int answer = fake->file_loads < FAKE_ANSWERS ? fake->file_answers[fake->file_loads] : 0;

	(void)kernel;
	(void)initrd;
	(void)command_line;
	note(fake, flags & KEXEC_FILE_UNLOAD ? "file-unload" : "file-load");
	fake->file_loads++;
	fake->load_flags = flags;
	if (answer >= 0)
		fake_loaded(fake, !(flags & KEXEC_FILE_UNLOAD));
	return answer;
}

static void fake_sync(void *context)
{
	note(context, "sync");
}

static int fake_go(void *context)
{
	note(context, "start");
	return ((struct fake *)context)->start_answer;
}

static int fake_shutdown(void *context)
{
	note(context, "shutdown");
	return ((struct fake *)context)->shutdown_answer;
}

static int fake_interfaces(void *context, char (*names)[IFNAMSIZ], size_t count)
{
	struct fake *fake = context;

	assert_true((size_t)fake->interface_count <= count);
	for (int i = 0; i < fake->interface_count; i++)
		memcpy(names[i], fake->interface_names[i], IFNAMSIZ);
	return fake->interface_count;
}

static unsigned int *interface_find(struct fake *fake, const char *name)
{
	for (int i = 0; i < fake->interface_count; i++) {
		if (!strcmp(name, fake->interface_names[i]))
			return &fake->interface_flags[i];
	}
	return NULL;
}

static int fake_interface_get(void *context, const char *name, unsigned int *flags)
{
	unsigned int *found = interface_find(context, name);

	if (!found)
		return -ENODEV;
	*flags = *found;
	return 0;
}

static int fake_interface_set(void *context, const char *name, unsigned int flags)
{
	unsigned int *found = interface_find(context, name);

	if (!found)
		return -ENODEV;
	if (((struct fake *)context)->interface_stuck &&
	    !strcmp(name, ((struct fake *)context)->interface_stuck))
		return -EPERM;
	note(context, "%s-%s", name, flags & IFF_UP ? "up" : "down");
	*found = flags;
	return 0;
}

static int fake_hard_offline(void *context, uint64_t address)
{
	struct fake *fake = context;

	note(fake, "offline-%llx", (unsigned long long)address);
	return fake->on_offline ? fake->on_offline(fake, address) : 0;
}

static void fake_wait(void *context, unsigned int milliseconds)
{
	(void)milliseconds;
	note(context, "wait");
}

static const struct kernel_calls fake_calls = {
	.load = fake_load,
	.load_file = fake_load_file,
	.sync = fake_sync,
	.start = fake_go,
	.shutdown = fake_shutdown,
	.interfaces = fake_interfaces,
	.interface_get = fake_interface_get,
	.interface_set = fake_interface_set,
	.hard_offline = fake_hard_offline,
	.wait = fake_wait,
};

/* ---------------------------------------------------------------------------------- the plan */

/* The initrd is that of fake_start(), so that its digest is the file's. */
static const char kernel_bytes[] = "kernel", initrd_bytes[] = "an initrd";

int fake_prepare(const struct options *options, struct preparation *preparation)
{
	struct plan *plan = &preparation->plan;

	current->prepared++;
	preparation->machine.root_fd = -1;
	if (current->prepare_code)
		return current->prepare_code;
	preparation->machine.running = true;
	preparation->machine.arch = arch_native();
	preparation->machine.page_size = 4096;
	plan->machine = &preparation->machine;
	plan->options = options;
	plan->modes = options->preserve ? MODE_E820 : 0;
	plan->target.page_size = 4096;
	plan->entry = 0x100000;
	plan->segments[0] = (struct segment){.name = "kernel",
					     .bytes = kernel_bytes,
					     .bytes_size = 6,
					     .start = 0x100000,
					     .size = 0x2000};
	plan->segments[1] = (struct segment){.name = "initrd",
					     .bytes = initrd_bytes,
					     .bytes_size = 9,
					     .start = 0x200000,
					     .size = 0x1000,
					     .hashed = true};
	sha256_of(SHA256_PORTABLE, initrd_bytes, 9, plan->segments[1].sha256);
	plan->segment_count = 2;
	if (current->bad) {
		frames_of_words(current->bad, &plan->frames);
		frames_of_words(current->bad, &plan->outcome.excluded);
	}
	return 0;
}

static int fake_learn(const struct options *options, struct hwpoison_frames *frames)
{
	(void)options;
	current->learnt++;
	if (current->bad && !current->learn_code)
		frames_of_words(current->bad, frames);
	return current->learn_code;
}

const struct load_steps fake_steps = {
	.prepare = fake_prepare,
	.learn = fake_learn,
};

void fake_options(struct fake *fake, const char *word, ...)
{
	int count = 0;
	va_list words;

	options_free(&fake->options);
	va_start(words, word);
	for (; word; word = va_arg(words, const char *)) {
		assert_true(count < FAKE_WORDS - 1);
		free(fake->words[count]);
		fake->words[count++] = strdup(word);
	}
	va_end(words);
	free(fake->words[count]);
	fake->words[count] = NULL;
	assert_int_equal(options_parse(count, fake->words, arch_native(), &fake->options), 0);
	fake->options.run_dir = fake->run_dir;
}

/* ------------------------------------------------------------------------------------- files */

const char *fake_path(struct fake *fake, const char *path)
{
	static char paths[2][600];
	static unsigned int next;
	char *text = paths[next++ % 2];

	snprintf(text, sizeof(paths[0]), "%s/%s", fake->root, path);
	return text;
}

void fake_file(struct fake *fake, const char *path, const char *format, ...)
{
	char full[600];
	va_list arguments;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", fake->root, path);
	for (char *slash = full + strlen(fake->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		assert_true(!mkdir(full, 0755) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	va_start(arguments, format);
	assert_true(vfprintf(file, format, arguments) >= 0);
	va_end(arguments);
	assert_int_equal(fclose(file), 0);
}

void fake_file_remove(struct fake *fake, const char *path)
{
	assert_int_equal(unlink(fake_path(fake, path)), 0);
}

void fake_loaded(struct fake *fake, int loaded)
{
	fake_file(fake, "sys/kernel/kexec_loaded", "%d\n", loaded);
}

void fake_corrupted(struct fake *fake, unsigned int kilobytes)
{
	fake_file(fake, "proc/meminfo",
		  "MemTotal:        1048576 kB\nMemAvailable:     524288 kB\n"
		  "HardwareCorrupted: %5u kB\n",
		  kilobytes);
}

const char *fake_messages(struct fake *fake)
{
	ssize_t got;

	fflush(stderr);
	got = pread(fake->messages, fake->text, sizeof(fake->text) - 1, 0);
	assert_true(got >= 0);
	fake->text[got] = 0;
	assert_int_equal(ftruncate(fake->messages, 0), 0);
	return fake->text;
}

void fake_start(struct fake *fake)
{
	const char *scratch = getenv("TEST_TMP");
	char path[300];

	*fake = (struct fake){0};
	current = fake;
	snprintf(fake->root, sizeof(fake->root), "%s/fake-host.XXXXXX", scratch ? scratch : "/tmp");
	assert_non_null(mkdtemp(fake->root));
	snprintf(fake->run_dir, sizeof(fake->run_dir), "%s/run/kexec", fake->root);
	fake->host.calls = &fake_calls;
	fake->host.context = fake;
	fake->host.root = open(fake->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fake->host.root >= 0);
	fake_file(fake, "proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	fake_file(fake, "kernel", "a kernel");
	fake_file(fake, "initrd", "an initrd");
	fake_corrupted(fake, 4);
	fake_loaded(fake, 0);
	snprintf(path, sizeof(path), "%s/messages", fake->root);
	fake->messages = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fake->messages >= 0);
	standard_error = dup(STDERR_FILENO);
	assert_int_equal(dup2(fake->messages, STDERR_FILENO), STDERR_FILENO);
}

int fake_abandon(void **state)
{
	(void)state;
	if (standard_error < 0)
		return 0;
	fflush(stderr);
	dup2(standard_error, STDERR_FILENO);
	close(standard_error);
	standard_error = -1;
	return 0;
}

void fake_contains(const char *text, const char *words)
{
	if (strstr(text, words))
		return;
	fake_abandon(NULL);
	fail_msg("\"%s\" lacks \"%s\"", text, words);
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void fake_stop(struct fake *fake)
{
	fake_abandon(NULL);
	close(fake->messages);
	close(fake->host.root);
	options_free(&fake->options);
	for (size_t i = 0; i < FAKE_WORDS; i++)
		free(fake->words[i]);
	assert_int_equal(nftw(fake->root, entry_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
	current = NULL;
}
