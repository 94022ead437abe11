/* A film on a light box, seen by a pinhole from one side: its rim, and what is within. */
#include "recon/base/rng.h"
#include "recon/image/straighten.h"
#include "recon/math/rigid.h"
#include "recon/math/vec.h"
#include "tests/check.h"

enum { WIDTH = 450, HEIGHT = 600 };
static const double film_mm[2] = {180.0, 240.0}, box_mm = 15.0;

/* Dark, a brighter cross, a dot at (40, 60) mm from the top left corner. */
static double film_grey(double x, double y)
{
    double v = 20.0;
    if (fabs(x - 0.5 * film_mm[0]) < 15.0 || fabs(y - 0.5 * film_mm[1]) < 12.0)
        v = 120.0;
    return hypot(x - 40.0, y - 60.0) < 6.0 ? 180.0 : v;
}

/* From 500 mm, leaning by `turn` (a rotation vector, rad); a lens of 1.1 times the height. */
static struct ost_image *photograph(const double turn[3], uint64_t seed)
{
    struct ost_rng rng = ost_rng_seed(seed);
    struct ost_image *photo = NULL;
    double r[9];
    ost_rotation_of_vector(turn, r);
    assert_true(ost_image_create(&photo, WIDTH, HEIGHT, NULL));
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) {
            const double d[3] = {(column - 224.5) / 660.0, (row - 299.5) / 660.0, 1.0};
            /* Where the ray meets the plane through (0, 0, 380) with the film's axes in r. */
            double s = r[8] * 380.0 / ost_dot(r + 6, d), p[3];
            for (int k = 0; k < 3; k++)
                p[k] = s * d[k] - (k == 2 ? 380.0 : 0.0);
            double x = ost_dot(r, p) + 0.5 * film_mm[0], y = ost_dot(r + 3, p) + 0.5 * film_mm[1];
            bool film = x > 0.0 && y > 0.0 && x < film_mm[0] && y < film_mm[1];
            bool box =
                x > -box_mm && y > -box_mm && x < film_mm[0] + box_mm && y < film_mm[1] + box_mm;
            double v = film ? film_grey(x, y) : box ? 240.0 : 12.0;
            photo->pixel[row * WIDTH + column] = (float)(v + 4.0 * ost_rng_normal(&rng));
        }
    return photo;
}

static void assert_straightened(const double turn[3], uint64_t seed)
{
    OST_AUTO(ost_image) photo = photograph(turn, seed);
    OST_AUTO(ost_image) out = NULL;
    struct ost_rim rim;
    double x = 0.0, y = 0.0, weight = 0.0;
    assert_true(ost_rim_find(photo, &rim, NULL));
    assert_true(rim.found);
    assert_true(ost_image_straighten(photo, &rim, &out, NULL));
    assert_near((double)out->width / out->height, film_mm[0] / film_mm[1], 0.02);
    for (uint32_t i = 0; i < out->width * out->height; i++) {
        double part = fmax(0.0, (double)out->pixel[i] - 150.0);
        double u = (i % out->width + 0.5) / out->width, v = (i / out->width + 0.5) / out->height;
        if (u < 0.05 || v < 0.05 || u > 0.95 || v > 0.95)
            continue; /* the box shines in by a pixel */
        x += part * u;
        y += part * v;
        weight += part;
    }
    assert_near(film_mm[0] * x / weight, 40.0, 0.8);
    assert_near(film_mm[1] * y / weight, 60.0, 0.8);
}

static void a_leaning_film_is_made_straight(void **state)
{
    (void)state;
    static const double turn[][3] = {
        {0.25, 0.0, 0.0}, {0.0, -0.28, 0.05}, {0.2, 0.15, -0.08}, {-0.15, 0.22, 0.1}};
    for (size_t i = 0; i < sizeof turn / sizeof turn[0]; i++) {
        assert_straightened(turn[i], i);
        OST_AUTO(ost_image) photo = photograph(turn[i], i);
        struct ost_rim rim;
        assert_true(ost_rim_find(photo, &rim, NULL));
        assert_true(rim.lean > ost_straight_enough);
    }
}

static void a_film_seen_straight_leans_by_nothing(void **state)
{
    (void)state;
    OST_AUTO(ost_image) photo = photograph((const double[]){0.0, 0.0, 0.06}, 7);
    struct ost_rim rim;
    assert_true(ost_rim_find(photo, &rim, NULL));
    assert_true(rim.found);
    assert_true(rim.lean < 0.3 * ost_straight_enough);
}

/* A forearm's flesh has two long edges, collimation the other two: a rim all the same? */
static void a_slender_outline_is_no_rim(void **state)
{
    (void)state;
    OST_AUTO(ost_image) film = NULL;
    struct ost_rim rim;
    assert_true(ost_image_create(&film, 300, 480, NULL));
    for (int row = 20; row < 460; row++)
        for (int column = 0; column < 300; column++) {
            double half = 50.0 + 0.08 * row;
            film->pixel[row * 300 + column] = fabs(column - 150.0) < half ? 200.0F : 30.0F;
        }
    assert_true(ost_rim_find(film, &rim, NULL));
    assert_false(rim.found);
}

static void what_has_no_rim_has_none(void **state)
{
    (void)state;
    OST_AUTO(ost_image) noise = NULL;
    OST_AUTO(ost_image) dot = NULL;
    OST_AUTO(ost_image) blank = NULL;
    struct ost_rng rng = ost_rng_seed(3);
    struct ost_image *none = NULL;
    struct ost_rim rim;
    assert_true(ost_image_create(&noise, 200, 300, NULL) && ost_image_create(&dot, 1, 1, NULL) &&
                ost_image_create(&blank, 200, 300, NULL));
    for (int i = 0; i < 200 * 300; i++)
        noise->pixel[i] = (float)ost_rng_uniform(&rng);
    struct ost_image *const each[] = {noise, dot, blank};
    for (int i = 0; i < 3; i++) {
        assert_true(ost_rim_find(each[i], &rim, NULL));
        assert_false(rim.found);
        assert_false(ost_image_straighten(each[i], &rim, &none, NULL));
    }
}

RUN(T(a_leaning_film_is_made_straight), T(a_film_seen_straight_leans_by_nothing),
    T(a_slender_outline_is_no_rim), T(what_has_no_rim_has_none))
