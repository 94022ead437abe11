#include "fem/study/contact.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 160 };

/* A plane of 32 mm at z = 0, patches of 0.2 mm. */
static struct ost_patch *plane(void)
{
    struct ost_patch *p = calloc((size_t)SIDE * SIDE, sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < SIDE * SIDE; i++)
        p[i] = (struct ost_patch){
            {-16.0 + 0.2 * (i % SIDE) + 0.1, -16.0 + 0.2 * (i / SIDE) + 0.1, 0.0}, 0.04};
    return p;
}

static struct ost_cartilage loose(void)
{
    struct ost_cartilage c = ost_cartilage_default();
    c.ligament = 1e-6;
    return c;
}

/*
 * A ball on an elastic foundation (Johnson KL, Contact Mechanics, 1985, section 4.3): with
 * K = k / h, F = pi K R d^2, a^2 = 2 R d, p0 = K d, for d much less than R; R is the
 * ball's with its cartilage, 20 + 1.6 mm.
 */
static void a_ball_on_springs_is_johnsons(void **state)
{
    (void)state;
    const struct ost_ball ball = {{0.0, 0.0, 22.5}, 20.0};
    const struct ost_field field = ost_field_of_ball(&ball);
    const double force = 60.0,
                 stiff =
                     ost_cartilage_confined(&(struct ost_cartilage){10.0, 0.45, 1.6, 0.0}) / 1.6;
    const double depth = sqrt(force / (OST_PI * stiff * 21.6));
    struct ost_patch *patch = plane();
    double(*on)[3] = calloc((size_t)SIDE * SIDE, sizeof *on);
    const struct ost_contact_ask ask = {patch,   (size_t)SIDE * SIDE, &field, 1,
                                        loose(), {0.0, 0.0, -force}};
    struct ost_contact c;
    struct ost_err err = {0};
    if (!ost_contact_solve(&ask, on, &c, &err))
        fail_msg("%s", err.msg);
    assert_near(-(c.shift[2] + 0.9) / depth, 1.0, 0.02);
    assert_near(c.carpal[0].peak / (stiff * depth), 1.0, 0.02);
    assert_near(c.carpal[0].area / (2.0 * OST_PI * 21.6 * depth), 1.0, 0.03);
    assert_near(c.carpal[0].force[2], -force, 1e-4);
    assert_near(c.carpal[0].centre[0], 0.0, 1e-3);
    double sum[3] = {0.0};
    for (int i = 0; i < SIDE * SIDE; i++)
        ost_add(sum, on[i], sum);
    assert_near(sum[2], -force, 1e-4);
    assert_near(hypot(sum[0], sum[1]), 0.0, 1e-4);
    free(patch);
    free(on);
}

/* Two balls, one 0.05 mm nearer: pi K R (d1^2 + d2^2) = F with d1 = d2 + 0.05. */
static void two_carpals_share_by_their_gaps(void **state)
{
    (void)state;
    const struct ost_ball ball[2] = {{{-8.0, 0.0, 21.65}, 20.0}, {{8.0, 0.0, 21.70}, 20.0}};
    const struct ost_field field[2] = {ost_field_of_ball(&ball[0]), ost_field_of_ball(&ball[1])};
    const double k = ost_cartilage_confined(&(struct ost_cartilage){10.0, 0.45, 1.6, 0.0}) / 1.6;
    const double force = 80.0, s = force / (OST_PI * k * 21.6);
    const double d2 = 0.5 * (-0.05 + sqrt(2.0 * s - 0.0025)), d1 = d2 + 0.05;
    struct ost_patch *patch = plane();
    double(*on)[3] = calloc((size_t)SIDE * SIDE, sizeof *on);
    const struct ost_contact_ask ask = {patch,   (size_t)SIDE * SIDE, field, 2,
                                        loose(), {0.0, 0.0, -force}};
    struct ost_contact c;
    assert_true(ost_contact_solve(&ask, on, &c, NULL));
    assert_near(c.carpal[0].force[2] / c.carpal[1].force[2] / (d1 * d1 / (d2 * d2)), 1.0, 0.03);
    assert_true(c.steps < 20);
    free(patch);
    free(on);
}

