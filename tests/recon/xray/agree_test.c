/*
 * The two renderers know nothing of each other: one walks through voxels, one adds up
 * triangles. On closed bodies, voxelised by their signed distance, they must agree; and the
 * triangles' derivatives must be those of finite differences.
 */
#include "recon/base/array.h"
#include "recon/base/buf.h"
#include "recon/mesh/stl.h"
#include "recon/volume/volume.h"
#include "recon/xray/chord.h"
#include "recon/xray/drr.h"
#include "tests/recon/xray/body.h"

#include <stdio.h>
#include <stdlib.h>

/* The share of each voxel inside: its signed distance over its own side, cut at its ends. */
static struct ost_grid *voxels(const struct ost_mesh *mesh, double spacing)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], (double)mesh->vertex[v][k] - 2.0 * spacing);
            high[k] = fmax(high[k], (double)mesh->vertex[v][k] + 2.0 * spacing);
        }
    const struct ost_volume_box box = ost_volume_box_of(low, high, spacing);
    double origin[3];
    for (int k = 0; k < 3; k++)
        origin[k] = spacing * box.low[k];
    OST_AUTO(ost_volume) volume = NULL;
    struct ost_grid *grid = NULL;
    struct ost_err err = {0};
    const double band[2] = {2.0 * spacing, 2.0 * spacing};
    if (!ost_volume_from_mesh(&volume, mesh, spacing, band, &err) ||
        !ost_grid_create(&grid, box.size, origin, (double[]){spacing, spacing, spacing}, &err) ||
        !ost_volume_to_dense(volume, &box, grid->value, &err))
        fail_msg("%s", err.msg);
    for (size_t n = 0; n < (size_t)box.size[0] * box.size[1] * box.size[2]; n++) {
        double share = 0.5 - (double)grid->value[n] / spacing;
        grid->value[n] = (float)fmin(1.0, fmax(0.0, share));
    }
    return grid;
}

/* 1 m from the source, at an angle to every axis; the body fills much of the film. */
static struct ost_camera oblique(const double middle[3])
{
    struct ost_camera camera = {
        .width = 150, .height = 150, .focal = {1500.0, 1500.0}, .principal = {74.5, 74.5}};
    double seen[3];
    ost_rotation_of_vector((double[]){0.5, -0.8, 0.3}, camera.world_to_camera.r);
    ost_rigid_direction(&camera.world_to_camera, middle, seen);
    for (int k = 0; k < 3; k++)
        camera.world_to_camera.t[k] = (k == 2 ? 1000.0 : 0.0) - seen[k];
    return camera;
}

/* RMS of the difference where there is a body, as a share of the longest path. */
static double apart_at(const struct ost_mesh *mesh, double spacing, double sum_most)
{
    double middle[3] = {0.0, 0.0, 0.0};
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            middle[k] += (double)mesh->vertex[v][k] / mesh->vertex_count;
    OST_AUTO(ost_grid) grid = voxels(mesh, spacing);
    OST_AUTO(ost_image) walked = NULL;
    OST_AUTO(ost_image) added = NULL;
    const struct ost_camera camera = oblique(middle);
    const struct ost_window window = {{0.0, 0.0}, 1.0, camera.width, camera.height};
    assert_true(ost_drr_paths(grid, &camera, OST_DRR_EXACT, &walked, NULL));
    assert_true(ost_image_create(&added, camera.width, camera.height, NULL));
    assert_true(ost_chord_add(mesh, &camera, &window, 1.0, added, NULL));
    double most = 0.0, sum[2] = {0.0, 0.0}, apart = 0.0;
    size_t count = 0;
    for (uint32_t n = 0; n < camera.width * camera.height; n++) {
        double a = (double)walked->pixel[n], b = (double)added->pixel[n];
        most = fmax(most, b);
        sum[0] += a;
        sum[1] += b;
        apart += (a - b) * (a - b);
        count += a > 0.0 || b > 0.0 ? 1 : 0;
    }
    assert_true(count > 1000);
    assert_near(sum[0] / sum[1], 1.0, sum_most);
    return sqrt(apart / (double)count) / most;
}

/* The mass within `sum_most`, the RMS within half a percent and falling with the voxels. */
static void agree(const struct ost_mesh *mesh, double sum_most)
{
    double coarse = apart_at(mesh, 0.5, 4.0 * sum_most), fine = apart_at(mesh, 0.25, sum_most);
    assert_near(fine, 0.0, 5e-3);
    assert_near(fine / coarse, 0.0, 0.65);
}

static void a_ball(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_ellipsoid((double[]){3.0, -2.0, 7.0}, (double[]){20, 20, 20});
    agree(mesh, 5e-4);
}

static void an_ellipsoid(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_ellipsoid((double[]){1.0, 2.0, -3.0}, (double[]){11, 17, 30});
    agree(mesh, 5e-4);
}

static void a_box(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_box((double[]){-15.1, -8.3, -20.2}, (double[]){14.2, 9.4, 19.3});
    agree(mesh, 1e-3);
}

