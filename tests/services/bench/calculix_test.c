/* Rung V5: the same elements through CalculiX' direct solver give the same, all of it. */
#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "recon/math/vec.h"
#include "services/bench/fem.h"
#include "services/bench/peer.h"
#include "tests/fem/solve/box.h"

#include <stdio.h>
#include <stdlib.h>

/* A block, hard outside and soft within, bent and twisted. */
static void expect_same(const struct box *b, const struct ost_fem_problem *problem,
                        const struct ost_fem_result *own, const double (*move)[3],
                        const double (*stress)[6])
{
    double(*ours)[6] = calloc(b->mesh->tet_count, sizeof *ours), far = 0.0, most = 0.0;
    double off = 0.0, wrong = 0.0;
    ost_fem_stress(problem, (const double(*)[3])own->displacement, ours);
    for (uint32_t n = 0; n < b->mesh->node_count; n++)
        for (int k = 0; k < 3; k++) {
            far = fmax(far, fabs(own->displacement[n][k]));
            off = fmax(off, fabs(own->displacement[n][k] - move[n][k]));
        }
    for (uint32_t e = 0; e < b->mesh->tet_count; e++)
        for (int k = 0; k < 6; k++) {
            most = fmax(most, fabs(ours[e][k]));
            wrong = fmax(wrong, fabs(ours[e][k] - stress[e][k]));
        }
    assert_true(most > 1.0);
    assert_near(off / far, 0.0, 1e-6);
    assert_near(wrong / most, 0.0, 1e-5);
    free(ours);
}

static void all_is_the_same(bool quadratic)
{
    const double size[3] = {12.0, 4.0, 3.0};
    const uint32_t cells[3] = {12, 4, 3};
    struct box b = box_make(size, cells, 15000.0);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        b.modulus[e] = e / 6 / 12 % 4 == 1 ? 15.0 : 15000.0;
    if (quadratic)
        box_quadratic(&b);
    box_load_end(&b, (const double[]){-30.0, 4.0, -11.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
    const struct ost_bench_fem_load load = {.problem = box_problem(&b, 0.3),
                                            .mesh = b.mesh,
                                            .modulus = b.modulus,
                                            .held = b.held,
                                            .force = b.force};
    struct ost_fem_options options = {1e-10, 500, OST_FEM_MULTIGRID};
    struct ost_bench_fem_peer peer = {0};
    struct ost_err err = {0};
    OST_AUTO(ost_fem_result) own = NULL;
    double work = 0.0;
    double(*move)[3] = calloc(b.mesh->node_count, sizeof *move);
    double(*stress)[6] = calloc(b.mesh->tet_count, sizeof *stress);
    assert_true(ost_fem_solve_own(&load.problem, &options, NULL, &own, NULL));
    if (!ost_bench_calculix_answer(&load, true, &peer, move, stress, &err))
        fail_msg("%s", err.msg);
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        work += ost_dot(b.force[n], move[n]);
    /* It prints seven digits of every displacement. */
    assert_near(own->work / work, 1.0, 1e-7);
    expect_same(&b, &load.problem, own, (const double(*)[3])move, (const double(*)[6])stress);
    free(move);
    free(stress);
    assert_true(peer.cpu_s > 0.0);
    box_free(&b);
}

static void four_nodes_agree(void **state)
{
    (void)state;
    all_is_the_same(false);
}

static void ten_nodes_agree(void **state)
{
    (void)state;
    all_is_the_same(true);
}

static void a_program_that_is_not_there_is_told(void **state)
{
    (void)state;
    static const char *const none[] = {"osteon-no-such-program", NULL};
    struct ost_err err = {0};
    assert_false(ost_bench_peer_run("/nonexistent", none, 0, 5.0, NULL, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    assert_false(ost_bench_peer_there("osteon-no-such-program", "--version"));
}

int main(void)
{
    if (!ost_bench_peer_there("ccx", "-v")) {
        (void)printf("ccx is not installed: apt-get install calculix-ccx\n");
        return 77;
    }
    const struct CMUnitTest all[] = {T(four_nodes_agree), T(ten_nodes_agree),
                                     T(a_program_that_is_not_there_is_told)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
