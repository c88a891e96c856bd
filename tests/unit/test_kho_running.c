/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a running kernel preserves by KHO, in debugfs as a snapshot has it and in the open files of its
 * processes (links, as /proc has them), and what is made of it: a load by kexec_load(2) is refused or
 * warned of, one by kexec_file_load(2) is told what goes with it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/host.h"
#include "kexec/kho/files.h"
#include "kexec/kho/running.h"
#include "kexec/prepare.h"
#include "tests/unit/capture.h"
#include "tests/unit/kho_blobs.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

#define END 0x40000000
#define OUT "sys/kernel/debug/kho/out/sub_fdts/"

struct scene {
	struct machine_fixture f;
	struct warnings warnings;
	char said[1024];
};

/* A machine with KHO on, which preserves nothing of anybody's. */
static void scene_start(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fixture_x86_64(&scene->f);
	fixture_text(&scene->f, OUT "kexec-metadata", "x");
}

static void scene_free(struct scene *scene)
{
	warnings_free(&scene->warnings);
	fixture_free(&scene->f);
}

static int check_as(struct scene *scene, bool running)
{
	int code;

	machine_free(&scene->f.machine);
	warnings_free(&scene->warnings);
	scene->warnings = (struct warnings){0};
	assert_int_equal(fixture_read(&scene->f), 0);
	scene->f.machine.running = running;
	capture_start();
	code = kho_running_check(&scene->f.machine, &scene->f.options, &scene->warnings);
	snprintf(scene->said, sizeof(scene->said), "%s", capture_stop());
	return code;
}

static int check(struct scene *scene)
{
	return check_as(scene, true);
}

static bool warned(const struct scene *scene, const char *words)
{
	for (size_t i = 0; i < scene->warnings.count; i++) {
		if (strstr(scene->warnings.lines[i], words))
			return true;
	}
	return false;
}

/* An open file of a process. */
static void file_open(struct scene *scene, int process, int number, const char *target)
{
	char path[200];

	snprintf(path, sizeof(path), "proc/%d/fd/keep", process);
	fixture_text(&scene->f, path, "");
	snprintf(path, sizeof(path), "%s/proc/%d/fd/%d", scene->f.root, process, number);
	assert_int_equal(symlink(target, path), 0);
}

static void nothing_is_lost(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 0);
	/* Lists are handed over by us as well. */
	scene.f.options.preserve = true;
	fixture_text(&scene.f, OUT "hwpoison", "x");
	fixture_text(&scene.f, OUT "hwpoison-ranges", "x");
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 0);
	scene_free(&scene);
}

static void what_would_be_lost_is_named(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "memblock", "x");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "preserves by Kexec HandOver: memblock (memory of "
					   "reserve_mem=); "));
	assert_non_null(strstr(scene.said, "--kho-discard"));
	assert_int_equal(check_as(&scene, false), EXIT_USAGE);
	fixture_remove(&scene.f, OUT "memblock");
	fixture_text(&scene.f, OUT "drv-state", "x");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "HandOver: drv-state; "));
	scene_free(&scene);
}

static void it_may_be_discarded(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "memblock", "x");
	scene.f.options.kho_discard = true;
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 1);
	assert_true(warned(&scene, "is lost, as you say: memblock"));
	scene_free(&scene);
}

/* A crash kernel gets nothing of it, and kexec_file_load() carries it. */
static void other_loads_are_not_asked(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "memblock", "x");
	scene.f.options.panic = true;
	assert_int_equal(check(&scene), 0);
	scene.f.options.panic = false;
	scene.f.options.file_syscall = true;
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 0);
	scene_free(&scene);
}

/* The node is there whenever LUO is on; a update is a file. */
static void updates_are_files(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "LUO", "luo-v5");
	file_open(&scene, 1, 3, "anon_inode:[eventpoll]");
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 0);
	file_open(&scene, 77, 5, "anon_inode:[luo_session] vm-1");
	file_open(&scene, 78, 5, "anon_inode:[luo_session] vm-1");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "HandOver: LUO (update \"vm-1\"); "));
	file_open(&scene, 78, 6, "anon_inode:[luo_session] b");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "\"vm-1\""));
	assert_non_null(strstr(scene.said, "\"b\""));
	scene_free(&scene);
}

static void updates_that_cannot_be_seen_may_be_there(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "LUO", "luo-v5");
	file_open(&scene, 1, 3, "anon_inode:[eventpoll]");
	/* Not a directory: neither ended nor to be looked at. */
	fixture_text(&scene.f, "proc/2/fd", "");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "LUO (whose open updates cannot be seen)"));
	/* A process that ended meanwhile has none. */
	fixture_remove(&scene.f, "proc/2/fd");
	assert_int_equal(check(&scene), 0);
	scene_free(&scene);
}

static void a_snapshot_does_not_tell_of_updates(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "LUO", "luo-v5");
	assert_int_equal(check_as(&scene, false), 0);
	assert_true(warned(&scene, "whether it has open live updates"));
	scene_free(&scene);
}

