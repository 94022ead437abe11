#include "fem/material/density.h"

#include <math.h>

double ost_ash_of_mineral(double mineral)
{
    return mineral > 0.0 ? 0.877e-3 * mineral + 0.079 : 0.0;
}

double ost_mineral_of_k2hpo4(double k2hpo4)
{
    return (1.22e-3 * k2hpo4 + 0.0523 - 0.079) / 0.877e-3;
}

double ost_law_density_of_mineral(const struct ost_law *law, double mineral)
{
    double ash = ost_ash_of_mineral(mineral);
    return law->density == OST_LAW_ASH ? ash : ash / 0.6;
}

double ost_modulus_of_mineral(const struct ost_law *law, double mineral, double least)
{
    return fmax(least, ost_law_modulus(law, ost_law_density_of_mineral(law, mineral)));
}
