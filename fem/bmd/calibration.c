#include "fem/bmd/calibration.h"

#include "recon/math/vec.h"

/* Squared distance of a point from the rod's axis; INFINITY beyond its ends. */
static double off_axis2(const struct ost_rod *rod, const double p[3])
{
    double axis[3], from[3];
    ost_sub(rod->to, rod->from, axis);
    ost_sub(p, rod->from, from);
    double length = ost_unit(axis), along = ost_dot(from, axis);
    return along < 0.0 || along > length ? INFINITY : ost_dot(from, from) - along * along;
}

bool ost_rod_measure(const struct ost_grid *ct, struct ost_rod *rod, struct ost_err *err)
{
    const double scatter_most = 150.0;
    double sum = 0.0, square = 0.0, count = 0.0;
    size_t voxels = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    for (size_t at = 0; at < voxels; at++) {
        const size_t place[3] = {at % ct->size[0], at / ct->size[0] % ct->size[1],
                                 at / ct->size[0] / ct->size[1]};
        double p[3], hu = (double)ct->value[at];
        for (int k = 0; k < 3; k++)
            p[k] = ct->origin[k] + ct->spacing[k] * (double)place[k];
        if (!(off_axis2(rod, p) <= rod->reach * rod->reach))
            continue;
        sum += hu;
        square += hu * hu;
        count += 1.0;
    }
    if (count < 30.0) {
        return ost_fail(err, OST_INVALID,
                        "a rod holds %.0f voxels of the CT: give its axis in the CT's millimetres",
                        count);
    }
    rod->hu = sum / count;
    double sd = sqrt(fmax(0.0, square / count - rod->hu * rod->hu));
    if (sd > scatter_most) {
        return ost_fail(err, OST_INVALID,
                        "where a rod should be, the grey scatters by %.0f HU: that is no rod", sd);
    }
    return true;
}

bool ost_hu_line_fit(const struct ost_rod *rod, size_t count, struct ost_hu_line *out,
                     struct ost_err *err)
{
    const double span_least = 100.0, residual_most = 25.0;
    double mx = 0.0, my = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
    *out = (struct ost_hu_line){.low = INFINITY, .high = -INFINITY};
    if (count < 3)
        return ost_fail(err, OST_INVALID, "calibration: %zu rods; three are needed", count);
    for (size_t i = 0; i < count; i++) {
        mx += rod[i].mineral / (double)count;
        my += rod[i].hu / (double)count;
        out->low = fmin(out->low, rod[i].mineral);
        out->high = fmax(out->high, rod[i].mineral);
    }
    for (size_t i = 0; i < count; i++) {
        xx += (rod[i].mineral - mx) * (rod[i].mineral - mx);
        xy += (rod[i].mineral - mx) * (rod[i].hu - my);
        yy += (rod[i].hu - my) * (rod[i].hu - my);
    }
    if (!(out->high - out->low >= span_least)) {
        return ost_fail(err, OST_INVALID,
                        "calibration: rods from %.0f to %.0f mgHA/cm3 span too "
                        "little; %.0f are needed",
                        out->low, out->high, span_least);
    }
    out->slope = xy / xx;
    if (!(out->slope > 0.0)) {
        return ost_fail(err, OST_INVALID,
                        "calibration: HU fall as mineral rises: is the grey inverted?");
    }
    out->base = my - out->slope * mx;
    double left = sqrt(fmax(0.0, yy - xy * xy / xx) / (double)(count - 2));
    out->residual = left / out->slope;
    out->slope_sd = left / sqrt(xx);
    out->base_sd = left * sqrt(1.0 / (double)count + mx * mx / xx);
    if (out->residual > residual_most) {
        return ost_fail(err, OST_INVALID,
                        "calibration: the rods lie %.0f mgHA/cm3 about their line; %.0f is the "
                        "most: is each density with its own rod?",
                        out->residual, residual_most);
    }
    return true;
}
