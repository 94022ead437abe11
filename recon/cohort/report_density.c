/* Density as a scanner of the distal radius reads it, from fields instead of voxels. */
#include "recon/cohort/report_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/section.h"
#include "recon/shape/anatomy.h"

#include <stdlib.h>

/* High-resolution scanners: 9 mm of bone, beginning 9.5 mm from the joint's middle. */
static const double slab[2] = {9.5, 18.5};
static const double step = 1.1; /* mm, of the lattice of samples */
static const double voxel = OST_BODY_VOXEL_UM / 1000.0;

struct sums {
    double mineral, volume;        /* all of it */
    double spongy[2], cortical[2]; /* mineral and volume well inside each */
};

/* A window of samples in the frame: radial, volar, proximal. */
struct window {
    struct ost_anatomy frame;
    double low[3];
    int count[3];
};

static void way_to(const struct ost_anatomy *frame, const float point[3], double out[3])
{
    double d[3];
    for (int k = 0; k < 3; k++)
        d[k] = (double)point[k] - frame->origin[k];
    out[0] = ost_dot(d, frame->radial);
    out[1] = ost_dot(d, frame->volar);
    out[2] = -ost_dot(d, frame->axis);
}

static struct window window_of(const struct ost_body *body)
{
    struct window w = {.low = {1e9, 1e9, slab[0]}};
    double high[3] = {-1e9, -1e9, slab[1]};
    const struct ost_mesh *mesh = body->bone[OST_RADIUS];
    ost_anatomy_of(body->prior, (const float(*)[3])mesh->vertex, &w.frame);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double way[3];
        way_to(&w.frame, mesh->vertex[v], way);
        if (way[2] < slab[0] - 3.0 || way[2] > slab[1] + 3.0)
            continue;
        for (int k = 0; k < 2; k++) {
            w.low[k] = fmin(w.low[k], way[k] - 1.0);
            high[k] = fmax(high[k], way[k] + 1.0);
        }
    }
    for (int k = 0; k < 3; k++)
        w.count[k] = (int)fmax(1.0, round((high[k] - w.low[k]) / step));
    return w;
}

static void take(const double value_cover[2], const double depth_wall[2], struct sums *sums)
{
    double depth = depth_wall[0], wall = depth_wall[1];
    sums->mineral += value_cover[0];
    sums->volume += value_cover[1];
    if (depth > 1.4 * wall + voxel) {
        sums->spongy[0] += value_cover[0];
        sums->spongy[1] += value_cover[1];
    } else if (depth > 0.5 * voxel && depth < 0.6 * wall) {
        sums->cortical[0] += value_cover[0];
        sums->cortical[1] += value_cover[1];
    }
}

/* One sample; whether it lies in bone. */
static bool sample(const struct ost_body *body, const struct ost_bvh *bvh, const double p[3],
                   struct sums *sums)
{
    const struct ost_prior_bone *prior = ost_prior_bone_view(body->prior, OST_RADIUS);
    struct ost_near near;
    if (!ost_bvh_near(bvh, p, INFINITY, &near) || near.signed_mm > 0.5 * voxel)
        return false;
    double wall = 0.0;
    for (int c = 0; c < 3; c++)
        wall += near.weight[c] * (double)prior->cortex[prior->triangle[near.triangle][c]];
    const double depth_wall[2] = {-near.signed_mm, body->cortex_factor * wall};
    const double value_cover[2] = {ost_body_density(body, OST_RADIUS, p, depth_wall),
                                   ost_cover(depth_wall[0], voxel)};
    take(value_cover, depth_wall, sums);
    return true;
}

/* One ray from dorsal to volar through the slab; whether it meets bone. */
static bool scan_ray(const struct ost_body *body, const struct ost_bvh *bvh, const struct window *w,
                     const int at[2], struct sums *sums)
{
    bool any = false;
    for (int j = 0; j < w->count[1]; j++) {
        double p[3];
        ost_along(w->frame.origin, w->low[0] + step * (at[0] + 0.5), w->frame.radial, p);
        ost_along(p, w->low[1] + step * (j + 0.5), w->frame.volar, p);
        ost_along(p, -(w->low[2] + step * (at[1] + 0.5)), w->frame.axis, p);
        any |= sample(body, bvh, p, sums);
    }
    return any;
}

/* Mineral of the slab, and the area of its shadow from dorsal to volar, mm2. */
static double scan(const struct ost_body *body, const struct ost_bvh *bvh, const struct window *w,
                   struct sums *sums)
{
    double shadow = 0.0;
    for (int k = 0; k < w->count[2]; k++) {
        for (int i = 0; i < w->count[0]; i++) {
            bool any = scan_ray(body, bvh, w, (const int[]){i, k}, sums);
            shadow += any ? step * step : 0.0;
        }
    }
    return shadow;
}

