#include "fem/bmd/calibration.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <string.h>

/* Three rods along z in a box of water: 0, 400 and 800 mgHA/cm3 at 1.3 HU each, base 12. */
static struct ost_grid *phantom(struct ost_rod rod[3])
{
    const uint32_t size[3] = {60, 30, 20};
    const double origin[3] = {5.0, -7.0, 3.0}, spacing[3] = {1.0, 1.0, 1.5};
    struct ost_grid *ct = NULL;
    assert_true(ost_grid_create(&ct, size, origin, spacing, NULL));
    for (int i = 0; i < 3; i++) {
        const double x = 15.0 + 20.0 * i;
        rod[i] = (struct ost_rod){
            .mineral = 400.0 * i, .from = {x, 8.0, 6.0}, .to = {x, 8.0, 28.0}, .reach = 4.0};
    }
    for (uint32_t at = 0; at < 60 * 30 * 20; at++) {
        double x = 5.0 + at % 60, y = -7.0 + at / 60 % 30;
        for (int i = 0; i < 3; i++) {
            if (hypot(x - rod[i].from[0], y - 8.0) <= 7.0)
                ct->value[at] = (float)(12.0 + 1.3 * rod[i].mineral);
        }
        ct->value[at] += at % 2 == 0 ? 9.0F : -9.0F;
    }
    return ct;
}

static void rods_give_back_the_scanner(void **state)
{
    (void)state;
    struct ost_rod rod[3];
    struct ost_hu_line line;
    OST_AUTO(ost_grid) ct = phantom(rod);
    for (int i = 0; i < 3; i++)
        assert_true(ost_rod_measure(ct, &rod[i], NULL));
    assert_near(rod[1].hu, 532.0, 1.0);
    assert_true(ost_hu_line_fit(rod, 3, &line, NULL));
    assert_near(line.slope, 1.3, 0.003);
    assert_near(line.base, 12.0, 1.0);
    assert_near(line.high, 800.0, 0.0);
}

static void scatter_gives_the_spread_of_a_line(void **state)
{
    (void)state;
    /* Points +-d about y = x: residual sqrt(4 d^2 / 2), slope and base of the classic sums. */
    const double d = 6.0;
    struct ost_rod rod[4] = {{.mineral = 0.0, .hu = d},
                             {.mineral = 100.0, .hu = 100.0 - d},
                             {.mineral = 200.0, .hu = 200.0 - d},
                             {.mineral = 300.0, .hu = 300.0 + d}};
    struct ost_hu_line line;
    assert_true(ost_hu_line_fit(rod, 4, &line, NULL));
    const double left = sqrt(4.0 * d * d / 2.0), xx = 50000.0;
    assert_near(line.slope, 1.0, 1e-12);
    assert_near(line.base, 0.0, 1e-9);
    assert_near(line.residual, left, 1e-9);
    assert_near(line.slope_sd, left / sqrt(xx), 1e-12);
    assert_near(line.base_sd, left * sqrt(0.25 + 150.0 * 150.0 / xx), 1e-9);
}

static void refused(const struct ost_rod *rod, size_t count, const char *why)
{
    struct ost_hu_line line;
    struct ost_err err = {0};
    assert_false(ost_hu_line_fit(rod, count, &line, &err));
    assert_int_equal(err.code, OST_INVALID);
    if (strstr(err.msg, why) == NULL)
        fail_msg("%s", err.msg);
}

static void bad_rods_are_refused_with_their_reason(void **state)
{
    (void)state;
    struct ost_rod rod[3] = {{.mineral = 0.0, .hu = 0.0},
                             {.mineral = 200.0, .hu = 260.0},
                             {.mineral = 400.0, .hu = 520.0}};
    refused(rod, 2, "three are needed");
    rod[2].hu = -520.0;
    rod[1].hu = -260.0;
    refused(rod, 3, "inverted");
    rod[1].hu = 600.0;
    rod[2].hu = 520.0;
    refused(rod, 3, "own rod");
    rod[1].mineral = 20.0;
    rod[2].mineral = 40.0;
    refused(rod, 3, "too little");
    struct ost_rod real[3];
    struct ost_err err = {0};
    OST_AUTO(ost_grid) ct = phantom(real);
    real[0].from[0] += 500.0;
    real[0].to[0] += 500.0;
    assert_false(ost_rod_measure(ct, &real[0], &err));
    assert_int_equal(err.code, OST_INVALID);
    /* Across a rod and the next: no homogeneous rod. */
    real[1].to[0] = 60.0;
    real[1].reach = 12.0;
    assert_false(ost_rod_measure(ct, &real[1], &err));
}

RUN(T(rods_give_back_the_scanner), T(scatter_gives_the_spread_of_a_line),
    T(bad_rods_are_refused_with_their_reason))
