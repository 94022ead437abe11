#include "recon/shape/edge.h"
#include "recon/shape/fit_claim_impl.h"
#include "recon/shape/fit_exchange_impl.h"
#include "recon/shape/fit_expect_impl.h"
#include "recon/xray/contour.h"

#include <math.h>
#include <stdlib.h>

/*
 * Edges beside each other err together: so many mm of contour are worth one equation,
 * at the joint and along the shaft, where a bone is much alike over a long way.
 */
static const double together_mm = 3.0, together_shaft_mm = 9.0;
static const double joint_mm = 22.0, shaft_mm = 40.0; /* heights above the joint */
static const double lead_mm = 0.4; /* by which the radius may be further from an edge and keep it */
static const double edge_mm = 0.15; /* how well a sharp edge is found, 1 SD */

/* What all points of one look at the films share. */
struct look {
    struct fit *fit;
    const struct fit_contour_stage *stage;
    double reach;                         /* mm */
    const struct fit_claim *claim;        /* of the bone that has looked before; NULL: none */
    const struct fit_expect *expect;      /* of this view; NULL: edges lie on borders */
    struct fit_middles middle[OST_BONES]; /* now, of this view, where shafts are exchanged */
    struct fit_normal *normal;
    double cost, found, length, square, weight;
};

/* Geman and McClure 1987: 0 at none, 1 far away. */
static double robust_cost(double r, double c)
{
    return r * r / (r * r + c * c);
}

static double robust_weight(double r, double c)
{
    double s = c * c / (r * r + c * c);
    return s * s;
}

static void equation(struct look *look, const struct fit_spot *spot, double r, double weight)
{
    if (look->normal == NULL)
        return;
    struct fit_row row;
    fit_row_of_spot(look->fit, spot, &row);
    fit_normal_add(look->normal, &row, r, weight);
}

/* How far contours may stand off for what the prior cannot say, at this stage. */
static double spread_of(const struct look *look, int bone)
{
    double left = ost_prior_numbers_view(look->fit->prior)->residual_mm[bone];
    double coarse = 0.12 * look->reach;
    return sqrt(edge_mm * edge_mm + left * left + coarse * coarse);
}

static double together_of(const struct look *look, int bone, const struct ost_contour_point *p)
{
    const struct ost_prior_bone *b = ost_prior_bone_view(look->fit->prior, (enum ost_bone)bone);
    double z = (double)b->mean[b->triangle[p->triangle][0]][2];
    double t = fmin(fmax((z - joint_mm) / (shaft_mm - joint_mm), 0.0), 1.0);
    return together_mm + t * (together_shaft_mm - together_mm);
}

/* How far along its normal a point's edge is looked for from where it is, pixels: 0, but for shafts
 * that are to be exchanged. */
static double aside_of(const struct look *look, size_t view, int bone,
                       const struct ost_contour_point *p)
{
    const struct fit_exchange *e = look->fit->exchange;
    if (e == NULL || e->view != view)
        return 0.0;
    const struct ost_prior_bone *b = ost_prior_bone_view(look->fit->prior, (enum ost_bone)bone);
    int band = fit_band_of((double)b->mean[b->triangle[p->triangle][0]][2]);
    if (band < 0 || !look->middle[bone].known[band] || !e->to[bone].known[band])
        return 0.0;
    const double *from = look->middle[bone].pixel[band], *to = e->to[bone].pixel[band];
    return (to[0] - from[0]) * p->normal[0] + (to[1] - from[1]) * p->normal[1];
}

static void take_point(struct look *look, size_t view, int bone, const struct ost_contour_point *p)
{
    const struct fit_view *v = &look->fit->view[view];
    double mm = p->depth / v->camera.focal[0];
    double length = p->length * mm * together_mm / together_of(look, bone, p);
    if (!ost_scan_is_exposed(v->scan, p->pixel, 1.0))
        return;
    const double aside = aside_of(look, view, bone, p);
    const struct ost_edge_query query = {
        .pixel = {p->pixel[0] + aside * p->normal[0], p->pixel[1] + aside * p->normal[1]},
        .normal = {p->normal[0], p->normal[1]},
        .reach = look->reach / mm,
        .near = 0.5 * look->reach / mm,
        .level = look->stage->level,
        .inside = true,
        .taken = look->claim != NULL ? fit_claim_has : NULL,
        .user = look->claim,
    };
    struct ost_edge edge;
    look->length += length;
    if (!ost_edge_find(v->scan, &query, &edge)) {
        look->cost += length;
        return;
    }
    double own = look->expect != NULL ? fit_expect_offset(look->expect, p->pixel, p->normal) : 0.0;
    double r = (edge.offset - own) * mm, c = 0.5 * look->reach, spread = spread_of(look, bone);
    double w = edge.clear * robust_weight(r, c);
    look->cost += length * (1.0 - edge.clear * (1.0 - robust_cost(r, c)));
    look->found += length * edge.clear;
    look->square += length * w * r * r;
    look->weight += length * w;
    struct fit_spot spot = {
        .view = view,
        .bone = bone,
        .triangle = p->triangle,
        .weight = {p->weight[0], p->weight[1], p->weight[2]},
        .pixel = {p->pixel[0], p->pixel[1]},
        .normal = {p->normal[0], p->normal[1]},
        .depth = p->depth,
    };
    double worth = length * (double)look->stage->every / together_mm;
    equation(look, &spot, r + aside * mm, w * worth / (spread * spread));
}

