#include "fem/solve/problem.h"

#include "fem/solve/element_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

const char *ost_fem_reason_name(enum ost_fem_reason reason)
{
    static const char *const name[] = {
        [OST_FEM_CONVERGED] = "converged",   [OST_FEM_ITERATION_LIMIT] = "iteration_limit",
        [OST_FEM_STAGNATED] = "stagnated",   [OST_FEM_INDEFINITE] = "indefinite",
        [OST_FEM_NOT_FINITE] = "not_finite",
    };
    return (unsigned)reason < OST_FEM_REASONS ? name[reason] : "unknown";
}

bool ost_fem_result_create(struct ost_fem_result **out, uint32_t node_count, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_fem_result) result = calloc(1, sizeof *result);
    if (result == NULL)
        return ost_fail(err, OST_NOMEM, "result: out of memory");
    result->displacement = calloc((size_t)node_count + 1, sizeof *result->displacement);
    if (result->displacement == NULL)
        return ost_fail(err, OST_NOMEM, "result: no room for %u nodes", node_count);
    result->node_count = node_count;
    *out = ost_steal(&result);
    return true;
}

void ost_fem_result_destroy(struct ost_fem_result *result)
{
    if (result == NULL)
        return;
    free(result->displacement);
    free(result);
}

/* What one element adds, by quadrature: another way than the matrix was assembled. */
static void add_inner_force(const struct ost_fem_problem *p, uint32_t tet, const double (*u)[3],
                            double (*inner)[3])
{
    struct element e;
    element_of(p, tet, &e);
    int points = e.count == 4 ? 1 : ELEMENT_POINTS;
    double slope[10][3], s[6];
    for (int point = 0; point < points; point++) {
        element_slopes(&e, element_point[point], slope);
        element_inner_stress(&e, u, element_point[point], s);
        for (int k = 0; k < 6 && e.share != NULL; k++)
            s[k] *= e.share[point];
        for (uint32_t a = 0; a < e.count; a++) {
            double *f = inner[e.node[a]];
            const double *g = slope[a];
            f[0] += (s[0] * g[0] + s[3] * g[1] + s[5] * g[2]) / points;
            f[1] += (s[3] * g[0] + s[1] * g[1] + s[4] * g[2]) / points;
            f[2] += (s[5] * g[0] + s[4] * g[1] + s[2] * g[2]) / points;
        }
    }
}

static void add_membrane_forces(const struct ost_fem_problem *p, const double (*u)[3],
                                double (*inner)[3])
{
    for (uint32_t i = 0; i < p->membranes->count; i++) {
        const uint32_t *face = p->membranes->face[i];
        const struct ost_membrane m = ost_membrane_of((const double(*)[3])p->mesh->node, face,
                                                      p->membranes->stiffness[i], p->poisson);
        for (int at = 0; at < 9; at++) {
            double block[9], *f = inner[face[at / 3]];
            const double *move = u[face[at % 3]];
            ost_membrane_block(&m, at / 3, at % 3, block);
            for (int k = 0; k < 3; k++)
                f[k] += ost_dot(block + (size_t)3 * (size_t)k, move);
        }
    }
}

/* inner += K u, element by element, the springs and the membranes. */
static void add_inner_forces(const struct ost_fem_problem *p, const double (*u)[3],
                             double (*inner)[3])
{
    for (uint32_t e = 0; e < p->mesh->tet_count; e++)
        add_inner_force(p, e, u, inner);
    for (uint32_t n = 0; n < p->mesh->node_count && p->spring != NULL; n++) {
        const double *s = p->spring[n], *m = u[n];
        inner[n][0] += s[0] * m[0] + s[3] * m[1] + s[5] * m[2];
        inner[n][1] += s[3] * m[0] + s[1] * m[1] + s[4] * m[2];
        inner[n][2] += s[5] * m[0] + s[4] * m[1] + s[2] * m[2];
    }
    if (p->membranes != NULL)
        add_membrane_forces(p, u, inner);
}

/* Sum over free components of (force - inner)^2; over held ones into `reaction`. */
static double free_square(const struct ost_fem_problem *p, const double (*inner)[3],
                          double reaction[3])
{
    double sum = 0.0;
    for (size_t at = 0; at < (size_t)3 * p->mesh->node_count; at++) {
        size_t i = at / 3, k = at % 3;
        double r = p->force[i][k] - inner[i][k];
        bool held = p->held[i] >> k & 1;
        reaction[k] -= held ? r : 0.0;
        sum += held ? 0.0 : r * r;
    }
    return sum;
}

/* |f| as an engine sees it: loads less the forces that held moves alone would cause. */
static double load_square(const struct ost_fem_problem *p, double (*u)[3], double (*inner)[3])
{
    double unused[3] = {0.0};
    memset(inner, 0, (size_t)p->mesh->node_count * sizeof *inner);
    if (p->place != NULL) {
        for (uint32_t i = 0; i < p->mesh->node_count; i++) {
            for (int k = 0; k < 3; k++)
                u[i][k] = p->held[i] >> k & 1 ? p->place[i][k] : 0.0;
        }
        add_inner_forces(p, (const double(*)[3])u, inner);
    }
    return free_square(p, (const double(*)[3])inner, unused);
}

static void judge_balance(const struct ost_fem_problem *p, struct ost_fem_result *result)
{
    double load[3] = {0.0}, sum[3], work = 0.0;
    for (uint32_t i = 0; i < p->mesh->node_count; i++) {
        ost_add(load, p->force[i], load);
        work += ost_dot(p->force[i], result->displacement[i]);
    }
    ost_add(load, result->reaction, sum);
    double size = ost_length(load) > 0.0 ? ost_length(load) : ost_length(result->reaction);
    result->reaction_error = size > 0.0 ? ost_length(sum) / size : 0.0;
    result->work = work;
}

bool ost_fem_result_judge(const struct ost_fem_problem *problem, struct ost_fem_result *result,
                          struct ost_err *err)
{
    size_t nodes = problem->mesh->node_count;
    double(*inner)[3] = calloc(nodes + 1, sizeof *inner);
    double(*u)[3] = calloc(nodes + 1, sizeof *u);
    bool ok = inner != NULL && u != NULL && result->node_count == nodes;
    if (ok) {
        add_inner_forces(problem, (const double(*)[3])result->displacement, inner);
        memset(result->reaction, 0, sizeof result->reaction);
        double left = free_square(problem, (const double(*)[3])inner, result->reaction);
        double load = load_square(problem, u, inner);
        result->relative_residual = load > 0.0 ? sqrt(left / load) : sqrt(left);
        judge_balance(problem, result);
    }
    free(inner);
    free(u);
    return ok || ost_fail(err, OST_NOMEM, "no room to judge %zu nodes", nodes);
}
