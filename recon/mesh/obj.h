/*
 * Wavefront OBJ in: `v` and `f` lines, corners as N, N/T, N//M or N/T/M, counted from one
 * or backwards from the last. Read like STL: corners that agree to the bit become one
 * vertex, polygons become fans, everything else is skipped.
 */
#ifndef OST_MESH_OBJ_H
#define OST_MESH_OBJ_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

/* Fails with OST_LIMIT above `limit` triangles, with OST_CORRUPT on a file without faces. */
OST_MUST_CHECK
bool ost_obj_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                  struct ost_err *err);

OST_C_END

#endif
