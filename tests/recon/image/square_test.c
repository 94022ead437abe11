#include "recon/image/square.h"
#include "tests/check.h"

/* A disc of 20 mm, seen with pixels of 0.2 by 0.5 mm: round again. */
static void a_disc_is_round_again(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = NULL;
    OST_AUTO(ost_image) out = NULL;
    const double size[2] = {0.2, 0.5};
    double step[2], wide = 0.0, high = 0.0;
    assert_true(ost_image_create(&film, 200, 80, NULL));
    for (uint32_t row = 0; row < 80; row++)
        for (uint32_t column = 0; column < 200; column++)
            film->pixel[row * 200 + column] =
                hypot((column - 99.5) * size[0], (row - 39.5) * size[1]) < 10.0 ? 1.0F : 0.0F;
    assert_true(ost_image_square(film, size, step, &out, NULL));
    assert_int_equal(out->width, 200);
    assert_int_equal(out->height, 200);
    assert_near(step[0], 1.0, 1e-12);
    assert_near(step[1], 0.4, 1e-12);
    for (uint32_t i = 0; i < 200; i++) {
        wide += (double)out->pixel[100 * 200 + i];
        high += (double)out->pixel[i * 200 + 100];
    }
    assert_near(0.2 * wide, 20.0, 0.5);
    assert_near(0.2 * high, 20.0, 0.5);
}

/* Pixel (i, j) is centred where the header says. */
static void places_are_kept(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = NULL;
    OST_AUTO(ost_image) out = NULL;
    const double size[2] = {0.3, 0.2};
    double step[2];
    assert_true(ost_image_create(&film, 30, 40, NULL));
    for (uint32_t i = 0; i < 30 * 40; i++)
        film->pixel[i] = (float)(7.0 * (i % 30) + 3.0 * (i / 30));
    assert_true(ost_image_square(film, size, step, &out, NULL));
    for (uint32_t row = 4; row < 36; row++)
        for (uint32_t column = 4; column < 40; column++) {
            double x = (column + 0.5) * step[0] - 0.5, y = (row + 0.5) * step[1] - 0.5;
            assert_near(out->pixel[row * out->width + column], 7.0 * x + 3.0 * y, 1e-3);
        }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = NULL;
    struct ost_image *out = NULL;
    struct ost_err err = {0};
    double step[2];
    assert_true(ost_image_create(&film, 30, 40, NULL));
    assert_false(ost_image_square(film, (double[]){0.0, 1.0}, step, &out, &err));
    assert_false(ost_image_square(film, (double[]){NAN, 1.0}, step, &out, &err));
    assert_false(ost_image_square(film, (double[]){1.0, 1000.0}, step, &out, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_null(out);
}

RUN(T(a_disc_is_round_again), T(places_are_kept), T(nonsense_is_refused))
