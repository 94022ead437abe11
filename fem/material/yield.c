#include "fem/material/yield.h"

#include <math.h>
#include <string.h>

/* The cone and the elasticity in the numbers they are used by. */
struct cone {
    double bulk, shear; /* MPa */
    double size, trace; /* q = size sqrt J2 + trace I1 */
    double rise;        /* H, MPa */
};

static struct cone cone_of(const struct ost_yield *y)
{
    const double a = (1.0 - y->ratio) / (sqrt(3.0) * (1.0 + y->ratio));
    const double scale = 1.0 / (1.0 / sqrt(3.0) - a);
    return (struct cone){.bulk = y->modulus / (3.0 * (1.0 - 2.0 * y->poisson)),
                         .shear = y->modulus / (2.0 * (1.0 + y->poisson)),
                         .size = scale,
                         .trace = scale * a,
                         .rise = y->modulus * y->slope / (1.0 - y->slope)};
}

/* bulk 1 (x) 1 + 2 shear dev + turn n (x) n - m (x) m / stiff, m = across n + along 1. */
struct moduli {
    double bulk, shear, turn, across, along, stiff;
};

static void fill_tangent(const struct moduli *m, const double n[6], double tangent[OST_TANGENT])
{
    int at = 0;
    for (int i = 0; i < 6; i++) {
        for (int j = i; j < 6; j++, at++) {
            double ones = i < 3 && j < 3 ? 1.0 : 0.0, same = i == j ? (i < 3 ? 1.0 : 0.5) : 0.0;
            double mi = m->across * n[i] + (i < 3 ? m->along : 0.0);
            double mj = m->across * n[j] + (j < 3 ? m->along : 0.0);
            tangent[at] = m->bulk * ones + 2.0 * m->shear * (same - ones / 3.0) +
                          m->turn * n[i] * n[j] - mi * mj / m->stiff;
        }
    }
}

void ost_yield_elastic(const struct ost_yield *yield, double tangent[OST_TANGENT])
{
    static const double none[6] = {0.0};
    const struct cone c = cone_of(yield);
    const struct moduli m = {.bulk = c.bulk, .shear = c.shear, .stiff = 1.0};
    fill_tangent(&m, none, tangent);
}

static double size_of(const double s[6])
{
    double sum = s[0] * s[0] + s[1] * s[1] + s[2] * s[2];
    return sqrt(sum + 2.0 * (s[3] * s[3] + s[4] * s[4] + s[5] * s[5]));
}

/* What the elastic law would make of the step: its deviator, and I1. */
static double try_elastic(const struct cone *c, const double strain[6],
                          const struct ost_yield_state *before, double deviator[6])
{
    double elastic[6], trace = 0.0;
    for (int k = 0; k < 6; k++)
        elastic[k] = strain[k] - before->plastic[k];
    trace = elastic[0] + elastic[1] + elastic[2];
    for (int k = 0; k < 6; k++)
        deviator[k] = 2.0 * c->shear * (elastic[k] - (k < 3 ? trace / 3.0 : 0.0));
    return 3.0 * c->bulk * trace;
}

static void compose(const double deviator[6], double part, double first, double stress[6])
{
    for (int k = 0; k < 6; k++)
        stress[k] = part * deviator[k] + (k < 3 ? first / 3.0 : 0.0);
}

/* What is plastic is what the stress leaves of the strain. */
static void remember(const struct cone *c, const double strain[6], const double stress[6],
                     double plastic[6])
{
    double first = stress[0] + stress[1] + stress[2];
    for (int k = 0; k < 6; k++) {
        double mean = k < 3 ? first / 3.0 : 0.0;
        double elastic = (stress[k] - mean) / (2.0 * c->shear) + mean / (3.0 * c->bulk);
        plastic[k] = strain[k] - elastic;
    }
}

/*
 * To the cone's tip, where no deviator is left: trace I1 = c + H k with k the plastic change of
 * volume over 3 trace. A little of the shear stays in the tangent, which would be singular.
 */
static double return_to_tip(const struct cone *c, double first, double strength, double *step,
                            struct moduli *m)
{
    const double left = 1e-3, volume = c->rise / (9.0 * c->bulk * c->trace);
    double now = (strength + volume * first) / (c->trace + volume);
    *step = (first - now) / (9.0 * c->bulk * c->trace);
    double part = fmax(left, volume / (c->trace + volume));
    *m = (struct moduli){.bulk = part * c->bulk, .shear = left * c->shear, .stiff = 1.0};
    return now;
}

bool ost_yield_return(const struct ost_yield *yield, const double strain[6],
                      const struct ost_yield_state *before, struct ost_yield_state *after,
                      double stress[6], double tangent[OST_TANGENT])
{
    const struct cone c = cone_of(yield);
    double deviator[6], n[6] = {0.0}, step = 0.0;
    double first = try_elastic(&c, strain, before, deviator);
    double size = size_of(deviator), root = size / sqrt(2.0); /* sqrt J2 */
    double strength = yield->compressive + c.rise * before->hardening;
    double past = c.size * root + c.trace * first - strength;
    struct moduli m = {.bulk = c.bulk, .shear = c.shear, .stiff = 1.0};
    bool yields = yield->compressive > 0.0 && past > 0.0;
    if (!yields) {
        compose(deviator, 1.0, first, stress);
        memcpy(after, before, sizeof *after);
    } else {
        double stiff = c.shear * c.size * c.size + 9.0 * c.bulk * c.trace * c.trace + c.rise;
        step = past / stiff;
        double part = 1.0 - c.shear * c.size * step / root;
        if (part > 0.0 || !(c.trace > 0.0)) {
            for (int k = 0; k < 6; k++)
                n[k] = deviator[k] / size;
            first -= 9.0 * c.bulk * c.trace * step;
            m = (struct moduli){c.bulk,
                                part * c.shear,
                                2.0 * c.shear * (1.0 - part),
                                sqrt(2.0) * c.shear * c.size,
                                3.0 * c.bulk * c.trace,
                                stiff};
        } else {
            part = 0.0;
            first = return_to_tip(&c, first, strength, &step, &m);
        }
        compose(deviator, part, first, stress);
        remember(&c, strain, stress, after->plastic);
        after->hardening = before->hardening + step;
    }
    if (tangent != NULL)
        fill_tangent(&m, n, tangent);
    return yields;
}
