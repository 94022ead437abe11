#include "fem/study/plastic.h"

#include "fem/solve/own.h"
#include "fem/study/plastic_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

enum { NEWTON_MOST = 30, HALVINGS_MOST = 4 };

struct ost_plastic_law ost_plastic_law_default(void)
{
    return (struct ost_plastic_law){0.8, 0.05, 0.8, 0.01, 0.02, 1e-6, 20};
}

const char *ost_plastic_end_name(enum ost_plastic_end end)
{
    static const char *const name[] = {"held", "failed", "unbalanced"};
    return (unsigned)end < OST_PLASTIC_ENDS ? name[end] : "unknown";
}

static bool solve_own(const void *user, const struct ost_fem_problem *problem, double tolerance,
                      const struct ost_progress *progress, struct ost_fem_result **out,
                      struct ost_err *err)
{
    (void)user;
    struct ost_fem_options options = ost_fem_options_default();
    options.tolerance = tolerance;
    return ost_fem_solve_own(problem, &options, progress, out, err);
}

struct ost_plastic_engine ost_plastic_engine_own(void)
{
    return (struct ost_plastic_engine){solve_own, NULL};
}

void ost_plastic_result_destroy(struct ost_plastic_result *result)
{
    if (result == NULL)
        return;
    free(result->step);
    free(result->displacement);
    free(result->stress);
    free(result->fate);
    free(result);
}

static bool check(const struct ost_plastic_ask *ask, struct ost_err *err)
{
    const struct ost_plastic_law *l = &ask->law;
    if (ask->problem->mesh->middle != NULL)
        return ost_fail(err, OST_INVALID, "yielding: elements of four nodes are wanted");
    if (!(l->ratio > 0.0 && l->ratio <= 1.0 && l->slope >= 0.0 && l->slope < 1.0 &&
          l->crack > 0.0 && l->crush > 0.0 && l->share > 0.0 && l->share < 1.0 &&
          l->tolerance > 0.0 && l->tolerance < 0.1))
        return ost_fail(err, OST_INVALID, "yielding: the law is out of range");
    if (l->steps < 1 || l->steps > 1000)
        return ost_fail(err, OST_INVALID, "yielding: the load goes in 1 to 1000 steps");
    return true;
}

static bool open_body(struct yielding *y, const struct ost_plastic_ask *ask, struct ost_err *err)
{
    const size_t nodes = (size_t)ask->problem->mesh->node_count + 1;
    const size_t tets = (size_t)ask->problem->mesh->tet_count + 1;
    struct ost_plastic_result *r = calloc(1, sizeof *r);
    *y = (struct yielding){.ask = ask, .result = r};
    y->before = calloc(tets, sizeof *y->before);
    y->after = calloc(tets, sizeof *y->after);
    y->tangent = calloc(tets, sizeof *y->tangent);
    y->stress = calloc(tets, sizeof *y->stress);
    y->strain = calloc(tets, sizeof *y->strain);
    y->u = calloc(nodes, sizeof *y->u);
    y->trial = calloc(nodes, sizeof *y->trial);
    y->inner = calloc(nodes, sizeof *y->inner);
    y->left = calloc(nodes, sizeof *y->left);
    if (r != NULL) {
        r->step = calloc((size_t)ask->law.steps + 1, sizeof *r->step);
        r->fate = calloc(tets, 1);
        r->first_yield = r->first_fail = r->failure = NAN;
    }
    if (r == NULL || r->step == NULL || r->fate == NULL || y->before == NULL || y->after == NULL ||
        y->tangent == NULL || y->stress == NULL || y->strain == NULL || y->u == NULL ||
        y->trial == NULL || y->inner == NULL || y->left == NULL)
        return ost_fail(err, OST_NOMEM, "yielding: no room for %zu elements", tets);
    return true;
}

static void close_body(struct yielding *y)
{
    free(y->before);
    free(y->after);
    free(y->tangent);
    free(y->stress);
    free(y->strain);
    free(y->u);
    free(y->trial);
    free(y->inner);
    free(y->left);
    ost_plastic_result_destroy(y->result);
}

static double dot(double (*a)[3], double (*b)[3], uint32_t count)
{
    double sum = 0.0;
    for (uint32_t n = 0; n < count; n++)
        sum += ost_dot(a[n], b[n]);
    return sum;
}

/* Along `step` as far as the energy falls; left over is told, and y->trial is where it ends. */
static double search(struct yielding *y, double load, double (*step)[3])
{
    const uint32_t nodes = y->ask->problem->mesh->node_count;
    double begin = dot(y->left, step, nodes), part = 1.0, residual = INFINITY;
    for (int i = 0; i < 6; i++) {
        for (uint32_t n = 0; n < nodes; n++)
            ost_along(y->u[n], part, step[n], y->trial[n]);
        yielding_answer(y, y->trial);
        residual = yielding_left(y, load);
        double now = dot(y->left, step, nodes);
        if (fabs(now) <= 0.8 * fabs(begin) || i == 5)
            break;
        /* The slope of a convex energy: a straight line between, never to nothing. */
        part *= now < 0.0 ? fmax(0.1, begin / (begin - now)) : 0.5;
    }
    memcpy(y->u, y->trial, nodes * sizeof *y->u);
    return residual;
}

