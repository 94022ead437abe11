#include "fem/bmd/map.h"

#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t voxels_of(const struct ost_grid *grid)
{
    return (size_t)grid->size[0] * grid->size[1] * grid->size[2];
}

static bool copy_grid(const struct ost_grid *grid, struct ost_grid **out, struct ost_err *err)
{
    if (!ost_grid_create(out, grid->size, grid->origin, grid->spacing, err)) {
        return ost_err_note(err, "density");
    }
    memcpy((*out)->value, grid->value, voxels_of(grid) * sizeof *grid->value);
    return true;
}

bool ost_density_crop(const struct ost_grid *density, const double low[3], const double high[3],
                      struct ost_grid **out, struct ost_err *err)
{
    uint32_t first[3], size[3];
    double origin[3];
    *out = NULL;
    for (int k = 0; k < 3; k++) {
        double last = density->size[k] - 1.0, step = density->spacing[k];
        double from = fmax(0.0, floor((low[k] - density->origin[k]) / step));
        double to = fmin(last, ceil((high[k] - density->origin[k]) / step));
        if (!(from <= to))
            return ost_fail(err, OST_INVALID, "the density volume does not reach the bone");
        first[k] = (uint32_t)from;
        size[k] = (uint32_t)to - first[k] + 1;
        origin[k] = density->origin[k] + step * from;
    }
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, origin, density->spacing, err) || grid == NULL)
        return ost_err_note(err, "density");
    for (size_t row = 0; row < (size_t)size[1] * size[2]; row++) {
        size_t j = first[1] + row % size[1], k = first[2] + row / size[1];
        const float *from = density->value + (k * density->size[1] + j) * density->size[0];
        memcpy(grid->value + row * size[0], from + first[0], size[0] * sizeof *from);
    }
    *out = ost_steal(&grid);
    return true;
}

/* Sum and number of the voxels with bone among a voxel and its 26 neighbours. */
static double sum_bone(const struct ost_grid *g, const float *value, const uint32_t place[3],
                       unsigned *count)
{
    double sum = 0.0;
    *count = 0;
    for (uint32_t at = 0; at < 27; at++) {
        /* One less than nothing wraps round and is past the end as well. */
        const uint32_t p[3] = {place[0] + at % 3 - 1, place[1] + at / 3 % 3 - 1,
                               place[2] + at / 9 - 1};
        if (p[0] >= g->size[0] || p[1] >= g->size[1] || p[2] >= g->size[2])
            continue;
        float v = value[((size_t)p[2] * g->size[1] + p[1]) * g->size[0] + p[0]];
        sum += v > 0.0F ? (double)v : 0.0;
        *count += v > 0.0F;
    }
    return sum;
}

/* The next voxel, x fastest. */
static void advance(const struct ost_grid *g, uint32_t place[3])
{
    for (int k = 0; k < 2 && ++place[k] == g->size[k]; k++)
        place[k] = 0;
    if (place[0] == 0 && place[1] == 0)
        place[2]++;
}

/* Drops every voxel of bone with an empty one (or the grid's end) among its neighbours. */
static void erode_once(struct ost_grid *g, const float *before)
{
    uint32_t place[3] = {0, 0, 0};
    for (size_t at = 0; at < voxels_of(g); at++, advance(g, place)) {
        unsigned count = 27;
        if (before[at] > 0.0F)
            (void)sum_bone(g, before, place, &count);
        if (count < 27)
            g->value[at] = 0.0F;
    }
}

static void extend_once(struct ost_grid *g, const float *before)
{
    uint32_t place[3] = {0, 0, 0};
    for (size_t at = 0; at < voxels_of(g); at++, advance(g, place)) {
        unsigned count = 0;
        if (before[at] > 0.0F)
            continue;
        double sum = sum_bone(g, before, place, &count);
        g->value[at] = count > 0 ? (float)(sum / count) : 0.0F;
    }
}

void ost_density_uncover(struct ost_grid *density, const struct ost_field *surface)
{
    const double least = 1.0 / 3.0;
    double h = cbrt(density->spacing[0] * density->spacing[1] * density->spacing[2]);
    uint32_t place[3] = {0, 0, 0};
    for (size_t at = 0; at < voxels_of(density); at++, advance(density, place)) {
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = density->origin[k] + density->spacing[k] * place[k];
        if (!(density->value[at] > 0.0F))
            continue;
        double share = fmin(1.0, 0.5 - surface->at(surface->user, p) / h);
        density->value[at] = share >= least ? (float)((double)density->value[at] / share) : 0.0F;
    }
}

