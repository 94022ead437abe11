/*
 * The second stage: not only where borders are but how much bone each ray passes. The
 * film's attenuation and the path lengths in cortex and marrow are compared after the
 * slow part of both (soft tissue, heel effect) is taken off; the gains of a view are
 * solved for at every turn. Contours and prior stay in the same least squares.
 */
#include "recon/image/filter.h"
#include "recon/math/vec.h"
#include "recon/shape/fit_start_impl.h"
#include "recon/shape/shade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 7 };

static const double raster_mm = 1.0, slow_mm = 7.0;
static const double together_mm = 5.0; /* pixels this near err together */
static const double steepest = 0.3;    /* |cosine| below which a slope is not believed */
static const double contour_reach_mm = 2.5;

/* One view's pictures, all on the same raster. */
struct plate {
    struct ost_shade *shade;  /* owned; its film is flattened */
    struct ost_image *cortex; /* owned; path in cortex, mm, of this turn */
    struct ost_image *marrow; /* owned; path inside the cortex */
    struct ost_image *off;    /* owned; flattened film minus flattened model */
    float *slope;             /* owned; slope[pixel * n + unknown] */
    double gain[2];           /* attenuation a mm: cortex, marrow */
    double spread;            /* of `off`, robust */
};

struct bench {
    struct fit *fit;
    struct plate plate[OST_FIT_VIEWS];
    struct ost_mesh *inner[OST_BONES]; /* owned */
    struct fit_normal *normal;         /* owned */
    uint32_t n;
};

static void bench_fini(struct bench *b)
{
    for (size_t v = 0; v < OST_FIT_VIEWS; v++) {
        struct plate *p = &b->plate[v];
        ost_shade_destroy(p->shade);
        ost_image_destroy(p->cortex);
        ost_image_destroy(p->marrow);
        ost_image_destroy(p->off);
        free(p->slope);
    }
    for (int k = 0; k < OST_BONES; k++)
        ost_mesh_destroy(b->inner[k]);
    free(b->normal);
}

static bool plate_init(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    if (!fit_shade_view(b->fit, view, raster_mm, fit_shade_height_mm, &p->shade, err))
        return false;
    if (p->shade == NULL)
        return true;
    uint32_t w = p->shade->window.width, h = p->shade->window.height;
    p->slope = malloc((size_t)w * h * b->n * sizeof *p->slope);
    if (p->slope == NULL)
        return ost_fail(err, OST_NOMEM, "fit: no room for %u x %u slopes", w * h, b->n);
    return ost_image_create(&p->cortex, w, h, err) && ost_image_create(&p->marrow, w, h, err) &&
           ost_image_create(&p->off, w, h, err) &&
           ost_shade_flatten(p->shade, slow_mm, p->shade->film, err);
}

/* Path lengths of this turn, the slow part taken off. */
static bool render(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    const struct ost_camera *camera = &b->fit->view[view].camera;
    size_t bytes = (size_t)p->cortex->width * p->cortex->height * sizeof(float);
    memset(p->cortex->pixel, 0, bytes);
    memset(p->marrow->pixel, 0, bytes);
    for (int k = 0; k < OST_BONES; k++)
        if (!ost_chord_add(b->fit->table[k]->mesh, camera, &p->shade->window, 1.0, p->cortex,
                           err) ||
            !ost_chord_add(b->inner[k], camera, &p->shade->window, -1.0, p->cortex, err) ||
            !ost_chord_add(b->inner[k], camera, &p->shade->window, 1.0, p->marrow, err))
            return false;
    return ost_shade_flatten(p->shade, slow_mm, p->cortex, err) &&
           ost_shade_flatten(p->shade, slow_mm, p->marrow, err);
}

/* How much a pixel counts: less the further it is off (Cauchy). */
static double trust(const struct plate *p, size_t at)
{
    double w = (double)p->shade->weight->pixel[at], r = (double)p->off->pixel[at];
    if (!(p->spread > 0.0))
        return w;
    double t = r / (2.0 * p->spread);
    return w / (1.0 + t * t);
}

