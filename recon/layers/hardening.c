#include "recon/layers/hardening.h"

#include <math.h>

struct ost_hardening ost_hardening_of(const struct ost_spectrum *spectrum)
{
    struct ost_hardening h = {.count = spectrum->count};
    for (int b = 0; b < h.count; b++) {
        h.weight[b] = spectrum->weight[b];
        h.tissue[b] = ost_mass_attenuation(OST_MUSCLE, spectrum->kev[b]);
        h.mineral[b] = ost_mass_attenuation(OST_HYDROXYAPATITE, spectrum->kev[b]) -
                       ost_hardening_displaced * h.tissue[b];
        h.aluminium[b] = ost_mass_attenuation(OST_ALUMINIUM, spectrum->kev[b]);
    }
    return h;
}

double ost_hardening_attenuation(const struct ost_hardening *h, double tissue, double mineral,
                                 double slope[2])
{
    double sum = 0.0, by_tissue = 0.0, by_mineral = 0.0;
    for (int b = 0; b < h->count; b++) {
        double passes = h->weight[b] * exp(-h->tissue[b] * tissue - h->mineral[b] * mineral);
        sum += passes;
        by_tissue += passes * h->tissue[b];
        by_mineral += passes * h->mineral[b];
    }
    if (slope != NULL) {
        slope[0] = by_tissue / sum;
        slope[1] = by_mineral / sum;
    }
    return -log(sum);
}

double ost_hardening_aluminium(const struct ost_hardening *h, double aluminium)
{
    double sum = 0.0;
    for (int b = 0; b < h->count; b++)
        sum += h->weight[b] * exp(-h->aluminium[b] * aluminium);
    return -log(sum);
}

/* L grows and bends one way in either material, so Newton from 0 walks without a turn. */
static double solve(const struct ost_hardening *h, double tissue, double attenuation, int which)
{
    double area[2] = {which == 0 ? 0.0 : tissue, 0.0}, slope[2];
    for (int turn = 0; turn < 40; turn++) {
        double off = attenuation - ost_hardening_attenuation(h, area[0], area[1], slope);
        double step = off / slope[which];
        area[which] += fmin(fmax(step, -4.0), 40.0);
        if (fabs(step) < 1e-12 * (1.0 + fabs(area[which])))
            break;
    }
    return area[which];
}

double ost_hardening_mineral(const struct ost_hardening *h, double tissue, double attenuation)
{
    return solve(h, tissue, attenuation, 1);
}

double ost_hardening_tissue(const struct ost_hardening *h, double attenuation)
{
    return solve(h, 0.0, attenuation, 0);
}

double ost_hardening_charge(const struct ost_hardening *h, double tissue, double mineral)
{
    /* Gauss and Legendre on 0..1, five points: the slope is smooth. The gross tissue's slope
       holds what mineral displaces, which is the mineral's doing: h->mineral has it taken off. */
    static const double at[5] = {0.046910077030668, 0.230765344947158, 0.5, 0.769234655052841,
                                 0.953089922969332};
    static const double weight[5] = {0.118463442528095, 0.239314335249683, 0.284444444444444,
                                     0.239314335249683, 0.118463442528095};
    double mean = 0.0, slope[2];
    for (int k = 0; k < 5; k++) {
        (void)ost_hardening_attenuation(h, at[k] * tissue, at[k] * mineral, slope);
        mean += weight[k] * (slope[1] + ost_hardening_displaced * slope[0]);
    }
    return mean * mineral;
}
