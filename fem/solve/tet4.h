/*
 * The four-node tetrahedron with linear displacement: constant strain, isotropic
 * elasticity (Zienkiewicz and Taylor, The Finite Element Method, 5th ed., ch. 6).
 */
#ifndef OST_FEM_SOLVE_TET4_H
#define OST_FEM_SOLVE_TET4_H

#include "fem/mesh/tet.h"
#include "recon/math/vec.h"

OST_C_BEGIN

/* Gradients of the four shape functions, 1/mm; returns the volume, mm3. */
static inline double ost_tet4_gradients(const struct ost_tet_mesh *mesh, uint32_t tet,
                                        double gradient[4][3])
{
    const uint32_t *t = mesh->tet[tet];
    double e[3][3];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[t[k + 1]], mesh->node[t[0]], e[k]);
    ost_cross(e[1], e[2], gradient[1]);
    ost_cross(e[2], e[0], gradient[2]);
    ost_cross(e[0], e[1], gradient[3]);
    double six_volumes = ost_dot(e[0], gradient[1]), share = 1.0 / six_volumes;
    for (int axis = 0; axis < 3; axis++) {
        for (int k = 1; k < 4; k++)
            gradient[k][axis] *= share;
        gradient[0][axis] = -gradient[1][axis] - gradient[2][axis] - gradient[3][axis];
    }
    return six_volumes / 6.0;
}

/* Lame's constants, MPa. */
static inline double ost_lame_lambda(double modulus, double poisson)
{
    return modulus * poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson));
}

static inline double ost_lame_mu(double modulus, double poisson)
{
    return modulus / (2.0 * (1.0 + poisson));
}

/*
 * The stiffness between corners a and b, N/mm, row-major: force on a along i for a unit
 * move of b along j. `lame` is lambda and mu times the element's volume.
 */
static inline void ost_tet4_block(const double ga[3], const double gb[3], const double lame[2],
                                  double block[9])
{
    double shear = lame[1] * ost_dot(ga, gb);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            block[3 * i + j] = lame[0] * ga[i] * gb[j] + lame[1] * ga[j] * gb[i];
    }
    for (int i = 0; i < 9; i += 4)
        block[i] += shear;
}

/* xx, yy, zz, xy, yz, zx from the slopes of the displacement, slope[i][j] = du[i]/dx[j]. */
void ost_stress_of(const double slope[3][3], const double lame[2], double stress[6]);

/* xx, yy, zz, xy, yz, zx; MPa from the moves of the corners in mm. */
void ost_tet4_stress(const double gradient[4][3], const double move[4][3], const double lame[2],
                     double stress[6]);

/* Von Mises' equivalent of a stress. */
double ost_von_mises(const double stress[6]);

OST_C_END

#endif
