#include "fem/bmd/map.h"
#include "tests/check.h"

#include <string.h>

/* One element over a grid of half millimetres whose value is 3 + 2 x + 5 y - z. */
static struct ost_grid *ramp(void)
{
    const uint32_t size[3] = {31, 31, 31};
    const double origin[3] = {-1.0, -1.0, -1.0}, spacing[3] = {0.5, 0.5, 0.5};
    struct ost_grid *grid = NULL;
    assert_true(ost_grid_create(&grid, size, origin, spacing, NULL));
    for (uint32_t at = 0; at < 31 * 31 * 31; at++) {
        double x = -1.0 + 0.5 * (at % 31), y = -1.0 + 0.5 * (at / 31 % 31);
        grid->value[at] = (float)(3.0 + 2.0 * x + 5.0 * y - (-1.0 + 0.5 * (at / 961)));
    }
    return grid;
}

static struct ost_tet_mesh *tet(double size)
{
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_create(&mesh, 4, 1, NULL));
    const double node[4][3] = {
        {0.1, 0.2, 0.3}, {0.1 + size, 0.2, 0.3}, {0.1, 0.2 + size, 0.3}, {0.1, 0.2, 0.3 + size}};
    memcpy(mesh->node, node, sizeof node);
    for (uint32_t k = 0; k < 4; k++)
        mesh->tet[0][k] = k;
    return mesh;
}

static double same(const void *user, double value)
{
    (void)user;
    return value;
}

static double square(const void *user, double value)
{
    (void)user;
    return value * value;
}

static void a_linear_field_has_its_middle_value(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = ramp();
    OST_AUTO(ost_tet_mesh) big = tet(12.0);
    OST_AUTO(ost_tet_mesh) small = tet(0.2);
    const double at_big = 3.0 + 2.0 * 3.1 + 5.0 * 3.2 - 3.3;
    const double at_small = 3.0 + 2.0 * 0.15 + 5.0 * 0.25 - 0.35;
    double mean = 0.0;
    ost_tet_gauss_mean(big, grid, same, NULL, &mean, NULL);
    assert_near(mean, at_big, 1e-5);
    ost_tet_mean(big, grid, &mean);
    assert_near(mean, at_big, 1e-5);
    /* Voxels within: exact but for the ragged border. */
    ost_tet_voxel_mean(big, grid, &mean);
    assert_near(mean / at_big, 1.0, 0.04);
    /* No voxel's middle lies in the small one: its own middle counts. */
    ost_tet_voxel_mean(small, grid, &mean);
    assert_near(mean, at_small, 1e-5);
}

/* The mean of x^2 over a tetrahedron is (sum x)^2 / 20 + sum x^2 / 20; four points have it. */
static void gauss_points_integrate_a_square(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = ramp();
    OST_AUTO(ost_tet_mesh) mesh = tet(12.0);
    double value[4], sum = 0.0, squares = 0.0, mean = 0.0;
    for (int k = 0; k < 4; k++) {
        const double *p = mesh->node[k];
        value[k] = 3.0 + 2.0 * p[0] + 5.0 * p[1] - p[2];
        sum += value[k];
        squares += value[k] * value[k];
    }
    ost_tet_gauss_mean(mesh, grid, square, NULL, &mean, NULL);
    assert_near(mean / ((sum * sum + squares) / 20.0), 1.0, 1e-6);
}

RUN(T(a_linear_field_has_its_middle_value), T(gauss_points_integrate_a_square))
