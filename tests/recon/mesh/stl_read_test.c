#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(7.0, origin, 12);
    OST_AUTO(ost_mesh) back = NULL;
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_stl_write(mesh, &out, NULL));
    assert_true(ost_stl_read(out.ptr, out.len, 100000, &back, NULL));
    assert_int_equal(back->triangle_count, mesh->triangle_count);
    assert_int_equal(back->vertex_count, mesh->vertex_count);
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        for (int k = 0; k < 3; k++)
            assert_memory_equal(back->vertex[back->triangle[i][k]],
                                mesh->vertex[mesh->triangle[i][k]], 12);
    ost_buf_fini(&out);
}

static const char text[] = "solid any name at all\n"
                           "facet normal 0 0 0\n outer loop\n  vertex 0 0 0\n  vertex 0 1 0\n"
                           "  vertex 1 0 -0.0\n endloop\nendfacet\n"
                           "facet normal 0 0 -1 outer loop vertex 1 0 0 vertex 0 1 0\r\n"
                           "vertex 1e0 1.5E+0 0 endloop endfacet\nendsolid any name\n";

static void text_is_read_and_welded(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = NULL;
    assert_true(ost_stl_read(text, sizeof text - 1, 10, &mesh, NULL));
    assert_int_equal(mesh->triangle_count, 2);
    assert_int_equal(mesh->vertex_count, 4);
    assert_near(mesh->vertex[3][1], 1.5, 0.0);
}

/* Cut anywhere, a text file is refused and nothing is read past its end. */
static void text_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof text - 1 - strlen("endsolid any name\n"); len++) {
        char copy[sizeof text];
        struct ost_mesh *mesh = NULL;
        struct ost_err err;
        memcpy(copy, text, len);
        assert_false(ost_stl_read(copy, len, 10, &mesh, &err));
        assert_int_equal(err.code, OST_CORRUPT);
        assert_null(mesh);
    }
}

static void more_triangles_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct ost_mesh *mesh = NULL;
    struct ost_err err;
    assert_false(ost_stl_read(text, sizeof text - 1, 1, &mesh, &err));
    assert_int_equal(err.code, OST_LIMIT);
}

static void a_corner_that_is_no_number_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) whole = ball(7.0, origin, 4);
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_stl_write(whole, &out, NULL));
    memset(out.ptr + 84 + 50 + 12, 0xFF, 4);
    struct ost_mesh *mesh = NULL;
    struct ost_err err;
    assert_false(ost_stl_read(out.ptr, out.len, 1000, &mesh, &err));
    assert_int_equal(err.code, OST_CORRUPT);
    assert_string_equal(err.msg, "stl: triangle 1: a corner is no number");
    ost_buf_fini(&out);
}

static void a_binary_file_of_another_length_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) whole = ball(7.0, origin, 4);
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_stl_write(whole, &out, NULL));
    for (size_t cut = 1; cut < 200; cut++) {
        struct ost_mesh *mesh = NULL;
        assert_false(ost_stl_read(out.ptr, out.len - cut, 1000, &mesh, NULL));
    }
    ost_buf_fini(&out);
}

RUN(T(what_was_written_is_read_back), T(text_is_read_and_welded), T(text_cut_short_is_refused),
    T(more_triangles_than_the_limit_are_refused), T(a_corner_that_is_no_number_is_refused),
    T(a_binary_file_of_another_length_is_refused))
