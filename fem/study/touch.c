#include "fem/study/touch.h"

#include "fem/study/touch_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

enum { NEWTON_MOST = 40 };

void ost_touch_result_destroy(struct ost_touch_result *result)
{
    if (result == NULL)
        return;
    free(result->displacement);
    free(result->force);
    free(result->pressure);
    free(result);
}

/* A spring's force for a move of its far end. */
static void spring_force(const double s[6], const double move[3], double out[3])
{
    out[0] = s[0] * move[0] + s[3] * move[1] + s[5] * move[2];
    out[1] = s[3] * move[0] + s[1] * move[1] + s[4] * move[2];
    out[2] = s[5] * move[0] + s[4] * move[1] + s[2] * move[2];
}

static bool solve(struct touching *t, double (*force)[3], double (*out)[3],
                  const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_fem_problem p = *t->ask->problem;
    OST_AUTO(ost_fem_result) result = NULL;
    p.place = NULL;
    p.force = (const double(*)[3])force;
    p.spring = (const double(*)[6])t->spring;
    /* As exact as the next step can use. */
    const double tolerance = fmax(1e-8, fmin(1e-3, 0.1 * t->ask->tolerance / t->now));
    if (!t->ask->engine.solve(t->ask->engine.user, &p, tolerance, progress, &result, err) ||
        result == NULL)
        return false;
    memcpy(out, result->displacement, p.mesh->node_count * sizeof *out);
    t->result->solves++;
    return true;
}

/* m x = b for up to three unknowns, symmetric positive, by elimination. */
static bool solve_small(double m[TOUCH_WAYS][TOUCH_WAYS], double b[TOUCH_WAYS], int count)
{
    for (int c = 0; c < count; c++) {
        if (!(m[c][c] > 0.0))
            return false;
        for (int r = c + 1; r < count; r++) {
            double part = m[r][c] / m[c][c];
            for (int k = c; k < count; k++)
                m[r][k] -= part * m[c][k];
            b[r] -= part * b[c];
        }
    }
    for (int c = count - 1; c >= 0; c--) {
        for (int k = c + 1; k < count; k++)
            b[c] -= m[c][k] * b[k];
        b[c] /= m[c][c];
    }
    return true;
}

/* How the body answers each of the row's ways: into t->way[1 ..]. */
static bool follow(struct touching *t, const struct ost_progress *progress, struct ost_err *err)
{
    const uint32_t nodes = t->ask->problem->mesh->node_count;
    for (int w = 0; w < t->ways; w++) {
        for (uint32_t n = 0; n < nodes; n++) {
            spring_force(t->spring[n], t->basis[w], t->trial[n]);
            for (int k = 0; k < 3; k++)
                t->trial[n][k] = t->ask->problem->held[n] >> k & 1 ? 0.0 : t->trial[n][k];
        }
        if (!solve(t, t->trial, t->way[1 + w], progress, err))
            return false;
    }
    return true;
}

/* One step: the body's move into t->way[0], the row's into `row`; false where there is none. */
static bool step_of(struct touching *t, double row[3], const struct ost_progress *progress,
                    bool *found, struct ost_err *err)
{
    const uint32_t nodes = t->ask->problem->mesh->node_count;
    double m[TOUCH_WAYS][TOUCH_WAYS], b[TOUCH_WAYS], f[3];
    *found = false;
    if (!solve(t, t->left, t->way[0], progress, err) || !follow(t, progress, err))
        return false;
    for (int i = 0; i < t->ways; i++) {
        double along[3];
        for (int k = 0; k < 3; k++)
            along[k] = ost_dot(t->pull + (size_t)3 * (size_t)k, t->basis[i]);
        b[i] = ost_dot(t->row, t->basis[i]);
        for (int j = 0; j < t->ways; j++)
            m[j][i] = ost_dot(along, t->basis[j]);
        for (uint32_t n = 0; n < nodes; n++) {
            if (t->area[n] <= 0.0)
                continue;
            spring_force(t->spring[n], t->basis[i], f);
            b[i] += ost_dot(f, t->way[0][n]);
            for (int j = 0; j < t->ways; j++)
                m[i][j] -= ost_dot(f, t->way[1 + j][n]);
        }
    }
    *found = solve_small(m, b, t->ways);
    memset(row, 0, sizeof(double[3]));
    for (int i = 0; i < t->ways && *found; i++) {
        ost_along(row, b[i], t->basis[i], row);
        for (uint32_t n = 0; n < nodes; n++)
            ost_along(t->way[0][n], b[i], t->way[1 + i][n], t->way[0][n]);
    }
    return true;
}

/* How fast the energy falls along the step. */
static double fall_of(const struct touching *t, const double row[3])
{
    double sum = ost_dot(t->row, row);
    for (uint32_t n = 0; n < t->ask->problem->mesh->node_count; n++)
        sum += ost_dot(t->left[n], t->way[0][n]);
    return sum;
}

static double put(struct touching *t, const double from[3], const double row[3], double part)
{
    ost_along(from, part, row, t->shift);
    for (uint32_t n = 0; n < t->ask->problem->mesh->node_count; n++)
        ost_along(t->trial[n], part, t->way[0][n], t->u[n]);
    return touching_answer(t);
}

