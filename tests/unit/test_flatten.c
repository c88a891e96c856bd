/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device tree that is made of /proc/device-tree: a tree is written out as directories and files,
 * and what is made of them must say the same. Then what is too large, too deep, or leads away.
 */
#include "kexec/flatten.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/arm64_fixture.h"
#include "tests/unit/tree.h"

static void directories_make(struct arm64_fixture *f, const void *tree)
{
	char path[512];

	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		int property, length;
		const char *name;

		fdt_for_each_property_offset(property, tree, node)
		{
			const void *value = fdt_getprop_by_offset(tree, property, &name, &length);
			char parent[400];

			OK(fdt_get_path(tree, node, parent, sizeof(parent)));
			snprintf(path, sizeof(path), "proc/device-tree%s/%s", parent, name);
			fixture_bytes(&f->files, path, value, (size_t)length);
		}
	}
	/* What Linux makes up. */
	fixture_text(&f->files, "proc/device-tree/chosen/name", "chosen");
}

/* All that a tree says, its lines sorted. */
static char *sorted(const void *tree)
{
	char *text = tree_text(tree, false), *lines[512], *out = calloc(1, strlen(text) + 2);
	size_t count = 0;

	for (char *line = strtok(text, "\n"); line && count < 512; line = strtok(NULL, "\n"))
		lines[count++] = line;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			if (strcmp(lines[j], lines[i]) < 0) {
				char *line = lines[i];

				lines[i] = lines[j];
				lines[j] = line;
			}
		}
		strcat(strcat(out, lines[i]), "\n");
	}
	free(text);
	return out;
}

static void test_flatten(void **state)
{
	void *tree = arm64_tree_make(ARM64_EFI_TREE);
	struct arm64_fixture f;
	char *was, *is;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "50000000-50001000");
	fixture_remove(&f.files, "sys/firmware/fdt");
	directories_make(&f, tree);
	arm64_places(&f);
	assert_true(arm64_warned(&f, "does not show the memory reserve block"));
	assert_true(f.files.machine.efi);
	/* All but the memory reserve block is the same. */
	while (fdt_num_mem_rsv(tree))
		OK(fdt_del_mem_rsv(tree, 0));
	was = sorted(tree);
	is = sorted(f.files.machine.fdt);
	assert_string_equal(is, was);
	free(was);
	free(is);
	/* Nodes of an earlier kernel are read there as well. */
	free(tree);
	tree = f.plan.next_dtb;
	f.plan.next_dtb = NULL;
	fixture_remove(&f.files, "proc/device-tree");
	directories_make(&f, tree);
	hwpoison_frames_free(&f.frames);
	machine_free(&f.files.machine);
	assert_int_equal(fixture_read(&f.files), 0);
	assert_int_equal(hwpoison_fdt_frames(f.files.machine.fdt, f.files.machine.fdt_size, 4096,
					     &f.frames, NULL),
			 0);
	assert_string_equal(frames_words(&f.frames), "50000000-50001000 10/1000");
	free(tree);
	arm64_fixture_free(&f);
}

static int flatten(struct arm64_fixture *f)
{
	char path[160];
	void *fdt = NULL;
	size_t size;
	int directory, error;

	snprintf(path, sizeof(path), "%s/tree", f->files.root);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(directory >= 0);
	error = tree_flatten(directory, &fdt, &size);
	close(directory);
	free(fdt);
	return error;
}

static void test_flatten_bounds(void **state)
{
	char path[400] = "tree";
	struct arm64_fixture f;
	void *bytes = calloc(1, 2 << 20);

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	fixture_bytes(&f.files, "tree/large", bytes, (2 << 20) - 4096);
	assert_int_equal(flatten(&f), 0);
	fixture_bytes(&f.files, "tree/more", bytes, 4096);
	assert_int_equal(flatten(&f), -EFBIG);
	fixture_bytes(&f.files, "tree/large", bytes, 2 << 20);
	assert_int_equal(flatten(&f), -EFBIG);
	fixture_remove(&f.files, "tree/large");
	for (int i = 0; i < 64; i++)
		strcat(path, "/d");
	strcat(path, "/p");
	fixture_text(&f.files, path, "deep");
	assert_int_equal(flatten(&f), 0);
	path[strlen(path) - 1] = 0;
	strcat(path, "d/p");
	fixture_text(&f.files, path, "deeper");
	assert_int_equal(flatten(&f), -ELOOP);
	free(bytes);
	arm64_fixture_free(&f);
}

/* A link in a snapshot leads nowhere. */
static void test_flatten_links(void **state)
{
	struct arm64_fixture f;
	char path[160];

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	fixture_remove(&f.files, "sys/firmware/fdt");
	snprintf(path, sizeof(path), "%s/proc/device-tree", f.files.root);
	assert_int_equal(symlink("/proc/self", path), 0);
	arm64_refuses(&f, "name the device tree with --dtb");
	arm64_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flatten),
		cmocka_unit_test(test_flatten_bounds),
		cmocka_unit_test(test_flatten_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
