/*
 * The second stage: not only where borders are but how much bone each ray passes. The
 * film's attenuation and the path lengths in cortex and marrow are compared after the
 * slow part of both (soft tissue, heel effect) is taken off; the gains of a view are
 * solved for at every turn. Contours and prior stay in the same least squares.
 */
#include "recon/shape/fit_start_impl.h"
#include "recon/shape/paths.h"

#include <stdlib.h>
#include <string.h>

enum { TURNS = 7 };

static const struct ost_paths_rule rule = {.raster_mm = 1.0,
                                           .slow_mm = 7.0,
                                           .together_mm = 5.0,
                                           .ratio = 0.25,
                                           .ratio_least = 0.08,
                                           .ratio_most = 0.6};
static const double contour_reach_mm = 2.5;

struct bench {
    struct fit *fit;
    struct ost_paths plate[OST_FIT_VIEWS]; /* no shade: nothing of the arm is on that film */
    struct ost_mesh *inner[OST_FIT_VIEWS][OST_BONES]; /* owned */
    struct fit_normal *normal;                        /* owned */
    uint32_t n;
};

static void bench_fini(struct bench *b)
{
    for (size_t v = 0; v < OST_FIT_VIEWS; v++) {
        ost_paths_fini(&b->plate[v]);
        for (int k = 0; k < OST_BONES; k++)
            ost_mesh_destroy(b->inner[v][k]);
    }
    free(b->normal);
}

static bool plate_init(const struct bench *b, size_t view, struct ost_paths *p, struct ost_err *err)
{
    struct ost_shade *shade = NULL;
    return fit_shade_view(b->fit, view, rule.raster_mm, fit_shade_height_mm, &shade, err) &&
           (shade == NULL || ost_paths_init(p, shade, &rule, b->n, err));
}

/* Path lengths of this turn. */
static bool render(const struct bench *b, size_t view, struct ost_paths *p, struct ost_err *err)
{
    ost_paths_clear(p);
    for (int k = 0; k < OST_BONES; k++)
        if (!ost_paths_add(p, fit_table(b->fit, view, k)->mesh, b->inner[view][k],
                           &b->fit->view[view].camera, err))
            return false;
    return true;
}

/* Gathers a surface's slopes into the plate's. */
struct gather {
    const struct bench *bench;
    struct ost_paths *plate;
    size_t view;
    int bone;
    double factor;
};

static void take_hit(void *user, const struct ost_chord_hit *hit)
{
    const struct gather *g = user;
    if (!(g->plate->shade->weight->pixel[hit->sample] > 0.0F))
        return;
    struct fit_spot spot = {.view = g->view, .bone = g->bone, .triangle = hit->triangle};
    memcpy(spot.weight, hit->weight, sizeof spot.weight);
    struct fit_row row;
    fit_row_of_slope(g->bench->fit, &spot, hit->slope, &row);
    float *to = g->plate->slope + hit->sample * g->bench->n;
    for (uint32_t i = 0; i < row.count; i++)
        to[row.index[i]] += (float)(g->factor * row.value[i]);
}

static bool gather_slopes(const struct bench *b, size_t view, struct ost_paths *p,
                          struct ost_err *err)
{
    for (int k = 0; k < OST_BONES; k++)
        for (int in = 0; in < 2; in++) {
            struct gather g = {.bench = b, .plate = p, .view = view, .bone = k};
            g.factor = ost_paths_factor(p, in == 1);
            const struct ost_chord_visitor visitor = {
                .hit = take_hit, .user = &g, .steepest = ost_paths_steepest};
            const struct ost_mesh *mesh =
                in == 0 ? fit_table(b->fit, view, k)->mesh : b->inner[view][k];
            if (!ost_chord_visit(mesh, &b->fit->view[view].camera, &p->shade->window, &visitor,
                                 err))
                return false;
        }
    return true;
}

/* Adds a plate's equations; only the unknowns that a pixel depends on are touched. */
static void add_pixel(struct fit_normal *normal, const float *slope, double weight, double pull)
{
    uint32_t used[FIT_MOST], count = 0;
    for (uint32_t i = 0; i < normal->n; i++)
        if (slope[i] != 0.0F)
            used[count++] = i;
    for (uint32_t i = 0; i < count; i++) {
        double v = (double)slope[used[i]];
        normal->b[used[i]] += v * pull;
        for (uint32_t j = 0; j <= i; j++)
            normal->a[(size_t)used[j] * normal->n + used[i]] += weight * v * (double)slope[used[j]];
    }
}

static bool add_plate(struct bench *b, const struct ost_paths *p, struct ost_err *err)
{
    OST_AUTO(ost_image) pull = NULL;
    double worth;
    if (!ost_paths_pull(p, &rule, &pull, &worth, err))
        return false;
    size_t count = (size_t)pull->width * pull->height;
    for (size_t i = 0; i < count; i++) {
        double w = ost_paths_trust(p, i);
        if (w > 0.0)
            add_pixel(b->normal, p->slope + i * b->n, worth * w, worth * (double)pull->pixel[i]);
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

static bool inner_surfaces(struct bench *b, size_t view, struct ost_err *err)
{
    for (int k = 0; k < OST_BONES; k++) {
        ost_mesh_destroy(b->inner[view][k]);
        b->inner[view][k] = NULL;
        if (!fit_inner_surface(b->fit, view, k, 1.0, &b->inner[view][k], err))
            return false;
    }
    return true;
}

static bool turn(struct bench *b, struct ost_err *err)
{
    const struct fit_contour_stage stage = {.level = OST_SCAN_FINE, .every = 1, .expected = true};
    struct fit_contour_score score;
    fit_refresh(b->fit, true);
    for (size_t v = 0; v < b->fit->view_count; v++)
        if (!inner_surfaces(b, v, err))
            return false;
    fit_normal_clear(b->normal, b->n);
    fit_normal_prior(b->normal, b->fit);
    if (!fit_contours_score(b->fit, &stage, contour_reach_mm, b->normal, &score, err))
        return false;
    for (size_t v = 0; v < b->fit->view_count; v++)
        if (!look_at(b, v, err))
            return false;
    return fit_move(b->fit, b->normal) || ost_fail(err, OST_BUG, "fit: the equations are singular");
}

static bool run(struct bench *b, struct ost_err *err)
{
    fit_refresh(b->fit, false);
    for (size_t v = 0; v < b->fit->view_count; v++)
        if (!plate_init(b, v, &b->plate[v], err))
            return false;
    for (int i = 0; i < TURNS; i++)
        if (!turn(b, err))
            return false;
    return true;
}

bool fit_paths(struct fit *fit, double *cost, struct ost_err *err)
{
    struct fit_start before = {.cost = *cost};
    struct bench b = {.fit = fit, .n = fit_unknowns(fit)};
    double after = 0.0;
    fit_give_start(fit, &before);
    for (int k = 0; k < OST_BONES; k++)
        fit->modes[k] = fit->table[k]->modes;
    fit->stiff = false;
    b.normal = malloc(sizeof *b.normal);
    bool done = b.normal != NULL || ost_fail(err, OST_NOMEM, "fit: out of memory");
    done = done && run(&b, err) && fit_judge(fit, &after, err);
    bench_fini(&b);
    if (!done)
        return false;
    if (after < *cost)
        *cost = after;
    else
        fit_take_start(fit, &before);
    fit_refresh(fit, false);
    return true;
}
