/* A surface out of a file of any kind that is read here: STL, PLY, OBJ. */
#ifndef OST_MESH_FILE_H
#define OST_MESH_FILE_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

/* By what the bytes are, not by a name. Errors as ost_stl_read(), OST_UNSUPPORTED on others. */
OST_MUST_CHECK
bool ost_mesh_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                   struct ost_err *err);

OST_C_END

#endif
