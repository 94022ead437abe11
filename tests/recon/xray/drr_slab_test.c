/* A film traced eight rays at a time, against each of its rays traced alone. */
#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "tests/check.h"

#include <math.h>

/* Random voxels in a ball, nothing around it; no side a whole number of bricks. */
static struct ost_grid *ball(bool filled)
{
    struct ost_grid *grid = NULL;
    const uint32_t size[3] = {61, 45, 83};
    assert_true(ost_grid_create(&grid, size, (double[]){-20.0, 3.0, -60.0},
                                (double[]){0.7, 1.1, 0.9}, NULL));
    struct ost_rng rng = ost_rng_seed(11);
    for (uint32_t n = 0; n < size[0] * size[1] * size[2]; n++) {
        const uint32_t at[3] = {n % size[0], n / size[0] % size[1], n / size[0] / size[1]};
        double sum = 0.0;
        for (int k = 0; k < 3; k++)
            sum += pow(2.4 * ((at[k] + 0.5) / size[k] - 0.45), 2.0);
        float value = (float)ost_rng_uniform(&rng);
        grid->value[n] = filled || sum < 1.0 ? value : 0.0F;
    }
    return grid;
}

/* Looks at the grid's middle from `distance`, turned by `turn`; the film is 67 x 41 pixels. */
static struct ost_camera looking(const double turn[3], double distance, double focal)
{
    struct ost_camera camera = {
        .width = 67, .height = 41, .focal = {focal, 1.1 * focal}, .principal = {33.0, 19.7}};
    const double middle[3] = {1.0, 27.2, -23.1};
    double seen[3];
    ost_rotation_of_vector(turn, camera.world_to_camera.r);
    ost_rigid_direction(&camera.world_to_camera, middle, seen);
    for (int k = 0; k < 3; k++)
        camera.world_to_camera.t[k] = (k == 2 ? distance : 0.0) - seen[k];
    return camera;
}

/*
 * A packed ray is where it should be to 4e-6 of a voxel; one that runs almost along a wall
 * of these random voxels then crosses it early or late by more than that.
 */
static void compare(const struct ost_grid *grid, const struct ost_camera *camera, double least)
{
    OST_AUTO(ost_image) film = NULL;
    double most = 0.0, worst = 0.0, sum = 0.0;
    assert_true(ost_drr_paths(grid, camera, OST_DRR_EXACT, &film, NULL));
    for (uint32_t n = 0; n < camera->width * camera->height; n++) {
        const uint32_t row = n / camera->width;
        const double pixel[2] = {n % camera->width, row};
        double source[3], direction[3];
        ost_camera_ray(camera, pixel, source, direction);
        double want = ost_drr_ray(grid, OST_DRR_EXACT, source, direction);
        double apart = fabs((double)film->pixel[n] - want);
        worst = fmax(worst, apart);
        sum += apart * apart;
        most = fmax(most, want);
    }
    assert_true(most >= least);
    assert_near(worst / most, 0.0, 3e-4);
    assert_near(sqrt(sum / camera->width / camera->height) / most, 0.0, 2e-5);
}

static void any_direction_gives_the_paths_of_single_rays(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = ball(false);
    struct ost_rng rng = ost_rng_seed(12);
    for (int n = 0; n < 60; n++) {
        const double turn[3] = {2.0 * ost_rng_normal(&rng), 2.0 * ost_rng_normal(&rng),
                                2.0 * ost_rng_normal(&rng)};
        const struct ost_camera camera = looking(turn, 200.0, 150.0);
        compare(grid, &camera, 5.0);
    }
}

static void along_each_axis_and_between_two_of_them(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = ball(true);
    const double quarter = OST_PI / 4.0;
    for (int k = 0; k < 3; k++)
        for (int n = 0; n < 8; n++) {
            double turn[3] = {0.0, 0.0, 0.0};
            turn[k] = quarter * n;
            const struct ost_camera far = looking(turn, 1e5, 8e4),
                                    near = looking(turn, 150.0, 60.0);
            compare(grid, &far, 5.0);
            compare(grid, &near, 5.0);
        }
}

static void a_source_among_the_voxels_sees_what_lies_before_it(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = ball(true);
    struct ost_rng rng = ost_rng_seed(13);
    for (int n = 0; n < 30; n++) {
        const double turn[3] = {ost_rng_normal(&rng), ost_rng_normal(&rng), ost_rng_normal(&rng)};
        const struct ost_camera camera = looking(turn, 5.0, 20.0);
        compare(grid, &camera, 5.0);
    }
}

static void an_empty_grid_and_one_behind_the_source_give_nothing(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) full = ball(true);
    OST_AUTO(ost_grid) empty = NULL;
    const struct ost_camera behind = looking((double[]){0.2, 0.1, 0.0}, -300.0, 150.0);
    const struct ost_camera camera = looking((double[]){0.2, 0.1, 0.0}, 300.0, 150.0);
    OST_AUTO(ost_image) none = NULL;
    OST_AUTO(ost_image) dark = NULL;
    assert_true(ost_grid_create(&empty, full->size, full->origin, full->spacing, NULL));
    assert_true(ost_drr_paths(full, &behind, OST_DRR_EXACT, &none, NULL));
    assert_true(ost_drr_paths(empty, &camera, OST_DRR_EXACT, &dark, NULL));
    compare(full, &camera, 5.0);
    for (uint32_t n = 0; n < camera.width * camera.height; n++) {
        assert_near((double)none->pixel[n], 0.0, 0.0);
        assert_near((double)dark->pixel[n], 0.0, 0.0);
    }
}

RUN(T(any_direction_gives_the_paths_of_single_rays), T(along_each_axis_and_between_two_of_them),
    T(a_source_among_the_voxels_sees_what_lies_before_it),
    T(an_empty_grid_and_one_behind_the_source_give_nothing))
