#include "fem/mesh/boundary.h"
#include "fem/mesh/quality.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <string.h>

static struct ost_tet_mesh *mesh_of(const double (*node)[3], uint32_t nodes,
                                    const uint32_t (*tet)[4], uint32_t tets)
{
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_create(&mesh, nodes, tets, NULL));
    memcpy(mesh->node, node, nodes * sizeof *node);
    memcpy(mesh->tet, tet, tets * sizeof *tet);
    return mesh;
}

static const double point[9][3] = {{0, 0, 0},  {1, 0, 0},  {0, 1, 0},  {0, 0, 1},   {1, 1, 1},
                                   {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {-1, -1, -1}};

static void one_element_has_four_faces_that_look_outwards(void **state)
{
    (void)state;
    static const uint32_t tet[1][4] = {{0, 1, 2, 3}};
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(point, 4, tet, 1);
    OST_AUTO(ost_boundary) boundary = NULL;
    assert_true(ost_boundary_create(&boundary, mesh, NULL));
    assert_int_equal(boundary->face_count, 4);
    /* The divergence theorem gives the volume back only where all faces look outwards. */
    double sum = 0.0;
    for (int i = 0; i < 4; i++) {
        double n[3];
        const uint32_t *f = boundary->face[i];
        ost_cross(mesh->node[f[1]], mesh->node[f[2]], n);
        sum += ost_dot(mesh->node[f[0]], n) / 6.0;
    }
    assert_near(sum, 1.0 / 6.0, 1e-15);
    assert_near(ost_tet_mesh_volume(mesh), 1.0 / 6.0, 1e-15);
}

static void dihedral_angles_are_those_of_geometry(void **state)
{
    (void)state;
    /* A regular tetrahedron: arccos(1/3) along all six edges. */
    static const double corner[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
    static const uint32_t tet[1][4] = {{0, 2, 1, 3}};
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(corner, 4, tet, 1);
    struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
    assert_near(quality.min_dihedral_deg, 70.528779365509, 1e-9);
    assert_near(quality.max_dihedral_deg, 70.528779365509, 1e-9);
    assert_near(quality.mean_edge, sqrt(8.0), 1e-12);
    assert_near(fabs(quality.volume), 8.0 / 3.0, 1e-12);
}

static void two_elements_share_one_face(void **state)
{
    (void)state;
    static const uint32_t tet[2][4] = {{0, 1, 2, 3}, {1, 2, 3, 4}};
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(point, 5, tet, 2);
    uint32_t across[2][4];
    assert_true(ost_tet_neighbours(mesh, across, NULL));
    assert_int_equal(across[0][0], 1);
    assert_int_equal(across[1][3], 0);
    assert_int_equal(across[0][1], OST_TET_OUTSIDE);
    OST_AUTO(ost_boundary) boundary = NULL;
    struct ost_topology topology;
    assert_true(ost_boundary_create(&boundary, mesh, NULL));
    assert_true(ost_boundary_topology(boundary, 5, &topology, NULL));
    assert_int_equal(topology.faces, 6);
    assert_int_equal(topology.edges, 9);
    assert_int_equal(topology.euler, 2);
    assert_int_equal(topology.components, 1);
}

static void a_face_of_three_elements_is_refused(void **state)
{
    (void)state;
    static const uint32_t tet[3][4] = {{0, 1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 5}};
    OST_AUTO(ost_tet_mesh) mesh = mesh_of(point, 6, tet, 3);
    OST_AUTO(ost_boundary) boundary = NULL;
    struct ost_err err = {0};
    assert_false(ost_boundary_create(&boundary, mesh, &err));
    assert_int_equal(err.code, OST_CORRUPT);
}

static void touching_along_an_edge_and_at_a_point_is_noticed(void **state)
{
    (void)state;
    static const uint32_t edge[2][4] = {{0, 1, 2, 3}, {0, 1, 6, 7}};
    static const uint32_t tip[2][4] = {{0, 1, 2, 3}, {0, 5, 6, 7}};
    struct ost_topology topology;
    OST_AUTO(ost_tet_mesh) along = mesh_of(point, 8, edge, 2);
    OST_AUTO(ost_boundary) one = NULL;
    assert_true(ost_boundary_create(&one, along, NULL));
    assert_true(ost_boundary_topology(one, 8, &topology, NULL));
    assert_int_equal(topology.bad_edges, 1);
    OST_AUTO(ost_tet_mesh) at = mesh_of(point, 8, tip, 2);
    OST_AUTO(ost_boundary) two = NULL;
    assert_true(ost_boundary_create(&two, at, NULL));
    assert_true(ost_boundary_topology(two, 8, &topology, NULL));
    assert_int_equal(topology.bad_edges, 0);
    assert_int_equal(topology.pinched, 1);
    assert_int_equal(topology.components, 2);
}

static void elements_that_are_none_are_refused(void **state)
{
    (void)state;
    static const uint32_t flat[1][4] = {{0, 1, 5, 2}}, turned[1][4] = {{0, 2, 1, 3}},
                          far[1][4] = {{0, 1, 2, 9}};
    const uint32_t(*bad[3])[4] = {flat, turned, far};
    for (int i = 0; i < 3; i++) {
        OST_AUTO(ost_tet_mesh) mesh = mesh_of(point, 9, bad[i], 1);
        struct ost_err err = {0};
        assert_false(ost_tet_mesh_check(mesh, &err));
        assert_int_equal(err.code, OST_CORRUPT);
    }
}

RUN(T(one_element_has_four_faces_that_look_outwards), T(dihedral_angles_are_those_of_geometry),
    T(two_elements_share_one_face), T(a_face_of_three_elements_is_refused),
    T(touching_along_an_edge_and_at_a_point_is_noticed), T(elements_that_are_none_are_refused))
