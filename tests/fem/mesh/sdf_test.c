#include "fem/mesh/field.h"
#include "fem/mesh/sdf.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <string.h>

/* Boxes given by two corners each, wound outwards; one mesh of all of them. */
static struct ost_mesh *boxes(const double (*corner)[2][3], uint32_t count)
{
    static const uint32_t face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                         {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                         {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 8 * count, 12 * count, NULL));
    for (uint32_t b = 0; b < count; b++) {
        for (uint32_t v = 0; v < 8; v++)
            for (int k = 0; k < 3; k++)
                mesh->vertex[8 * b + v][k] = (float)corner[b][v >> k & 1][k];
        for (uint32_t t = 0; t < 12; t++)
            for (int k = 0; k < 3; k++)
                mesh->triangle[12 * b + t][k] = 8 * b + face[t][k];
    }
    return mesh;
}

static const double one[1][2][3] = {{{-4, -3, -5}, {4, 3, 5}}};

static double exact_distance(const double p[3])
{
    double q[3], outside[3];
    static const double half[3] = {4, 3, 5};
    for (int k = 0; k < 3; k++) {
        q[k] = fabs(p[k]) - half[k];
        outside[k] = fmax(q[k], 0.0);
    }
    double inside = fmin(0.0, fmax(q[0], fmax(q[1], q[2])));
    return ost_length(outside) + inside;
}

/* Largest difference from the closed form over all voxels, clamped alike. */
static double worst(const struct ost_mesh *mesh, const struct ost_sdf_options *options)
{
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_sdf_of_mesh(mesh, options, &grid, NULL));
    double most = 0.0;
    for (uint32_t k = 0; k < grid->size[2]; k++)
        for (uint32_t j = 0; j < grid->size[1]; j++)
            for (uint32_t i = 0; i < grid->size[0]; i++) {
                double p[3] = {grid->origin[0] + grid->spacing[0] * i,
                               grid->origin[1] + grid->spacing[1] * j,
                               grid->origin[2] + grid->spacing[2] * k};
                double want = fmax(-options->band, fmin(options->band, exact_distance(p)));
                float got = grid->value[((size_t)k * grid->size[1] + j) * grid->size[0] + i];
                most = fmax(most, fabs((double)got - want));
            }
    return most;
}

static struct ost_sdf_options half_millimetre(void)
{
    return (struct ost_sdf_options){.spacing = 0.5, .margin = 2.0, .band = 1.5};
}

static void a_box_has_its_exact_distance(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    struct ost_sdf_options options = half_millimetre();
    assert_near(worst(mesh, &options), 0.0, 1e-6);
}

static void a_mesh_wound_inside_out_gives_the_same_body(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        uint32_t swap = mesh->triangle[i][1];
        mesh->triangle[i][1] = mesh->triangle[i][2];
        mesh->triangle[i][2] = swap;
    }
    struct ost_sdf_options options = half_millimetre();
    assert_near(worst(mesh, &options), 0.0, 1e-6);
}

static void an_open_end_is_closed_by_the_other_rays(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    /* Without the two triangles of the far end along z. */
    memmove(mesh->triangle[2], mesh->triangle[4], 8 * sizeof *mesh->triangle);
    mesh->triangle_count = 10;
    struct ost_sdf_options options = half_millimetre();
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_sdf_of_mesh(mesh, &options, &grid, NULL));
    assert_true(ost_grid_at(grid, (double[]){0.1, 0.2, 4.4}, 1.0) < 0.0);
    assert_true(ost_grid_at(grid, (double[]){0.1, 0.2, 5.6}, 1.0) > 0.0);
}

static void where_two_parts_overlap_there_is_no_surface(void **state)
{
    (void)state;
    static const double two[2][2][3] = {{{-4, -3, -5}, {1.2, 3, 5}}, {{-1.3, -3, -5}, {4, 3, 5}}};
    OST_AUTO(ost_mesh) mesh = boxes(two, 2);
    struct ost_sdf_options options = half_millimetre();
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_sdf_of_mesh(mesh, &options, &grid, NULL));
    for (int i = 0; i < 60; i++)
        assert_true(ost_grid_at(grid, (double[]){-3.4 + 0.11 * i, 0.3, 0.4}, 1.0) < 0.0);
}

static void only_the_part_asked_for_is_sampled(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    struct ost_sdf_options options = half_millimetre();
    for (int k = 0; k < 3; k++) {
        options.low[k] = -100.0;
        options.high[k] = 100.0;
    }
    options.low[2] = 1.0;
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_sdf_of_mesh(mesh, &options, &grid, NULL));
    assert_near(grid->origin[2], -1.0, 1e-12);
    assert_true(ost_grid_at(grid, (double[]){0.1, 0.2, 0.0}, 1.0) < 0.0);
}

static void a_row_of_points_is_each_of_them_alone(void **state)
{
    (void)state;
    enum { POINTS = 40 };
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    struct ost_sdf_options options = half_millimetre();
    OST_AUTO(ost_grid) grid = NULL;
    assert_true(ost_sdf_of_mesh(mesh, &options, &grid, NULL));
    struct ost_field_cut cut = {ost_field_of_grid(grid), {0.0, 0.0, 1.0}, {0.6, 0.0, 0.8}};
    const struct ost_field field[2] = {cut.body, ost_field_of_cut(&cut)};
    /* From before the first voxel to beyond the last; the last row lies beyond all of them. */
    for (int row = 0; row < 30; row++) {
        double point[POINTS][3], value[POINTS];
        for (int i = 0; i < POINTS; i++) {
            point[i][0] = -8.0 + 0.41 * i;
            point[i][1] = -4.9 + 0.33 * row;
            point[i][2] = row < 29 ? 0.37 * row - 6.1 : 40.0;
        }
        for (int f = 0; f < 2; f++) {
            ost_field_row(&field[f], (const double(*)[3])point, POINTS, value);
            for (int i = 0; i < POINTS; i++)
                assert_true(value[i] == field[f].at(field[f].user, point[i]));
        }
    }
}

static void grids_that_cannot_be_are_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = boxes(one, 1);
    struct ost_sdf_options bad[3] = {half_millimetre(), half_millimetre(), half_millimetre()};
    bad[0].spacing = 0.0;
    bad[1].spacing = 1e-5;
    bad[2].margin = 0.1;
    for (int i = 0; i < 3; i++) {
        OST_AUTO(ost_grid) grid = NULL;
        struct ost_err err = {0};
        assert_false(ost_sdf_of_mesh(mesh, &bad[i], &grid, &err));
        assert_true(err.code == OST_INVALID || err.code == OST_LIMIT);
    }
}

RUN(T(a_box_has_its_exact_distance), T(a_mesh_wound_inside_out_gives_the_same_body),
    T(an_open_end_is_closed_by_the_other_rays), T(where_two_parts_overlap_there_is_no_surface),
    T(only_the_part_asked_for_is_sampled), T(a_row_of_points_is_each_of_them_alone),
    T(grids_that_cannot_be_are_refused))
