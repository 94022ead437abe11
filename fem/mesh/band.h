/*
 * A triangle mesh as a signed distance that is kept near its surface alone, in tiles, and
 * elsewhere as a sign: bodies that lie askew in their box, or are long, have room where a
 * box of voxels (sdf.h), whose numbers these are, has none.
 */
#ifndef OST_FEM_MESH_BAND_H
#define OST_FEM_MESH_BAND_H

#include "fem/mesh/field.h"
#include "fem/mesh/sdf.h"

OST_C_BEGIN

struct ost_band;

/* Fails with OST_LIMIT where the box has more than some millions of tiles. */
OST_MUST_CHECK
bool ost_band_of_mesh(const struct ost_mesh *mesh, const struct ost_sdf_options *options,
                      struct ost_band **out, struct ost_err *err);
void ost_band_destroy(struct ost_band *band); /* NULL is fine */
OST_AUTO_DEFINE(ost_band);

/* Trilinear, outside beyond its voxels. `band` is borrowed. */
struct ost_field ost_field_of_band(const struct ost_band *band);

/* Voxels that are kept. */
size_t ost_band_voxels(const struct ost_band *band);

OST_C_END

#endif
