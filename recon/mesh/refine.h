/* A finer mesh of the same surface. */
#ifndef OST_MESH_REFINE_H
#define OST_MESH_REFINE_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

/* Four triangles of each: the old vertices keep their numbers, middles of sides follow. */
OST_MUST_CHECK
bool ost_mesh_refine(const struct ost_mesh *in, struct ost_mesh **out, struct ost_err *err);

OST_C_END

#endif