/* Also by a kernel without debugfs: open updates are files all the same, and reserve_mem= stands on its
 * command line. */
static void what_is_seen_elsewhere_is_not_lost(void **state)
{
	struct scene scene;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	fixture_x86_64(&scene.f);
	fixture_text(&scene.f, "proc/cmdline", "kho=on");
	file_open(&scene, 1, 3, "anon_inode:[eventpoll]");
	assert_int_equal(check(&scene), 0);
	file_open(&scene, 77, 5, "anon_inode:[luo_session] vm-1");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "HandOver: LUO (update \"vm-1\"); "));
	scene.f.options.kho_discard = true;
	assert_int_equal(check(&scene), 0);
	scene_free(&scene);

	memset(&scene, 0, sizeof(scene));
	fixture_x86_64(&scene.f);
	fixture_text(&scene.f, "proc/cmdline", "reserve_mem=4M:4K:trace");
	assert_int_equal(check(&scene), 0);
	fixture_text(&scene.f, "proc/cmdline", "kho=on reserve_mem=4M:4K:trace");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, "HandOver: memblock (memory of reserve_mem=); "));
	scene_free(&scene);
}

/* The way out that cannot be had together with ours is said to be one. */
static void the_way_out_is_said_to_lack_ours(void **state)
{
	static const char words[] = "(kexec_file_load), which cannot keep bad memory out, or say";
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "memblock", "x");
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_null(strstr(scene.said, words));
	scene.f.options.preserve = true;
	assert_int_equal(check(&scene), EXIT_USAGE);
	assert_non_null(strstr(scene.said, words));
	scene_free(&scene);
}

/* KHO is on, and the kernel shows nothing of it. */
static void what_cannot_be_seen_is_warned_of(void **state)
{
	static const struct {
		const char *line, *config;
		bool on;
	} kernels[] = {
		{"quiet", NULL, false},
		{"quiet kho=on", NULL, true},
		{"kho=on kho=off", NULL, false},
		{"kho=1", "CONFIG_X86_64=y\n", false},
		{"kho=1", "CONFIG_X86_64=y\nCONFIG_KEXEC_HANDOVER=y\n", true},
		{"quiet", "CONFIG_X86_64=y\nCONFIG_KEXEC_HANDOVER=y\n", false},
		{"quiet",
		 "CONFIG_X86_64=y\nCONFIG_KEXEC_HANDOVER=y\n"
		 "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y\n",
		 true},
		{"kho=n",
		 "CONFIG_X86_64=y\nCONFIG_KEXEC_HANDOVER=y\n"
		 "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y\n",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		struct scene scene;

		memset(&scene, 0, sizeof(scene));
		fixture_x86_64(&scene.f);
		fixture_text(&scene.f, "proc/cmdline", kernels[i].line);
		if (kernels[i].config)
			fixture_text(&scene.f, "proc/config.gz", kernels[i].config);
		assert_int_equal(check_as(&scene, false), 0);
		if (scene.warnings.count != kernels[i].on ||
		    warned(&scene, "what it preserves cannot be seen") != kernels[i].on)
			fail_msg("%zu: %zu warnings", i, scene.warnings.count);
		scene.f.options.kho_discard = true;
		assert_int_equal(check_as(&scene, false), 0);
		assert_int_equal(scene.warnings.count, 0);
		scene_free(&scene);
	}
}

static void a_list_of_the_kernel_s_own_is_not_lost_unsaid(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "hwpoison", "x");
	assert_int_equal(check(&scene), 0);
	assert_int_equal(scene.warnings.count, 1);
	assert_true(warned(&scene, "add --preserve-hwpoison"));
	scene_free(&scene);
}

/* Before anything else is looked at. */
static void a_preparation_is_refused(void **state)
{
	struct preparation preparation = {0};
	struct scene scene;
	const char *said;

	(void)state;
	scene_start(&scene);
	fixture_text(&scene.f, OUT "memblock", "x");
	scene.f.options.kernel = "/nowhere/vmlinuz";
	capture_start();
	assert_int_not_equal(preparation_make(&scene.f.options, &preparation), 0);
	said = capture_stop();
	assert_non_null(strstr(said, "preserves by Kexec HandOver"));
	preparation_free(&preparation);

	preparation = (struct preparation){0};
	scene.f.options.kho_discard = true;
	capture_start();
	assert_int_not_equal(preparation_make(&scene.f.options, &preparation), 0);
	assert_non_null(strstr(capture_stop(), "/nowhere/vmlinuz"));
	preparation_free(&preparation);
	scene_free(&scene);
}

/* --- with kexec_file_load(2) ------------------------------------------------------------------------ */

