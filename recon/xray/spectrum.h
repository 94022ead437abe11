/*
 * What an X-ray tube sends and what matter takes from it. Energies in keV, mass
 * attenuation in cm2/g, area densities in g/cm2.
 */
#ifndef OST_XRAY_SPECTRUM_H
#define OST_XRAY_SPECTRUM_H

#include "recon/base/err.h"

OST_C_BEGIN

enum ost_material {
    OST_WATER,
    OST_MUSCLE,         /* 1.05 g/cm3 */
    OST_ADIPOSE,        /* 0.95 g/cm3 */
    OST_CORTICAL_BONE,  /* 1.92 g/cm3, ICRU 44 */
    OST_HYDROXYAPATITE, /* the mineral alone */
    OST_ALUMINIUM,      /* 2.699 g/cm3 */
    OST_TITANIUM,       /* 4.54 g/cm3 */
    OST_GYPSUM,         /* CaSO4 2 H2O: plaster of a cast; about 1.1 g/cm3 as it is laid on */
    OST_MATERIALS
};

/*
 * Total mass attenuation, NIST XCOM (Hubbell and Seltzer 2004) at 20 to 100 keV,
 * log-log in between; beyond the table its end slope goes on.
 */
double ost_mass_attenuation(enum ost_material material, double kev);

enum { OST_SPECTRUM_MOST = 8 };

/* Shares of the detector's signal, not of the photons: an energy-integrating panel. */
struct ost_spectrum {
    int count;
    double kev[OST_SPECTRUM_MOST];
    double weight[OST_SPECTRUM_MOST]; /* sum 1 */
};

/*
 * A tungsten tube at `kvp` behind `aluminium_mm` in `bins` bins: Kramers' law
 * (Kramers 1923), the filter, and the energy itself as the panel's answer. No K lines:
 * they begin above 69.5 kV, so `kvp` must lie in 40..69; bins in 1..8.
 */
OST_MUST_CHECK
bool ost_spectrum_tube(double kvp, double aluminium_mm, int bins, struct ost_spectrum *out,
                       struct ost_err *err);

struct ost_spectrum ost_spectrum_mono(double kev);

/* The share of the signal that passes; `area[m]` in g/cm2 of each material (Beer-Lambert). */
double ost_spectrum_passes(const struct ost_spectrum *spectrum, const double area[OST_MATERIALS]);

OST_C_END

#endif