/* Mean cortex of a bone between two heights over the joint, weighted by surface. */
static double mean_wall(const struct ost_body *body, enum ost_bone bone,
                        const struct ost_anatomy *frame, const double height[2])
{
    const struct ost_prior_bone *prior = ost_prior_bone_view(body->prior, bone);
    const struct ost_mesh *mesh = body->bone[bone];
    double sum = 0.0, area = 0.0;
    for (uint32_t t = 0; t < prior->triangle_count; t++) {
        double way[3], normal[3];
        const uint32_t *corner = prior->triangle[t];
        way_to(frame, mesh->vertex[corner[0]], way);
        if (way[2] < height[0] || way[2] > height[1])
            continue;
        double a = ost_triangle_area(mesh, t, normal);
        for (int c = 0; c < 3; c++)
            sum += a * (double)prior->cortex[corner[c]] / 3.0;
        area += a;
    }
    return area > 0.0 ? body->cortex_factor * sum / area : NAN;
}

/* Inside the ulna's cortex at one height, as a circle. */
static double canal_at(const struct ost_body *body, const struct ost_anatomy *frame, double height)
{
    struct ost_section_plane plane;
    OST_AUTO(ost_section) section = NULL;
    double centre[2];
    for (int k = 0; k < 3; k++) {
        plane.u[k] = frame->radial[k];
        plane.v[k] = -frame->volar[k];
    }
    ost_along(frame->origin, -height, frame->axis, plane.origin);
    if (!ost_section_create(body->bone[OST_ULNA], &plane, &section, NULL))
        return NAN;
    double area = fabs(ost_section_area(section, centre));
    double wall = mean_wall(body, OST_ULNA, frame, (const double[]){height - 5.0, height + 5.0});
    return 2.0 * (sqrt(area / OST_PI) - wall);
}

static double narrowest_canal(const struct ost_body *body, const struct ost_anatomy *frame)
{
    double least = NAN;
    for (int n = 4; n <= 11; n++)
        least = fmin(least, canal_at(body, frame, 10.0 * n));
    return least;
}

bool ost_report_density(const struct ost_body *body, double read[OST_READS], struct ost_err *err)
{
    struct window w = window_of(body);
    struct sums sums = {0};
    OST_AUTO(ost_bvh) bvh = NULL;
    if (!ost_bvh_create(&bvh, body->bone[OST_RADIUS], err))
        return false;
    double shadow = scan(body, bvh, &w, &sums);
    double shaft = 0.3 * read[OST_MORPH_RADIUS_LENGTH];
    read[OST_READ_TOTAL] = sums.mineral / sums.volume;
    read[OST_READ_SPONGY] = sums.spongy[0] / sums.spongy[1];
    read[OST_READ_CORTICAL] = sums.cortical[0] / sums.cortical[1];
    read[OST_READ_AREAL] = sums.mineral * step * step * step / shadow / 1e4;
    read[OST_READ_WALL] = mean_wall(body, OST_RADIUS, &w.frame, slab);
    read[OST_READ_WALL_SHAFT] =
        mean_wall(body, OST_RADIUS, &w.frame, (const double[]){shaft - 5.0, shaft + 5.0});
    read[OST_READ_CANAL] = narrowest_canal(body, &w.frame);
    return true;
}

/* The motion of a bone's distal end from one arm to the other. */
static struct ost_rigid end_motion(const struct ost_body *one, const struct ost_body *other,
                                   enum ost_bone bone, double height)
{
    enum { MOST = 2048 };
    const struct ost_prior_bone *prior = ost_prior_bone_view(one->prior, bone);
    struct ost_rigid motion;
    double(*from)[3] = calloc(2 * MOST, sizeof *from);
    size_t count = 0;
    for (uint32_t v = 0; from != NULL && v < prior->vertex_count && count < MOST; v++) {
        if ((double)prior->mean[v][2] > height)
            continue;
        for (int k = 0; k < 3; k++) {
            from[count][k] = (double)one->healthy[bone]->vertex[v][k];
            from[MOST + count][k] = (double)other->healthy[bone]->vertex[v][k];
        }
        count++;
    }
    if (from == NULL || !ost_rigid_fit((const double(*)[3])from, (const double(*)[3])from + MOST,
                                       NULL, count, &motion))
        motion = ost_rigid_identity();
    free(from);
    return motion;
}

/* About the model's z, of a point in the end's middle; both shafts lie alike above. */
void ost_report_asymmetry(const struct ost_body *one, const struct ost_body *other,
                          double read[OST_READS])
{
    static const int length[OST_BONES] = {OST_READ_LENGTH_APART, OST_READ_ULNA_APART};
    static const double end[OST_BONES] = {10.0, 0.0}; /* each in its own axes */
    static const int turn[OST_BONES] = {OST_READ_TURN_APART, OST_READ_ULNA_TURN_APART};
    for (int b = 0; b < OST_BONES; b++) {
        enum ost_landmark mark = b == OST_RADIUS ? OST_SIGMOID_NOTCH : OST_ULNAR_HEAD;
        struct ost_rigid motion = end_motion(one, other, (enum ost_bone)b, end[b]);
        const float *at = one->healthy[b]->vertex[ost_prior_landmark(one->prior, mark)];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3], w[3];
        ost_rigid_point(&motion, p, q);
        ost_vector_of_rotation(motion.r, w);
        read[length[b]] = fabs(q[2] - p[2]);
        read[turn[b]] = ost_degrees(w[2]);
    }
}
