/*
 * From density to stiffness and strength: published laws, one per file, each with its
 * paper. A law says which density it was fitted to; density.h leads there.
 */
#ifndef OST_FEM_MATERIAL_LAW_H
#define OST_FEM_MATERIAL_LAW_H

#include "recon/base/attr.h"

#include <stddef.h>

OST_C_BEGIN

enum ost_law_density {
    OST_LAW_ASH,      /* mass of ash over the specimen's volume */
    OST_LAW_APPARENT, /* wet mass over the specimen's volume */
};

struct ost_law {
    const char *name;     /* "keyak1998" */
    const char *citation; /* authors, year, journal, doi */
    const char *about;    /* what was tested */
    enum ost_law_density density;
    double low, high;                   /* g/cm3: densities outside count as the nearer end */
    double (*modulus)(double density);  /* g/cm3 in low..high -> MPa */
    double (*strength)(double density); /* MPa in compression; NULL where none was given */
};

/* In a fixed order, NULL past the last; the first is the default. */
const struct ost_law *ost_law_nth(size_t i);
const struct ost_law *ost_law_find(const char *name); /* NULL for an unknown name */

/* With the density brought into the law's range. */
double ost_law_modulus(const struct ost_law *of, double density);

OST_C_END

#endif
