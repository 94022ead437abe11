#include "recon/shape/patch.h"
#include "tests/check.h"

#include <stdlib.h>

enum { WIDE = 300, HIGH = 400 };
static const struct ost_patch_shape shape = {64, 96, {31.5, 40.0}, 0.7};

/* Two bars and a slope under them, 0..1. */
static struct ost_image *film(void)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, WIDE, HIGH, NULL));
    for (uint32_t y = 0; y < HIGH; y++)
        for (uint32_t x = 0; x < WIDE; x++) {
            double bar =
                exp(-pow((x - 120.0) / 12.0, 4.0)) + 0.7 * exp(-pow((x - 190.0) / 9.0, 4.0));
            image->pixel[y * WIDE + x] =
                (float)(0.1 + 0.2 * x / WIDE + 0.35 * bar * (1.0 + 0.3 * sin(y / 17.0)));
        }
    return image;
}

static void cut(const struct ost_image *image, enum ost_polarity bone,
                const struct ost_patch_frame *frame, float *out)
{
    struct ost_patch_film *source = NULL;
    assert_true(ost_patch_film_create(image, bone, &source, NULL));
    assert_true(ost_patch_cut(source, frame, &shape, out, NULL));
    ost_patch_film_destroy(source);
}

static double correlation(const float *a, const float *b, int channel)
{
    double n = 0.0, sa = 0.0, sb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
    for (size_t i = 0; i < (size_t)shape.width * shape.height; i++) {
        double x = (double)a[OST_PATCH_CHANNELS * i + (size_t)channel];
        double y = (double)b[OST_PATCH_CHANNELS * i + (size_t)channel];
        n += 1.0;
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return (ab - sa * sb / n) / sqrt((aa - sa * sa / n) * (bb - sb * sb / n));
}

static void a_place_goes_to_the_patch_and_back(void **state)
{
    (void)state;
    const struct ost_patch_frame frame = {{123.0, 45.0}, {0.6, 0.8}, 2.3};
    const double there[2] = {150.0, 99.0};
    double patch[2], back[2];
    ost_patch_of_film(&frame, &shape, there, patch);
    ost_patch_to_film(&frame, &shape, patch, back);
    assert_near(back[0], there[0], 1e-9);
    assert_near(back[1], there[1], 1e-9);
    ost_patch_to_film(&frame, &shape, shape.anchor, back);
    assert_near(back[0], 123.0, 1e-9);
    const double below[2] = {shape.anchor[0], shape.anchor[1] + 10.0};
    ost_patch_to_film(&frame, &shape, below, back);
    assert_near(back[0], 123.0 + 23.0 * 0.6, 1e-9);
    assert_near(back[1], 45.0 + 23.0 * 0.8, 1e-9);
}

static void a_tone_curve_hardly_shows(void **state)
{
    (void)state;
    const struct ost_patch_frame frame = {{150.0, 200.0}, {0.0, 1.0}, 3.0};
    static float plain[64 * 96 * OST_PATCH_CHANNELS], bent[64 * 96 * OST_PATCH_CHANNELS];
    struct ost_image *image = film();
    cut(image, OST_BONE_BRIGHT, &frame, plain);
    for (size_t i = 0; i < (size_t)WIDE * HIGH; i++)
        image->pixel[i] = 60000.0F * powf(image->pixel[i], 1.7F);
    cut(image, OST_BONE_BRIGHT, &frame, bent);
    for (int channel = 0; channel < 2; channel++)
        assert_true(correlation(plain, bent, channel) > 0.97);
    ost_image_destroy(image);
}

static void a_film_with_dark_bones_is_read_as_its_negative(void **state)
{
    (void)state;
    const struct ost_patch_frame frame = {{150.0, 200.0}, {0.1, 0.995}, 2.5};
    static float plain[64 * 96 * OST_PATCH_CHANNELS], dark[64 * 96 * OST_PATCH_CHANNELS];
    struct ost_image *image = film();
    cut(image, OST_BONE_BRIGHT, &frame, plain);
    for (size_t i = 0; i < (size_t)WIDE * HIGH; i++)
        image->pixel[i] = 1.0F - image->pixel[i];
    cut(image, OST_BONE_DARK, &frame, dark);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_near((double)dark[i], (double)plain[i], 2e-3);
    ost_image_destroy(image);
}

static void beyond_the_film_there_is_nothing(void **state)
{
    (void)state;
    const struct ost_patch_frame frame = {{0.0, 200.0}, {0.0, 1.0}, 3.0};
    static float patch[64 * 96 * OST_PATCH_CHANNELS];
    struct ost_image *image = film();
    cut(image, OST_BONE_BRIGHT, &frame, patch);
    for (uint32_t y = 0; y < shape.height; y++)
        for (uint32_t x = 0; x < shape.width; x++) {
            const float *at = patch + OST_PATCH_CHANNELS * (size_t)(y * shape.width + x);
            assert_near((double)at[3], x < 32 ? 0.0 : 1.0, 0.0);
            for (int k = 0; k < 3 && x < 32; k++)
                assert_near((double)at[k], 0.0, 0.0);
        }
    ost_image_destroy(image);
}

RUN(T(a_place_goes_to_the_patch_and_back), T(a_tone_curve_hardly_shows),
    T(a_film_with_dark_bones_is_read_as_its_negative), T(beyond_the_film_there_is_nothing))
