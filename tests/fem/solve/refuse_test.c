#include "fem/solve/own.h"
#include "fem/solve/wire.h"
#include "tests/fem/solve/box.h"

static struct box small(void)
{
    const double size[3] = {2.0, 1.0, 1.0};
    const uint32_t cells[3] = {2, 1, 1};
    struct box b = box_make(size, cells, 100.0);
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 7;
    b.force[box_node(&b, 2, 0, 0)][2] = 1.0;
    return b;
}

static void expect(struct box *b, double poisson, bool good)
{
    struct ost_fem_problem problem = box_problem(b, poisson);
    struct ost_err err = {0};
    assert_int_equal(ost_fem_problem_check(&problem, &err), good);
    if (!good)
        assert_true(err.code == OST_INVALID || err.code == OST_CORRUPT);
    box_free(b);
}

static void a_sound_problem_is_taken(void **state)
{
    (void)state;
    struct box b = small();
    expect(&b, 0.3, true);
}

static void a_body_free_to_move_is_refused(void **state)
{
    (void)state;
    struct box none = small(), hinge = small(), sliding = small();
    memset(none.held, 0, none.mesh->node_count);
    expect(&none, 0.3, false);
    /* Held along one line: free to turn about it. */
    memset(hinge.held, 0, hinge.mesh->node_count);
    hinge.held[box_node(&hinge, 0, 0, 0)] = 7;
    hinge.held[box_node(&hinge, 1, 0, 0)] = 7;
    hinge.held[box_node(&hinge, 2, 0, 0)] = 7;
    expect(&hinge, 0.3, false);
    for (uint32_t n = 0; n < sliding.mesh->node_count; n++)
        sliding.held[n] = 5;
    expect(&sliding, 0.3, false);
}

static void a_second_piece_must_be_held_too(void **state)
{
    (void)state;
    struct box b = small();
    /* The last cube loses its neighbours: its elements get nodes of their own. */
    struct ost_tet_mesh *apart = NULL;
    assert_true(ost_tet_mesh_create(&apart, b.mesh->node_count + 8, 12, NULL));
    memcpy(apart->node, b.mesh->node, b.mesh->node_count * sizeof *apart->node);
    memcpy(apart->tet, b.mesh->tet, 12 * sizeof *apart->tet);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t from = box_node(&b, 1 + (i & 1), i >> 1 & 1, i >> 2);
        memcpy(apart->node[b.mesh->node_count + i], b.mesh->node[from], sizeof *apart->node);
        apart->node[b.mesh->node_count + i][0] += 5.0;
        for (int e = 6; e < 12; e++)
            for (int k = 0; k < 4; k++)
                if (apart->tet[e][k] == from)
                    apart->tet[e][k] = b.mesh->node_count + i;
    }
    uint32_t nodes = apart->node_count;
    ost_tet_mesh_destroy(b.mesh);
    b.mesh = apart;
    b.held = realloc(b.held, nodes);
    memset(b.held + nodes - 8, 0, 8);
    b.force = realloc(b.force, nodes * sizeof *b.force);
    memset(b.force + nodes - 8, 0, 8 * sizeof *b.force);
    b.place = realloc(b.place, nodes * sizeof *b.place);
    memset(b.place + nodes - 8, 0, 8 * sizeof *b.place);
    expect(&b, 0.3, false);
}

static void numbers_that_are_none_are_refused(void **state)
{
    (void)state;
    struct box soft = small(), hard = small(), load = small(), ratio = small(), turned = small();
    soft.modulus[3] = 0.0;
    expect(&soft, 0.3, false);
    hard.modulus[3] = (double)NAN;
    expect(&hard, 0.3, false);
    load.force[2][1] = (double)INFINITY;
    expect(&load, 0.3, false);
    expect(&ratio, 0.5, false);
    uint32_t swap = turned.mesh->tet[5][0];
    turned.mesh->tet[5][0] = turned.mesh->tet[5][1];
    turned.mesh->tet[5][1] = swap;
    expect(&turned, 0.3, false);
}

/* A modulus inside an element: of ten nodes alone, and above zero. */
static void shares_that_are_none_are_refused(void **state)
{
    (void)state;
    struct box b = small();
    double(*share)[4] = calloc(b.mesh->tet_count, sizeof *share);
    assert_non_null(share);
    for (uint32_t at = 0; at < 4 * b.mesh->tet_count; at++)
        share[at / 4][at % 4] = 1.0;
    struct ost_fem_problem four = box_problem(&b, 0.3);
    four.share = (const double(*)[4])share;
    assert_false(ost_fem_problem_check(&four, NULL));
    box_quadratic(&b);
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        b.held[n] = b.mesh->node[n][0] < 1e-9 ? 7 : 0;
    box_load_end(&b, (const double[]){1.0, 0.0, 0.0});
    struct ost_fem_problem ten = box_problem(&b, 0.3);
    ten.share = (const double(*)[4])share;
    assert_true(ost_fem_problem_check(&ten, NULL));
    assert_false(ost_fem_problem_is_writable(&ten));
    share[3][2] = 0.0;
    assert_false(ost_fem_problem_check(&ten, NULL));
    free(share);
    box_free(&b);
}

static void a_load_on_nothing_is_refused(void **state)
{
    (void)state;
    struct box none = small(), held = small(), lost = small();
    none.force[box_node(&none, 2, 0, 0)][2] = 0.0;
    expect(&none, 0.3, false);
    /* All of it on what cannot move. */
    held.force[box_node(&held, 2, 0, 0)][2] = 0.0;
    held.force[box_node(&held, 0, 0, 0)][2] = 1.0;
    expect(&held, 0.3, false);
    /* The last node's elements are given to another. */
    uint32_t last = box_node(&lost, 2, 1, 1), other = box_node(&lost, 2, 0, 1);
    lost.mesh->tet_count = 0;
    for (uint32_t e = 0; e < 12; e++) {
        const uint32_t *t = lost.mesh->tet[e];
        bool uses = t[0] == last || t[1] == last || t[2] == last || t[3] == last;
        if (!uses)
            memmove(lost.mesh->tet[lost.mesh->tet_count++], t, sizeof lost.mesh->tet[0]);
    }
    lost.force[other][2] = 1.0;
    lost.force[last][2] = 1.0;
    expect(&lost, 0.3, false);
}

static void a_mesh_too_large_for_memory_is_refused_before_the_solve(void **state)
{
    (void)state;
    struct box b = small();
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_err err = {0};
    uint64_t needed = ost_fem_own_bytes(&problem);
    assert_true(ost_fem_own_fits(&problem, needed, &err));
    assert_false(ost_fem_own_fits(&problem, needed - 1, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_non_null(strstr(err.msg, "larger"));
    box_free(&b);
}

RUN(T(a_sound_problem_is_taken), T(a_body_free_to_move_is_refused),
    T(a_second_piece_must_be_held_too), T(numbers_that_are_none_are_refused),
    T(shares_that_are_none_are_refused), T(a_load_on_nothing_is_refused),
    T(a_mesh_too_large_for_memory_is_refused_before_the_solve))
