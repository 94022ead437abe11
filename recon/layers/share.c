#include "recon/image/filter.h"
#include "recon/layers/flesh_impl.h"
#include "recon/layers/share_impl.h"

#include <math.h>
#include <stdlib.h>

static const double spread_mm = 0.4;   /* SD: how far a film blurs a border */
static const double stray_mm = 1.0;    /* SD: how far a surface may be off its bone ... */
static const double stray = 0.03;      /* ... and what share of it then counts beyond its border */
static const double least_area = 5e-4; /* g/cm2, blurred, that make a place a bone's */
static const double hand_from = 3.0, hand_to = -3.0; /* mm of height: where a hand begins */
static const double hand_most = 0.9;  /* g/cm2 of mineral a ray through a hand at most has */
static const double smooth_mm = 0.35; /* at the arm, SD: bone's own texture is as coarse */
static const double flesh_mm = 0.7;   /* flesh's is coarser */
static const double broad_mm = 1.5;   /* what hangs together so far is another bone's */
static const double over_from = 14.0, over_to = 2.0;   /* mm of height: carpals behind the joint */
static const double over_low = 0.02, over_high = 0.08; /* g/cm2, broad: another bone for sure */
static const double hand_flesh = 0.8;   /* g/cm2 of flesh a hand's bones at least lie in */
static const double metal_beyond = 0.9; /* L above anything bone does there */

enum { TABLE = 1024 };
static const double table_low = -1.0, table_high = 9.0;

/* One value a cell, to be looked up between cells. */
struct maps {
    double *tissue, *height, *cloud; /* owned */
    double *bone;                    /* owned; 1 where a hand's bone is seen */
    double of_attenuation[TABLE];    /* tissue without mineral, by L in equal steps */
};

static void maps_fini(struct maps *m)
{
    free(m->tissue);
    free(m->height);
    free(m->cloud);
    free(m->bone);
}

static bool maps_init(const struct ost_solve *s, size_t view, struct maps *m, struct ost_err *err)
{
    const struct ost_plate *p = &s->plate[view];
    const size_t count = (size_t)p->width * p->height;
    m->tissue = malloc(count * sizeof *m->tissue);
    m->height = malloc(count * sizeof *m->height);
    m->cloud = malloc(count * sizeof *m->cloud);
    m->bone = malloc(count * sizeof *m->bone);
    if (m->tissue == NULL || m->height == NULL || m->cloud == NULL || m->bone == NULL)
        return ost_fail(err, OST_NOMEM, "layers: no room for %zu cells", count);
    for (int k = 0; k < TABLE; k++)
        m->of_attenuation[k] = ost_hardening_tissue(
            &s->beam[view].now, table_low + k * (table_high - table_low) / (TABLE - 1));
    for (size_t n = 0; n < count; n++) {
        m->height[n] = p->cell[n].height;
        m->cloud[n] = p->cell[n].cloud;
    }
    return ost_layers_flesh(s, view, m->tissue, m->bone, err);
}

/* Node densities at a height, mgHA/cm3. */
static double at_height(const double *node, double height)
{
    const double at =
        fmin(fmax((height - ost_bone_low) / ost_bone_step, 0.0), OST_BONE_NODES - 1.0);
    const size_t k = (size_t)fmin(at, OST_BONE_NODES - 2.0);
    return node[k] + (at - (double)k) * (node[k + 1] - node[k]);
}

/* By the film's blur, and thinly by as much as a surface may be off. */
static bool widen(struct ost_image *bone, double pixels, struct ost_err *err)
{
    OST_AUTO(ost_image) wide = NULL;
    if (!ost_image_copy(bone, &wide, err) || !ost_image_blur(wide, stray_mm * pixels, err) ||
        !ost_image_blur(bone, spread_mm * pixels, err))
        return false;
    for (size_t n = 0; n < (size_t)bone->width * bone->height; n++)
        bone->pixel[n] += (float)stray * (wide->pixel[n] - bone->pixel[n]);
    return true;
}

