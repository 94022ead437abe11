#include "recon/image/filter.h"
#include "recon/layers/share_impl.h"

#include <math.h>
#include <stdlib.h>

static const double spread_mm = 0.8;    /* beyond a surface where its bone may still be */
static const double least_area = 0.002; /* g/cm2, blurred, that make a place a bone's */
static const double hand_from = 3.0, hand_to = -3.0; /* mm of height: where a hand begins */
static const double hand_most = 0.9;    /* g/cm2 of mineral a ray through a hand at most has */
static const double smooth_mm = 0.35;   /* at the arm, SD */
static const double hand_flesh = 0.8;   /* g/cm2 of flesh a hand's bones at least lie in */
static const double metal_beyond = 0.9; /* L above anything bone does there */

enum { TABLE = 1024 };
static const double table_low = -1.0, table_high = 9.0;

/* One value a cell, to be looked up between cells. */
struct maps {
    double *tissue, *height, *cloud; /* owned */
    double of_attenuation[TABLE];    /* tissue without mineral, by L in equal steps */
};

static void maps_fini(struct maps *m)
{
    free(m->tissue);
    free(m->height);
    free(m->cloud);
}

static bool maps_init(const struct ost_solve *s, size_t view, struct maps *m, struct ost_err *err)
{
    const struct ost_plate *p = &s->plate[view];
    const size_t count = (size_t)p->width * p->height;
    struct ost_arm_row row;
    m->tissue = malloc(count * sizeof *m->tissue);
    m->height = malloc(count * sizeof *m->height);
    m->cloud = malloc(count * sizeof *m->cloud);
    if (m->tissue == NULL || m->height == NULL || m->cloud == NULL)
        return ost_fail(err, OST_NOMEM, "layers: no room for %zu cells", count);
    for (int k = 0; k < TABLE; k++)
        m->of_attenuation[k] = ost_hardening_tissue(
            &s->beam[view].now, table_low + k * (table_high - table_low) / (TABLE - 1));
    for (size_t n = 0; n < count; n++) {
        ost_arm_row_of(&s->layout, p, view, &s->beam[view], s->x, n, &row);
        m->tissue[n] = row.tissue;
        m->height[n] = p->cell[n].height;
        m->cloud[n] = p->cell[n].cloud;
    }
    return true;
}

/* Node densities at a height, mgHA/cm3. */
static double at_height(const double *node, double height)
{
    const double at =
        fmin(fmax((height - ost_bone_low) / ost_bone_step, 0.0), OST_BONE_NODES - 1.0);
    const size_t k = (size_t)fmin(at, OST_BONE_NODES - 2.0);
    return node[k] + (at - (double)k) * (node[k + 1] - node[k]);
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
    return ost_image_blur(*out, spread_mm * p->factor / p->mm / 2.0, err);
}

static double film_total(const struct ost_solve *s, size_t view, const struct maps *maps,
                         uint32_t column, uint32_t row)
{
    const struct ost_plate *p = &s->plate[view];
    const double *f = s->x + s->layout.film[view];
    const double y = (double)p->reading->pixel[(size_t)row * p->reading->width + column];
    const double down = 2.0 * (row + 0.5) / (p->height * (double)p->factor) - 1.0;
    const double right = 2.0 * (column + 0.5) / (p->width * (double)p->factor) - 1.0;
    const double all = f[OST_FILM_CURVE_0] + y * (f[OST_FILM_CURVE_1] + y * f[OST_FILM_CURVE_2]) +
                       down * f[OST_FILM_DOWN] + right * f[OST_FILM_RIGHT];
    const double scattered = f[OST_FILM_SCATTER] * ost_plate_at(p, maps->cloud, column, row);
    return all - log(fmax(1.0 - scattered * exp(all), 0.05));
}

/* How likely a place belongs to the hand: 0 proximal of the joint, 1 distal. */
static double of_hand(double height)
{
    const double t = fmin(fmax((hand_from - height) / (hand_from - hand_to), 0.0), 1.0);
    return t * t * (3.0 - 2.0 * t);
}

