#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/shape/region.h"
#include "tests/recon/shape/data.h"

#include <string.h>

/* A joint whose lines are known: 20 degrees of inclination, no tilt, in the axes of LPS. */
static struct ost_region_frame joint(void)
{
    const double rise = 24.0 * tan(ost_radians(20.0));
    double landmark[OST_LANDMARKS][3] = {{0.0}};
    const struct ost_anatomy anatomy = {
        .axis = {0, 0, -1}, .radial = {-1, 0, 0}, .volar = {0, -1, 0}};
    memcpy(landmark[OST_STYLOID], (double[]){-12.0, 0.0, -0.5 * rise}, sizeof landmark[0]);
    memcpy(landmark[OST_ULNAR_CORNER_VOLAR], (double[]){12.0, -5.0, 0.5 * rise},
           sizeof landmark[0]);
    memcpy(landmark[OST_ULNAR_CORNER_DORSAL], (double[]){12.0, 5.0, 0.5 * rise},
           sizeof landmark[0]);
    memcpy(landmark[OST_LIP_VOLAR], (double[]){4.0, -9.0, 0.0}, sizeof landmark[0]);
    memcpy(landmark[OST_LIP_DORSAL], (double[]){4.0, 9.0, 0.0}, sizeof landmark[0]);
    memcpy(landmark[OST_ULNAR_HEAD], (double[]){22.0, 0.0, 1.0}, sizeof landmark[0]);
    struct ost_region_frame frame;
    ost_region_frame_of(&anatomy, (const double(*)[3])landmark, &frame);
    return frame;
}

static bool in(const struct ost_region_frame *f, enum ost_bone bone, enum ost_region r,
               const double point[3], const double normal[3])
{
    return (ost_region_of(f, bone, point, normal) >> r & 1U) != 0;
}

static void the_joint_faces_as_its_lines_say(void **state)
{
    (void)state;
    struct ost_region_frame f = joint();
    assert_near(ost_degrees(acos(ost_dot(f.facing, f.axis))), 20.0, 1e-9);
    assert_near(f.facing[1], 0.0, 1e-12);
    assert_true(f.facing[0] > 0.0); /* the styloid is distal: the joint looks to the ulna */
}

static void heights_are_measured_along_the_shaft_from_the_joint(void **state)
{
    (void)state;
    struct ost_region_frame f = joint();
    const double side[3] = {1, 0, 0};
    assert_true(in(&f, OST_RADIUS, OST_REGION_DISTAL_30, (double[]){8, 0, 29.9}, side));
    assert_false(in(&f, OST_RADIUS, OST_REGION_DISTAL_30, (double[]){8, 0, 30.1}, side));
    assert_true(in(&f, OST_ULNA, OST_REGION_DISTAL_60, (double[]){25, 0, 59.9}, side));
    assert_false(in(&f, OST_ULNA, OST_REGION_DISTAL_60, (double[]){25, 0, 60.1}, side));
    assert_true(in(&f, OST_ULNA, OST_REGION_WHOLE, (double[]){25, 0, 200.0}, side));
    assert_true(in(&f, OST_RADIUS, OST_REGION_DISTAL_30, (double[]){8, 0, -15.0}, side));
}

static void only_what_faces_the_joint_is_articular(void **state)
{
    (void)state;
    struct ost_region_frame f = joint();
    double deep[3], edge[3], turned[3];
    const double volar[3] = {0, -1, 0};
    ost_along(f.origin, -7.9, f.facing, edge);
    ost_along(f.origin, -8.1, f.facing, deep);
    assert_true(in(&f, OST_RADIUS, OST_REGION_ARTICULAR, f.origin, f.facing));
    assert_true(in(&f, OST_RADIUS, OST_REGION_ARTICULAR, edge, f.facing));
    assert_false(in(&f, OST_RADIUS, OST_REGION_ARTICULAR, deep, f.facing));
    for (int degrees = 55; degrees <= 65; degrees += 10) {
        for (int k = 0; k < 3; k++)
            turned[k] =
                cos(ost_radians(degrees)) * f.facing[k] + sin(ost_radians(degrees)) * volar[k];
        assert_int_equal(in(&f, OST_RADIUS, OST_REGION_ARTICULAR, f.origin, turned), degrees < 60);
    }
    /* The head's dome and its seat for the radius; not its back, not the shaft. */
    assert_true(in(&f, OST_ULNA, OST_REGION_ARTICULAR, (double[]){22, 0, 1}, (double[]){0, 0, -1}));
    assert_true(in(&f, OST_ULNA, OST_REGION_ARTICULAR, (double[]){16, 0, 5}, (double[]){-1, 0, 0}));
    assert_false(in(&f, OST_ULNA, OST_REGION_ARTICULAR, (double[]){30, 0, 5}, (double[]){1, 0, 0}));
    assert_false(
        in(&f, OST_ULNA, OST_REGION_ARTICULAR, (double[]){18, 0, 9}, (double[]){-1, 0, 0}));
}

