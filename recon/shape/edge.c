#include "recon/shape/edge.h"

#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS_MOST = 256, SHIFTS = 8 };

static const double noises = 3.0;   /* an edge stands this many times above the noise */
static const double least = 2e-3;   /* per mm: below this a slope is rounding, not an edge */
static const double strong = 20.0;  /* noises beyond which stronger is no better */
static const double reach_mm = 3.0; /* of the measure */
static const double every_mm = 0.5;
static const double shift_mm = 2.0;
static const double clear_enough = 0.6; /* of the film's clearer borders is as clear as need be */
static const double skin_mm = 2.0;

/* The falls along the normal, at -count..count steps from the query's pixel. */
struct profile {
    int count;
    double step; /* film pixels */
    double fall[2 * STEPS_MOST + 1];
};

static bool take_profile(const struct ost_scan *scan, const struct ost_edge_query *q,
                         struct profile *out)
{
    out->step = 0.25 * scan->level[q->level].sigma;
    double steps = ceil(q->reach / out->step);
    out->count = steps < STEPS_MOST ? (int)steps : STEPS_MOST;
    for (int end = -1; end <= 1; end += 2) {
        const double at[2] = {q->pixel[0] + end * q->reach * q->normal[0],
                              q->pixel[1] + end * q->reach * q->normal[1]};
        if (!ost_scan_is_exposed(scan, at, 0.0))
            return false;
    }
    for (int i = -out->count; i <= out->count; i++) {
        const double at[2] = {q->pixel[0] + i * out->step * q->normal[0],
                              q->pixel[1] + i * out->step * q->normal[1]};
        out->fall[i + out->count] = ost_scan_fall(scan, q->level, at, q->normal);
    }
    return true;
}

/* The place of a maximum between its neighbours, by a parabola; -0.5..0.5 steps. */
static double between(const double *f)
{
    double bend = f[-1] - 2.0 * f[0] + f[1];
    return bend < 0.0 ? fmin(fmax(0.5 * (f[-1] - f[1]) / bend, -0.5), 0.5) : 0.0;
}

static bool is_taken(const struct ost_edge_query *q, double offset)
{
    const double at[2] = {q->pixel[0] + offset * q->normal[0], q->pixel[1] + offset * q->normal[1]};
    return q->taken != NULL && q->taken(q->user, at, q->normal, offset);
}

/* Skin: a little further out there is air. */
static bool is_skin(const struct ost_scan *scan, const struct ost_edge_query *q, double offset)
{
    double out = offset + skin_mm / scan->mm;
    const double at[2] = {q->pixel[0] + out * q->normal[0], q->pixel[1] + out * q->normal[1]};
    return q->inside && ost_scan_at(scan, at) < scan->air;
}

bool ost_edge_find(const struct ost_scan *scan, const struct ost_edge_query *query,
                   struct ost_edge *out)
{
    struct profile p;
    if (!take_profile(scan, query, &p))
        return false;
    double noise = fmax(ost_scan_noise(scan, query->level, query->pixel), least / noises);
    double best = 0.0;
    for (int i = 1; i < 2 * p.count; i++) {
        const double *f = &p.fall[i];
        if (!(f[0] > noises * noise && f[0] >= f[-1] && f[0] > f[1]))
            continue;
        double offset = (i - p.count + between(f)) * p.step, strength = f[0] / noise;
        double score = query->near > 0.0 ? fmin(strength, strong) : strength;
        if (query->near > 0.0)
            score *= exp(-0.5 * offset * offset / (query->near * query->near));
        if (score > best && !is_taken(query, offset) && !is_skin(scan, query, offset)) {
            best = score;
            out->offset = offset;
            out->strength = strength;
            out->clear = fmin(f[0] / (clear_enough * scan->level[query->level].clear), 1.0);
        }
    }
    return best > 0.0;
}

/* Distances found on the way, mm. */
struct tally {
    double *distance; /* owned */
    size_t room, found, asked;
};

