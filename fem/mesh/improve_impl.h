/* Moving the few vertices that make bad angles. */
#ifndef OST_FEM_MESH_IMPROVE_IMPL_H
#define OST_FEM_MESH_IMPROVE_IMPL_H

#include "fem/mesh/boundary.h"
#include "fem/mesh/stuff.h"

/*
 * Moves vertices of badly shaped elements by hill climbing; those of the boundary, which are
 * among the flagged ones, stay on it. A move is kept only where the worst angle
 * round the vertex gets better.
 */
OST_MUST_CHECK
bool improve_angles(struct ost_tet_mesh *mesh, const unsigned char *outer,
                    const struct ost_boundary *boundary, const struct ost_field *field,
                    const struct ost_stuff_options *options, uint32_t *moved, struct ost_err *err);

#endif