/* A pinhole a metre away whose film is 100 x 200 mm at the bone. */
static struct ost_camera above(void)
{
    return (struct ost_camera){
        .width = 1001,
        .height = 2001,
        .focal = {10000.0, 10000.0},
        .principal = {500.0, 1000.0},
        .world_to_camera = {.r = {1, 0, 0, 0, 1, 0, 0, 0, 1}, .t = {0, 0, 1000.0}}};
}

static void shown_is_what_lies_well_within_every_film(void **state)
{
    (void)state;
    struct ost_region_frame f = joint();
    const double n[3] = {1, 0, 0};
    assert_false(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){0, 0, 0}, n)); /* no film */
    f.camera[0] = f.camera[1] = above();
    f.view_count = 1;
    assert_true(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){44.9, 0, 0}, n));
    assert_false(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){45.1, 0, 0}, n));
    assert_true(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){0, -94.9, 0}, n));
    assert_false(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){0, -95.1, 0}, n));
    f.view_count = 2;
    f.camera[1].world_to_camera.t[0] = 10.0; /* the other film ends 10 mm earlier */
    assert_true(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){34.9, 0, 0}, n));
    assert_false(in(&f, OST_RADIUS, OST_REGION_SHOWN, (double[]){35.1, 0, 0}, n));
}

/* Whatever is asked in one place is asked in the other after both have moved. */
static void a_frame_moves_as_a_whole(void **state)
{
    (void)state;
    struct ost_region_frame f = joint();
    f.camera[0] = above();
    f.view_count = 1;
    const struct ost_rigid motion =
        ost_rigid_about((double[]){3, 4, 5}, (double[]){0.4, -1.1, 0.8}, (double[]){90, -20, 300});
    struct ost_region_frame moved = ost_region_frame_moved(&f, &motion);
    for (int i = 0; i < 4000; i++) {
        const double p[3] = {(i % 20 - 10) * 5.3, (i / 20 % 10 - 5) * 21.7, (i / 200 - 5) * 7.1};
        double n[3] = {sin(i), cos(3.0 * i), sin(7.0 * i)}, q[3], m[3];
        (void)ost_unit(n);
        ost_rigid_point(&motion, p, q);
        ost_rigid_direction(&motion, n, m);
        for (int b = 0; b < OST_BONES; b++)
            assert_int_equal(ost_region_of(&f, (enum ost_bone)b, p, n),
                             ost_region_of(&moved, (enum ost_bone)b, q, m));
    }
}

/* On the model's own mean: the radius' facets are some 3 to 6 square centimetres, in one place. */
static void the_patch_on_a_radius_is_its_joint(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_mesh *mesh[OST_BONES];
    double landmark[OST_LANDMARKS][3], patch[OST_BONES] = {0.0}, normal[3];
    struct ost_anatomy anatomy;
    struct ost_region_frame f;
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *view = ost_prior_bone_view(prior, (enum ost_bone)b);
        struct ost_mesh *m = NULL;
        assert_true(ost_mesh_create(&m, view->vertex_count, view->triangle_count, NULL));
        memcpy(m->triangle, view->triangle, view->triangle_count * sizeof *view->triangle);
        ost_prior_shape(prior, (enum ost_bone)b, 1.0, NULL, m->vertex);
        mesh[b] = m;
    }
    const struct ost_rigid place = ost_prior_joint_place(prior, 1.0, NULL);
    for (uint32_t v = 0; v < mesh[OST_ULNA]->vertex_count; v++) {
        float *p = mesh[OST_ULNA]->vertex[v];
        double q[3];
        ost_rigid_point(&place, (const double[]){p[0], p[1], p[2]}, q);
        for (int k = 0; k < 3; k++)
            p[k] = (float)q[k];
    }
    const float(*radius)[3] = (const float(*)[3])mesh[OST_RADIUS]->vertex;
    ost_anatomy_of(prior, radius, &anatomy);
    ost_anatomy_landmarks(prior, radius, (const float(*)[3])mesh[OST_ULNA]->vertex, landmark);
    ost_region_frame_of(&anatomy, (const double(*)[3])landmark, &f);
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t t = 0; t < mesh[b]->triangle_count; t++) {
            const float *v = mesh[b]->vertex[mesh[b]->triangle[t][0]];
            const double area = ost_triangle_area(mesh[b], t, normal);
            const double p[3] = {v[0], v[1], v[2]};
            if (in(&f, (enum ost_bone)b, OST_REGION_ARTICULAR, p, normal)) {
                patch[b] += area;
                assert_true(in(&f, (enum ost_bone)b, OST_REGION_DISTAL_30, p, normal));
            }
        }
    assert_true(patch[OST_RADIUS] > 300.0 && patch[OST_RADIUS] < 650.0);
    assert_true(patch[OST_ULNA] > 120.0 && patch[OST_ULNA] < 400.0);
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(mesh[b]);
}

RUN(T(the_joint_faces_as_its_lines_say), T(heights_are_measured_along_the_shaft_from_the_joint),
    T(only_what_faces_the_joint_is_articular), T(shown_is_what_lies_well_within_every_film),
    T(a_frame_moves_as_a_whole), T(the_patch_on_a_radius_is_its_joint))
