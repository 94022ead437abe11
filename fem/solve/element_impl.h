/* One element's part of the stiffness matrix, row by row, of four nodes or of ten. */
#ifndef OST_FEM_SOLVE_ELEMENT_IMPL_H
#define OST_FEM_SOLVE_ELEMENT_IMPL_H

#include "fem/solve/problem.h"
#include "fem/solve/tet4.h"

struct element {
    uint32_t node[10], count;
    double gradient[4][3]; /* of the corners' barycentric coordinates, 1/mm */
    double volume;         /* mm3 */
    double lame[2];        /* lambda and mu times the volume */
    const double *tangent; /* NULL: isotropic; else the problem's */
    const double *share;   /* NULL: of one modulus; else the problem's */
};

static inline void element_of(const struct ost_fem_problem *problem, uint32_t tet,
                              struct element *e)
{
    double modulus = problem->modulus[tet];
    e->count = ost_tet_nodes(problem->mesh, tet, e->node);
    e->volume = ost_tet4_gradients(problem->mesh, tet, e->gradient);
    e->lame[0] = e->volume * ost_lame_lambda(modulus, problem->poisson);
    e->lame[1] = e->volume * ost_lame_mu(modulus, problem->poisson);
    e->tangent = problem->tangent != NULL ? problem->tangent[tet] : NULL;
    e->share = problem->share != NULL && e->count == 10 ? problem->share[tet] : NULL;
}

/*
 * The blocks between the element's node `a` and those of its nodes `b` whose bit 1 << b is
 * wanted, into block[b], N/mm, row-major; the others' places are left as they are. With ten
 * nodes and straight edges a gradient is a sum of the corners' constant gradients with
 * linear factors, so that every block is a sum of four-node blocks with fixed factors, or where
 * the modulus varies inside with factors of its points.
 */
void element_row(const struct element *element, uint32_t a, unsigned wanted, double (*block)[9]);

/* Gradients of the element's shape functions at a point given by barycentric coordinates. */
void element_slopes(const struct element *element, const double at[4], double (*slope)[3]);

/* xx, yy, zz, xy, yz, zx at a point, of a material with these constants. */
void element_stress(const struct element *element, const double (*displacement)[3],
                    const double at[4], const double lame[2], double stress[6]);

/* The same times the volume, by what the element is made of: isotropic or by its tangent. */
void element_inner_stress(const struct element *element, const double (*displacement)[3],
                          const double at[4], double stress[6]);

/*
 * Points where a function of second order is integrated exactly, all of one weight
 * (Zienkiewicz and Taylor, table 8.3); with four nodes the first alone will do.
 */
enum { ELEMENT_POINTS = 4 };
extern const double element_point[ELEMENT_POINTS][4];

/* Where its nodes stand in barycentric coordinates. */
void element_place(uint32_t node, double at[4]);

#endif
