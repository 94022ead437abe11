#include "fem/mesh/sdf_impl.h"
#include "fem/mesh/splat_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

struct ost_sdf_options ost_sdf_options_default(void)
{
    return (struct ost_sdf_options){
        .spacing = 0.28, .margin = 2.0, .band = 0.7, .whole_most = 33554432.0};
}

void sdf_corners(const struct ost_mesh *mesh, uint32_t triangle, double p[3][3])
{
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++)
            p[k][axis] = (double)mesh->vertex[mesh->triangle[triangle][k]][axis];
    }
}

/* What the box has to hold along an axis. */
static void extent_of(const struct ost_mesh *mesh, const struct ost_sdf_options *o, int axis,
                      double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        *least = fmin(*least, (double)mesh->vertex[i][axis]);
        *most = fmax(*most, (double)mesh->vertex[i][axis]);
    }
    if (o->high[axis] > o->low[axis]) {
        *least = fmax(*least, o->low[axis]);
        *most = fmin(*most, o->high[axis]);
    }
}

bool sdf_box(const struct ost_mesh *mesh, const struct ost_sdf_options *options, double low[3],
             double size[3], struct ost_err *err)
{
    const struct ost_sdf_options *o = options;
    if (!ost_mesh_check(mesh, err))
        return ost_err_note(err, "distance");
    if (!(o->spacing > 0.0) || !(o->band > 0.0) || !(o->margin >= o->band))
        return ost_fail(err, OST_INVALID, "distance: spacing, band and margin do not fit");
    for (int k = 0; k < 3; k++) {
        double least, most;
        extent_of(mesh, o, k, &least, &most);
        double first = floor((least - o->margin - o->anchor[k]) / o->spacing);
        double cells = ceil((most + o->margin - o->anchor[k]) / o->spacing) - first;
        if (!(cells > 1.0) || !(cells < 1e5)) {
            return ost_fail(err, OST_LIMIT, "distance: no grid of %g mm over %g mm", o->spacing,
                            most - least);
        }
        low[k] = o->anchor[k] + first * o->spacing;
        size[k] = fmax(cells, OST_SPLAT_ROW) + 1.0;
    }
    return true;
}

/* 1 at every voxel inside. Which way the mesh is wound is for the majority to say. */
static void count_votes(unsigned char *votes, size_t voxels)
{
    size_t positive = 0, negative = 0;
    for (size_t i = 0; i < voxels; i++) {
        positive += votes[i] % OST_NEGATIVE >= 2;
        negative += votes[i] / OST_NEGATIVE >= 2;
    }
    for (size_t i = 0; i < voxels; i++)
        votes[i] = (positive >= negative ? votes[i] % OST_NEGATIVE : votes[i] / OST_NEGATIVE) >= 2;
}

bool ost_sdf_of_mesh(const struct ost_mesh *mesh, const struct ost_sdf_options *options,
                     struct ost_grid **out, struct ost_err *err)
{
    const double step = options->spacing, spacing[3] = {step, step, step};
    double low[3], size[3];
    OST_AUTO(ost_grid) grid = NULL;
    *out = NULL;
    if (!sdf_box(mesh, options, low, size, err) ||
        !ost_grid_create(&grid,
                         (uint32_t[]){(uint32_t)size[0], (uint32_t)size[1], (uint32_t)size[2]}, low,
                         spacing, err) ||
        grid == NULL)
        return false;
    size_t voxels = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    unsigned char *votes = calloc(voxels, 1);
    if (votes == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu voxels", voxels);
    for (size_t i = 0; i < voxels; i++)
        grid->value[i] = (float)(options->band * options->band);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double p[3][3];
        sdf_corners(mesh, i, p);
        splat_triangle(grid, p, options->band);
    }
    const struct triangles all = {NULL, mesh->triangle_count};
    bool ok = inside_votes(mesh, grid, (const struct triangles[]){all, all, all}, votes, err);
    if (ok)
        count_votes(votes, voxels);
    for (size_t i = 0; i < voxels && ok; i++)
        grid->value[i] = votes[i] ? -sqrtf(grid->value[i]) : sqrtf(grid->value[i]);
    free(votes);
    if (ok)
        *out = ost_steal(&grid);
    return ok;
}
