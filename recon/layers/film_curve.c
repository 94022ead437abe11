#include "recon/layers/film_curve.h"

#include "recon/base/array.h"

#include <math.h>
#include <string.h>

const char *ost_curve_how_name(enum ost_curve_how how)
{
    static const char *const name[] = {[OST_CURVE_UNKNOWN] = "unknown",
                                       [OST_CURVE_LINEAR] = "linear",
                                       [OST_CURVE_RAW] = "raw",
                                       [OST_CURVE_WEDGE] = "wedge"};
    return (unsigned)how < OST_COUNT(name) ? name[how] : "unknown";
}

/* The slope of the monotone cubic at point i (Fritsch and Carlson 1980, harmonic mean). */
static double slope_at(const struct ost_film_curve *t, size_t i)
{
    size_t a = i > 0 ? i - 1 : 0, b = i + 1 < t->count ? i : t->count - 2;
    double left = (t->attenuation[a + 1] - t->attenuation[a]) / (t->grey[a + 1] - t->grey[a]);
    double right = (t->attenuation[b + 1] - t->attenuation[b]) / (t->grey[b + 1] - t->grey[b]);
    return left * right > 0.0 ? 2.0 * left * right / (left + right) : 0.0;
}

static double on_curve(const struct ost_film_curve *t, double grey)
{
    size_t last = t->count - 1;
    if (grey <= t->grey[0])
        return t->attenuation[0] + slope_at(t, 0) * (grey - t->grey[0]);
    if (grey >= t->grey[last])
        return t->attenuation[last] + slope_at(t, last) * (grey - t->grey[last]);
    size_t i = 0;
    while (grey > t->grey[i + 1])
        i++;
    double h = t->grey[i + 1] - t->grey[i], s = (grey - t->grey[i]) / h;
    double a = t->attenuation[i], b = t->attenuation[i + 1];
    double u = h * slope_at(t, i), v = h * slope_at(t, i + 1);
    return a + s * (u + s * (3.0 * (b - a) - 2.0 * u - v + s * (2.0 * (a - b) + u + v)));
}

double ost_film_curve_read(const struct ost_film_curve *curve, double grey)
{
    switch (curve->how) {
    case OST_CURVE_LINEAR:
        return (grey - curve->offset) / curve->gain;
    case OST_CURVE_RAW:
        return -log(fmax((grey - curve->offset) / curve->gain, 1e-5));
    case OST_CURVE_WEDGE:
        return on_curve(curve, grey);
    default:
        break;
    }
    double part = fmin(fmax(grey / curve->white, 1e-3), 1.0 - 1e-3);
    return atanh(curve->bone == OST_BONE_DARK ? 1.0 - 2.0 * part : 2.0 * part - 1.0);
}

/* Neighbours out of order take their common mean (pool adjacent violators). */
static size_t pool(struct ost_curve_step *step, size_t count)
{
    double weight[OST_CURVE_POINTS];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        step[kept] = step[i];
        weight[kept++] = 1.0;
        while (kept > 1 && step[kept - 1].attenuation <= step[kept - 2].attenuation + 1e-6) {
            struct ost_curve_step *a = &step[kept - 2], *b = &step[kept - 1];
            double w = weight[kept - 2] + weight[kept - 1];
            a->grey = (weight[kept - 2] * a->grey + weight[kept - 1] * b->grey) / w;
            a->attenuation =
                (weight[kept - 2] * a->attenuation + weight[kept - 1] * b->attenuation) / w;
            weight[kept - 2] = w;
            kept--;
        }
    }
    return kept;
}

static void sort(struct ost_curve_step *step, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && step[k].grey < step[k - 1].grey; k--) {
            struct ost_curve_step swap = step[k];
            step[k] = step[k - 1];
            step[k - 1] = swap;
        }
}

bool ost_film_curve_of_wedge(const struct ost_curve_step *step, size_t count,
                             struct ost_film_curve *out, struct ost_err *err)
{
    struct ost_curve_step sorted[OST_CURVE_POINTS];
    if (count < 4 || count > OST_CURVE_POINTS)
        return ost_fail(err, OST_INVALID, "step wedge: %zu steps, 4 to %d are needed", count,
                        OST_CURVE_POINTS);
    const size_t given = count;
    memcpy(sorted, step, count * sizeof *sorted);
    sort(sorted, count);
    /* Where bones are dark, L falls as grey grows: turned round and back. */
    const double sign = sorted[0].attenuation < sorted[count - 1].attenuation ? 1.0 : -1.0;
    for (size_t i = 0; i < count; i++)
        sorted[i].attenuation *= sign;
    count = pool(sorted, count);
    out->how = OST_CURVE_WEDGE;
    if (step != out->step)
        memcpy(out->step, step, given * sizeof *step);
    out->steps = given;
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (out->count > 0 && sorted[i].grey <= out->grey[out->count - 1])
            continue;
        out->grey[out->count] = sorted[i].grey;
        out->attenuation[out->count++] = sign * sorted[i].attenuation;
    }
    return out->count >= 4 ||
           ost_fail(err, OST_INVALID, "step wedge: its steps do not rise with their thickness");
}
