#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void a_box_has_its_closed_form(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){2, 3, 4});
    struct ost_mesh_facts f;
    assert_true(ost_mesh_measure(mesh, &f, NULL));
    assert_near(f.area, 52.0, 1e-9);
    assert_near(f.volume, 24.0, 1e-9);
    assert_true(f.closed);
    assert_int_equal(f.euler, 2);
    assert_int_equal(f.components, 1);
    assert_int_equal(f.edges, 18);
}

static void a_missing_triangle_opens_three_edges(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(5.0, origin, 8);
    mesh->triangle_count--;
    struct ost_mesh_facts f;
    assert_true(ost_mesh_measure(mesh, &f, NULL));
    assert_false(f.closed);
    assert_int_equal(f.rim_edges, 3);
    assert_int_equal(f.euler, 1);
}

static void a_turned_triangle_is_opposed(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){1, 1, 1});
    memcpy(mesh->triangle[0], (uint32_t[]){0, 1, 2}, 12);
    struct ost_mesh_facts f;
    assert_true(ost_mesh_measure(mesh, &f, NULL));
    assert_false(f.closed);
    assert_int_equal(f.opposed_edges, 3);
}

static void winding_is_one_inside_and_a_half_at_a_torn_wall(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){1, 1, 1});
    assert_near(ost_mesh_winding(mesh, (double[]){0.5, 0.5, 0.5}), 1.0, 1e-9);
    assert_near(ost_mesh_winding(mesh, (double[]){1.5, 0.5, 0.5}), 0.0, 1e-9);
    mesh->triangle_count -= 2; /* one wall of six is a sixth of the full angle */
    assert_near(ost_mesh_winding(mesh, (double[]){0.5, 0.5, 0.5}), 5.0 / 6.0, 1e-9);
}

static void flipping_turns_the_volume_over(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(5.0, origin, 12);
    double volume = ost_mesh_volume(mesh);
    ost_mesh_flip(mesh);
    assert_near(ost_mesh_volume(mesh), -volume, 1e-9);
}

static void normals_of_a_ball_point_away_from_its_middle(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(5.0, origin, 24);
    float normal[2048][3];
    assert_true(mesh->vertex_count <= 2048);
    ost_mesh_vertex_normals(mesh, normal);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        for (int k = 0; k < 3; k++)
            assert_near(normal[i][k], mesh->vertex[i][k] / 5.0, 0.02);
}

RUN(T(a_box_has_its_closed_form), T(a_missing_triangle_opens_three_edges),
    T(a_turned_triangle_is_opposed), T(winding_is_one_inside_and_a_half_at_a_torn_wall),
    T(flipping_turns_the_volume_over), T(normals_of_a_ball_point_away_from_its_middle))
