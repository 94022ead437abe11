#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "tests/fem/solve/box.h"

static struct ost_fem_result *solve(const struct box *b, double poisson)
{
    struct ost_fem_problem problem = box_problem(b, poisson);
    struct ost_fem_options options = ost_fem_options_default();
    struct ost_fem_result *result = NULL;
    assert_true(ost_fem_problem_check(&problem, NULL));
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    assert_true(result->iterations <= 40);
    assert_near(result->reaction_error, 0.0, 1e-6);
    return result;
}

/* How far the end of a cantilever 10 x 1 x 1 mm sinks under 1 N; E = 1000 MPa. */
static double tip_of_cantilever(uint32_t across)
{
    const double size[3] = {10.0, 1.0, 1.0};
    const uint32_t cells[3] = {10 * across, across, across};
    struct box b = box_make(size, cells, 1000.0);
    box_load_end(&b, (const double[]){0.0, 0.0, -1.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 7;
    OST_AUTO(ost_fem_result) result = solve(&b, 0.0);
    double tip = 0.0;
    for (uint32_t j = 0; j <= across; j++)
        tip -= result->displacement[box_node(&b, cells[0], j, across / 2)][2] / (across + 1.0);
    box_free(&b);
    return tip;
}

/*
 * Timoshenko's beam: F L^3 / (3 E I) + 6/5 F L / (G A) with I = 1/12, G = E/2 at nu 0.
 * Constant-strain elements are too stiff by a share that falls with h squared.
 */
static void a_cantilever_bends_as_beam_theory_says(void **state)
{
    (void)state;
    double exact = 1000.0 / (3.0 * 1000.0 / 12.0) + 1.2 * 10.0 / 500.0;
    double error[3];
    static const uint32_t across[3] = {4, 8, 16};
    for (int i = 0; i < 3; i++) {
        error[i] = 1.0 - tip_of_cantilever(across[i]) / exact;
        assert_true(error[i] > 0.0);
    }
    assert_true(error[2] < 0.02);
    assert_true(error[0] / error[1] > 3.0);
    assert_true(error[1] / error[2] > 3.0);
    /* Richardson's extrapolation of the last two meets the closed form. */
    assert_near(error[2] - (error[1] - error[2]) / 3.0, 0.0, 0.003);
}

static void two_materials_in_a_row_share_the_stretch_as_springs_do(void **state)
{
    (void)state;
    const double size[3] = {8.0, 2.0, 2.0};
    const uint32_t cells[3] = {16, 4, 4};
    struct box b = box_make(size, cells, 1.0);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        b.modulus[e] = e / 6 % 16 < 8 ? 1000.0 : 1.0;
    box_load_end(&b, (const double[]){0.4, 0.0, 0.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 7;
    OST_AUTO(ost_fem_result) result = solve(&b, 0.0);
    /* 0.1 MPa: 1e-4 in the hard half, 0.1 in the soft one; exact at every node. */
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        double x = b.mesh->node[n][0];
        double want = 1e-4 * fmin(x, 4.0) + 0.1 * fmax(x - 4.0, 0.0);
        assert_near(result->displacement[n][0], want, 1e-7);
    }
    box_free(&b);
}

static void nodal_means_keep_a_constant(void **state)
{
    (void)state;
    const double size[3] = {2.0, 1.0, 1.0};
    const uint32_t cells[3] = {4, 2, 2};
    struct box b = box_make(size, cells, 1.0);
    double out[45];
    assert_int_equal(b.mesh->node_count, 45);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        b.modulus[e] = 3.25;
    assert_true(ost_fem_nodal_mean(b.mesh, b.modulus, out, NULL));
    for (int n = 0; n < 45; n++)
        assert_near(out[n], 3.25, 1e-14);
    box_free(&b);
}

/* A hard skin on a soft core, both stretched by 1 %: each node has its own material's stress. */
static void nodal_stress_does_not_mix_materials(void **state)
{
    (void)state;
    const double size[3] = {6.0, 2.0, 2.0};
    const uint32_t cells[3] = {6, 2, 2};
    struct box b = box_make(size, cells, 1.0);
    double modulus[63], out[63], move[63][3];
    assert_int_equal(b.mesh->node_count, 63);
    for (uint32_t n = 0; n < 63; n++) {
        const double *p = b.mesh->node[n];
        modulus[n] = p[2] > 1.5 ? 2000.0 : 20.0;
        move[n][0] = 0.01 * p[0];
        move[n][1] = -0.003 * p[1];
        move[n][2] = -0.003 * p[2];
    }
    const struct ost_fem_problem problem = box_problem(&b, 0.3);
    assert_true(ost_fem_nodal_von_mises(&problem, (const double(*)[3])move, modulus, out, NULL));
    for (uint32_t n = 0; n < 63; n++)
        assert_near(out[n], 0.01 * modulus[n], 1e-9 * modulus[n]);
    box_free(&b);
}

RUN(T(a_cantilever_bends_as_beam_theory_says),
    T(two_materials_in_a_row_share_the_stretch_as_springs_do), T(nodal_means_keep_a_constant),
    T(nodal_stress_does_not_mix_materials))
