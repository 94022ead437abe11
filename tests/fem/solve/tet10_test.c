/* Elements of ten nodes: rungs V0 and V1 of the ladder in fem/README.md. */
#include "fem/mesh/stuff.h"
#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "fem/solve/system.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"

/* One element of no particular shape. */
static struct ost_tet_mesh *odd_element(void)
{
    static const double corner[4][3] = {
        {0.1, 0.0, -0.2}, {1.3, 0.2, 0.1}, {0.3, 0.9, -0.1}, {0.4, 0.3, 1.1}};
    OST_AUTO(ost_tet_mesh) linear = NULL;
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_create(&linear, 4, 1, NULL));
    memcpy(linear->node, corner, sizeof corner);
    memcpy(linear->tet[0], (const uint32_t[]){0, 1, 2, 3}, sizeof linear->tet[0]);
    assert_true(ost_tet_mesh_quadratic(linear, &mesh, NULL));
    assert_int_equal(mesh->node_count, 10);
    return mesh;
}

/* Its stiffness as a dense matrix. */
static void stiffness_of(const struct ost_tet_mesh *mesh, double k[900])
{
    static const uint8_t held[10] = {0};
    static const double force[10][3] = {{0.0}};
    const double modulus = 1000.0;
    const struct ost_fem_problem problem = {
        .mesh = mesh, .modulus = &modulus, .poisson = 0.3, .held = held, .force = force};
    OST_AUTO(ost_fem_system) system = NULL;
    assert_true(ost_fem_system_create(&system, &problem, NULL));
    assert_int_equal(system->k.rows, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(system->k.first[i + 1] - system->k.first[i], 10 - i);
        for (uint32_t at = system->k.first[i]; at < system->k.first[i + 1]; at++) {
            double block[9];
            ost_blocks_get(&system->k, at, block);
            for (uint32_t m = 0; m < 9; m++) {
                uint32_t row = 3 * i + m / 3, column = 3 * system->k.column[at] + m % 3;
                k[30 * row + column] = k[30 * column + row] = block[m];
            }
        }
    }
}

static void the_stiffness_is_symmetric_and_blind_to_rigid_motions_alone(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = odd_element();
    double k[900], most = 0.0, value[30], vector[900];
    stiffness_of(mesh, k);
    for (int m = 0; m < 900; m++)
        most = fmax(most, fabs(k[m]));
    for (int i = 0; i < 30; i++)
        for (int j = 0; j < i; j++)
            assert_near(k[30 * i + j], k[30 * j + i], 1e-13 * most);
    for (int axis = 0; axis < 3; axis++) {
        int u = (axis + 1) % 3, v = (axis + 2) % 3;
        for (int i = 0; i < 30; i++) {
            double push = 0.0, turn = 0.0;
            for (int n = 0; n < 10; n++) {
                push += k[30 * i + 3 * n + axis];
                turn += k[30 * i + 3 * n + v] * mesh->node[n][u];
                turn -= k[30 * i + 3 * n + u] * mesh->node[n][v];
            }
            assert_near(push, 0.0, 1e-12 * most);
            assert_near(turn, 0.0, 1e-12 * most);
        }
    }
    ost_eigen_symmetric(k, 30, value, vector);
    assert_true(value[23] > 1e-4 * value[0]);
    assert_true(fabs(value[24]) < 1e-12 * value[0]);
}

/* Pure bending of a block: second order in the place, and no body force goes with it. */
static const double curvature = 1e-3, poisson = 0.3, modulus = 1234.0;

static void bent(const double p[3], double u[3])
{
    u[0] = curvature * p[0] * p[2];
    u[1] = -poisson * curvature * p[1] * p[2];
    u[2] = -0.5 * curvature * (p[0] * p[0] + poisson * (p[2] * p[2] - p[1] * p[1]));
}

