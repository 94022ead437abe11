#include "fem/solve/own.h"

#include "fem/solve/multigrid_impl.h"
#include "fem/solve/pieces_impl.h"
#include "fem/solve/system.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

struct ost_fem_options ost_fem_options_default(void)
{
    return (struct ost_fem_options){1e-8, 500, OST_FEM_MULTIGRID};
}

uint64_t ost_fem_own_bytes(const struct ost_fem_problem *problem)
{
    /* fem/README.md: bytes for each unknown. */
    static const uint64_t linear = 500, quadratic = 600;
    static const uint64_t yielding = 560; /* and for each element with a tangent: plastic.h */
    uint64_t tangents = problem->tangent != NULL ? yielding * problem->mesh->tet_count : 0;
    return tangents + (uint64_t)3 * problem->mesh->node_count *
                          (problem->mesh->middle != NULL ? quadratic : linear);
}

bool ost_fem_own_fits(const struct ost_fem_problem *problem, uint64_t bytes, struct ost_err *err)
{
    uint64_t needed = ost_fem_own_bytes(problem);
    return needed <= bytes ||
           ost_fail(err, OST_LIMIT,
                    "a mesh of %u nodes takes %llu MB to solve and there are %llu; make its "
                    "elements larger or mesh less of the bone",
                    problem->mesh->node_count, (unsigned long long)(needed >> 20),
                    (unsigned long long)(bytes >> 20));
}

/* What the iteration carries; four numbers per row each. */
struct gradients {
    const struct ost_fem_system *s;
    struct multigrid *mg;  /* NULL: block Jacobi */
    struct pieces *pieces; /* NULL: the body hangs together */
    double *diagonal;      /* inverses of the diagonal blocks, for block Jacobi */
    double *vectors;       /* what the five point into */
    double *x, *r, *z, *p, *q;
    size_t count;
    double norm;  /* of the right side */
    double of_r;  /* and of r */
    double alpha; /* of the step before */
};

/* Inverse by Cramer's rule; the blocks are symmetric and positive definite. */
static void invert(const double m[9], double out[9])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            int a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
            out[3 * i + j] = m[3 * a + c] * m[3 * b + d] - m[3 * a + d] * m[3 * b + c];
        }
    }
    double det = m[0] * out[0] + m[1] * out[3] + m[2] * out[6];
    for (int k = 0; k < 9; k++)
        out[k] = det != 0.0 ? out[k] / det : 0.0;
}

static bool prepare_jacobi(struct gradients *g, struct ost_err *err)
{
    const struct ost_blocks *k = &g->s->k;
    g->diagonal = calloc((size_t)k->rows * 9 + 9, sizeof *g->diagonal);
    if (g->diagonal == NULL)
        return ost_fail(err, OST_NOMEM, "solver: no room for %u rows", k->rows);
    for (uint32_t i = 0; i < k->rows; i++) {
        double block[9];
        ost_blocks_get(k, k->first[i], block);
        invert(block, g->diagonal + (size_t)9 * i);
    }
    return true;
}

static void precondition(struct gradients *g)
{
    if (g->mg != NULL) {
        multigrid_apply(g->mg, g->r, g->of_r, g->z);
        if (g->pieces != NULL)
            pieces_correct(g->pieces, g->r, g->z);
        return;
    }
    for (size_t i = 0; i < g->s->k.rows; i++) {
        const double *m = g->diagonal + 9 * i, *r = g->r + OST_WIDTH * i;
        for (size_t k = 0; k < 3; k++)
            g->z[OST_WIDTH * i + k] = ost_dot(m + 3 * k, r);
    }
}

/* r = right - K x, and its norm relative to the right side. */
static double true_residual(struct gradients *g)
{
    (void)ost_blocks_multiply(&g->s->k, g->x, g->q);
    for (size_t i = 0; i < g->count; i++)
        g->r[i] = g->s->right[i] - g->q[i];
    g->of_r = sqrt(ost_rows_dot(g->r, g->r, g->count));
    return g->of_r / g->norm;
}

/*
 * One step; the new relative residual in `residual`. Polak-Ribiere's form of beta, since
 * a preconditioner in single precision is never quite the same twice: what r has changed by is
 * alpha q of the step before, so that no older r need be kept. `sum` holds r.z of that step, 0
 * at a start. Memory is what a step waits for: every vector is passed as seldom as may be.
 */
static enum ost_fem_reason step(struct gradients *g, double *sum, double *residual)
{
    precondition(g);
    double with_z[2];
    ost_rows_dots(g->r, g->q, g->z, g->count, with_z);
    double now = with_z[0], beta = *sum != 0.0 ? -g->alpha * with_z[1] / *sum : 0.0;
    for (size_t i = 0; i < g->count; i++)
        g->p[i] = g->z[i] + beta * g->p[i];
    double curvature = ost_blocks_multiply(&g->s->k, g->p, g->q);
    if (!isfinite(now) || !isfinite(curvature))
        return OST_FEM_NOT_FINITE;
    if (!(curvature > 0.0) || !(now > 0.0))
        return OST_FEM_INDEFINITE;
    /* r is at right angles to the direction before, so that p.r is z.r. */
    g->alpha = now / curvature;
    g->of_r = sqrt(ost_rows_advance(g->alpha, g->p, g->q, g->x, g->r, g->count));
    *sum = now;
    *residual = g->of_r / g->norm;
    return OST_FEM_CONVERGED;
}

