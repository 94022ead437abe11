#include "recon/xray/chord.h"
#include "tests/recon/xray/body.h"

#include <stdlib.h>

static const struct ost_window whole = {{0.0, 0.0}, 4.0, 101, 76};

static struct ost_image *paths(const struct ost_mesh *mesh, const struct ost_camera *camera)
{
    struct ost_image *out = NULL;
    struct ost_err err = {0};
    assert_true(ost_image_create(&out, whole.width, whole.height, NULL));
    if (!ost_chord_add(mesh, camera, &whole, 1.0, out, &err))
        fail_msg("%s", err.msg);
    return out;
}

static void sample_ray(const struct ost_camera *camera, uint32_t i, double source[3],
                       double direction[3])
{
    const double pixel[2] = {whole.step * (i % whole.width), whole.step * (i / whole.width)};
    ost_camera_ray(camera, pixel, source, direction);
}

static void the_path_in_an_ellipsoid_is_the_closed_form(void **state)
{
    (void)state;
    const double centre[3] = {3.0, -2.0, 20.0}, half[3] = {25.0, 14.0, 18.0};
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, half);
    struct ost_camera camera = body_camera(0.3);
    OST_AUTO(ost_image) out = paths(mesh, &camera);
    size_t met = 0;
    for (uint32_t i = 0; i < whole.width * whole.height; i++) {
        double source[3], direction[3];
        sample_ray(&camera, i, source, direction);
        double want = body_chord(source, direction, centre, half);
        /* the mesh lies up to 0.01 mm inside; near the border that is a long way */
        assert_near(out->pixel[i], want, want > 4.0 ? 0.06 : 1.5);
        met += want > 4.0 ? 1 : 0;
    }
    assert_true(met > 400);
}

static void the_path_in_a_box_is_its_depth_over_the_cosine(void **state)
{
    (void)state;
    const double low[3] = {-15.0, -10.0, -6.0}, high[3] = {15.0, 10.0, 6.0};
    OST_AUTO(ost_mesh) mesh = body_box(low, high);
    struct ost_camera camera = body_camera(0.0);
    OST_AUTO(ost_image) out = paths(mesh, &camera);
    for (uint32_t i = 0; i < whole.width * whole.height; i++) {
        double source[3], d[3];
        sample_ray(&camera, i, source, d);
        double enter = 0.0, leave = 1e9;
        for (int k = 0; k < 3; k++) {
            double a = (low[k] - source[k]) / d[k], b = (high[k] - source[k]) / d[k];
            enter = fmax(enter, fmin(a, b));
            leave = fmin(leave, fmax(a, b));
        }
        assert_near(out->pixel[i], fmax(leave - enter, 0.0), 1e-3);
    }
}

static void rays_exactly_through_edges_and_corners_lose_nothing(void **state)
{
    (void)state;
    /* the centre ray runs through both poles, where 320 triangles meet */
    const double centre[3] = {0.0, 0.0, 0.0}, half[3] = {20.0, 20.0, 20.0};
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, half);
    struct ost_camera camera = body_camera(0.0);
    struct ost_image *out = NULL;
    const struct ost_window one = {{200.0, 150.0}, 1.0, 1, 1};
    assert_true(ost_image_create(&out, 1, 1, NULL));
    assert_true(ost_chord_add(mesh, &camera, &one, 1.0, out, NULL));
    assert_near(out->pixel[0], 40.0, 1e-4);
    ost_image_destroy(out);
}

static void the_sum_over_the_film_is_the_volume(void **state)
{
    (void)state;
    const double centre[3] = {0.0, 0.0, 0.0}, half[3] = {20.0, 15.0, 8.0};
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, half);
    struct ost_camera camera = body_camera(0.7);
    OST_AUTO(ost_image) out = paths(mesh, &camera);
    double sum = 0.0, side = whole.step / 5.0;
    for (uint32_t i = 0; i < whole.width * whole.height; i++)
        sum += (double)out->pixel[i] * side * side;
    double volume = 4.0 / 3.0 * OST_PI * half[0] * half[1] * half[2];
    assert_near(sum / volume, 1.0, 2e-3);
}

/* Gathers d(sum of paths x weight) / d(vertex). */
struct gather {
    const struct ost_mesh *mesh;
    double (*slope)[3];
};

static void take(void *user, const struct ost_chord_hit *hit)
{
    struct gather *g = user;
    double weight = sin(0.37 * (double)hit->sample);
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < 3; k++)
            g->slope[g->mesh->triangle[hit->triangle][c]][k] +=
                weight * hit->weight[c] * hit->slope[k];
}

static double weighted(const struct ost_mesh *mesh, const struct ost_camera *camera)
{
    OST_AUTO(ost_image) out = paths(mesh, camera);
    double sum = 0.0;
    for (uint32_t i = 0; i < whole.width * whole.height; i++)
        sum += sin(0.37 * i) * (double)out->pixel[i];
    return sum;
}

static void slopes_are_those_of_finite_differences(void **state)
{
    (void)state;
    const double low[3] = {-15.3, -10.1, -6.0}, high[3] = {15.2, 9.9, 6.0};
    OST_AUTO(ost_mesh) mesh = body_box(low, high);
    struct ost_camera camera = body_camera(0.4);
    double slope[8][3] = {{0.0}};
    struct gather g = {.mesh = mesh, .slope = slope};
    const struct ost_chord_visitor visitor = {.hit = take, .user = &g};
    assert_true(ost_chord_visit(mesh, &camera, &whole, &visitor, NULL));
    const float step = 1e-2F;
    for (int v = 0; v < 8; v++) { /* along the rays: the border does not move */
        float kept = mesh->vertex[v][2];
        mesh->vertex[v][2] = kept + step;
        double up = weighted(mesh, &camera);
        mesh->vertex[v][2] = kept - step;
        double down = weighted(mesh, &camera);
        mesh->vertex[v][2] = kept;
        double want = (up - down) / (2.0 * (double)step);
        assert_near(slope[v][2], want, 0.05 + 0.02 * fabs(want));
    }
}

static void a_surface_round_the_source_is_refused(void **state)
{
    (void)state;
    const double low[3] = {-15.0, -10.0, -1006.0}, high[3] = {15.0, 10.0, 6.0};
    OST_AUTO(ost_mesh) mesh = body_box(low, high);
    struct ost_camera camera = body_camera(0.0);
    OST_AUTO(ost_image) out = NULL;
    struct ost_err err = {0};
    assert_true(ost_image_create(&out, whole.width, whole.height, NULL));
    assert_false(ost_chord_add(mesh, &camera, &whole, 1.0, out, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(the_path_in_an_ellipsoid_is_the_closed_form),
    T(the_path_in_a_box_is_its_depth_over_the_cosine),
    T(rays_exactly_through_edges_and_corners_lose_nothing), T(the_sum_over_the_film_is_the_volume),
    T(slopes_are_those_of_finite_differences), T(a_surface_round_the_source_is_refused))
