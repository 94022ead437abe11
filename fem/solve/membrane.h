/*
 * Membranes: triangles of three nodes on the surface of four-node elements, stiff in their plane
 * alone (plane stress, Zienkiewicz and Taylor, The Finite Element Method, 5th ed., 4.2). A thin
 * cortex that the elements under it are too large to hold.
 */
#ifndef OST_FEM_SOLVE_MEMBRANE_H
#define OST_FEM_SOLVE_MEMBRANE_H

#include "recon/base/attr.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_fem_membranes {
    uint32_t count;
    const uint32_t (*face)[3]; /* borrowed; nodes */
    const uint32_t *tet;       /* borrowed; the element of which these are corners */
    const double *stiffness;   /* borrowed; N/mm each: modulus times thickness, zero and above */
};

/* A triangle ready to be multiplied out. */
struct ost_membrane {
    double gradient[3][3]; /* of the corners' shape functions, in the plane, 1/mm */
    double normal[3];      /* unit */
    double lame[2];        /* of plane stress, times thickness and area: N mm */
};

/* All zero where the triangle has no area. */
struct ost_membrane ost_membrane_of(const double (*node)[3], const uint32_t face[3],
                                    double stiffness, double poisson);

/* Between corners a and b, N/mm, row-major: force on a along i for a unit move of b along j. */
void ost_membrane_block(const struct ost_membrane *membrane, int a, int b, double block[9]);

OST_C_END

#endif
