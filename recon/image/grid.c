#include "recon/image/grid.h"

#include "recon/base/array.h"

#include <math.h>
#include <stdlib.h>

/* 2 GiB of floats: a whole-body CT fits, a hostile header does not. */
static const size_t voxels_most = (size_t)1 << 29;

static bool box_is_sound(const double origin[3], const double spacing[3])
{
    for (int k = 0; k < 3; k++) {
        if (!isfinite(origin[k]) || !isfinite(spacing[k]) || !(spacing[k] > 0.0))
            return false;
    }
    return true;
}

bool ost_grid_create(struct ost_grid **out, const uint32_t size[3], const double origin[3],
                     const double spacing[3], struct ost_err *err)
{
    *out = NULL;
    size_t count = 0, bytes = 0;
    if (!ost_array_bytes(size[0], size[1], &count, err) ||
        !ost_array_bytes(count, size[2], &count, err) ||
        !ost_array_bytes(count, sizeof(float), &bytes, err))
        return ost_err_note(err, "grid");
    if (count == 0 || count > voxels_most) {
        return ost_fail(err, OST_LIMIT, "grid of %u x %u x %u voxels, limit %zu", size[0], size[1],
                        size[2], voxels_most);
    }
    if (!box_is_sound(origin, spacing))
        return ost_fail(err, OST_INVALID, "grid: origin or spacing is no length");
    struct ost_grid *grid = calloc(1, sizeof *grid);
    float *value = calloc(count, sizeof *value);
    if (grid == NULL || value == NULL) {
        free(grid);
        free(value);
        return ost_fail(err, OST_NOMEM, "grid of %zu bytes", bytes);
    }
    for (int k = 0; k < 3; k++) {
        grid->size[k] = size[k];
        grid->origin[k] = origin[k];
        grid->spacing[k] = spacing[k];
    }
    grid->value = value;
    *out = grid;
    return true;
}

void ost_grid_destroy(struct ost_grid *grid)
{
    if (grid == NULL)
        return;
    free(grid->value);
    free(grid);
}

/* The cell a coordinate lies in and how far; false beyond the centres. */
static inline bool cell(double x, uint32_t size, size_t *low, double *part)
{
    /* A point on the last centre belongs to the last cell, whatever rounding says. */
    double last = (double)(size - 1), slack = 1e-9 * (last + 1.0);
    if (!(x >= -slack && x <= last + slack))
        return false;
    /* Towards zero is downwards here, and no call. */
    *low = x > 0.0 ? (size_t)x : 0;
    if (*low + 2 > size && size > 1)
        *low = size - 2;
    *part = size > 1 ? x - (double)*low : 0.0;
    return true;
}

/* Voxels to ask memory for in advance, where points step over some. */
enum { AHEAD = 48 };

/* Trilinear in the cell whose first corner is `v`; corners lie `step` apart. */
static inline double in_cell(const float *v, const size_t step[3], const double part[3])
{
    double face[2];
    for (size_t k = 0; k < 2; k++) {
        const float *f = v + k * step[2];
        double near = (double)f[0] + part[0] * ((double)f[step[0]] - (double)f[0]);
        f += step[1];
        double far = (double)f[0] + part[0] * ((double)f[step[0]] - (double)f[0]);
        face[k] = near + part[1] * (far - near);
    }
    return face[0] + part[2] * (face[1] - face[0]);
}

/* An axis of one voxel has no step. */
static void steps_of(const struct ost_grid *grid, size_t step[3])
{
    const size_t stride[3] = {1, grid->size[0], (size_t)grid->size[0] * grid->size[1]};
    for (int k = 0; k < 3; k++)
        step[k] = grid->size[k] == 1 ? 0 : stride[k];
}

double ost_grid_at(const struct ost_grid *grid, const double point[3], double outside)
{
    size_t low[3], step[3];
    double part[3];
    for (int k = 0; k < 3; k++) {
        double x = (point[k] - grid->origin[k]) / grid->spacing[k];
        if (!cell(x, grid->size[k], &low[k], &part[k]))
            return outside;
    }
    steps_of(grid, step);
    const float *row = grid->value + (low[2] * grid->size[1] + low[1]) * (size_t)grid->size[0];
    return in_cell(row + low[0], step, part);
}

double ost_grid_mean(const struct ost_grid *grid, const double (*point)[3], uint32_t count,
                     double outside)
{
    size_t step[3], low[3];
    double part[3], per[3], sum = 0.0;
    steps_of(grid, step);
    for (int k = 0; k < 3; k++)
        per[k] = 1.0 / grid->spacing[k];
    for (uint32_t i = 0; i < count; i++) {
        bool within = true;
        for (int k = 0; k < 3; k++)
            within &=
                cell((point[i][k] - grid->origin[k]) * per[k], grid->size[k], &low[k], &part[k]);
        const size_t at = (low[2] * grid->size[1] + low[1]) * (size_t)grid->size[0] + low[0];
        sum += within ? in_cell(grid->value + at, step, part) : outside;
    }
    return count > 0 ? sum / count : outside;
}

void ost_grid_row(const struct ost_grid *grid, const double (*point)[3], uint32_t count,
                  double outside, double *out)
{
    size_t low[3] = {0}, step[3];
    double part[3];
    bool within = count > 0;
    for (int k = 1; k < 3 && within; k++) {
        double x = (point[0][k] - grid->origin[k]) / grid->spacing[k];
        within = cell(x, grid->size[k], &low[k], &part[k]);
    }
    steps_of(grid, step);
    const float *row = grid->value + (low[2] * grid->size[1] + low[1]) * (size_t)grid->size[0];
    for (uint32_t i = 0; i < count; i++) {
        double x = (point[i][0] - grid->origin[0]) / grid->spacing[0];
        bool inside = within && cell(x, grid->size[0], &low[0], &part[0]);
        for (size_t k = 0; k < 4; k++)
            __builtin_prefetch(row + low[0] + AHEAD + (k & 1) * step[1] + (k >> 1) * step[2]);
        out[i] = inside ? in_cell(row + low[0], step, part) : outside;
    }
}
