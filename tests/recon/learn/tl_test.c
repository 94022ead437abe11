/* The published baselines learn what they should: two shapes told apart by their films. */
#include "recon/learn/tl.h"
#include "recon/mesh/compare.h"
#include "recon/mesh/measure.h"
#include "tests/recon/mesh/bodies.h"

#include <stdlib.h>

enum { SIDE = 16, FILM = 16, SHAPES = 2 };

static const struct ost_tl_size size = {.voxels = {SIDE, SIDE, SIDE},
                                        .low = {-15.0, -15.0, -15.0},
                                        .spacing = 2.0,
                                        .film = {FILM, FILM},
                                        .views = 1};

struct shapes {
    struct ost_mesh *mesh[SHAPES];
    uint8_t inside[SHAPES][SIDE * SIDE * SIDE];
    float film[SHAPES][FILM * FILM];
    struct ost_tl_example example[SHAPES];
};

/* A ball and a box; their films are their shadows, a disc and a square. */
static struct shapes *make_shapes(void)
{
    struct shapes *s = calloc(1, sizeof *s);
    const double origin[3] = {0.0, 0.0, 0.0};
    assert_non_null(s);
    s->mesh[0] = ball(11.0, origin, 16);
    s->mesh[1] = box((const double[]){-6.0, -5.0, -9.0}, (const double[]){6.0, 7.0, 9.0});
    for (int i = 0; i < SHAPES; i++) {
        assert_true(ost_tl_voxels(&size, 0, s->mesh[i], s->inside[i], NULL));
        for (int p = 0; p < FILM * FILM; p++) {
            double x = p % FILM - 7.5, y = p / FILM - 7.5;
            bool in = i == 0 ? x * x + y * y < 30.0 : fabs(x) < 3.0 && fabs(y) < 4.5;
            s->film[i][p] = in ? 1.5F : -0.5F;
        }
        s->example[i] = (struct ost_tl_example){.film = s->film[i], .inside = s->inside[i]};
    }
    return s;
}

static void free_shapes(struct shapes *s)
{
    for (int i = 0; i < SHAPES; i++)
        ost_mesh_destroy(s->mesh[i]);
    free(s);
}

static double distance(float *odds, const struct ost_mesh *truth)
{
    OST_AUTO(ost_mesh) got = NULL;
    struct ost_compare_result r;
    struct ost_err err = {0};
    if (!ost_tl_surface(&size, 0, odds, &got, &err) || !ost_compare(got, truth, NULL, &r, &err))
        fail_msg("%s", err.msg);
    return r.asd;
}

static void shares_of_voxels_add_up_to_the_volume(void **state)
{
    (void)state;
    struct shapes *s = make_shapes();
    for (int i = 0; i < SHAPES; i++) {
        double sum = 0.0;
        for (int n = 0; n < SIDE * SIDE * SIDE; n++)
            sum += s->inside[i][n] / 255.0 * 8.0;
        assert_near(sum / ost_mesh_volume(s->mesh[i]), 1.0, 0.02);
    }
    free_shapes(s);
}

/* What the labels themselves would give: the grid's own error. */
static void a_ball_survives_its_voxels(void **state)
{
    (void)state;
    struct shapes *s = make_shapes();
    float *odds = calloc(SIDE * SIDE * SIDE, sizeof *odds);
    assert_non_null(odds);
    for (int n = 0; n < SIDE * SIDE * SIDE; n++) {
        double p = fmin(fmax(s->inside[0][n] / 255.0, 1e-4), 1.0 - 1e-4);
        odds[n] = (float)log(p / (1.0 - p));
    }
    assert_true(distance(odds, s->mesh[0]) < 0.15);
    free(odds);
    free_shapes(s);
}

static bool count_looks(void *user, const struct ost_tl_state *state)
{
    int *looks = user;
    *looks += state->loss >= 0.0 ? 1 : 0;
    return true;
}

