#include "recon/xray/exposure.h"
#include "tests/check.h"

#include <math.h>

enum { OST_SIDE = 128 };

static const struct ost_exposure plain = {
    .shutter = {0.0, 0.0, OST_SIDE, OST_SIDE}, .tone_centre = 1.0, .tone_width = 0.8};

static struct ost_image *even(float passes)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, OST_SIDE, OST_SIDE, NULL));
    for (int n = 0; n < OST_SIDE * OST_SIDE; n++) {
        image->pixel[n] = passes;
    }
    return image;
}

static struct ost_image *film_of(const struct ost_exposure *exposure, float passes, uint64_t seed)
{
    struct ost_image *image = even(passes);
    struct ost_rng rng = ost_rng_seed(seed);
    assert_true(ost_exposure_film(exposure, &rng, image, NULL));
    return image;
}

static double at(const struct ost_image *image, int column, int row)
{
    return (double)image->pixel[row * OST_SIDE + column];
}

static void a_thicker_body_is_brighter_and_the_tone_is_as_stated(void **state)
{
    (void)state;
    double before = -1.0;
    for (int n = 0; n < 30; n++) {
        double depth = 0.1 * n;
        OST_AUTO(ost_image) film = film_of(&plain, (float)exp(-depth), 1);
        assert_true(at(film, 64, 64) > before);
        before = at(film, 64, 64);
        assert_near(before, 65535.0 * ost_exposure_tone(&plain, depth), 1.0);
    }
    assert_near(ost_exposure_tone(&plain, 1.0), 0.5, 1e-12);
    assert_near(ost_exposure_tone(&plain, 1.8), 0.75, 0.01);
}

static void noise_has_the_variance_of_counted_quanta(void **state)
{
    (void)state;
    struct ost_exposure noisy = plain;
    noisy.quanta = 2000.0;
    OST_AUTO(ost_image) film = film_of(&noisy, 0.4F, 7);
    /* Back to the signal through the tone curve, then its mean and spread. */
    double sum = 0.0, square = 0.0;
    for (int n = 0; n < OST_SIDE * OST_SIDE; n++) {
        double grey = (double)film->pixel[n] / 65535.0;
        double signal = exp(-(1.0 + 0.8 / 0.55 * atanh(2.0 * grey - 1.0)));
        sum += signal;
        square += signal * signal;
    }
    double mean = sum / (OST_SIDE * OST_SIDE);
    double variance = square / (OST_SIDE * OST_SIDE) - mean * mean;
    assert_near(mean, 0.4, 0.001);
    /* The panel's own spread, a Gaussian of 0.45 pixels, keeps 0.545 of it. */
    double w1 = exp(-0.5 / (0.45 * 0.45)), kept = (1.0 + 2.0 * w1 * w1) / pow(1.0 + 2.0 * w1, 2.0);
    assert_near(variance, 0.4 / 2000.0 * kept * kept, 0.08 * 0.4 / 2000.0);
}

static void scatter_lifts_the_shadow_and_not_the_open_beam(void **state)
{
    (void)state;
    struct ost_exposure foggy = plain;
    foggy.scatter = 0.3;
    foggy.scatter_reach = 20.0;
    OST_AUTO(ost_image) open = film_of(&foggy, 1.0F, 1);
    assert_near(at(open, 64, 64), 65535.0 * ost_exposure_tone(&plain, 0.0), 1.0);
    /* Where the body weakens to 1/e there is 0.3 of the primary on top. */
    OST_AUTO(ost_image) body = film_of(&foggy, (float)exp(-1.0), 1);
    double want = 65535.0 * ost_exposure_tone(&plain, 1.0 - log(1.3));
    assert_near(at(body, 64, 64), want, 0.01 * want);
}

static void the_heel_runs_from_top_to_bottom(void **state)
{
    (void)state;
    struct ost_exposure heel = plain;
    heel.heel = 0.2;
    OST_AUTO(ost_image) film = film_of(&heel, 0.5F, 1);
    assert_true(at(film, 64, 5) < at(film, 64, 64));
    assert_true(at(film, 64, 64) < at(film, 64, 122));
    assert_near(at(film, 3, 64), at(film, 120, 64), 1e-6);
}

static void beyond_the_shutter_is_black_and_the_seed_decides(void **state)
{
    (void)state;
    struct ost_exposure cut = plain;
    cut.quanta = 500.0;
    cut.shutter[0] = 20.0;
    OST_AUTO(ost_image) first = film_of(&cut, 0.4F, 3);
    OST_AUTO(ost_image) again = film_of(&cut, 0.4F, 3);
    OST_AUTO(ost_image) other = film_of(&cut, 0.4F, 4);
    assert_near(at(first, 10, 50), 0.0, 0.0);
    assert_true(at(first, 30, 50) > 0.0);
    int unlike = 0, unlike_other = 0;
    for (int n = 0; n < OST_SIDE * OST_SIDE; n++) {
        unlike += first->pixel[n] != again->pixel[n];
        unlike_other += first->pixel[n] != other->pixel[n];
    }
    assert_int_equal(unlike, 0);
    assert_true(unlike_other > 1000);
}

static void other_tones_are_as_stated(void **state)
{
    (void)state;
    struct ost_exposure e = {.tone = OST_TONE_LINEAR, .gain = 1e-4};
    assert_near(65535.0 * ost_exposure_tone(&e, 1.5), 15000.0, 1e-9);
    assert_near(ost_exposure_tone(&e, -0.1), 0.0, 0.0);
    assert_near(ost_exposure_tone(&e, 99.0), 1.0, 0.0);
    e = (struct ost_exposure){
        .tone = OST_TONE_POWER, .gamma = 2.0, .tone_centre = 1.0, .tone_width = 0.5};
    assert_near(ost_exposure_tone(&e, 1.0), 0.25, 1e-12);
    assert_near(ost_exposure_tone(&e, 1.0 - 0.95), 0.0, 1e-12);
    assert_near(ost_exposure_tone(&e, 1.0 + 0.95), 1.0, 1e-12);
}

RUN(T(a_thicker_body_is_brighter_and_the_tone_is_as_stated),
    T(noise_has_the_variance_of_counted_quanta), T(scatter_lifts_the_shadow_and_not_the_open_beam),
    T(the_heel_runs_from_top_to_bottom), T(beyond_the_shutter_is_black_and_the_seed_decides),
    T(other_tones_are_as_stated))