/* Steps until the recursive residual is small, the steps are used up or one fails. */
static bool run(struct gradients *g, const struct ost_fem_options *o,
                const struct ost_progress *progress, struct ost_fem_result *result,
                struct ost_err *err)
{
    double residual = 1.0, sum = 0.0, target = log(o->tolerance);
    result->reason = OST_FEM_CONVERGED;
    while (residual > o->tolerance && result->reason == OST_FEM_CONVERGED) {
        if (result->iterations == o->iterations_most) {
            result->reason = OST_FEM_ITERATION_LIMIT;
            break;
        }
        result->reason = step(g, &sum, &residual);
        result->iterations++;
        double part = fmin(1.0, fmax(0.0, log(fmax(residual, 1e-300)) / target));
        if (!ost_progress_step(progress, part, "solve", err))
            return false;
    }
    return true;
}

/* Restarts from the true residual, which rounding lets drift from the recursive one. */
static bool iterate(struct gradients *g, const struct ost_fem_options *o,
                    const struct ost_progress *progress, struct ost_fem_result *result,
                    struct ost_err *err)
{
    const int restarts = 3;
    g->norm = sqrt(ost_rows_dot(g->s->right, g->s->right, g->count));
    result->reason = OST_FEM_CONVERGED;
    if (!(g->norm > 0.0))
        return true;
    /* Pieces' motions are taken out at the start; every step keeps them out. */
    if (g->pieces != NULL)
        pieces_correct(g->pieces, g->s->right, g->x);
    double before = INFINITY, now = true_residual(g);
    for (int i = 0; i < restarts && now > o->tolerance && now < before; i++) {
        before = now;
        if (!run(g, o, progress, result, err))
            return false;
        now = true_residual(g);
        if (result->reason != OST_FEM_CONVERGED)
            return true;
    }
    if (!isfinite(now)) {
        result->reason = OST_FEM_NOT_FINITE;
    } else if (now > o->tolerance) {
        result->reason = OST_FEM_STAGNATED;
    }
    return true;
}

/* The matrix in both halves, nineteen passes over vectors, and the preconditioner. */
static uint64_t iteration_bytes(const struct gradients *g)
{
    const struct ost_blocks *k = &g->s->k;
    uint64_t own = (uint64_t)76 * k->first[k->rows] + (uint64_t)19 * 32 * k->rows;
    return own + (g->mg != NULL ? multigrid_bytes(g->mg) : (uint64_t)72 * k->rows);
}

static void hand_out(const struct gradients *g, const struct ost_fem_problem *p,
                     struct ost_fem_result *result)
{
    for (uint32_t n = 0; n < p->mesh->node_count; n++) {
        uint32_t row = g->s->row_of_node[n];
        for (unsigned k = 0; k < 3; k++) {
            bool held = p->held[n] >> k & 1;
            double place = p->place != NULL ? p->place[n][k] : 0.0;
            result->displacement[n][k] = held ? place : g->x[(size_t)OST_WIDTH * row + k];
        }
    }
}

static bool prepare(struct gradients *g, const struct ost_fem_problem *problem,
                    enum ost_fem_preconditioner which, struct ost_err *err)
{
    g->count = (size_t)OST_WIDTH * g->s->k.rows;
    g->vectors = calloc((g->count + 1) * 5, sizeof *g->vectors);
    if (g->vectors == NULL)
        return ost_fail(err, OST_NOMEM, "solver: no room for %zu unknowns", g->count);
    g->x = g->vectors;
    g->r = g->x + g->count;
    g->z = g->r + g->count;
    g->p = g->z + g->count;
    g->q = g->p + g->count;
    if (which == OST_FEM_BLOCK_JACOBI)
        return prepare_jacobi(g, err);
    return pieces_create(&g->pieces, g->s, problem, err) &&
           multigrid_create(&g->mg, g->s, problem->mesh, g->pieces != NULL, err);
}

bool ost_fem_solve_own(const struct ost_fem_problem *problem, const struct ost_fem_options *options,
                       const struct ost_progress *progress, struct ost_fem_result **out,
                       struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_fem_system) system = NULL;
    OST_AUTO(ost_fem_result) result = NULL;
    if (!ost_fem_system_create(&system, problem, err) ||
        !ost_fem_result_create(&result, problem->mesh->node_count, err))
        return false;
    struct gradients g = {.s = system};
    bool ok = prepare(&g, problem, options->preconditioner, err) && g.vectors != NULL &&
              iterate(&g, options, progress, result, err);
    if (ok) {
        hand_out(&g, problem, result);
        result->iteration_bytes = iteration_bytes(&g);
    }
    free(g.vectors);
    free(g.diagonal);
    multigrid_destroy(g.mg);
    pieces_destroy(g.pieces);
    if (!ok || !ost_fem_result_judge(problem, result, err))
        return false;
    *out = ost_steal(&result);
    return true;
}
