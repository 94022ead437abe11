#include "fem/mesh/boundary.h"
#include "fem/mesh/stuff.h"
#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "fem/solve/tet4.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"

/* An odd body: elements of every shape the mesher makes. */
static double blob(const void *user, const double p[3])
{
    (void)user;
    double along = fmax(-9.0, fmin(9.0, p[2]));
    double from[3] = {p[0] - 0.05 * along * along / 3.0, p[1], p[2] - along};
    return ost_length(from) - 5.0 - 0.5 * sin(p[2]);
}

static struct ost_tet_mesh *blob_mesh(double lattice)
{
    struct ost_field field = {blob, NULL, {-7.1, -7.2, -16.3}, {9.4, 7.7, 16.2}, NULL, NULL};
    struct ost_stuff_options options = ost_stuff_options_default();
    options.lattice = lattice;
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_stuff(&field, &options, &mesh, NULL, NULL));
    return mesh;
}

/* u = G x */
static const double slope[3][3] = {{1e-3, 2e-4, -3e-4}, {-1e-4, -5e-4, 4e-4}, {6e-4, 1e-4, 7e-4}};

static void linear(const double p[3], double u[3])
{
    for (int i = 0; i < 3; i++)
        u[i] = ost_dot(slope[i], p);
}

struct setup {
    struct ost_tet_mesh *mesh;
    double *modulus;
    uint8_t *held;
    double (*place)[3], (*force)[3];
};

static struct setup setup_of(struct ost_tet_mesh *mesh, double modulus)
{
    struct setup s = {mesh, malloc(mesh->tet_count * sizeof(double)), calloc(mesh->node_count, 1),
                      calloc(mesh->node_count, sizeof(double[3])),
                      calloc(mesh->node_count, sizeof(double[3]))};
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        s.modulus[e] = modulus;
    return s;
}

static struct ost_fem_problem problem_of(const struct setup *s)
{
    return (struct ost_fem_problem){.mesh = s->mesh,
                                    .modulus = s->modulus,
                                    .poisson = 0.3,
                                    .held = s->held,
                                    .place = (const double(*)[3])s->place,
                                    .force = (const double(*)[3])s->force};
}

static void setup_free(struct setup *s)
{
    ost_tet_mesh_destroy(s->mesh);
    free(s->modulus);
    free(s->held);
    free(s->place);
    free(s->force);
}

