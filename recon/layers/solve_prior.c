/* What is expected of an arm and a film before its greys are asked. */
#include "recon/layers/solve_impl.h"

#include <math.h>
#include <stdlib.h>

static const double skin = 0.15; /* L that is surely arm */
static const double half_band_mm = 8.0;

static void set(struct ost_solve *s, uint32_t at, double mean, double spread)
{
    s->start[at] = mean;
    s->spread[at] = spread;
}

/* ---- films ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * A first idea of an unknown curve: air reads the 3rd of 100, what attenuates 2.2 the
 * 98th. With one grey alone it stays the reading itself.
 */
static void guess_curve(const struct ost_plate *p, double out[2])
{
    const size_t cells = (size_t)p->width * p->height;
    double *list = malloc(cells * sizeof *list);
    size_t count = 0;
    out[0] = 0.0;
    out[1] = 1.0;
    for (size_t n = 0; list != NULL && n < cells; n++)
        if (p->cell[n].weight > 0.0)
            list[count++] = p->cell[n].reading;
    if (count > 20) {
        qsort(list, count, sizeof *list, compare);
        const double air = list[count * 3 / 100], bone = list[count * 98 / 100];
        out[1] = bone > air ? 2.2 / (bone - air) : 1.0;
        out[0] = -out[1] * air;
    }
    free(list);
}

static void expect_film(struct ost_solve *s, size_t view)
{
    const struct ost_film_curve *curve = &s->plate[view].film->curve;
    const uint32_t f = s->layout.film[view];
    if (curve->how == OST_CURVE_UNKNOWN) {
        double guess[2];
        guess_curve(&s->plate[view], guess);
        set(s, f + OST_FILM_CURVE_0, guess[0], 0.6);
        set(s, f + OST_FILM_CURVE_1, guess[1], 0.35 * guess[1]);
        set(s, f + OST_FILM_CURVE_2, 0.0, 0.02 * guess[1] * guess[1]);
    } else {
        const bool wedge = curve->how == OST_CURVE_WEDGE;
        set(s, f + OST_FILM_CURVE_0, 0.0, wedge ? 0.03 : 0.02);
        set(s, f + OST_FILM_CURVE_1, 1.0, wedge ? 0.02 : 0.005);
        set(s, f + OST_FILM_CURVE_2, 0.0, wedge ? 0.01 : 1e-4);
    }
    s->layout.unit[view] = s->start[f + OST_FILM_CURVE_1];
    set(s, f + OST_FILM_DOWN, 0.0, curve->flat ? 0.003 : 0.06);
    set(s, f + OST_FILM_RIGHT, 0.0, curve->flat ? 0.003 : 0.03);
    set(s, f + OST_FILM_SCATTER, curve->flat ? 0.0 : 0.22, curve->flat ? 0.005 : 0.12);
    set(s, f + OST_FILM_REACH, 16.0, 3.0);
    set(s, f + OST_FILM_KVP, curve->kvp, curve->kvp_sd);
}

/* ---- sections, from where the skin is ---- */

struct border {
    double low, high;
    bool seen;
};

/* Where the arm begins and ends across one film at a height. */
static struct border border_of(const struct ost_solve *s, size_t view, double height)
{
    const struct ost_plate *p = &s->plate[view];
    const double *curve = s->start + s->layout.film[view];
    struct border b = {INFINITY, -INFINITY, false};
    size_t count = 0;
    for (size_t n = 0; n < (size_t)p->width * p->height; n++) {
        const struct ost_cell *c = &p->cell[n];
        if (!(c->weight > 0.0) || fabs(c->height - height) > half_band_mm ||
            curve[0] + curve[1] * c->reading < skin)
            continue;
        /* The axis passes through the arm: markers far off are not it. */
        if (fabs(c->across) > 55.0)
            continue;
        b.low = fmin(b.low, c->across);
        b.high = fmax(b.high, c->across);
        count++;
    }
    b.seen = count > 20;
    return b;
}

static void expect_section(struct ost_solve *s, uint32_t node)
{
    const double height = ost_section_low + ost_section_step * node;
    /* An adult's wrist where no film shows it; the ulna lies away from the thumb. */
    const double usual[4] = {-6.0, 0.0, 34.0, 21.0};
    double sum[4] = {0.0}, weight[4] = {0.0};
    for (size_t v = 0; v < s->request->count; v++) {
        const struct ost_plate *p = &s->plate[v];
        const struct ost_cell *middle = &p->cell[p->width * (p->height / 2) + p->width / 2];
        const double e[2] = {middle->way[1], -middle->way[0]};
        const struct border b = border_of(s, v, height);
        for (int k = 0; k < 2 && b.seen; k++) {
            const double w = e[k] * e[k] * e[k] * e[k];
            sum[k] += w * 0.5 * (b.low + b.high) * (e[k] >= 0.0 ? 1.0 : -1.0);
            sum[2 + k] += w * 0.5 * (b.high - b.low);
            weight[k] += w;
            weight[2 + k] += w;
        }
    }
    const uint32_t at = s->layout.section + node * OST_SECTION_NUMBERS;
    for (uint32_t k = 0; k < 4; k++) {
        const bool known = weight[k] > 0.25;
        set(s, at + k, known ? sum[k] / weight[k] : usual[k], known ? 3.0 : 6.0);
    }
    set(s, at + OST_SECTION_N, 2.2, 0.25);
}

