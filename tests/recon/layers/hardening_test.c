#include "recon/layers/hardening.h"
#include "tests/check.h"

static struct ost_hardening beam(double kvp)
{
    struct ost_spectrum tube;
    assert_true(ost_spectrum_tube(kvp, 2.5, 8, &tube, NULL));
    return ost_hardening_of(&tube);
}

/* Beside the spectrum's own sum over materials, the displaced tissue taken off by hand. */
static void the_table_is_the_spectrum(void **state)
{
    (void)state;
    struct ost_spectrum tube;
    assert_true(ost_spectrum_tube(53.0, 2.5, 8, &tube, NULL));
    const struct ost_hardening h = ost_hardening_of(&tube);
    for (double t = 0.0; t < 8.0; t += 0.7)
        for (double m = 0.0; m < 1.5; m += 0.3) {
            const double area[OST_MATERIALS] = {
                [OST_MUSCLE] = t - m * 1.05 / 3.16, [OST_HYDROXYAPATITE] = m};
            assert_near(ost_hardening_attenuation(&h, t, m, NULL),
                        -log(ost_spectrum_passes(&tube, area)), 1e-12);
        }
}

static void the_inverses_come_back(void **state)
{
    (void)state;
    const struct ost_hardening h = beam(56.0);
    for (double t = 0.0; t < 9.0; t += 0.5) {
        const double l = ost_hardening_attenuation(&h, t, 0.0, NULL);
        assert_near(ost_hardening_tissue(&h, l), t, 1e-9);
        for (double m = -0.2; m < 2.0; m += 0.2) {
            const double all = ost_hardening_attenuation(&h, t, m, NULL);
            assert_near(ost_hardening_mineral(&h, t, all), m, 1e-9);
        }
    }
}

static void the_slopes_are_those_of_differences(void **state)
{
    (void)state;
    const struct ost_hardening h = beam(50.0);
    const double e = 1e-5;
    double slope[2];
    (void)ost_hardening_attenuation(&h, 4.0, 0.6, slope);
    const double by_t = ost_hardening_attenuation(&h, 4.0 + e, 0.6, NULL) -
                        ost_hardening_attenuation(&h, 4.0 - e, 0.6, NULL);
    const double by_m = ost_hardening_attenuation(&h, 4.0, 0.6 + e, NULL) -
                        ost_hardening_attenuation(&h, 4.0, 0.6 - e, NULL);
    assert_near(slope[0], by_t / (2.0 * e), 1e-7);
    assert_near(slope[1], by_m / (2.0 * e), 1e-7);
}

/*
 * Mineral and net flesh are charged with parts that add up to L: what is left of L is what
 * the same rule charges the flesh with.
 */
static void charges_add_up(void **state)
{
    (void)state;
    const struct ost_hardening h = beam(53.0);
    const double t = 4.2, m = 0.7, net = t - ost_hardening_displaced * m;
    double flesh = 0.0, slope[2];
    const int steps = 2000;
    for (int k = 0; k < steps; k++) {
        const double at = (k + 0.5) / steps;
        (void)ost_hardening_attenuation(&h, at * t, at * m, slope);
        flesh += slope[0] / steps;
    }
    assert_near(ost_hardening_charge(&h, t, m) + net * flesh,
                ost_hardening_attenuation(&h, t, m, NULL), 1e-6);
    assert_near(ost_hardening_charge(&h, t, 0.0), 0.0, 1e-15);
}

RUN(T(the_table_is_the_spectrum), T(the_inverses_come_back), T(the_slopes_are_those_of_differences),
    T(charges_add_up))
