#include "recon/base/rng.h"
#include "recon/shape/predictor_vote.h"
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K = OST_PREDICTOR_POINTS, SHARES = OST_VOTE_CELLS * K };

struct desk {
    float *raw, *share, *slope;
    float said[OST_PREDICTOR_READ], pull[OST_PREDICTOR_READ];
};

static struct desk set_up(uint64_t seed)
{
    struct ost_rng rng = ost_rng_seed(seed);
    struct desk d = {.raw = malloc(OST_VOTE_RAW * sizeof(float)),
                     .share = malloc(SHARES * sizeof(float)),
                     .slope = malloc(OST_VOTE_RAW * sizeof(float))};
    assert_true(d.raw != NULL && d.share != NULL && d.slope != NULL);
    for (size_t i = 0; i < OST_VOTE_RAW; i++)
        d.raw[i] = (float)ost_rng_normal(&rng);
    for (size_t i = 0; i < OST_PREDICTOR_READ; i++)
        d.pull[i] = (float)ost_rng_normal(&rng);
    return d;
}

static void put_away(struct desk *d)
{
    free(d->raw);
    free(d->share);
    free(d->slope);
}

/* The number whose slope is `pull`. */
static double score(struct desk *d)
{
    double sum = 0.0;
    ost_vote_count(d->raw, d->said, d->share);
    for (size_t i = 0; i < OST_PREDICTOR_READ; i++)
        sum += (double)d->pull[i] * (double)d->said[i];
    return sum;
}

static void slopes_are_those_of_finite_differences(void **state)
{
    (void)state;
    struct desk d = set_up(5);
    struct ost_rng rng = ost_rng_seed(9);
    (void)score(&d);
    ost_vote_pull(d.raw, d.said, d.share, d.pull, d.slope);
    for (int n = 0; n < 60; n++) {
        size_t at = n < 50 ? ost_rng_next(&rng) % OST_VOTE_RAW : OST_VOTE_RAW - 1 - (size_t)n + 50;
        const float was = d.raw[at], step = 0.25F; /* sums are of single precision */
        d.raw[at] = was + step;
        double up = score(&d);
        d.raw[at] = was - step;
        double down = score(&d);
        d.raw[at] = was;
        assert_near((up - down) / (2.0 * (double)step), (double)d.slope[at],
                    2e-4 + 0.02 * fabs((double)d.slope[at]));
    }
    put_away(&d);
}

static void a_cell_that_all_believe_is_what_is_said(void **state)
{
    (void)state;
    struct desk d = set_up(6);
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    const uint32_t column = 11, row = 5, cell = row * OST_VOTE_COLUMNS + column;
    for (int i = 0; i < K; i++) {
        float *of = d.raw + (size_t)cell * OST_VOTE_CHANNELS;
        of[i] = 100.0F;
        of[K + i] = of[2 * K + i] = 0.0F;
    }
    ost_vote_count(d.raw, d.said, d.share);
    for (int i = 0; i < K; i++) {
        assert_near((double)d.share[(size_t)cell * K + (size_t)i], 1.0, 1e-6);
        /* the middle of the 8 x 8 pixels of that cell */
        assert_near(shape.anchor[0] + ost_predictor_read_unit * (double)d.said[i],
                    column * 8.0 + 3.5, 1e-4);
        assert_near(shape.anchor[1] + ost_predictor_read_unit * (double)d.said[K + i],
                    row * 8.0 + 3.5, 1e-4);
    }
    put_away(&d);
}

static void cells_cover_the_patch_and_the_rest_is_handed_on(void **state)
{
    (void)state;
    struct desk d = set_up(7);
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    assert_int_equal(OST_VOTE_COLUMNS * OST_VOTE_STEP, shape.width);
    assert_int_equal(OST_VOTE_ROWS * OST_VOTE_STEP, shape.height);
    ost_vote_count(d.raw, d.said, d.share);
    assert_memory_equal(d.said + 2 * K, d.raw + (size_t)OST_VOTE_CELLS * OST_VOTE_CHANNELS,
                        OST_VOTE_REST * sizeof(float));
    put_away(&d);
}

RUN(T(slopes_are_those_of_finite_differences), T(a_cell_that_all_believe_is_what_is_said),
    T(cells_cover_the_patch_and_the_rest_is_handed_on))
