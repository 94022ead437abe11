#include "fem/bmd/map.h"
#include "recon/math/vec.h"

#include <math.h>

/* An element as its first corner and what turns a place into natural coordinates. */
struct frame {
    const double *first;
    double row[3][3];
};

static struct frame frame_of(const struct ost_tet_mesh *mesh, uint32_t e)
{
    struct frame f = {.first = mesh->node[mesh->tet[e][0]]};
    double edge[3][3];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[mesh->tet[e][k + 1]], f.first, edge[k]);
    for (int k = 0; k < 3; k++) {
        ost_cross(edge[(k + 1) % 3], edge[(k + 2) % 3], f.row[k]);
        double six = ost_dot(edge[k], f.row[k]);
        for (int a = 0; a < 3; a++)
            f.row[k][a] /= six;
    }
    return f;
}

static bool holds(const struct frame *f, const double p[3])
{
    double d[3], left = 1.0;
    ost_sub(p, f->first, d);
    for (int k = 0; k < 3; k++) {
        double part = ost_dot(f->row[k], d);
        if (part < 0.0)
            return false;
        left -= part;
    }
    return left >= 0.0;
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
    const struct frame f = frame_of(mesh, e);
    double sum = 0.0;
    uint32_t box[3][2], span[3];
    reach(mesh, grid, e, box);
    for (int k = 0; k < 3; k++)
        span[k] = box[k][1] > box[k][0] ? box[k][1] - box[k][0] : 0;
    *count = 0;
    for (uint32_t i = 0; i < span[0] * span[1] * span[2]; i++) {
        const size_t at[3] = {box[0][0] + i % span[0], box[1][0] + i / span[0] % span[1],
                              box[2][0] + i / span[0] / span[1]};
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = grid->origin[k] + grid->spacing[k] * (double)at[k];
        if (!holds(&f, p))
            continue;
        sum += (double)grid->value[(at[2] * grid->size[1] + at[1]) * grid->size[0] + at[0]];
        (*count)++;
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
                        double *out, double (*share)[4])
{
    /* Degree 2: one corner weighs (5 + 3 sqrt 5) / 20, the others (5 - sqrt 5) / 20. */
    static const double heavy = 0.58541019662496845, light = 0.13819660112501052;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double sum = 0.0, at[4];
        for (int q = 0; q < 4; q++) {
            double p[3] = {0.0};
            for (int k = 0; k < 4; k++)
                ost_along(p, k == q ? heavy : light, mesh->node[mesh->tet[e][k]], p);
            at[q] = value(user, ost_grid_at(grid, p, 0.0));
            sum += at[q];
        }
        out[e] = 0.25 * sum;
        for (int q = 0; q < 4 && share != NULL; q++)
            share[e][q] = sum > 0.0 ? at[q] / out[e] : 1.0;
    }
}
