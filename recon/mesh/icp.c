#include "recon/mesh/icp.h"

#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/edge.h"
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
    const struct ost_mesh *to_mesh, *from_mesh;
    bool *to_rim, *from_rim; /* per vertex; NULL: rims count as any other place */
};

/* Whether a nearest point lies on the rim itself. */
static bool at_rim(const struct ost_mesh *mesh, const bool *rim, const struct ost_near *near)
{
    for (int k = 0; rim != NULL && k < 3; k++) {
        if (near->weight[k] > 1e-6 && !rim[mesh->triangle[near->triangle][k]])
            return false;
    }
    return rim != NULL;
}

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
        struct match *m = &icp->match[icp->count];
        double p[3];
        widen(icp->from->point[i], p);
        ost_rigid_point(motion, p, m->moved);
        (void)ost_bvh_near(icp->to_bvh, m->moved, INFINITY, &near);
        if (at_rim(icp->to_mesh, icp->to_rim, &near))
            continue;
        icp->count++;
        memcpy(m->target, near.point, sizeof m->target);
        memcpy(m->normal, near.normal, sizeof m->normal);
        m->distance = near.distance;
    }
    for (size_t i = 0; icp->to != NULL && i < icp->to->count; i++) {
        struct match *m = &icp->match[icp->count];
        double p[3];
        widen(icp->to->point[i], m->target);
        ost_rigid_point(&back, m->target, p);
        (void)ost_bvh_near(icp->from_bvh, p, INFINITY, &near);
        if (at_rim(icp->from_mesh, icp->from_rim, &near))
            continue;
        icp->count++;
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
    *rms = INFINITY;
    if (icp->count == 0)
        return 0.0; /* nothing lies on anything here */
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

/* Both surfaces made ready once, for any number of starts. */
struct setup {
    struct ost_bvh *to_bvh, *from_bvh;
    struct ost_samples *from, *to;
    struct icp icp;
};

static void setup_fini(struct setup *s)
{
    ost_bvh_destroy(s->to_bvh);
    ost_bvh_destroy(s->from_bvh);
    ost_samples_destroy(s->from);
    ost_samples_destroy(s->to);
    free(s->icp.match);
    free(s->icp.sorted);
    free(s->icp.to_rim);
    free(s->icp.from_rim);
}

/* Which vertices lie on an edge of one triangle only. */
static bool mark_rim(const struct ost_mesh *mesh, bool **out, struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    *out = calloc((size_t)mesh->vertex_count + 1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "icp: no room for a rim");
    if (!ost_edges_create(&edges, mesh, err))
        return false;
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        if (run == 1)
            (*out)[edges->edge[at].low] = (*out)[edges->edge[at].high] = true;
    }
    return true;
}

static bool setup_init(struct setup *s, const struct ost_mesh *from, const struct ost_mesh *to,
                       const struct ost_icp_options *o, struct ost_err *err)
{
    double spacing = o->spacing > 0.0 ? o->spacing : 1.0;
    *s = (struct setup){0};
    if (!ost_bvh_create(&s->to_bvh, to, err) || !ost_bvh_create(&s->from_bvh, from, err) ||
        !ost_samples_create(&s->from, from, spacing, POINTS_MAX, err) ||
        !ost_samples_create(&s->to, to, spacing, POINTS_MAX, err))
        return ost_err_note(err, "icp");
    size_t room = s->from->count + s->to->count + 1;
    s->icp = (struct icp){.to_bvh = s->to_bvh,
                          .from_bvh = s->from_bvh,
                          .from = s->from,
                          .to = o->one_way ? NULL : s->to,
                          .match = calloc(room, sizeof *s->icp.match),
                          .sorted = calloc(room, sizeof *s->icp.sorted),
                          .keep = o->keep > 0.0 && o->keep < 1.0 ? o->keep : 1.0,
                          .to_mesh = to,
                          .from_mesh = from};
    if (s->icp.match == NULL || s->icp.sorted == NULL || s->from->count == 0)
        return ost_fail(err, OST_NOMEM, "icp: no points or no room");
    return !o->rim_apart ||
           (mark_rim(to, &s->icp.to_rim, err) && mark_rim(from, &s->icp.from_rim, err));
}

bool ost_icp(const struct ost_mesh *from, const struct ost_mesh *to, const struct ost_rigid *start,
             const struct ost_icp_options *options, struct ost_icp_result *out, struct ost_err *err)
{
    struct ost_icp_options o = options != NULL ? *options : (struct ost_icp_options){0};
    struct setup setup;
    *out = (struct ost_icp_result){.motion = start != NULL ? *start : ost_rigid_identity()};
    bool ok = setup_init(&setup, from, to, &o, err);
    if (ok)
        iterate(&setup.icp, o.steps > 0 ? o.steps : 60, out);
    setup_fini(&setup);
    return ok;
}

