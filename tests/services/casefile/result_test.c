#include "recon/base/rng.h"
#include "services/casefile/result.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

static void fill(struct ost_rng *rng, double *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        at[i] = ost_rng_normal(rng);
}

static struct ost_number number(struct ost_rng *rng)
{
    struct ost_number n = {.level = 0.95, .unit = "deg", .how = "fit"};
    fill(rng, &n.value, 3);
    return n;
}

static struct ost_rigid motion(struct ost_rng *rng)
{
    double w[3];
    struct ost_rigid m = ost_rigid_identity();
    fill(rng, w, 3);
    fill(rng, m.t, 3);
    ost_rotation_of_vector(w, m.r);
    return m;
}

#define TEXT(place, ...) ((void)snprintf((place), sizeof(place), __VA_ARGS__))

static void set_view(struct ost_result_view *v, struct ost_rng *rng, int i)
{
    TEXT(v->image, "film%d.png", i);
    TEXT(v->overlay, "overlay_%d.png", i);
    TEXT(v->outline, "outline_%d.json", i);
    v->projection = OST_PROJECTION_LATERAL;
    v->spacing = 0.15;
    v->spacing_how = OST_SPACING_ESTIMATED;
    v->camera = (struct ost_camera){.width = 300, .height = 200, .focal = {5000, 5001}};
    v->camera.world_to_camera = motion(rng);
    fill(rng, v->camera.principal, 2);
    fill(rng, &v->contour.mean, 5);
}

static struct ost_result made(void)
{
    struct ost_rng rng = ost_rng_seed(7);
    struct ost_result r = {.simulated = true, .side = OST_SIDE_LEFT, .in_world = true};
    TEXT(r.program, "0.1.0");
    TEXT(r.model_name, "forearm");
    TEXT(r.model_sha256, "%064d", 0);
    TEXT(r.model_licence, "CC BY 3.0");
    r.side_tried[OST_SIDE_RIGHT] = true;
    r.side_misfit[OST_SIDE_RIGHT] = 0.875;
    r.view_count = 2;
    for (int i = 0; i < 2; i++)
        set_view(&r.view[i], &rng, i);
    r.second.present = true;
    fill(&rng, r.second.measure, OST_RESULT_READ);
    r.view[1].frame = 1;
    r.view[1].pronated = number(&rng);
    r.angle_between_views = number(&rng);
    for (int b = 0; b < OST_BONES; b++) {
        TEXT(r.bone[b].stl, "%s.stl", ost_bone_name((enum ost_bone)b));
        TEXT(r.bone[b].glb, "%s.glb", ost_bone_name((enum ost_bone)b));
        fill(&rng, &r.bone[b].uncertainty_mean, 2);
    }
    TEXT(r.target_source, "completion");
    r.target_motion = motion(&rng);
    r.fragment_motion = motion(&rng);
    r.fragment_present = true;
    fill(&rng, r.target_rotation_sd, 6);
    fill(&rng, r.origin, 12);
    fill(&rng, r.cut_point, 6);
    for (int l = 0; l < OST_LANDMARKS; l++)
        fill(&rng, r.landmark[l].position, 4);
    for (int m = 0; m < OST_MEASURES; m++)
        r.measure[m] = number(&rng);
    TEXT(r.density_how, "relative");
    r.cortical = number(&rng);
    r.trabecular = number(&rng);
    r.layers = (struct ost_result_layers){.view_count = 2, .site_count = 1};
    TEXT(r.layers.how, "wedge");
    fill(&rng, &r.layers.mass_g[0][0], OST_RESULT_LAYERS);
    fill(&rng, &r.layers.mass_g[1][0], OST_RESULT_LAYERS);
    TEXT(r.layers.site[0].name, "radius_third");
    r.layers.site[0].areal = number(&rng);
    r.layers.site[0].volumetric = number(&rng);
    r.residual = 0.25;
    r.residual_limit = 1.0;
    r.residual_ok = true;
    r.other.view_count = 1;
    set_view(&r.other.view[0], &rng, 0);
    r.other.used = true;
    r.other.residual = 0.375;
    TEXT(r.other.stl[OST_ULNA], "other_ulna.stl");
    for (int m = 0; m < OST_MEASURES; m++)
        r.other.measure[m] = number(&rng);
    ost_result_warn(&r, "scale_from_prior", "The films carry no pixel size.");
    ost_result_warn(&r, "one_view", "One film only.");
    ost_result_warn(&r, "one_view", "Said twice.");
    return r;
}

