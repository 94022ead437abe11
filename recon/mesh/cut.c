#include "recon/mesh/cut.h"

#include "recon/math/vec.h"
#include "recon/mesh/measure.h"

#include <stdlib.h>
#include <string.h>

/* Planes are told apart by half a degree and a fifth of a millimetre. */
static const double area_least = 30.0, share_most = 0.15, behind = 0.2, alike = 0.99996;

struct face {
    double normal[3], offset, area;
};

/* Areas by rough plane, so that only crowded planes are looked at closely. */
enum { CELLS = 1 << 14 };

static uint32_t cell_of(const struct face *face)
{
    uint32_t hash = (uint32_t)(int32_t)floor(face->offset);
    for (int k = 0; k < 3; k++)
        hash = hash * 0x9E3779B1U + (uint32_t)(int32_t)floor(face->normal[k] * 32.0);
    return (hash ^ hash >> 15) % CELLS;
}

static int by_area(const void *left, const void *right)
{
    const struct face *a = left, *b = right;
    return (a->area < b->area) - (a->area > b->area);
}

static size_t list_faces(const struct ost_mesh *mesh, struct face *face)
{
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        const float *p = mesh->vertex[mesh->triangle[i][0]];
        double q[3] = {p[0], p[1], p[2]};
        face[i].area = ost_triangle_area(mesh, i, face[i].normal);
        face[i].offset = ost_dot(q, face[i].normal);
    }
    qsort(face, mesh->triangle_count, sizeof *face, by_area);
    return mesh->triangle_count;
}

static bool supports(const struct ost_mesh *mesh, const struct face *plane)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3] = {mesh->vertex[v][0], mesh->vertex[v][1], mesh->vertex[v][2]};
        if (ost_dot(p, plane->normal) > plane->offset + behind)
            return false;
    }
    return true;
}

static bool same_plane(const struct face *a, const struct face *b)
{
    return ost_dot(a->normal, b->normal) > alike && fabs(a->offset - b->offset) < behind;
}

static bool known(const struct face *face, const struct ost_compare_cut *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct face cut = {.offset = ost_dot(out[i].point, out[i].normal)};
        memcpy(cut.normal, out[i].normal, sizeof cut.normal);
        if (same_plane(face, &cut))
            return true;
    }
    return false;
}

static double area_in(const struct face *face, size_t faces, const struct face *plane)
{
    double sum = 0.0;
    for (size_t i = 0; i < faces; i++)
        sum += same_plane(&face[i], plane) ? face[i].area : 0.0;
    return sum;
}

/* A plane may fall into sixteen cells; one of them then holds a sixteenth of it. */
static bool is_cut(const struct ost_mesh *mesh, const struct face *face, size_t faces,
                   const struct face *plane, double all)
{
    if (!supports(mesh, plane))
        return false;
    double area = area_in(face, faces, plane);
    return area >= area_least && area <= share_most * all;
}

bool ost_cut_find(const struct ost_mesh *mesh, struct ost_compare_cut *out, size_t room,
                  size_t *count, struct ost_err *err)
{
    *count = 0;
    if (!ost_mesh_check(mesh, err))
        return false;
    struct face *face = calloc((size_t)mesh->triangle_count + 1, sizeof *face);
    double *crowd = calloc(CELLS, sizeof *crowd), all = 0.0;
    bool ok = face != NULL && crowd != NULL;
    size_t faces = ok ? list_faces(mesh, face) : 0;
    for (size_t i = 0; i < faces; i++) {
        all += face[i].area;
        crowd[cell_of(&face[i])] += face[i].area;
    }
    for (size_t i = 0; i < faces && *count < room; i++) {
        if (crowd[cell_of(&face[i])] < area_least / 16.0 || known(&face[i], out, *count) ||
            !is_cut(mesh, face, faces, &face[i], all))
            continue;
        struct ost_compare_cut *cut = &out[(*count)++];
        memcpy(cut->normal, face[i].normal, sizeof cut->normal);
        for (int k = 0; k < 3; k++)
            cut->point[k] = face[i].offset * face[i].normal[k];
    }
    free(face);
    free(crowd);
    return ok || ost_fail(err, OST_NOMEM, "cut: no room for %u faces", mesh->triangle_count);
}
