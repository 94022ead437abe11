/* Triangles as a file lists them, corner by corner: corners that agree to the bit become one. */
#ifndef OST_MESH_WELD_IMPL_H
#define OST_MESH_WELD_IMPL_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_weld {
    struct ost_mesh *mesh;
    uint32_t *slot; /* vertex + 1 by the hash of its place; 0 is free */
    uint32_t mask;
    uint32_t vertices, triangles, room;
};

/* Room for so many triangles. On failure too, fini lets go of what there is. */
OST_MUST_CHECK
bool ost_weld_init(struct ost_weld *weld, uint32_t triangles, struct ost_err *err);
void ost_weld_fini(struct ost_weld *weld);

/* One that repeats a corner is dropped; fails on a corner that is no number, or without room. */
OST_MUST_CHECK
bool ost_weld_triangle(struct ost_weld *weld, float p[3][3], struct ost_err *err);

/* The mesh, in order of first use; the caller's. */
struct ost_mesh *ost_weld_take(struct ost_weld *weld);

OST_C_END

#endif
