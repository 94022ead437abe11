/*
 * An element that is not isotropic: its tangent as the upper triangle of a symmetric six by
 * six over xx, yy, zz, xy, yz, zx, shear strains engineering.
 */
#ifndef OST_FEM_SOLVE_TANGENT_IMPL_H
#define OST_FEM_SOLVE_TANGENT_IMPL_H

/* As ost_tet4_block(): force on a along i for a unit move of b along j, times `scale`. */
void tangent_block(const double *tangent, const double ga[3], const double gb[3], double scale,
                   double block[9]);

/* Of a strain whose shears are the tensor's. */
void tangent_stress(const double *tangent, const double strain[6], double scale, double stress[6]);

#endif
