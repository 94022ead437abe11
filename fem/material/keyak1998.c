/*
 * Keyak JH, Rossi SA, Jones KA, Skinner HB. Prediction of femoral fracture load using
 * automated finite element modeling. J Biomech 1998;31:125-133. Ash density. The three
 * pieces of the modulus meet at 0.27 and 0.6 g/cm3, the two of the strength at 0.317.
 * Above 1.3 g/cm3, denser than cortex, the calibration is at fault and not the bone.
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double modulus(double ash)
{
    if (ash <= 0.27)
        return 33900.0 * pow(ash, 2.20);
    if (ash < 0.6)
        return 5307.0 * ash + 469.0;
    return 10200.0 * pow(ash, 2.01);
}

static double strength(double ash)
{
    return ash < 0.317 ? 137.0 * pow(ash, 1.88) : 114.0 * pow(ash, 1.72);
}

const struct ost_law law_keyak1998 = {
    .name = "keyak1998",
    .citation = "Keyak JH et al. J Biomech 1998;31:125-133. doi:10.1016/S0021-9290(97)00123-1",
    .about = "human femur, trabecular and cortical, compression",
    .density = OST_LAW_ASH,
    .low = 0.0,
    .high = 1.3,
    .modulus = modulus,
    .strength = strength,
};
