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

/* A Gaussian's half, tap[0] in the middle. */
struct blur {
    double tap[TAPS];
    int reach;
};

/* One line of `size` values, `step` apart, blurred; ends held. */
static void blur_line(const struct blur *blur, float *value, size_t step, int size, float *line)
{
    for (int i = 0; i < size; i++)
        line[i] = value[(size_t)i * step];
    for (int i = 0; i < size; i++) {
        double sum = 0.0;
        for (int d = -blur->reach; d <= blur->reach; d++) {
            int at = i + d < 0 ? 0 : i + d;
            sum += blur->tap[abs(d)] * (double)line[at < size ? at : size - 1];
        }
        value[(size_t)i * step] = (float)sum;
    }
}

static void blur_axis(struct ost_grid *grid, int axis, const struct blur *blur, float *line)
{
    const size_t step[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
    size_t along = step[axis] * grid->size[axis];
    for (size_t start = 0; start < ost_train_grid_count(grid); start++) {
        if (start % along < step[axis])
            blur_line(blur, grid->value + start, step[axis], (int)grid->size[axis], line);
    }
}

static bool blur_grid(struct ost_grid *grid, double sigma, struct ost_err *err)
{
    struct blur blur = {.tap = {0}};
    double sum = 0.0, voxels = sigma / grid->spacing[0];
    if (!(voxels > 0.1))
        return true;
    blur.reach = (int)fmin(ceil(3.0 * voxels), TAPS - 1);
    for (int d = 0; d <= blur.reach; d++) {
        blur.tap[d] = exp(-0.5 * d * d / (voxels * voxels));
        sum += d == 0 ? blur.tap[d] : 2.0 * blur.tap[d];
    }
    for (int d = 0; d <= blur.reach; d++)
        blur.tap[d] /= sum;
    size_t most = (size_t)grid->size[0] + grid->size[1] + grid->size[2];
    float *line = calloc(most, sizeof *line);
    if (line == NULL)
        return ost_fail(err, OST_NOMEM, "solid: no room to blur");
    for (int axis = 0; axis < 3; axis++)
        blur_axis(grid, axis, &blur, line);
    free(line);
    return true;
}

size_t ost_train_grid_count(const struct ost_grid *grid)
{
    return (size_t)grid->size[0] * grid->size[1] * grid->size[2];
}

void ost_train_grid_point(const struct ost_grid *grid, size_t at, double out[3])
{
    size_t row = grid->size[0], column = grid->size[1];
    const size_t index[3] = {at % row, at / row % column, at / (row * column)};
    for (int k = 0; k < 3; k++)
        out[k] = grid->origin[k] + (double)index[k] * grid->spacing[k];
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
    for (size_t i = 0; i < ost_train_grid_count(grid); i++) {
        double p[3];
        struct ost_near near;
        ost_train_grid_point(grid, i, p);
        (void)ost_bvh_near(bvh, p, INFINITY, &near);
        grid->value[i] = (float)near.signed_mm;
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

static void join_pieces(const struct ost_mesh *mesh, uint32_t *parent)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        parent[v] = v;
    for (size_t i = 0; i < (size_t)mesh->triangle_count * 3; i++) {
        const uint32_t *t = mesh->triangle[i / 3];
        uint32_t a = root_of(parent, t[0]), b = root_of(parent, t[i % 3]);
        parent[a > b ? a : b] = a > b ? b : a;
    }
}

static uint32_t largest_piece(const struct ost_mesh *mesh, uint32_t *parent, uint32_t *size)
{
    uint32_t best = 0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        uint32_t root = root_of(parent, v);
        size[root]++;
        best = size[root] > size[best] ? root : best;
    }
    return best;
}

/* Keeps the piece with the most vertices. */
static bool keep_largest(struct ost_mesh *mesh, struct ost_err *err)
{
    uint32_t *parent = calloc((size_t)mesh->vertex_count + 1, sizeof *parent);
    uint32_t *size = calloc((size_t)mesh->vertex_count + 1, sizeof *size);
    bool ok = parent != NULL && size != NULL;
    uint32_t kept = 0, best = 0;
    if (ok) {
        join_pieces(mesh, parent);
        best = largest_piece(mesh, parent, size);
    }
    for (uint32_t i = 0; ok && i < mesh->triangle_count; i++) {
        if (root_of(parent, mesh->triangle[i][0]) == best)
            memmove(mesh->triangle[kept++], mesh->triangle[i], sizeof *mesh->triangle);
    }
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
