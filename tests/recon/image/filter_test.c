#include "recon/image/filter.h"
#include "tests/check.h"

static struct ost_image *plane(uint32_t width, uint32_t height, double a, double b)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, width, height, NULL));
    for (uint32_t i = 0; i < width * height; i++)
        image->pixel[i] = (float)(a * (i % width) + b * (i / width));
    return image;
}

static void a_point_becomes_the_gaussian(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = plane(61, 61, 0.0, 0.0);
    const double sigma = 3.0;
    image->pixel[30 * 61 + 30] = 1.0F;
    assert_true(ost_image_blur(image, sigma, NULL));
    for (int r = -8; r <= 8; r++)
        for (int c = -8; c <= 8; c++) {
            double want = exp(-0.5 * (r * r + c * c) / (sigma * sigma)) /
                          (2.0 * 3.14159265358979 * sigma * sigma);
            assert_near(image->pixel[(30 + r) * 61 + 30 + c], want, 1e-5);
        }
}

static void a_slope_stays_a_slope_away_from_the_edge(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = plane(60, 50, 2.0, -3.0);
    OST_AUTO(ost_image) across = NULL;
    OST_AUTO(ost_image) down = NULL;
    assert_true(ost_image_blur(image, 2.0, NULL));
    assert_true(ost_image_slopes(image, &across, &down, NULL));
    for (uint32_t row = 10; row < 40; row++)
        for (uint32_t column = 10; column < 50; column++) {
            assert_near(across->pixel[row * 60 + column], 2.0, 1e-4);
            assert_near(down->pixel[row * 60 + column], -3.0, 1e-4);
        }
}

static void shrinking_keeps_positions_and_mean(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = plane(70, 45, 1.0, 0.5);
    OST_AUTO(ost_image) small = NULL;
    const double factor = 2.5;
    assert_true(ost_image_shrink(image, factor, &small, NULL));
    assert_int_equal(small->width, 28);
    assert_int_equal(small->height, 18);
    for (uint32_t row = 0; row < 18; row++)
        for (uint32_t column = 0; column < 28; column++) {
            double want = ((column + 0.5) * factor - 0.5) + 0.5 * ((row + 0.5) * factor - 0.5);
            assert_near(small->pixel[row * 28 + column], want, 0.35);
        }
}

static void quantiles_of_a_ramp_are_its_parts(void **state)
{
    (void)state;
    OST_AUTO(ost_image) image = plane(1000, 1, 0.1, 0.0);
    const double part[3] = {0.05, 0.5, 0.99};
    double out[3];
    assert_true(ost_image_quantiles(image, part, 3, out, NULL));
    assert_near(out[0], 5.0, 0.15);
    assert_near(out[1], 50.0, 0.15);
    assert_near(out[2], 99.0, 0.15);
}

RUN(T(a_point_becomes_the_gaussian), T(a_slope_stays_a_slope_away_from_the_edge),
    T(shrinking_keeps_positions_and_mean), T(quantiles_of_a_ramp_are_its_parts))
