/* Drucker and Prager's return: on the cone, along its normal, with its own derivative. */
#include "fem/material/yield.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

static const struct ost_yield bone = {1000.0, 0.3, 10.0, 0.8, 0.05};

/* q of the header, told again. */
static double equivalent(const double s[6], double ratio)
{
    double a = (1.0 - ratio) / (sqrt(3.0) * (1.0 + ratio)), first = s[0] + s[1] + s[2], j2 = 0.0;
    for (int k = 0; k < 3; k++)
        j2 += 0.5 * pow(s[k] - first / 3.0, 2.0) + s[3 + k] * s[3 + k];
    return (sqrt(j2) + a * first) / (1.0 / sqrt(3.0) - a);
}

/* Strains from a row of numbers that is always the same. */
static void some_strain(unsigned *seed, double size, double out[6])
{
    for (int k = 0; k < 6; k++) {
        *seed = *seed * 1664525U + 1013904223U;
        out[k] = size * ((double)(*seed >> 8) / (1U << 24) - 0.5);
    }
}

static void a_small_strain_is_elastic(void **state)
{
    (void)state;
    const double strain[6] = {1e-3, 0.0, 0.0, 5e-4, 0.0, 0.0};
    const struct ost_yield_state virgin = {{0.0}, 0.0};
    struct ost_yield_state after;
    double s[6], tangent[OST_TANGENT], elastic[OST_TANGENT];
    assert_false(ost_yield_return(&bone, strain, &virgin, &after, s, tangent));
    const double lambda = 1000.0 * 0.3 / (1.3 * 0.4), mu = 1000.0 / 2.6;
    assert_near(s[0], (lambda + 2.0 * mu) * 1e-3, 1e-12);
    assert_near(s[1], lambda * 1e-3, 1e-12);
    assert_near(s[3], 2.0 * mu * 5e-4, 1e-12);
    ost_yield_elastic(&bone, elastic);
    for (int k = 0; k < OST_TANGENT; k++)
        assert_near(tangent[k], elastic[k], 1e-9);
    assert_near(elastic[0], lambda + 2.0 * mu, 1e-9);
    assert_near(elastic[1], lambda, 1e-9);
    assert_near(elastic[15], mu, 1e-9);
}

static void what_yields_ends_on_the_cone_and_came_along_its_normal(void **state)
{
    (void)state;
    const struct ost_yield_state virgin = {{0.0}, 0.0};
    unsigned seed = 7;
    int yielded = 0;
    for (int i = 0; i < 300; i++) {
        double strain[6], s[6], more[6], less[6];
        struct ost_yield_state after;
        some_strain(&seed, 0.1, strain);
        if (!ost_yield_return(&bone, strain, &virgin, &after, s, NULL))
            continue;
        yielded++;
        const double rise = 1000.0 * 0.05 / 0.95;
        assert_near(equivalent(s, 0.8), 10.0 + rise * after.hardening, 1e-8);
        double dev = 0.0;
        for (int k = 0; k < 3; k++)
            dev += fabs(s[k] - (s[0] + s[1] + s[2]) / 3.0) + fabs(s[3 + k]);
        if (dev < 1e-6)
            continue; /* the tip has no normal */
        for (int k = 0; k < 6; k++) {
            memcpy(more, s, sizeof more);
            memcpy(less, s, sizeof less);
            more[k] += 1e-5;
            less[k] -= 1e-5;
            /* A shear stands twice in the tensor. */
            double slope = (equivalent(more, 0.8) - equivalent(less, 0.8)) / 2e-5;
            assert_near(after.plastic[k], after.hardening * slope * (k < 3 ? 1.0 : 0.5), 1e-7);
        }
    }
    assert_true(yielded > 200);
}

/* Against central differences, from a point that has yielded before; at the tip only bounded. */
static void the_tangent_is_the_derivative(void **state)
{
    (void)state;
    unsigned seed = 11;
    for (int i = 0; i < 100; i++) {
        const struct ost_yield_state virgin = {{0.0}, 0.0};
        struct ost_yield_state first, after;
        double strain[6], s[6], tangent[OST_TANGENT];
        some_strain(&seed, 0.03, strain);
        (void)ost_yield_return(&bone, strain, &virgin, &first, s, NULL);
        for (int k = 0; k < 6; k++)
            strain[k] *= 1.7;
        (void)ost_yield_return(&bone, strain, &first, &after, s, tangent);
        double dev = 0.0;
        for (int k = 0; k < 3; k++)
            dev += fabs(s[k] - (s[0] + s[1] + s[2]) / 3.0) + fabs(s[3 + k]);
        for (int r = 0, at = 0; r < 6; r++) {
            for (int c = r; c < 6; c++, at++) {
                double more[6], less[6], up[6], down[6];
                struct ost_yield_state unused;
                const double step = 1e-7;
                memcpy(more, strain, sizeof more);
                memcpy(less, strain, sizeof less);
                more[c] += c < 3 ? step : 0.5 * step;
                less[c] -= c < 3 ? step : 0.5 * step;
                (void)ost_yield_return(&bone, more, &first, &unused, up, NULL);
                (void)ost_yield_return(&bone, less, &first, &unused, down, NULL);
                if (dev > 1e-3)
                    assert_near(tangent[at], (up[r] - down[r]) / (2.0 * step), 0.02);
            }
        }
    }
}

/* Pulled on all sides: no deviator, and trace I1 has reached the strength as it has risen. */
static void the_tip_holds_what_pulls_on_all_sides(void **state)
{
    (void)state;
    const double strain[6] = {0.05, 0.05, 0.0501, 0.0, 0.0, 0.0};
    const struct ost_yield_state virgin = {{0.0}, 0.0};
    struct ost_yield_state after;
    double s[6], tangent[OST_TANGENT];
    assert_true(ost_yield_return(&bone, strain, &virgin, &after, s, tangent));
    assert_near(s[0], s[2], 1e-9);
    assert_near(equivalent(s, 0.8), 10.0 + 1000.0 * 0.05 / 0.95 * after.hardening, 1e-8);
    assert_true(tangent[0] > 0.0 && tangent[15] > 0.0);
}

static void what_has_no_strength_never_yields(void **state)
{
    (void)state;
    const struct ost_yield none = {1000.0, 0.3, 0.0, 0.8, 0.05};
    const double strain[6] = {0.5, -0.5, 0.0, 0.3, 0.0, 0.0};
    const struct ost_yield_state virgin = {{0.0}, 0.0};
    struct ost_yield_state after;
    double s[6];
    assert_false(ost_yield_return(&none, strain, &virgin, &after, s, NULL));
    assert_near(s[0], 2.0 * 1000.0 / 2.6 * 0.5, 1e-9);
}

RUN(T(a_small_strain_is_elastic), T(what_yields_ends_on_the_cone_and_came_along_its_normal),
    T(the_tangent_is_the_derivative), T(the_tip_holds_what_pulls_on_all_sides),
    T(what_has_no_strength_never_yields))
