#include "fem/mesh/boundary.h"
#include "fem/mesh/quality.h"
#include "fem/mesh/stuff.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

/* A body with a closed form, and how it is placed. */
struct body {
    double (*distance)(const double q[3]);
    double low[3], high[3];
    struct ost_err err;
};

static double at_body(const void *user, const double point[3])
{
    const struct body *body = user;
    return body->distance(point);
}

static double ball(const double p[3])
{
    return ost_length(p) - 10.0;
}

static double box(const double p[3])
{
    return fmax(fmax(fabs(p[0] - 0.3) - 8.0, fabs(p[1]) - 6.0), fabs(p[2] + 0.2) - 9.5);
}

static double capsule(const double p[3])
{
    double along = fmax(-12.0, fmin(12.0, p[2]));
    double from[3] = {p[0], p[1], p[2] - along};
    return ost_length(from) - 5.0;
}

static double torus(const double p[3])
{
    return hypot(hypot(p[0], p[1]) - 12.0, p[2]) - 4.0;
}

static double two_balls(const double p[3])
{
    double q[3] = {p[0] - 11.0, p[1], p[2]};
    double r[3] = {p[0] + 4.0, p[1], p[2]};
    return fmin(ost_length(q) - 3.0, ost_length(r) - 8.0);
}

/* A ball with a cone-shaped dent and a plate thinner than the lattice. */
static double awkward(const double p[3])
{
    double plate = fmax(fabs(p[2] - 0.01) - 0.4, hypot(p[0], p[1]) - 14.0);
    double dent = (hypot(p[0], p[1]) - (p[2] - 2.0)) / sqrt(2.0);
    return fmin(fmax(ball(p), -dent), plate);
}

static struct ost_tet_mesh *mesh_of(double (*distance)(const double[3]), double lattice,
                                    bool largest)
{
    struct body body = {.distance = distance};
    struct ost_field field = {at_body, &body, {-17.3, -17.1, -17.7}, {17.9, 17.2, 17.4},
                              NULL,    NULL};
    struct ost_stuff_options options = ost_stuff_options_default();
    options.lattice = lattice;
    options.largest_only = largest;
    struct ost_tet_mesh *mesh = NULL;
    struct ost_err err = {0};
    if (!ost_stuff(&field, &options, &mesh, NULL, &err))
        fail_msg("%s", err.msg);
    return mesh;
}

static struct ost_topology topology_of(const struct ost_tet_mesh *mesh)
{
    OST_AUTO(ost_boundary) boundary = NULL;
    struct ost_topology topology = {0};
    assert_true(ost_boundary_create(&boundary, mesh, NULL));
    assert_true(ost_boundary_topology(boundary, mesh->node_count, &topology, NULL));
    return topology;
}

/* Closed, one piece, of the given Euler number, with angles the solver can use. */
static void assert_sound(const struct ost_tet_mesh *mesh, int euler)
{
    struct ost_topology topology = topology_of(mesh);
    struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
    assert_int_equal(topology.bad_edges, 0);
    assert_int_equal(topology.pinched, 0);
    assert_int_equal(topology.components, 1);
    assert_int_equal(topology.euler, euler);
    assert_true(ost_tet_mesh_check(mesh, NULL));
    assert_true(quality.min_dihedral_deg > 15.0);
    assert_true(quality.max_dihedral_deg < 152.0);
}

static void a_ball_is_filled(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(ball, 1.12, true);
    assert_sound(mesh, 2);
    assert_near(ost_tet_mesh_volume(mesh) / (4.0 / 3.0 * OST_PI * 1000.0), 1.0, 0.008);
    /* Twelve elements to a cube of the lattice, and the cut ones are not much smaller. */
    assert_near(mesh->tet_count * 1.12 * 1.12 * 1.12 / 12.0 / 4188.8, 1.0, 0.12);
}

static void the_error_of_the_volume_falls_with_the_square_of_the_edge(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) coarse = mesh_of(ball, 1.6, true);
    OST_AUTO(ost_tet_mesh) fine = mesh_of(ball, 0.8, true);
    double exact = 4.0 / 3.0 * OST_PI * 1000.0;
    double ratio = (exact - ost_tet_mesh_volume(coarse)) / (exact - ost_tet_mesh_volume(fine));
    assert_near(ratio, 4.0, 0.6);
}

