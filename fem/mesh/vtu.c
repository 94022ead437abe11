#include "fem/mesh/vtu.h"

#include <string.h>

static const unsigned vtk_tetra = 10, vtk_quadratic_tetra = 24;

/* Bytes go out three at a time as four letters (RFC 4648). */
struct base64 {
    struct ost_buf *out;
    unsigned char held[3];
    unsigned count;
};

static void flush(struct base64 *b)
{
    static const char letter[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (b->count == 0)
        return;
    uint32_t bits = (uint32_t)b->held[0] << 16 | (uint32_t)b->held[1] << 8 | b->held[2];
    char text[4];
    for (unsigned k = 0; k < 4; k++)
        text[k] = letter[k <= b->count ? bits >> (18 - 6 * k) & 63 : 64];
    ost_buf_put(b->out, text, sizeof text);
    memset(b->held, 0, sizeof b->held);
    b->count = 0;
}

static void put_byte(struct base64 *b, unsigned v)
{
    b->held[b->count++] = (unsigned char)(v & 255);
    if (b->count == 3)
        flush(b);
}

static void put_u32(struct base64 *b, uint32_t v)
{
    for (int k = 0; k < 4; k++)
        put_byte(b, v >> (8 * k));
}

static void put_f32(struct base64 *b, double v)
{
    float f = (float)v;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    put_u32(b, bits);
}

/* Letters that `bytes` bytes and their length of four take. */
static size_t letters(size_t bytes)
{
    return (bytes + 4 + 2) / 3 * 4;
}

static struct base64 begin(struct ost_buf *out, size_t bytes)
{
    struct base64 b = {.out = out};
    put_u32(&b, (uint32_t)bytes);
    return b;
}

static size_t declare(struct ost_buf *out, const char *type, const char *name, uint32_t width,
                      size_t offset)
{
    ost_buf_print(out,
                  "        <DataArray type=\"%s\" Name=\"%s\" NumberOfComponents=\"%u\" "
                  "format=\"appended\" offset=\"%zu\"/>\n",
                  type, name, width, offset);
    return offset;
}

static size_t declare_fields(struct ost_buf *out, const char *kind,
                             const struct ost_vtu_field *field, size_t count, const size_t at[2])
{
    size_t rows = at[0], offset = at[1];
    ost_buf_print(out, "      <%s>\n", kind);
    for (size_t i = 0; i < count; i++) {
        (void)declare(out, "Float32", field[i].name, field[i].width, offset);
        offset += letters(rows * field[i].width * 4);
    }
    ost_buf_print(out, "      </%s>\n", kind);
    return offset;
}

static void put_fields(struct ost_buf *out, const struct ost_vtu_field *field, size_t count,
                       size_t rows)
{
    for (size_t i = 0; i < count; i++) {
        size_t values = rows * field[i].width;
        struct base64 b = begin(out, values * 4);
        for (size_t k = 0; k < values; k++)
            put_f32(&b, field[i].value[k]);
        flush(&b);
    }
}

static void put_mesh(struct ost_buf *out, const struct ost_tet_mesh *mesh)
{
    struct base64 b = begin(out, (size_t)mesh->node_count * 12);
    for (uint32_t i = 0; i < mesh->node_count; i++) {
        for (int k = 0; k < 3; k++)
            put_f32(&b, mesh->node[i][k]);
    }
    flush(&b);
    uint32_t node[10], nodes = mesh->middle != NULL ? 10 : 4;
    b = begin(out, (size_t)mesh->tet_count * nodes * 4);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        (void)ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 0; k < nodes; k++)
            put_u32(&b, node[k]);
    }
    flush(&b);
    b = begin(out, (size_t)mesh->tet_count * 4);
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        put_u32(&b, nodes * (e + 1));
    flush(&b);
    b = begin(out, mesh->tet_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        put_byte(&b, nodes == 10 ? vtk_quadratic_tetra : vtk_tetra);
    flush(&b);
}

/* A text is an array of its letters' numbers, and a zero. */
static void put_about(struct ost_buf *out, const char *about)
{
    ost_buf_text(out, "    <FieldData>\n      <DataArray type=\"String\" Name=\"about\" "
                      "NumberOfTuples=\"1\" format=\"ascii\">");
    for (const char *at = about; *at != '\0'; at++)
        ost_buf_print(out, "%u ", (unsigned)*at & 127U);
    ost_buf_text(out, "0</DataArray>\n    </FieldData>\n");
}

static bool words_are_plain(const struct ost_vtu_field *field, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t good = strspn(field[i].name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789_");
        if (good == 0 || field[i].name[good] != '\0')
            return false;
    }
    return true;
}

bool ost_vtu_write(const struct ost_vtu *vtu, struct ost_buf *out, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = vtu->mesh;
    if (!words_are_plain(vtu->node_field, vtu->node_field_count) ||
        !words_are_plain(vtu->tet_field, vtu->tet_field_count))
        return ost_fail(err, OST_INVALID, "vtu: a field's name is no plain word");
    ost_buf_text(out, "<?xml version=\"1.0\"?>\n"
                      "<VTKFile type=\"UnstructuredGrid\" version=\"0.1\" "
                      "byte_order=\"LittleEndian\" header_type=\"UInt32\">\n"
                      "  <UnstructuredGrid>\n");
    if (vtu->about != NULL)
        put_about(out, vtu->about);
    ost_buf_print(out, "    <Piece NumberOfPoints=\"%u\" NumberOfCells=\"%u\">\n", mesh->node_count,
                  mesh->tet_count);
    ost_buf_text(out, "      <Points>\n");
    size_t offset = declare(out, "Float32", "mm", 3, 0) + letters((size_t)mesh->node_count * 12);
    ost_buf_text(out, "      </Points>\n      <Cells>\n");
    offset = declare(out, "UInt32", "connectivity", 1, offset);
    offset += letters((size_t)mesh->tet_count * (mesh->middle != NULL ? 40 : 16));
    offset = declare(out, "UInt32", "offsets", 1, offset) + letters((size_t)mesh->tet_count * 4);
    offset = declare(out, "UInt8", "types", 1, offset) + letters(mesh->tet_count);
    ost_buf_text(out, "      </Cells>\n");
    offset = declare_fields(out, "PointData", vtu->node_field, vtu->node_field_count,
                            (size_t[]){mesh->node_count, offset});
    (void)declare_fields(out, "CellData", vtu->tet_field, vtu->tet_field_count,
                         (size_t[]){mesh->tet_count, offset});
    ost_buf_text(out, "    </Piece>\n  </UnstructuredGrid>\n"
                      "  <AppendedData encoding=\"base64\">\n_");
    put_mesh(out, mesh);
    put_fields(out, vtu->node_field, vtu->node_field_count, mesh->node_count);
    put_fields(out, vtu->tet_field, vtu->tet_field_count, mesh->tet_count);
    ost_buf_text(out, "\n  </AppendedData>\n</VTKFile>\n");
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "vtu");
    return true;
}
