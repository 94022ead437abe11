#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/shape/anatomy.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdlib.h>

static const double voxel = 0.8;   /* mm */
static const double reach = 110.0; /* mm proximal of the joint that films show */
static const double spongy = 22.0; /* mm proximal of the joint filled with trabecular bone ... */
static const double fading = 14.0; /* ... which fades over this length up the shaft */
static const double far_mm = 40.0; /* the bone is not looked for beyond */
static const double least_voxels = 200.0; /* of a slice that has a density of its own */
static const double least_factor = 0.4, most_factor = 2.5; /* beyond these a film is misread */

struct ask {
    const struct ost_recon_found *found;
    const struct ost_prior_bone *prior;
    const struct ost_bvh *bvh;
    const struct ost_mesh *bone;
    enum ost_bone which;
    struct ost_anatomy frame;
};

/* A place's density, and the share of its voxel that is bone. */
struct stuff {
    double density, share;
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

/* `*clear`: no voxel nearer than this has a share of the bone, mm; negative inside. */
static struct stuff stuff_at(const struct ask *ask, const double point[3], double *clear)
{
    const struct stuff none = {0.0, 0.0};
    struct ost_near near = {.signed_mm = far_mm};
    (void)ost_bvh_near(ask->bvh, point, far_mm, &near);
    *clear = near.signed_mm - 0.5 * voxel;
    if (*clear > 0.0)
        return none;
    const uint32_t *corner = ask->bone->triangle[near.triangle];
    double depth = -near.signed_mm, z = height(ask, corner, near.weight);
    if (z > reach)
        return none;
    double cortex = ask->found->cortex_factor * blend(ask->prior->cortex, corner, near.weight);
    double marrow = z > spongy ? exp(-(z - spongy) / fading) : 1.0;
    double core = ask->found->trabecular[0] * marrow;
    double shell = inside_share(cortex - depth);
    const double share = inside_share(depth);
    return (struct stuff){share * (shell * ask->found->cortical[0] + (1.0 - shell) * core), share};
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

static void place_of(const struct ost_grid *grid, size_t n, double out[3])
{
    const size_t row = grid->size[0], layer = row * grid->size[1];
    const size_t at[3] = {n % row, n % layer / row, n / layer};
    for (int k = 0; k < 3; k++)
        out[k] = grid->origin[k] + grid->spacing[k] * (double)at[k];
}

/* Most of a row is far from the bone, and passed over as far as that is known. */
static void fill_row(const struct ask *ask, size_t first, struct ost_grid *grid, float *share)
{
    double clear = 0.0;
    for (size_t n = first; n < first + grid->size[0]; n++) {
        struct stuff stuff = {0.0, 0.0};
        clear -= grid->spacing[0];
        if (clear <= 0.0) {
            double p[3];
            place_of(grid, n, p);
            stuff = stuff_at(ask, p, &clear);
        }
        grid->value[n] = (float)stuff.density;
        share[n] = (float)stuff.share;
    }
}

/* `share`: of every voxel that is bone. */
static void fill(const struct ask *ask, struct ost_grid *grid, float *share)
{
    const size_t rows = (size_t)grid->size[1] * grid->size[2];
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t row = 0; row < rows; row++)
        fill_row(ask, row * grid->size[0], grid, share);
}

/* ---- the films' own density ---- */

/* Where a place stands among the slices: 0 at the middle of the first. */
static double slice_of(const struct ask *ask, const double p[3])
{
    double d[3];
    ost_sub(ask->frame.origin, p, d);
    const double height = ost_dot(d, ask->frame.axis);
    return (height - ost_recon_slice_low) / ost_recon_slice_mm - 0.5;
}

/* A slice without a factor goes with the nearest that has one. */
static void fill_gaps(double factor[OST_RECON_SLICES])
{
    for (int k = 1; k < OST_RECON_SLICES; k++)
        factor[k] = isnan(factor[k]) ? factor[k - 1] : factor[k];
    for (int k = OST_RECON_SLICES - 2; k >= 0; k--)
        factor[k] = isnan(factor[k]) ? factor[k + 1] : factor[k];
}

/* Mineral and bone in every slice of a grid. */
static void sum_slices(const struct ask *ask, const struct ost_grid *grid, const float *share,
                       double mineral[OST_RECON_SLICES], double volume[OST_RECON_SLICES])
{
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    for (size_t n = 0; n < count; n++) {
        double p[3];
        place_of(grid, n, p);
        const double at = floor(slice_of(ask, p) + 0.5);
        if (at < 0.0 || at >= OST_RECON_SLICES)
            continue;
        mineral[(int)at] += (double)grid->value[n];
        volume[(int)at] += (double)share[n];
    }
}

/* What every slice is to be multiplied by; slices that no film shows go with the nearest. */
static bool factors(const struct ask *ask, const struct ost_grid *grid, const float *share,
                    double out[OST_RECON_SLICES])
{
    const double *film = ask->found->slices.density[ask->which];
    double mineral[OST_RECON_SLICES] = {0.0}, volume[OST_RECON_SLICES] = {0.0};
    bool any = false;
    sum_slices(ask, grid, share, mineral, volume);
    for (int k = 0; k < OST_RECON_SLICES; k++) {
        const bool known = film[k] > 0.0 && mineral[k] > 0.0 && volume[k] > least_voxels;
        out[k] = known ? film[k] * volume[k] / mineral[k] : NAN;
        out[k] = fmin(fmax(out[k], least_factor), most_factor);
        out[k] = known ? out[k] : NAN;
        any = any || known;
    }
    if (any)
        fill_gaps(out);
    return any;
}

static void by_films(const struct ask *ask, const float *share, struct ost_grid *grid)
{
    const size_t count = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    double factor[OST_RECON_SLICES];
    if (!ask->found->slices.present || !factors(ask, grid, share, factor))
        return;
    for (size_t n = 0; n < count; n++) {
        double p[3];
        place_of(grid, n, p);
        const double at = fmin(fmax(slice_of(ask, p), 0.0), OST_RECON_SLICES - 1.0);
        const int k = (int)fmin(at, OST_RECON_SLICES - 2.0);
        grid->value[n] *= (float)(factor[k] + (at - k) * (factor[k + 1] - factor[k]));
    }
}

/* The radius' axis also for the ulna: slices are cut across it. */
static bool frame_of(const struct ost_recon_found *found, struct ost_anatomy *out,
                     struct ost_err *err)
{
    OST_AUTO(ost_arm_table) radius = NULL;
    if (!ost_arm_table_create(found->prior, OST_RADIUS, OST_ARM_MODES, &radius, err))
        return false;
    ost_arm_table_set(radius, found->prior, OST_RADIUS, &found->arm, false);
    ost_anatomy_of_arm(found->prior, (const float(*)[3])radius->mesh->vertex, found->arm.mirrored,
                       out);
    return true;
}

bool ost_recon_density(const struct ost_recon_found *found, enum ost_bone which,
                       const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    double low[3] = {0}, high[3] = {0};
    uint32_t size[3];
    if (!ost_bvh_create(&bvh, bone, err))
        return false;
    struct ask ask = {.found = found,
                      .prior = ost_prior_bone_view(found->prior, which),
                      .bvh = bvh,
                      .bone = bone,
                      .which = which};
    if (!box_of(&ask, low, high))
        return ost_fail(err, OST_BUG, "the model has no distal %s", ost_bone_name(which));
    for (int k = 0; k < 3; k++) {
        low[k] -= 2.0 * voxel;
        size[k] = (uint32_t)ceil((high[k] - low[k]) / voxel) + 3;
    }
    if (!frame_of(found, &ask.frame, err) ||
        !ost_grid_create(out, size, low, (const double[]){voxel, voxel, voxel}, err))
        return false;
    float *share = malloc((size_t)size[0] * size[1] * size[2] * sizeof *share);
    if (share == NULL) {
        ost_grid_destroy(*out);
        *out = NULL;
        return ost_fail(err, OST_NOMEM, "no room for the density of a bone");
    }
    fill(&ask, *out, share);
    by_films(&ask, share, *out);
    free(share);
    return true;
}
