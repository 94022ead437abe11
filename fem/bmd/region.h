/*
 * Bone mineral of a slab of the bone, as volumetric density (all that lies within the
 * surface, cortex included) and as a densitometer sees it: mass over the area of the
 * shadow along a direction.
 */
#ifndef OST_FEM_BMD_REGION_H
#define OST_FEM_BMD_REGION_H

#include "fem/mesh/field.h"
#include "fem/mesh/tet.h"

OST_C_BEGIN

/* Points at depth `from` to `to` mm, depth = (origin - point) . axis. */
struct ost_slab {
    double origin[3]; /* mm */
    double axis[3];   /* unit, proximal to distal: depth grows proximally */
    double beam[3];   /* unit, across `axis`: along it the shadow is cast */
    double from, to;  /* mm */
};

struct ost_region {
    double volume;   /* mm3 */
    double content;  /* mg of hydroxyapatite */
    double mean;     /* mgHA/cm3 */
    double shadow;   /* mm2 */
    double areal;    /* g/cm2 */
    double cortical; /* share of the volume at 710 mgHA/cm3 and more, as pQCT takes cortex */
};

/*
 * Cortical thickness, mm, and the cortical index (Barnett and Nordin: both cortices over
 * the bone's width), of a ring with the region's own areas. `length` is the slab's.
 */
struct ost_cortex {
    double thickness, index;
};
struct ost_cortex ost_region_cortex(const struct ost_region *region, double length);

/* `density` is one value per element, mgHA/cm3. Fails where the slab is empty. */
OST_MUST_CHECK
bool ost_region_of_tets(const struct ost_tet_mesh *mesh, const double *density,
                        const struct ost_slab *slab, struct ost_region *out, struct ost_err *err);

/* Straight from voxels whose centres lie within a surface; no shadow. For comparison. */
OST_MUST_CHECK
bool ost_region_of_voxels(const struct ost_grid *density, const struct ost_field *surface,
                          const struct ost_slab *slab, struct ost_region *out, struct ost_err *err);

/* The depth of the most distal node about `slab`'s origin: negative beyond the origin. */
double ost_slab_tip(const struct ost_tet_mesh *mesh, const struct ost_slab *slab);

OST_C_END

#endif
