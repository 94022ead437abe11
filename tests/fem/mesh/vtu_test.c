#include "fem/mesh/vtu.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ost_tet_mesh *corner(void)
{
    static const double node[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_create(&mesh, 4, 1, NULL));
    memcpy(mesh->node, node, sizeof node);
    memcpy(mesh->tet[0], (uint32_t[]){0, 1, 2, 3}, sizeof *mesh->tet);
    return mesh;
}

static int value_of(char c)
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(letter, c);
    return c == '=' || at == NULL ? 0 : (int)(at - letter);
}

/* Decodes `bytes` bytes at an offset of the appended part: a reader of our own. */
static void decode(const char *text, size_t bytes, unsigned char *out)
{
    for (size_t i = 0; i < bytes; i++) {
        const char *four = text + i / 3 * 4;
        unsigned bits = (unsigned)value_of(four[0]) << 18 | (unsigned)value_of(four[1]) << 12 |
                        (unsigned)value_of(four[2]) << 6 | (unsigned)value_of(four[3]);
        out[i] = (unsigned char)(bits >> (16 - 8 * (i % 3)));
    }
}

/* The bytes of the array called `name`, found by the offset it declares. */
static size_t read_array(const char *file, const char *name, unsigned char *out, size_t room)
{
    char want[64];
    (void)snprintf(want, sizeof want, "Name=\"%s\"", name);
    const char *at = strstr(file, want);
    assert_non_null(at);
    const char *offset = strstr(at, "offset=\"");
    const char *data = strstr(file, "base64\">\n_") + strlen("base64\">\n_");
    data += strtol(offset + 8, NULL, 10);
    unsigned char head[4];
    decode(data, 4, head);
    size_t bytes = head[0] | (size_t)head[1] << 8;
    assert_true(bytes + 4 <= room);
    decode(data, bytes + 4, out);
    memmove(out, out + 4, bytes);
    return bytes;
}

static void every_array_reads_back(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = corner();
    const double move[12] = {0, 0, 0, 0.5, 0, 0, 0, -0.25, 0, 0, 0, 2.0}, stress[1] = {7.5};
    const struct ost_vtu_field node[1] = {{"displacement_mm", move, 3}};
    const struct ost_vtu_field tet[1] = {{"von_mises_mpa", stress, 1}};
    struct ost_vtu vtu = {mesh, node, 1, tet, 1, "a<b"};
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_vtu_write(&vtu, &out, NULL));
    ost_buf_put_u8(&out, 0);
    const char *file = (const char *)out.ptr;

    /* A text by the numbers of its letters, none of which can break the file. */
    assert_non_null(
        strstr(file, "Name=\"about\" NumberOfTuples=\"1\" format=\"ascii\">97 60 98 0<"));
    unsigned char bytes[256];
    float f[12];
    uint32_t u[4];
    assert_int_equal(read_array(file, "mm", bytes, sizeof bytes), 48);
    memcpy(f, bytes, 48);
    assert_near(f[3], 1.0, 0.0);
    assert_int_equal(read_array(file, "connectivity", bytes, sizeof bytes), 16);
    memcpy(u, bytes, 16);
    assert_int_equal(u[3], 3);
    assert_int_equal(read_array(file, "offsets", bytes, sizeof bytes), 4);
    assert_int_equal(bytes[0], 4);
    assert_int_equal(read_array(file, "types", bytes, sizeof bytes), 1);
    assert_int_equal(bytes[0], 10);
    assert_int_equal(read_array(file, "displacement_mm", bytes, sizeof bytes), 48);
    memcpy(f, bytes, 48);
    assert_near(f[7], -0.25, 0.0);
    assert_near(f[11], 2.0, 0.0);
    assert_int_equal(read_array(file, "von_mises_mpa", bytes, sizeof bytes), 4);
    memcpy(f, bytes, 4);
    assert_near(f[0], 7.5, 0.0);
    ost_buf_fini(&out);
}

static void a_name_that_could_break_the_file_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = corner();
    const double value[4] = {0};
    const struct ost_vtu_field node[1] = {{"a\"><b", value, 1}};
    struct ost_vtu vtu = {mesh, node, 1, NULL, 0, NULL};
    struct ost_buf out;
    struct ost_err err = {0};
    ost_buf_init(&out, 1 << 20);
    assert_false(ost_vtu_write(&vtu, &out, &err));
    assert_int_equal(err.code, OST_INVALID);
    ost_buf_fini(&out);
}

static void ten_nodes_are_a_quadratic_tetrahedron(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) linear = corner();
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    assert_true(ost_tet_mesh_quadratic(linear, &mesh, NULL));
    const struct ost_vtu vtu = {.mesh = mesh};
    struct ost_buf bytes;
    unsigned char read[256];
    ost_buf_init(&bytes, 1 << 20);
    assert_true(ost_vtu_write(&vtu, &bytes, NULL));
    ost_buf_put_u8(&bytes, 0);
    const char *file = (const char *)bytes.ptr;
    assert_int_equal(read_array(file, "connectivity", read, sizeof read), 40);
    for (unsigned k = 0; k < 10; k++)
        assert_int_equal(read[(size_t)4 * k], k < 4 ? k : mesh->middle[0][k - 4]);
    assert_int_equal(read_array(file, "offsets", read, sizeof read), 4);
    assert_int_equal(read[0], 10);
    assert_int_equal(read_array(file, "types", read, sizeof read), 1);
    assert_int_equal(read[0], 24); /* VTK_QUADRATIC_TETRA */
    ost_buf_fini(&bytes);
}

RUN(T(ten_nodes_are_a_quadratic_tetrahedron), T(every_array_reads_back),
    T(a_name_that_could_break_the_file_is_refused))
