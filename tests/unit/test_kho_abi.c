/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which version of KHO's ABI a kernel wants. Words are put into made-up kernels, packed in every way
 * that there is; what looks like the word but is not must not be taken for it, and what cannot be
 * looked into must never be guessed.
 */
#include <libfdt.h>

#include "kexec/arch.h"
#include "kexec/bytes.h"
#include "kexec/kho/abi.h"
#include "tests/unit/capture.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/words.h"

/* --- words ----------------------------------------------------------------------------------- */

#define WORDS(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t size;
	enum kho_answer answer;
	unsigned int abi;
	const char *name;
} words[] = {
	{WORDS(""), KHO_NONE, 0, ""},
	{WORDS("kho-v4\0"), KHO_SAYS, 4, "kho-v4"},
	{WORDS("\0kho-v3\0"), KHO_SAYS, 3, "kho-v3"},
	{WORDS("text\0kho-v2\0text"), KHO_SAYS, 2, "kho-v2"},
	{WORDS("\x90\xc3kho-v4\0"), KHO_SAYS, 4, "kho-v4"},
	{WORDS("\0kho-v4\0\0kho-v4\0"), KHO_SAYS, 4, "kho-v4"},
	{WORDS("\0kho-v1\0"), KHO_STRANGE, 0, "kho-v1"},
	{WORDS("\0kho-v5\0"), KHO_STRANGE, 0, "kho-v5"},
	{WORDS("\0kho-v44\0"), KHO_STRANGE, 0, "kho-v44"},
	{WORDS("\0kho-v04\0"), KHO_STRANGE, 0, "kho-v04"},
	{WORDS("\0kho-v4\0kho-v3\0"), KHO_SEVERAL, 0, "kho-v3"},
	{WORDS("\0kho-v4\0kho-v5\0kho-v4\0"), KHO_SEVERAL, 0, "kho-v4"},
	/* What is only like it. */
	{WORDS("\0kho-v4"), KHO_NONE, 0, ""},
	{WORDS("\0kho-v\0"), KHO_NONE, 0, ""},
	{WORDS("\0kho-v4 \0"), KHO_NONE, 0, ""},
	{WORDS("\0kho-v4.1\0"), KHO_NONE, 0, ""},
	{WORDS("\0kho-vx\0"), KHO_NONE, 0, ""},
	{WORDS("\0not-kho-v4\0"), KHO_NONE, 0, ""},
	{WORDS("\0KHO-V4\0"), KHO_NONE, 0, ""},
	{WORDS("\0kho-v1234567890123456789012345\0"), KHO_NONE, 0, ""},
	{WORDS("compatible: \"kho-v3\"\nkho-v4\n\0"), KHO_NONE, 0, ""},
	/* What is only like it does not hide what is it. */
	{WORDS("not-kho-v3\0kho-v4\0kho-v5"), KHO_SAYS, 4, "kho-v4"},
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *exact = malloc(words[i].size ? words[i].size : 1);
		struct kho_found found;

		/* No byte behind the end may be looked at. */
		memcpy(exact, words[i].bytes, words[i].size);
		kho_abi_search(exact, words[i].size, &found);
		if (found.answer != words[i].answer || strcmp(found.name, words[i].name) != 0 ||
		    (found.answer == KHO_SAYS && found.abi != words[i].abi))
			fail_msg("words %zu: answer %d, %s", i, found.answer, found.name);
		free(exact);
	}
}

/* --- images ---------------------------------------------------------------------------------- */

#define PAYLOAD 0x1000 /* from the protected-mode code on */
#define PROTECTED (1u << 20)

/* A bzImage with these bytes as its packed kernel. */
static void bzimage(struct blob *kernel, const void *payload, size_t size, struct image *image)
{
	*kernel = blob_bzimage(PROTECTED);
	assert_true(PAYLOAD + size <= PROTECTED);
	put_le32(kernel->bytes + 0x248, PAYLOAD);
	put_le32(kernel->bytes + 0x24c, (uint32_t)size);
	memcpy(kernel->bytes + 5 * 512 + PAYLOAD, payload, size);
	assert_int_equal(image_parse(&arch_x86_64, "vmlinuz", kernel->bytes, kernel->size, NULL, 0,
				     image),
			 0);
}

static enum kho_answer answer_of(const void *payload, size_t size, struct kho_found *found)
{
	struct image image;
	struct blob kernel;

