#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdlib.h>

static const double voxel = 0.8;   /* mm */
static const double reach = 110.0; /* mm proximal of the joint that films show */
static const double spongy = 22.0; /* mm proximal of the joint filled with trabecular bone ... */
static const double fading = 14.0; /* ... which fades over this length up the shaft */

struct ask {
    const struct ost_recon_found *found;
    const struct ost_prior_bone *prior;
    const struct ost_bvh *bvh;
    const struct ost_mesh *bone;
};

/* Smooth step of a border over one voxel: the share of it that lies inside. */
static double inside_share(double depth)
{
    double s = depth / voxel + 0.5;
    return s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
}

static double blend(const float *of_vertex, const uint32_t corner[3], const double weight[3])
{
    return weight[0] * (double)of_vertex[corner[0]] + weight[1] * (double)of_vertex[corner[1]] +
           weight[2] * (double)of_vertex[corner[2]];
}

/* How far up the shaft the nearest surface point stands in the model, mm. */
static double height(const struct ask *ask, const uint32_t corner[3], const double weight[3])
{
    double z = 0.0;
    for (int k = 0; k < 3; k++)
        z += weight[k] * (double)ask->prior->mean[corner[k]][2];
    return z;
}

static double density_at(const struct ask *ask, const double point[3])
{
    struct ost_near near;
    if (!ost_bvh_near(ask->bvh, point, 40.0, &near) || near.signed_mm > 0.5 * voxel)
        return 0.0;
    const uint32_t *corner = ask->bone->triangle[near.triangle];
    double depth = -near.signed_mm, z = height(ask, corner, near.weight);
    if (z > reach)
        return 0.0;
    double cortex = ask->found->cortex_factor * blend(ask->prior->cortex, corner, near.weight);
    double marrow = z > spongy ? exp(-(z - spongy) / fading) : 1.0;
    double core = ask->found->trabecular[0] * marrow;
    double shell = inside_share(cortex - depth);
    return inside_share(depth) * (shell * ask->found->cortical[0] + (1.0 - shell) * core);
}

/* The box of the vertices that films show. */
static bool box_of(const struct ask *ask, double low[3], double high[3])
{
    bool any = false;
    for (uint32_t v = 0; v < ask->bone->vertex_count; v++) {
        if ((double)ask->prior->mean[v][2] > reach)
            continue;
        for (int k = 0; k < 3; k++) {
            double x = (double)ask->bone->vertex[v][k];
            low[k] = !any || x < low[k] ? x : low[k];
            high[k] = !any || x > high[k] ? x : high[k];
        }
        any = true;
    }
    return any;
}

static void fill(const struct ask *ask, struct ost_grid *grid)
{
    const size_t layer = (size_t)grid->size[0] * grid->size[1];
#pragma omp parallel for schedule(dynamic)
    for (uint32_t k = 0; k < grid->size[2]; k++)
        for (uint32_t j = 0; j < grid->size[1]; j++)
            for (uint32_t i = 0; i < grid->size[0]; i++) {
                const double p[3] = {grid->origin[0] + voxel * i, grid->origin[1] + voxel * j,
                                     grid->origin[2] + voxel * k};
                grid->value[k * layer + (size_t)j * grid->size[0] + i] = (float)density_at(ask, p);
            }
}

bool ost_recon_density(const struct ost_recon_found *found, enum ost_bone which,
                       const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    double low[3] = {0}, high[3] = {0};
    uint32_t size[3];
    if (!ost_bvh_create(&bvh, bone, err))
        return false;
    const struct ask ask = {found, ost_prior_bone_view(found->prior, which), bvh, bone};
    if (!box_of(&ask, low, high))
        return ost_fail(err, OST_BUG, "the model has no distal %s", ost_bone_name(which));
    for (int k = 0; k < 3; k++) {
        low[k] -= 2.0 * voxel;
        size[k] = (uint32_t)ceil((high[k] - low[k]) / voxel) + 3;
    }
    if (!ost_grid_create(out, size, low, (const double[]){voxel, voxel, voxel}, err))
        return false;
    fill(&ask, *out);
    return true;
}
