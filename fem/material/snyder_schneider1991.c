/*
 * Snyder SM, Schneider E. Estimation of mechanical properties of cortical bone by computed
 * tomography. J Orthop Res 1991;9:422-431: E = 3891 d^2.39 in apparent density, from
 * bending of the tibia's shaft. Cortex only: what it says of trabecular bone was not tested.
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double modulus(double apparent)
{
    return 3891.0 * pow(apparent, 2.39);
}

const struct ost_law law_snyder_schneider1991 = {
    .name = "snyder-schneider1991",
    .citation = "Snyder SM, Schneider E. J Orthop Res 1991;9:422-431. doi:10.1002/jor.1100090315",
    .about = "human tibia, cortical, bending; below 1.7 g/cm3 it was not tested",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = modulus,
    .strength = NULL,
};
