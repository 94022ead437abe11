/* Which elements stand round a node. */
#ifndef OST_MESH_AROUND_IMPL_H
#define OST_MESH_AROUND_IMPL_H

#include "fem/mesh/tet.h"

/*
 * Those round node n become around[first[n] .. first[n + 1]), none where `of` is there and does not
 * flag it. `first` has a place more than there are nodes and comes in zero; `around` has four for
 * every element.
 */
void fill_around(const struct ost_tet_mesh *mesh, const unsigned char *of, uint32_t *first,
                 uint32_t *around);

#endif
