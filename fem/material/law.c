#include "fem/material/law.h"

#include "fem/material/law_impl.h"

#include <math.h>
#include <string.h>

static const struct ost_law *const law[] = {
    &law_keyak1998,         &law_carter_hayes1977,    &law_morgan2003,
    &law_morgan2003_tibia,  &law_morgan2003_vertebra, &law_morgan2003_trochanter,
    &law_morgan2003_pooled, &law_keller1994,          &law_keller1994_vertebra,
    &law_austman2009,       &law_snyder_schneider1991};
enum { OST_LAW_COUNT = sizeof law / sizeof law[0] };

const struct ost_law *ost_law_nth(size_t i)
{
    return i < OST_LAW_COUNT ? law[i] : NULL;
}

const struct ost_law *ost_law_find(const char *name)
{
    for (size_t i = 0; i < OST_LAW_COUNT; i++) {
        if (strcmp(law[i]->name, name) == 0)
            return law[i];
    }
    return NULL;
}

double ost_law_modulus(const struct ost_law *of, double density)
{
    return of->modulus(fmin(of->high, fmax(of->low, density)));
}