/* What a pixel is made of. */
struct mix {
    double tissue, total, bone[OST_BONES];
    double hand; /* how likely it is the hand's, 0..1 */
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
 * ulna lie in the ray they keep what the model has of them, and what a ray at the joint
 * shows beyond that is the hand's; elsewhere they share what is more or less.
 */
static void part(const struct mix *m, double sum, double mineral[3])
{
    const double bones = m->bone[OST_RADIUS] + m->bone[OST_ULNA];
    const bool bone = bones > least_area;
    const double hand = bone ? m->hand * fmax(sum - bones, 0.0) : sum;
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
 * mass, and flesh has the rest, so that the layers add up to the film.
 */
static void settle(const struct ost_hardening *beam, const struct maps *maps, const struct mix *m,
                   const double mineral[3], double metal, size_t n, struct ost_layers_view *out)
{
    const double sum = mineral[0] + mineral[1] + mineral[2];
    double tissue = m->tissue, charge = 0.0;
    if (sum == 0.0)
        tissue = tissue_of(maps, m->total - metal);
    else
        charge = ost_hardening_charge(beam, tissue, sum);
    float left = (float)m->total;
    for (int k = 0; k < 3; k++) {
        const double share = sum != 0.0 ? charge * mineral[k] / sum : 0.0;
        out->attenuation[k]->pixel[n] = (float)share;
        out->area[k]->pixel[n] = (float)mineral[k];
        left -= (float)share;
    }
    out->attenuation[OST_LAYER_METAL]->pixel[n] = (float)metal;
    out->area[OST_LAYER_METAL]->pixel[n] = (float)metal;
    out->attenuation[OST_LAYER_SOFT]->pixel[n] = left - (float)metal;
    out->area[OST_LAYER_SOFT]->pixel[n] = (float)(tissue - ost_hardening_displaced * sum);
}

static bool make_pictures(const struct ost_plate *p, struct ost_layers_view *out,
                          struct ost_err *err)
{
    const uint32_t w = p->reading->width, h = p->reading->height;
    bool ok = ost_image_create(&out->total, w, h, err);
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

/* Pictures on the way, of the film's size. */
struct draft {
    struct ost_image *bone[OST_BONES]; /* owned; mineral of the model, g/cm2 */
    struct ost_image *excess, *weight; /* owned; mineral the film shows beyond it, and where */
};

static void draft_fini(struct draft *d)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_image_destroy(d->bone[b]);
    ost_image_destroy(d->excess);
    ost_image_destroy(d->weight);
}

static struct mix mix_at(const struct ost_solve *s, size_t view, const struct maps *maps,
                         const struct draft *d, uint32_t column, uint32_t row)
{
    const struct ost_plate *p = &s->plate[view];
    const size_t n = (size_t)row * p->reading->width + column;
    struct mix m = {.tissue = ost_plate_at(p, maps->tissue, column, row),
                    .total = film_total(s, view, maps, column, row)};
    for (int b = 0; b < OST_BONES; b++)
        m.bone[b] = (double)d->bone[b]->pixel[n];
    m.hand = m.tissue > hand_flesh ? of_hand(ost_plate_at(p, maps->height, column, row)) : 0.0;
    return m;
}

/*
 * The film's mineral less the model's, smoothed by less than bone's own texture: quanta's
 * noise stays with the flesh, and no mass moves, since smoothing moves none.
 */
static bool find_excess(const struct ost_solve *s, size_t view, const struct maps *maps,
                        struct draft *d, struct ost_err *err)
{
    const struct ost_plate *p = &s->plate[view];
    const struct ost_hardening *beam = &s->beam[view].now;
    const uint32_t w = p->reading->width, h = p->reading->height;
    if (!ost_image_create(&d->excess, w, h, err) || !ost_image_create(&d->weight, w, h, err))
        return false;
#pragma omp parallel for schedule(dynamic, 8)
    for (uint32_t j = 0; j < h; j++)
        for (uint32_t i = 0; i < w; i++) {
            const size_t n = (size_t)j * w + i;
            const struct mix m = mix_at(s, view, maps, d, i, j);
            if (p->exposed->pixel[n] < 0.5F || !may_hold(&m) || is_metal(beam, &m))
                continue;
            d->weight->pixel[n] = 1.0F;
            d->excess->pixel[n] = (float)(ost_hardening_mineral(beam, m.tissue, m.total) -
                                          m.bone[OST_RADIUS] - m.bone[OST_ULNA]);
        }
    const double sigma = smooth_mm * p->factor / p->mm;
    return ost_image_blur(d->excess, sigma, err) && ost_image_blur(d->weight, sigma, err);
}

static void fill(const struct ost_solve *s, size_t view, const struct maps *maps,
                 const struct draft *d, struct ost_layers_view *out)
{
    const struct ost_plate *p = &s->plate[view];
    const struct ost_hardening *beam = &s->beam[view].now;
    const uint32_t w = p->reading->width, h = p->reading->height;
#pragma omp parallel for schedule(dynamic, 8)
    for (uint32_t j = 0; j < h; j++)
        for (uint32_t i = 0; i < w; i++) {
            const size_t n = (size_t)j * w + i;
            const struct mix m = mix_at(s, view, maps, d, i, j);
            double mineral[3] = {0.0}, metal = 0.0;
            if (p->exposed->pixel[n] < 0.5F)
                continue;
            out->total->pixel[n] = (float)m.total;
            if (may_hold(&m)) {
                const float weight = d->weight->pixel[n];
                const double bones = m.bone[OST_RADIUS] + m.bone[OST_ULNA];
                const double excess = weight > 1e-3F ? (double)(d->excess->pixel[n] / weight) : 0.0;
                part(&m, bones + excess, mineral);
                if (is_metal(beam, &m))
                    metal =
                        m.total - ost_hardening_attenuation(beam, m.tissue, bones + excess, NULL);
            }
            settle(beam, maps, &m, mineral, metal, n, out);
        }
}

bool ost_layers_share(const struct ost_solve *s, size_t view, struct ost_layers_view *out,
                      struct ost_err *err)
{
    struct maps maps = {.tissue = NULL};
    struct draft draft = {.excess = NULL};
    bool ok = maps_init(s, view, &maps, err) && make_pictures(&s->plate[view], out, err);
    for (int b = 0; ok && b < OST_BONES; b++)
        ok = expected(s, view, b, &maps, &draft.bone[b], err);
    ok = ok && find_excess(s, view, &maps, &draft, err);
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
