#include "recon/shape/reach.h"

#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/cut.h"
#include "recon/mesh/sample.h"

#include <stdlib.h>
#include <string.h>

enum { POSE = 7, POINTS_MAX = 100000, STEPS = 25, UNKNOWNS = POSE + 256 };

/* A model pulled onto a surface: x = scale R (mean + B b) + t. */
struct reach {
    const struct ost_prior_bone *bone;
    const struct ost_samples *points;
    struct ost_mesh *shape; /* the model as it is now, placed */
    double b[UNKNOWNS];     /* numbers of the modes */
    double scale, size_sd, spacing;
    struct ost_rigid place;
};

static void shape_now(struct reach *r)
{
    size_t count = (size_t)r->bone->vertex_count * 3;
    float *flat = &r->shape->vertex[0][0];
    memcpy(flat, &r->bone->mean[0][0], count * sizeof *flat);
    for (uint32_t k = 0; k < r->bone->mode_count; k++) {
        for (size_t i = 0; i < count; i++)
            flat[i] += (float)(r->b[k] * (double)r->bone->mode[k * count + i]);
    }
    for (uint32_t v = 0; v < r->bone->vertex_count; v++) {
        double p[3], q[3];
        for (int k = 0; k < 3; k++)
            p[k] = r->scale * (double)r->shape->vertex[v][k];
        ost_rigid_point(&r->place, p, q);
        for (int k = 0; k < 3; k++)
            r->shape->vertex[v][k] = (float)q[k];
    }
}

/* How far one mode moves a point of a triangle along `back`, a direction in the model. */
static double mode_along(const struct reach *r, uint32_t mode, const struct ost_near *near,
                         const double back[3])
{
    const uint32_t *t = r->shape->triangle[near->triangle];
    const float *field = r->bone->mode + (size_t)mode * r->bone->vertex_count * 3;
    double sum = 0.0;
    for (int c = 0; c < 3; c++) {
        const float *f = field + (size_t)t[c] * 3;
        double d[3] = {f[0], f[1], f[2]};
        sum += near->weight[c] * ost_dot(d, back);
    }
    return sum;
}

/* How the distance along the normal changes with each unknown. */
static void derivative(const struct reach *r, const struct ost_near *near, double *row)
{
    double arm[3], turn[3], back[3];
    struct ost_rigid inverse = ost_rigid_inverse(&r->place);
    ost_sub(near->point, r->place.t, arm);
    ost_cross(arm, near->normal, turn);
    for (int k = 0; k < 3; k++) {
        row[k] = turn[k];
        row[3 + k] = near->normal[k];
    }
    row[6] = ost_dot(arm, near->normal); /* of the logarithm of the scale */
    ost_rigid_direction(&inverse, near->normal, back);
    for (uint32_t k = 0; k < r->bone->mode_count; k++)
        row[POSE + k] = r->scale * mode_along(r, k, near, back);
}

static void apply(struct reach *r, const double *x)
{
    struct ost_rigid step = {.t = {0}};
    ost_rotation_of_vector(x, step.r);
    double t[3];
    memcpy(t, r->place.t, sizeof t);
    memset(r->place.t, 0, sizeof t);
    r->place = ost_rigid_then(&r->place, &step);
    for (int k = 0; k < 3; k++)
        r->place.t[k] = t[k] + x[3 + k];
    r->scale *= exp(x[6]);
    for (uint32_t k = 0; k < r->bone->mode_count; k++)
        r->b[k] += x[POSE + k];
}