static void take_points(struct look *look, size_t view, int bone, const struct ost_contour *contour)
{
    for (size_t i = 0; i < contour->count; i += look->stage->every)
        take_point(look, view, bone, &contour->point[i]);
}

static bool trace(const struct look *look, size_t view, int bone, struct ost_contour **out,
                  struct ost_err *err)
{
    const struct ost_arm_table *t = fit_table(look->fit, view, bone);
    return ost_contour_create(t->mesh, (const float(*)[3])t->normal, &look->fit->view[view].camera,
                              out, err);
}

static bool take_bone(struct look *look, size_t view, int bone, const struct ost_contour *own,
                      const struct ost_contour *other, struct ost_err *err)
{
    struct fit_claim claim;
    double lead = bone == OST_ULNA ? lead_mm : -lead_mm;
    bool done = fit_claim_init(&claim, other, look->fit->view[view].scan, lead, err);
    if (done) {
        look->claim = look->stage->apart ? &claim : NULL;
        take_points(look, view, bone, own);
        look->claim = NULL;
    }
    fit_claim_fini(&claim);
    return done;
}

/* Where both bones lie on one edge the radius, larger and clearer, keeps it. */
static bool look_at(struct look *look, size_t view, struct ost_err *err)
{
    OST_AUTO(ost_contour) radius = NULL;
    OST_AUTO(ost_contour) ulna = NULL;
    OST_AUTO(fit_expect) expect = NULL;
    if (!trace(look, view, OST_RADIUS, &radius, err) || !trace(look, view, OST_ULNA, &ulna, err))
        return false;
    const struct ost_contour *const both[OST_BONES] = {radius, ulna};
    if (look->stage->expected &&
        !fit_expect_create(look->fit, view, both, look->stage->level, &expect, err))
        return false;
    look->expect = expect;
    if (look->fit->exchange != NULL && look->fit->exchange->view == view)
        fit_middles_of(look->fit, view, look->middle);
    bool done = take_bone(look, view, OST_RADIUS, radius, ulna, err) &&
                take_bone(look, view, OST_ULNA, ulna, radius, err);
    look->expect = NULL;
    return done;
}

/* A wrist film shows the wrist: the joint's middle lies on it, off its rim. */
static bool is_shown(const struct fit *fit, size_t view)
{
    const struct ost_camera *c = &fit->view[view].camera;
    double p[2];
    return ost_camera_project(c, fit->arm.place.t, p, NULL) && p[0] > 0.05 * c->width &&
           p[0] < 0.95 * c->width && p[1] > 0.05 * c->height && p[1] < 0.95 * c->height;
}

bool fit_contours_score(struct fit *fit, const struct fit_contour_stage *stage, double reach,
                        struct fit_normal *normal, struct fit_contour_score *out,
                        struct ost_err *err)
{
    struct look look = {.fit = fit, .stage = stage, .reach = reach, .normal = normal};
    out->cost = 0.0;
    for (size_t v = 0; v < fit->view_count; v++) {
        double cost = look.cost, length = look.length;
        if (!look_at(&look, v, err))
            return false;
        length = look.length - length;
        cost = length > 0.0 ? (look.cost - cost) / length : 1.0;
        out->cost += (is_shown(fit, v) ? cost : 1.0) / (double)fit->view_count;
    }
    out->share = look.length > 0.0 ? look.found / look.length : 0.0;
    out->mm = look.weight > 0.0 ? sqrt(look.square / look.weight) : reach;
    out->length = look.length * (double)stage->every;
    return true;
}

bool fit_contours(struct fit *fit, const struct fit_contour_stage *stage,
                  struct fit_contour_score *out, struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++)
        fit->modes[b] = stage->modes < fit->table[b]->modes ? stage->modes : fit->table[b]->modes;
    fit->stiff = stage->stiff;
    struct fit_normal *normal = malloc(sizeof *normal);
    if (normal == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    bool done = true;
    for (int turn = 0; done && turn < stage->turns; turn++) {
        double t = stage->turns > 1 ? (double)turn / (stage->turns - 1) : 1.0;
        double reach = stage->reach * pow(stage->reach_last / stage->reach, t);
        fit_refresh(fit, true);
        fit_normal_clear(normal, fit_unknowns(fit));
        fit_normal_prior(normal, fit);
        done = fit_contours_score(fit, stage, reach, normal, out, err);
        if (done && !fit_move(fit, normal))
            done = ost_fail(err, OST_BUG, "fit: the equations are singular");
    }
    free(normal);
    if (!done)
        return false;
    fit_refresh(fit, false);
    return fit_contours_score(fit, stage, stage->reach_last, NULL, out, err);
}
