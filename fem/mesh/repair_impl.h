/* Making what came off the lattice a body: no pinches, one piece where asked. */
#ifndef OST_FEM_MESH_REPAIR_IMPL_H
#define OST_FEM_MESH_REPAIR_IMPL_H

#include "fem/mesh/boundary.h"

/*
 * Removes the smaller side wherever the outer surface touches itself along an edge or
 * at a vertex; `removed` counts the elements. In place. `outer` flags the nodes that may
 * stand on the surface, and is kept up with them, here and below. What then is the surface,
 * and in how many parts it lies, comes back.
 */
OST_MUST_CHECK
bool repair_pinches(struct ost_tet_mesh *mesh, unsigned char *outer, uint32_t *removed,
                    struct ost_boundary **boundary, uint32_t *parts, struct ost_err *err);

/* Keeps the largest piece by volume, of a mesh without pinches. In place. */
OST_MUST_CHECK
bool repair_largest(struct ost_tet_mesh *mesh, unsigned char *outer, uint32_t *removed,
                    struct ost_err *err);

#endif
