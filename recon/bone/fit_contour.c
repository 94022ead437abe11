#include "recon/bone/fit_impl.h"
#include "recon/shape/edge.h"
#include "recon/xray/contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double together_mm = 5.0; /* of contour are worth one equation */
static const double edge_mm = 0.12;    /* how well a sharp edge is found, 1 SD */

/* What all points of one look at the films share. */
struct look {
    const struct bone_state *state;
    int level;
    double reach; /* mm */
    struct bone_normal *normal;
    float *row; /* owned; one equation */
    double cost, found, length, square, weight;
};

static void equation(struct look *look, const struct bone_spot *spot, double r, double weight)
{
    if (look->normal == NULL)
        return;
    memset(look->row, 0, look->normal->n * sizeof *look->row);
    bone_row_of_normal(look->state, spot, look->row);
    bone_normal_add(look->normal, look->row, weight, weight * r);
}

/* As in recon/shape/fit_contour.c: Geman and McClure 1987, weaker the wider the search. */
static void take_point(struct look *look, size_t view, const struct ost_contour_point *p)
{
    const struct bone_view *v = &look->state->view[view];
    double mm = p->depth / v->camera.focal[0], length = p->length * mm;
    if (!ost_scan_is_exposed(v->scan, p->pixel, 1.0))
        return;
    const struct ost_edge_query query = {
        .pixel = {p->pixel[0], p->pixel[1]},
        .normal = {p->normal[0], p->normal[1]},
        .reach = look->reach / mm,
        .near = 0.5 * look->reach / mm,
        .level = look->level,
        .inside = true,
    };
    struct ost_edge edge;
    look->length += length;
    if (!ost_edge_find(v->scan, &query, &edge)) {
        look->cost += length;
        return;
    }
    double r = edge.offset * mm, c = 0.5 * look->reach, far = r * r / (r * r + c * c);
    double left = look->state->model->residual_mm, coarse = 0.12 * look->reach;
    double w = edge.clear * (1.0 - far) * (1.0 - far);
    look->cost += length * (1.0 - edge.clear * (1.0 - far));
    look->found += length * edge.clear;
    look->square += length * w * r * r;
    look->weight += length * w;
    struct bone_spot spot = {.view = view, .triangle = p->triangle, .depth = p->depth};
    memcpy(spot.weight, p->weight, sizeof spot.weight);
    memcpy(spot.pixel, p->pixel, sizeof spot.pixel);
    memcpy(spot.normal, p->normal, sizeof spot.normal);
    double spread = edge_mm * edge_mm + left * left + coarse * coarse;
    equation(look, &spot, r, w * length / together_mm / spread);
}

static bool look_at(struct look *look, size_t view, struct ost_err *err)
{
    OST_AUTO(ost_contour) contour = NULL;
    const struct bone_state *s = look->state;
    if (!ost_contour_create(s->mesh, (const float(*)[3])s->normal, &s->view[view].camera, &contour,
                            err))
        return false;
    for (size_t i = 0; i < contour->count; i++)
        take_point(look, view, &contour->point[i]);
    return true;
}

bool bone_contours_score(const struct bone_state *s, int level, double reach, struct bone_normal *m,
                         struct bone_score *out, struct ost_err *err)
{
    struct look look = {.state = s, .level = level, .reach = reach, .normal = m};
    look.row = calloc(bone_unknowns(s), sizeof *look.row);
    bool ok = look.row != NULL || ost_fail(err, OST_NOMEM, "bone: out of memory");
    for (size_t v = 0; ok && v < s->view_count; v++)
        ok = look_at(&look, v, err);
    free(look.row);
    out->cost = look.length > 0.0 ? look.cost / look.length : 1.0;
    out->share = look.length > 0.0 ? look.found / look.length : 0.0;
    out->mm = look.weight > 0.0 ? sqrt(look.square / look.weight) : reach;
    return ok;
}

bool bone_contours(struct bone_state *s, const struct bone_stage *stage, struct bone_score *out,
                   struct ost_err *err)
{
    uint32_t all = s->model->shape.mode_count;
    struct bone_normal m = {0};
    s->modes = stage->modes < all ? stage->modes : all;
    bool ok = bone_normal_init(&m, bone_unknowns(s), err);
    for (int turn = 0; ok && turn < stage->turns; turn++) {
        double t = stage->turns > 1 ? (double)turn / (stage->turns - 1) : 1.0;
        double reach = stage->reach * pow(stage->reach_last / stage->reach, t);
        bone_normal_clear(&m);
        bone_normal_prior(&m, s);
        ok = bone_contours_score(s, stage->level, reach, &m, out, err) && bone_move(s, &m, err);
        bone_state_refresh(s);
    }
    bone_normal_fini(&m);
    return ok && bone_contours_score(s, stage->level, stage->reach_last, NULL, out, err);
}