static void learns_two_shapes(enum ost_tl_recipe recipe)
{
    struct shapes *s = make_shapes();
    OST_AUTO(ost_tl) tl = NULL;
    OST_AUTO(ost_tl) again = NULL;
    float *odds = calloc(SIDE * SIDE * SIDE, sizeof *odds);
    int looks = 0;
    const struct ost_tl_plan plan = {.steps = {300, 200, 60},
                                     .batch = 4,
                                     .rate = 3e-3,
                                     .every = 100,
                                     .seed = 3,
                                     .told = count_looks,
                                     .user = &looks};
    struct ost_err err = {0};
    struct ost_buf bytes;
    assert_non_null(odds);
    if (!ost_tl_create(&tl, recipe, &size, 1, &err) ||
        !ost_tl_train(tl, &plan, s->example, SHAPES, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(looks, 6);
    ost_buf_init(&bytes, (size_t)1 << 24);
    assert_true(ost_tl_write(tl, false, &bytes, NULL));
    assert_true(ost_tl_create(&again, recipe, &size, 2, NULL));
    assert_true(ost_tl_read(again, bytes.ptr, bytes.len, NULL));
    for (int i = 0; i < SHAPES; i++) {
        assert_true(ost_tl_recall(tl, s->inside[i], odds, NULL));
        assert_true(distance(odds, s->mesh[i]) < 0.8);
        assert_true(ost_tl_predict(again, s->film[i], odds, NULL));
        assert_true(distance(odds, s->mesh[i]) < 0.8);
    }
    assert_true(ost_tl_predict(tl, s->film[0], odds, NULL));
    assert_true(distance(odds, s->mesh[1]) > 1.2); /* the ball's films give no box */
    ost_buf_fini(&bytes);
    free(odds);
    free_shapes(s);
}

static void girdhar_learns_two_shapes(void **state)
{
    (void)state;
    learns_two_shapes(OST_TL_GIRDHAR);
}

static void shiode_learns_two_shapes(void **state)
{
    (void)state;
    learns_two_shapes(OST_TL_SHIODE);
}

/* Two bodies of one volume, one of them cut off by its last slice. */
static void bodies_of_one_volume_keep_apart(void **state)
{
    (void)state;
    struct ost_tl_size both = size;
    both.bodies = SHAPES;
    both.cut = true;
    OST_AUTO(ost_mesh)
    long_box = box((const double[]){-6.0, -5.0, -9.0}, (const double[]){6.0, 7.0, 30.0});
    struct shapes *s = make_shapes();
    const struct ost_mesh *const body[SHAPES] = {s->mesh[0], long_box};
    const size_t count = ost_tl_volume_count(&both);
    uint8_t *inside = calloc(count, 1);
    float *odds = calloc(count, sizeof *odds);
    assert_true(inside != NULL && odds != NULL && count == 2 * ost_tl_voxel_count(&both));
    for (uint32_t b = 0; b < SHAPES; b++)
        assert_true(ost_tl_voxels(&both, b, body[b], inside, NULL));
    for (size_t n = 0; n < count; n++) {
        double p = fmin(fmax(inside[n] / 255.0, 1e-4), 1.0 - 1e-4);
        odds[n] = (float)log(p / (1.0 - p));
    }
    for (uint32_t b = 0; b < SHAPES; b++) {
        OST_AUTO(ost_mesh) got = NULL;
        struct ost_mesh_facts facts;
        struct ost_compare_result r;
        assert_true(ost_tl_surface(&both, b, odds, &got, NULL));
        assert_true(ost_mesh_measure(got, &facts, NULL));
        assert_int_equal(facts.closed, b == 0);
        assert_true(ost_compare(got, body[b], NULL, &r, NULL) && r.asd < 0.3);
    }
    free(inside);
    free(odds);
    free_shapes(s);
}

static void sides_that_cannot_be_halved_are_refused(void **state)
{
    (void)state;
    struct ost_tl_size odd = size;
    struct ost_tl *tl = NULL;
    struct ost_err err = {0};
    odd.voxels[1] = 20;
    assert_false(ost_tl_create(&tl, OST_TL_SHIODE, &odd, 1, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(shares_of_voxels_add_up_to_the_volume), T(a_ball_survives_its_voxels),
    T(bodies_of_one_volume_keep_apart), T(girdhar_learns_two_shapes), T(shiode_learns_two_shapes),
    T(sides_that_cannot_be_halved_are_refused))
