#include "recon/base/rng.h"
#include "recon/math/rigid.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <string.h>

static struct ost_rigid some_motion(struct ost_rng *rng, double largest)
{
    double w[3], t[3], c[3];
    for (int k = 0; k < 3; k++) {
        w[k] = ost_rng_normal(rng);
        t[k] = 20.0 * ost_rng_normal(rng);
        c[k] = 50.0 * ost_rng_normal(rng);
    }
    double length = ost_unit(w);
    double angle = largest * ost_rng_uniform(rng) + (length > 0.0 ? 0.01 : 0.0);
    for (int k = 0; k < 3; k++)
        w[k] *= angle;
    return ost_rigid_about(c, w, t);
}

static void assert_same(const struct ost_rigid *a, const struct ost_rigid *b, double tol)
{
    for (int k = 0; k < 9; k++)
        assert_near(a->r[k], b->r[k], tol);
    for (int k = 0; k < 3; k++)
        assert_near(a->t[k], b->t[k], tol * 100.0);
}

static void a_quarter_turn_about_z_takes_x_to_y(void **state)
{
    (void)state;
    struct ost_rigid m = {.t = {0}};
    ost_rotation_of_vector((double[]){0, 0, OST_PI / 2}, m.r);
    double y[3];
    ost_rigid_point(&m, (double[]){1, 0, 0}, y);
    assert_near(y[0], 0.0, 1e-15);
    assert_near(y[1], 1.0, 1e-15);
}

static void a_motion_and_its_inverse_cancel(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(1);
    struct ost_rigid identity = ost_rigid_identity();
    for (int n = 0; n < 100; n++) {
        struct ost_rigid m = some_motion(&rng, 3.0), back = ost_rigid_inverse(&m);
        struct ost_rigid none = ost_rigid_then(&m, &back);
        assert_same(&none, &identity, 1e-12);
        assert_true(ost_rigid_is_proper(&m, 1e-12));
    }
}

static void a_screw_composes_to_its_motion(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(2);
    for (int n = 0; n < 200; n++) {
        struct ost_rigid m = some_motion(&rng, 3.1);
        struct ost_screw screw = ost_screw_of_rigid(&m);
        struct ost_rigid again = ost_rigid_of_screw(&screw);
        if (screw.angle > ost_radians(0.5))
            assert_same(&again, &m, 1e-9);
    }
}

static void a_half_turn_keeps_its_axis(void **state)
{
    (void)state;
    double r[9], w[3];
    ost_rotation_of_vector((double[]){0, OST_PI, 0}, r);
    ost_vector_of_rotation(r, w);
    assert_near(fabs(w[1]), OST_PI, 1e-9);
}

static void points_find_their_motion_again(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(3);
    double from[20][3], to[20][3];
    struct ost_rigid m = some_motion(&rng, 3.0), found;
    for (int n = 0; n < 20; n++) {
        for (int k = 0; k < 3; k++)
            from[n][k] = 30.0 * ost_rng_normal(&rng);
        ost_rigid_point(&m, from[n], to[n]);
    }
    assert_true(ost_rigid_fit((const double(*)[3])from, (const double(*)[3])to, NULL, 20, &found));
    assert_same(&found, &m, 1e-9);
}

static void a_mirror_is_not_proper(void **state)
{
    (void)state;
    struct ost_rigid m = ost_rigid_identity();
    m.r[0] = -1.0;
    assert_false(ost_rigid_is_proper(&m, 1e-9));
}

RUN(T(a_quarter_turn_about_z_takes_x_to_y), T(a_motion_and_its_inverse_cancel),
    T(a_screw_composes_to_its_motion), T(a_half_turn_keeps_its_axis),
    T(points_find_their_motion_again), T(a_mirror_is_not_proper))
