#include "fem/bmd/map.h"
#include "fem/mesh/stuff.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

static double ball(const void *user, const double p[3])
{
    (void)user;
    return ost_length(p) - 8.0;
}

static struct ost_tet_mesh *ball_mesh(void)
{
    struct ost_field field = {ball, NULL, {-8, -8, -8}, {8, 8, 8}, NULL, NULL};
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_stuff(&field, &options, &mesh, NULL, NULL));
    return mesh;
}

/* A grid of `spacing` mm over a box of +-12 mm with value(point). */
static struct ost_grid *grid_of(double (*value)(const double p[3]), double spacing)
{
    uint32_t n = (uint32_t)(24.0 / spacing) + 1;
    const uint32_t size[3] = {n, n, n};
    const double origin[3] = {-12, -12, -12}, step[3] = {spacing, spacing, spacing};
    struct ost_grid *grid = NULL;
    assert_true(ost_grid_create(&grid, size, origin, step, NULL));
    for (uint32_t at = 0; at < n * n * n; at++) {
        const double p[3] = {-12 + spacing * (at % n), -12 + spacing * (at / n % n),
                             -12 + spacing * (at / n / n)};
        grid->value[at] = (float)value(p);
    }
    return grid;
}

static double ramp(const double p[3])
{
    return 300.0 + 7.0 * p[0] - 3.0 * p[1] + 2.0 * p[2];
}

static double full(const double p[3])
{
    return ost_length(p) <= 8.0 ? 400.0 : 0.0;
}

/* A skin of half the density, as partial volume leaves it. */
static double soft_skin(const double p[3])
{
    return ost_length(p) <= 7.6 ? 400.0 : ost_length(p) <= 8.4 ? 200.0 : 0.0;
}

static void a_linear_field_is_integrated_exactly(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = ball_mesh();
    OST_AUTO(ost_grid) grid = grid_of(ramp, 0.8);
    double *mean = malloc(mesh->tet_count * sizeof *mean);
    ost_tet_mean(mesh, grid, mean);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double middle[3] = {0};
        for (int k = 0; k < 4; k++)
            ost_along(middle, 0.25, mesh->node[mesh->tet[e][k]], middle);
        assert_near(mean[e], ramp(middle), 1e-3);
    }
    free(mean);
}

static double least_mean(const struct ost_grid *grid)
{
    OST_AUTO(ost_tet_mesh) mesh = ball_mesh();
    double *mean = malloc(mesh->tet_count * sizeof *mean), least = INFINITY;
    ost_tet_mean(mesh, grid, mean);
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        least = fmin(least, mean[e]);
    free(mean);
    return least;
}

static void surface_elements_read_from_inside_the_mask(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) bare = grid_of(full, 0.5);
    OST_AUTO(ost_grid) extended = NULL;
    assert_true(ost_density_extend(bare, 0, 3, &extended, NULL));
    assert_true(least_mean(bare) < 350.0);
    assert_near(least_mean(extended), 400.0, 1e-3);
    OST_AUTO(ost_grid) soft = grid_of(soft_skin, 0.5);
    OST_AUTO(ost_grid) eroded = NULL;
    assert_true(ost_density_extend(soft, 2, 5, &eroded, NULL));
    assert_near(least_mean(eroded), 400.0, 1e-3);
}

static void a_crop_keeps_every_value_in_its_place(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = grid_of(ramp, 0.8);
    OST_AUTO(ost_grid) part = NULL;
    const double low[3] = {-3.1, -50.0, 2.2}, high[3] = {4.0, 1.0, 50.0};
    assert_true(ost_density_crop(grid, low, high, &part, NULL));
    assert_true(part->size[0] < 12 && part->size[1] == 18 && part->size[2] < 15);
    for (int i = 0; i < 60; i++) {
        const double p[3] = {-3.0 + 0.11 * i, -11.0 + 0.2 * i, 2.3 + 0.15 * i};
        assert_near(ost_grid_at(part, p, 0.0), ost_grid_at(grid, p, 0.0), 1e-4);
    }
    const double far[3] = {30.0, 30.0, 30.0}, farther[3] = {40.0, 40.0, 40.0};
    OST_AUTO(ost_grid) none = NULL;
    assert_false(ost_density_crop(grid, far, farther, &none, NULL));
}

static double squared(const void *user, double density)
{
    return *(const double *)user * density * density;
}

/* What a scanner makes of a ball of 400: the share of each voxel within it. */
static double averaged(const double p[3])
{
    return 400.0 * fmin(1.0, fmax(0.0, 0.5 - (ost_length(p) - 8.0) / 0.8));
}

static void partial_volume_is_undone(void **state)
{
    (void)state;
    const struct ost_field surface = {ball, NULL, {-8, -8, -8}, {8, 8, 8}, NULL, NULL};
    OST_AUTO(ost_grid) grid = grid_of(averaged, 0.8);
    OST_AUTO(ost_grid) soft = NULL;
    assert_true(ost_density_extend(grid, 0, 3, &soft, NULL));
    ost_density_uncover(grid, &surface);
    OST_AUTO(ost_grid) full_again = NULL;
    assert_true(ost_density_extend(grid, 0, 3, &full_again, NULL));
    assert_true(least_mean(soft) < 300.0);
    assert_near(least_mean(full_again), 400.0, 0.01);
}

static void a_law_is_applied_to_every_voxel(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = grid_of(ramp, 2.0);
    OST_AUTO(ost_grid) out = NULL;
    const double factor = 0.5;
    assert_true(ost_density_apply(grid, squared, &factor, &out, NULL));
    for (int i = 0; i < 13 * 13 * 13; i++)
        assert_near(out->value[i], 0.5 * (double)grid->value[i] * (double)grid->value[i], 0.02);
}

static void a_shift_is_a_mixture_of_cortex_and_trabeculae(void **state)
{
    (void)state;
    const struct ost_density_shift shift = {1000.0, 200.0, 1.1, 0.8};
    assert_near(ost_density_shifted(&shift, 1000.0), 1100.0, 1e-9);
    assert_near(ost_density_shifted(&shift, 1200.0), 1320.0, 1e-9);
    assert_near(ost_density_shifted(&shift, 200.0), 160.0, 1e-9);
    assert_near(ost_density_shifted(&shift, 100.0), 80.0, 1e-9);
    assert_near(ost_density_shifted(&shift, 600.0), 600.0 * 0.95, 1e-9);
    assert_near(ost_density_shifted(&shift, 0.0), 0.0, 0.0);
}

RUN(T(a_linear_field_is_integrated_exactly), T(surface_elements_read_from_inside_the_mask),
    T(partial_volume_is_undone), T(a_crop_keeps_every_value_in_its_place),
    T(a_law_is_applied_to_every_voxel), T(a_shift_is_a_mixture_of_cortex_and_trabeculae))
