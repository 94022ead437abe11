#include "recon/image/filter.h"
#include "recon/layers/solve_impl.h"
#include "recon/math/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 12, STIFF_TURNS = 3, HAND_TURNS = 4 };

static const double noise = 0.012; /* L of a cell: quanta and texture of flesh */
static const double air_noise = 0.004;
static const double texture = 0.06; /* of a ray's mineral that no smooth density foresees */
static const double skin_mm = 0.5;  /* off where the skin is taken to be */
static const double stiff = 1e4;
static const double above = 0.004; /* worth of a hand's cell that shows more than flesh */

static const double skin_margin_mm = 5.0;
static const double clear = 0.06; /* L below which a place beside a hand is air */

static const double together = 40.0; /* cells err together in such numbers */

void ost_solve_fini(struct ost_solve *s)
{
    free(s->x);
    free(s->start);
    free(s->spread);
    free(s->normal);
    free(s->pull);
    free(s->kept);
    free(s->whole);
    free(s->way);
    free(s->of_film);
    memset(s, 0, sizeof *s);
}

bool ost_solve_init(struct ost_solve *s, const struct ost_layers_request *request,
                    struct ost_plate *plate, struct ost_err *err)
{
    *s = (struct ost_solve){.request = request, .plate = plate};
    ost_arm_layout_of(plate, request->count, &s->layout);
    const size_t n = s->layout.n;
    s->x = calloc(n, sizeof *s->x);
    s->start = calloc(n, sizeof *s->start);
    s->spread = calloc(n, sizeof *s->spread);
    s->pull = calloc(n, sizeof *s->pull);
    s->kept = calloc(n, sizeof *s->kept);
    s->way = calloc(n, sizeof *s->way);
    s->normal = calloc(n * n, sizeof *s->normal);
    s->whole = calloc(n * n, sizeof *s->whole);
    s->of_film = calloc(request->count * (n * n + n), sizeof *s->of_film);
    if (s->x == NULL || s->start == NULL || s->spread == NULL || s->pull == NULL ||
        s->normal == NULL || s->kept == NULL || s->way == NULL || s->whole == NULL ||
        s->of_film == NULL)
        return ost_fail(err, OST_NOMEM, "layers: no room for %zu unknowns", n);
    ost_solve_expect(s);
    memcpy(s->x, s->start, n * sizeof *s->x);
    return true;
}

/* ---- scatter ---- */

/* What of a cell's signal came straight, with these numbers of its film. */
static double primary_of(const struct ost_cell *c, const double *f)
{
    const double y = c->reading;
    const double seen = f[OST_FILM_CURVE_0] + y * (f[OST_FILM_CURVE_1] + y * f[OST_FILM_CURVE_2]);
    const double all = exp(-fmin(fmax(seen, -0.2), 8.0));
    return fmax(all - fmin(f[OST_FILM_SCATTER] * c->cloud, 0.9 * all), 1e-4);
}

/* Beyond the box low .. high of the field the nearest of it goes on. */
static void go_on(const uint32_t low[2], const uint32_t high[2], struct ost_image *out)
{
    for (uint32_t n = 0; n < out->width * out->height; n++) {
        uint32_t at[2] = {n % out->width, n / out->width};
        for (int k = 0; k < 2; k++)
            at[k] = at[k] < low[k] ? low[k] : at[k] > high[k] ? high[k] : at[k];
        out->pixel[n] = out->pixel[at[1] * out->width + at[0]];
    }
}

/* The primary signal of each cell as now understood; beyond the field the nearest goes on. */
static void primary(const struct ost_solve *s, size_t view, struct ost_image *out)
{
    const struct ost_plate *p = &s->plate[view];
    const double *f = s->x + s->layout.film[view];
    uint32_t low[2] = {p->width - 1, p->height - 1}, high[2] = {0, 0};
    for (uint32_t n = 0; n < p->width * p->height; n++) {
        const struct ost_cell *c = &p->cell[n];
        const uint32_t at[2] = {n % p->width, n / p->width};
        out->pixel[n] = (float)primary_of(c, f);
        for (int k = 0; k < 2 && c->weight > 0.0; k++) {
            low[k] = at[k] < low[k] ? at[k] : low[k];
            high[k] = at[k] > high[k] ? at[k] : high[k];
        }
    }
    if (low[0] <= high[0] && low[1] <= high[1])
        go_on(low, high, out);
}

