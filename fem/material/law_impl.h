/* The laws, one per file. */
#ifndef OST_FEM_MATERIAL_LAW_IMPL_H
#define OST_FEM_MATERIAL_LAW_IMPL_H

#include "fem/material/law.h"

extern const struct ost_law law_keyak1998, law_carter_hayes1977, law_keller1994,
    law_keller1994_vertebra, law_snyder_schneider1991, law_austman2009;
extern const struct ost_law law_morgan2003, law_morgan2003_vertebra, law_morgan2003_tibia,
    law_morgan2003_trochanter, law_morgan2003_pooled;

#endif
