/*
 * Keller TS. Predicting the compressive mechanical behavior of bone. J Biomech
 * 1994;27:1159-1168. Ash density. Pooled over vertebra and femur: E = 10500 a^2.29 as
 * Knowles NK et al. (J Exp Orthop 2016;3:36, table 1) print it, S = 117 a^1.93. Wako Y et
 * al. (J Orthop Surg Res 2018;13:192, table 1), after another program, print 2.51 for the
 * same exponent; the two agree at 1 g/cm3 and differ by a fifth at 0.4.
 * Vertebra alone: E = 1890 a^1.92, S = 284 a^2.27 (Wako's table 1).
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double modulus(double ash)
{
    return 10500.0 * pow(ash, 2.29);
}

static double strength(double ash)
{
    return 117.0 * pow(ash, 1.93);
}

static double vertebra_modulus(double ash)
{
    return 1890.0 * pow(ash, 1.92);
}

static double vertebra_strength(double ash)
{
    return 284.0 * pow(ash, 2.27);
}

const struct ost_law law_keller1994 = {
    .name = "keller1994",
    .citation = "Keller TS. J Biomech 1994;27:1159-1168. doi:10.1016/0021-9290(94)90056-6",
    .about = "human vertebra and femur, trabecular and cortical, compression",
    .density = OST_LAW_ASH,
    .low = 0.0,
    .high = 1.3,
    .modulus = modulus,
    .strength = strength,
};

const struct ost_law law_keller1994_vertebra = {
    .name = "keller1994-vertebra",
    .citation = "Keller TS. J Biomech 1994;27:1159-1168. doi:10.1016/0021-9290(94)90056-6",
    .about = "human vertebra, trabecular, compression",
    .density = OST_LAW_ASH,
    .low = 0.0,
    .high = 1.3,
    .modulus = vertebra_modulus,
    .strength = vertebra_strength,
};