static bool keep(struct tally *t, double distance)
{
    if (t->found == t->room) {
        size_t room = 2 * t->room + 4096;
        double *more = realloc(t->distance, room * sizeof *more);
        if (more == NULL)
            return false;
        t->distance = more;
        t->room = room;
    }
    t->distance[t->found++] = distance;
    return true;
}

/* One point of an outline, between the points before and after it. */
static bool ask(const struct ost_scan *scan, const struct ost_edge_query *query, double mm,
                struct tally *t)
{
    for (int end = -1; end <= 1; end += 2) {
        const double at[2] = {query->pixel[0] + end * query->reach * query->normal[0],
                              query->pixel[1] + end * query->reach * query->normal[1]};
        if (!ost_scan_is_exposed(scan, at, 0.0))
            return true;
    }
    struct ost_edge edge = {0};
    t->asked++;
    return !ost_edge_find(scan, query, &edge) || keep(t, fabs(edge.offset) * mm);
}

/*
 * The outline's inside is on a fixed side of its way, and which one is told by the
 * sign of `turn`: outlines are walked with the shadow on the right, seen with v down.
 */
static bool walk_line(const struct ost_scan *scan, const double (*point)[2], size_t count,
                      const double shift[2], double mm, struct tally *t)
{
    double since = every_mm;
    for (size_t i = 2; i + 2 < count; i++) {
        since += hypot(point[i][0] - point[i - 1][0], point[i][1] - point[i - 1][1]) * mm;
        double along[2] = {point[i + 2][0] - point[i - 2][0], point[i + 2][1] - point[i - 2][1]};
        double length = hypot(along[0], along[1]);
        if (since < every_mm || !(length > 0.0))
            continue;
        since = 0.0;
        struct ost_edge_query query = {
            .pixel = {point[i][0] + shift[0] / mm, point[i][1] + shift[1] / mm},
            .normal = {along[1] / length, -along[0] / length},
            .reach = reach_mm / mm,
            .level = OST_SCAN_FINE,
        };
        if (!ask(scan, &query, mm, t))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_of(const struct tally *t)
{
    double sum = 0.0;
    for (size_t i = 0; i < t->found; i++)
        sum += t->distance[i];
    return t->found > 0 ? sum / (double)t->found : reach_mm;
}

static bool walk_all(const struct ost_scan *scan, const struct ost_outline *const *outline,
                     const double *mm, size_t count, const double shift[2], struct tally *t)
{
    t->found = t->asked = 0;
    for (size_t o = 0; o < count; o++)
        for (size_t l = 0; l < outline[o]->line_count; l++) {
            size_t first = outline[o]->first[l], last = outline[o]->first[l + 1];
            const double(*line)[2] = (const double(*)[2])(outline[o]->point + first);
            if (!walk_line(scan, line, last - first, shift, mm[o], t))
                return false;
        }
    return true;
}

bool ost_edge_measure(const struct ost_scan *scan, const struct ost_outline *const *outline,
                      const double *mm, size_t count, struct ost_edge_measure *out,
                      struct ost_err *err)
{
    struct tally t = {.distance = NULL};
    const double still[2] = {0.0, 0.0};
    *out = (struct ost_edge_measure){.p95 = reach_mm};
    bool done = walk_all(scan, outline, mm, count, still, &t);
    if (done && t.found > 0) {
        qsort(t.distance, t.found, sizeof *t.distance, compare);
        out->p95 = t.distance[(size_t)(0.95 * (double)(t.found - 1))];
    }
    out->points = t.asked;
    out->mean = mean_of(&t);
    out->share = t.asked > 0 ? (double)t.found / (double)t.asked : 0.0;
    for (int i = 0; done && i < SHIFTS; i++) {
        double turn = 2.0 * OST_PI * i / SHIFTS;
        const double shift[2] = {shift_mm * cos(turn), shift_mm * sin(turn)};
        done = walk_all(scan, outline, mm, count, shift, &t);
        out->shifted_mean += mean_of(&t) / SHIFTS;
        out->shifted_share += (t.asked > 0 ? (double)t.found / (double)t.asked : 0.0) / SHIFTS;
    }
    free(t.distance);
    return done || ost_fail(err, OST_NOMEM, "edge: out of memory");
}
