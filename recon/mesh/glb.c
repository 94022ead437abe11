#include "recon/mesh/glb.h"

#include "recon/mesh/measure.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* glTF 2.0 specification, 3.6.2 (accessors) and 4 (GLB). */
enum {
    MAGIC = 0x46546C67,
    CHUNK_JSON = 0x4E4F534A,
    CHUNK_BIN = 0x004E4942,
    FLOAT = 5126,
    UNSIGNED_INT = 5125,
    ARRAY_BUFFER = 34962,
    ELEMENT_ARRAY_BUFFER = 34963,
    JSON_LIMIT = 16384
};

static bool name_is_sound(const char *name)
{
    size_t len = strlen(name);
    return len > 1 && len <= 48 && name[0] == '_' &&
           strspn(name, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

static bool check(const struct ost_mesh *mesh, const struct ost_glb_attribute *attribute,
                  size_t attribute_count, struct ost_err *err)
{
    if (!ost_mesh_check(mesh, err))
        return false;
    if (mesh->triangle_count == 0 || attribute_count > OST_GLB_ATTRIBUTES) {
        return ost_fail(err, OST_INVALID, "%u triangles, %zu attributes", mesh->triangle_count,
                        attribute_count);
    }
    for (size_t i = 0; i < attribute_count; i++) {
        if (!name_is_sound(attribute[i].name))
            return ost_fail(err, OST_INVALID, "attribute %zu has no sound name", i);
        for (uint32_t v = 0; v < mesh->vertex_count; v++) {
            if (!isfinite(attribute[i].value[v]))
                return ost_fail(err, OST_INVALID, "attribute %zu of vertex %u is no number", i, v);
        }
    }
    return true;
}

/* 17 significant digits are more than a float needs; nine give it back exactly. */
static void json_box(struct ost_buf *json, const struct ost_mesh *mesh)
{
    float low[3] = {FLT_MAX, FLT_MAX, FLT_MAX}, high[3] = {-FLT_MAX, -FLT_MAX, -FLT_MAX};
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fminf(low[k], mesh->vertex[i][k]);
            high[k] = fmaxf(high[k], mesh->vertex[i][k]);
        }
    }
    ost_buf_print(json, ",\"min\":[%.9g,%.9g,%.9g],\"max\":[%.9g,%.9g,%.9g]", (double)low[0],
                  (double)low[1], (double)low[2], (double)high[0], (double)high[1],
                  (double)high[2]);
}

static void json_accessor(struct ost_buf *json, int view, int component, uint32_t count,
                          const char *type)
{
    ost_buf_print(json, "%s{\"bufferView\":%d,\"componentType\":%d,\"count\":%u,\"type\":\"%s\"",
                  view == 0 ? "" : ",", view, component, count, type);
}

static void json_view(struct ost_buf *json, size_t *offset, size_t bytes, int target)
{
    ost_buf_print(json, "%s{\"buffer\":0,\"byteOffset\":%zu,\"byteLength\":%zu,\"target\":%d}",
                  *offset == 0 ? "" : ",", *offset, bytes, target);
    *offset += bytes;
}

/* Quotes and what is no letter become spaces: nothing needs an escape. */
static void put_about(struct ost_buf *json, const char *about)
{
    ost_buf_text(json, ",\"extras\":{\"about\":\"");
    for (const char *at = about; *at != '\0'; at++) {
        bool plain = *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\';
        ost_buf_put_u8(json, plain ? (uint8_t)*at : ' ');
    }
    ost_buf_text(json, "\"}");
}