static struct ost_mesh *radius(void)
{
    char path[4096];
    const char *data = getenv("OSTEON_DATA");
    (void)snprintf(path, sizeof path, "%s/wrist_surfaces/brown_sandbox/radius_frame0.stl",
                   data == NULL ? "../shared/data" : data);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    struct ost_buf bytes;
    struct ost_mesh *mesh = NULL;
    unsigned char part[4096];
    ost_buf_init(&bytes, 8U << 20);
    for (size_t n = fread(part, 1, sizeof part, file); n > 0; n = fread(part, 1, sizeof part, file))
        ost_buf_put(&bytes, part, n);
    (void)fclose(file);
    assert_true(ost_stl_read(bytes.ptr, bytes.len, 100000, &mesh, NULL));
    ost_buf_fini(&bytes);
    return mesh;
}

static void a_real_radius(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = radius();
    if (mesh != NULL)
        agree(mesh, 2e-3);
}

/* What one ray meets. */
struct met {
    struct ost_chord_hit hit[8];
    size_t count;
    double path;
};

static void meet(void *user, const struct ost_chord_hit *hit)
{
    struct met *met = user;
    assert_true(met->count < OST_COUNT(met->hit));
    met->hit[met->count++] = *hit;
    met->path += hit->path;
}

static struct met along(const struct ost_mesh *mesh, const struct ost_camera *camera,
                        const double pixel[2])
{
    struct met met = {.count = 0};
    const struct ost_window one = {{pixel[0], pixel[1]}, 1.0, 1, 1};
    const struct ost_chord_visitor visitor = {.hit = meet, .user = &met};
    assert_true(ost_chord_visit(mesh, camera, &one, &visitor, NULL));
    return met;
}

/* d path / d vertex, by every triangle met that has it, along axis k. */
static double slope_of(const struct ost_mesh *mesh, const struct met *met, uint32_t vertex, int k)
{
    double sum = 0.0;
    for (size_t h = 0; h < met->count; h++)
        for (int c = 0; c < 3; c++)
            if (mesh->triangle[met->hit[h].triangle][c] == vertex)
                sum += met->hit[h].weight[c] * met->hit[h].slope[k];
    return sum;
}

/* The same by moving the vertex there and back. */
static void check_vertex(struct ost_mesh *mesh, const struct ost_camera *camera,
                         const double pixel[2], const struct met *met, uint32_t vertex)
{
    for (int k = 0; k < 3; k++) {
        float *x = &mesh->vertex[vertex][k];
        const float kept = *x, up = kept + 0.01F, down = kept - 0.01F;
        *x = up;
        double high = along(mesh, camera, pixel).path;
        *x = down;
        double low = along(mesh, camera, pixel).path;
        *x = kept;
        double want = (high - low) / (double)(up - down);
        assert_near(slope_of(mesh, met, vertex, k), want, 1e-3 + 5e-3 * fabs(want));
    }
}

static double least(const double w[3])
{
    return fmin(w[0], fmin(w[1], w[2]));
}

static size_t check_rays(struct ost_mesh *mesh, const struct ost_camera *camera)
{
    size_t checked = 0;
    for (int n = 0; n < 400; n++) {
        const double pixel[2] = {40.3 + 3.47 * (n % 20), 40.9 + 3.41 * (n / 20)};
        const struct met met = along(mesh, camera, pixel);
        double margin = met.count > 0 ? 1.0 : 0.0;
        for (size_t h = 0; h < met.count; h++)
            margin = fmin(margin, least(met.hit[h].weight));
        if (margin < 0.1 || checked == 60) /* the step must not lead off a triangle */
            continue;
        for (size_t h = 0; h < met.count; h++)
            for (int c = 0; c < 3; c++)
                check_vertex(mesh, camera, pixel, &met, mesh->triangle[met.hit[h].triangle][c]);
        checked++;
    }
    return checked;
}

static void slopes_on_a_box_are_those_of_finite_differences(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh)
    mesh = body_box((double[]){-15.3, -10.1, -18.0}, (double[]){15.2, 9.9, 17.0});
    const struct ost_camera camera = oblique((double[]){0.0, 0.0, 0.0});
    assert_in_range(check_rays(mesh, &camera), 20, 60);
}

/* Triangles of a few mm, bent enough that each has a normal of its own. */
static void slopes_on_a_bent_surface_are_those_of_finite_differences(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_ellipsoid((double[]){2.0, -1.0, 4.0}, (double[]){80, 60, 90});
    const struct ost_camera camera = oblique((double[]){0.0, 0.0, 0.0});
    assert_in_range(check_rays(mesh, &camera), 20, 60);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_ball),
                                     T(an_ellipsoid),
                                     T(a_box),
                                     T(a_real_radius),
                                     T(slopes_on_a_box_are_those_of_finite_differences),
                                     T(slopes_on_a_bent_surface_are_those_of_finite_differences)};
    int failed = cmocka_run_group_tests(all, NULL, NULL);
    OST_AUTO(ost_mesh) probe = radius();
    if (failed != 0 || probe != NULL)
        return failed;
    (void)printf("no real radius: OSTEON_DATA/wrist_surfaces is not there\n");
    return 77;
}
