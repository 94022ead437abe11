/* The outer surface of tetrahedra as a triangle mesh: what a viewer takes. */
#ifndef OST_FEM_MESH_SKIN_H
#define OST_FEM_MESH_SKIN_H

#include "fem/mesh/boundary.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

/*
 * Vertices are the nodes in use, in their order; node_of_vertex[v], freed by the caller
 * with free(), is the node behind vertex v.
 */
OST_MUST_CHECK
bool ost_skin_create(const struct ost_boundary *boundary, const struct ost_tet_mesh *mesh,
                     struct ost_mesh **out, uint32_t **node_of_vertex, struct ost_err *err);

OST_C_END

#endif