/* Along the step to about where the energy falls no more, between slopes of both signs. */
static double walk(struct touching *t, const double row[3])
{
    const double begin = fall_of(t, row);
    double from[3], low = 0.0, high = 1.0, at_low = begin, at_high = 0.0, part = 1.0;
    memcpy(from, t->shift, sizeof from);
    memcpy(t->trial, t->u, t->ask->problem->mesh->node_count * sizeof *t->trial);
    for (int i = 0; i < 20; i++) {
        double now = put(t, from, row, part), fall = fall_of(t, row);
        if (t->result->active > 0 && (fabs(fall) <= 0.5 * fabs(begin) || part - low < 1e-3))
            return now;
        if (fall > 0.0 && t->result->active > 0) {
            low = part;
            at_low = fall;
            if (part >= 1.0)
                return now;
        } else {
            high = part;
            at_high = fmin(fall, -0.1 * at_low);
        }
        double cut = at_low / (at_low - at_high);
        part = low + (high - low) * fmax(0.1, fmin(0.9, cut));
    }
    return put(t, from, row, low > 0.0 ? low : part);
}

static bool settle(struct touching *t, const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_touch_result *r = t->result;
    double now = touching_answer(t);
    if (r->active == 0)
        return ost_fail(err, OST_INVALID, "contact: nothing touches where the row begins");
    for (r->contact.steps = 0; r->contact.steps < NEWTON_MOST; r->contact.steps++) {
        double row[3];
        bool found = false;
        r->contact.residual = t->now = now;
        r->balanced = now <= t->ask->tolerance;
        if (r->balanced)
            break;
        if (!step_of(t, row, progress, &found, err))
            return false;
        if (!found)
            break;
        double next = walk(t, row);
        /* The way out is differenced: near the end it gets no better. */
        if (!(next < now) && now <= 1e-4) {
            r->balanced = next <= 1e-4;
            r->contact.residual = next;
            break;
        }
        now = next;
    }
    memcpy(r->contact.shift, t->shift, sizeof t->shift);
    for (size_t c = 0; c < t->ask->carpal_count; c++) {
        for (int k = 0; k < 3 && t->total[c] > 0.0; k++)
            r->contact.carpal[c].centre[k] /= t->total[c];
    }
    return true;
}

static void share_area(struct touching *t)
{
    const struct ost_tet_mesh *mesh = t->ask->problem->mesh;
    for (size_t i = 0; i < t->ask->face_count; i++) {
        const uint32_t *f = t->ask->face[i];
        double u[3], v[3], normal[3];
        ost_sub(mesh->node[f[1]], mesh->node[f[0]], u);
        ost_sub(mesh->node[f[2]], mesh->node[f[0]], v);
        ost_cross(u, v, normal);
        for (int k = 0; k < 3; k++)
            t->area[f[k]] += ost_length(normal) / 6.0;
    }
}

static bool open_contact(struct touching *t, const struct ost_touch_ask *ask, struct ost_err *err)
{
    const size_t nodes = (size_t)ask->problem->mesh->node_count + 1;
    struct ost_touch_result *r = calloc(1, sizeof *r);
    bool ok = r != NULL;
    *t = (struct touching){.ask = ask, .ways = ask->straight ? 1 : TOUCH_WAYS, .result = r};
    t->area = calloc(nodes, sizeof *t->area);
    t->spring = calloc(nodes, sizeof *t->spring);
    t->u = calloc(nodes, sizeof *t->u);
    t->left = calloc(nodes, sizeof *t->left);
    t->trial = calloc(nodes, sizeof *t->trial);
    for (int w = 0; w <= t->ways; w++) {
        t->way[w] = calloc(nodes, sizeof *t->way[w]);
        ok = ok && t->way[w] != NULL;
    }
    if (ok) {
        r->displacement = t->u;
        r->force = calloc(nodes, sizeof *r->force);
        r->pressure = calloc(nodes, sizeof *r->pressure);
    }
    if (!ok || r->force == NULL || r->pressure == NULL || t->area == NULL || t->spring == NULL ||
        t->u == NULL || t->left == NULL || t->trial == NULL)
        return ost_fail(err, OST_NOMEM, "contact: no room for %zu nodes", nodes);
    memcpy(t->shift, ask->shift, sizeof t->shift);
    for (int w = 0; w < TOUCH_WAYS; w++)
        t->basis[w][w] = 1.0;
    if (ask->straight) {
        memcpy(t->basis[0], ask->force, sizeof t->basis[0]);
        (void)ost_unit(t->basis[0]);
    }
    share_area(t);
    return true;
}

static bool check(const struct ost_touch_ask *ask, struct ost_err *err)
{
    if (ask->problem->mesh->middle != NULL)
        return ost_fail(err, OST_INVALID, "contact: elements of four nodes are wanted");
    if (ask->face_count == 0 || ask->carpal_count == 0 || ask->carpal_count > OST_CARPALS_MOST)
        return ost_fail(err, OST_INVALID, "contact: %zu faces and %zu carpals", ask->face_count,
                        ask->carpal_count);
    if (!(ost_length(ask->force) > 0.0 && ask->stiffness > 0.0 && ask->tolerance > 0.0))
        return ost_fail(err, OST_INVALID, "contact: a load, a stiffness or a tolerance of nothing");
    return true;
}

bool ost_touch_solve(const struct ost_touch_ask *ask, const struct ost_progress *progress,
                     struct ost_touch_result **out, struct ost_err *err)
{
    struct touching t = {0};
    *out = NULL;
    if (!check(ask, err))
        return false;
    bool ok = open_contact(&t, ask, err) && settle(&t, progress, err);
    free(t.area);
    free(t.spring);
    free(t.left);
    free(t.trial);
    for (int w = 0; w <= TOUCH_WAYS; w++)
        free(t.way[w]);
    if (t.result == NULL || t.result->displacement == NULL)
        free(t.u);
    if (ok) {
        *out = t.result;
    } else {
        ost_touch_result_destroy(t.result);
    }
    return ok;
}
