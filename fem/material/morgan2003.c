/*
 * Morgan EF, Bayraktar HH, Keaveny TM. Trabecular bone modulus-density relationships
 * depend on anatomic site. J Biomech 2003;36:897-904: the femoral neck's, 6850 d^1.49 in
 * apparent density; as the paper's title says, other sites differ.
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double modulus(double apparent)
{
    return 6850.0 * pow(apparent, 1.49);
}

const struct ost_law law_morgan2003 = {
    .name = "morgan2003-femoral-neck",
    .citation = "Morgan EF et al. J Biomech 2003;36:897-904. doi:10.1016/S0021-9290(03)00071-X",
    .about = "human femoral neck, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = modulus,
    .strength = NULL,
};
