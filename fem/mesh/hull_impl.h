/*
 * From where to where along x anything is inside, for bundles of a few rows of voxels each: what a
 * mesher need not look at. Coarse, and never too little.
 */
#ifndef OST_FEM_MESH_HULL_IMPL_H
#define OST_FEM_MESH_HULL_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct hull {
    double low[3], spacing; /* of the first voxel; mm */
    uint32_t bundles[2];    /* along y and z */
    uint32_t (*reach)[2];   /* owned; voxels first and last, the first past the last for none */
};

/* Nothing is inside yet; `size` is in voxels along y and z. */
OST_MUST_CHECK
bool hull_begin(struct hull *hull, const double low[3], double spacing, const double size[2],
                struct ost_err *err);
void hull_fini(struct hull *hull);

/* Voxels `first` to `last` of the row at `y`, `z` have something inside. */
void hull_add(struct hull *hull, uint32_t y, uint32_t z, uint32_t first, uint32_t last);

/* As a field's span. */
bool hull_span(const struct hull *hull, const double low[2], const double high[2], double x[2]);

#endif
