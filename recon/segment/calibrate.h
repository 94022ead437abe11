/*
 * From Hounsfield units to mineral, by the patient's own tissues: no phantom is needed
 * (Michalski et al., Med Eng Phys 2020;78:55: the effective energy of the beam is the one
 * at which the tissues' tabulated attenuation explains their HU best).
 *
 * Air, fat and muscle are found in the CT; HU = a + b H(E), H the tabulated HU of the
 * tissue at energy E, is fitted for each E, and the E with the least misfit is taken. A
 * voxel of bone is marrow in which hydroxyapatite takes up room, so
 *   mgHA/cm3 = (HU - base) / slope,
 *   slope = b (m_HA(E) - mu_marrow(E) / 3.16) / mu_water(E) HU per mg/cm3,
 * m the mass attenuation, 3.16 g/cm3 the density of hydroxyapatite, base halfway between
 * fat and muscle.
 */
#ifndef OST_SEGMENT_CALIBRATE_H
#define OST_SEGMENT_CALIBRATE_H

#include "recon/image/grid.h"

OST_C_BEGIN

enum ost_calibration_how {
    OST_CALIBRATION_MEASURED, /* by air, fat and muscle of this CT */
    OST_CALIBRATION_ASSUMED,  /* HU taken as they are, 70 keV: `reason` says why */
    OST_CALIBRATION_PHANTOM,  /* by rods in this CT, which somebody else measured */
    OST_CALIBRATION_TABLE     /* by rods in another CT of the same scanner and voltage */
};
const char *ost_calibration_how_name(enum ost_calibration_how how); /* "internal" */

struct ost_calibration {
    enum ost_calibration_how how;
    const char *reason;          /* static; NULL where measured */
    double air, fat, muscle;     /* HU as found; NAN where not */
    double energy, energy_sd;    /* keV; SD for a fat of +-12 HU between people */
    double slope;                /* HU per mgHA/cm3 */
    double base;                 /* HU of no mineral */
    double slope_share, base_sd; /* 1 SD: of the slope, relative; of the base, HU */
};

/* `ct` in HU. Never fails: what cannot be measured is assumed, and said. */
void ost_calibrate(const struct ost_grid *ct, struct ost_calibration *out);

/* mgHA/cm3 of a HU, not below 0. */
double ost_calibration_mineral(const struct ost_calibration *calibration, double hu);

OST_C_END

#endif
