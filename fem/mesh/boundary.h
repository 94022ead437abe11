/*
 * Who touches whom: the element across each face, the outer surface, and whether
 * that surface is one a body can have.
 */
#ifndef OST_FEM_MESH_BOUNDARY_H
#define OST_FEM_MESH_BOUNDARY_H

#include "fem/mesh/tet.h"

OST_C_BEGIN

#define OST_TET_OUTSIDE UINT32_MAX

/* Corners of the face opposite corner k, counter-clockwise from outside. */
extern const int ost_tet_face[4][3];

/*
 * across[e][k] is the element behind the face opposite corner k of element e, or
 * OST_TET_OUTSIDE. The caller gives room for tet_count rows. Fails with OST_CORRUPT
 * where a face belongs to three elements or more.
 */
OST_MUST_CHECK
bool ost_tet_neighbours(const struct ost_tet_mesh *mesh, uint32_t (*across)[4],
                        struct ost_err *err);

struct ost_boundary {
    uint32_t face_count;
    uint32_t (*face)[3]; /* owned; nodes, counter-clockwise from outside */
    uint32_t *tet;       /* owned; the element each face belongs to */
};

OST_MUST_CHECK
bool ost_boundary_create(struct ost_boundary **out, const struct ost_tet_mesh *mesh,
                         struct ost_err *err);
void ost_boundary_destroy(struct ost_boundary *boundary); /* NULL is fine */
OST_AUTO_DEFINE(ost_boundary);

struct ost_topology {
    uint32_t vertices, edges, faces; /* of the outer surface */
    uint32_t components;             /* of the outer surface, joined across edges */
    uint32_t bad_edges;              /* with other than two faces */
    uint32_t pinched;                /* fans of faces too many round a vertex */
    int euler;                       /* vertices - edges + faces: 2 for a ball */
};

OST_MUST_CHECK
bool ost_boundary_topology(const struct ost_boundary *boundary, uint32_t node_count,
                           struct ost_topology *out, struct ost_err *err);

OST_C_END

#endif
