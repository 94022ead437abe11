#include "recon/base/read.h"
#include "recon/mesh/glb.h"
#include "tests/recon/mesh/bodies.h"

#include <stdlib.h>

static const double origin[3];

static void chunks_have_the_sizes_they_state(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(7.0, origin, 10);
    float *value = calloc(mesh->vertex_count, sizeof *value);
    assert_non_null(value);
    value[3] = 1.25F;
    struct ost_glb_attribute attribute = {.name = "_UNCERTAINTY_MM", .value = value};
    struct ost_buf a, b;
    ost_buf_init(&a, 1 << 20);
    ost_buf_init(&b, 1 << 20);
    assert_true(ost_glb_write(mesh, &attribute, 1, &a, NULL));
    assert_true(ost_glb_write(mesh, &attribute, 1, &b, NULL));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);

    /* What it shows goes with it, and cannot break it. */
    ost_buf_fini(&b);
    ost_buf_init(&b, 1 << 20);
    assert_true(ost_glb_write_about(mesh, "law \"k\\\n\", 5 %", &attribute, 1, &b, NULL));
    static const char begin[] = "{\"asset\":{\"version\":\"2.0\",\"generator\":\"osteon\","
                                "\"extras\":{\"about\":\"law  k   , 5 %\"}},";
    assert_memory_equal(b.ptr + 20, begin, sizeof begin - 1);

    struct ost_read read = ost_read_of(a.ptr, a.len);
    assert_int_equal(ost_read_u32le(&read), 0x46546C67);
    assert_int_equal(ost_read_u32le(&read), 2);
    assert_int_equal(ost_read_u32le(&read), a.len);
    uint32_t json = ost_read_u32le(&read);
    assert_int_equal(ost_read_u32le(&read), 0x4E4F534A);
    assert_int_equal(json % 4, 0);
    const char *text = (const char *)ost_read_bytes(&read, json);
    assert_non_null(text);
    assert_memory_equal(text, "{\"asset\":{\"version\":\"2.0\"", 25);
    uint32_t bin = ost_read_u32le(&read);
    assert_int_equal(ost_read_u32le(&read), 0x004E4942);
    assert_int_equal(bin, mesh->triangle_count * 12 + mesh->vertex_count * 28);
    assert_int_equal(a.len, 20 + json + 8 + bin);

    /* The attribute is the last view: vertex 3 of it. */
    (void)ost_read_bytes(&read, bin - (mesh->vertex_count - 3) * 4);
    assert_near(ost_read_f32le(&read), 1.25, 0.0);
    assert_true(ost_read_done(&read, NULL));
    free(value);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

static void a_name_that_would_break_the_file_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(7.0, origin, 4);
    float value[64] = {0};
    static const char *const bad[] = {"", "_", "DENSITY", "_A\"", "_a", "_A B"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ost_glb_attribute attribute = {.name = bad[i], .value = value};
        struct ost_buf out;
        struct ost_err err;
        ost_buf_init(&out, 1 << 16);
        assert_false(ost_glb_write(mesh, &attribute, 1, &out, &err));
        assert_int_equal(err.code, OST_INVALID);
        ost_buf_fini(&out);
    }
}

static void a_value_that_is_no_number_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(7.0, origin, 4);
    float value[64] = {0};
    value[5] = NAN;
    struct ost_glb_attribute attribute = {.name = "_X", .value = value};
    struct ost_buf out;
    ost_buf_init(&out, 1 << 16);
    assert_false(ost_glb_write(mesh, &attribute, 1, &out, NULL));
    ost_buf_fini(&out);
}

RUN(T(chunks_have_the_sizes_they_state), T(a_name_that_would_break_the_file_is_refused),
    T(a_value_that_is_no_number_is_refused))
