/* Moving the few vertices that make bad angles. */
#ifndef OST_FEM_MESH_IMPROVE_IMPL_H
#define OST_FEM_MESH_IMPROVE_IMPL_H

#include "fem/mesh/field.h"
#include "fem/mesh/tet.h"

/*
 * Moves vertices of badly shaped elements by hill climbing; those of the outer surface
 * stay on it. A move is kept only where the worst angle round the vertex gets better.
 * `a` is the lattice constant in mm.
 */
OST_MUST_CHECK
bool improve_angles(struct ost_tet_mesh *mesh, const struct ost_field *field, double a, int passes,
                    uint32_t *moved, struct ost_err *err);

#endif
