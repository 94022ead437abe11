#include "recon/base/rng.h"
#include "recon/bone/phantom_impl.h"
#include "recon/bone/shapes.h"
#include "recon/math/vec.h"
#include "recon/volume/volume.h"

enum { WAVES = 12 };

static const double band[2] = {2.5, 11.0}; /* mm outside and inside where distances are known */
static const double flesh_voxel = 4.0;

/* A smooth random field: plane waves of random direction, mean 0, standard deviation 1. */
struct ripple {
    double way[WAVES][3], phase[WAVES];
};

static void ripple_init(struct ripple *r, struct ost_rng *rng, double shortest, double longest)
{
    for (int i = 0; i < WAVES; i++) {
        double length = shortest + (longest - shortest) * ost_rng_uniform(rng);
        for (int k = 0; k < 3; k++)
            r->way[i][k] = ost_rng_normal(rng);
        (void)ost_unit(r->way[i]);
        for (int k = 0; k < 3; k++)
            r->way[i][k] *= 2.0 * OST_PI / length;
        r->phase[i] = 2.0 * OST_PI * ost_rng_uniform(rng);
    }
}

static double ripple_at(const struct ripple *r, const double p[3])
{
    double sum = 0.0;
    for (int i = 0; i < WAVES; i++)
        sum += sin(ost_dot(r->way[i], p) + r->phase[i]);
    return sum * sqrt(2.0 / WAVES);
}

/* One bone's own tissue. */
struct tissue {
    double low, length;          /* along z */
    double cortex;               /* times the usual thickness */
    double cortical, trabecular; /* mgHA/cm3 */
    struct ripple thick, spongy, grain;
};

static void bounds(const struct ost_mesh *mesh, double low[3], double high[3])
{
    for (int k = 0; k < 3; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
    }
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], (double)mesh->vertex[v][k]);
            high[k] = fmax(high[k], (double)mesh->vertex[v][k]);
        }
}

static void tissue_init(const struct ost_bone_phantom *phantom, struct tissue *t)
{
    struct ost_rng rng = ost_rng_seed(phantom->seed * 8 + 1);
    double low[3], high[3];
    bounds(phantom->bone, low, high);
    t->low = low[2];
    t->length = high[2] - low[2];
    t->cortex = exp(0.15 * ost_rng_normal(&rng));
    t->cortical = 1100.0 + 50.0 * ost_rng_normal(&rng);
    t->trabecular = 200.0 + 40.0 * ost_rng_normal(&rng);
    ripple_init(&t->thick, &rng, 20.0, 80.0);
    ripple_init(&t->spongy, &rng, 15.0, 50.0);
    ripple_init(&t->grain, &rng, 2.5, 7.0);
}

/* Mineral at a point so far under the surface. */
static double mineral_at(const struct tissue *t, const double p[3], double depth, double voxel)
{
    double share = fmin(fmax((p[2] - t->low) / t->length, 0.0), 1.0);
    double wall =
        t->cortex * ost_bone_cortex(share, t->length) * exp(0.15 * ripple_at(&t->thick, p));
    double soft = 0.2 * wall + 0.3;
    double inside = fmin(fmax((depth - wall + soft) / (2.0 * soft), 0.0), 1.0);
    double ends = fabs(2.0 * share - 1.0);
    double filled = fmin(fmax((ends - 0.45) / 0.35, 0.03), 1.0);
    double spongy = t->trabecular * filled *
                    exp(0.25 * ripple_at(&t->spongy, p) + 0.3 * ripple_at(&t->grain, p));
    double cover = fmin(fmax(depth / voxel + 0.5, 0.0), 1.0);
    return cover * ((1.0 - inside) * t->cortical + inside * spongy);
}

