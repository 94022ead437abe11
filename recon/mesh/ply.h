/*
 * PLY, ASCII and binary of either byte order, in: what scanners and mesh programs write.
 * http://gamma.cs.unc.edu/POWERPLANT/papers/ply.pdf (Turk 1994). Read like STL: corners that
 * agree to the bit become one vertex, polygons become fans, everything else is skipped.
 */
#ifndef OST_MESH_PLY_H
#define OST_MESH_PLY_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

/* Fails with OST_LIMIT above `limit` triangles, with OST_CORRUPT on a file without faces. */
OST_MUST_CHECK
bool ost_ply_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                  struct ost_err *err);

OST_C_END

#endif
