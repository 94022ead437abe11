/* Stress from displacements: one per element, and averages at the nodes. */
#ifndef OST_FEM_SOLVE_STRESS_H
#define OST_FEM_SOLVE_STRESS_H

#include "fem/solve/problem.h"

OST_C_BEGIN

/* xx, yy, zz, xy, yz, zx in MPa for every element; the caller gives room. */
void ost_fem_stress(const struct ost_fem_problem *problem, const double (*displacement)[3],
                    double (*stress)[6]);

/* Von Mises' equivalent of each. */
void ost_fem_von_mises(const double (*stress)[6], uint32_t count, double *out);

/*
 * Von Mises' stress over a face of an element, named by its corners: the mean over three Gauss
 * points of the face, which with four nodes are the element's one value.
 */
double ost_fem_face_von_mises(const struct ost_fem_problem *problem,
                              const double (*displacement)[3], uint32_t tet,
                              const uint32_t corner[3]);

/*
 * Von Mises' stress at the nodes: the strain there is the mean over the elements round it,
 * weighted by their volumes, and the modulus is the node's own, MPa. Where a thin hard
 * layer lies on a soft core, as cortex on marrow, strains go over smoothly and stresses
 * jump: a mean of stresses would mix the two. Fails with OST_NOMEM only.
 */
OST_MUST_CHECK
bool ost_fem_nodal_von_mises(const struct ost_fem_problem *problem, const double (*displacement)[3],
                             const double *modulus_at_node, double *out, struct ost_err *err);

/*
 * The mean at each node over the elements round it, weighted by their volumes. Fails
 * with OST_NOMEM only.
 */
OST_MUST_CHECK
bool ost_fem_nodal_mean(const struct ost_tet_mesh *mesh, const double *value, double *out,
                        struct ost_err *err);

OST_C_END

#endif
