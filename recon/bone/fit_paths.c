/*
 * The second stage: how much bone each ray passes, as recon/shape/fit_paths.c does for
 * the forearm. The film's attenuation and the path lengths in cortex and marrow are
 * compared after the slow part of both (soft tissue, heel, scatter) is taken off; the
 * gains of a view are solved for at every turn; contours and prior stay in the equations.
 */
#include "recon/bone/fit_impl.h"
#include "recon/image/filter.h"
#include "recon/shape/shade.h"
#include "recon/xray/chord.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double raster_mm = 1.0, slow_mm = 8.0;
static const double together_mm = 6.0; /* pixels this near err together */
static const double steepest = 0.3;    /* |cosine| below which a slope is not believed */
static const double contour_reach_mm = 2.0;

/* One view's pictures, all on the same raster. */
struct plate {
    struct ost_shade *shade;           /* owned; its film is flattened */
    struct ost_image *cortex, *marrow; /* owned; paths of this turn, mm, flattened */
    struct ost_image *off;             /* owned; film minus model */
    float *slope;                      /* owned; slope[pixel * n + unknown] */
    double gain[2];                    /* attenuation a mm: cortex, marrow */
    double spread;                     /* of `off`, robust */
};

struct bench {
    struct bone_state *state;
    struct plate plate[OST_BONE_VIEWS];
    struct bone_normal normal;
};

static void plate_fini(struct plate *p)
{
    ost_shade_destroy(p->shade);
    ost_image_destroy(p->cortex);
    ost_image_destroy(p->marrow);
    ost_image_destroy(p->off);
    free(p->slope);
}

static bool plate_init(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    const struct bone_state *s = b->state;
    const struct bone_view *v = &s->view[view];
    size_t corners = s->mesh->vertex_count;
    double(*corner)[3] = malloc(corners * sizeof *corner);
    if (corner == NULL)
        return ost_fail(err, OST_NOMEM, "bone: out of memory");
    for (size_t i = 0; i < corners; i++)
        for (int k = 0; k < 3; k++)
            corner[i][k] = (double)s->mesh->vertex[i][k];
    bool ok = ost_shade_create(v->scan, &v->camera, (const double(*)[3])corner, corners, raster_mm,
                               &p->shade, err);
    free(corner);
    if (!ok || p->shade == NULL)
        return ok;
    uint32_t w = p->shade->window.width, h = p->shade->window.height;
    p->slope = malloc((size_t)w * h * b->normal.n * sizeof *p->slope);
    if (p->slope == NULL)
        return ost_fail(err, OST_NOMEM, "bone: no room for %u x %u slopes", w * h, b->normal.n);
    return ost_image_create(&p->cortex, w, h, err) && ost_image_create(&p->marrow, w, h, err) &&
           ost_image_create(&p->off, w, h, err) &&
           ost_shade_flatten(p->shade, slow_mm, p->shade->film, err);
}

static bool render(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    const struct bone_state *s = b->state;
    const struct ost_camera *camera = &s->view[view].camera;
    const struct ost_window *window = &p->shade->window;
    size_t bytes = (size_t)p->cortex->width * p->cortex->height * sizeof(float);
    memset(p->cortex->pixel, 0, bytes);
    memset(p->marrow->pixel, 0, bytes);
    return ost_chord_add(s->mesh, camera, window, 1.0, p->cortex, err) &&
           ost_chord_add(s->inner, camera, window, -1.0, p->cortex, err) &&
           ost_chord_add(s->inner, camera, window, 1.0, p->marrow, err) &&
           ost_shade_flatten(p->shade, slow_mm, p->cortex, err) &&
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

/* The gains by weighted least squares, their ratio kept within what bone can be. */
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
    double det = cc * mm - cm * cm, ratio = 0.15;
    if (det > 1e-9 * cc * mm)
        ratio = (cc * my - cm * cy) / fmax(mm * cy - cm * my, 1e-12);
    ratio = fmin(fmax(ratio, 0.02), 0.6);
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

static bool gather_slopes(const struct bench *b, size_t view, struct plate *p, struct ost_err *err)
{
    const struct bone_state *s = b->state;
    size_t count = (size_t)p->off->width * p->off->height;
    memset(p->slope, 0, count * b->normal.n * sizeof *p->slope);
    for (int in = 0; in < 2; in++) {
        struct gather g = {.bench = b, .plate = p, .view = view, .inner = in == 1};
        g.factor = in == 0 ? p->gain[0] : p->gain[1] - p->gain[0];
        const struct ost_chord_visitor visitor = {
            .hit = take_hit, .user = &g, .steepest = steepest};
        if (!ost_chord_visit(in == 0 ? s->mesh : s->inner, &s->view[view].camera, &p->shade->window,
                             &visitor, err))
            return false;
    }
    return true;
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
        const float *row = p->slope + i * b->normal.n;
        double w = trust(p, i);
        if (w > 0.0 && row[BONE_SIZE] != 0.0F)
            bone_normal_add(&b->normal, row, worth * w, worth * (double)pull->pixel[i]);
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
        plate_fini(&b.plate[v]);
    bone_normal_fini(&b.normal);
    s->with_cortex = false;
    return ok;
}
