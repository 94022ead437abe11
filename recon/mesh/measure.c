#include "recon/mesh/measure.h"

#include "recon/math/vec.h"
#include "recon/mesh/edge.h"

#include <float.h>
#include <stdlib.h>

static void corner(const struct ost_mesh *mesh, uint32_t vertex, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = mesh->vertex[vertex][k];
}

double ost_triangle_area(const struct ost_mesh *mesh, uint32_t triangle, double normal[3])
{
    const uint32_t *t = mesh->triangle[triangle];
    double a[3], b[3], c[3], u[3], v[3];
    corner(mesh, t[0], a);
    corner(mesh, t[1], b);
    corner(mesh, t[2], c);
    ost_sub(b, a, u);
    ost_sub(c, a, v);
    ost_cross(u, v, normal);
    return 0.5 * ost_unit(normal);
}

void ost_mesh_vertex_areas(const struct ost_mesh *mesh, double *out)
{
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        out[i] = 0.0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double normal[3];
        double third = ost_triangle_area(mesh, i, normal) / 3.0;
        for (int k = 0; k < 3; k++)
            out[mesh->triangle[i][k]] += third;
    }
}

static double corner_angle(const struct ost_mesh *mesh, const uint32_t t[3], int at)
{
    double a[3], b[3], c[3], u[3], v[3], w[3];
    corner(mesh, t[at], a);
    corner(mesh, t[(at + 1) % 3], b);
    corner(mesh, t[(at + 2) % 3], c);
    ost_sub(b, a, u);
    ost_sub(c, a, v);
    ost_cross(u, v, w);
    return atan2(ost_length(w), ost_dot(u, v));
}

void ost_mesh_vertex_normals(const struct ost_mesh *mesh, float (*out)[3])
{
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        for (int k = 0; k < 3; k++)
            out[i][k] = 0.0F;
    }
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        const uint32_t *t = mesh->triangle[i];
        double normal[3];
        (void)ost_triangle_area(mesh, i, normal);
        for (int at = 0; at < 3; at++) {
            double angle = corner_angle(mesh, t, at);
            for (int k = 0; k < 3; k++)
                out[t[at]][k] += (float)(angle * normal[k]);
        }
    }
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        double normal[3] = {out[i][0], out[i][1], out[i][2]};
        (void)ost_unit(normal);
        for (int k = 0; k < 3; k++)
            out[i][k] = (float)normal[k];
    }
}

double ost_mesh_winding(const struct ost_mesh *mesh, const double point[3])
{
    double sum = 0.0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double p[3][3], length[3], w[3];
        for (int at = 0; at < 3; at++) {
            corner(mesh, mesh->triangle[i][at], p[at]);
            ost_sub(p[at], point, p[at]);
            length[at] = ost_length(p[at]);
        }
        ost_cross(p[1], p[2], w);
        double below = length[0] * length[1] * length[2] + ost_dot(p[0], p[1]) * length[2] +
                       ost_dot(p[1], p[2]) * length[0] + ost_dot(p[2], p[0]) * length[1];
        sum += atan2(ost_dot(p[0], w), below);
    }
    return sum / (2.0 * OST_PI);
}

void ost_mesh_flip(struct ost_mesh *mesh)
{
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        uint32_t *t = mesh->triangle[i], kept = t[1];
        t[1] = t[2];
        t[2] = kept;
    }
}

static void count_edges(const struct ost_edges *edges, struct ost_mesh_facts *out)
{
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        out->edges++;
        out->rim_edges += run == 1;
        out->crowded_edges += run > 2;
        out->opposed_edges += run == 2 && edges->edge[at].forward == edges->edge[at + 1].forward;
    }
}

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static void join_pieces(const struct ost_mesh *mesh, uint32_t *parent, bool *used)
{
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        parent[i] = i;
    for (size_t i = 0; i < (size_t)mesh->triangle_count * 3; i++) {
        const uint32_t *t = mesh->triangle[i / 3];
        uint32_t a = root_of(parent, t[0]), b = root_of(parent, t[i % 3]);
        used[t[i % 3]] = true;
        parent[a > b ? a : b] = a > b ? b : a;
    }
}

static void count_vertex(const float p[3], struct ost_mesh_facts *out)
{
    out->vertices++;
    for (int k = 0; k < 3; k++) {
        out->low[k] = fmin(out->low[k], p[k]);
        out->high[k] = fmax(out->high[k], p[k]);
    }
}

static bool count_components(const struct ost_mesh *mesh, struct ost_mesh_facts *out,
                             struct ost_err *err)
{
    uint32_t *parent = calloc((size_t)mesh->vertex_count + 1, sizeof *parent);
    bool *used = calloc((size_t)mesh->vertex_count + 1, sizeof *used);
    bool ok = parent != NULL && used != NULL;
    if (ok)
        join_pieces(mesh, parent, used);
    for (uint32_t i = 0; ok && i < mesh->vertex_count; i++) {
        if (!used[i])
            continue;
        count_vertex(mesh->vertex[i], out);
        out->components += parent[i] == i;
    }
    free(parent);
    free(used);
    return ok || ost_fail(err, OST_NOMEM, "mesh: no room to count pieces");
}

bool ost_mesh_measure(const struct ost_mesh *mesh, struct ost_mesh_facts *out, struct ost_err *err)
{
    *out = (struct ost_mesh_facts){.low = {DBL_MAX, DBL_MAX, DBL_MAX},
                                   .high = {-DBL_MAX, -DBL_MAX, -DBL_MAX}};
    if (!ost_mesh_check(mesh, err))
        return false;
    OST_AUTO(ost_edges) edges = NULL;
    if (!ost_edges_create(&edges, mesh, err) || !count_components(mesh, out, err))
        return false;
    count_edges(edges, out);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double normal[3];
        out->area += ost_triangle_area(mesh, i, normal);
    }
    out->volume = ost_mesh_volume(mesh);
    out->euler = (int64_t)out->vertices - (int64_t)out->edges + (int64_t)mesh->triangle_count;
    out->closed = mesh->triangle_count > 0 && out->rim_edges == 0 && out->crowded_edges == 0 &&
                  out->opposed_edges == 0;
    return true;
}
