/*
 * The second stage: how much bone each ray passes, as recon/shape/fit_paths.c does for
 * the forearm. The film's attenuation and the path lengths in cortex and marrow are
 * compared after the slow part of both (soft tissue, heel, scatter) is taken off; the
 * gains of a view are solved for at every turn; contours and prior stay in the equations.
 */
#include "recon/bone/fit_impl.h"
#include "recon/shape/paths.h"

#include <stdlib.h>
#include <string.h>

static const struct ost_paths_rule rule = {.raster_mm = 1.0,
                                           .slow_mm = 8.0,
                                           .together_mm = 6.0,
                                           .ratio = 0.15,
                                           .ratio_least = 0.02,
                                           .ratio_most = 0.6};
static const double contour_reach_mm = 2.0;

struct bench {
    struct bone_state *state;
    struct ost_paths plate[OST_BONE_VIEWS]; /* no shade: nothing of the bone is on that film */
    struct bone_normal normal;
};

static bool plate_init(const struct bench *b, size_t view, struct ost_paths *p, struct ost_err *err)
{
    const struct bone_state *s = b->state;
    const struct bone_view *v = &s->view[view];
    struct ost_shade *shade = NULL;
    size_t corners = s->mesh->vertex_count;
    double(*corner)[3] = malloc(corners * sizeof *corner);
    if (corner == NULL)
        return ost_fail(err, OST_NOMEM, "bone: out of memory");
    for (size_t i = 0; i < corners; i++)
        for (int k = 0; k < 3; k++)
            corner[i][k] = (double)s->mesh->vertex[i][k];
    bool ok = ost_shade_create(v->scan, &v->camera, (const double(*)[3])corner, corners,
                               rule.raster_mm, &shade, err);
    free(corner);
    return ok && (shade == NULL || ost_paths_init(p, shade, &rule, b->normal.n, err));
}

static bool render(const struct bench *b, size_t view, struct ost_paths *p, struct ost_err *err)
{
    ost_paths_clear(p);
    return ost_paths_add(p, b->state->mesh, b->state->inner, &b->state->view[view].camera, err);
}

/* Gathers a surface's slopes into the plate's. */
struct gather {
    const struct bench *bench;
    struct ost_paths *plate;
    size_t view;
    bool inner;
    double factor;
};

static void take_hit(void *user, const struct ost_chord_hit *hit)
{
    const struct gather *g = user;
    if (!(g->plate->shade->weight->pixel[hit->sample] > 0.0F))
        return;
    struct bone_spot spot = {.view = g->view, .triangle = hit->triangle, .inner = g->inner};
    memcpy(spot.weight, hit->weight, sizeof spot.weight);
    bone_row_of_slope(g->bench->state, &spot, hit->slope, g->factor,
                      g->plate->slope + hit->sample * g->bench->normal.n);
}

static bool gather_slopes(const struct bench *b, size_t view, struct ost_paths *p,
                          struct ost_err *err)
{
    const struct bone_state *s = b->state;
    for (int in = 0; in < 2; in++) {
        struct gather g = {.bench = b, .plate = p, .view = view, .inner = in == 1};
        g.factor = ost_paths_factor(p, in == 1);
        const struct ost_chord_visitor visitor = {
            .hit = take_hit, .user = &g, .steepest = ost_paths_steepest};
        if (!ost_chord_visit(in == 0 ? s->mesh : s->inner, &s->view[view].camera, &p->shade->window,
                             &visitor, err))
            return false;
    }
    return true;
}

static bool add_plate(struct bench *b, const struct ost_paths *p, struct ost_err *err)
{
    OST_AUTO(ost_image) pull = NULL;
    double worth;
    if (!ost_paths_pull(p, &rule, &pull, &worth, err))
        return false;
    size_t count = (size_t)pull->width * pull->height;
    for (size_t i = 0; i < count; i++) {
        const float *row = p->slope + i * b->normal.n;
        double w = ost_paths_trust(p, i);
        if (w > 0.0 && row[BONE_SIZE] != 0.0F)
            bone_normal_add(&b->normal, row, worth * w, worth * (double)pull->pixel[i]);
    }
    return true;
}

static bool look_at(struct bench *b, size_t view, struct ost_err *err)
{
    struct ost_paths *p = &b->plate[view];
    bool says;
    if (p->shade == NULL)
        return true;
    return render(b, view, p, err) && ost_paths_compare(p, &rule, &says, err) &&
           (!says || (gather_slopes(b, view, p, err) && add_plate(b, p, err)));
}

static bool turn(struct bench *b, struct ost_err *err)
{
    struct bone_score score;
    bone_normal_clear(&b->normal);
    bone_normal_prior(&b->normal, b->state);
    if (!bone_contours_score(b->state, OST_SCAN_FINE, contour_reach_mm, &b->normal, &score, err))
        return false;
    for (size_t v = 0; v < b->state->view_count; v++)
        if (!look_at(b, v, err))
            return false;
    if (!bone_move(b->state, &b->normal, err))
        return false;
    bone_state_refresh(b->state);
    return true;
}

bool bone_paths(struct bone_state *s, int turns, struct ost_err *err)
{
    struct bench b = {.state = s};
    s->modes = s->model->shape.mode_count;
    s->with_cortex = true;
    bool ok = bone_normal_init(&b.normal, bone_unknowns(s), err);
    for (size_t v = 0; ok && v < s->view_count; v++)
        ok = plate_init(&b, v, &b.plate[v], err);
    for (int i = 0; ok && i < turns; i++)
        ok = turn(&b, err);
    for (size_t v = 0; v < OST_BONE_VIEWS; v++)
        ost_paths_fini(&b.plate[v]);
    bone_normal_fini(&b.normal);
    s->with_cortex = false;
    return ok;
}
