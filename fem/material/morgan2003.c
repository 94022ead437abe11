/*
 * Morgan EF, Bayraktar HH, Keaveny TM. Trabecular bone modulus-density relationships
 * depend on anatomic site. J Biomech 2003;36:897-904: E = a d^b in apparent density, a
 * and b by site; ignoring the site costs up to 65 %.
 */
#include "fem/material/law_impl.h"

#include <math.h>

#define OST_MORGAN "Morgan EF et al. J Biomech 2003;36:897-904. doi:10.1016/S0021-9290(03)00071-X"

static double femoral_neck(double apparent)
{
    return 6850.0 * pow(apparent, 1.49);
}

static double vertebra(double apparent)
{
    return 4730.0 * pow(apparent, 1.56);
}

static double tibia(double apparent)
{
    return 15520.0 * pow(apparent, 1.93);
}

static double trochanter(double apparent)
{
    return 15010.0 * pow(apparent, 2.18);
}

static double pooled(double apparent)
{
    return 8920.0 * pow(apparent, 1.83);
}

const struct ost_law law_morgan2003 = {
    .name = "morgan2003-femoral-neck",
    .citation = OST_MORGAN,
    .about = "human femoral neck, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = femoral_neck,
    .strength = NULL,
};

const struct ost_law law_morgan2003_vertebra = {
    .name = "morgan2003-vertebra",
    .citation = OST_MORGAN,
    .about = "human vertebra, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = vertebra,
    .strength = NULL,
};

const struct ost_law law_morgan2003_tibia = {
    .name = "morgan2003-tibia",
    .citation = OST_MORGAN,
    .about = "human proximal tibia, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = tibia,
    .strength = NULL,
};

const struct ost_law law_morgan2003_trochanter = {
    .name = "morgan2003-trochanter",
    .citation = OST_MORGAN,
    .about = "human greater trochanter, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = trochanter,
    .strength = NULL,
};

const struct ost_law law_morgan2003_pooled = {
    .name = "morgan2003-pooled",
    .citation = OST_MORGAN,
    .about = "human, four sites together, trabecular, on-axis compression",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = pooled,
    .strength = NULL,
};
