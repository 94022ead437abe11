/*
 * A film shows flesh bare beside every bone, to a hundredth. What it has there beyond the
 * sections' flesh is carried under the bones by a membrane (the discrete Laplace equation with
 * data, Press 2007, chapter 20): the smoothest way between their two sides. Where the skin runs
 * steep and round a known bone the film is not asked. A hand's bones have no surfaces: there the
 * membrane first hangs below what is seen (asymmetric weights, Eilers and Boelens 2005), and
 * then what stands well above it is bone.
 */
#include "recon/layers/flesh_impl.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS = 120, ROUNDS = 6, HANGING = 3 };

static const double stiffness = 2.0;   /* of the membrane, over a bare cell's worth */
static const double relax = 1.7;       /* successive over-relaxation */
static const double hand_below = 3.0;  /* mm of height */
static const double bone_above = 0.12; /* g/cm2 of flesh that a hand's bone looks like, at least */
static const double hanging = 0.003, lifted = 2e-4;   /* worth of what lies above the membrane */
static const double skin_mm = 0.5, steep_most = 0.05; /* L */

struct membrane {
    uint32_t width, height;
    double *off;   /* owned; g/cm2 beyond the model */
    double *seen;  /* owned; the same by the film */
    double *bare;  /* owned; how far the film is trusted there, 0..1 */
    double *worth; /* owned; in this round */
    bool *hand;    /* owned */
};

static void membrane_fini(struct membrane *m)
{
    free(m->off);
    free(m->seen);
    free(m->bare);
    free(m->worth);
    free(m->hand);
}

static bool membrane_init(struct membrane *m, const struct ost_plate *p, struct ost_err *err)
{
    const size_t count = (size_t)p->width * p->height;
    *m = (struct membrane){.width = p->width, .height = p->height};
    m->off = calloc(count, sizeof *m->off);
    m->seen = calloc(count, sizeof *m->seen);
    m->bare = calloc(count, sizeof *m->bare);
    m->worth = calloc(count, sizeof *m->worth);
    m->hand = calloc(count, sizeof *m->hand);
    return (m->off != NULL && m->seen != NULL && m->bare != NULL && m->worth != NULL &&
            m->hand != NULL) ||
           ost_fail(err, OST_NOMEM, "layers: no room for %zu cells", count);
}

double ost_layers_seen(const struct ost_solve *s, size_t view, double y, double cloud,
                       const double place[2])
{
    const double *f = s->x + s->layout.film[view];
    const double all = f[OST_FILM_CURVE_0] + y * (f[OST_FILM_CURVE_1] + y * f[OST_FILM_CURVE_2]) +
                       place[1] * f[OST_FILM_DOWN] + place[0] * f[OST_FILM_RIGHT];
    return all - log(fmax(1.0 - f[OST_FILM_SCATTER] * cloud * exp(all), 0.05));
}

/* No known bone in the cell nor beside it: a surface may be off. */
static bool is_bare(const struct ost_plate *p, uint32_t column, uint32_t row)
{
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            const int x = (int)column + i, y = (int)row + j;
            if (x < 0 || y < 0 || x >= (int)p->width || y >= (int)p->height)
                continue;
            const struct ost_cell *c = &p->cell[(size_t)y * p->width + (size_t)x];
            for (int b = 0; b < OST_BONES; b++)
                if (c->cortex[b] + c->marrow[b] > 0.0)
                    return false;
        }
    return true;
}

/* The model's flesh, and what the film has beyond it. */
static void ask(const struct ost_solve *s, size_t view, struct membrane *m, double *tissue)
{
    const struct ost_plate *p = &s->plate[view];
    struct ost_arm_row row;
    for (uint32_t j = 0; j < m->height; j++)
        for (uint32_t i = 0; i < m->width; i++) {
            const size_t n = (size_t)j * m->width + i;
            const struct ost_cell *cell = &p->cell[n];
            const double place[2] = {2.0 * (i + 0.5) / m->width - 1.0,
                                     2.0 * (j + 0.5) / m->height - 1.0};
            ost_arm_row_of(&s->layout, p, view, &s->beam[view], s->x, n, &row);
            tissue[n] = row.tissue;
            m->hand[n] = cell->height < hand_below;
            if (!(cell->weight > 0.0) || !is_bare(p, i, j))
                continue;
            const double seen = ost_layers_seen(s, view, cell->reading, cell->cloud, place);
            const double unsure = skin_mm * row.steep / steep_most;
            m->seen[n] = ost_hardening_tissue(&s->beam[view].now, seen) - row.tissue;
            m->bare[n] = 1.0 / (1.0 + unsure * unsure);
        }
}

