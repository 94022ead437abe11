/*
 * The edges of a mesh, found by sorting: who lies along each, and which lie along
 * one triangle only (the rim of an open surface).
 */
#ifndef OST_MESH_EDGE_H
#define OST_MESH_EDGE_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

/* One side of one triangle: from `triangle`'s corner `corner` to the next corner. */
struct ost_edge {
    uint32_t low, high; /* vertices, low < high */
    uint32_t triangle;
    uint8_t corner;
    bool forward; /* the triangle runs from low to high */
};

struct ost_edges {
    size_t count;          /* 3 * triangle_count */
    struct ost_edge *edge; /* owned; sorted by low, high, triangle, corner */
};

/* The mesh must pass ost_mesh_check(). */
OST_MUST_CHECK
bool ost_edges_create(struct ost_edges **out, const struct ost_mesh *mesh, struct ost_err *err);
void ost_edges_destroy(struct ost_edges *edges); /* NULL is fine */
OST_AUTO_DEFINE(ost_edges);

/* How many entries from `at` on lie along the same pair of vertices; 0 at the end. */
size_t ost_edges_run(const struct ost_edges *edges, size_t at);

OST_C_END

#endif
