#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "tests/check.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_BYTES = 1 << 20, PNG_BYTES = 64 << 20 };

static json_t *result(void)
{
    const char *dir = getenv("OSTEON_CASE");
    struct ost_buf bytes;
    assert_non_null(dir);
    ost_buf_init(&bytes, JSON_BYTES);
    assert_true(ost_disk_read(dir, "result/layers.json", &bytes, NULL));
    json_t *root = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
    ost_buf_fini(&bytes);
    assert_non_null(root);
    return root;
}

static void every_structure_has_its_picture_and_mass(void **state)
{
    (void)state;
    json_t *root = result(), *views = json_object_get(root, "views"), *view, *item;
    size_t index;
    const char *name;
    assert_int_equal(json_array_size(views), 2);
    json_array_foreach(views, index, view)
    {
        assert_int_equal(json_object_size(view), 4);
        json_object_foreach(view, name, item)
        {
            char path[256];
            struct ost_buf png;
            (void)snprintf(path, sizeof path, "result/%s",
                           json_string_value(json_object_get(item, "file")));
            ost_buf_init(&png, PNG_BYTES);
            assert_true(ost_disk_read(getenv("OSTEON_CASE"), path, &png, NULL));
            assert_true(png.len > 1000 && memcmp(png.ptr + 1, "PNG", 3) == 0);
            ost_buf_fini(&png);
            assert_true(json_number_value(json_object_get(item, "mass_g")) > 0.5);
        }
    }
    json_decref(root);
}

/* Nobody calibrated the sample's films: the densities say so and are bone's all the same. */
static void densities_are_relative_and_have_their_interval(void **state)
{
    (void)state;
    json_t *root = result();
    json_t *site = json_object_get(json_object_get(root, "densities"), "radius_distal_30");
    json_t *number = json_object_get(site, "volumetric");
    const double value = json_number_value(json_object_get(number, "value"));
    assert_true(json_is_true(json_object_get(root, "relative")));
    assert_string_equal(json_string_value(json_object_get(number, "how")), "relative");
    assert_true(value > 100.0 && value < 800.0);
    assert_true(json_number_value(json_object_get(number, "low")) < value);
    assert_true(json_number_value(json_object_get(number, "high")) > value);
    json_decref(root);
}

/* result.json says the same as layers.json, and that the expected density stands in the grids. */
static void the_result_tells_of_the_layers(void **state)
{
    (void)state;
    struct ost_result told;
    assert_true(ost_result_read(getenv("OSTEON_CASE"), &told, NULL));
    json_t *root = result(), *views = json_object_get(root, "views");
    assert_int_equal(told.layers.view_count, 2);
    assert_true(told.layers.relative);
    assert_string_equal(told.layers.how, "unknown");
    assert_string_equal(told.density_how, "relative");
    for (size_t v = 0; v < 2; v++)
        for (int k = 0; k < OST_RESULT_LAYERS; k++) {
            json_t *item = json_object_get(json_array_get(views, v), ost_result_layer_name(k));
            const double mass = json_number_value(json_object_get(item, "mass_g"));
            assert_near(told.layers.mass_g[v][k], mass, 1e-6 * fabs(mass));
        }
    assert_true(told.layers.site_count >= 2);
    json_decref(root);
}

RUN(T(the_result_tells_of_the_layers), T(every_structure_has_its_picture_and_mass),
    T(densities_are_relative_and_have_their_interval))