bool ost_solve_scatter(struct ost_solve *s, size_t view, struct ost_err *err)
{
    struct ost_plate *p = &s->plate[view];
    OST_AUTO(ost_image) signal = NULL;
    OST_AUTO(ost_image) cloud = NULL;
    if (!ost_image_create(&signal, p->width, p->height, err))
        return false;
    primary(s, view, signal);
    if (!ost_image_copy(signal, &cloud, err))
        return false;
    const size_t count = (size_t)p->width * p->height;
    for (size_t n = 0; n < count; n++) {
        const double i = fmin((double)signal->pixel[n], 1.0);
        cloud->pixel[n] = (float)(i > 0.0 ? -i * log(i) : 0.0);
    }
    OST_AUTO(ost_image) wider = NULL;
    const double beyond = 2.0; /* mm */
    p->reach = s->x[s->layout.film[view] + OST_FILM_REACH];
    if (!ost_image_copy(cloud, &wider, err) || !ost_image_blur(cloud, p->reach / p->mm, err) ||
        !ost_image_blur(wider, (p->reach + beyond) / p->mm, err))
        return false;
    for (size_t n = 0; n < count; n++) {
        p->cell[n].cloud = (double)cloud->pixel[n];
        p->cell[n].cloud_by = (double)(wider->pixel[n] - cloud->pixel[n]) / beyond;
    }
    return true;
}

/* ---- equations ---- */

/* A hand's bones are no part of the model: there only what is less than flesh counts. */
static bool is_hand(const struct ost_cell *cell)
{
    return cell->height < 1.0;
}

/* Variance of what no state of the model can foresee in a cell, by the state it stands at. */
static double variance(const struct ost_cell *cell, const struct ost_arm_row *row)
{
    const double mineral = row->mineral[OST_RADIUS] + row->mineral[OST_ULNA];
    const double of_bone = row->of_mineral * texture * mineral;
    const double of_border = row->of_mineral * cell->rough, of_skin = skin_mm * row->steep;
    const double quiet = row->tissue > 0.0 ? noise : air_noise;
    return quiet * quiet + of_bone * of_bone + of_border * of_border + of_skin * of_skin;
}

/* A hand's bones are not foreseen: what lies above the flesh says little, what lies below all. */
static double below(const struct ost_cell *cell, const struct ost_arm_row *row)
{
    const double off = row->seen - row->expected;
    const double worth = 1.0 / (together * variance(cell, row));
    return off > 0.0 ? above * worth : worth;
}

/* What a cell's film reads without regard to scatter and heel. */
static double roughly(const struct ost_solve *s, size_t view, size_t n)
{
    const double *f = s->x + s->layout.film[view];
    return f[OST_FILM_CURVE_0] + f[OST_FILM_CURVE_1] * s->plate[view].cell[n].reading;
}

/* Nothing but air, and no skin within some millimetres that a wrong border could bring in. */
static bool is_air(const struct ost_solve *s, size_t view, size_t n)
{
    const struct ost_plate *p = &s->plate[view];
    const int reach = (int)ceil(skin_margin_mm / p->mm);
    const int column = (int)(n % p->width), row = (int)(n / p->width);
    for (int j = -reach; j <= reach; j++)
        for (int i = -reach; i <= reach; i++) {
            const int x = column + i, y = row + j;
            if (x >= 0 && y >= 0 && x < (int)p->width && y < (int)p->height) {
                const size_t at = (size_t)y * p->width + (size_t)x;
                if (p->cell[at].weight > 0.0 && roughly(s, view, at) > clear)
                    return false;
            }
        }
    return true;
}

/* How much a cell counts by its row (Cauchy's weights, by the state as it stands). */
static double counts_of(const struct ost_solve *s, const struct ost_cell *cell,
                        const struct ost_arm_row *row)
{
    const double sigma = fmax(2.0 * s->off, 0.03), off = row->seen - row->expected;
    if (is_hand(cell) && row->tissue > 0.0)
        return s->hand ? below(cell, row) : 0.0;
    return 1.0 / (together * variance(cell, row) * (1.0 + off * off / (sigma * sigma)));
}

/* Every cell of a film in this turn; sum and number of what the arm's cells are off. */
static void weigh_film(const struct ost_solve *s, size_t v, double off_sum[2])
{
    struct ost_arm_row row;
    for (size_t n = 0; n < (size_t)s->plate[v].width * s->plate[v].height; n++) {
        struct ost_cell *cell = &s->plate[v].cell[n];
        cell->counts = 0.0;
        if (!(cell->weight > 0.0) || (is_hand(cell) && !s->hand && roughly(s, v, n) > clear))
            continue;
        ost_arm_row_of(&s->layout, &s->plate[v], v, &s->beam[v], s->x, n, &row);
        const bool air = !(row.tissue > 0.0);
        if (row.attenuation > 7.0 || (air && !is_air(s, v, n)))
            continue;
        cell->counts = counts_of(s, cell, &row);
        if (row.tissue > 0.5 && !is_hand(cell)) {
            off_sum[0] += fmin(fabs(row.seen - row.expected), 0.5);
            off_sum[1] += 1.0;
        }
    }
}

