/* One body in every form that is read, and forms of it that are broken. */
#include "recon/base/buf.h"
#include "recon/mesh/file.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1000 };

static const float corner[4][3] = {{0, 0, 0}, {30, 0, 0}, {0, 20, 0}, {0, 0, 50}};
static const uint32_t face[4][3] = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};

static void assert_is_the_body(const struct ost_buf *bytes)
{
    OST_AUTO(ost_mesh) mesh = NULL;
    struct ost_err err = {0};
    struct ost_mesh_facts facts;
    if (!ost_mesh_read(bytes->ptr, bytes->len, MOST, &mesh, &err))
        fail_msg("%s", err.msg);
    assert_true(ost_mesh_measure(mesh, &facts, NULL));
    assert_int_equal(mesh->vertex_count, 4);
    assert_int_equal(mesh->triangle_count, 4);
    assert_true(facts.closed);
    assert_near(facts.volume, 5000.0, 1e-6);
}

static void text(struct ost_buf *out, const char *words)
{
    ost_buf_init(out, 1 << 16);
    ost_buf_text(out, words);
}

static const char ply_ascii[] =
    "ply\nformat ascii 1.0\ncomment made by hand\nelement vertex 4\nproperty float x\n"
    "property float y\nproperty double z\nproperty uchar red\nelement face 4\n"
    "property list uchar int vertex_indices\nproperty float quality\nend_header\n"
    "0 0 0 9\n30 0 0 9\n0 20 0 9\n0 0 50 9\n3 0 2 1 0.5\n3 0 1 3 0.5\n3 0 3 2 0.5\n3 1 2 3 0.5\n";

static const char obj_slashes[] =
    "# by hand\nmtllib none.mtl\no body\nv 0 0 0\nv 30 0 0 1.0\nv 0 20 0\nv 0 0 50\nvn 0 0 1\n"
    "f 1//1 3//1 2//1\r\nf 1/4/1 2/4/1 4/4/1\nf -4 -1 -2\ns off\nf 2 3 4\n";

static void put_swapped(struct ost_buf *out, const void *value, bool big)
{
    unsigned char b[4];
    memcpy(b, value, sizeof b);
    for (size_t i = 0; i < sizeof b; i++)
        ost_buf_put_u8(out, b[big ? sizeof b - 1 - i : i]);
}

/* Tests run on little-endian machines, as the program does. */
static void ply_binary(struct ost_buf *out, bool big)
{
    text(out, "ply\r\nformat ");
    ost_buf_text(out, big ? "binary_big_endian" : "binary_little_endian");
    ost_buf_text(out, " 1.0\r\nelement vertex 4\r\nproperty float32 x\r\nproperty float32 y\r\n"
                      "property float32 z\r\nelement face 4\r\n"
                      "property list uint8 int32 vertex_index\r\nend_header\r\n");
    for (int v = 0; v < 4; v++)
        for (int k = 0; k < 3; k++)
            put_swapped(out, &corner[v][k], big);
    for (int f = 0; f < 4; f++) {
        ost_buf_put_u8(out, 3);
        for (int k = 0; k < 3; k++)
            put_swapped(out, &face[f][k], big);
    }
}

static void one_body_is_read_in_every_form(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = NULL;
    struct ost_buf stl, ply, little, big, obj;
    assert_true(ost_mesh_create(&mesh, 4, 4, NULL));
    memcpy(mesh->vertex, corner, sizeof corner);
    memcpy(mesh->triangle, face, sizeof face);
    ost_buf_init(&stl, 1 << 16);
    assert_true(ost_stl_write(mesh, &stl, NULL));
    text(&ply, ply_ascii);
    text(&obj, obj_slashes);
    ply_binary(&little, false);
    ply_binary(&big, true);
    struct ost_buf *const all[] = {&stl, &ply, &little, &big, &obj};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_is_the_body(all[i]);
        ost_buf_fini(all[i]);
    }
}

/* Two triangles of a square that a program wrote as one face. */
static void polygons_become_fans(void **state)
{
    (void)state;
    static const char square[] = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\n";
    OST_AUTO(ost_mesh) mesh = NULL;
    struct ost_mesh_facts facts;
    assert_true(ost_mesh_read(square, sizeof square - 1, MOST, &mesh, NULL));
    assert_true(ost_mesh_measure(mesh, &facts, NULL));
    assert_int_equal(mesh->triangle_count, 2);
    assert_near(facts.area, 1.0, 1e-9);
}

static void refused(const char *bytes, size_t len, enum ost_code code, const char *word)
{
    OST_AUTO(ost_mesh) mesh = NULL;
    struct ost_err err = {0};
    assert_false(ost_mesh_read(bytes, len, 3, &mesh, &err));
    if (err.code != code || strstr(err.msg, word) == NULL)
        fail_msg("wanted %s, got %s: %s", word, ost_code_name(err.code), err.msg);
    assert_null(mesh);
}

static void nonsense_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum ost_code code;
        const char *word;
    } each[] = {
        {"not a surface at all", OST_UNSUPPORTED, "no STL, PLY or OBJ"},
        {"ply\nformat ascii 1.0\nelement vertex 9\nproperty float x\nend_header\n", OST_CORRUPT,
         "cloud of points"},
        {"ply\nformat tar 1.0\nend_header\n", OST_CORRUPT, "header"},
        {"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nelement face 1\n"
         "property list uchar int vertex_indices\nend_header\n1\n3 0 0 7\n",
         OST_CORRUPT, "none of 1 vertices"},
        {"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nelement face 1\n"
         "property list uchar int vertex_indices\nend_header\n1\n2\n",
         OST_CORRUPT, "cut off"},
        {"ply\nformat ascii 1.0\nelement vertex 99999999\nproperty float x\nelement face 1\n"
         "property list uchar int vertex_indices\nend_header\n",
         OST_CORRUPT, "99999999 vertices"},
        {"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nelement face 9\n"
         "property list uchar int vertex_indices\nend_header\n",
         OST_LIMIT, "9 faces"},
        {"v 0 0 0\nv 1 1 1\n", OST_CORRUPT, "cloud of points"},
        {"v 0 0 0\nf 1 2 3\n", OST_CORRUPT, "none of 1 vertices"},
        {"v 0 0\nf 1 1 1\n", OST_CORRUPT, "vertex 1"},
        {"v 0 0 0\nf 0 1 1\n", OST_CORRUPT, "none of"},
        {"v 0 0 nan\nf 1 1 1\n", OST_CORRUPT, "no number"},
        {"v 0 0 0\nf 1 1 1 1 1 1 1\n", OST_LIMIT, "5 triangles"},
    };
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++)
        refused(each[i].bytes, strlen(each[i].bytes), each[i].code, each[i].word);
}

/* A file may end anywhere: never past its end, and never taken for whole. */
static void every_cut_is_survived(void **state)
{
    (void)state;
    struct ost_buf big;
    ply_binary(&big, true);
    for (size_t len = 0; len < big.len; len++) {
        OST_AUTO(ost_mesh) mesh = NULL;
        unsigned char *exact = malloc(len + 1);
        memcpy(exact, big.ptr, len);
        assert_false(ost_mesh_read(exact, len, MOST, &mesh, NULL));
        free(exact);
    }
    ost_buf_fini(&big);
}

RUN(T(one_body_is_read_in_every_form), T(polygons_become_fans),
    T(nonsense_is_refused_with_a_reason), T(every_cut_is_survived))