static struct ost_fem_result *solve(const struct box *b, double tolerance)
{
    struct ost_fem_problem problem = box_problem(b, poisson);
    struct ost_fem_options options = {tolerance, 500, OST_FEM_MULTIGRID};
    struct ost_fem_result *result = NULL;
    struct ost_err err = {0};
    if (!ost_fem_problem_check(&problem, &err) ||
        !ost_fem_solve_own(&problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    return result;
}

static bool on_surface(const struct box *b, const double p[3])
{
    bool on = false;
    for (int k = 0; k < 3; k++)
        on = on || p[k] < 1e-9 || p[k] > b->size[k] - 1e-9;
    return on;
}

static void bending_is_exact_at_every_node_and_its_stress_linear(void **state)
{
    (void)state;
    const double size[3] = {6.0, 5.0, 4.0};
    const uint32_t cells[3] = {5, 4, 3};
    struct box b = box_make(size, cells, modulus);
    box_quadratic(&b);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        b.held[n] = on_surface(&b, b.mesh->node[n]) ? 7 : 0;
        bent(b.mesh->node[n], b.place[n]);
    }
    OST_AUTO(ost_fem_result) result = solve(&b, 1e-12);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        double want[3];
        bent(b.mesh->node[n], want);
        assert_near(ost_distance(result->displacement[n], want), 0.0, 1e-11);
    }
    struct ost_fem_problem problem = box_problem(&b, poisson);
    double(*stress)[6] = malloc(b.mesh->tet_count * sizeof *stress);
    ost_fem_stress(&problem, (const double(*)[3])result->displacement, stress);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) {
        double z = 0.0;
        for (int k = 0; k < 4; k++)
            z += 0.25 * b.mesh->node[b.mesh->tet[e][k]][2];
        assert_near(stress[e][0], modulus * curvature * z, 1e-8);
        for (int k = 1; k < 6; k++)
            assert_near(stress[e][k], 0.0, 1e-8);
    }
    free(stress);
    box_free(&b);
}

/* Two elements across are enough where eight constant ones are 20 % off (beam_test.c). */
static void a_coarse_cantilever_bends_to_a_hundredth(void **state)
{
    (void)state;
    const double size[3] = {10.0, 1.0, 1.0};
    const uint32_t cells[3] = {20, 2, 2};
    struct box b = box_make(size, cells, 1000.0);
    box_quadratic(&b);
    box_load_end(&b, (const double[]){0.0, 0.0, -1.0});
    double tip = 0.0, sum = 0.0;
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
        sum += b.force[n][2];
    }
    assert_near(sum, -1.0, 1e-12);
    struct ost_fem_problem problem = box_problem(&b, 0.0);
    struct ost_fem_options options = ost_fem_options_default();
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    assert_true(result->iterations <= 40);
    assert_true(result->relative_residual < 2e-8);
    assert_near(result->reaction[2], 1.0, 1e-7);
    for (uint32_t j = 0; j <= 2; j++)
        tip -= result->displacement[box_node(&b, 20, j, 1)][2] / 3.0;
    double exact = 1000.0 / (3.0 * 1000.0 / 12.0) + 1.2 * 10.0 / 500.0;
    assert_near(tip / exact, 1.0, 0.01);
    box_free(&b);
}

/*
 * Of a modulus that varies inside elements, the stresses hold what the loads ask for: with a motion
 * that grows with the height above what is held, inner and outer work are the same to the last
 * digit (virtual work; the motion is one that elements can make).
 */
static void stresses_inside_carry_the_load(void **state)
{
    (void)state;
    const double size[3] = {6.0, 2.0, 2.0};
    const uint32_t cells[3] = {6, 2, 2};
    struct box b = box_make(size, cells, 1000.0);
    box_quadratic(&b);
    box_load_end(&b, (const double[]){3.0, -1.0, 2.0});
    double outer[3] = {0.0}, inner[3] = {0.0}, plain[3] = {0.0};
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
        for (int k = 0; k < 3; k++)
            outer[k] += b.force[n][k] * b.mesh->node[n][0];
    }
    double(*share)[4] = calloc(b.mesh->tet_count, sizeof *share);
    double(*stress)[6] = calloc(b.mesh->tet_count, sizeof *stress);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) {
        static const double even[4] = {1.9, 0.1, 1.4, 0.6};
        for (uint32_t q = 0; q < 4; q++)
            share[e][q] = even[(q + e) % 4];
    }
    struct ost_fem_problem problem = box_problem(&b, poisson);
    struct ost_fem_options options = {1e-12, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) result = NULL;
    problem.share = (const double(*)[4])share;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    for (int with = 0; with < 2; with++) {
        problem.share = with == 1 ? (const double(*)[4])share : NULL;
        ost_fem_stress(&problem, (const double(*)[3])result->displacement, stress);
        double *sum = with == 1 ? inner : plain;
        for (uint32_t e = 0; e < b.mesh->tet_count; e++)
            for (int k = 0; k < 3; k++)
                sum[k] += ost_tet_volume(b.mesh, e) * stress[e][(const int[]){0, 3, 5}[k]];
    }
    for (int k = 0; k < 3; k++)
        assert_near(inner[k], outer[k], 1e-8 * fabs(outer[k]));
    assert_true(fabs(plain[1] - outer[1]) > 1e-3 * fabs(outer[1]));
    free(share);
    free(stress);
    box_free(&b);
}

