/* Elements by their tangents, and springs to the ground. */
#include "fem/solve/own.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"

#include <math.h>

static const double size[3] = {8.0, 2.0, 2.0};
static const uint32_t cells[3] = {8, 2, 2};

static struct ost_fem_result *solve(const struct ost_fem_problem *problem)
{
    struct ost_fem_options options = ost_fem_options_default();
    struct ost_fem_result *result = NULL;
    struct ost_err err = {0};
    options.tolerance = 1e-11;
    if (!ost_fem_problem_check(problem, &err) ||
        !ost_fem_solve_own(problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_true(result->relative_residual <= 1e-10);
    return result;
}

static struct box bar(bool quadratic, double force)
{
    struct box b = box_make(size, cells, 1000.0);
    if (quadratic)
        box_quadratic(&b);
    box_load_end(&b, (const double[]){force, 0.3 * force, 0.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
    return b;
}

/* Every element's tangent the same: `own` on its diagonal, `others` between the first three. */
static double (*tangents(const struct box *b, const double own[6], double others))[21]
{
    static const int diagonal[6] = {0, 6, 11, 15, 18, 20}, between[3] = {1, 2, 7};
    double(*all)[21] = calloc(b->mesh->tet_count, sizeof *all);
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        for (int k = 0; k < 6; k++)
            all[e][diagonal[k]] = own[k];
        for (int k = 0; k < 3; k++)
            all[e][between[k]] = others;
    }
    return all;
}

static void an_isotropic_tangent_changes_nothing(void **state)
{
    (void)state;
    const double lambda = 1000.0 * 0.3 / (1.3 * 0.4), mu = 1000.0 / 2.6, m = lambda + 2.0 * mu;
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        struct box b = bar(quadratic != 0, 10.0);
        double(*all)[21] = tangents(&b, (const double[]){m, m, m, mu, mu, mu}, lambda);
        struct ost_fem_problem problem = box_problem(&b, 0.3);
        OST_AUTO(ost_fem_result) plain = solve(&problem);
        problem.tangent = (const double(*)[21])all;
        OST_AUTO(ost_fem_result) other = solve(&problem);
        for (uint32_t n = 0; n < b.mesh->node_count; n++)
            assert_near(ost_distance(plain->displacement[n], other->displacement[n]), 0.0, 1e-9);
        free(all);
        box_free(&b);
    }
}

/* Nothing couples its axes: pulled along x it grows by stress over the first modulus. */
static void a_bar_of_three_moduli_grows_by_the_first(void **state)
{
    (void)state;
    struct box b = bar(false, 0.0);
    double(*all)[21] = tangents(&b, (const double[]){500.0, 50.0, 5.0, 20.0, 30.0, 40.0}, 0.0);
    memset(b.force, 0, b.mesh->node_count * sizeof *b.force);
    box_load_end(&b, (const double[]){8.0, 0.0, 0.0});
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    problem.tangent = (const double(*)[21])all;
    OST_AUTO(ost_fem_result) r = solve(&problem);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        assert_near(r->displacement[n][0], 2.0 / 500.0 * b.mesh->node[n][0], 1e-9);
        assert_near(r->displacement[n][1], 0.0, 1e-9);
    }
    assert_near(r->reaction_error, 0.0, 1e-9);
    free(all);
    box_free(&b);
}

/* A bar and a spring side by side: F / (E A / L + k), the spring spread as the load is. */
static void a_spring_takes_its_share(void **state)
{
    (void)state;
    struct box b = bar(false, 0.0);
    double(*spring)[6] = calloc(b.mesh->node_count, sizeof *spring);
    memset(b.force, 0, b.mesh->node_count * sizeof *b.force);
    box_load_end(&b, (const double[]){8.0, 0.0, 0.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        spring[n][0] = 300.0 * b.force[n][0] / 8.0;
    struct ost_fem_problem problem = box_problem(&b, 0.0);
    problem.spring = (const double(*)[6])spring;
    OST_AUTO(ost_fem_result) r = solve(&problem);
    const double want = 8.0 / (1000.0 * 4.0 / 8.0 + 300.0);
    assert_near(r->displacement[box_node(&b, 8, 1, 1)][0], want, 1e-9);
    free(spring);
    box_free(&b);
}

static void what_would_push_is_refused(void **state)
{
    (void)state;
    struct box b = bar(false, 1.0);
    double(*spring)[6] = calloc(b.mesh->node_count, sizeof *spring);
    double(*all)[21] = tangents(&b, (const double[]){5.0, 5.0, 0.0, 2.0, 2.0, 2.0}, 0.0);
    struct ost_err err = {0};
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    problem.tangent = (const double(*)[21])all;
    assert_false(ost_fem_problem_check(&problem, &err));
    assert_int_equal(err.code, OST_INVALID);
    problem.tangent = NULL;
    spring[3][1] = -1.0;
    problem.spring = (const double(*)[6])spring;
    assert_false(ost_fem_problem_check(&problem, &err));
    spring[3][1] = NAN;
    assert_false(ost_fem_problem_check(&problem, &err));
    free(spring);
    free(all);
    box_free(&b);
}

RUN(T(an_isotropic_tangent_changes_nothing), T(a_bar_of_three_moduli_grows_by_the_first),
    T(a_spring_takes_its_share), T(what_would_push_is_refused))