bool phantom_mineral(const struct ost_bone_phantom *phantom, struct ost_grid **out,
                     struct ost_err *err)
{
    const double voxel = phantom->voxel > 0.0 ? phantom->voxel : 0.7;
    OST_AUTO(ost_volume) distance = NULL;
    OST_AUTO(ost_grid) grid = NULL;
    struct tissue tissue;
    double low[3], high[3], origin[3];
    bounds(phantom->bone, low, high);
    for (int k = 0; k < 3; k++) {
        low[k] -= 1.5;
        high[k] += 1.5;
    }
    const struct ost_volume_box box = ost_volume_box_of(low, high, voxel);
    for (int k = 0; k < 3; k++)
        origin[k] = box.low[k] * voxel;
    if (!ost_volume_from_mesh(&distance, phantom->bone, voxel, band, err) ||
        !ost_grid_create(&grid, box.size, origin, (double[]){voxel, voxel, voxel}, err) ||
        !ost_volume_to_dense(distance, &box, grid->value, err))
        return ost_err_note(err, "phantom");
    tissue_init(phantom, &tissue);
    const size_t count = (size_t)box.size[0] * box.size[1] * box.size[2];
#pragma omp parallel for schedule(dynamic, 16384)
    for (size_t n = 0; n < count; n++) {
        double depth = -(double)grid->value[n];
        grid->value[n] = 0.0F;
        if (depth <= -0.5 * voxel)
            continue;
        const double p[3] = {origin[0] + voxel * (double)(n % box.size[0]),
                             origin[1] + voxel * (double)(n / box.size[0] % box.size[1]),
                             origin[2] + voxel * (double)(n / box.size[0] / box.size[1])};
        grid->value[n] = (float)mineral_at(&tissue, p, depth, voxel);
    }
    *out = ost_steal(&grid);
    return true;
}

bool phantom_flesh(const struct ost_bone_phantom *phantom, struct ost_grid **out,
                   struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(phantom->seed * 8 + 2);
    const double wide = 74.0 + 7.0 * ost_rng_normal(&rng), deep = wide * 0.9;
    const double taper = (ost_rng_uniform(&rng) < 0.5 ? -1.0 : 1.0) * 0.25;
    const double aside[2] = {6.0 * ost_rng_normal(&rng), 6.0 * ost_rng_normal(&rng)};
    const double fat = 8.0 + 5.0 * ost_rng_uniform(&rng);
    struct ripple texture;
    double low[3], high[3];
    ripple_init(&texture, &rng, 20.0, 70.0);
    bounds(phantom->bone, low, high);
    double length = high[2] - low[2], middle = 0.5 * (high[2] + low[2]);
    const double half[3] = {1.35 * wide, 1.35 * wide, 0.5 * length + 80.0};
    uint32_t size[3];
    double origin[3];
    for (int k = 0; k < 3; k++) {
        size[k] = (uint32_t)(2.0 * half[k] / flesh_voxel) + 1;
        origin[k] = (k == 2 ? middle : 0.0) - half[k];
    }
    if (!ost_grid_create(out, size, origin, (double[]){flesh_voxel, flesh_voxel, flesh_voxel}, err))
        return ost_err_note(err, "phantom");
    const size_t count = (size_t)size[0] * size[1] * size[2];
    for (size_t n = 0; n < count; n++) {
        const double p[3] = {origin[0] + flesh_voxel * (double)(n % size[0]),
                             origin[1] + flesh_voxel * (double)(n / size[0] % size[1]),
                             origin[2] + flesh_voxel * (double)(n / size[0] / size[1])};
        double here = 1.0 + taper * (p[2] - middle) / length;
        double level = hypot((p[0] - aside[0]) / (deep * here), (p[1] - aside[1]) / (wide * here));
        double depth = (1.0 - level) * deep * here;
        double cover = fmin(fmax(depth / flesh_voxel + 0.5, 0.0), 1.0);
        double muscle = fmin(fmax((depth - fat) / 6.0, 0.0), 1.0);
        (*out)->value[n] =
            (float)(cover * (0.95 + 0.10 * muscle) * (1.0 + 0.02 * ripple_at(&texture, p)));
    }
    return true;
}
