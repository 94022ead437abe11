#include "recon/base/rng.h"
#include "recon/image/alike.h"
#include "recon/image/exif.h"
#include "recon/image/filter.h"
#include "tests/check.h"

static double bump(double x, double at, double width)
{
    return exp(-0.5 * (x - at) * (x - at) / (width * width));
}

/* Two shafts, small bones above and grain: each seed another film, all built alike. */
static struct ost_image *film(uint64_t seed, double right, double down)
{
    enum { W = 300, H = 380, SMALL = 9 };
    struct ost_rng rng = ost_rng_seed(seed);
    double x[SMALL], y[SMALL], r[SMALL], shaft[2];
    for (int i = 0; i < SMALL; i++) {
        x[i] = 60.0 + 180.0 * ost_rng_uniform(&rng) + right;
        y[i] = 20.0 + 130.0 * ost_rng_uniform(&rng) + down;
        r[i] = 5.0 + 10.0 * ost_rng_uniform(&rng);
    }
    for (int k = 0; k < 2; k++)
        shaft[k] = 110.0 + 70.0 * k + 20.0 * ost_rng_uniform(&rng) + right;
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, W, H, NULL));
    for (int row = 0; row < H; row++)
        for (int column = 0; column < W; column++) {
            double v = 4000.0 * ost_rng_uniform(&rng);
            for (int i = 0; i < SMALL; i++)
                v += 15000.0 * bump(column, x[i], r[i]) * bump(row, y[i], r[i]);
            for (int k = 0; k < 2 && row > 150.0 + down; k++)
                v += 20000.0 * bump(column, shaft[k], 12.0);
            image->pixel[row * W + column] = (float)v;
        }
    return image;
}

static double alike(const struct ost_image *a, const struct ost_image *b)
{
    double r = -1.0;
    assert_true(ost_image_alike(a, b, &r, NULL));
    return r;
}

static void one_film_is_known_again_whatever_was_done_to_it(void **state)
{
    (void)state;
    OST_AUTO(ost_image) one = film(5, 0.0, 0.0);
    OST_AUTO(ost_image) moved = film(5, 9.3, -6.2); /* of the same arm, the grain another */
    OST_AUTO(ost_image) half = NULL;
    OST_AUTO(ost_image) grey = film(5, 0.0, 0.0);
    assert_near(alike(one, one), 1.0, 1e-6);
    assert_true(alike(one, moved) > ost_image_same);
    assert_true(ost_image_shrink(one, 1.7, &half, NULL));
    assert_true(alike(one, half) > ost_image_same);
    for (size_t i = 0; i < (size_t)grey->width * grey->height; i++)
        grey->pixel[i] = 255.0F - 255.0F * powf(grey->pixel[i] / 60000.0F, 0.6F);
    for (int how = 1; how <= 8; how++) {
        OST_AUTO(ost_image) turned = NULL;
        assert_true(ost_image_upright(grey, how, &turned, NULL));
        assert_true(alike(one, turned) > ost_image_same);
        assert_true(alike(turned, one) > ost_image_same);
    }
}

static void films_of_two_arms_are_two(void **state)
{
    (void)state;
    OST_AUTO(ost_image) one = film(5, 0.0, 0.0);
    for (uint64_t seed = 6; seed < 12; seed++) {
        OST_AUTO(ost_image) other = film(seed, 0.0, 0.0);
        assert_true(alike(one, other) < ost_image_same);
    }
}

static void what_has_no_structure_is_like_nothing(void **state)
{
    (void)state;
    OST_AUTO(ost_image) one = film(5, 0.0, 0.0);
    OST_AUTO(ost_image) blank = NULL;
    OST_AUTO(ost_image) dot = NULL;
    assert_true(ost_image_create(&blank, 300, 380, NULL) && ost_image_create(&dot, 1, 1, NULL));
    assert_near(alike(one, blank), 0.0, 0.0);
    assert_near(alike(blank, blank), 0.0, 0.0);
    assert_near(alike(dot, dot), 0.0, 0.0);
    assert_near(alike(dot, one), 0.0, 0.0);
}

RUN(T(one_film_is_known_again_whatever_was_done_to_it), T(films_of_two_arms_are_two),
    T(what_has_no_structure_is_like_nothing))