static void weigh(struct ost_solve *s)
{
    double of_film[OST_LAYERS_VIEWS][2] = {{0.0}}, sum = 0.0, count = 0.0;
#pragma omp parallel for schedule(static, 1)
    for (size_t v = 0; v < s->request->count; v++)
        weigh_film(s, v, of_film[v]);
    for (size_t v = 0; v < s->request->count; v++) {
        sum += of_film[v][0];
        count += of_film[v][1];
    }
    s->off = count > 0.0 ? 1.2533 * sum / count : 0.0;
}

/* `normal` n x n, then the n of the pull. */
static void add_cell(double *normal, size_t n, const struct ost_arm_row *row, double weight)
{
    const double off = row->seen - row->expected;
    double *pull = normal + n * n;
    for (uint32_t k = 0; k < row->used; k++) {
        const double v = weight * row->slope[k];
        pull[row->index[k]] += v * off;
        double *column = normal + n * row->index[k];
        for (uint32_t i = 0; i < row->used; i++)
            column[row->index[i]] += v * row->slope[i];
    }
}

/* Half the weighted sum of squares of one film; with its equations where `normal` is not NULL. */
static double add_film(const struct ost_solve *s, size_t v, double *normal)
{
    const size_t unknowns = s->layout.n;
    struct ost_arm_row row;
    double cost = 0.0;
    if (normal != NULL)
        memset(normal, 0, (unknowns * unknowns + unknowns) * sizeof *normal);
    for (size_t n = 0; n < (size_t)s->plate[v].width * s->plate[v].height; n++) {
        const double counts = s->plate[v].cell[n].counts;
        if (!(counts > 0.0))
            continue;
        ost_arm_row_of(&s->layout, &s->plate[v], v, &s->beam[v], s->x, n, &row);
        const double off = row.seen - row.expected;
        cost += 0.5 * counts * off * off;
        if (normal != NULL)
            add_cell(normal, unknowns, &row, counts);
    }
    return cost;
}

/* Of all films; the equations, where `fill`, into `normal` and `pull`. */
static double add_films(struct ost_solve *s, bool fill)
{
    const size_t n = s->layout.n, each = n * n + n;
    double of_film[OST_LAYERS_VIEWS] = {0.0}, cost = 0.0;
#pragma omp parallel for schedule(static, 1)
    for (size_t v = 0; v < s->request->count; v++)
        of_film[v] = add_film(s, v, fill ? s->of_film + v * each : NULL);
    for (size_t v = 0; v < s->request->count; v++) { /* in one order, whoever was first */
        const double *normal = s->of_film + v * each, *pull = normal + n * n;
        cost += of_film[v];
        for (size_t i = 0; fill && i < n * n; i++)
            s->normal[i] += normal[i];
        for (size_t i = 0; fill && i < n; i++)
            s->pull[i] += pull[i];
    }
    return cost;
}

/* What no arm and no tube can be. */
static void keep_within(struct ost_solve *s)
{
    for (uint32_t node = 0; node < OST_SECTION_NODES; node++) {
        double *at = s->x + s->layout.section + node * OST_SECTION_NUMBERS;
        at[OST_SECTION_A] = fmax(at[OST_SECTION_A], 8.0);
        at[OST_SECTION_B] = fmax(at[OST_SECTION_B], 8.0);
        at[OST_SECTION_N] = fmin(fmax(at[OST_SECTION_N], 1.5), 4.0);
    }
    for (size_t v = 0; v < s->request->count; v++) {
        double *f = s->x + s->layout.film[v];
        f[OST_FILM_SCATTER] = fmin(fmax(f[OST_FILM_SCATTER], 0.0), 0.9);
        f[OST_FILM_REACH] = fmin(fmax(f[OST_FILM_REACH], 6.0), 35.0);
        f[OST_FILM_KVP] = fmin(fmax(f[OST_FILM_KVP], 41.0), 67.5);
    }
    s->x[s->layout.shell] = fmin(fmax(s->x[s->layout.shell], 0.3), 8.0);
}

static bool look(struct ost_solve *s, struct ost_err *err)
{
    for (size_t v = 0; v < s->request->count; v++)
        if (!ost_arm_beam_of(s->x[s->layout.film[v] + OST_FILM_KVP], s->plate[v].film->curve.filter,
                             &s->beam[v], err))
            return false;
    return true;
}