/* One Gauss-Newton step; modes are held by their prior at a noise of `noise` mm. */
static bool step(struct reach *r, double noise, double *normal, double *right)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    size_t n = POSE + r->bone->mode_count;
    double row[UNKNOWNS];
    shape_now(r);
    if (!ost_bvh_create(&bvh, r->shape, NULL))
        return false;
    memset(normal, 0, n * n * sizeof *normal);
    memset(right, 0, n * sizeof *right);
    for (size_t i = 0; i < r->points->count; i++) {
        double p[3] = {r->points->point[i][0], r->points->point[i][1], r->points->point[i][2]};
        double gap[3];
        struct ost_near near;
        if (!ost_bvh_near(bvh, p, 20.0, &near))
            continue;
        derivative(r, &near, row);
        ost_sub(p, near.point, gap);
        double residual = ost_dot(gap, near.normal);
        for (size_t c = 0; c < n; c++) {
            right[c] += row[c] * residual;
            for (size_t k = c; k < n; k++)
                normal[c * n + k] += row[c] * row[k];
        }
    }
    /* Neighbouring samples tell the same: at 1 mm one counts as every fourth. */
    double hold = 4.0 * noise * noise / (r->spacing * r->spacing);
    for (size_t k = 0; k < n; k++) {
        normal[k * n + k] += k < POSE ? 1e-6 : hold;
        right[k] -= k < POSE ? 0.0 : hold * r->b[k - POSE];
    }
    double size = hold / (r->size_sd * r->size_sd);
    normal[6 * n + 6] += size;
    right[6] -= size * log(r->scale);
    if (!ost_cholesky(normal, n))
        return false;
    ost_cholesky_solve(normal, n, right);
    apply(r, right);
    return true;
}

static bool distance_now(struct reach *r, double *out, struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    double sum = 0.0;
    shape_now(r);
    if (!ost_bvh_create(&bvh, r->shape, err))
        return false;
    for (size_t i = 0; i < r->points->count; i++) {
        double p[3] = {r->points->point[i][0], r->points->point[i][1], r->points->point[i][2]};
        struct ost_near near;
        (void)ost_bvh_near(bvh, p, INFINITY, &near);
        sum += near.distance;
    }
    *out = r->points->count > 0 ? sum / (double)r->points->count : 0.0;
    return true;
}

/* Drops samples within 2 mm of where the target was sawn off and closed. */
static bool drop_ends(struct ost_samples *points, const struct ost_mesh *target,
                      struct ost_err *err)
{
    enum { CUTS = 2 };
    struct ost_compare_cut cut[CUTS];
    size_t cuts, kept = 0;
    if (!ost_cut_find(target, cut, CUTS, &cuts, err))
        return false;
    for (size_t i = 0; i < points->count; i++) {
        double p[3] = {points->point[i][0], points->point[i][1], points->point[i][2]};
        bool keep = true;
        for (size_t c = 0; c < cuts; c++) {
            double d[3];
            ost_sub(p, cut[c].point, d);
            keep = keep && ost_dot(d, cut[c].normal) < -2.0;
        }
        if (keep)
            memmove(points->point[kept++], points->point[i], sizeof *points->point);
    }
    points->count = kept;
    return true;
}

bool ost_reach_fit(const struct ost_reach *reach, double *mean, struct ost_mesh **out,
                   struct ost_err *err)
{
    OST_AUTO(ost_samples) points = NULL;
    OST_AUTO(ost_mesh) shape = NULL;
    const struct ost_prior_bone *bone = reach->bone;
    const double spacing = reach->spacing > 0.0 ? reach->spacing : 1.0;
    size_t n = POSE + bone->mode_count;
    double *normal = calloc(n * n, sizeof *normal), *right = calloc(n, sizeof *right);
    struct reach *r = calloc(1, sizeof *r);
    bool ok = normal != NULL && right != NULL && r != NULL && n <= UNKNOWNS;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "reach: no room to fit");
    ok = ok && ost_samples_create(&points, reach->target, spacing, POINTS_MAX, err) &&
         drop_ends(points, reach->target, err) &&
         ost_mesh_create(&shape, bone->vertex_count, bone->triangle_count, err);
    if (ok) {
        memcpy(shape->triangle, bone->triangle, bone->triangle_count * sizeof *shape->triangle);
        *r = (struct reach){.bone = bone,
                            .points = points,
                            .shape = shape,
                            .scale = 1.0,
                            .size_sd = reach->size_sd,
                            .spacing = spacing,
                            .place = reach->start};
    }
    for (int i = 0; ok && i < STEPS; i++) {
        double noise = i < 8 ? 2.0 : i < 14 ? 0.7 : 0.2;
        ok =
            step(r, noise, normal, right) || ost_fail(err, OST_BUG, "reach: a fit has no solution");
    }
    ok = ok && distance_now(r, mean, err);
    if (ok && out != NULL)
        *out = ost_steal(&shape);
    free(normal);
    free(right);
    free(r);
    return ok;
}