static void print(const struct ost_result *r, struct ost_buf *out)
{
    struct ost_err err = {0};
    ost_buf_init(out, 1 << 20);
    if (!ost_result_print(r, out, &err))
        fail_msg("%s", err.msg);
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void)state;
    struct ost_result r = made(), back;
    struct ost_buf first, second;
    struct ost_err err = {0};
    print(&r, &first);
    if (!ost_result_parse(first.ptr, first.len, &back, &err))
        fail_msg("%s", err.msg);
    print(&back, &second);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.ptr, second.ptr, first.len);
    assert_int_equal(back.warning_count, 2);
    assert_string_equal(back.warning[1].text, "One film only.");
    assert_near(back.landmark[OST_ULNAR_HEAD].sd, r.landmark[OST_ULNAR_HEAD].sd, 1e-10);
    assert_near(back.view[1].camera.world_to_camera.r[5], r.view[1].camera.world_to_camera.r[5],
                1e-10);
    assert_int_equal(back.view[1].camera.width, 300);
    assert_true(back.second.present);
    assert_near(back.second.measure[OST_ULNAR_VARIANCE], r.second.measure[OST_ULNAR_VARIANCE],
                1e-10);
    assert_int_equal(back.view[0].frame, 0);
    assert_int_equal(back.view[1].frame, 1);
    assert_near(back.view[1].pronated.high, r.view[1].pronated.high, 1e-10);
    assert_int_equal(back.layers.view_count, 2);
    assert_string_equal(back.layers.how, "wedge");
    assert_near(back.layers.mass_g[1][3], r.layers.mass_g[1][3], 1e-10);
    assert_string_equal(back.layers.site[0].name, "radius_third");
    assert_near(back.layers.site[0].volumetric.high, r.layers.site[0].volumetric.high, 1e-10);
    assert_true(back.other.used && back.other.view_count == 1);
    assert_string_equal(back.other.stl[OST_ULNA], "other_ulna.stl");
    assert_near(back.other.measure[OST_ULNAR_VARIANCE].low, r.other.measure[OST_ULNAR_VARIANCE].low,
                1e-10);
    ost_buf_fini(&first);
    ost_buf_fini(&second);
}

static void a_result_without_the_other_arm_reads_too(void **state)
{
    (void)state;
    struct ost_result r = made(), back;
    struct ost_buf text;
    struct ost_err err = {0};
    r.other = (struct ost_result_other){.view_count = 0};
    r.layers = (struct ost_result_layers){.view_count = 0};
    print(&r, &text);
    if (!ost_result_parse(text.ptr, text.len, &back, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(back.other.view_count, 0);
    assert_int_equal(back.layers.view_count, 0);
    ost_buf_fini(&text);
}

static void a_number_that_is_not_finite_is_not_written(void **state)
{
    (void)state;
    struct ost_result r = made();
    r.measure[OST_VOLAR_TILT].high = NAN;
    struct ost_buf out;
    struct ost_err err = {0};
    ost_buf_init(&out, 1 << 20);
    assert_false(ost_result_print(&r, &out, &err));
    assert_int_equal(err.code, OST_BUG);
    r = made();
    r.layers.mass_g[1][2] = NAN;
    assert_false(ost_result_print(&r, &out, &err));
    ost_buf_fini(&out);
}

static void a_result_with_a_part_changed_is_refused(void **state)
{
    (void)state;
    static const char *const key[] = {
        "osteon_result", "side", "views",     "camera", "radius",  "target",     "motion",
        "anatomy",       "cut",  "landmarks", "sd_mm",  "numbers", "volar_tilt", "level",
        "residual",      "used", "mass_g",    "soft",   "areal"};
    struct ost_result r = made(), back;
    struct ost_buf text;
    print(&r, &text);
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        char quoted[64], copy[1 << 16];
        (void)snprintf(quoted, sizeof quoted, "\"%s\":", key[i]);
        (void)snprintf(copy, sizeof copy, "%.*s", (int)text.len, (const char *)text.ptr);
        char *at = strstr(copy, quoted);
        assert_non_null(at);
        at[1] = 'X';
        struct ost_err err = {0};
        if (ost_result_parse(copy, text.len, &back, &err) || err.code != OST_CORRUPT)
            fail_msg("%s was taken", key[i]);
    }
    ost_buf_fini(&text);
}

RUN(T(what_is_printed_reads_back_the_same), T(a_result_without_the_other_arm_reads_too),
    T(a_number_that_is_not_finite_is_not_written), T(a_result_with_a_part_changed_is_refused))
