/*
 * The surface where a sampled field is zero, by marching tetrahedra (Doi and Koide
 * 1991): every cube is cut along its main diagonal into six, so that cubes agree
 * on their faces and the surface has no hole but where it meets the lattice's edge.
 */
#ifndef OST_MESH_LEVEL_H
#define OST_MESH_LEVEL_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_lattice {
    uint32_t size[3];   /* samples, each at least 2 */
    double low[3];      /* mm, of sample (0, 0, 0) */
    double spacing;     /* mm */
    const float *value; /* borrowed; x fastest; negative inside */
};

/* Wound outwards, towards growing values. Fails with OST_LIMIT above `limit` triangles. */
OST_MUST_CHECK
bool ost_level_surface(const struct ost_lattice *lattice, uint32_t limit, struct ost_mesh **out,
                       struct ost_err *err);

OST_C_END

#endif
