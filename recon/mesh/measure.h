/* What a surface is as a whole: size, closedness, pieces. */
#ifndef OST_MESH_MEASURE_H
#define OST_MESH_MEASURE_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_mesh_facts {
    double area, volume;    /* mm2; mm3, negative where wound inside out */
    double low[3], high[3]; /* box of the vertices in use */
    uint32_t vertices;      /* in use */
    uint32_t edges;
    uint32_t rim_edges;     /* along one triangle only */
    uint32_t crowded_edges; /* along more than two triangles */
    uint32_t opposed_edges; /* two triangles that run the same way along it */
    uint32_t components;    /* joined by shared vertices */
    int64_t euler;          /* vertices - edges + triangles: 2 for each closed ball */
    bool closed;            /* no rim, crowded or opposed edge, and not empty */
};

/* Fails on a mesh that ost_mesh_check() refuses. */
OST_MUST_CHECK
bool ost_mesh_measure(const struct ost_mesh *mesh, struct ost_mesh_facts *out, struct ost_err *err);

/* Area of one triangle, mm2, and its unit normal (zero where the area is). */
double ost_triangle_area(const struct ost_mesh *mesh, uint32_t triangle, double normal[3]);

/*
 * A third of the area around each vertex, mm2: the weight of a vertex in a sum
 * over the surface. `out` has room for vertex_count values.
 */
void ost_mesh_vertex_areas(const struct ost_mesh *mesh, double *out);

/* Unit normals by the angles at each corner (Thuermer and Wuethrich 1998). */
void ost_mesh_vertex_normals(const struct ost_mesh *mesh, float (*out)[3]);

/*
 * How often the surface winds around a point: 1 inside, 0 outside, in between
 * near holes, so that it still tells inside from outside where a surface is torn
 * (Jacobson 2013, solid angle by van Oosterom and Strackee 1983).
 */
double ost_mesh_winding(const struct ost_mesh *mesh, const double point[3]);

/* Turns every triangle over: for a mirrored surface. */
void ost_mesh_flip(struct ost_mesh *mesh);

OST_C_END

#endif