/* Views and accessors share their numbers: 0 indices, 1 positions, 2 normals, then ours. */
static void put_json(struct ost_buf *json, const struct ost_mesh *mesh, const char *about,
                     const struct ost_glb_attribute *attribute, size_t attribute_count)
{
    uint32_t n = mesh->vertex_count;
    ost_buf_text(json, "{\"asset\":{\"version\":\"2.0\",\"generator\":\"osteon\"");
    if (about != NULL)
        put_about(json, about);
    ost_buf_text(json, "},\"scene\":0,"
                       "\"scenes\":[{\"nodes\":[0]}],\"nodes\":[{\"mesh\":0}],\"meshes\":[{"
                       "\"primitives\":[{\"attributes\":{\"POSITION\":1,\"NORMAL\":2");
    for (size_t i = 0; i < attribute_count; i++)
        ost_buf_print(json, ",\"%s\":%zu", attribute[i].name, i + 3);
    ost_buf_text(json, "},\"indices\":0,\"mode\":4}]}],\"accessors\":[");
    json_accessor(json, 0, UNSIGNED_INT, mesh->triangle_count * 3, "SCALAR");
    ost_buf_text(json, "}");
    json_accessor(json, 1, FLOAT, n, "VEC3");
    json_box(json, mesh);
    ost_buf_text(json, "}");
    json_accessor(json, 2, FLOAT, n, "VEC3");
    ost_buf_text(json, "}");
    for (size_t i = 0; i < attribute_count; i++) {
        json_accessor(json, (int)i + 3, FLOAT, n, "SCALAR");
        ost_buf_text(json, "}");
    }
    ost_buf_text(json, "],\"bufferViews\":[");
    size_t offset = 0;
    json_view(json, &offset, (size_t)mesh->triangle_count * 12, ELEMENT_ARRAY_BUFFER);
    json_view(json, &offset, (size_t)n * 12, ARRAY_BUFFER);
    json_view(json, &offset, (size_t)n * 12, ARRAY_BUFFER);
    for (size_t i = 0; i < attribute_count; i++)
        json_view(json, &offset, (size_t)n * 4, ARRAY_BUFFER);
    ost_buf_print(json, "],\"buffers\":[{\"byteLength\":%zu}]}", offset);
    while (json->len % 4 != 0 && !json->failed)
        ost_buf_put_u8(json, ' ');
}

static void put_vec3(struct ost_buf *out, const float v[3])
{
    for (int k = 0; k < 3; k++)
        ost_buf_put_f32le(out, v[k]);
}

static bool put_bin(struct ost_buf *out, const struct ost_mesh *mesh,
                    const struct ost_glb_attribute *attribute, size_t attribute_count)
{
    float(*normal)[3] = calloc(mesh->vertex_count, sizeof *normal);
    if (normal == NULL)
        return false;
    ost_mesh_vertex_normals(mesh, normal);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        for (int k = 0; k < 3; k++)
            ost_buf_put_u32le(out, mesh->triangle[i][k]);
    }
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        put_vec3(out, mesh->vertex[i]);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        put_vec3(out, normal[i]);
    for (size_t a = 0; a < attribute_count; a++) {
        for (uint32_t i = 0; i < mesh->vertex_count; i++)
            ost_buf_put_f32le(out, attribute[a].value[i]);
    }
    free(normal);
    return true;
}

bool ost_glb_write(const struct ost_mesh *mesh, const struct ost_glb_attribute *attribute,
                   size_t attribute_count, struct ost_buf *out, struct ost_err *err)
{
    return ost_glb_write_about(mesh, NULL, attribute, attribute_count, out, err);
}

bool ost_glb_write_about(const struct ost_mesh *mesh, const char *about,
                         const struct ost_glb_attribute *attribute, size_t attribute_count,
                         struct ost_buf *out, struct ost_err *err)
{
    if (!check(mesh, attribute, attribute_count, err))
        return ost_err_note(err, "glb");

    struct ost_buf json;
    ost_buf_init(&json, JSON_LIMIT);
    put_json(&json, mesh, about, attribute, attribute_count);
    uint64_t bin = (uint64_t)mesh->triangle_count * 12 +
                   (uint64_t)mesh->vertex_count * (24 + 4 * attribute_count);
    uint64_t total = 12 + 8 + json.len + 8 + bin;
    bool ok = ost_buf_done(&json, err);
    if (ok && total > UINT32_MAX)
        ok = ost_fail(err, OST_LIMIT, "glb: %u triangles are too many", mesh->triangle_count);
    if (ok) {
        ost_buf_put_u32le(out, MAGIC);
        ost_buf_put_u32le(out, 2);
        ost_buf_put_u32le(out, (uint32_t)total);
        ost_buf_put_u32le(out, (uint32_t)json.len);
        ost_buf_put_u32le(out, CHUNK_JSON);
        ost_buf_put(out, json.ptr, json.len);
        ost_buf_put_u32le(out, (uint32_t)bin);
        ost_buf_put_u32le(out, CHUNK_BIN);
        ok = put_bin(out, mesh, attribute, attribute_count) && ost_buf_done(out, err);
    }
    ost_buf_fini(&json);
    return ok || ost_err_note(err, "glb");
}