/* Where a body lies: its longest axis and the middle and ends along it. */
struct lie {
    double middle[3], axis[3];
    double end[2]; /* along the axis from the middle */
};

static void lie_of(const struct ost_samples *points, struct lie *out)
{
    double spread[9] = {0}, value[3], vector[9];
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < points->count; i++) {
        for (int k = 0; k < 3; k++)
            out->middle[k] += (double)points->point[i][k] / (double)points->count;
    }
    for (size_t i = 0; i < points->count; i++) {
        double d[3];
        widen(points->point[i], d);
        ost_sub(d, out->middle, d);
        for (int k = 0; k < 9; k++)
            spread[k] += d[k / 3] * d[k % 3];
    }
    ost_eigen_symmetric(spread, 3, value, vector);
    memcpy(out->axis, vector, sizeof out->axis);
    for (size_t i = 0; i < points->count; i++) {
        double d[3];
        widen(points->point[i], d);
        ost_sub(d, out->middle, d);
        out->end[0] = fmin(out->end[0], ost_dot(d, out->axis));
        out->end[1] = fmax(out->end[1], ost_dot(d, out->axis));
    }
}

/* All layings go a few steps, the best of them some more. */
enum { SPINS = 12, SLIDES = 3, LAYINGS = 2 * SPINS * SLIDES };
enum { FIRST_STEPS = 2, FIRST_KEPT = 16, ROUGH_STEPS = 5 };

/* Laying number `i`: which way round, which ends together, how turned. */
static struct ost_rigid laying(const struct lie *from, const struct lie *to, int i)
{
    static const double none[3];
    double sign = i % 2 == 0 ? 1.0 : -1.0, spin = 2.0 * OST_PI * (i / 2 % SPINS) / SPINS;
    double axis[3], w[3], t[3];
    for (int k = 0; k < 3; k++)
        axis[k] = sign * from->axis[k];
    ost_cross(axis, to->axis, w);
    double angle = atan2(ost_length(w), ost_dot(axis, to->axis));
    if (ost_unit(w) < 1e-9)
        ost_perpendicular(axis, w);
    for (int k = 0; k < 3; k++)
        w[k] *= angle;
    struct ost_rigid turn = ost_rigid_about(from->middle, w, none);
    for (int k = 0; k < 3; k++)
        w[k] = spin * to->axis[k];
    struct ost_rigid roll = ost_rigid_about(from->middle, w, none);
    struct ost_rigid all = ost_rigid_then(&turn, &roll);

    int slide = i / 2 / SPINS; /* 0 middles, 1 and 2 ends */
    double low = sign > 0.0 ? from->end[0] : -from->end[1];
    double high = sign > 0.0 ? from->end[1] : -from->end[0];
    double along = slide == 1 ? to->end[0] - low : slide == 2 ? to->end[1] - high : 0.0;
    ost_sub(to->middle, from->middle, t);
    ost_along(t, along, to->axis, t);
    ost_add(all.t, t, all.t);
    return all;
}

struct trial {
    struct ost_icp_result result;
    int number; /* ties go by it, so that every machine finds the same */
};

static int by_rms(const void *left, const void *right)
{
    const struct trial *a = left, *b = right;
    int order = (a->result.rms > b->result.rms) - (a->result.rms < b->result.rms);
    return order != 0 ? order : a->number - b->number;
}

/* The best of all layings, and of the surfaces as they lie. */
static struct ost_rigid rough_laying(struct setup *setup)
{
    struct trial trial[1 + LAYINGS];
    struct lie a, b;
    lie_of(setup->from, &a);
    lie_of(setup->to, &b);
    for (int i = 0; i <= LAYINGS; i++) {
        const struct ost_rigid start = i == 0 ? ost_rigid_identity() : laying(&a, &b, i - 1);
        trial[i] = (struct trial){.result.motion = start, .number = i};
        iterate(&setup->icp, FIRST_STEPS, &trial[i].result);
    }
    qsort(trial + 1, LAYINGS, sizeof *trial, by_rms); /* as they lie is always looked at */
    for (int i = 0; i <= FIRST_KEPT; i++)
        iterate(&setup->icp, ROUGH_STEPS, &trial[i].result);
    qsort(trial, FIRST_KEPT + 1, sizeof *trial, by_rms);
    return trial[0].result.motion;
}

bool ost_icp_anywhere(const struct ost_mesh *from, const struct ost_mesh *to,
                      const struct ost_icp_options *options, struct ost_icp_result *out,
                      struct ost_err *err)
{
    struct ost_icp_options rough = options != NULL ? *options : (struct ost_icp_options){0};
    struct ost_rigid start = ost_rigid_identity();
    struct setup setup;
    rough.spacing = 5.0;
    bool ok = setup_init(&setup, from, to, &rough, err);
    if (ok)
        start = rough_laying(&setup);
    setup_fini(&setup);
    return ok && ost_icp(from, to, &start, options, out, err);
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
