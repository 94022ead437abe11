#include "services/casefile/casefile.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

static const char full[] =
    "{\"osteon_case\":1,\"side\":\"left\",\"simulated\":true,\"views\":["
    "{\"image\":\"a.png\",\"projection\":\"pa\",\"spacing_mm\":[0.15,0.16],\"camera\":\"a.txt\","
    "\"bone\":\"dark\"},{\"image\":\"b.png\",\"projection\":\"lateral\",\"frame\":1}],"
    "\"other\":{\"views\":[{\"image\":\"o.png\",\"projection\":\"ap\"}]},"
    "\"truth\":{\"frame\":\"world\",\"radius\":\"t/radius.stl\"}}";

static bool parse(const char *json, struct ost_case *out, struct ost_err *err)
{
    return ost_case_parse(json, strlen(json), out, err);
}

static void every_field_arrives(void **state)
{
    (void)state;
    struct ost_case c;
    struct ost_err err = {0};
    assert_true(parse(full, &c, &err));
    assert_int_equal(c.side, OST_SIDE_LEFT);
    assert_true(c.simulated);
    assert_int_equal(c.view_count, 2);
    assert_string_equal(c.view[0].image, "a.png");
    assert_int_equal(c.view[0].projection, OST_PROJECTION_PA);
    assert_near(c.view[0].spacing[1], 0.16, 0.0);
    assert_int_equal(c.view[0].spacing_how, OST_SPACING_MEASURED);
    assert_string_equal(c.view[0].camera, "a.txt");
    assert_int_equal(c.view[0].bone, OST_BONE_DARK);
    assert_int_equal(c.view[1].projection, OST_PROJECTION_LATERAL);
    assert_int_equal(c.view[1].spacing_how, OST_SPACING_NONE);
    assert_int_equal(c.view[1].bone, OST_BONE_AUTO);
    assert_int_equal(c.view[0].frame, 0);
    assert_int_equal(c.view[1].frame, 1);
    assert_int_equal(c.other_count, 1);
    assert_string_equal(c.other[0].image, "o.png");
    assert_int_equal(c.other[0].projection, OST_PROJECTION_AP);
    assert_true(c.truth.present && c.truth.in_world);
    assert_string_equal(c.truth.radius, "t/radius.stl");
    assert_string_equal(c.ct, "");
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void)state;
    struct ost_case a, b;
    struct ost_buf text;
    ost_buf_init(&text, 1 << 16);
    assert_true(parse(full, &a, NULL));
    assert_true(ost_case_print(&a, &text, NULL));
    assert_true(ost_case_parse(text.ptr, text.len, &b, NULL));
    assert_memory_equal(&a, &b, sizeof a);
    ost_buf_fini(&text);
}

static const char calibrated[] =
    "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\",\"attenuation_per_grey\":0.0001,"
    "\"tube\":{\"kvp\":53.5,\"aluminium_mm\":2.5},\"wedge\":{\"material\":\"aluminium\","
    "\"steps_mm\":[1,2,3.5],\"corner_px\":[24,900],\"size_px\":[60,430]}}]}";

static void a_calibrated_film_says_how(void **state)
{
    (void)state;
    struct ost_case c, again;
    struct ost_buf text;
    assert_true(parse(calibrated, &c, NULL));
    assert_near(c.view[0].attenuation_per_grey, 1e-4, 0.0);
    assert_near(c.view[0].kvp, 53.5, 0.0);
    assert_near(c.view[0].filter, 2.5, 0.0);
    assert_int_equal(c.view[0].wedge.step_count, 3);
    assert_near(c.view[0].wedge.thickness[2], 3.5, 0.0);
    assert_near(c.view[0].wedge.corner[1], 900.0, 0.0);
    assert_near(c.view[0].wedge.size[0], 60.0, 0.0);
    ost_buf_init(&text, 1 << 16);
    assert_true(ost_case_print(&c, &text, NULL));
    assert_true(ost_case_parse(text.ptr, text.len, &again, NULL));
    assert_memory_equal(&c, &again, sizeof c);
    ost_buf_fini(&text);
}

static void a_wedge_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const wedge[] = {
        "{\"material\":\"copper\",\"steps_mm\":[1,2],\"corner_px\":[1,1],\"size_px\":[9,9]}",
        "{\"material\":\"aluminium\",\"steps_mm\":[1],\"corner_px\":[1,1],\"size_px\":[9,9]}",
        "{\"material\":\"aluminium\",\"steps_mm\":[1,0],\"corner_px\":[1,1],\"size_px\":[9,9]}",
        "{\"material\":\"aluminium\",\"steps_mm\":[1,2],\"corner_px\":[1],\"size_px\":[9,9]}",
        "{\"material\":\"aluminium\",\"steps_mm\":[1,2],\"corner_px\":[1,1],\"size_px\":[0,9]}",
        "{\"steps_mm\":[1,2],\"corner_px\":[1,1],\"size_px\":[9,9]}",
    };
    for (size_t n = 0; n < sizeof wedge / sizeof *wedge; n++) {
        char text[512];
        struct ost_case c;
        (void)snprintf(text, sizeof text,
                       "{\"osteon_case\":1,\"views\":[{\"image\":\"a.png\",\"wedge\":%s}]}",
                       wedge[n]);
        assert_false(parse(text, &c, NULL));
    }
}