/* Keeps the films' own numbers where they are: all of them, and for the hand the bones too. */
static void hold_films(struct ost_solve *s)
{
    const size_t n = s->layout.n;
    const uint32_t bones = s->layout.cortex[OST_RADIUS], field = s->layout.field[0];
    for (uint32_t k = 0; k < n; k++) {
        const bool film = k < s->layout.section && (s->stiff || s->hand);
        const bool arm =
            s->hand && ((k >= bones && k < field) || k == s->layout.shell || k == s->layout.flesh);
        if (film || arm)
            s->normal[k * n + k] += stiff / (s->spread[k] * s->spread[k]);
    }
}

/* One step of Levenberg and Marquardt, damped until the cost falls. */
static bool step(struct ost_solve *s, double *damp, struct ost_err *err)
{
    const size_t n = s->layout.n;
    memset(s->normal, 0, n * n * sizeof *s->normal);
    memset(s->pull, 0, n * sizeof *s->pull);
    const double before = add_films(s, true) + ost_solve_hold(s, true);
    memcpy(s->kept, s->x, n * sizeof *s->kept);
    memcpy(s->whole, s->normal, n * n * sizeof *s->whole);
    memcpy(s->way, s->pull, n * sizeof *s->way);
    for (int tries = 0; tries < 6; tries++) {
        memcpy(s->normal, s->whole, n * n * sizeof *s->whole);
        memcpy(s->pull, s->way, n * sizeof *s->way);
        for (size_t k = 0; k < n; k++)
            s->normal[k * n + k] += *damp / (s->spread[k] * s->spread[k]);
        hold_films(s);
        if (!ost_cholesky(s->normal, n))
            return ost_fail(err, OST_BUG, "layers: the equations are singular");
        ost_cholesky_solve(s->normal, n, s->pull);
        for (size_t k = 0; k < n; k++)
            s->x[k] = s->kept[k] + s->pull[k];
        keep_within(s);
        if (!look(s, err))
            return false;
        if (add_films(s, false) + ost_solve_hold(s, false) < before) {
            *damp = 0.2 * *damp;
            return true;
        }
        memcpy(s->x, s->kept, n * sizeof *s->kept);
        *damp = 8.0 * fmax(*damp, 0.1);
    }
    return look(s, err);
}

/* The arm's scatter lightens a wedge's steps: the curve is made anew with it. */
static bool read_wedge(struct ost_solve *s, size_t view, struct ost_err *err)
{
    struct ost_plate *p = &s->plate[view];
    const struct ost_film_curve *given = &p->film->curve;
    const double k = s->x[s->layout.film[view] + OST_FILM_SCATTER];
    struct ost_curve_step step[OST_CURVE_POINTS];
    if (given->how != OST_CURVE_WEDGE || s->hand)
        return true;
    for (size_t i = 0; i < given->steps; i++) {
        const uint32_t column = (uint32_t)(given->step[i].pixel[0] / p->factor);
        const uint32_t row = (uint32_t)(given->step[i].pixel[1] / p->factor);
        step[i] = given->step[i];
        if (column >= p->width || row >= p->height)
            return ost_fail(err, OST_INVALID, "step wedge: step %zu lies beyond the film", i + 1);
        const double cloud = p->cell[(size_t)row * p->width + column].cloud;
        step[i].attenuation = -log(exp(-step[i].attenuation) + k * cloud);
    }
    if (!ost_film_curve_of_wedge(step, given->steps, &p->curve, err))
        return false;
    ost_plate_read(p);
    return true;
}

static bool turn(struct ost_solve *s, double *damp, struct ost_err *err)
{
    struct ost_err why[OST_LAYERS_VIEWS];
    bool done[OST_LAYERS_VIEWS];
#pragma omp parallel for schedule(static, 1)
    for (size_t v = 0; v < s->request->count; v++)
        done[v] = ost_solve_scatter(s, v, &why[v]) && read_wedge(s, v, &why[v]);
    for (size_t v = 0; v < s->request->count; v++)
        if (!done[v]) {
            if (err != NULL)
                *err = why[v];
            return false;
        }
    weigh(s);
    return step(s, damp, err);
}

bool ost_solve_run(struct ost_solve *s, const struct ost_progress *progress, struct ost_err *err)
{
    double damp = 0.1;
    s->off = 0.3;
    if (!look(s, err))
        return false;
    for (int i = 0; i < TURNS; i++) {
        /* First the arm, then what its films' physics left. */
        s->stiff = i < STIFF_TURNS && s->request->film[0].curve.how != OST_CURVE_UNKNOWN;
        s->hand = i >= TURNS - HAND_TURNS;
        if (i == TURNS - HAND_TURNS && !ost_solve_spread(s, err))
            return false;
        if (!turn(s, &damp, err) || !ost_progress_step(progress, (i + 1.0) / TURNS, "layers", err))
            return false;
    }
    return true;
}
