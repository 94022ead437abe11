#include "fem/material/density.h"
#include "services/station/segment_impl.h"
#include "tests/check.h"

#include <string.h>

/* A box of water with three rods along z at x = 15, 35 and 55: 0, 400, 800 mg/cm3, 1.3 HU each. */
static struct ost_grid *scan(void)
{
    const uint32_t size[3] = {70, 30, 20};
    const double origin[3] = {0.0, -7.0, 3.0}, spacing[3] = {1.0, 1.0, 1.5};
    struct ost_grid *ct = NULL;
    assert_true(ost_grid_create(&ct, size, origin, spacing, NULL));
    for (uint32_t at = 0; at < 70 * 30 * 20; at++) {
        double x = at % 70, y = -7.0 + at / 70 % 30;
        for (int i = 0; i < 3; i++) {
            if (hypot(x - 15.0 - 20.0 * i, y - 8.0) <= 7.0)
                ct->value[at] = (float)(12.0 + 1.3 * 400.0 * i);
        }
    }
    return ct;
}

static bool take(const struct ost_grid *ct, const char *text, struct ost_calibration *out,
                 struct ost_err *err)
{
    *out = (struct ost_calibration){.how = OST_CALIBRATION_ASSUMED, .reason = "no"};
    return ost_segment_take_calibration(ct, text, strlen(text), out, err);
}

static void rods_of_a_phantom_scale_the_ct(void **state)
{
    (void)state;
    static const char text[] =
        "{\"osteon_calibration\":1,\"how\":\"phantom\",\"mineral\":\"hydroxyapatite\",\"rods\":["
        "{\"mg_cm3\":0,\"from\":[15,8,6],\"to\":[15,8,28],\"reach_mm\":4},"
        "{\"mg_cm3\":400,\"from\":[35,8,6],\"to\":[35,8,28],\"reach_mm\":4},"
        "{\"mg_cm3\":800,\"from\":[55,8,6],\"to\":[55,8,28],\"reach_mm\":4}]}";
    OST_AUTO(ost_grid) ct = scan();
    struct ost_calibration c;
    assert_true(take(ct, text, &c, NULL));
    assert_near(c.slope, 1.3, 1e-6);
    assert_near(c.base, 12.0, 1e-4);
    assert_near(ost_calibration_mineral(&c, 532.0), 400.0, 1e-3);
    assert_string_equal(ost_calibration_how_name(c.how), "phantom");
    assert_null(c.reason);
}

static void a_table_of_the_other_mineral_is_brought_to_ours(void **state)
{
    (void)state;
    static const char text[] = "{\"osteon_calibration\":1,\"how\":\"table\",\"mineral\":\"k2hpo4\","
                               "\"kvp\":120,\"points\":[[0,0],[100,150],[200,300]]}";
    OST_AUTO(ost_grid) ct = scan();
    struct ost_calibration c;
    assert_true(take(ct, text, &c, NULL));
    assert_near(ost_calibration_mineral(&c, 150.0), ost_mineral_of_k2hpo4(100.0), 1e-6);
    assert_string_equal(ost_calibration_how_name(c.how), "table");
}

static void what_is_no_calibration_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{\"osteon_calibration\":1,\"how\":\"guess\",\"mineral\":\"hydroxyapatite\"}",
        "{\"osteon_calibration\":1,\"how\":\"table\",\"mineral\":\"gold\",\"points\":[[0,0]]}",
        "{\"osteon_calibration\":1,\"how\":\"table\",\"mineral\":\"k2hpo4\",\"points\":[[0,0],[9]]}",
        "{\"osteon_calibration\":1,\"how\":\"table\",\"mineral\":\"k2hpo4\",\"points\":[[0,0],[9,9]]}",
        "{\"osteon_calibration\":1,\"how\":\"phantom\",\"mineral\":\"k2hpo4\",\"rods\":"
        "[{\"mg_cm3\":0,\"from\":[900,8,6],\"to\":[900,8,28],\"reach_mm\":4}]}"};
    OST_AUTO(ost_grid) ct = scan();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ost_calibration c;
        struct ost_err err = {0};
        assert_false(take(ct, bad[i], &c, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_int_equal(c.how, OST_CALIBRATION_ASSUMED);
    }
}

RUN(T(rods_of_a_phantom_scale_the_ct), T(a_table_of_the_other_mineral_is_brought_to_ours),
    T(what_is_no_calibration_is_refused))
