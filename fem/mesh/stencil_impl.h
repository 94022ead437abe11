/* From a lattice with signs to tetrahedra that fill the inside. */
#ifndef OST_FEM_MESH_STENCIL_IMPL_H
#define OST_FEM_MESH_STENCIL_IMPL_H

#include "fem/mesh/lattice_impl.h"
#include "fem/mesh/tet.h"

/* `outer`, freed by the caller with free(), flags the nodes on the field's surface. */
OST_MUST_CHECK
bool lattice_fill(const struct lattice *lattice, struct ost_tet_mesh **out, unsigned char **outer,
                  struct ost_err *err);

#endif
