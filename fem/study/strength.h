/*
 * How near to failing: criteria on an element's stress, and the load at which so much of
 * the bone is past one. A linear estimate: nothing yields on the way there.
 *
 * Drucker-Prager, normalised to uniaxial compression: with c and t the compressive and
 * the tensile strength, a = (c - t) / (sqrt 3 (c + t)),
 *   s = (sqrt J2 + a I1) / (1 / sqrt 3 - a), failing where s >= c; t = 0.8 c there.
 * Coulomb-Mohr: s1 / t - s3 / c >= 1, t = 0.5 c, which came nearest on distal radii
 * (Edwards WB, Troy KL. Med Eng Phys 2012;34:290-298: 11.6 % of the failure load).
 * Share of volume: after Pistoia W et al. Bone 2002;30:842-848, 2 %.
 */
#ifndef OST_FEM_STUDY_STRENGTH_H
#define OST_FEM_STUDY_STRENGTH_H

#include "fem/mesh/tet.h"

OST_C_BEGIN

/* Stresses are xx, yy, zz, xy, yz, zx in MPa. */

/* Largest first. */
void ost_principal_stress(const double stress[6], double out[3]);

/* 1 where it fails; `ratio` is the tensile over the compressive strength. */
double ost_coulomb_mohr(const double stress[6], double compressive, double ratio);

/* MPa, comparable with the compressive strength. */
double ost_drucker_prager(const double stress[6], double ratio);

struct ost_failure {
    double factor;       /* of the load, at which `share` of the volume has index 1 */
    double failed_share; /* of the volume, under the load as it is */
    double most;         /* the largest index under the load as it is */
};

/*
 * `index` per element, linear in the load; elements with an index below 0 do not count.
 * Fails with OST_INVALID where none counts.
 */
OST_MUST_CHECK
bool ost_failure_estimate(const struct ost_tet_mesh *mesh, const double *index, double share,
                          struct ost_failure *out, struct ost_err *err);

OST_C_END

#endif
