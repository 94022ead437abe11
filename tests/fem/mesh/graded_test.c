/* Elements that grow along a bone keep their shape: angles, surface, volume, and their number. */
#include "fem/mesh/boundary.h"
#include "fem/mesh/graded.h"
#include "fem/mesh/quality.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdio.h>

static const double half = 40.0, radius = 9.0;

/* A bone of a kind: a rod with round ends. */
static double rod(const void *user, const double p[3])
{
    (void)user;
    double z = fmax(fabs(p[2]) - half, 0.0);
    return hypot(hypot(p[0], p[1]), z) - radius;
}

static const struct ost_field body = {
    .at = rod, .low = {-11.0, -11.0, -51.0}, .high = {11.0, 11.0, 51.0}};

/* The mean edge of the elements whose middle lies within 5 mm of a height. */
static double edge_at(const struct ost_tet_mesh *mesh, double height)
{
    double sum = 0.0, count = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        const uint32_t *t = mesh->tet[e];
        if (fabs(mesh->node[t[0]][2] - height) > 5.0)
            continue;
        for (int k = 0; k < 6; k++, count += 1.0)
            sum +=
                ost_distance(mesh->node[t[ost_tet_edge[k][0]]], mesh->node[t[ost_tet_edge[k][1]]]);
    }
    return sum / count;
}

static void elements_grow_and_keep_their_angles(void **state)
{
    (void)state;
    const double near[3] = {0.0, 0.0, half + radius}, up[3] = {0.0, 0.0, 1.0};
    struct ost_stuff_options options = ost_stuff_options_default();
    OST_AUTO(ost_tet_mesh) even = NULL;
    assert_true(ost_stuff(&body, &options, &even, NULL, NULL));
    for (double ratio = 2.0; ratio <= 4.0; ratio += 1.0) {
        const struct ost_grading grading =
            ost_grading_along(near, up, 2.0 * (half + radius), ratio);
        OST_AUTO(ost_tet_mesh) mesh = NULL;
        OST_AUTO(ost_boundary) boundary = NULL;
        struct ost_topology topology;
        assert_true(ost_stuff_graded(&body, &grading, &options, &mesh, NULL, NULL));
        struct ost_tet_quality q = ost_tet_mesh_quality(mesh);
        (void)printf("      %u of %u elements, %.1f to %.1f degrees\n", mesh->tet_count,
                     even->tet_count, q.min_dihedral_deg, q.max_dihedral_deg);
        assert_true(q.min_dihedral_deg >= 15.0 && q.max_dihedral_deg <= 152.0);
        assert_true(mesh->tet_count < 0.7 * even->tet_count);
        double top = edge_at(mesh, half), bottom = edge_at(mesh, -half);
        double d = grading.centre[2];
        assert_near(bottom / top, (d + half) * (d + half) / ((d - half) * (d - half)),
                    0.06 * bottom / top);
        double exact = OST_PI * radius * radius * (2.0 * half + 4.0 / 3.0 * radius);
        assert_near(q.volume / exact, 1.0, 0.02);
        assert_true(ost_boundary_create(&boundary, mesh, NULL));
        assert_true(ost_boundary_topology(boundary, mesh->node_count, &topology, NULL));
        assert_int_equal(topology.euler, 2);
        assert_int_equal(topology.bad_edges, 0);
        for (uint32_t i = 0; i < 3 * boundary->face_count; i++)
            assert_near(rod(NULL, mesh->node[boundary->face[i / 3][i % 3]]), 0.0, 0.01);
    }
}

static void a_centre_within_the_body_is_refused(void **state)
{
    (void)state;
    const struct ost_grading at[2] = {{{0.0, 0.0, 10.0}, 60.0}, {{0.0, 0.0, 90.0}, 2.0}};
    const struct ost_stuff_options options = ost_stuff_options_default();
    for (int i = 0; i < 2; i++) {
        OST_AUTO(ost_tet_mesh) mesh = NULL;
        struct ost_err err = {0};
        assert_false(ost_stuff_graded(&body, &at[i], &options, &mesh, NULL, &err));
        assert_int_equal(err.code, OST_INVALID);
    }
}

RUN(T(elements_grow_and_keep_their_angles), T(a_centre_within_the_body_is_refused))
