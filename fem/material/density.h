/*
 * Between the densities a scanner or a fit gives and those the laws were measured in.
 *
 * Mineral -> ash: ash = 0.877 mineral + 0.079 (Schileo E et al. J Biomech
 * 2008;41:2483-2491, hydroxyapatite phantom, g/cm3). Ash -> apparent: divide by 0.6
 * (ibid.). Space without mineral stays without ash.
 */
#ifndef OST_FEM_MATERIAL_DENSITY_H
#define OST_FEM_MATERIAL_DENSITY_H

#include "fem/material/law.h"

OST_C_BEGIN

/* g/cm3 of ash from mgHA/cm3; 0 for no mineral. */
double ost_ash_of_mineral(double mineral);

/*
 * mgHA/cm3 of mg/cm3 of K2HPO4, the other phantoms' mineral: by the ash both stand for,
 * ash = 1.22 K2HPO4 + 0.0523 g/cm3 (Knowles NK et al. J Exp Orthop 2016;3:36).
 */
double ost_mineral_of_k2hpo4(double k2hpo4);

/* The density `law` takes, g/cm3, from mgHA/cm3, not yet brought into its range. */
double ost_law_density_of_mineral(const struct ost_law *law, double mineral);

/* MPa from mgHA/cm3, never below `least`. */
double ost_modulus_of_mineral(const struct ost_law *law, double mineral, double least);

OST_C_END

#endif