/* Mineral the model has on every ray of a bone, g/cm2, a little spread over its border. */
static bool expected(const struct ost_solve *s, size_t view, int bone, const struct maps *maps,
                     struct ost_image **out, struct ost_err *err)
{
    const struct ost_plate *p = &s->plate[view];
    const uint32_t w = p->reading->width, h = p->reading->height;
    if (!ost_image_create(out, w, h, err))
        return false;
    for (uint32_t j = 0; j < h; j++)
        for (uint32_t i = 0; i < w; i++) {
            const size_t n = (size_t)j * w + i;
            const double cortex = (double)p->cortex[bone]->pixel[n];
            const double marrow = (double)p->marrow[bone]->pixel[n];
            if (!(cortex + marrow > 0.0))
                continue;
            const double height = ost_plate_at(p, maps->height, i, j);
            (*out)->pixel[n] =
                (float)(1e-4 * (cortex * at_height(s->x + s->layout.cortex[bone], height) +
                                marrow * at_height(s->x + s->layout.marrow[bone], height)));
        }
    return widen(*out, p->factor / p->mm, err);
}

static double film_total(const struct ost_solve *s, size_t view, const struct maps *maps,
                         uint32_t column, uint32_t row)
{
    const struct ost_plate *p = &s->plate[view];
    const double y = (double)p->reading->pixel[(size_t)row * p->reading->width + column];
    const double place[2] = {2.0 * (column + 0.5) / (p->width * (double)p->factor) - 1.0,
                             2.0 * (row + 0.5) / (p->height * (double)p->factor) - 1.0};
    return ost_layers_seen(s, view, y, ost_plate_at(p, maps->cloud, column, row), place);
}

