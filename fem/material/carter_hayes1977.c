/*
 * Carter DR, Hayes WC. The compressive behavior of bone as a two-phase porous structure.
 * J Bone Joint Surg Am 1977;59:954-962: E = 3790 r^0.06 d^3, S = 68 r^0.06 d^2 with the
 * strain rate r in 1/s and the apparent density d. At 0.01/s, a slow test.
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double at_rate(void)
{
    return pow(0.01, 0.06);
}

static double modulus(double apparent)
{
    return 3790.0 * at_rate() * apparent * apparent * apparent;
}

static double strength(double apparent)
{
    return 68.0 * at_rate() * apparent * apparent;
}

const struct ost_law law_carter_hayes1977 = {
    .name = "carter-hayes1977",
    .citation = "Carter DR, Hayes WC. J Bone Joint Surg Am 1977;59:954-962",
    .about = "human and bovine, trabecular and cortical, compression",
    .density = OST_LAW_APPARENT,
    .low = 0.07,
    .high = 2.0,
    .modulus = modulus,
    .strength = strength,
};
