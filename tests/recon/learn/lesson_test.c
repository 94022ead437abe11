#include "recon/learn/lesson.h"
#include "tests/recon/learn/model.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 8 };

struct desk {
    struct ost_prior *prior;
    struct ost_predictor_vertex point[OST_PREDICTOR_POINTS];
    struct ost_lesson_kind kind;
    struct ost_lesson lesson[COUNT];
};

static void desk_init(struct desk *d, struct ost_lesson_kind kind)
{
    *d = (struct desk){.prior = open_prior(), .kind = kind};
    size_t size = (size_t)kind.shape.width * kind.shape.height * OST_PATCH_CHANNELS;
    ost_predictor_choose(d->prior, d->point);
    for (int i = 0; i < COUNT; i++)
        d->lesson[i] = (struct ost_lesson){malloc(size), malloc(kind.wants * sizeof(float))};
}

static void desk_fini(struct desk *d)
{
    for (int i = 0; i < COUNT; i++) {
        free(d->lesson[i].patch);
        free(d->lesson[i].want);
    }
    ost_prior_destroy(d->prior);
}

static void fill(struct desk *d, bool read, uint64_t seed)
{
    const struct ost_scene_kit kit = {.prior = d->prior};
    struct ost_err err = {0};
    bool done = read ? ost_lesson_read(&kit, d->point, seed, d->lesson, COUNT, &err)
                     : ost_lesson_find(&kit, d->point, seed, d->lesson, COUNT, &err);
    if (!done)
        fail_msg("%s", err.msg);
}

/* Mean of the local contrast at the points near the joint, and over the whole patch. */
static void contrast(const struct desk *d, const struct ost_lesson *lesson, double out[2])
{
    const struct ost_patch_shape *s = &d->kind.shape;
    double sum[2] = {0.0, 0.0}, count[2] = {0.0, 0.0};
    for (size_t i = 0; i < (size_t)s->width * s->height; i++) {
        sum[1] += lesson->patch[OST_PATCH_CHANNELS * i];
        count[1] += lesson->patch[OST_PATCH_CHANNELS * i + 3] > 0 ? 1.0 : 0.0;
    }
    for (int i = 0; i < OST_PREDICTOR_NEAR; i++) {
        double u = s->anchor[0] + ost_predictor_read_unit * (double)lesson->want[i];
        double v =
            s->anchor[1] + ost_predictor_read_unit * (double)lesson->want[OST_PREDICTOR_POINTS + i];
        long x = lround(u), y = lround(v);
        if (x < 0 || y < 0 || x >= (long)s->width || y >= (long)s->height)
            continue;
        sum[0] += lesson->patch[OST_PATCH_CHANNELS * ((size_t)y * s->width + (size_t)x)];
        count[0] += 1.0;
    }
    for (int k = 0; k < 2; k++)
        out[k] = sum[k] / fmax(count[k], 1.0);
}

static void points_lie_where_bones_are_bright(void **state)
{
    (void)state;
    struct desk d;
    double bright = 0.0, total = 0.0;
    desk_init(&d, ost_lesson_read_kind());
    for (uint64_t seed = 1; seed <= 3; seed++) {
        fill(&d, true, seed);
        for (int i = 0; i < COUNT; i++) {
            double c[2];
            contrast(&d, &d.lesson[i], c);
            bright += c[0];
            total += c[1];
        }
    }
    assert_true(bright > total + 3.0 * 8.0 * 4.0); /* by an eighth of a spread in the mean */
    desk_fini(&d);
}

static void the_near_points_lie_about_the_anchor(void **state)
{
    (void)state;
    struct desk d;
    double mean[2] = {0.0, 0.0};
    desk_init(&d, ost_lesson_read_kind());
    fill(&d, true, 5);
    for (int i = 0; i < COUNT; i++)
        for (int p = 0; p < OST_PREDICTOR_NEAR; p++)
            for (int k = 0; k < 2; k++)
                mean[k] += (double)d.lesson[i].want[k * OST_PREDICTOR_POINTS + p] /
                           (COUNT * OST_PREDICTOR_NEAR);
    assert_near(mean[0], 0.0, 0.4);
    assert_near(mean[1], 0.0, 0.4);
    desk_fini(&d);
}

static void a_beam_is_a_direction(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, ost_lesson_read_kind());
    fill(&d, true, 6);
    for (int i = 0; i < COUNT; i++) {
        double square = 0.0;
        for (int k = 0; k < 3; k++)
            square += pow((double)d.lesson[i].want[2 * OST_PREDICTOR_POINTS + k], 2.0);
        assert_near(square, 1.0, 1e-5);
    }
    desk_fini(&d);
}

static void the_same_seed_gives_the_same_lessons(void **state)
{
    (void)state;
    struct desk a, b;
    desk_init(&a, ost_lesson_find_kind());
    desk_init(&b, ost_lesson_find_kind());
    fill(&a, false, 9);
    fill(&b, false, 9);
    size_t size = (size_t)a.kind.shape.width * a.kind.shape.height * OST_PATCH_CHANNELS;
    for (int i = 0; i < COUNT; i++) {
        assert_memory_equal(a.lesson[i].patch, b.lesson[i].patch, size);
        assert_memory_equal(a.lesson[i].want, b.lesson[i].want, a.kind.wants * sizeof(float));
    }
    fill(&b, false, 10);
    assert_true(memcmp(a.lesson[0].patch, b.lesson[0].patch, size) != 0);
    desk_fini(&a);
    desk_fini(&b);
}

RUN(T(points_lie_where_bones_are_bright), T(the_near_points_lie_about_the_anchor),
    T(a_beam_is_a_direction), T(the_same_seed_gives_the_same_lessons))
