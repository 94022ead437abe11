/* Mineral from HU: a CT made at a known energy from tabulated attenuation gives it back. */
#include "recon/base/rng.h"
#include "recon/segment/calibrate.h"
#include "recon/xray/spectrum.h"
#include "tests/check.h"

enum { SIDE = 60 };
static const double kev = 64.0;

static double hu_of(double mu)
{
    return 1000.0 * (mu / ost_mass_attenuation(OST_WATER, kev) - 1.0);
}

/* Marrow, half fat and half muscle, with so much apatite in it, mg/cm3. */
static double bone_hu(double mineral)
{
    const double marrow = 0.5 * (0.95 * ost_mass_attenuation(OST_ADIPOSE, kev) +
                                 1.05 * ost_mass_attenuation(OST_MUSCLE, kev));
    const double share = 1e-3 * mineral / 3.16;
    return hu_of(1e-3 * mineral * ost_mass_attenuation(OST_HYDROXYAPATITE, kev) +
                 (1.0 - share) * marrow);
}

static struct ost_grid *limb(bool fat)
{
    struct ost_grid *g = NULL;
    struct ost_rng rng = ost_rng_seed(3);
    const uint32_t size[3] = {SIDE, SIDE, SIDE};
    assert_true(ost_grid_create(&g, size, (double[]){0, 0, 0}, (double[]){1, 1, 1}, NULL));
    for (size_t n = 0; n < (size_t)SIDE * SIDE * SIDE; n++) {
        const double x = (double)(n % SIDE) - 30.0, y = (double)(n / SIDE % SIDE) - 30.0;
        const double r = sqrt(x * x + y * y);
        double hu = -1000.0;
        if (r < 24.0)
            hu = hu_of(1.05 * ost_mass_attenuation(OST_MUSCLE, kev));
        if (r < 24.0 && r > 19.0 && fat)
            hu = hu_of(0.95 * ost_mass_attenuation(OST_ADIPOSE, kev));
        if (r < 6.0)
            hu = bone_hu(800.0);
        g->value[n] = (float)(hu + 8.0 * ost_rng_normal(&rng));
    }
    return g;
}

static void gives_the_mineral_back(void **state)
{
    (void)state;
    struct ost_grid *g = limb(true);
    struct ost_calibration c;
    ost_calibrate(g, &c);
    assert_int_equal(c.how, OST_CALIBRATION_MEASURED);
    assert_null(c.reason);
    assert_near(c.energy, kev, 6.0);
    const double known[] = {150.0, 400.0, 800.0, 1100.0};
    for (size_t i = 0; i < 4; i++) {
        const double got = ost_calibration_mineral(&c, bone_hu(known[i]));
        assert_near(got, known[i], 0.1 * known[i] + 10.0);
        /* The interval holds the truth. */
        const double sd = hypot(known[i] * c.slope_share, c.base_sd / c.slope);
        assert_true(fabs(got - known[i]) < 1.96 * sd);
    }
    ost_grid_destroy(g);
}

static void says_what_it_cannot(void **state)
{
    (void)state;
    struct ost_grid *g = limb(false);
    struct ost_calibration c;
    ost_calibrate(g, &c);
    assert_int_equal(c.how, OST_CALIBRATION_ASSUMED);
    assert_non_null(c.reason);
    assert_true(isnan(c.fat));
    assert_true(c.slope_share > 0.1); /* and is far less sure */
    ost_grid_destroy(g);
}

RUN(T(gives_the_mineral_back), T(says_what_it_cannot))
