#include "recon/mesh/measure.h"
#include "recon/xray/contour.h"
#include "recon/xray/outline.h"
#include "tests/recon/xray/body.h"

#include <stdlib.h>

static const double centre[3] = {6.0, -4.0, 30.0}, round_half[3] = {18.0, 18.0, 18.0};

/*
 * The shadow of a sphere, as the angle between a ray and the ray to its centre minus
 * the half-angle of the tangent cone, in pixels.
 */
static double beyond_the_cone(const struct ost_camera *camera, const double pixel[2])
{
    double source[3], direction[3], toward[3];
    ost_camera_ray(camera, pixel, source, direction);
    ost_sub(centre, source, toward);
    double distance = ost_unit(toward);
    double angle = acos(ost_dot(toward, direction));
    return (angle - asin(round_half[0] / distance)) * camera->focal[0];
}

static void the_outline_of_a_sphere_lies_on_its_tangent_cone(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, round_half);
    struct ost_camera camera = body_camera(0.2);
    OST_AUTO(ost_outline) outline = NULL;
    assert_true(ost_outline_create(mesh, &camera, &outline, NULL));
    assert_int_equal(outline->line_count, 1);
    assert_true(outline->point_count > 400);
    for (size_t i = 0; i < outline->point_count; i++)
        assert_near(beyond_the_cone(&camera, outline->point[i]), 0.0, 0.2);
    const double *first = outline->point[0], *last = outline->point[outline->point_count - 1];
    assert_near(hypot(first[0] - last[0], first[1] - last[1]), 0.0, 1e-9);
}

static void the_fold_of_a_sphere_lies_on_its_tangent_cone(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, round_half);
    struct ost_camera camera = body_camera(0.2);
    float(*normal)[3] = malloc(mesh->vertex_count * sizeof *normal);
    ost_mesh_vertex_normals(mesh, normal);
    OST_AUTO(ost_contour) contour = NULL;
    assert_true(ost_contour_create(mesh, (const float(*)[3])normal, &camera, &contour, NULL));
    free(normal);
    assert_true(contour->count > 300);
    double length = 0.0, middle[2];
    assert_true(ost_camera_project(&camera, centre, middle, NULL));
    for (size_t i = 0; i < contour->count; i++) {
        const struct ost_contour_point *p = &contour->point[i];
        assert_near(beyond_the_cone(&camera, p->pixel), 0.0, 0.05);
        double out[2] = {p->pixel[0] - middle[0], p->pixel[1] - middle[1]};
        double cosine = (out[0] * p->normal[0] + out[1] * p->normal[1]) / hypot(out[0], out[1]);
        assert_near(cosine, 1.0, 2e-3);
        length += p->length;
    }
    double radius = camera.focal[0] * tan(asin(round_half[0] / 1030.0));
    assert_near(length / (2.0 * OST_PI * radius), 1.0, 5e-3);
}

static void weights_give_the_point_back(void **state)
{
    (void)state;
    const double half[3] = {18.0, 9.0, 30.0};
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, half);
    struct ost_camera camera = body_camera(1.1);
    float(*normal)[3] = malloc(mesh->vertex_count * sizeof *normal);
    ost_mesh_vertex_normals(mesh, normal);
    OST_AUTO(ost_contour) contour = NULL;
    assert_true(ost_contour_create(mesh, (const float(*)[3])normal, &camera, &contour, NULL));
    free(normal);
    for (size_t i = 0; i < contour->count; i++) {
        const struct ost_contour_point *p = &contour->point[i];
        double at[3] = {0.0, 0.0, 0.0}, pixel[2];
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 3; k++)
                at[k] += p->weight[c] * (double)mesh->vertex[mesh->triangle[p->triangle][c]][k];
        assert_true(ost_camera_project(&camera, at, pixel, NULL));
        assert_near(pixel[0], p->pixel[0], 1e-9);
        assert_near(pixel[1], p->pixel[1], 1e-9);
    }
}

static void a_shadow_that_leaves_the_film_has_an_open_outline(void **state)
{
    (void)state;
    const double half[3] = {10.0, 80.0, 10.0}; /* 800 pixels high on a film of 301 */
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(centre, half);
    struct ost_camera camera = body_camera(0.0);
    OST_AUTO(ost_outline) outline = NULL;
    assert_true(ost_outline_create(mesh, &camera, &outline, NULL));
    assert_int_equal(outline->line_count, 2);
    for (size_t i = 0; i < outline->point_count; i++)
        assert_true(outline->point[i][1] >= 0.0 && outline->point[i][1] <= 300.0);
    assert_true(outline->point_count > 560);
}

static void no_shadow_gives_no_lines(void **state)
{
    (void)state;
    const double away[3] = {300.0, 0.0, 0.0};
    OST_AUTO(ost_mesh) mesh = body_ellipsoid(away, round_half);
    struct ost_camera camera = body_camera(0.0);
    OST_AUTO(ost_outline) outline = NULL;
    assert_true(ost_outline_create(mesh, &camera, &outline, NULL));
    assert_int_equal(outline->line_count, 0);
    assert_int_equal(outline->point_count, 0);
}

RUN(T(the_outline_of_a_sphere_lies_on_its_tangent_cone),
    T(the_fold_of_a_sphere_lies_on_its_tangent_cone), T(weights_give_the_point_back),
    T(a_shadow_that_leaves_the_film_has_an_open_outline), T(no_shadow_gives_no_lines))
