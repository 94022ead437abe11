/* Soft tissue: a forearm and a hand of rounded sections, fat under the skin. */
#include "recon/base/array.h"
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"

static const double spacing = 1.25;

/* Half widths across x and y of the section at a height, for an arm of scale 1. */
struct section {
    double z, centre[2], half[2];
};

static const struct section outline[] = {
    {-90.0, {2.0, -4.0}, {43.0, 15.5}},  {-60.0, {1.0, -4.0}, {42.0, 16.5}},
    {-35.0, {0.5, -3.0}, {38.0, 18.5}},  {-18.0, {2.5, -1.5}, {35.0, 19.5}},
    {0.0, {4.5, -0.5}, {33.0, 20.0}},    {20.0, {6.0, -0.5}, {33.0, 21.0}},
    {50.0, {8.0, -1.5}, {35.0, 23.0}},   {85.0, {9.0, -3.0}, {39.0, 26.5}},
    {130.0, {10.0, -4.0}, {44.0, 31.0}},
};

static struct section section_at(double z)
{
    size_t n = 0;
    while (n + 2 < OST_COUNT(outline) && z > outline[n + 1].z) {
        n++;
    }
    const struct section *a = &outline[n], *b = &outline[n + 1];
    double t = (z - a->z) / (b->z - a->z);
    struct section s = {.z = z};
    for (int k = 0; k < 2; k++) {
        s.centre[k] = a->centre[k] + t * (b->centre[k] - a->centre[k]);
        s.half[k] = a->half[k] + t * (b->half[k] - a->half[k]);
    }
    return s;
}

/* Depth under the skin of arm and palm, mm, to first order. */
static double arm_depth(const double p[3], double thicker)
{
    struct section s = section_at(p[2]);
    double x = fabs(p[0] - s.centre[0]) / (thicker * s.half[0]);
    double y = fabs(p[1] - s.centre[1]) / (thicker * s.half[1]);
    double level = pow(pow(x, 2.3) + pow(y, 2.3), 1.0 / 2.3);
    double narrow = x > y ? s.half[0] : s.half[1];
    return (1.0 - level) * thicker * narrow;
}

/* The ball of the thumb and the thumb, a capsule along its metacarpal. */
static double thumb_depth(const double p[3], double thicker)
{
    const double from[3] = {-17.0, -9.0, -18.0}, to[3] = {-42.0, -23.0, -82.0};
    double axis[3], d[3], foot[3];
    ost_sub(to, from, axis);
    ost_sub(p, from, d);
    double t = fmin(1.0, fmax(0.0, ost_dot(d, axis) / ost_dot(axis, axis)));
    ost_along(from, t, axis, foot);
    return thicker * (14.5 - 2.5 * t) - ost_distance(p, foot);
}

/* Where a point of the world lies in an arm of scale 1 whose hand is where it was. */
static void to_arm(const struct ost_body *body, const struct ost_rigid *back, double p[3])
{
    const double scale = body->scale;
    /* Distally the flesh goes with the hand. */
    double hand[3], share = 1.0 - ost_smooth_step(-15.0, 25.0, p[2]);
    ost_rigid_point(back, p, hand);
    for (int k = 0; k < 3; k++) {
        p[k] = (p[k] + share * (hand[k] - p[k])) / scale;
    }
}

bool ost_body_flesh(struct ost_body *body, struct ost_err *err)
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_FLESH);
    const double thicker = 1.0 + 0.05 * ost_rng_normal(&rng),
                 fat = 2.0 + 2.0 * ost_rng_uniform(&rng);
    const uint64_t seed = ost_rng_next(&rng);
    const double low[3] = {-68.0, -64.0, OST_BODY_LOW}, high[3] = {62.0, 40.0, OST_BODY_HIGH};
    uint32_t size[3];
    for (int k = 0; k < 3; k++) {
        size[k] = (uint32_t)ceil((high[k] - low[k]) / spacing);
    }
    if (!ost_grid_create(&body->tissue, size, low, (double[]){spacing, spacing, spacing}, err)) {
        return ost_err_note(err, "cohort");
    }
    struct ost_grid *grid = body->tissue;
    const struct ost_rigid back = ost_rigid_inverse(&body->hand);
    const double scale = body->scale;
    const size_t count = (size_t)size[0] * size[1] * size[2];
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < count; n++) {
        double p[3];
        ost_voxel_centre(grid, n, p);
        to_arm(body, &back, p);
        double depth = scale * fmax(arm_depth(p, thicker), thumb_depth(p, thicker));
        double muscle = ost_smooth_step(fat - 1.0, fat + 1.5, depth);
        double texture = 1.0 + 0.03 * muscle * ost_body_noise(seed, 7.0, p);
        grid->value[n] = (float)(ost_cover(depth, spacing) * (0.95 + 0.10 * muscle) * texture);
    }
    return true;
}

/* A shell round the padded arm; the thumb and the fingers' ends stay free. */
struct shell {
    double padding, wall; /* mm */
    double density;       /* g/cm3 */
};

static double shell_at(const struct shell *shell, uint64_t seed, const double arm[3],
                       double outside)
{
    double wall = shell->wall * (1.0 + 0.25 * ost_body_noise(seed, 14.0, arm));
    double depth = fmin(outside - shell->padding, shell->padding + wall - outside);
    double ends = 1.0 - ost_smooth_step(30.0, 34.0, -arm[2]);
    return shell->density * ends * ost_cover(depth, spacing) *
           (1.0 + 0.12 * ost_body_noise(seed + 1, 3.0, arm));
}

bool ost_body_cast(struct ost_body *body, struct ost_err *err)
{
    static const struct shell plaster = {4.0, 4.5, 1.1}, fibreglass = {3.0, 3.0, 0.55};
    if (body->request->cast == OST_CAST_NONE)
        return true;
    const struct shell *shell = body->request->cast == OST_CAST_PLASTER ? &plaster : &fibreglass;
    struct ost_rng rng = ost_body_rng(body, OST_PART_FLESH);
    const double thicker = 1.0 + 0.05 * ost_rng_normal(&rng);
    const uint64_t seed = body->request->seed * 64 + 12;
    const double low[3] = {-80.0, -64.0, OST_BODY_LOW}, high[3] = {80.0, 56.0, OST_BODY_HIGH};
    uint32_t size[3];
    for (int k = 0; k < 3; k++)
        size[k] = (uint32_t)ceil((high[k] - low[k]) / spacing);
    if (!ost_grid_create(&body->cast, size, low, (double[]){spacing, spacing, spacing}, err))
        return ost_err_note(err, "cohort");
    struct ost_grid *grid = body->cast;
    const struct ost_rigid back = ost_rigid_inverse(&body->hand);
    const size_t count = (size_t)size[0] * size[1] * size[2];
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < count; n++) {
        double p[3];
        ost_voxel_centre(grid, n, p);
        to_arm(body, &back, p);
        double outside = -body->scale * arm_depth(p, thicker);
        if (outside > 0.0)
            grid->value[n] = (float)shell_at(shell, seed, p, outside);
    }
    return true;
}
