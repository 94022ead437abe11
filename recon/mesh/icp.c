#include "recon/mesh/icp.h"

#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/sample.h"

#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 2000000 };

/* A point of the moving surface, where it should lie, and along which normal. */
struct match {
    double moved[3], target[3], normal[3];
    double distance;
};

struct icp {
    const struct ost_bvh *to_bvh, *from_bvh;
    const struct ost_samples *from, *to; /* `to` NULL: one way */
    struct match *match;
    double *sorted;
    size_t count;
    double keep;
};

static void widen(const float p[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = p[k];
}

static void match_all(struct icp *icp, const struct ost_rigid *motion)
{
    struct ost_rigid back = ost_rigid_inverse(motion);
    struct ost_near near;
    icp->count = 0;
    for (size_t i = 0; i < icp->from->count; i++) {
        struct match *m = &icp->match[icp->count++];
        double p[3];
        widen(icp->from->point[i], p);
        ost_rigid_point(motion, p, m->moved);
        (void)ost_bvh_near(icp->to_bvh, m->moved, INFINITY, &near);
        memcpy(m->target, near.point, sizeof m->target);
        memcpy(m->normal, near.normal, sizeof m->normal);
        m->distance = near.distance;
    }
    for (size_t i = 0; icp->to != NULL && i < icp->to->count; i++) {
        struct match *m = &icp->match[icp->count++];
        double p[3];
        widen(icp->to->point[i], m->target);
        ost_rigid_point(&back, m->target, p);
        (void)ost_bvh_near(icp->from_bvh, p, INFINITY, &near);
        ost_rigid_point(motion, near.point, m->moved);
        ost_rigid_direction(motion, near.normal, m->normal);
        m->distance = near.distance;
    }
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The distance up to which matches count, and the root mean square of those. */
static double trim(const struct icp *icp, double *rms)
{
    for (size_t i = 0; i < icp->count; i++)
        icp->sorted[i] = icp->match[i].distance;
    qsort(icp->sorted, icp->count, sizeof *icp->sorted, by_value);
    size_t kept = (size_t)(icp->keep * (double)icp->count);
    kept = kept < 1 ? 1 : kept;
    double sum = 0.0;
    for (size_t i = 0; i < kept; i++)
        sum += icp->sorted[i] * icp->sorted[i];
    *rms = sqrt(sum / (double)kept);
    return icp->sorted[kept - 1];
}

/* Point-to-plane normal equations about `centre`: unknowns are rotation, translation. */
static void normal_equations(const struct icp *icp, double reach, const double centre[3],
                             double a[36], double b[6])
{
    memset(a, 0, 36 * sizeof *a);
    memset(b, 0, 6 * sizeof *b);
    for (size_t i = 0; i < icp->count; i++) {
        const struct match *m = &icp->match[i];
        if (m->distance > reach)
            continue;
        double arm[3], gap[3], row[6];
        ost_sub(m->moved, centre, arm);
        ost_sub(m->target, m->moved, gap);
        ost_cross(arm, m->normal, row);
        memcpy(row + 3, m->normal, sizeof m->normal);
        double residual = ost_dot(gap, m->normal);
        for (int c = 0; c < 6; c++) {
            b[c] += row[c] * residual;
            for (int r = c; r < 6; r++)
                a[c * 6 + r] += row[c] * row[r];
        }
    }
}

static void centre_of(const struct icp *icp, double centre[3])
{
    for (int k = 0; k < 3; k++)
        centre[k] = 0.0;
    for (size_t i = 0; i < icp->count; i++) {
        for (int k = 0; k < 3; k++)
            centre[k] += icp->match[i].moved[k] / (double)icp->count;
    }
}

/* One damped step; false where nothing can be solved. `moved` is about its size in mm. */
static bool step(const struct icp *icp, double reach, struct ost_rigid *motion, double *moved)
{
    enum { ARM = 20 }; /* mm a radian of rotation counts for, in the damping and in `moved` */
    double a[36], b[6], centre[3];
    centre_of(icp, centre);
    normal_equations(icp, reach, centre, a, b);
    double trace = a[21] + a[28] + a[35];
    for (int k = 0; k < 6; k++)
        a[k * 6 + k] += 1e-4 * trace * (k < 3 ? (double)ARM * ARM : 1.0);
    if (!(trace > 0.0) || !ost_cholesky(a, 6))
        return false;
    ost_cholesky_solve(a, 6, b);
    struct ost_rigid more = ost_rigid_about(centre, b, b + 3);
    *motion = ost_rigid_then(motion, &more);
    *moved = ARM * ost_length(b) + ost_length(b + 3);
    return true;
}

static void iterate(struct icp *icp, int steps, struct ost_icp_result *out)
{
    double moved = INFINITY;
    for (out->steps = 0; out->steps < steps && !out->settled; out->steps++) {
        match_all(icp, &out->motion);
        double reach = trim(icp, &out->rms);
        if (!step(icp, reach, &out->motion, &moved))
            break;
        out->settled = moved < 1e-3;
    }
    match_all(icp, &out->motion);
    (void)trim(icp, &out->rms);
}

bool ost_icp(const struct ost_mesh *from, const struct ost_mesh *to, const struct ost_rigid *start,
             const struct ost_icp_options *options, struct ost_icp_result *out, struct ost_err *err)
{
    struct ost_icp_options o = options != NULL ? *options : (struct ost_icp_options){0};
    double spacing = o.spacing > 0.0 ? o.spacing : 1.0;
    OST_AUTO(ost_bvh) to_bvh = NULL;
    OST_AUTO(ost_bvh) from_bvh = NULL;
    OST_AUTO(ost_samples) from_points = NULL;
    OST_AUTO(ost_samples) to_points = NULL;
    if (!ost_bvh_create(&to_bvh, to, err) || !ost_bvh_create(&from_bvh, from, err) ||
        !ost_samples_create(&from_points, from, spacing, POINTS_MAX, err) ||
        !ost_samples_create(&to_points, to, spacing, POINTS_MAX, err))
        return ost_err_note(err, "icp");

    size_t room = from_points->count + to_points->count + 1;
    struct icp icp = {.to_bvh = to_bvh,
                      .from_bvh = from_bvh,
                      .from = from_points,
                      .to = o.one_way ? NULL : to_points,
                      .match = calloc(room, sizeof *icp.match),
                      .sorted = calloc(room, sizeof *icp.sorted),
                      .keep = o.keep > 0.0 && o.keep < 1.0 ? o.keep : 1.0};
    *out = (struct ost_icp_result){.motion = start != NULL ? *start : ost_rigid_identity()};
    bool ok = icp.match != NULL && icp.sorted != NULL && from_points->count > 0;
    if (ok)
        iterate(&icp, o.steps > 0 ? o.steps : 60, out);
    free(icp.match);
    free(icp.sorted);
    return ok || ost_fail(err, OST_NOMEM, "icp: no points or no room");
}

void ost_mesh_move(struct ost_mesh *mesh, const struct ost_rigid *motion)
{
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        double p[3], q[3];
        widen(mesh->vertex[i], p);
        ost_rigid_point(motion, p, q);
        for (int k = 0; k < 3; k++)
            mesh->vertex[i][k] = (float)q[k];
    }
}