static void a_view_or_a_ct_is_enough(void **state)
{
    (void)state;
    struct ost_case c;
    assert_true(parse("{\"osteon_case\":1,\"views\":[{\"image\":\"x.jpg\"}]}", &c, NULL));
    assert_int_equal(c.side, OST_SIDE_UNKNOWN);
    assert_false(c.simulated);
    assert_true(parse("{\"osteon_case\":1,\"ct\":\"ct/\"}", &c, NULL));
    assert_string_equal(c.ct, "ct/");
    assert_true(parse("{\"osteon_case\":1,\"views\":[{\"image\":\"x.jpg\",\"spacing_mm\":null,"
                      "\"spacing_how\":\"none\"}]}",
                      &c, NULL));
    assert_int_equal(c.view[0].spacing_how, OST_SPACING_NONE);
}

struct broken {
    const char *from, *to;
    enum ost_code code;
};

static void each_broken_case_is_refused(void **state)
{
    (void)state;
    static const struct broken broken[] = {
        {"\"osteon_case\":1,", "", OST_INVALID},
        {"\"osteon_case\":1", "\"osteon_case\":2", OST_UNSUPPORTED},
        {"\"osteon_case\":1", "\"osteon_case\":1,\"osteon_case\":1", OST_CORRUPT},
        {"\"side\"", "\"sight\"", OST_INVALID},
        {"\"left\"", "\"both\"", OST_INVALID},
        {"\"left\"", "7", OST_INVALID},
        {"\"image\":\"a.png\",", "", OST_INVALID},
        {"a.png", "../a.png", OST_INVALID},
        {"a.png", "/etc/a.png", OST_INVALID},
        {"a.png", "a b.png", OST_INVALID},
        {"\"pa\"", "\"PA\"", OST_INVALID},
        {"[0.15,0.16]", "[0.15]", OST_INVALID},
        {"[0.15,0.16]", "[0.15,0.0]", OST_INVALID},
        {"[0.15,0.16]", "\"0.15\"", OST_INVALID},
        {"\"dark\"", "\"darkish\"", OST_INVALID},
        {"\"dark\"", "\"dark\",\"note\":\"x\"", OST_INVALID},
        {"\"frame\":1", "\"frame\":-1", OST_INVALID},
        {"\"frame\":1", "\"frame\":8", OST_INVALID},
        {"\"frame\":1", "\"frame\":1.5", OST_INVALID},
        {"\"world\"", "\"ras\"", OST_INVALID},
        {"\"radius\":", "\"radio\":", OST_INVALID},
        {"t/radius.stl", "t/../../radius.stl", OST_INVALID},
        {"\"views\":[", "\"views\":[3,", OST_INVALID},
        {"}]", "}", OST_CORRUPT},
        {"o.png", "../o.png", OST_INVALID},
        {"\"other\":{", "\"other\":{\"side\":\"left\",", OST_INVALID},
        {"\"other\":{\"views\":[{\"image\":\"o.png\",\"projection\":\"ap\"}]}",
         "\"other\":{\"views\":[]}", OST_INVALID},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char json[1024];
        const char *at = strstr(full, broken[i].from);
        assert_non_null(at);
        (void)snprintf(json, sizeof json, "%.*s%s%s", (int)(at - full), full, broken[i].to,
                       at + strlen(broken[i].from));
        struct ost_case c;
        struct ost_err err = {0};
        if (parse(json, &c, &err) || err.code != broken[i].code)
            fail_msg("case %zu: code %d, %s", i, (int)err.code, err.msg);
    }
}

static void a_refused_case_leaves_the_result_alone(void **state)
{
    (void)state;
    struct ost_case c = {.view_count = 42};
    assert_false(parse("{\"osteon_case\":1}", &c, NULL));
    assert_int_equal(c.view_count, 42);
}

RUN(T(every_field_arrives), T(what_is_printed_reads_back_the_same), T(a_calibrated_film_says_how),
    T(a_wedge_that_is_none_is_refused), T(a_view_or_a_ct_is_enough), T(each_broken_case_is_refused),
    T(a_refused_case_leaves_the_result_alone))
