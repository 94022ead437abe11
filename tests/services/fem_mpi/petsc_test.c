#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "services/fem_mpi/client.h"
#include "tests/fem/solve/box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A block of soft and hard elements, held at one end, bent and twisted at the other. */
static struct box specimen(void)
{
    const double size[3] = {20.0, 8.0, 6.0};
    const uint32_t cells[3] = {20, 8, 6};
    struct box b = box_make(size, cells, 15000.0);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) {
        uint32_t row = e / 6 / 20;
        bool inside = row % 8 > 0 && row % 8 < 7 && row / 8 > 0 && row / 8 < 5;
        b.modulus[e] = inside ? 15.0 : 15000.0;
    }
    box_load_end(&b, (const double[]){-30.0, 4.0, -11.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 7;
    return b;
}

static struct ost_fem_result *by_method(const struct box *b, uint32_t ranks,
                                        enum ost_fem_mpi_method method)
{
    struct ost_fem_problem problem = box_problem(b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_fem_result *result = NULL;
    struct ost_err err = {0};
    options.method = method;
    options.ranks = ranks;
    options.tolerance = 1e-10;
    options.timeout_s = 120.0;
    if (!ost_fem_solve_mpi(&problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    assert_true(result->relative_residual < 1e-9);
    assert_near(result->reaction_error, 0.0, 1e-8);
    return result;
}

static struct ost_fem_result *by_petsc(const struct box *b, uint32_t ranks)
{
    return by_method(b, ranks, OST_FEM_MPI_GAMG);
}

static void two_engines_agree(void **state)
{
    (void)state;
    struct box b = specimen();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_options options = {1e-10, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) own = NULL;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &own, NULL));
    OST_AUTO(ost_fem_result) other = by_petsc(&b, 1);
    assert_near(own->work / other->work, 1.0, 1e-8);
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        for (int k = 0; k < 3; k++)
            assert_near(own->displacement[n][k], other->displacement[n][k], 1e-8);
    box_free(&b);
}

static void held_places_and_held_components_go_the_same_way(void **state)
{
    (void)state;
    struct box b = specimen();
    /* The far end is pressed 0.05 mm down but may slide; one row of nodes only along y. */
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        if (p[0] > 20.0 - 1e-9) {
            b.held[n] = 4;
            b.place[n][2] = -0.05;
        } else if (p[1] < 1e-9 && p[2] < 1e-9) {
            b.held[n] |= 2;
        }
    }
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_options options = {1e-10, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) own = NULL;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &own, NULL));
    assert_int_equal(own->reason, OST_FEM_CONVERGED);
    OST_AUTO(ost_fem_result) other = by_petsc(&b, 1);
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        for (int k = 0; k < 3; k++)
            assert_near(own->displacement[n][k], other->displacement[n][k], 1e-8);
    box_free(&b);
}

static void expect_same(const struct ost_fem_result *one, const struct ost_fem_result *other)
{
    assert_near(other->work / one->work, 1.0, 1e-7);
    for (uint32_t n = 0; n < one->node_count; n++)
        for (int k = 0; k < 3; k++)
            assert_near(other->displacement[n][k], one->displacement[n][k], 1e-8);
}

/* A box large enough for several levels, hard outside and soft inside, in pieces of several ranks.
 */
static void ranks_do_not_change_the_answer(void **state)
{
    (void)state;
    struct box b = specimen();
    for (int method = OST_FEM_MPI_GAMG; method <= OST_FEM_MPI_LATTICE; method++) {
        OST_AUTO(ost_fem_result) one = by_method(&b, 1, (enum ost_fem_mpi_method)method);
        OST_AUTO(ost_fem_result) two = by_method(&b, 2, (enum ost_fem_mpi_method)method);
        OST_AUTO(ost_fem_result) four = by_method(&b, 4, (enum ost_fem_mpi_method)method);
        expect_same(one, two);
        expect_same(one, four);
        assert_true(one->iterations > 5 && one->iterations < 80);
        assert_true(four->iterations < one->iterations + 10);
    }
    box_free(&b);
}

