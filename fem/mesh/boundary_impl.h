/* The edges of the outer surface, for those who count them and those who mend them. */
#ifndef OST_FEM_MESH_BOUNDARY_IMPL_H
#define OST_FEM_MESH_BOUNDARY_IMPL_H

#include "fem/mesh/boundary.h"

/* As ost_boundary_create(), where only nodes flagged in `outer` stand on the surface. */
OST_MUST_CHECK
bool boundary_among(struct ost_boundary **out, const struct ost_tet_mesh *mesh,
                    const unsigned char *outer, struct ost_err *err);

/* One side of one boundary face. */
struct rim {
    uint32_t low, high;
    uint32_t face;
    uint32_t low_corner, high_corner; /* 0..2: where the two nodes stand in the face */
};

/* All of them, sorted by low, high, face; the caller frees. NULL without memory. */
struct rim *boundary_rims(const struct ost_boundary *boundary);

/* How many entries from `at` on lie along the same pair of nodes. */
uint32_t boundary_run(const struct rim *rim, uint32_t count, uint32_t at);

/* Joins the corners of the faces round each vertex across the edges they share. */
void boundary_fans(const struct rim *rim, uint32_t count, uint32_t *fan);

#endif