/* The gains by weighted least squares, kept within what bone can be. */
static void solve_gains(struct plate *p)
{
    double cc = 0.0, cm = 0.0, mm = 0.0, cy = 0.0, my = 0.0;
    size_t count = (size_t)p->off->width * p->off->height;
    for (size_t i = 0; i < count; i++) {
        double w = trust(p, i), c = (double)p->cortex->pixel[i], m = (double)p->marrow->pixel[i];
        double y = (double)p->shade->film->pixel[i];
        cc += w * c * c;
        cm += w * c * m;
        mm += w * m * m;
        cy += w * c * y;
        my += w * m * y;
    }
    double det = cc * mm - cm * cm;
    double ratio = 0.25;
    if (det > 1e-9 * cc * mm)
        ratio = (cc * my - cm * cy) / fmax(mm * cy - cm * my, 1e-12);
    ratio = fmin(fmax(ratio, 0.08), 0.6);
    double square = cc + 2.0 * ratio * cm + ratio * ratio * mm;
    p->gain[0] = square > 0.0 ? fmax((cy + ratio * my) / square, 0.0) : 0.0;
    p->gain[1] = ratio * p->gain[0];
}

static void take_off(struct plate *p)
{
    double sum = 0.0, weight = 0.0;
    size_t count = (size_t)p->off->width * p->off->height;
    for (size_t i = 0; i < count; i++) {
        double r = (double)p->shade->film->pixel[i] - p->gain[0] * (double)p->cortex->pixel[i] -
                   p->gain[1] * (double)p->marrow->pixel[i];
        double w = (double)p->shade->weight->pixel[i];
        p->off->pixel[i] = (float)r;
        sum += w * fabs(r);
        weight += w;
    }
    p->spread = weight > 0.0 ? 1.25 * sum / weight : 0.0;
}

/* Gathers a surface's slopes into the plate's. */
struct gather {
    const struct bench *bench;
    struct plate *plate;
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

static bool gather_slopes(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    size_t count = (size_t)p->off->width * p->off->height;
    memset(p->slope, 0, count * b->n * sizeof *p->slope);
    for (int k = 0; k < OST_BONES; k++)
        for (int in = 0; in < 2; in++) {
            struct gather g = {.bench = b, .plate = p, .view = view, .bone = k};
            g.factor = in == 0 ? p->gain[0] : p->gain[1] - p->gain[0];
            const struct ost_chord_visitor visitor = {
                .hit = take_hit, .user = &g, .steepest = steepest};
            const struct ost_mesh *mesh = in == 0 ? b->fit->table[k]->mesh : b->inner[k];
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

/*
 * The slow part is taken off the residual once more, which is the gradient of the
 * flattened sum of squares; its curvature is that of the sum not flattened, so steps
 * are a little short and never wild.
 */
static bool add_plate(struct bench *b, const struct plate *p, struct ost_err *err)
{
    OST_AUTO(ost_image) pull = NULL;
    if (!ost_image_copy(p->off, &pull, err))
        return false;
    size_t count = (size_t)pull->width * pull->height;
    double worth = raster_mm / together_mm;
    worth = worth * worth / (p->spread * p->spread);
    for (size_t i = 0; i < count; i++)
        pull->pixel[i] = (float)(trust(p, i) * (double)p->off->pixel[i]);
    if (!ost_shade_flatten(p->shade, slow_mm, pull, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        double w = trust(p, i);
        if (w > 0.0)
            add_pixel(b->normal, p->slope + i * b->n, worth * w, worth * (double)pull->pixel[i]);
    }
    return true;
}

static bool look_at(struct bench *b, size_t view, struct ost_err *err)
{
    struct plate *p = &b->plate[view];
    if (p->shade == NULL)
        return true;
    if (!render(b, view, p, err))
        return false;
    solve_gains(p);
    take_off(p);
    if (!(p->gain[0] > 0.0) || !(p->spread > 0.0))
        return true;
    return gather_slopes(b, view, p, err) && add_plate(b, p, err);
}

static bool turn(struct bench *b, struct ost_err *err)
{
    const struct fit_contour_stage stage = {.level = OST_SCAN_FINE, .every = 1, .expected = true};
    struct fit_contour_score score;
    fit_refresh(b->fit, true);
    for (int k = 0; k < OST_BONES; k++) {
        ost_mesh_destroy(b->inner[k]);
        b->inner[k] = NULL;
        if (!fit_inner_surface(b->fit, k, 1.0, &b->inner[k], err))
            return false;
    }
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
