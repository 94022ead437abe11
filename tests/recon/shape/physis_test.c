/* A drawn radius, read without error, with and without a line across it. */
#include "recon/base/rng.h"
#include "recon/shape/physis.h"
#include "tests/recon/shape/data.h"

enum { WIDTH = 400, HEIGHT = 700 };
static const double pixels = 5.0, joint_row = 150.0, middle = 200.0; /* a mm; where z, x = 0 */

/* The frontal film of the model's points. */
static void read_points(const struct ost_prior *prior, const struct ost_predictor_vertex *points,
                        bool dark, struct ost_prediction *out)
{
    *out = (struct ost_prediction){.dark = dark};
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *p = ost_prior_bone_view(prior, points[i].bone)->mean[points[i].vertex];
        out->pixel[i][0] = middle + pixels * (double)p[0];
        out->pixel[i][1] = joint_row + pixels * (double)p[2];
    }
}

/* Wrist bones, a gap, the radius; a line `depth` deep at z mm, leaning. */
static struct ost_image *draw(double depth, double z, double lean, bool dark)
{
    struct ost_rng rng = ost_rng_seed(4);
    struct ost_image *film = NULL;
    assert_true(ost_image_create(&film, WIDTH, HEIGHT, NULL));
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) {
            double x = (column - middle) / pixels, at = (row - joint_row) / pixels - lean * x;
            double v = fabs(x + 5.0) < 13.0 ? 30000.0 : 12000.0;
            if (at < -1.0)
                v = at > -3.0 ? 16000.0 : 27000.0;
            v -= depth * exp(-0.5 * (at - z) * (at - z) / (0.8 * 0.8));
            v += 1500.0 * ost_rng_normal(&rng);
            film->pixel[row * WIDTH + column] = (float)(dark ? 65535.0 - v : v);
        }
    return film;
}

static double depth_of(double depth, double z, double lean, bool dark)
{
    struct ost_predictor_vertex points[OST_PREDICTOR_POINTS];
    struct ost_prediction said;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_image) film = draw(depth, z, lean, dark);
    ost_predictor_choose(prior, points);
    read_points(prior, points, dark, &said);
    return ost_physis_depth(film, &said, points, prior);
}

static void a_plate_is_seen(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++) {
        assert_true(depth_of(9000.0, 8.0, 0.0, dark == 1) > ost_physis_sure);
        assert_true(depth_of(9000.0, 7.0, 0.2, dark == 1) > ost_physis_sure);
        assert_true(depth_of(9000.0, 11.0, -0.15, dark == 1) > ost_physis_sure);
    }
}

static void a_bone_without_one_has_none(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++) {
        assert_true(depth_of(0.0, 0.0, 0.0, dark == 1) < 0.5 * ost_physis_doubtful);
        assert_true(depth_of(9000.0, 30.0, 0.0, dark == 1) < 0.5 * ost_physis_doubtful);
        assert_true(depth_of(-9000.0, 9.0, 0.0, dark == 1) < 0.7 * ost_physis_doubtful);
    }
}

static void points_on_one_spot_say_nothing(void **state)
{
    (void)state;
    struct ost_predictor_vertex points[OST_PREDICTOR_POINTS];
    const struct ost_prediction said = {.dark = false};
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_image) film = draw(9000.0, 8.0, 0.0, false);
    ost_predictor_choose(prior, points);
    assert_near(ost_physis_depth(film, &said, points, prior), 0.0, 0.0);
}

RUN(T(a_plate_is_seen), T(a_bone_without_one_has_none), T(points_on_one_spot_say_nothing))
