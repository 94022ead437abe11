/*
 * Yielding at a point as in a bone program's bilinear law: Drucker and Prager's cone
 * (Q Appl Math 1952;10:157-165) with associated flow and linear hardening.
 *
 * With c and t the compressive and the tensile strength and a = (c - t) / (sqrt 3 (c + t)),
 *   q = (sqrt J2 + a I1) / (1 / sqrt 3 - a) <= c + H k,  d ep = dk dq/ds,
 * q being the stress itself in uniaxial compression and k the plastic strain there. H is such
 * that uniaxial compression goes on with `slope` times the modulus: H = E slope / (1 - slope).
 * The return is implicit (Simo and Hughes, Computational Inelasticity, 1998, ch. 3; de Souza
 * Neto et al., Computational Methods for Plasticity, 2008, sec. 8.3), so that the tangent is
 * its exact derivative, symmetric and positive.
 *
 * Stresses are xx, yy, zz, xy, yz, zx in MPa; strains likewise, shears as the tensor has them.
 */
#ifndef OST_FEM_MATERIAL_YIELD_H
#define OST_FEM_MATERIAL_YIELD_H

#include "recon/base/attr.h"

#include <stdbool.h>

OST_C_BEGIN

struct ost_yield {
    double modulus, poisson; /* MPa */
    double compressive;      /* MPa; 0 or less: never yields */
    double ratio;            /* tensile over compressive strength, above 0 to 1 */
    double slope;            /* of the modulus, beyond yielding: 0 <= slope < 1 */
};

/* What a point remembers. */
struct ost_yield_state {
    double plastic[6];
    double hardening; /* k */
};

/* A symmetric tangent, upper triangle by rows: 11, 12, .., 16, 22, .., 66; shears engineering. */
enum { OST_TANGENT = 21 };

/*
 * The stress at `strain` from what it was before, and what is then remembered; `tangent` may be
 * NULL. True where it has yielded in this step.
 */
bool ost_yield_return(const struct ost_yield *yield, const double strain[6],
                      const struct ost_yield_state *before, struct ost_yield_state *after,
                      double stress[6], double tangent[OST_TANGENT]);

/* The elastic tangent. */
void ost_yield_elastic(const struct ost_yield *yield, double tangent[OST_TANGENT]);

OST_C_END

#endif
