#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/level.h"
#include "recon/mesh/remesh.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>
#include <string.h>

enum { TRIANGLES_MAX = 2000000, TAPS = 32 };

struct solid_box ost_train_solid_box_of(const struct ost_mesh *mesh, double margin, double spacing)
{
    struct solid_box box = {.spacing = spacing};
    for (int k = 0; k < 3; k++) {
        box.low[k] = box.high[k] = mesh->vertex[0][k];
        for (uint32_t v = 0; v < mesh->vertex_count; v++) {
            box.low[k] = fmin(box.low[k], mesh->vertex[v][k]);
            box.high[k] = fmax(box.high[k], mesh->vertex[v][k]);
        }
        box.low[k] -= margin;
        box.high[k] += margin;
    }
    return box;
}

/* One pass of a Gaussian along one axis, ends held. */
static void blur_axis(struct ost_grid *grid, int axis, const double *tap, int reach, float *line)
{
    size_t step[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
    size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    int size = (int)grid->size[axis];
    for (size_t start = 0; start < count; start++) {
        if (start / step[axis] % grid->size[axis] != 0)
            continue;
        float *value = grid->value + start;
        for (int i = 0; i < size; i++)
            line[i] = value[(size_t)i * step[axis]];
        for (int i = 0; i < size; i++) {
            double sum = 0.0;
            for (int d = -reach; d <= reach; d++) {
                int at = i + d < 0 ? 0 : i + d >= size ? size - 1 : i + d;
                sum += tap[d < 0 ? -d : d] * (double)line[at];
            }
            value[(size_t)i * step[axis]] = (float)sum;
        }
    }
}

static bool blur_grid(struct ost_grid *grid, double sigma, struct ost_err *err)
{
    double tap[TAPS], sum = 0.0, voxels = sigma / grid->spacing[0];
    int reach = (int)ceil(3.0 * voxels);
    if (!(voxels > 0.1))
        return true;
    reach = reach >= TAPS ? TAPS - 1 : reach;
    for (int d = 0; d <= reach; d++) {
        tap[d] = exp(-0.5 * d * d / (voxels * voxels));
        sum += d == 0 ? tap[d] : 2.0 * tap[d];
    }
    for (int d = 0; d <= reach; d++)
        tap[d] /= sum;
    uint32_t most = grid->size[0] > grid->size[1] ? grid->size[0] : grid->size[1];
    most = most > grid->size[2] ? most : grid->size[2];
    float *line = calloc(most, sizeof *line);
    if (line == NULL)
        return ost_fail(err, OST_NOMEM, "solid: no room to blur");
    for (int axis = 0; axis < 3; axis++)
        blur_axis(grid, axis, tap, reach, line);
    free(line);
    return true;
}

bool ost_train_solid_of_mesh(const struct ost_mesh *mesh, const struct solid_box *box, double blur,
                             struct ost_grid **out, struct ost_err *err)
{
    uint32_t size[3];
    double spacing[3];
    OST_AUTO(ost_bvh) bvh = NULL;
    OST_AUTO(ost_grid) grid = NULL;
    for (int k = 0; k < 3; k++) {
        spacing[k] = box->spacing;
        size[k] = (uint32_t)ceil((box->high[k] - box->low[k]) / box->spacing) + 1;
    }
    if (!ost_bvh_create(&bvh, mesh, err) || !ost_grid_create(&grid, size, box->low, spacing, err))
        return ost_err_note(err, "solid");
    size_t at = 0;
    for (uint32_t k = 0; k < size[2]; k++)
        for (uint32_t j = 0; j < size[1]; j++)
            for (uint32_t i = 0; i < size[0]; i++) {
                double p[3] = {box->low[0] + i * box->spacing, box->low[1] + j * box->spacing,
                               box->low[2] + k * box->spacing};
                struct ost_near near;
                (void)ost_bvh_near(bvh, p, INFINITY, &near);
                grid->value[at++] = (float)near.signed_mm;
            }
    if (!blur_grid(grid, blur, err))
        return false;
    *out = ost_steal(&grid);
    return true;
}

double ost_train_solid_at(const struct ost_grid *solid, const double point[3])
{
    return ost_grid_at(solid, point, 20.0);
}

void ost_train_solid_gradient(const struct ost_grid *solid, const double point[3], double out[3])
{
    double h = 0.5 * solid->spacing[0];
    for (int k = 0; k < 3; k++) {
        double a[3], b[3];
        memcpy(a, point, sizeof a);
        memcpy(b, point, sizeof b);
        a[k] -= h;
        b[k] += h;
        out[k] = (ost_train_solid_at(solid, b) - ost_train_solid_at(solid, a)) / (2.0 * h);
    }
}

void ost_train_solid_through_vertices(struct ost_grid *solid, const struct ost_mesh *mesh)
{
    double sum = 0.0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3];
        ost_train_vertex_at(mesh, v, p);
        sum += ost_train_solid_at(solid, p) / mesh->vertex_count;
    }
    size_t count = (size_t)solid->size[0] * solid->size[1] * solid->size[2];
    for (size_t i = 0; i < count; i++)
        solid->value[i] -= (float)sum;
}

