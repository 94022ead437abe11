/*
 * What a beam of many energies loses in soft tissue and bone mineral: two materials,
 * one forward table per spectrum and its inverses. Areas in g/cm2; attenuation is
 * L = -ln(I / I0) (Beer-Lambert summed over the spectrum; Alvarez and Macovski 1976,
 * two basis materials). Mineral takes the room of its own volume of tissue, so tissue
 * is counted gross: as much as there would be without any mineral.
 */
#ifndef OST_LAYERS_HARDENING_H
#define OST_LAYERS_HARDENING_H

#include "recon/base/err.h"
#include "recon/xray/spectrum.h"

OST_C_BEGIN

/* g of tissue (1.05 g/cm3) that one g of hydroxyapatite (3.16 g/cm3) displaces. */
static const double ost_hardening_displaced = 1.05 / 3.16;

struct ost_hardening {
    int count;
    double weight[OST_SPECTRUM_MOST], tissue[OST_SPECTRUM_MOST], mineral[OST_SPECTRUM_MOST];
    double aluminium[OST_SPECTRUM_MOST];
};

struct ost_hardening ost_hardening_of(const struct ost_spectrum *spectrum);

/* L behind gross tissue and mineral; `slope` (may be NULL): by tissue, by mineral, cm2/g. */
double ost_hardening_attenuation(const struct ost_hardening *h, double tissue, double mineral,
                                 double slope[2]);

/* L behind aluminium alone, and the aluminium behind which L is seen. g/cm2 */
double ost_hardening_aluminium(const struct ost_hardening *h, double aluminium);

/* The mineral that explains L behind this gross tissue; below 0 where the tissue alone is more. */
double ost_hardening_mineral(const struct ost_hardening *h, double tissue, double attenuation);

/* The tissue that explains L without mineral; below 0 where L is. */
double ost_hardening_tissue(const struct ost_hardening *h, double attenuation);

/*
 * The part of L that the mineral is charged with: the mean of its slope along the way
 * from nothing to all, times the mineral (Aumann and Shapley 1974), so that parts of a
 * hardened beam add up to the whole. What is left of L is the tissue's that is left.
 */
double ost_hardening_charge(const struct ost_hardening *h, double tissue, double mineral);

OST_C_END

#endif