/* Our levels in PETSc's multigrid, and MUMPS without any: what the other two found. */
static void four_ways_give_one_answer(void **state)
{
    (void)state;
    struct box b = specimen();
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][1] < 1e-9 && b.mesh->node[n][2] < 1e-9)
            b.held[n] |= 2;
    OST_AUTO(ost_fem_result) gamg = by_method(&b, 1, OST_FEM_MPI_GAMG);
    OST_AUTO(ost_fem_result) lattice = by_method(&b, 1, OST_FEM_MPI_LATTICE);
    OST_AUTO(ost_fem_result) direct = by_method(&b, 1, OST_FEM_MPI_DIRECT);
    expect_same(gamg, lattice);
    expect_same(gamg, direct);
    assert_true(direct->iterations <= 1);
    box_free(&b);
}

static void a_missing_program_is_told(void **state)
{
    (void)state;
    struct box b = specimen();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_err err = {0};
    OST_AUTO(ost_fem_result) none = NULL;
    options.program = "/nowhere/osteon-fem-mpi";
    assert_false(ost_fem_solve_mpi(&problem, &options, NULL, &none, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    /* A program that ends badly, and one that does not end. */
    options.program = "/bin/false";
    assert_false(ost_fem_solve_mpi(&problem, &options, NULL, &none, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    options.program = "/bin/true";
    assert_false(ost_fem_solve_mpi(&problem, &options, NULL, &none, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    box_free(&b);
}

static bool stop_at_once(void *user, double fraction, const char *stage)
{
    (void)user;
    (void)fraction;
    (void)stage;
    return false;
}

static void it_stops_when_asked_and_when_time_is_up(void **state)
{
    (void)state;
    struct box b = specimen();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_progress progress = {.report = stop_at_once};
    struct ost_err err = {0};
    OST_AUTO(ost_fem_result) none = NULL;
    assert_false(ost_fem_solve_mpi(&problem, &options, &progress, &none, &err));
    assert_int_equal(err.code, OST_CANCELLED);
    options.timeout_s = 1e-3;
    assert_false(ost_fem_solve_mpi(&problem, &options, NULL, &none, &err));
    assert_int_equal(err.code, OST_LIMIT);
    box_free(&b);
}

/* One that counts for ever, in place of the engine. */
static void it_stops_when_its_seconds_of_the_processor_are_used_up(void **state)
{
    (void)state;
    char name[] = "/tmp/osteon-test-XXXXXX";
    int file = mkstemp(name);
    assert_true(file >= 0);
    assert_int_equal(dprintf(file, "#!/bin/sh\nwhile :; do :; done\n"), 30);
    assert_int_equal(fchmod(file, 0700), 0);
    assert_int_equal(close(file), 0);
    struct box b = specimen();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_err err = {0};
    OST_AUTO(ost_fem_result) none = NULL;
    options.program = name;
    options.cpu_s = 1.0;
    assert_false(ost_fem_solve_mpi(&problem, &options, NULL, &none, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_non_null(strstr(err.msg, "of the processor"));
    box_free(&b);
    assert_int_equal(unlink(name), 0);
}

int main(void)
{
    struct box b = specimen();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_fem_result *probe = NULL;
    struct ost_err err = {0};
    bool here = ost_fem_solve_mpi(&problem, &options, NULL, &probe, &err);
    ost_fem_result_destroy(probe);
    box_free(&b);
    if (!here) {
        (void)printf("%s\n", err.msg);
        return 77;
    }
    const struct CMUnitTest all[] = {T(two_engines_agree),
                                     T(held_places_and_held_components_go_the_same_way),
                                     T(ranks_do_not_change_the_answer),
                                     T(four_ways_give_one_answer),
                                     T(a_missing_program_is_told),
                                     T(it_stops_when_asked_and_when_time_is_up),
                                     T(it_stops_when_its_seconds_of_the_processor_are_used_up)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