	bzimage(&kernel, payload, size, &image);
	kho_abi_of_image(&image, found);
	image_free(&image);
	free(kernel.bytes);
	return found->answer;
}

/* A kernel of some size with a word in it. */
static struct blob vmlinux(const char *word)
{
	struct blob blob = blob_noise(200000, 3);

	memset(blob.bytes + 150000, 0, 100);
	strcpy((char *)blob.bytes + 150010, word);
	return blob;
}

static void test_packed(void **state)
{
	struct blob with = vmlinux("kho-v4"), without = vmlinux("kho-4");
	struct kho_found found;

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(with.bytes, with.size);

		if (answer_of(packed.bytes, packed.size, &found) != KHO_SAYS || found.abi != 4)
			fail_msg("%s: answer %d (%s)", packer->name, found.answer, found.why);
		/* Without its end, or with another beginning, it is not guessed. */
		assert_int_equal(answer_of(packed.bytes, packed.size / 2, &found), KHO_UNREADABLE);
		memset(packed.bytes, 0x55, 16);
		assert_int_equal(answer_of(packed.bytes, packed.size, &found), KHO_UNREADABLE);
		free(packed.bytes);
		packed = packer->pack(without.bytes, without.size);
		assert_int_equal(answer_of(packed.bytes, packed.size, &found), KHO_NONE);
		free(packed.bytes);
	}
	memcpy(with.bytes, "\177ELF", 4);
	assert_int_equal(answer_of(with.bytes, with.size, &found), KHO_SAYS);
	free(with.bytes);
	free(without.bytes);
}

static void test_packed_otherwise(void **state)
{
	static const char bzip2[] = "BZh9\x31\x41\x59\x26\x53\x59kho-v4";
	struct kho_found found;
	struct image image;
	struct blob kernel;

	(void)state;
	assert_int_equal(answer_of(WORDS(bzip2), &found), KHO_UNREADABLE);
	/* A word beside the packed kernel, or before unpacking, is nothing. */
	assert_int_equal(answer_of(WORDS("\0kho-v4\0"), &found), KHO_UNREADABLE);
	assert_int_equal(answer_of(WORDS(""), &found), KHO_UNREADABLE);
	bzimage(&kernel, "x", 1, &image);
	put_le32(image.kernel + 0x248, 0xffffffff);
	kho_abi_of_image(&image, &found);
	assert_int_equal(found.answer, KHO_UNREADABLE);
	/* One byte past the end is not looked at; up to it, all is. */
	memcpy(image.kernel + image.kernel_size - 12, "\177ELF\0kho-v4", 12);
	put_le32(image.kernel + 0x248, PROTECTED - 12);
	put_le32(image.kernel + 0x24c, 13);
	kho_abi_of_image(&image, &found);
	assert_int_equal(found.answer, KHO_UNREADABLE);
	put_le32(image.kernel + 0x24c, 12);
	kho_abi_of_image(&image, &found);
	assert_int_equal(found.answer, KHO_SAYS);
	image_free(&image);
	free(kernel.bytes);
}

static void test_arm64_image(void **state)
{
	struct blob kernel = blob_arm64(100000);
	struct kho_found found;
	struct image image;

	(void)state;
	memcpy(kernel.bytes + 50000, "\0kho-v3", 8);
	assert_int_equal(image_parse(&arch_arm64, "Image", kernel.bytes, kernel.size, NULL, 0,
				     &image),
			 0);
	kho_abi_of_image(&image, &found);
	assert_int_equal(found.answer, KHO_SAYS);
	assert_int_equal(found.abi, HWPOISON_KHO_V3);
	image_free(&image);
	free(kernel.bytes);
}

/* --- trees ----------------------------------------------------------------------------------- */

static int tree_make(const char *compatible, char tree[1024])
{
	assert_int_equal(fdt_create_empty_tree(tree, 1024), 0);
	assert_int_equal(fdt_setprop_string(tree, 0, "compatible", compatible), 0);
	return (int)fdt_totalsize(tree);
}