/* Brings y->u to balance under `load`; false in `*balanced` where it does not come to it. */
static bool balance(struct yielding *y, double load, const struct ost_progress *progress,
                    struct ost_plastic_step *told, bool *balanced, struct ost_err *err)
{
    const struct ost_plastic_ask *ask = y->ask;
    *balanced = false;
    yielding_answer(y, y->u);
    told->residual = yielding_left(y, load);
    for (told->newton = 0; told->newton < NEWTON_MOST; told->newton++) {
        OST_AUTO(ost_fem_result) step = NULL;
        struct ost_fem_problem now = *ask->problem;
        now.place = NULL;
        now.force = (const double(*)[3])y->left;
        now.tangent = (const double(*)[OST_TANGENT])y->tangent;
        *balanced = told->residual <= ask->law.tolerance;
        if (*balanced)
            return true;
        /* As exact as the next step can use. */
        double tolerance = fmax(1e-8, fmin(1e-3, 0.1 * ask->law.tolerance / told->residual));
        if (!ask->engine.solve(ask->engine.user, &now, tolerance, progress, &step, err) ||
            step == NULL)
            return false;
        if (step->reason == OST_FEM_NOT_FINITE || step->reason == OST_FEM_INDEFINITE)
            return true;
        told->residual = search(y, load, step->displacement);
        if (!isfinite(told->residual))
            return true;
    }
    return true;
}

/* When the first elements yield or fail, between two steps, by the share of the volume. */
static void tell_firsts(struct ost_plastic_result *r, double share)
{
    const struct ost_plastic_step none = {0}, *last = &r->step[r->count - 1];
    const struct ost_plastic_step *before = r->count > 1 ? last - 1 : &none;
    if (!isfinite(r->first_yield) && last->yielded > 0.0)
        r->first_yield = last->load;
    if (!isfinite(r->first_fail) && last->failed > 0.0)
        r->first_fail = last->load;
    if (isfinite(r->failure) || !(last->failed > share))
        return;
    double part = (share - before->failed) / (last->failed - before->failed);
    r->failure = before->load + part * (last->load - before->load);
    r->end = OST_PLASTIC_FAILED;
}

static void keep(struct yielding *y, double load, struct ost_plastic_step *told)
{
    struct ost_plastic_result *r = y->result;
    const uint32_t tets = y->ask->problem->mesh->tet_count;
    memcpy(y->before, y->after, tets * sizeof *y->before);
    yielding_judge(y, load, told);
    r->step[r->count++] = *told;
    tell_firsts(r, y->ask->law.share);
}

/*
 * One step of the load, in parts where it does not come to balance at once. What is between is
 * not told: the steps are those that were asked for.
 */
static bool raise(struct yielding *y, double from, double to, const struct ost_progress *progress,
                  bool *balanced, struct ost_err *err)
{
    struct ost_plastic_step told = {0};
    const uint32_t nodes = y->ask->problem->mesh->node_count;
    const uint32_t tets = y->ask->problem->mesh->tet_count;
    double(*kept)[3] = malloc(((size_t)nodes + 1) * sizeof *kept);
    if (kept == NULL)
        return ost_fail(err, OST_NOMEM, "yielding: no room for %u nodes", nodes);
    double at = from, step = to - from;
    bool ok = true;
    *balanced = true;
    for (int halved = 0; at < to && ok && *balanced;) {
        double next = fmin(to, at + step);
        uint32_t before = told.newton;
        memcpy(kept, y->u, nodes * sizeof *kept);
        ok = balance(y, next, progress, &told, balanced, err);
        told.newton += before;
        if (ok && *balanced) {
            at = next;
            if (at < to)
                memcpy(y->before, y->after, tets * sizeof *y->before);
        } else if (ok && halved++ < HALVINGS_MOST) {
            memcpy(y->u, kept, nodes * sizeof *kept);
            step *= 0.5;
            *balanced = true;
        } else {
            memcpy(y->u, kept, nodes * sizeof *kept);
        }
    }
    free(kept);
    if (ok && *balanced)
        keep(y, to, &told);
    return ok;
}

bool ost_plastic_solve(const struct ost_plastic_ask *ask, const struct ost_progress *progress,
                       struct ost_plastic_result **out, struct ost_err *err)
{
    struct yielding y = {0};
    const uint32_t steps = ask->law.steps;
    *out = NULL;
    if (!check(ask, err))
        return false;
    bool ok = open_body(&y, ask, err), balanced = true;
    for (uint32_t i = 0; i < steps && ok && balanced && y.result->end == OST_PLASTIC_HELD; i++) {
        struct ost_progress part =
            ost_progress_part(progress, (double)i / steps, (i + 1.0) / steps);
        ok = raise(&y, (double)i / steps, (i + 1.0) / steps, &part, &balanced, err);
    }
    if (ok) {
        if (!balanced) {
            y.result->end = OST_PLASTIC_UNBALANCED;
            yielding_answer(&y, y.u);
        }
        y.result->displacement = y.u;
        y.result->stress = y.stress;
        y.u = NULL;
        y.stress = NULL;
        *out = y.result;
        y.result = NULL;
    }
    close_body(&y);
    return ok;
}