/* From 0 at one value to 1 at another. */
static double ramp(double from, double to, double value)
{
    const double t = fmin(fmax((value - from) / (to - from), 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

/* What a pixel is made of. */
struct mix {
    double tissue, total, bone[OST_BONES];
    double hand; /* how likely it is the hand's, 0..1 */
    double over; /* how likely a hand's bone lies behind radius or ulna, 0..1 */
};

/* What the model has of a pixel, where there may be mineral at all. */
static bool may_hold(const struct mix *m)
{
    return m->bone[OST_RADIUS] + m->bone[OST_ULNA] > least_area || m->hand > 0.0;
}

/* More than any bone does there. */
static bool is_metal(const struct ost_hardening *beam, const struct mix *m)
{
    const double most = m->bone[OST_RADIUS] + m->bone[OST_ULNA] + m->hand * hand_most + 0.2;
    const double reach = ost_hardening_attenuation(beam, m->tissue, most, NULL);
    return m->total > reach + metal_beyond;
}

/*
 * Mineral of a pixel by structure, g/cm2; the rest of `total` is flesh. Where radius or
 * ulna lie in the ray they share what is more or less than the model has of them, but what is
 * more about the joint and hangs together is a carpal's; elsewhere all is the hand's.
 */
static void part(const struct mix *m, double excess, double broad, double mineral[3])
{
    const double bones = m->bone[OST_RADIUS] + m->bone[OST_ULNA], sum = bones + excess;
    const bool bone = bones > least_area;
    const double over = m->over * ramp(over_low, over_high, broad);
    const double hand = bone ? over * fmax(excess, 0.0) : sum;
    for (int b = 0; b < OST_BONES; b++)
        mineral[b] = bone ? (sum - hand) * m->bone[b] / bones : 0.0;
    mineral[OST_LAYER_HAND] = hand;
}

static double tissue_of(const struct maps *m, double attenuation)
{
    const double at = (attenuation - table_low) / (table_high - table_low) * (TABLE - 1);
    const double x = fmin(fmax(at, 0.0), TABLE - 1.001);
    const size_t k = (size_t)x;
    return m->of_attenuation[k] +
           (x - (double)k) * (m->of_attenuation[k + 1] - m->of_attenuation[k]);
}

/*
 * Mass to attenuation: the minerals are charged for together (hardening.h) and share it by
 * mass, flesh has the rest of what the beam loses in both, and what the film shows beyond
 * that is grain.
 */
static void settle(const struct ost_hardening *beam, const struct mix *m, const double mineral[3],
                   double metal, size_t n, struct ost_layers_view *out)
{
    const double sum = mineral[0] + mineral[1] + mineral[2];
    const double charge = sum != 0.0 ? ost_hardening_charge(beam, m->tissue, sum) : 0.0;
    const double flesh = ost_hardening_attenuation(beam, m->tissue, sum, NULL) - charge;
    float left = (float)m->total;
    for (int k = 0; k < 3; k++) {
        const double share = sum != 0.0 ? charge * mineral[k] / sum : 0.0;
        out->attenuation[k]->pixel[n] = (float)share;
        out->area[k]->pixel[n] = (float)mineral[k];
        left -= (float)share;
    }
    out->attenuation[OST_LAYER_METAL]->pixel[n] = (float)metal;
    out->area[OST_LAYER_METAL]->pixel[n] = (float)metal;
    out->attenuation[OST_LAYER_SOFT]->pixel[n] = (float)flesh;
    out->area[OST_LAYER_SOFT]->pixel[n] = (float)(m->tissue - ost_hardening_displaced * sum);
    out->grain->pixel[n] = left - (float)metal - (float)flesh;
}

static bool make_pictures(const struct ost_plate *p, struct ost_layers_view *out,
                          struct ost_err *err)
{
    const uint32_t w = p->reading->width, h = p->reading->height;
    bool ok = ost_image_create(&out->total, w, h, err) && ost_image_create(&out->grain, w, h, err);
    for (int k = 0; ok && k < OST_LAYERS; k++)
        ok = ost_image_create(&out->attenuation[k], w, h, err) &&
             ost_image_create(&out->area[k], w, h, err);
    for (int b = 0; ok && b < OST_BONES; b++) {
        ok = ost_image_copy(p->cortex[b], &out->path[b], err);
        for (size_t n = 0; ok && n < (size_t)w * h; n++)
            out->path[b]->pixel[n] += p->marrow[b]->pixel[n];
    }
    return ok && ost_image_copy(p->exposed, &out->exposed, err);
}

/* Numbers of some pixels, smoothed among these. */
struct patch {
    struct ost_image *sum, *weight; /* owned */
};

/* Pictures on the way, of the film's size. */
struct draft {
    struct ost_image *bone[OST_BONES]; /* owned; mineral of the model, g/cm2 */
    struct patch fine, broad;          /* mineral the film shows beyond it */
    struct patch flesh;                /* flesh the film shows beyond the cells', beside bones */
};

static void patch_fini(struct patch *p)
{
    ost_image_destroy(p->sum);
    ost_image_destroy(p->weight);
}

static void draft_fini(struct draft *d)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_image_destroy(d->bone[b]);
    patch_fini(&d->fine);
    patch_fini(&d->broad);
    patch_fini(&d->flesh);
}

static void put(struct patch *p, size_t n, double value)
{
    p->sum->pixel[n] = (float)value;
    p->weight->pixel[n] = 1.0F;
}

static double at(const struct patch *p, size_t n)
{
    return p->weight->pixel[n] > 1e-3F ? (double)(p->sum->pixel[n] / p->weight->pixel[n]) : 0.0;
}

static bool smooth(struct patch *p, double sigma, struct ost_err *err)
{
    return ost_image_blur(p->sum, sigma, err) && ost_image_blur(p->weight, sigma, err);
}

static struct mix mix_at(const struct ost_solve *s, size_t view, const struct maps *maps,
                         const struct draft *d, uint32_t column, uint32_t row)
{
    const struct ost_plate *p = &s->plate[view];
    const size_t n = (size_t)row * p->reading->width + column;
    const double height = ost_plate_at(p, maps->height, column, row);
    struct mix m = {.tissue = ost_plate_at(p, maps->tissue, column, row),
                    .total = film_total(s, view, maps, column, row),
                    .over = ramp(over_from, over_to, height)};
    for (int b = 0; b < OST_BONES; b++)
        m.bone[b] = (double)d->bone[b]->pixel[n];
    if (m.tissue > hand_flesh)
        m.hand = ramp(hand_from, hand_to, height) *
                 fmin(1.0, 2.0 * ost_plate_at(p, maps->bone, column, row));
    return m;
}

/*
 * The film's mineral less the model's, smoothed by less than bone's own texture, and its flesh
 * less the cells', smoothed by less than flesh's: what is left is quanta's grain. No mass moves,
 * since smoothing moves none.
 */
static bool compare(const struct ost_solve *s, size_t view, const struct maps *maps,
                    struct draft *d, struct ost_err *err)
{
    const struct ost_plate *p = &s->plate[view];
    const struct ost_hardening *beam = &s->beam[view].now;
    const uint32_t w = p->reading->width, h = p->reading->height;
    if (!ost_image_create(&d->fine.sum, w, h, err) ||
        !ost_image_create(&d->fine.weight, w, h, err) ||
        !ost_image_create(&d->flesh.sum, w, h, err) ||
        !ost_image_create(&d->flesh.weight, w, h, err))
        return false;
#pragma omp parallel for schedule(dynamic, 8)
    for (uint32_t j = 0; j < h; j++)
        for (uint32_t i = 0; i < w; i++) {
            const size_t n = (size_t)j * w + i;
            const struct mix m = mix_at(s, view, maps, d, i, j);
            if (p->exposed->pixel[n] < 0.5F)
                continue;
            if (!may_hold(&m))
                put(&d->flesh, n, tissue_of(maps, m.total) - m.tissue);
            else if (!is_metal(beam, &m))
                put(&d->fine, n,
                    ost_hardening_mineral(beam, m.tissue, m.total) - m.bone[OST_RADIUS] -
                        m.bone[OST_ULNA]);
        }
    const double pixels = p->factor / p->mm;
    return ost_image_copy(d->fine.sum, &d->broad.sum, err) &&
           ost_image_copy(d->fine.weight, &d->broad.weight, err) &&
           smooth(&d->fine, smooth_mm * pixels, err) && smooth(&d->broad, broad_mm * pixels, err) &&
           smooth(&d->flesh, flesh_mm * pixels, err);
}

/* A hand's place that shows less than its flesh has less flesh and no bone. */
static bool is_lean(const struct draft *d, const struct mix *m, size_t n)
{
    return m->bone[OST_RADIUS] + m->bone[OST_ULNA] <= least_area && at(&d->broad, n) < 0.0;
}

/* One exposed pixel's layers. */
static void fill_pixel(const struct ost_hardening *beam, const struct draft *d, struct mix *m,
                       size_t n, struct ost_layers_view *out)
{
    const double all = m->bone[OST_RADIUS] + m->bone[OST_ULNA] + at(&d->fine, n);
    double mineral[3] = {0.0}, metal = 0.0;
    if (!may_hold(m)) {
        m->tissue += at(&d->flesh, n);
    } else {
        const double reached = ost_hardening_attenuation(beam, m->tissue, all, NULL);
        metal = is_metal(beam, m) ? m->total - reached : 0.0;
        if (is_lean(d, m, n))
            m->tissue = ost_hardening_tissue(beam, reached);
        else
            part(m, at(&d->fine, n), at(&d->broad, n), mineral);
    }
    out->total->pixel[n] = (float)m->total;
    settle(beam, m, mineral, metal, n, out);
}

static void fill(const struct ost_solve *s, size_t view, const struct maps *maps,
                 const struct draft *d, struct ost_layers_view *out)
{
    const struct ost_plate *p = &s->plate[view];
    const uint32_t w = p->reading->width, h = p->reading->height;
#pragma omp parallel for schedule(dynamic, 8)
    for (uint32_t j = 0; j < h; j++)
        for (uint32_t i = 0; i < w; i++) {
            const size_t n = (size_t)j * w + i;
            struct mix m = mix_at(s, view, maps, d, i, j);
            if (p->exposed->pixel[n] >= 0.5F)
                fill_pixel(&s->beam[view].now, d, &m, n, out);
        }
}

bool ost_layers_share(const struct ost_solve *s, size_t view, struct ost_layers_view *out,
                      struct ost_err *err)
{
    struct maps maps = {.tissue = NULL};
    struct draft draft = {.bone = {NULL}};
    bool ok = maps_init(s, view, &maps, err) && make_pictures(&s->plate[view], out, err);
    for (int b = 0; ok && b < OST_BONES; b++)
        ok = expected(s, view, b, &maps, &draft.bone[b], err);
    ok = ok && compare(s, view, &maps, &draft, err);
    if (ok)
        fill(s, view, &maps, &draft, out);
    draft_fini(&draft);
    maps_fini(&maps);
    const double *f = s->x + s->layout.film[view];
    out->curve[0] = f[OST_FILM_CURVE_0];
    out->curve[1] = f[OST_FILM_CURVE_1];
    out->curve[2] = f[OST_FILM_CURVE_2];
    out->scatter = f[OST_FILM_SCATTER];
    out->kvp = f[OST_FILM_KVP];
    return ok;
}
