#include "fem/bmd/map.h"
#include "recon/math/vec.h"

#include <math.h>

/* Barycentric coordinates but the first; false for a flat element. */
static bool natural(const double edge[3][3], const double d[3], double out[3])
{
    double n[3][3];
    ost_cross(edge[1], edge[2], n[0]);
    ost_cross(edge[2], edge[0], n[1]);
    ost_cross(edge[0], edge[1], n[2]);
    double six = ost_dot(edge[0], n[0]);
    for (int k = 0; k < 3 && six > 0.0; k++)
        out[k] = ost_dot(d, n[k]) / six;
    return six > 0.0;
}

/* The voxels that an element's box reaches: first and past the last. */
static void reach(const struct ost_tet_mesh *mesh, const struct ost_grid *grid, uint32_t e,
                  uint32_t box[3][2])
{
    for (int k = 0; k < 3; k++) {
        double low = INFINITY, high = -INFINITY;
        for (int c = 0; c < 4; c++) {
            double at = mesh->node[mesh->tet[e][c]][k] - grid->origin[k];
            low = fmin(low, at / grid->spacing[k]);
            high = fmax(high, at / grid->spacing[k]);
        }
        box[k][0] = (uint32_t)fmin(grid->size[k], fmax(0.0, ceil(low)));
        box[k][1] = (uint32_t)fmin(grid->size[k], fmax(0.0, floor(high) + 1.0));
    }
}

static double voxels_within(const struct ost_tet_mesh *mesh, const struct ost_grid *grid,
                            uint32_t e, size_t *count)
{
    const double *first = mesh->node[mesh->tet[e][0]];
    double edge[3][3], sum = 0.0, d[3], part[3];
    uint32_t box[3][2];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[mesh->tet[e][k + 1]], first, edge[k]);
    reach(mesh, grid, e, box);
    *count = 0;
    for (uint32_t z = box[2][0]; z < box[2][1]; z++) {
        for (uint32_t y = box[1][0]; y < box[1][1]; y++) {
            for (uint32_t x = box[0][0]; x < box[0][1]; x++) {
                const uint32_t at[3] = {x, y, z};
                for (int k = 0; k < 3; k++)
                    d[k] = grid->origin[k] + grid->spacing[k] * at[k] - first[k];
                if (!natural((const double(*)[3])edge, d, part) || part[0] < 0.0 || part[1] < 0.0 ||
                    part[2] < 0.0 || part[0] + part[1] + part[2] > 1.0)
                    continue;
                sum += (double)grid->value[((size_t)z * grid->size[1] + y) * grid->size[0] + x];
                (*count)++;
            }
        }
    }
    return sum;
}

void ost_tet_voxel_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid, double *out)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        size_t count = 0;
        double sum = voxels_within(mesh, grid, e, &count), middle[3] = {0.0};
        for (int k = 0; k < 4; k++)
            ost_along(middle, 0.25, mesh->node[mesh->tet[e][k]], middle);
        out[e] = count > 0 ? sum / (double)count : ost_grid_at(grid, middle, 0.0);
    }
}

void ost_tet_gauss_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid,
                        double (*value)(const void *user, double density), const void *user,
                        double *out)
{
    /* Degree 2: one corner weighs (5 + 3 sqrt 5) / 20, the others (5 - sqrt 5) / 20. */
    static const double heavy = 0.58541019662496845, light = 0.13819660112501052;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double sum = 0.0;
        for (int q = 0; q < 4; q++) {
            double p[3] = {0.0};
            for (int k = 0; k < 4; k++)
                ost_along(p, k == q ? heavy : light, mesh->node[mesh->tet[e][k]], p);
            sum += value(user, ost_grid_at(grid, p, 0.0));
        }
        out[e] = 0.25 * sum;
    }
}
