/* Finding where a closed bone was sawn off: a flat end that everything lies behind. */
#ifndef OST_MESH_CUT_H
#define OST_MESH_CUT_H

#include "recon/mesh/compare.h"

OST_C_BEGIN

/*
 * Planes in which at least 30 mm2 and at most 15 % of the surface lie and beyond
 * which nothing does, the largest triangle first; at most `room`.
 */
OST_MUST_CHECK
bool ost_cut_find(const struct ost_mesh *mesh, struct ost_compare_cut *out, size_t room,
                  size_t *count, struct ost_err *err);

OST_C_END

#endif