static double ball(const void *user, const double p[3])
{
    (void)user;
    return ost_length(p) - 8.0;
}

/* A ball of the mesher's elements, hard outside and soft within, pressed from above. */
static void iterations_stay_few_whatever_the_contrast(void **state)
{
    (void)state;
    static const double contrast[3] = {1.0, 1e3, 1e9};
    struct ost_field field = {ball, NULL, {-9, -9, -9}, {9, 9, 9}, NULL, NULL};
    struct ost_stuff_options how = ost_stuff_options_default();
    OST_AUTO(ost_tet_mesh) linear = NULL;
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    how.lattice = 1.6;
    assert_true(ost_stuff(&field, &how, &linear, NULL, NULL));
    assert_true(ost_tet_mesh_quadratic(linear, &mesh, NULL));
    double *stiff = malloc(mesh->tet_count * sizeof *stiff);
    uint8_t *held = calloc(mesh->node_count, 1);
    double(*force)[3] = calloc(mesh->node_count, sizeof *force);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        held[n] = mesh->node[n][2] < -7.0 ? 7 : 0;
        force[n][2] = mesh->node[n][2] > 7.0 ? -1.0 : 0.0;
    }
    for (int i = 0; i < 3; i++) {
        for (uint32_t e = 0; e < mesh->tet_count; e++) {
            double deep = -ball(NULL, mesh->node[mesh->tet[e][0]]);
            stiff[e] = deep > 2.0 ? 15000.0 / contrast[i] : 15000.0;
        }
        struct ost_fem_problem problem = {.mesh = mesh,
                                          .modulus = stiff,
                                          .poisson = 0.3,
                                          .held = held,
                                          .force = (const double(*)[3])force};
        struct ost_fem_options options = ost_fem_options_default();
        OST_AUTO(ost_fem_result) result = NULL;
        assert_true(ost_fem_problem_check(&problem, NULL));
        assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
        assert_int_equal(result->reason, OST_FEM_CONVERGED);
        assert_true(result->iterations <= 40);
        assert_near(result->reaction_error, 0.0, 1e-6);
    }
    free(stiff);
    free(held);
    free(force);
}

static void bent_edges_and_ten_nodes_twice_are_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = odd_element();
    OST_AUTO(ost_tet_mesh) again = NULL;
    struct ost_err err = {0};
    assert_true(ost_tet_mesh_check(mesh, &err));
    assert_false(ost_tet_mesh_quadratic(mesh, &again, &err));
    assert_int_equal(err.code, OST_INVALID);
    mesh->node[7][1] += 0.01;
    assert_false(ost_tet_mesh_check(mesh, &err));
    assert_int_equal(err.code, OST_UNSUPPORTED);
    mesh->node[7][1] -= 0.01;
    mesh->middle[0][2] = 10;
    assert_false(ost_tet_mesh_check(mesh, &err));
    assert_int_equal(err.code, OST_CORRUPT);
}

RUN(T(the_stiffness_is_symmetric_and_blind_to_rigid_motions_alone),
    T(bending_is_exact_at_every_node_and_its_stress_linear),
    T(a_coarse_cantilever_bends_to_a_hundredth), T(stresses_inside_carry_the_load),
    T(iterations_stay_few_whatever_the_contrast), T(bent_edges_and_ten_nodes_twice_are_refused))