static void test_trees(void **state)
{
	struct kho_found found;
	char tree[1024];
	int size = tree_make("kho-v4", tree);

	(void)state;
	kho_abi_of_tree(tree, (size_t)size, &found);
	assert_int_equal(found.answer, KHO_SAYS);
	assert_int_equal(found.abi, 4);
	kho_abi_of_tree(tree, 100, &found);
	assert_int_equal(found.answer, KHO_UNREADABLE);
	size = tree_make("kho-v5", tree);
	kho_abi_of_tree(tree, (size_t)size, &found);
	assert_int_equal(found.answer, KHO_STRANGE);
	size = tree_make("linux,dummy", tree);
	kho_abi_of_tree(tree, (size_t)size, &found);
	assert_int_equal(found.answer, KHO_STRANGE);
	assert_int_equal(fdt_delprop(tree, 0, "compatible"), 0);
	kho_abi_of_tree(tree, sizeof(tree), &found);
	assert_int_equal(found.answer, KHO_UNREADABLE);
	/* Not ended by a 0. */
	assert_int_equal(fdt_setprop(tree, 0, "compatible", "kho-v4", 6), 0);
	kho_abi_of_tree(tree, sizeof(tree), &found);
	assert_int_equal(found.answer, KHO_UNREADABLE);
}

/* --- settling -------------------------------------------------------------------------------- */

/* A plan for a kernel with this word, packed so that it can be read, or not. */
static void plan_start(struct plan_fixture *f, unsigned int modes, const char *word, bool readable)
{
	struct blob kernel, elf = vmlinux(word);

	plan_fixture_start(f, "0-9fc00 ram, 100000-40000000 ram", "5000000-5001000");
	image_free(&f->image);
	memcpy(elf.bytes, readable ? "\177ELF" : "BZh9", 4);
	bzimage(&kernel, elf.bytes, elf.size, &f->image);
	f->plan.modes = modes;
	strcpy(f->plan.target.release, "6.1.0-test");
	free(kernel.bytes);
	free(elf.bytes);
}

static void settles(struct plan_fixture *f, unsigned int modes, unsigned int abi, const char *from)
{
	assert_int_equal(kho_abi_settle(&f->plan), 0);
	assert_int_equal(f->plan.modes, modes);
	assert_int_equal(f->plan.kho.abi, abi);
	if (abi && !strstr(f->plan.kho.abi_from, from))
		fail_msg("from %s", f->plan.kho.abi_from);
	plan_fixture_free(f);
}

static void refuses(struct plan_fixture *f, const char *says)
{
	const char *said;
	int code;

	capture_start();
	code = kho_abi_settle(&f->plan);
	said = capture_stop();
	if (code != EXIT_USAGE || !strstr(said, says))
		fail_msg("code %d, said: %s", code, said);
	plan_fixture_free(f);
}

static void config_says(struct plan_fixture *f, enum config_answer answer)
{
	f->plan.target.handover = answer;
	strcpy(f->plan.target.config_from, "/boot/config-test");
}

#define BOTH (MODE_E820 | MODE_KHO)

static void test_settle_image(void **state)
{
	struct plan_fixture f;

	(void)state;
	plan_start(&f, MODE_KHO, "kho-v4", true);
	settles(&f, MODE_KHO, 4, "its image");
	plan_start(&f, BOTH, "kho-v2", true);
	settles(&f, BOTH, 2, "its image");
	plan_start(&f, MODE_KHO, "kho-v5", true);
	refuses(&f, "wants kho-v5");
	plan_start(&f, BOTH, "kho-v1", true);
	refuses(&f, "wants kho-v1");
	plan_start(&f, MODE_KHO, "none", true);
	refuses(&f, "without CONFIG_KEXEC_HANDOVER");
	/* In combination the map is still told, and that is said. */
	plan_start(&f, BOTH, "none", true);
	assert_int_equal(kho_abi_settle(&f.plan), 0);
	assert_int_equal(f.plan.modes, MODE_E820);
	assert_int_equal(f.plan.warnings.count, 1);
	assert_non_null(strstr(f.plan.warnings.lines[0], "without CONFIG_KEXEC_HANDOVER"));
	plan_fixture_free(&f);
}

static void test_settle_told(void **state)
{
	struct plan_fixture f;

	(void)state;
	plan_start(&f, MODE_KHO, "kho-v4", true);
	f.options.kho_abi = 4;
	settles(&f, MODE_KHO, 4, "--kho-abi");
	plan_start(&f, MODE_KHO, "kho-v4", true);
	f.options.kho_abi = 3;
	refuses(&f, "wants kho-v4");
	plan_start(&f, MODE_KHO, "kho-v5", true);
	f.options.kho_abi = 4;
	refuses(&f, "wants kho-v5");
	plan_start(&f, MODE_KHO, "", false);
	f.options.kho_abi = 3;
	settles(&f, MODE_KHO, 3, "--kho-abi");
	/* What has no KHO gets none by being told, whether its image says so or its config. */
	plan_start(&f, MODE_KHO, "none", true);
	f.options.kho_abi = 4;
	refuses(&f, "without CONFIG_KEXEC_HANDOVER");
	plan_start(&f, MODE_KHO, "", false);
	config_says(&f, CONFIG_NO);
	f.options.kho_abi = 4;
	refuses(&f, "without CONFIG_KEXEC_HANDOVER (by /boot/config-test)");
	plan_start(&f, MODE_KHO, "", false);
	config_says(&f, CONFIG_YES);
	f.options.kho_abi = 4;
	settles(&f, MODE_KHO, 4, "--kho-abi");
}