static struct ost_fem_result *solve(const struct setup *s, double tolerance,
                                    enum ost_fem_preconditioner which)
{
    struct ost_fem_problem problem = problem_of(s);
    struct ost_fem_options options = {tolerance, 8000, which};
    struct ost_fem_result *result = NULL;
    struct ost_err err = {0};
    if (!ost_fem_problem_check(&problem, &err) ||
        !ost_fem_solve_own(&problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    return result;
}

static void hold_surface(struct setup *s)
{
    OST_AUTO(ost_boundary) boundary = NULL;
    assert_true(ost_boundary_create(&boundary, s->mesh, NULL));
    for (uint32_t i = 0; i < 3 * boundary->face_count; i++) {
        uint32_t n = boundary->face[i / 3][i % 3];
        s->held[n] = 7;
        linear(s->mesh->node[n], s->place[n]);
    }
}

static void a_linear_field_on_the_surface_is_linear_inside(void **state)
{
    (void)state;
    struct setup s = setup_of(blob_mesh(1.12), 1234.0);
    hold_surface(&s);
    OST_AUTO(ost_fem_result) result = solve(&s, 1e-12, OST_FEM_MULTIGRID);
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    for (uint32_t n = 0; n < s.mesh->node_count; n++) {
        double want[3];
        linear(s.mesh->node[n], want);
        assert_near(ost_distance(result->displacement[n], want), 0.0, 1e-12);
    }
    /* ... and the stress the same everywhere: 2 mu e + lambda tr(e). */
    struct ost_fem_problem problem = problem_of(&s);
    double(*stress)[6] = malloc(s.mesh->tet_count * sizeof *stress);
    ost_fem_stress(&problem, (const double(*)[3])result->displacement, stress);
    double lambda = ost_lame_lambda(1234.0, 0.3), mu = ost_lame_mu(1234.0, 0.3);
    double trace = slope[0][0] + slope[1][1] + slope[2][2];
    for (uint32_t e = 0; e < s.mesh->tet_count; e++) {
        assert_near(stress[e][0], lambda * trace + 2.0 * mu * slope[0][0], 1e-8);
        assert_near(stress[e][5], mu * (slope[2][0] + slope[0][2]), 1e-8);
    }
    free(stress);
    setup_free(&s);
}

/* Three components held on three nodes of the surface is enough, and gives no reaction. */
static void an_equal_pull_on_both_ends_needs_no_support(void **state)
{
    (void)state;
    const double size[3] = {12.0, 4.0, 4.0};
    const uint32_t cells[3] = {12, 4, 4};
    struct box b = box_make(size, cells, 1000.0);
    box_load_end(&b, (const double[]){320.0, 0.0, 0.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 1;
    b.held[box_node(&b, 0, 0, 0)] = 7;
    b.held[box_node(&b, 0, 4, 0)] |= 4;
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_options options = {1e-12, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_problem_check(&problem, NULL));
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    /* 320 N over 16 mm2 is 20 MPa: 2 % long, -0.6 % wide, exactly. */
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n], *u = result->displacement[n];
        assert_near(u[0], 0.02 * p[0], 1e-10);
        assert_near(u[1], -0.006 * p[1], 1e-10);
        assert_near(u[2], -0.006 * p[2], 1e-10);
    }
    assert_near(result->reaction[0], -320.0, 1e-7);
    assert_near(result->reaction[1], 0.0, 1e-7);
    assert_near(result->reaction_error, 0.0, 1e-9);
    assert_near(result->work, 320.0 * 0.24, 1e-7);
    box_free(&b);
}

/* One end held, the other loaded; soft and hard elements in turn. */
static struct setup bone_like(double lattice, double contrast)
{
    struct setup s = setup_of(blob_mesh(lattice), 15000.0);
    for (uint32_t e = 0; e < s.mesh->tet_count; e++) {
        const double *p = s.mesh->node[s.mesh->tet[e][0]];
        double depth = -blob(NULL, p);
        s.modulus[e] = depth > 1.5 ? 15000.0 / contrast : 15000.0;
    }
    for (uint32_t n = 0; n < s.mesh->node_count; n++) {
        if (s.mesh->node[n][2] < -11.0)
            s.held[n] = 7;
        if (s.mesh->node[n][2] > 11.0)
            memcpy(s.force[n], (double[]){0.3, -0.2, -1.0}, sizeof s.force[n]);
    }
    return s;
}

static void multigrid_and_block_jacobi_agree(void **state)
{
    (void)state;
    struct setup s = bone_like(1.12, 1000.0);
    OST_AUTO(ost_fem_result) fast = solve(&s, 1e-10, OST_FEM_MULTIGRID);
    OST_AUTO(ost_fem_result) slow = solve(&s, 1e-10, OST_FEM_BLOCK_JACOBI);
    assert_int_equal(fast->reason, OST_FEM_CONVERGED);
    assert_int_equal(slow->reason, OST_FEM_CONVERGED);
    assert_near(fast->work / slow->work, 1.0, 1e-9);
    assert_true(fast->relative_residual < 1e-10);
    assert_near(fast->reaction_error, 0.0, 1e-8);
    assert_true(slow->iterations > 10 * fast->iterations);
    for (uint32_t n = 0; n < s.mesh->node_count; n++)
        assert_near(ost_distance(fast->displacement[n], slow->displacement[n]), 0.0, 1e-7);
    setup_free(&s);
}

static void iterations_do_not_grow_with_size_or_contrast(void **state)
{
    (void)state;
    static const double lattice[5] = {1.6, 1.12, 0.6, 1.12, 1.12};
    static const double contrast[5] = {1e3, 1e3, 1e3, 1.0, 1e9};
    for (int i = 0; i < 5; i++) {
        struct setup s = bone_like(lattice[i], contrast[i]);
        OST_AUTO(ost_fem_result) result = solve(&s, 1e-8, OST_FEM_MULTIGRID);
        assert_int_equal(result->reason, OST_FEM_CONVERGED);
        assert_true(result->relative_residual <= 1e-8);
        assert_true(result->iterations <= 40);
        setup_free(&s);
    }
}

static void the_same_problem_gives_the_same_bits(void **state)
{
    (void)state;
    struct setup s = bone_like(1.4, 100.0);
    OST_AUTO(ost_fem_result) one = solve(&s, 1e-8, OST_FEM_MULTIGRID);
    OST_AUTO(ost_fem_result) two = solve(&s, 1e-8, OST_FEM_MULTIGRID);
    assert_memory_equal(one->displacement, two->displacement,
                        s.mesh->node_count * sizeof *one->displacement);
    setup_free(&s);
}

static void too_few_iterations_are_told_not_hidden(void **state)
{
    (void)state;
    struct setup s = bone_like(1.4, 100.0);
    struct ost_fem_problem problem = problem_of(&s);
    struct ost_fem_options options = {1e-8, 3, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_ITERATION_LIMIT);
    assert_int_equal(result->iterations, 3);
    assert_true(result->relative_residual > 1e-8);
    assert_string_equal(ost_fem_reason_name(result->reason), "iteration_limit");
    setup_free(&s);
}

RUN(T(a_linear_field_on_the_surface_is_linear_inside),
    T(an_equal_pull_on_both_ends_needs_no_support), T(multigrid_and_block_jacobi_agree),
    T(iterations_do_not_grow_with_size_or_contrast), T(the_same_problem_gives_the_same_bits),
    T(too_few_iterations_are_told_not_hidden))