/*
 * A ball of 8 mm on a dome of 14 is about to roll off: ligaments of 5 N/mm hold it against the
 * 80 N / 22 mm by which the load helps it, and there it comes to rest in few steps.
 */
static void a_ball_on_a_dome_rests_soon(void **state)
{
    (void)state;
    const struct ost_ball ball = {{0.3, 0.0, 8.0}, 8.0};
    const struct ost_field field = ost_field_of_ball(&ball);
    struct ost_patch *patch = plane();
    double(*on)[3] = calloc((size_t)SIDE * SIDE, sizeof *on);
    for (int i = 0; i < SIDE * SIDE; i++) {
        double *at = patch[i].middle, square = at[0] * at[0] + at[1] * at[1];
        at[2] = square < 100.0 ? sqrt(196.0 - square) - 14.0 : -8.0;
    }
    const struct ost_contact_ask ask = {patch, (size_t)SIDE * SIDE,    &field,
                                        1,     {10.0, 0.45, 1.6, 5.0}, {1.0, 0.5, -80.0}};
    struct ost_contact c;
    assert_true(ost_contact_solve(&ask, on, &c, NULL));
    assert_true(hypot(c.shift[0], c.shift[1]) > 0.5);
    assert_near(c.residual, 0.0, 1e-9);
    if (c.steps > 20)
        fail_msg("%u steps", c.steps);
    free(patch);
    free(on);
}

static void a_bowl_gives_its_ball(void **state)
{
    (void)state;
    struct ost_patch patch[400];
    for (int i = 0; i < 400; i++) {
        double t = 0.6 * sqrt((i + 0.5) / 400.0), f = 2.399963 * i;
        const double p[3] = {3.0 + 14.0 * sin(t) * cos(f), -2.0 + 14.0 * sin(t) * sin(f),
                             40.0 - 14.0 * cos(t)};
        patch[i] = (struct ost_patch){{p[0], p[1], p[2]}, 0.5};
    }
    struct ost_ball ball;
    assert_true(ost_ball_fit(patch, 400, &ball, NULL));
    assert_near(ball.radius, 14.0, 1e-6);
    assert_near(ball.centre[0], 3.0, 1e-6);
    assert_near(ball.centre[2], 40.0, 1e-6);
    for (int i = 0; i < 400; i++)
        patch[i].middle[2] = 0.0;
    assert_false(ost_ball_fit(patch, 400, &ball, NULL));
    assert_false(ost_ball_fit(patch, 5, &ball, NULL));
}

static void what_cannot_touch_is_refused(void **state)
{
    (void)state;
    const struct ost_ball ball = {{0.0, 0.0, 60.0}, 20.0};
    const struct ost_field field = ost_field_of_ball(&ball);
    struct ost_patch *patch = plane();
    double(*on)[3] = calloc((size_t)SIDE * SIDE, sizeof *on);
    struct ost_contact_ask ask = {patch,   (size_t)SIDE * SIDE, &field, 1,
                                  loose(), {0.0, 0.0, -50.0}};
    struct ost_contact c;
    struct ost_err err = {0};
    assert_false(ost_contact_solve(&ask, on, &c, &err));
    assert_int_equal(err.code, OST_INVALID);
    ask.force[2] = 0.0;
    assert_false(ost_contact_solve(&ask, on, &c, NULL));
    free(patch);
    free(on);
}

RUN(T(a_ball_on_springs_is_johnsons), T(two_carpals_share_by_their_gaps),
    T(a_ball_on_a_dome_rests_soon), T(a_bowl_gives_its_ball), T(what_cannot_touch_is_refused))
