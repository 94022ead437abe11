#include "recon/base/rng.h"
#include "recon/base/sha256.h"
#include "recon/net/ostm.h"
#include "tests/check.h"

#include <string.h>

static const float real[6] = {1.5F, -2.25F, 3e-20F, 4e20F, -0.0F, 7.0F};
static const float rows[6] = {1.0F, 0.5F, -0.25F, 1e-6F, -1e-6F, 3e-7F};
static const uint32_t list[3] = {7, 0, 4294967295U};

static void write_sample(struct ost_buf *out)
{
    static const struct ost_ostm_text text[] = {{"kind", "sample"}, {"note", ""}};
    const struct ost_ostm_tensor tensor[] = {
        {.name = "a.real", .kind = OST_OSTM_REAL, .rank = 2, .dim = {2, 3}, .real = real},
        {.name = "rows", .kind = OST_OSTM_REAL16, .rank = 2, .dim = {2, 3}, .real = rows},
        {.name = "list", .kind = OST_OSTM_INDEX, .rank = 1, .dim = {3}, .index = list},
    };
    struct ost_ostm_draft draft = {text, 2, tensor, 3};
    ost_buf_init(out, 4096);
    assert_true(ost_ostm_write(&draft, out, NULL));
}

/* The digest made right again, so that the check behind it is reached. */
static void seal(struct ost_buf *out)
{
    ost_sha256_of(out->ptr + 48, out->len - 48, out->ptr + 16);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct ost_buf out;
    write_sample(&out);
    struct ost_ostm *file = NULL;
    assert_true(ost_ostm_open(out.ptr, out.len, &file, NULL));
    assert_string_equal(ost_ostm_text_view(file, "kind"), "sample");
    assert_string_equal(ost_ostm_text_view(file, "note"), "");
    assert_null(ost_ostm_text_view(file, "rows"));
    const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, "a.real");
    assert_int_equal(ost_ostm_count(t), 6);
    assert_memory_equal(t->real, real, sizeof real);
    t = ost_ostm_tensor_view(file, "list");
    assert_null(t->real);
    assert_memory_equal(t->index, list, sizeof list);
    t = ost_ostm_tensor_view(file, "rows");
    for (int i = 0; i < 6; i++)
        assert_near(t->real[i], rows[i], (i < 3 ? 1.0 : 1e-6) / 32767.0 * 0.51);
    assert_null(ost_ostm_tensor_view(file, "b"));
    assert_int_equal(strlen(ost_ostm_digest_view(file)), 64);
    ost_ostm_close(file);
    ost_buf_fini(&out);
}

static void equal_drafts_give_equal_files(void **state)
{
    (void)state;
    struct ost_buf a, b;
    write_sample(&a);
    write_sample(&b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct ost_buf out;
    write_sample(&out);
    for (size_t len = 0; len < out.len; len++) {
        struct ost_ostm *file = NULL;
        struct ost_err err;
        assert_false(ost_ostm_open(out.ptr, len, &file, &err));
        assert_int_equal(err.code, OST_CORRUPT);
        assert_null(file);
    }
    ost_buf_fini(&out);
}

static void a_bit_flipped_anywhere_is_refused(void **state)
{
    (void)state;
    struct ost_buf out;
    write_sample(&out);
    for (size_t i = 0; i < out.len * 8; i++) {
        struct ost_ostm *file = NULL;
        out.ptr[i / 8] ^= (unsigned char)(1U << (i % 8));
        assert_false(ost_ostm_open(out.ptr, out.len, &file, NULL));
        out.ptr[i / 8] ^= (unsigned char)(1U << (i % 8));
    }
    ost_buf_fini(&out);
}

/* With a digest that fits, nothing but sound files may be read, and no byte past the end. */
static void broken_bytes_under_a_right_digest_do_no_harm(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(4);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
        struct ost_buf out;
        write_sample(&out);
        for (int k = 0; k < 3; k++)
            out.ptr[48 + ost_rng_next(&rng) % (out.len - 48)] = (unsigned char)ost_rng_next(&rng);
        seal(&out);
        struct ost_ostm *file = NULL;
        refused += !ost_ostm_open(out.ptr, out.len, &file, NULL);
        ost_ostm_close(file);
        ost_buf_fini(&out);
    }
    assert_true(refused > 1000);
}

struct breakage {
    const char *find; /* the bytes before the one to change */
    size_t len, after;
    unsigned char value;
};

static void each_broken_field_is_refused(void **state)
{
    (void)state;
    static const struct breakage all[] = {
        {"kind", 4, 3, 0xFF},    /* length of a text */
        {"a.real", 6, 0, 9},     /* kind of a tensor */
        {"a.real", 6, 1, 0},     /* rank of none */
        {"a.real", 6, 1, 5},     /* rank of five */
        {"a.real", 6, 2, 0},     /* a dimension of zero */
        {"a.real", 6, 5, 0x7F},  /* a dimension of billions */
        {"a.real", 6, 13, 0xFF}, /* the first number: below, made no number */
        {"a.rea", 5, 0, 'L'},    /* a name with a capital */
        {"lis", 3, 0, 0},        /* a name with a NUL */
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct ost_buf out;
        write_sample(&out);
        unsigned char *at = out.ptr;
        while (memcmp(at, all[i].find, all[i].len) != 0)
            at++;
        at[all[i].len + all[i].after] = all[i].value;
        if (all[i].after == 13)
            at[all[i].len + 12] = 0xFF;
        seal(&out);
        struct ost_ostm *file = NULL;
        struct ost_err err;
        assert_false(ost_ostm_open(out.ptr, out.len, &file, &err));
        assert_int_equal(err.code, OST_CORRUPT);
        ost_buf_fini(&out);
    }
}

static void another_version_is_unsupported(void **state)
{
    (void)state;
    struct ost_buf out;
    struct ost_err err;
    struct ost_ostm *file = NULL;
    write_sample(&out);
    out.ptr[4] = 2;
    assert_false(ost_ostm_open(out.ptr, out.len, &file, &err));
    assert_int_equal(err.code, OST_UNSUPPORTED);
    ost_buf_fini(&out);
}

static void a_name_given_twice_is_refused(void **state)
{
    (void)state;
    static const struct ost_ostm_text text[] = {{"kind", "a"}, {"kind", "b"}};
    struct ost_ostm_draft draft = {.text = text, .text_count = 2};
    struct ost_buf out;
    struct ost_ostm *file = NULL;
    ost_buf_init(&out, 4096);
    assert_true(ost_ostm_write(&draft, &out, NULL));
    assert_false(ost_ostm_open(out.ptr, out.len, &file, NULL));
    ost_buf_fini(&out);
}

static void a_number_that_is_none_is_not_written(void **state)
{
    (void)state;
    static const float bad[1] = {NAN};
    const struct ost_ostm_tensor tensor = {
        .name = "a", .kind = OST_OSTM_REAL16, .rank = 1, .dim = {1}, .real = bad};
    struct ost_ostm_draft draft = {.tensor = &tensor, .tensor_count = 1};
    struct ost_buf out;
    ost_buf_init(&out, 4096);
    assert_false(ost_ostm_write(&draft, &out, NULL));
    ost_buf_fini(&out);
}

RUN(T(what_was_written_is_read_back), T(equal_drafts_give_equal_files),
    T(a_file_cut_anywhere_is_refused), T(a_bit_flipped_anywhere_is_refused),
    T(broken_bytes_under_a_right_digest_do_no_harm), T(each_broken_field_is_refused),
    T(another_version_is_unsupported), T(a_name_given_twice_is_refused),
    T(a_number_that_is_none_is_not_written))