/* An image that cannot be read, and a config: in combination the map is still told. */
static void test_settle_config(void **state)
{
	struct plan_fixture f;

	(void)state;
	plan_start(&f, BOTH, "", false);
	config_says(&f, CONFIG_NO);
	assert_int_equal(kho_abi_settle(&f.plan), 0);
	assert_int_equal(f.plan.modes, MODE_E820);
	assert_non_null(strstr(f.plan.warnings.lines[0], "(by /boot/config-test)"));
	plan_fixture_free(&f);
	/* An image that can be read is believed before the config. */
	plan_start(&f, MODE_KHO, "kho-v4", true);
	config_says(&f, CONFIG_NO);
	settles(&f, MODE_KHO, 4, "its image");
	plan_start(&f, MODE_KHO, "none", true);
	config_says(&f, CONFIG_YES);
	refuses(&f, "(although /boot/config-test has it)");
}

static void running_tree(struct plan_fixture *f, const char *path, const char *compatible)
{
	char tree[1024];
	int size = tree_make(compatible, tree);

	plan_fixture_file(f, path, tree, (size_t)size);
}

static void test_settle_running(void **state)
{
	static const char out[] = "sys/kernel/debug/kho/out/fdt",
			  in[] = "sys/kernel/debug/kho/in/fdt";
	struct plan_fixture f;

	(void)state;
	plan_start(&f, MODE_KHO, "", false);
	refuses(&f, "--kho-abi=");
	plan_start(&f, MODE_KHO, "", false);
	f.machine.kernel_release = strdup("6.1.0-test");
	refuses(&f, "--kho-abi=");
	plan_start(&f, MODE_KHO, "", false);
	f.machine.kernel_release = strdup("6.1.0-test");
	running_tree(&f, out, "kho-v4");
	settles(&f, MODE_KHO, 4, "the running kernel");
	plan_start(&f, MODE_KHO, "", false);
	f.machine.kernel_release = strdup("6.1.0-test");
	running_tree(&f, in, "kho-v3");
	settles(&f, MODE_KHO, 3, "the running kernel");
	/* Another release may want another version. */
	plan_start(&f, MODE_KHO, "", false);
	f.machine.kernel_release = strdup("6.1.1-test");
	running_tree(&f, out, "kho-v4");
	refuses(&f, "--kho-abi=");
	plan_start(&f, MODE_KHO, "", false);
	f.machine.kernel_release = strdup("6.1.0-test");
	running_tree(&f, out, "kho-v9");
	refuses(&f, "wants kho-v9");
	/* The image is believed before the running kernel. */
	plan_start(&f, MODE_KHO, "kho-v3", true);
	f.machine.kernel_release = strdup("6.1.0-test");
	running_tree(&f, out, "kho-v4");
	settles(&f, MODE_KHO, 3, "its image");
}

static void test_settle_no_image(void **state)
{
	struct plan_fixture f;

	(void)state;
	plan_start(&f, MODE_KHO, "", false);
	f.plan.image = NULL;
	settles(&f, MODE_KHO, 0, "");
	plan_start(&f, MODE_KHO, "", false);
	f.plan.image = NULL;
	running_tree(&f, "sys/kernel/debug/kho/out/fdt", "kho-v4");
	settles(&f, MODE_KHO, 4, "the running kernel");
	plan_start(&f, MODE_KHO, "", false);
	f.plan.image = NULL;
	f.options.kho_abi = 2;
	settles(&f, MODE_KHO, 2, "--kho-abi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_otherwise),
		cmocka_unit_test(test_arm64_image),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_settle_image),
		cmocka_unit_test(test_settle_told),
		cmocka_unit_test(test_settle_config),
		cmocka_unit_test(test_settle_running),
		cmocka_unit_test(test_settle_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