struct shaping {
    const struct ost_grid *solid;
    double coarse;
};

static double edge_at(const void *user, const double point[3])
{
    const struct shaping *s = user;
    return s->coarse * (1.25 + 2.5 * ost_train_smooth_step(40.0, 140.0, point[2]));
}

/* Newton along the gradient; a step is never longer than half a millimetre. */
static void onto_level(const void *user, double point[3])
{
    const struct shaping *s = user;
    for (int i = 0; i < 4; i++) {
        double g[3], value = ost_train_solid_at(s->solid, point);
        ost_train_solid_gradient(s->solid, point, g);
        double slope = ost_dot(g, g);
        if (!(slope > 1e-4))
            return;
        double step = -value / slope;
        double length = fabs(step) * sqrt(slope);
        if (length > 0.5)
            step *= 0.5 / length;
        ost_along(point, step, g, point);
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

/* Keeps the piece with the most vertices. */
static bool keep_largest(struct ost_mesh *mesh, struct ost_err *err)
{
    uint32_t *parent = calloc((size_t)mesh->vertex_count + 1, sizeof *parent);
    uint32_t *size = calloc((size_t)mesh->vertex_count + 1, sizeof *size);
    bool ok = parent != NULL && size != NULL;
    for (uint32_t v = 0; ok && v < mesh->vertex_count; v++)
        parent[v] = v;
    for (uint32_t i = 0; ok && i < mesh->triangle_count * 3; i++) {
        uint32_t a = root_of(parent, mesh->triangle[i / 3][0]);
        uint32_t b = root_of(parent, mesh->triangle[i / 3][i % 3]);
        parent[a > b ? a : b] = a > b ? b : a;
    }
    uint32_t best = 0, kept = 0;
    for (uint32_t v = 0; ok && v < mesh->vertex_count; v++) {
        uint32_t root = root_of(parent, v);
        size[root]++;
        best = size[root] > size[best] ? root : best;
    }
    for (uint32_t i = 0; ok && i < mesh->triangle_count; i++)
        if (root_of(parent, mesh->triangle[i][0]) == best)
            memmove(mesh->triangle[kept++], mesh->triangle[i], sizeof *mesh->triangle);
    mesh->triangle_count = ok ? kept : mesh->triangle_count;
    free(parent);
    free(size);
    return ok || ost_fail(err, OST_NOMEM, "solid: no room");
}

bool ost_train_solid_surface(const struct ost_grid *solid, double coarse, struct ost_mesh **out,
                             struct ost_err *err)
{
    struct ost_lattice lattice = {.size = {solid->size[0], solid->size[1], solid->size[2]},
                                  .low = {solid->origin[0], solid->origin[1], solid->origin[2]},
                                  .spacing = solid->spacing[0],
                                  .value = solid->value};
    struct shaping shaping = {.solid = solid, .coarse = coarse};
    struct ost_remesh remesh = {.edge = edge_at, .project = onto_level, .user = &shaping};
    OST_AUTO(ost_mesh) mesh = NULL;
    if (!ost_level_surface(&lattice, TRIANGLES_MAX, &mesh, err) || !keep_largest(mesh, err) ||
        !ost_remesh(mesh, &remesh, err))
        return ost_err_note(err, "solid");
    *out = ost_steal(&mesh);
    return true;
}