/* What each cell counts for: above the membrane a hand's cell may be bone. */
static void weigh(struct membrane *m, int round)
{
    for (size_t n = 0; n < (size_t)m->width * m->height; n++) {
        const double above = m->seen[n] - m->off[n];
        m->worth[n] = m->bare[n];
        if (m->hand[n] && round < HANGING && above > 0.0)
            m->worth[n] *= hanging;
        if (m->hand[n] && round >= HANGING && above > bone_above)
            m->worth[n] *= lifted;
    }
}

static void relax_cell(struct membrane *m, uint32_t i, uint32_t j)
{
    const size_t n = (size_t)j * m->width + i;
    double sum = 0.0, count = 0.0;
    if (i > 0) {
        sum += m->off[n - 1];
        count += 1.0;
    }
    if (i + 1 < m->width) {
        sum += m->off[n + 1];
        count += 1.0;
    }
    if (j > 0) {
        sum += m->off[n - m->width];
        count += 1.0;
    }
    if (j + 1 < m->height) {
        sum += m->off[n + m->width];
        count += 1.0;
    }
    const double rest =
        (m->worth[n] * m->seen[n] + stiffness * sum) / (m->worth[n] + stiffness * count);
    m->off[n] += relax * (rest - m->off[n]);
}

static void settle(struct membrane *m)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (uint32_t j = 0; j < m->height; j++)
            for (uint32_t i = 0; i < m->width; i++)
                relax_cell(m, i, j);
}

/* A hand's bone reaches into the cells about those that show it. */
static bool near_bone(const struct membrane *m, uint32_t column, uint32_t row)
{
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            const int x = (int)column + i, y = (int)row + j;
            if (x < 0 || y < 0 || x >= (int)m->width || y >= (int)m->height)
                continue;
            const size_t n = (size_t)y * m->width + (size_t)x;
            if (m->bare[n] > 0.5 && m->seen[n] - m->off[n] > bone_above)
                return true;
        }
    return false;
}

/*
 * A curve by a wedge or by guess bends between flesh and bone in ways that flesh alone does not
 * show: measured on such films, bones came out a fifth too light by the film's flesh. The
 * equations know of the bend, so there the sections' flesh stands.
 */
static bool is_straight(const struct ost_plate *p)
{
    return p->curve.how == OST_CURVE_LINEAR || p->curve.how == OST_CURVE_RAW;
}

static void keep_sections(const struct membrane *m, double *bone)
{
    for (size_t n = 0; n < (size_t)m->width * m->height; n++)
        bone[n] = m->hand[n] ? 1.0 : 0.0;
}

bool ost_layers_flesh(const struct ost_solve *s, size_t view, double *tissue, double *bone,
                      struct ost_err *err)
{
    struct membrane m;
    const bool ok = membrane_init(&m, &s->plate[view], err);
    if (ok) {
        ask(s, view, &m, tissue);
        for (int round = 0; round < ROUNDS && is_straight(&s->plate[view]); round++) {
            weigh(&m, round);
            settle(&m);
        }
        keep_sections(&m, bone);
        for (uint32_t j = 0; j < m.height && is_straight(&s->plate[view]); j++)
            for (uint32_t i = 0; i < m.width; i++) {
                const size_t n = (size_t)j * m.width + i;
                tissue[n] = fmax(tissue[n] + m.off[n], 0.0);
                bone[n] = m.hand[n] && (!(m.bare[n] > 0.0) || near_bone(&m, i, j)) ? 1.0 : 0.0;
            }
    }
    membrane_fini(&m);
    return ok;
}