/* ---- bones ---- */

/* Spongy bone of the ends gives way to marrow up the shaft. */
static double spongy(double height)
{
    return height < 10.0 ? 1.0 : 0.04 + 0.96 * exp(-(height - 10.0) / 18.0);
}

static void expect_bones(struct ost_solve *s)
{
    const struct ost_layers_request *r = s->request;
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t k = 0; k < OST_BONE_NODES; k++) {
            const double share = spongy(ost_bone_low + ost_bone_step * k);
            set(s, s->layout.cortex[b] + k, r->cortical[0], 0.35 * r->cortical[0]);
            set(s, s->layout.marrow[b] + k, r->trabecular[0] * share,
                r->trabecular[0] * (0.1 + 0.6 * share));
        }
}

void ost_solve_expect(struct ost_solve *s)
{
    for (size_t v = 0; v < s->request->count; v++) {
        expect_film(s, v);
        const size_t knots = (size_t)s->layout.across[v] * s->layout.down[v];
        for (uint32_t k = 0; k < knots; k++)
            set(s, s->layout.field[v] + k, 0.0, 0.05);
    }
    for (uint32_t node = 0; node < OST_SECTION_NODES; node++)
        expect_section(s, node);
    set(s, s->layout.shell, 3.0, 1.0);
    set(s, s->layout.flesh, 1.0, 0.02);
    expect_bones(s);
}

/* ---- what neighbours know of each other ---- */

struct hold {
    const struct ost_solve *solve;
    bool fill;
    double cost;
};

/* sum_k factor[k] x[index[k]] is expected to be `mean` within `spread`. */
static void add_row(struct hold *h, const uint32_t *index, const double *factor, uint32_t count,
                    double mean, double spread)
{
    const struct ost_solve *s = h->solve;
    const double worth = 1.0 / (spread * spread);
    double off = mean;
    for (uint32_t k = 0; k < count; k++)
        off -= factor[k] * s->x[index[k]];
    h->cost += 0.5 * worth * off * off;
    for (uint32_t k = 0; k < count && h->fill; k++) {
        s->pull[index[k]] += worth * factor[k] * off;
        for (uint32_t i = 0; i < count; i++)
            s->normal[(size_t)index[k] * s->layout.n + index[i]] += worth * factor[k] * factor[i];
    }
}

static void hold_sections(struct hold *h)
{
    static const double bend[OST_SECTION_NUMBERS] = {1.5, 1.5, 1.5, 1.5, 0.08};
    const double factor[3] = {1.0, -2.0, 1.0};
    for (uint32_t node = 0; node + 2 < OST_SECTION_NODES; node++)
        for (uint32_t k = 0; k < OST_SECTION_NUMBERS; k++) {
            const uint32_t first = h->solve->layout.section + node * OST_SECTION_NUMBERS + k;
            const uint32_t index[3] = {first, first + OST_SECTION_NUMBERS,
                                       first + 2 * OST_SECTION_NUMBERS};
            add_row(h, index, factor, 3, 0.0, bend[k]);
        }
}

static void hold_bones(struct hold *h)
{
    const double factor[2] = {1.0, -1.0};
    const struct ost_solve *s = h->solve;
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t k = 0; k + 1 < OST_BONE_NODES; k++)
            for (int part = 0; part < 2; part++) {
                const uint32_t at = (part == 0 ? s->layout.cortex[b] : s->layout.marrow[b]) + k;
                const uint32_t index[2] = {at, at + 1};
                const double size = part == 0 ? s->request->cortical[0] : s->request->trabecular[0];
                add_row(h, index, factor, 2, s->start[at] - s->start[at + 1],
                        (part == 0 ? 0.08 : 0.2) * size);
            }
}

double ost_solve_hold(const struct ost_solve *s, bool fill)
{
    const double one = 1.0;
    struct hold h = {.solve = s, .fill = fill};
    for (uint32_t k = 0; k < s->layout.n; k++)
        add_row(&h, &k, &one, 1, s->start[k], s->spread[k]);
    hold_sections(&h);
    hold_bones(&h);
    return h.cost;
}
