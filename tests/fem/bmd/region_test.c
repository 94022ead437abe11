#include "fem/bmd/map.h"
#include "fem/bmd/region.h"
#include "fem/mesh/stuff.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>

/* A rod of radius 6 mm along a slanted axis, cut square at both ends of 50 mm. */
static const double along[3] = {0.36, 0.48, 0.8};
static const double beam[3] = {0.8, -0.6, 0.0};

static double rod(const void *user, const double p[3])
{
    (void)user;
    double depth = ost_dot(p, along), from[3];
    ost_along(p, -depth, along, from);
    return fmax(ost_length(from) - 6.0, fabs(depth) - 25.0);
}

static const struct ost_field field = {rod, NULL, {-20, -20, -28}, {20, 20, 28}, NULL, NULL};

static struct ost_tet_mesh *rod_mesh(void)
{
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_stuff(&field, &options, &mesh, NULL, NULL));
    return mesh;
}

/* Density falls along the axis: 800 at the distal end, 300 at the proximal one. */
static double density_at(const double p[3])
{
    return 550.0 + 10.0 * ost_dot(p, along);
}

static struct ost_slab slab_of(double from, double to)
{
    struct ost_slab slab = {.from = from, .to = to};
    for (int k = 0; k < 3; k++) {
        slab.origin[k] = 25.0 * along[k];
        slab.axis[k] = along[k];
        slab.beam[k] = beam[k];
    }
    return slab;
}

static void a_slab_of_a_rod_has_its_closed_forms(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = rod_mesh();
    double *density = malloc(mesh->tet_count * sizeof *density);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double middle[3] = {0};
        for (int k = 0; k < 4; k++)
            ost_along(middle, 0.25, mesh->node[mesh->tet[e][k]], middle);
        density[e] = density_at(middle);
    }
    struct ost_slab slab = slab_of(5.0, 20.0);
    struct ost_region region;
    assert_true(ost_region_of_tets(mesh, density, &slab, &region, NULL));
    /* Mean at the slab's middle, 12.5 mm from the end: 800 - 125. */
    assert_near(region.mean, 675.0, 0.5);
    assert_near(region.volume / (OST_PI * 36.0 * 15.0), 1.0, 0.01);
    assert_near(region.shadow / (12.0 * 15.0), 1.0, 0.005);
    /* Areal: mean * depth of bone behind the shadow, pi r / 2 on average. */
    assert_near(region.areal, 0.675 * OST_PI * 0.6 / 2.0, 0.007);
    assert_near(ost_slab_tip(mesh, &slab), 0.0, 0.02);
    struct ost_slab nowhere = slab_of(60.0, 70.0);
    assert_false(ost_region_of_tets(mesh, density, &nowhere, &region, NULL));
    free(density);
}

static void elements_and_voxels_tell_the_same(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = rod_mesh();
    OST_AUTO(ost_grid) grid = NULL;
    const uint32_t size[3] = {81, 81, 113};
    const double origin[3] = {-20, -20, -28}, spacing[3] = {0.5, 0.5, 0.5};
    assert_true(ost_grid_create(&grid, size, origin, spacing, NULL));
    for (uint32_t at = 0; at < 81 * 81 * 113; at++) {
        const double p[3] = {-20 + 0.5 * (at % 81), -20 + 0.5 * (at / 81 % 81),
                             -28 + 0.5 * (at / 81 / 81)};
        grid->value[at] = rod(NULL, p) < 0.0 ? (float)density_at(p) : 0.0F;
    }
    OST_AUTO(ost_grid) extended = NULL;
    assert_true(ost_density_extend(grid, 0, 3, &extended, NULL));
    double *density = malloc(mesh->tet_count * sizeof *density);
    ost_tet_mean(mesh, extended, density);
    struct ost_slab slab = slab_of(0.0, 30.0);
    struct ost_region tets, voxels;
    assert_true(ost_region_of_tets(mesh, density, &slab, &tets, NULL));
    assert_true(ost_region_of_voxels(grid, &field, &slab, &voxels, NULL));
    assert_near(tets.mean / voxels.mean, 1.0, 0.003);
    assert_near(tets.content / voxels.content, 1.0, 0.015);
    free(density);
}

RUN(T(a_slab_of_a_rod_has_its_closed_forms), T(elements_and_voxels_tell_the_same))
