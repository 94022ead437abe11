/*
 * The same closed surface in triangles of another size: splits, collapses, flips
 * and tangential smoothing (Botsch and Kobbelt 2004), sizes free to vary in space.
 */
#ifndef OST_MESH_REMESH_H
#define OST_MESH_REMESH_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_remesh {
    /* The edge length wanted at a point, mm, > 0. */
    double (*edge)(const void *user, const double point[3]);
    /* Brings a point that left the surface back onto it. */
    void (*project)(const void *user, double point[3]);
    const void *user; /* borrowed */
    int passes;       /* 0: 10 */
};

/* Replaces `mesh`, which must be closed. Deterministic. */
OST_MUST_CHECK
bool ost_remesh(struct ost_mesh *mesh, const struct ost_remesh *options, struct ost_err *err);

OST_C_END

#endif
