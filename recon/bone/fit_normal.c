#include "recon/bone/fit_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

static const double pinned = 1e12;   /* of an unknown that must not move */
static const double free_turn = 0.3; /* rad and mm: how far one step goes by itself */
static const double free_shift = 30.0;
static const double cortex_sd = 0.25;

bool bone_normal_init(struct bone_normal *m, uint32_t n, struct ost_err *err)
{
    m->n = n;
    m->a = calloc((size_t)n * n, sizeof *m->a);
    m->b = calloc(n, sizeof *m->b);
    return (m->a != NULL && m->b != NULL) ||
           ost_fail(err, OST_NOMEM, "bone: no room for %u unknowns", n);
}

void bone_normal_fini(struct bone_normal *m)
{
    free(m->a);
    free(m->b);
    *m = (struct bone_normal){0};
}

void bone_normal_clear(struct bone_normal *m)
{
    memset(m->a, 0, (size_t)m->n * m->n * sizeof *m->a);
    memset(m->b, 0, m->n * sizeof *m->b);
}

void bone_normal_add(struct bone_normal *m, const float *row, double weight, double pull)
{
    for (uint32_t c = 0; c < m->n; c++) {
        double v = (double)row[c], *a = m->a + (size_t)c * m->n;
        if (v == 0.0)
            continue;
        m->b[c] += pull * v;
        v *= weight;
        for (uint32_t r = c; r < m->n; r++)
            a[r] += v * (double)row[r];
    }
}

/* An unknown expected at `off` from where it stands, with that spread; 0: exactly. */
static void expect(struct bone_normal *m, uint32_t at, double off, double sd)
{
    double weight = sd > 0.0 ? 1.0 / (sd * sd) : pinned;
    m->a[(size_t)at * m->n + at] += weight;
    m->b[at] += sd > 0.0 ? weight * off : 0.0;
}

static double view_sd(const struct ost_bone_view *given, uint32_t unknown)
{
    if (unknown < 3)
        return given->turn_sd;
    if (unknown < 6)
        return unknown < 5 ? given->shift_sd : given->depth_sd;
    return given->focal_sd;
}

void bone_normal_prior(struct bone_normal *m, const struct bone_state *s)
{
    for (uint32_t k = 0; k < 3; k++) {
        expect(m, BONE_TURN + k, 0.0, free_turn);
        expect(m, BONE_SHIFT + k, 0.0, free_shift);
    }
    expect(m, BONE_SIZE, -s->log_size, s->model->log_size_sd);
    for (uint32_t k = 0; k < OST_BONE_CORTEX; k++)
        expect(m, BONE_CORTEX + k, -s->cortex[k], s->with_cortex ? cortex_sd : 0.0);
    for (uint32_t k = 0; k < s->modes; k++)
        expect(m, BONE_MODES + k, -s->mode[k], 1.0);
    for (size_t v = 0; v < s->view_count; v++)
        for (uint32_t k = 0; k < BONE_VIEW; k++)
            expect(m, bone_view_at(s, v) + k, -s->view[v].away[k], view_sd(s->view[v].given, k));
}

double bone_prior_cost(const struct bone_state *s)
{
    double size = s->log_size / s->model->log_size_sd, cost = size * size;
    for (int k = 0; k < OST_BONE_CORTEX; k++)
        cost += pow(s->cortex[k] / cortex_sd, 2.0);
    for (uint32_t k = 0; k < s->model->shape.mode_count; k++)
        cost += s->mode[k] * s->mode[k];
    for (size_t v = 0; v < s->view_count; v++)
        for (uint32_t k = 0; k < BONE_VIEW; k++) {
            double sd = view_sd(s->view[v].given, k);
            cost += sd > 0.0 ? pow(s->view[v].away[k] / sd, 2.0) : 0.0;
        }
    return cost;
}

/* The largest share of the step that moves nothing further than is sane. */
static double sane(const struct bone_state *s, const double *x)
{
    double worst = 1.0;
    for (int k = 0; k < 3; k++) {
        worst = fmax(worst, fabs(x[BONE_TURN + k]) / 0.2);
        worst = fmax(worst, fabs(x[BONE_SHIFT + k]) / 25.0);
    }
    worst = fmax(worst, fabs(x[BONE_SIZE]) / 0.08);
    for (uint32_t i = BONE_CORTEX; i < BONE_MODES; i++)
        worst = fmax(worst, fabs(x[i]) / 0.3);
    for (uint32_t i = BONE_MODES; i < BONE_MODES + s->modes; i++)
        worst = fmax(worst, fabs(x[i]) / 1.5);
    return 1.0 / worst;
}

static void move_rigid(struct ost_rigid *m, const double centre[3], const double *six)
{
    const struct ost_rigid step = ost_rigid_about(centre, six, six + 3);
    *m = ost_rigid_then(m, &step);
}

static void move_view(struct bone_state *s, size_t view, const double *x)
{
    struct bone_view *v = &s->view[view];
    double centre[3];
    ost_rigid_point(&v->camera.world_to_camera, s->place.t, centre);
    move_rigid(&v->camera.world_to_camera, centre, x);
    for (int k = 0; k < 2; k++)
        v->camera.focal[k] *= exp(x[6]);
    for (int k = 0; k < BONE_VIEW; k++)
        v->away[k] += x[k];
}

bool bone_move(struct bone_state *s, struct bone_normal *m, struct ost_err *err)
{
    if (!ost_cholesky(m->a, m->n))
        return ost_fail(err, OST_BUG, "bone: the equations are singular");
    double *x = m->b;
    ost_cholesky_solve(m->a, m->n, x);
    const double part = sane(s, x);
    for (uint32_t i = 0; i < m->n; i++)
        x[i] *= part;
    for (size_t v = 0; v < s->view_count; v++) /* before the bone's middle moves */
        move_view(s, v, x + bone_view_at(s, v));
    move_rigid(&s->place, s->place.t, x + BONE_TURN);
    s->log_size += x[BONE_SIZE];
    for (int k = 0; k < OST_BONE_CORTEX; k++)
        s->cortex[k] += x[BONE_CORTEX + k];
    for (uint32_t k = 0; k < s->modes; k++)
        s->mode[k] += x[BONE_MODES + k];
    return true;
}
