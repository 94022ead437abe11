#include "recon/layers/section.h"
#include "tests/check.h"

#include <string.h>

/* An ellipse has a closed form. */
static void an_ellipse_has_its_chord(void **state)
{
    (void)state;
    const double s[OST_SECTION_NUMBERS] = {3.0, -2.0, 30.0, 20.0, 2.0};
    for (double x = -20.0; x < 32.0; x += 3.3) {
        const double point[2] = {x, 7.0}, way[2] = {0.0, 1.0};
        const double u = (x - 3.0) / 30.0;
        assert_near(ost_section_chord(s, point, way, NULL), 40.0 * sqrt(1.0 - u * u), 1e-6);
    }
    const double beside[2] = {33.5, 0.0}, up[2] = {0.0, 1.0};
    assert_near(ost_section_chord(s, beside, up, NULL), 0.0, 0.0);
}

static void a_box_like_section_too(void **state)
{
    (void)state;
    const double s[OST_SECTION_NUMBERS] = {0.0, 0.0, 30.0, 20.0, 3.0};
    const double point[2] = {15.0, -50.0}, way[2] = {0.0, 1.0};
    assert_near(ost_section_chord(s, point, way, NULL), 40.0 * cbrt(1.0 - 0.125), 1e-6);
}

static void slopes_are_those_of_differences(void **state)
{
    (void)state;
    const double s[OST_SECTION_NUMBERS] = {2.0, 1.0, 33.0, 21.0, 2.4};
    const double point[2] = {-9.0, 3.0}, way[2] = {0.28, 0.96};
    double slope[OST_SECTION_NUMBERS];
    (void)ost_section_chord(s, point, way, slope);
    for (int k = 0; k < OST_SECTION_NUMBERS; k++) {
        const double e = 1e-4;
        double up[OST_SECTION_NUMBERS], down[OST_SECTION_NUMBERS];
        memcpy(up, s, sizeof up);
        memcpy(down, s, sizeof down);
        up[k] += e;
        down[k] -= e;
        const double by =
            (ost_section_chord(up, point, way, NULL) - ost_section_chord(down, point, way, NULL)) /
            (2.0 * e);
        assert_near(slope[k], by, 1e-4 * (1.0 + fabs(by)));
    }
}

RUN(T(an_ellipse_has_its_chord), T(a_box_like_section_too), T(slopes_are_those_of_differences))
