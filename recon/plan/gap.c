#include "recon/math/vec.h"
#include "recon/plan/gap_impl.h"

#include <math.h>

static double opening(const struct ost_cut *cut, const struct ost_rigid *motion, const double q[3])
{
    double moved[3], by[3];
    ost_rigid_point(motion, q, moved);
    ost_sub(moved, q, by);
    return ost_dot(cut->normal, by);
}

/* What rounding leaves below nothing, and a nothing with a sign, is nothing. */
static double volume(double mm3)
{
    return mm3 > 0.0 ? mm3 : 0.0;
}

/* The integral of max(h + k x, 0) over the unit disc, k >= 0. */
static double disc_part(double h, double k)
{
    if (h >= k)
        return OST_PI * h;
    if (h <= -k)
        return 0.0;
    double s = h / k, c = sqrt(1.0 - s * s);
    return k * (2.0 / 3.0 * c * c * c + s * (OST_PI / 2.0 + asin(s) + s * c));
}

void ost_gap_of_ellipse(const struct ost_cut *cut, const struct ost_rigid *motion,
                        struct ost_gap *out)
{
    double across[3], end[3], k[2];
    double middle = opening(cut, motion, cut->point);
    ost_cross(cut->normal, cut->side, across);
    ost_along(cut->point, cut->half[0], cut->side, end);
    k[0] = opening(cut, motion, end) - middle;
    ost_along(cut->point, cut->half[1], across, end);
    k[1] = opening(cut, motion, end) - middle;
    double slope = sqrt(k[0] * k[0] + k[1] * k[1]);
    double scale = cut->half[0] * cut->half[1];
    out->known = true;
    out->low_mm = middle - slope;
    out->high_mm = middle + slope;
    out->opening_mm3 = volume(scale * disc_part(middle, slope));
    out->overlap_mm3 = volume(scale * disc_part(-middle, slope));
}

/* One edge's share of the signed integral of max(g, 0) over the fan from `apex`. */
static double triangle_part(const double area, const double g[3])
{
    double low = fmin(g[0], fmin(g[1], g[2])), high = fmax(g[0], fmax(g[1], g[2]));
    double mean = (g[0] + g[1] + g[2]) / 3.0;
    if (low >= 0.0)
        return area * mean;
    if (high <= 0.0)
        return 0.0;
    double middle = g[0] + g[1] + g[2] - low - high;
    /* The corner above the hinge line is a pyramid of height `high` on a part of the area. */
    if (middle <= 0.0)
        return area * high / 3.0 * (high / (high - low)) * (high / (high - middle));
    /* Otherwise the corner below it is: what it lacks is added to the whole. */
    double below = area * -low / 3.0 * (low / (low - high)) * (low / (low - middle));
    return area * mean + below;
}

static double twice_area(const struct ost_cut *cut, const double a[3], const double b[3],
                         const double c[3])
{
    double ab[3], ac[3], n[3];
    ost_sub(b, a, ab);
    ost_sub(c, a, ac);
    ost_cross(ab, ac, n);
    return ost_dot(n, cut->normal);
}

void ost_gap_of_outline(const struct ost_cut *cut, const struct ost_rigid *motion,
                        const struct ost_section *outline, struct ost_gap *out)
{
    const double *apex = outline->point[0];
    double total = 0.0, open = 0.0, shut = 0.0;
    *out = (struct ost_gap){.known = true};
    out->low_mm = out->high_mm = opening(cut, motion, apex);
    for (size_t i = 1; i < outline->count; i++) {
        const double *b = outline->point[i - 1], *c = outline->point[i];
        double area = 0.5 * twice_area(cut, apex, b, c);
        double g[3] = {opening(cut, motion, apex), opening(cut, motion, b),
                       opening(cut, motion, c)};
        double minus[3] = {-g[0], -g[1], -g[2]};
        total += area;
        open += triangle_part(area, g);
        shut += triangle_part(area, minus);
        out->low_mm = fmin(out->low_mm, g[2]);
        out->high_mm = fmax(out->high_mm, g[2]);
    }
    double sign = total < 0.0 ? -1.0 : 1.0;
    out->opening_mm3 = volume(sign * open);
    out->overlap_mm3 = volume(sign * shut);
}
