#include "recon/mesh/level.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/remesh.h"
#include "tests/recon/mesh/bodies.h"

#include <stdlib.h>

enum { SIDE = 48 };

/* Two balls of radius 8 that overlap, sampled every half millimetre. */
static double field(const double p[3])
{
    double a[3] = {p[0] - 4.0, p[1], p[2]}, b[3] = {p[0] + 4.0, p[1], p[2]};
    return fmin(ost_length(a), ost_length(b)) - 8.0;
}

static struct ost_mesh *two_balls(void)
{
    struct ost_lattice lattice = {
        .size = {SIDE + 16, SIDE, SIDE}, .low = {-13.1, -9.9, -9.9}, .spacing = 0.42};
    size_t count = (size_t)(SIDE + 16) * SIDE * SIDE;
    float *value = calloc(count, sizeof *value);
    assert_non_null(value);
    for (size_t i = 0; i < count; i++) {
        double p[3] = {lattice.low[0] + lattice.spacing * (double)(i % (SIDE + 16)),
                       lattice.low[1] + lattice.spacing * (double)(i / (SIDE + 16) % SIDE),
                       lattice.low[2] + lattice.spacing * (double)(i / (SIDE + 16) / SIDE)};
        value[i] = (float)field(p);
    }
    lattice.value = value;
    struct ost_mesh *mesh = NULL;
    assert_true(ost_level_surface(&lattice, 200000, &mesh, NULL));
    free(value);
    return mesh;
}

/* Two caps of a ball of radius r cut at distance d: volume and area by the cap formulas. */
static void the_level_surface_is_closed_and_of_the_right_size(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = two_balls();
    struct ost_mesh_facts f;
    assert_true(ost_mesh_measure(mesh, &f, NULL));
    double h = 12.0, r = 8.0; /* each ball keeps a cap of height r + 4 */
    assert_true(f.closed);
    assert_int_equal(f.euler, 2);
    assert_int_equal(f.components, 1);
    assert_near(f.volume, 2.0 * OST_PI * h * h * (3.0 * r - h) / 3.0, 25.0);
    assert_near(f.area, 2.0 * 2.0 * OST_PI * r * h, 15.0);
}

static double edge_wanted(const void *user, const double p[3])
{
    (void)user;
    return p[0] < 0.0 ? 1.0 : 1.0 + 0.1 * p[0];
}

static void onto_balls(const void *user, double p[3])
{
    (void)user;
    double centre[3] = {p[0] > 0.0 ? 4.0 : -4.0, 0.0, 0.0}, d[3];
    ost_sub(p, centre, d);
    (void)ost_unit(d);
    ost_along(centre, 8.0, d, p);
}

static void edges_take_the_length_asked_for(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = two_balls();
    struct ost_remesh options = {.edge = edge_wanted, .project = onto_balls};
    assert_true(ost_remesh(mesh, &options, NULL));
    struct ost_mesh_facts f;
    assert_true(ost_mesh_measure(mesh, &f, NULL));
    assert_true(f.closed);
    assert_int_equal(f.euler, 2);
    double sum = 0.0, count = 0.0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        for (int k = 0; k < 3; k++) {
            const float *a = mesh->vertex[mesh->triangle[i][k]];
            const float *b = mesh->vertex[mesh->triangle[i][(k + 1) % 3]];
            double p[3] = {a[0], a[1], a[2]}, q[3] = {b[0], b[1], b[2]}, middle[3];
            ost_along(p, 1.0, q, middle);
            for (int c = 0; c < 3; c++)
                middle[c] *= 0.5;
            double share = ost_distance(p, q) / edge_wanted(NULL, middle);
            assert_true(share > 0.3 && share < 1.7);
            sum += share;
            count += 1.0;
        }
    assert_near(sum / count, 1.0, 0.08);
    /* A chord of length e lies up to e^2 / 8 r inside a ball of radius r. */
    assert_near(f.volume, 2.0 * OST_PI * 144.0 * 12.0 / 3.0, 0.04 * f.area);
}

static void the_same_mesh_comes_out_twice(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) a = two_balls();
    OST_AUTO(ost_mesh) b = two_balls();
    struct ost_remesh options = {.edge = edge_wanted, .project = onto_balls, .passes = 3};
    assert_true(ost_remesh(a, &options, NULL));
    assert_true(ost_remesh(b, &options, NULL));
    assert_int_equal(a->vertex_count, b->vertex_count);
    assert_memory_equal(a->vertex, b->vertex, a->vertex_count * sizeof *a->vertex);
    assert_memory_equal(a->triangle, b->triangle, a->triangle_count * sizeof *a->triangle);
}

RUN(T(the_level_surface_is_closed_and_of_the_right_size), T(edges_take_the_length_asked_for),
    T(the_same_mesh_comes_out_twice))
