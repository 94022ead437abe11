/* The laws, one per file. */
#ifndef OST_FEM_MATERIAL_LAW_IMPL_H
#define OST_FEM_MATERIAL_LAW_IMPL_H

#include "fem/material/law.h"

extern const struct ost_law law_keyak1998, law_carter_hayes1977, law_morgan2003;

#endif