bool ost_density_extend(const struct ost_grid *density, unsigned erode, unsigned layers,
                        struct ost_grid **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_grid) grid = NULL;
    if (!copy_grid(density, &grid, err)) {
        return false;
    }
    size_t bytes = voxels_of(grid) * sizeof *grid->value;
    float *before = malloc(bytes);
    if (before == NULL) {
        return ost_fail(err, OST_NOMEM, "density: no room for %zu bytes", bytes);
    }
    for (unsigned i = 0; i < erode + layers; i++) {
        memcpy(before, grid->value, bytes);
        if (i < erode) {
            erode_once(grid, before);
        } else {
            extend_once(grid, before);
        }
    }
    free(before);
    *out = ost_steal(&grid);
    return true;
}

bool ost_density_apply(const struct ost_grid *density,
                       double (*value)(const void *user, double density), const void *user,
                       struct ost_grid **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_grid) grid = NULL;
    if (!copy_grid(density, &grid, err)) {
        return false;
    }
    for (size_t i = 0; i < voxels_of(grid); i++) {
        grid->value[i] = (float)value(user, (double)grid->value[i]);
    }
    *out = ost_steal(&grid);
    return true;
}

bool ost_density_merge(const struct ost_grid *a, const struct ost_grid *b, struct ost_grid **out,
                       struct ost_err *err)
{
    uint32_t size[3], place[3] = {0, 0, 0};
    double origin[3];
    for (int k = 0; k < 3; k++) {
        /* Whole voxels away, so that the first is read where it stands. */
        double step = a->spacing[k], below = ceil((a->origin[k] - b->origin[k]) / step - 1e-9);
        double end = fmax(a->origin[k] + step * (a->size[k] - 1.0),
                          b->origin[k] + b->spacing[k] * (b->size[k] - 1.0));
        origin[k] = a->origin[k] - step * fmax(0.0, below);
        size[k] = (uint32_t)ceil((end - origin[k]) / step - 1e-9) + 1;
    }
    *out = NULL;
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_grid_create(&grid, size, origin, a->spacing, err) || grid == NULL)
        return ost_err_note(err, "density");
    for (size_t at = 0; at < voxels_of(grid); at++, advance(grid, place)) {
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = origin[k] + grid->spacing[k] * place[k];
        grid->value[at] = (float)fmax(ost_grid_at(a, p, 0.0), ost_grid_at(b, p, 0.0));
    }
    *out = ost_steal(&grid);
    return true;
}

double ost_density_shifted(const struct ost_density_shift *shift, double density)
{
    double span = shift->cortical - shift->trabecular;
    double part = span > 0.0 ? (density - shift->trabecular) / span : 1.0;
    part = fmin(1.0, fmax(0.0, part));
    return density *
           (shift->trabecular_factor + part * (shift->cortical_factor - shift->trabecular_factor));
}

/* Natural coordinates (i + 1/2) / 4 with i + j + k <= 2: Bonemat's four steps. */
static const double step[OST_TET_POINTS][3] = {
    {0.125, 0.125, 0.125}, {0.375, 0.125, 0.125}, {0.125, 0.375, 0.125}, {0.125, 0.125, 0.375},
    {0.625, 0.125, 0.125}, {0.125, 0.625, 0.125}, {0.125, 0.125, 0.625}, {0.375, 0.375, 0.125},
    {0.375, 0.125, 0.375}, {0.125, 0.375, 0.375}};

void ost_tet_points(const struct ost_tet_mesh *mesh, uint32_t tet, double point[OST_TET_POINTS][3])
{
    const double *first = mesh->node[mesh->tet[tet][0]];
    double edge[3][3];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[mesh->tet[tet][k + 1]], first, edge[k]);
    for (int q = 0; q < OST_TET_POINTS; q++) {
        ost_along(first, step[q][0], edge[0], point[q]);
        ost_along(point[q], step[q][1], edge[1], point[q]);
        ost_along(point[q], step[q][2], edge[2], point[q]);
    }
}

void ost_tet_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid, double *out)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double p[OST_TET_POINTS][3];
        ost_tet_points(mesh, e, p);
        out[e] = ost_grid_mean(grid, (const double(*)[3])p, OST_TET_POINTS, 0.0);
    }
}
