#include "recon/shape/shaft.h"

#include "recon/math/vec.h"

#include <string.h>

enum { BANDS = 5, PARTS = 12 };

/* Middles of a band: vertices crowd where triangles are small, so first by direction. */
struct band {
    double centre[3]; /* of the mean, to tell directions from */
    double part[PARTS][3];
    double weight[PARTS];
    double count;
};

static int band_of(const float p[3])
{
    double at = (double)(p[2] - (float)OST_SHAFT_LOW) * BANDS / (OST_SHAFT_HIGH - OST_SHAFT_LOW);
    return at >= 0.0 && at < BANDS ? (int)at : -1;
}

static int part_of(const struct band *band, const float p[3])
{
    double angle = atan2((double)p[1] - band->centre[1], (double)p[0] - band->centre[0]);
    int part = (int)((angle + OST_PI) / (2.0 * OST_PI) * PARTS);
    return part < 0 ? 0 : part >= PARTS ? PARTS - 1 : part;
}

static void middle_of(const struct band *band, double out[3])
{
    double parts = 0.0;
    memset(out, 0, 3 * sizeof *out);
    for (int i = 0; i < PARTS; i++) {
        if (!(band->weight[i] > 0.0))
            continue;
        parts += 1.0;
        for (int k = 0; k < 3; k++)
            out[k] += band->part[i][k] / band->weight[i];
    }
    for (int k = 0; k < 3 && parts > 0.0; k++)
        out[k] /= parts;
}

/* Middles of the bands in the mean. */
static void centre_bands(const float (*mean)[3], uint32_t count, struct band band[BANDS])
{
    for (uint32_t v = 0; v < count; v++) {
        int at = band_of(mean[v]);
        if (at < 0)
            continue;
        band[at].count += 1.0;
        for (int k = 0; k < 3; k++)
            band[at].centre[k] += mean[v][k];
    }
    for (int i = 0; i < BANDS; i++) {
        for (int k = 0; k < 3 && band[i].count > 0.0; k++)
            band[i].centre[k] /= band[i].count;
    }
}

void ost_shaft_axis(const float (*mean)[3], const float (*moved)[3], uint32_t count, double axis[3])
{
    struct band band[BANDS] = {0};
    centre_bands(mean, count, band);
    for (uint32_t v = 0; v < count; v++) {
        int at = band_of(mean[v]);
        if (at < 0)
            continue;
        int part = part_of(&band[at], mean[v]);
        band[at].weight[part] += 1.0;
        for (int k = 0; k < 3; k++)
            band[at].part[part][k] += moved[v][k];
    }
    /* Least squares of the middles over their order: the slope is the direction. */
    memset(axis, 0, 3 * sizeof *axis);
    for (int i = 0; i < BANDS; i++) {
        double middle[3];
        middle_of(&band[i], middle);
        ost_along(axis, 0.5 * (BANDS - 1) - i, middle, axis);
    }
    (void)ost_unit(axis);
}
