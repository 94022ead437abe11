#include "recon/mesh/piece.h"

#include <string.h>

static bool keeps(const struct ost_mesh *mesh, const struct ost_mesh_choice *choice,
                  const uint32_t triangle[3])
{
    for (int k = 0; k < 3; k++) {
        const float *v = mesh->vertex[triangle[k]];
        if (!choice->keep(choice->user, (const double[]){v[0], v[1], v[2]}))
            return false;
    }
    return true;
}

bool ost_mesh_piece(const struct ost_mesh *mesh, const struct ost_mesh_choice *choice,
                    struct ost_mesh **out, struct ost_err *err)
{
    uint32_t kept = 0;
    *out = NULL;
    OST_AUTO(ost_mesh) piece = NULL;
    if (!ost_mesh_create(&piece, mesh->vertex_count, mesh->triangle_count, err))
        return false;
    memcpy(piece->vertex, mesh->vertex, mesh->vertex_count * sizeof *mesh->vertex);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        if (keeps(mesh, choice, mesh->triangle[i]))
            memcpy(piece->triangle[kept++], mesh->triangle[i], sizeof *mesh->triangle);
    }
    piece->triangle_count = kept;
    if (kept == 0)
        return ost_fail(err, OST_NOT_FOUND, "mesh: nothing of the surface is kept");
    *out = ost_steal(&piece);
    return true;
}

bool ost_mesh_join(const struct ost_mesh *const *mesh, size_t count, struct ost_mesh **out,
                   struct ost_err *err)
{
    uint32_t vertices = 0, triangles = 0;
    for (size_t i = 0; i < count; i++) {
        vertices += mesh[i]->vertex_count;
        triangles += mesh[i]->triangle_count;
    }
    if (!ost_mesh_create(out, vertices, triangles, err))
        return false;
    vertices = triangles = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ost_mesh *m = mesh[i];
        memcpy((*out)->vertex + vertices, m->vertex, m->vertex_count * sizeof *m->vertex);
        for (uint32_t t = 0; t < m->triangle_count; t++, triangles++) {
            for (int k = 0; k < 3; k++)
                (*out)->triangle[triangles][k] = m->triangle[t][k] + vertices;
        }
        vertices += m->vertex_count;
    }
    return true;
}
