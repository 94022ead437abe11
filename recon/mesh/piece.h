/* Parts of a surface, and several surfaces as one. */
#ifndef OST_MESH_PIECE_H
#define OST_MESH_PIECE_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_mesh_choice {
    bool (*keep)(const void *user, const double point[3]);
    const void *user; /* borrowed */
};

/*
 * The triangles all of whose corners are kept, as a new mesh with the same vertices in the
 * same places (those of no triangle too). Fails with OST_NOT_FOUND where nothing is left.
 */
OST_MUST_CHECK
bool ost_mesh_piece(const struct ost_mesh *mesh, const struct ost_mesh_choice *choice,
                    struct ost_mesh **out, struct ost_err *err);

/* All surfaces as one body, in this order. */
OST_MUST_CHECK
bool ost_mesh_join(const struct ost_mesh *const *mesh, size_t count, struct ost_mesh **out,
                   struct ost_err *err);

OST_C_END

#endif
