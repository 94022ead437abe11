/*
 * Rung V6 where a lattice is weakest: bones nearer to each other than its cells, a fracture with
 * hardly anything in its gap, and a plate with screws across one. Made by the mesher from a field.
 */
#include "fem/mesh/boundary.h"
#include "fem/mesh/stuff.h"
#include "fem/solve/own.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double bone = 17000.0, callus = 0.5, titanium = 114000.0, marrow = 20.0;
static const double half_length = 30.0, radius = 7.0, gap = 1.2;

/* Which body, and where its parts are; the bone lies along z. */
enum kind { BONE, NEIGHBOUR, GAP, PLATE };

static double rod(const double p[3], double x, double r)
{
    return fmax(hypot(p[0] - x, p[1]) - r, fabs(p[2]) - half_length);
}

/* A plate of 3 x 10 x 44 mm on the bone, and four screws through both its cortices. */
static double implant(const double p[3])
{
    double x = fabs(p[0] - (radius + 1.0)) - 1.5, y = fabs(p[1]) - 5.0, z = fabs(p[2]) - 22.0;
    double best = fmax(x, fmax(y, z));
    for (int i = 0; i < 4; i++) {
        static const double at[4] = {-17.0, -9.0, 9.0, 17.0};
        double screw = fmax(hypot(p[1], p[2] - at[i]) - 1.3, fabs(p[0] - 0.5) - radius - 1.0);
        best = fmin(best, screw);
    }
    return best;
}

static double field_at(const void *user, const double p[3])
{
    const enum kind *kind = user;
    /* 0.3 mm apart: less than a third of an edge. */
    double body =
        *kind == NEIGHBOUR ? rod(p, 1.6 * radius + 0.3, 0.6 * radius) : rod(p, 0.0, radius);
    if (*kind == PLATE)
        body = fmin(body, implant(p));
    return body;
}

static double modulus_at(enum kind kind, const double p[3])
{
    if (kind == PLATE && implant(p) < 0.0)
        return titanium;
    if (kind > NEIGHBOUR && fabs(p[2]) < 0.5 * gap)
        return callus;
    return rod(p, 0.0, radius - 2.5) < 0.0 ? marrow : bone;
}

struct body {
    struct ost_tet_mesh *mesh;
    double *modulus;
    uint8_t *held;
    double (*force)[3];
};

static struct ost_tet_mesh *mesh_of(enum kind kind)
{
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ost_tet_mesh *mesh = NULL;
    const struct ost_field field = {
        .at = field_at, .user = &kind, .low = {-12.0, -12.0, -34.0}, .high = {22.0, 12.0, 34.0}};
    options.largest_only = false;
    assert_true(ost_stuff(&field, &options, &mesh, NULL, NULL));
    return mesh;
}

static struct body body_make(enum kind kind)
{
    struct body b = {0};
    OST_AUTO(ost_tet_mesh) first = mesh_of(kind == NEIGHBOUR ? BONE : kind);
    if (kind == NEIGHBOUR) {
        OST_AUTO(ost_tet_mesh) second = mesh_of(NEIGHBOUR);
        assert_true(ost_tet_mesh_join(first, second, &b.mesh, NULL));
    } else {
        b.mesh = ost_steal(&first);
    }
    b.modulus = calloc(b.mesh->tet_count, sizeof *b.modulus);
    b.held = calloc(b.mesh->node_count, 1);
    b.force = calloc(b.mesh->node_count, sizeof *b.force);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) {
        double middle[3] = {0.0};
        for (int k = 0; k < 4; k++)
            ost_along(middle, 0.25, b.mesh->node[b.mesh->tet[e][k]], middle);
        b.modulus[e] = modulus_at(kind, middle);
    }
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        b.held[n] = p[2] < -half_length + 0.5 ? 7 : 0;
        if (p[2] > half_length - 0.5) {
            b.force[n][0] = 0.1;
            b.force[n][2] = -1.0;
        }
    }
    return b;
}

static void body_free(struct body *b)
{
    ost_tet_mesh_destroy(b->mesh);
    free(b->modulus);
    free(b->held);
    free(b->force);
}

/* Iterations to 1e-8, and f.u. */
static uint32_t solve(const struct body *b, const struct ost_tet_mesh *mesh, double *work)
{
    const struct ost_fem_problem problem = {.mesh = mesh,
                                            .modulus = b->modulus,
                                            .poisson = 0.3,
                                            .held = b->held,
                                            .force = (const double(*)[3])b->force};
    const struct ost_fem_options options = ost_fem_options_default();
    struct ost_err err = {0};
    OST_AUTO(ost_fem_result) result = NULL;
    if (!ost_fem_problem_check(&problem, &err) ||
        !ost_fem_solve_own(&problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    assert_true(result->relative_residual <= 1e-8);
    assert_near(result->reaction_error, 0.0, 1e-8);
    *work = result->work;
    return result->iterations;
}

static void bones_nearer_than_an_edge_stay_two(void **state)
{
    (void)state;
    struct body b = body_make(NEIGHBOUR);
    OST_AUTO(ost_boundary) boundary = NULL;
    struct ost_topology topology;
    double work = 0.0;
    assert_true(ost_boundary_create(&boundary, b.mesh, NULL));
    assert_true(ost_boundary_topology(boundary, b.mesh->node_count, &topology, NULL));
    assert_int_equal(topology.components, 2);
    uint32_t iterations = solve(&b, b.mesh, &work);
    (void)printf("      %u elements, %u iterations\n", b.mesh->tet_count, iterations);
    assert_true(iterations <= 40);
    body_free(&b);
}

static void a_gap_with_hardly_anything_in_it_converges(void **state)
{
    (void)state;
    struct body b = body_make(GAP);
    double work = 0.0;
    uint32_t iterations = solve(&b, b.mesh, &work);
    (void)printf("      %u elements, %u iterations\n", b.mesh->tet_count, iterations);
    assert_true(iterations <= 40);
    body_free(&b);
}

/* And the plate takes over: what is left of the bending is a small part of the bare gap's. */
static void a_plate_across_the_gap_converges_and_carries(void **state)
{
    (void)state;
    struct body bare = body_make(GAP), plated = body_make(PLATE);
    double work[2];
    (void)solve(&bare, bare.mesh, &work[0]);
    uint32_t iterations = solve(&plated, plated.mesh, &work[1]);
    (void)printf("      %u elements, %u iterations\n", plated.mesh->tet_count, iterations);
    assert_true(iterations <= 40);
    assert_true(work[1] < 0.1 * work[0]);
    body_free(&bare);
    body_free(&plated);
}

RUN(T(bones_nearer_than_an_edge_stay_two), T(a_gap_with_hardly_anything_in_it_converges),
    T(a_plate_across_the_gap_converges_and_carries))
