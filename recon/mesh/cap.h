/* Closing an open surface where it was cut. */
#ifndef OST_MESH_CAP_H
#define OST_MESH_CAP_H

#include "recon/mesh/compare.h"

OST_C_BEGIN

/*
 * The same surface with a fan over each hole, from a new vertex in the middle of its rim; a
 * closed surface comes out as it is. `end`: where the longest rim lies, its normal out of what
 * is kept; without a rim the largest flat end of a sawn and closed body. False `has_end` where
 * there is neither.
 */
OST_MUST_CHECK
bool ost_mesh_cap(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_compare_cut *end,
                  bool *has_end, struct ost_err *err);

OST_C_END

#endif