static void tell(struct scene *scene)
{
	struct host host = {.root = open(scene->f.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

	assert_true(host.root >= 0);
	warnings_free(&scene->warnings);
	scene->warnings = (struct warnings){0};
	capture_start();
	kho_running_tell(&host, &scene->f.options, &scene->warnings);
	assert_string_equal(capture_stop(), "");
	close(host.root);
}

static void a_list_that_goes_with_it_is_compared(void **state)
{
	uint8_t blob[COUNT_BLOB];
	struct scene scene;

	(void)state;
	scene_start(&scene);
	fixture_poison(&scene.f, END, UINT64_C(0x200000), UINT64_C(0x201000), UINT64_C(0x300000),
		       UINT64_C(0));
	tell(&scene);
	assert_int_equal(scene.warnings.count, 0);
	count_blob(3, blob);
	fixture_bytes(&scene.f, OUT "hwpoison", blob, sizeof(blob));
	tell(&scene);
	assert_int_equal(scene.warnings.count, 1);
	assert_true(
		warned(&scene, "its own list of 3 bad frames over by Kexec HandOver; 3 are known"));
	count_blob(2, blob);
	fixture_bytes(&scene.f, OUT "hwpoison", blob, sizeof(blob));
	tell(&scene);
	assert_true(warned(&scene, "its own list of 2 bad frames over by Kexec HandOver, and 3 are "
				   "known: the next kernel may use the others"));
	scene.f.options.panic = true;
	tell(&scene);
	assert_int_equal(scene.warnings.count, 0);
	scene.f.options.panic = false;
	fixture_text(&scene.f, OUT "hwpoison", "x");
	tell(&scene);
	assert_true(warned(&scene, "how many frames it has cannot be read"));
	scene_free(&scene);
}

/* A stock kernel does not hand on what it was handed; what its map keeps out stays out. */
static void frames_that_go_no_further_are_counted(void **state)
{
	struct scene scene;
	uint8_t blob[4096];
	size_t size;

	(void)state;
	scene_start(&scene);
	fixture_poison(&scene.f, END, UINT64_C(0));
	size = ranges_blob("200000-203000 1/1000, fee00000-fee01000 1/1000", blob);
	fixture_bytes(&scene.f, "sys/kernel/debug/kho/in/sub_fdts/hwpoison-ranges", blob, size);
	tell(&scene);
	assert_int_equal(scene.warnings.count, 1);
	assert_true(warned(&scene, "3 bad frames that this kernel was told of"));
	size = ranges_blob("fee00000-fee01000 1/1000", blob);
	fixture_bytes(&scene.f, "sys/kernel/debug/kho/in/sub_fdts/hwpoison-ranges", blob, size);
	tell(&scene);
	assert_int_equal(scene.warnings.count, 0);
	scene_free(&scene);
}

/* --- into a snapshot -------------------------------------------------------------------------------- */

static void a_snapshot_has_all_of_it(void **state)
{
	static const char *const files[] = {
		"sys/kernel/debug/kho/in/fdt",
		"sys/kernel/debug/kho/in/sub_fdts/hwpoison-ranges",
		"sys/kernel/debug/kho/out/fdt",
		"sys/kernel/debug/kho/out/scratch_phys",
		"sys/kernel/debug/kho/out/scratch_len",
		OUT "kexec-metadata",
		OUT "LUO",
	};
	struct machine_fixture copy;
	struct scene scene;
	int directory;

	(void)state;
	scene_start(&scene);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		fixture_text(&scene.f, files[i], files[i]);
	assert_int_equal(fixture_read(&scene.f), 0);
	fixture_x86_64(&copy);
	fixture_text(&copy, "sys/kernel/debug/kho/out/scratch_len", "there already");
	directory = open(copy.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(kho_files_copy(&scene.f.machine, directory), 0);
	close(directory);
	assert_int_equal(fixture_read(&copy), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		void *text;
		size_t size;

		assert_int_equal(machine_file(&copy.machine, files[i], 4096, &text, &size), 0);
		assert_string_equal(text,
				    strstr(files[i], "scratch_len") ? "there already" : files[i]);
		free(text);
	}
	fixture_free(&copy);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(what_would_be_lost_is_named),
		cmocka_unit_test(it_may_be_discarded),
		cmocka_unit_test(other_loads_are_not_asked),
		cmocka_unit_test(updates_are_files),
		cmocka_unit_test(updates_that_cannot_be_seen_may_be_there),
		cmocka_unit_test(a_snapshot_does_not_tell_of_updates),
		cmocka_unit_test(what_is_seen_elsewhere_is_not_lost),
		cmocka_unit_test(the_way_out_is_said_to_lack_ours),
		cmocka_unit_test(what_cannot_be_seen_is_warned_of),
		cmocka_unit_test(a_list_of_the_kernel_s_own_is_not_lost_unsaid),
		cmocka_unit_test(a_preparation_is_refused),
		cmocka_unit_test(a_list_that_goes_with_it_is_compared),
		cmocka_unit_test(frames_that_go_no_further_are_counted),
		cmocka_unit_test(a_snapshot_has_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
