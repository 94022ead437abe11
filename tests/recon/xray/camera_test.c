#include "recon/math/vec.h"
#include "recon/xray/camera.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

static const char text[] =
    "image size\n1760,1700\n\ncamera matrix\n6000,0,800\n0,6100,850\n0,0,1\n\n"
    "rotation\n0,-1,0\n1,0,0\n0,0,1\n\ntranslation\n-16.5\n-77\n900\n";

static const char json[] =
    "{\"osteon_camera\":1, \"size\":[1760,1700],\n \"matrix\":[[6000,0,800],[0,6100,850],[0,0,1]],"
    "\"rotation\":[[0,-1,0],[1,0,0],[0,0,1]], \"translation\":[-16.5,-77,900]}";

static void both_forms_say_the_same(void **state)
{
    (void)state;
    struct ost_camera a = {0}, b = {0};
    struct ost_err err = {0};
    assert_true(ost_camera_read(text, strlen(text), &a, &err));
    assert_true(ost_camera_read(json, strlen(json), &b, &err));
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(a.width, 1760);
    assert_int_equal(a.height, 1700);
}

static void a_point_lands_where_the_formula_says(void **state)
{
    (void)state;
    struct ost_camera camera = {0};
    assert_true(ost_camera_read(text, strlen(text), &camera, NULL));
    const double point[3] = {77.0 + 10.0, 16.5 + 20.0, 100.0};
    /* R X + t = (-X1 - 16.5, X0 - 77, X2 + 900) */
    double pixel[2], depth;
    assert_true(ost_camera_project(&camera, point, pixel, &depth));
    assert_near(depth, 1000.0, 1e-9);
    assert_near(pixel[0], 6000.0 * (-36.5 - 16.5) / 1000.0 + 800.0, 1e-9);
    assert_near(pixel[1], 6100.0 * 10.0 / 1000.0 + 850.0, 1e-9);
}

static void a_point_behind_the_source_has_no_pixel(void **state)
{
    (void)state;
    struct ost_camera camera = {0};
    assert_true(ost_camera_read(text, strlen(text), &camera, NULL));
    const double point[3] = {0.0, 0.0, -900.0};
    double pixel[2];
    assert_false(ost_camera_project(&camera, point, pixel, NULL));
}

static void the_ray_through_a_pixel_passes_every_point_projected_there(void **state)
{
    (void)state;
    struct ost_camera camera = {0};
    assert_true(ost_camera_read(text, strlen(text), &camera, NULL));
    const double point[3] = {12.0, -30.0, 55.0};
    double pixel[2], source[3], direction[3], toward[3], off[3];
    assert_true(ost_camera_project(&camera, point, pixel, NULL));
    ost_camera_ray(&camera, pixel, source, direction);
    ost_sub(point, source, toward);
    ost_cross(toward, direction, off);
    assert_near(ost_length(off), 0.0, 1e-9);
    assert_true(ost_dot(toward, direction) > 0.0);
}

struct broken {
    const char *from, *to; /* in the JSON form */
    enum ost_code code;
};

static void each_broken_file_is_refused_for_its_own_reason(void **state)
{
    (void)state;
    static const struct broken broken[] = {
        {"1760,", "1760.5,", OST_INVALID},
        {"\"size\"", "\"sizes\"", OST_CORRUPT},
        {"[6000,0,800]", "[6000,5,800]", OST_UNSUPPORTED},
        {"[6000,0,800]", "[-6000,0,800]", OST_INVALID},
        {"[0,0,1]]", "[0,0,2]]", OST_INVALID},
        {"[0,-1,0]", "[0,1,0]", OST_INVALID},
        {"[0,-1,0]", "[0,-1.1,0]", OST_INVALID},
        {"-77", "nan", OST_CORRUPT},
        {"-77", "1e999", OST_CORRUPT},
        {",900]", "]", OST_CORRUPT},
        {"900]}", "900]", OST_CORRUPT},
        {"900]}", "900]}x", OST_CORRUPT},
        {"\"translation\":", "\"rotation\":", OST_CORRUPT},
        {"\"osteon_camera\":1", "\"osteon_camera\":2", OST_CORRUPT},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char file[1024];
        const char *at = strstr(json, broken[i].from);
        assert_non_null(at);
        int len = snprintf(file, sizeof file, "%.*s%s%s", (int)(at - json), json, broken[i].to,
                           at + strlen(broken[i].from));
        struct ost_camera camera;
        struct ost_err err = {0};
        if (ost_camera_read(file, (size_t)len, &camera, &err) || err.code != broken[i].code)
            fail_msg("case %zu: code %d, %s", i, (int)err.code, err.msg);
    }
}

static void every_beginning_of_a_file_is_refused(void **state)
{
    (void)state;
    struct ost_camera camera;
    for (size_t len = 0; len + 2 < strlen(json); len++)
        assert_false(ost_camera_read(json, len, &camera, NULL));
    for (size_t len = 0; len + 5 < strlen(text); len++)
        assert_false(ost_camera_read(text, len, &camera, NULL));
}

static void a_rotation_printed_with_few_digits_is_made_exact(void **state)
{
    (void)state;
    static const char rounded[] =
        "image size\n10,10\ncamera matrix\n100,0,5\n0,100,5\n0,0,1\nrotation\n"
        "0.7926,-0.0592,-0.6069\n0.0545,0.9982,-0.0262\n0.6073,-0.0124,0.7944\ntranslation\n0\n0\n9";
    struct ost_camera camera = {0};
    assert_true(ost_camera_read(rounded, strlen(rounded), &camera, NULL));
    assert_true(ost_rigid_is_proper(&camera.world_to_camera, 1e-12));
    assert_near(camera.world_to_camera.r[0], 0.7926, 1e-3);
}

RUN(T(both_forms_say_the_same), T(a_point_lands_where_the_formula_says),
    T(a_point_behind_the_source_has_no_pixel),
    T(the_ray_through_a_pixel_passes_every_point_projected_there),
    T(each_broken_file_is_refused_for_its_own_reason), T(every_beginning_of_a_file_is_refused),
    T(a_rotation_printed_with_few_digits_is_made_exact))