static void a_box_keeps_its_volume_but_for_its_edges(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(box, 1.12, true);
    assert_sound(mesh, 2);
    assert_near(ost_tet_mesh_volume(mesh) / (16.0 * 12.0 * 19.0), 1.0, 0.02);
}

static void a_capsule_is_filled(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(capsule, 1.12, true);
    assert_sound(mesh, 2);
    double exact = OST_PI * 25.0 * 24.0 + 4.0 / 3.0 * OST_PI * 125.0;
    assert_near(ost_tet_mesh_volume(mesh) / exact, 1.0, 0.02);
}

static void a_torus_keeps_its_hole(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(torus, 1.12, true);
    assert_sound(mesh, 0);
    assert_near(ost_tet_mesh_volume(mesh) / (2.0 * OST_PI * OST_PI * 12.0 * 16.0), 1.0, 0.02);
}

static void islands_are_left_out_where_asked(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) both = mesh_of(two_balls, 1.12, false);
    OST_AUTO(ost_tet_mesh) one = mesh_of(two_balls, 1.12, true);
    assert_int_equal(topology_of(both).components, 2);
    assert_sound(one, 2);
    assert_near(ost_tet_mesh_volume(one) / (4.0 / 3.0 * OST_PI * 512.0), 1.0, 0.01);
}

static void a_body_thinner_than_the_lattice_still_gives_a_closed_surface(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(awkward, 1.12, true);
    struct ost_topology topology = topology_of(mesh);
    struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
    assert_int_equal(topology.bad_edges, 0);
    assert_true(ost_tet_mesh_check(mesh, NULL));
    assert_true(quality.min_dihedral_deg > 10.0);
    assert_true(quality.max_dihedral_deg < 165.0);
}

static void boundary_vertices_lie_on_the_surface(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(ball, 1.12, true);
    OST_AUTO(ost_boundary) boundary = NULL;
    assert_true(ost_boundary_create(&boundary, mesh, NULL));
    for (uint32_t i = 0; i < boundary->face_count; i++)
        for (int k = 0; k < 3; k++)
            assert_near(ball(mesh->node[boundary->face[i][k]]), 0.0, 2e-3);
}

static void equal_bodies_give_equal_meshes(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) a = mesh_of(awkward, 1.3, true);
    OST_AUTO(ost_tet_mesh) b = mesh_of(awkward, 1.3, true);
    assert_int_equal(a->node_count, b->node_count);
    assert_int_equal(a->tet_count, b->tet_count);
    assert_memory_equal(a->node, b->node, a->node_count * sizeof *a->node);
    assert_memory_equal(a->tet, b->tet, a->tet_count * sizeof *a->tet);
}

static double nothing(const double p[3])
{
    return 1.0 + fabs(p[0]);
}

static double everything(const double p[3])
{
    return -1.0 - fabs(p[0]);
}

static void refuse(double (*distance)(const double[3]), double lattice, enum ost_code code)
{
    struct body body = {.distance = distance};
    struct ost_field field = {at_body, &body, {-5.0, -5.0, -5.0}, {5.0, 5.0, 5.0}, NULL, NULL};
    struct ost_stuff_options options = ost_stuff_options_default();
    options.lattice = lattice;
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    struct ost_err err = {0};
    assert_false(ost_stuff(&field, &options, &mesh, NULL, &err));
    assert_int_equal(err.code, code);
    assert_null(mesh);
}

static double not_a_number(const double p[3])
{
    return p[0] > 2.0 ? (double)NAN : ost_length(p) - 1.0;
}

static void fields_that_bound_no_body_are_refused(void **state)
{
    (void)state;
    refuse(nothing, 1.0, OST_INVALID);
    refuse(everything, 1.0, OST_INVALID);
    refuse(not_a_number, 1.0, OST_INVALID);
    refuse(nothing, 0.011, OST_LIMIT);
    refuse(nothing, 0.0, OST_INVALID);
    refuse(nothing, (double)NAN, OST_INVALID);
}

RUN(T(a_ball_is_filled), T(the_error_of_the_volume_falls_with_the_square_of_the_edge),
    T(a_box_keeps_its_volume_but_for_its_edges), T(a_capsule_is_filled), T(a_torus_keeps_its_hole),
    T(islands_are_left_out_where_asked),
    T(a_body_thinner_than_the_lattice_still_gives_a_closed_surface),
    T(boundary_vertices_lie_on_the_surface), T(equal_bodies_give_equal_meshes),
    T(fields_that_bound_no_body_are_refused))
