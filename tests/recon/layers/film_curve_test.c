#include "recon/layers/film_curve.h"
#include "tests/check.h"

/* A power curve of another family than the one unknown films are read by. */
static double grey_of(double attenuation, double gain, double gamma)
{
    return gain * pow(attenuation / 4.0, gamma);
}

static void steps_recover_gain_and_gamma(void **state)
{
    (void)state;
    static const double gain[] = {30000.0, 55000.0}, gamma[] = {0.7, 1.0, 1.6};
    for (int g = 0; g < 2; g++)
        for (int c = 0; c < 3; c++) {
            struct ost_curve_step step[14];
            struct ost_film_curve curve = {.how = OST_CURVE_UNKNOWN};
            for (int s = 0; s < 14; s++) {
                step[s].attenuation = 0.05 + 0.27 * (13 - s);
                step[s].grey = grey_of(step[s].attenuation, gain[g], gamma[c]);
            }
            assert_true(ost_film_curve_of_wedge(step, 14, &curve, NULL));
            assert_int_equal(curve.how, OST_CURVE_WEDGE);
            for (double l = 0.35; l < 3.5; l += 0.1)
                assert_near(ost_film_curve_read(&curve, grey_of(l, gain[g], gamma[c])), l, 0.008);
        }
}

static void dark_bones_are_read_as_well(void **state)
{
    (void)state;
    struct ost_curve_step step[8];
    struct ost_film_curve curve = {.how = OST_CURVE_UNKNOWN};
    for (int s = 0; s < 8; s++)
        step[s] = (struct ost_curve_step){.grey = 60000.0 - 7000.0 * s, .attenuation = 0.4 * s};
    assert_true(ost_film_curve_of_wedge(step, 8, &curve, NULL));
    assert_near(ost_film_curve_read(&curve, 60000.0 - 3500.0), 0.2, 1e-9);
    assert_true(ost_film_curve_read(&curve, 10000.0) > ost_film_curve_read(&curve, 20000.0));
}

static void a_noisy_wedge_stays_monotone(void **state)
{
    (void)state;
    struct ost_film_curve curve = {.how = OST_CURVE_UNKNOWN};
    struct ost_curve_step step[10];
    for (int s = 0; s < 10; s++)
        step[s] = (struct ost_curve_step){.grey = 1000.0 * (s == 4   ? 5.2
                                                            : s == 5 ? 4.9
                                                                     : s),
                                          .attenuation = 0.3 * s};
    assert_true(ost_film_curve_of_wedge(step, 10, &curve, NULL));
    double last = -1.0;
    for (double grey = 0.0; grey < 9000.0; grey += 10.0) {
        const double l = ost_film_curve_read(&curve, grey);
        assert_true(l > last);
        last = l;
    }
}

static void too_few_steps_are_refused(void **state)
{
    (void)state;
    struct ost_film_curve curve = {.how = OST_CURVE_UNKNOWN};
    struct ost_err err = {0};
    struct ost_curve_step same[5];
    for (int s = 0; s < 5; s++)
        same[s] = (struct ost_curve_step){.grey = 5.0, .attenuation = 0.1 * s};
    assert_false(ost_film_curve_of_wedge(same, 3, &curve, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_false(ost_film_curve_of_wedge(same, 5, &curve, &err));
}

static void known_detectors_are_read_exactly(void **state)
{
    (void)state;
    const struct ost_film_curve linear = {.how = OST_CURVE_LINEAR, .gain = 9000.0, .offset = 500.0};
    const struct ost_film_curve raw = {.how = OST_CURVE_RAW, .gain = 50000.0, .offset = 20.0};
    assert_near(ost_film_curve_read(&linear, 500.0 + 9000.0 * 1.7), 1.7, 1e-12);
    assert_near(ost_film_curve_read(&raw, 20.0 + 50000.0 * exp(-1.7)), 1.7, 1e-12);
}

RUN(T(steps_recover_gain_and_gamma), T(dark_bones_are_read_as_well),
    T(a_noisy_wedge_stays_monotone), T(too_few_steps_are_refused),
    T(known_detectors_are_read_exactly))
