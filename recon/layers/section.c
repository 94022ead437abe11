#include "recon/layers/section.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The line in the axes in which the section is round: X + t U, of norm ||.||_n. */
struct line {
    double at[2], way[2], n;
};

/* ||X + t U||_n - 1 and its slope by t. */
static double level(const struct line *l, double t, double *slope)
{
    double x = fabs(l->at[0] + t * l->way[0]), y = fabs(l->at[1] + t * l->way[1]);
    double most = fmax(fmax(x, y), 1e-12), p = x / most, q = y / most;
    double pn = pow(p, l->n - 1.0), qn = pow(q, l->n - 1.0);
    double sum = pn * p + qn * q, norm = pow(sum, 1.0 / l->n);
    double by = norm / sum;
    *slope = by * (copysign(pn, l->at[0] + t * l->way[0]) * l->way[0] +
                   copysign(qn, l->at[1] + t * l->way[1]) * l->way[1]);
    return most * norm - 1.0;
}

/*
 * The level is convex in t: Newton from outside walks to the border without passing it,
 * and where there is none its slope turns round.
 */
static bool border(const struct line *l, double from, bool far, double *out, double *slope)
{
    double t = from;
    for (int turn = 0; turn < 30; turn++) {
        double f = level(l, t, slope);
        if (far ? *slope <= 1e-9 : *slope >= -1e-9)
            return false;
        double step = f / *slope;
        t -= step;
        if (fabs(step) < 1e-7)
            break;
    }
    *out = t;
    return true;
}

/* How the norm at a point of the border grows with the section's numbers. */
static void push(const double s[OST_SECTION_NUMBERS], const struct line *l, double t,
                 double out[OST_SECTION_NUMBERS])
{
    const double x = l->at[0] + t * l->way[0], y = l->at[1] + t * l->way[1];
    const double ax = fabs(x), ay = fabs(y), px = pow(ax, l->n - 1.0), py = pow(ay, l->n - 1.0);
    const double gx = copysign(px, x), gy = copysign(py, y);
    out[OST_SECTION_X] = -gx / s[OST_SECTION_A];
    out[OST_SECTION_Y] = -gy / s[OST_SECTION_B];
    out[OST_SECTION_A] = -gx * x / s[OST_SECTION_A];
    out[OST_SECTION_B] = -gy * y / s[OST_SECTION_B];
    out[OST_SECTION_N] =
        ((ax > 1e-9 ? px * ax * log(ax) : 0.0) + (ay > 1e-9 ? py * ay * log(ay) : 0.0)) / l->n;
}

double ost_section_chord(const double s[OST_SECTION_NUMBERS], const double point[2],
                         const double way[2], double slope[OST_SECTION_NUMBERS])
{
    const struct line l = {.at = {(point[0] - s[OST_SECTION_X]) / s[OST_SECTION_A],
                                  (point[1] - s[OST_SECTION_Y]) / s[OST_SECTION_B]},
                           .way = {way[0] / s[OST_SECTION_A], way[1] / s[OST_SECTION_B]},
                           .n = fmax(s[OST_SECTION_N], 1.2)};
    if (slope != NULL)
        memset(slope, 0, OST_SECTION_NUMBERS * sizeof *slope);
    /* Nearest to the middle in the round axes; 1.5 beyond any border on both sides. */
    const double square = l.way[0] * l.way[0] + l.way[1] * l.way[1];
    const double middle = -(l.at[0] * l.way[0] + l.at[1] * l.way[1]) / square;
    const double reach = 2.0 / sqrt(square);
    double in, out, fall, rise;
    if (!border(&l, middle - reach, false, &in, &fall) ||
        !border(&l, middle + reach, true, &out, &rise) || !(out > in))
        return 0.0;
    if (slope == NULL)
        return out - in;
    double at_in[OST_SECTION_NUMBERS], at_out[OST_SECTION_NUMBERS];
    const double least = 0.25 * sqrt(square);
    push(s, &l, in, at_in);
    push(s, &l, out, at_out);
    for (int k = 0; k < OST_SECTION_NUMBERS; k++)
        slope[k] = at_in[k] / fmin(fall, -least) - at_out[k] / fmax(rise, least);
    return out - in;
}
